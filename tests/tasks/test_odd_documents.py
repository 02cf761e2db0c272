"""Documents that are not one upright A4 page after another, through the tasks that read pages."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageDraw

from saccade.engine.scripted import ScriptedEngine
from saccade.errors import BadMedia
from saccade.tasks.extract import extract
from saccade.tasks.parse import parse
from saccade.types import Size
from tests.pdfs import ScanPage, TextPage, encrypted_pdf, jpeg, make_pdf

PAGE = '<html><body>\n<p data-bbox="0 0 1000 500">a line</p>\n</body></html>'
FIELDS = '{"number": "A-17"}'


def _parsed(source: Any, **options: Any) -> Any:
    return parse(ScriptedEngine(lambda _: PAGE), source, **options)


def _extracted(source: Any, **options: Any) -> Any:
    return extract(ScriptedEngine(lambda _: FIELDS), source, ["number"], **options)


def _tiff(*sizes: tuple[int, int]) -> bytes:
    """Pages of these widths and heights with a stroke on each."""
    pages = []
    for width, height in sizes:
        pages.append(Image.new("RGB", (width, height), "white"))
        ImageDraw.Draw(pages[-1]).line((5, 5, width - 5, height - 5), "black", 3)
    buffer = io.BytesIO()
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:])
    return buffer.getvalue()


READ = pytest.mark.parametrize("read", [_parsed, _extracted], ids=["parse", "extract"])


@READ
@pytest.mark.parametrize(
    ("data", "said"),
    [(encrypted_pdf(), "is encrypted; give its password"), (make_pdf([]), "is a PDF without pages"),
     (make_pdf([None, None]), "is broken"), (b"%PDF-1.7 and then nothing", "cannot be read")],
    ids=["encrypted", "no pages", "no page that is whole", "no PDF"],
)  # fmt: skip
def test_a_document_that_gives_no_page_is_one_clear_line(read: Callable[..., Any], data: bytes, said: str):
    with pytest.raises(BadMedia, match=said) as caught:
        read(data)
    assert len(str(caught.value).splitlines()) == 1


@READ
def test_every_picture_of_a_tiff_is_a_page_of_its_own_size(read: Callable[..., Any]):
    found = read(_tiff((64, 96), (96, 64), (200, 100)))
    assert [(page.number, page.status) for page in found.pages] == [(1, "ok"), (2, "ok"), (3, "ok")]
    assert [page.image_size for page in found.pages] == [Size(96, 64), Size(64, 96), Size(100, 200)]


@READ
@pytest.mark.parametrize("rotate", [90, 180, 270])
def test_a_turned_page_is_read_upright_with_places_on_the_upright_page(read: Callable[..., Any], rotate: int):
    page = ScanPage(jpeg(3), size=(200, 300), rotate=rotate)
    found = read(make_pdf([page]), dpi=72)
    upright = Size(300, 200) if rotate == 180 else Size(200, 300)
    assert (found.pages[0].status, found.pages[0].image_size) == ("ok", upright)
    for box in found.boxes_on(1):
        assert (box.x1, box.y1) == pytest.approx((upright.width, upright.height / 2), abs=1)


@READ
def test_a_page_as_large_as_a_house_is_drawn_smaller_not_refused(read: Callable[..., Any]):
    found = read(make_pdf([TextPage([("a", 20, 20)], size=(14400, 14400))]), dpi=300)
    (page,) = found.pages
    assert page.status == "ok" and page.image_size.pixels < 16_800_000 and page.dpi < 25


@READ
def test_one_page_object_that_is_missing_costs_one_status(read: Callable[..., Any]):
    found = read(make_pdf([ScanPage(jpeg(1)), None, ScanPage(jpeg(2))]), dpi=36)
    assert [page.status for page in found.pages] == ["ok", "failed", "ok"] and "failed-pages" in found.flags
    assert "page 2" in found.pages[1].error
