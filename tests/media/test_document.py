"""PDF, TIFF and lists of pictures as pages."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saccade.errors import BadInput, BadMedia, FetchError, MediaTooLarge, SaccadeError
from saccade.media.document import is_document, open_document, page_numbers
from saccade.settings import Settings
from saccade.types import Size
from tests.pdfs import ScanPage, TextPage, encrypted_pdf, jpeg, make_pdf, scans

SETTINGS = Settings()


def tiff(num_pages: int) -> bytes:
    """Pages of growing height, each of one seeded noise."""
    rng = np.random.default_rng(0)
    pages = [Image.fromarray(rng.integers(0, 256, (20 + at, 30, 3), dtype=np.uint8)) for at in range(num_pages)]
    buffer = io.BytesIO()
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:])
    return buffer.getvalue()


def test_sizes_follow_the_resolution_and_the_turn_of_a_page():
    data = make_pdf([TextPage([("a", 20, 20)]), TextPage([("a", 20, 20)], size=(100, 50.5), rotate=90)])
    for dpi, first, second in ((144, Size(600, 400), Size(200, 101)), (72, Size(300, 200), Size(100, 51))):
        with open_document(data, SETTINGS, dpi=dpi) as opened:
            assert (opened.format, opened.num_pages) == ("PDF", 2)
            assert (opened.size(1), opened.size(2)) == (first, second)
            assert (opened.picture(1).size, opened.picture(2).size) == (first, second)
            assert opened.picture(1).dpi == pytest.approx(dpi)


def test_a_budget_of_pixels_lowers_the_resolution():
    with open_document(make_pdf([TextPage([("a", 20, 20)], size=(14400, 14400))]), SETTINGS, dpi=600) as opened:
        assert opened.size(1).pixels < 16_800_000
    with open_document(make_pdf([ScanPage(jpeg(1))]), SETTINGS, max_page_pixels=15_000) as opened:
        page = opened.picture(1)
        assert page.size == opened.size(1) == Size(150, 100)
        assert page.dpi == pytest.approx(36)


@pytest.mark.parametrize(("rotate", "expected"), [(0, (40, 83, 163, 101)), (180, (237, 499, 360, 518))])
def test_text_of_a_pdf_has_its_places_in_page_pixels(rotate: int, expected: tuple[int, ...]):
    with open_document(make_pdf([TextPage([("Hello World", 20, 250)], rotate=rotate)]), SETTINGS) as opened:
        (line,) = opened.text_lines(1)
        assert line.label == "Hello World"
        assert (line.x0, line.y0, line.x1, line.y1) == pytest.approx(expected, abs=2)
        dark = np.asarray(opened.picture(1).image).min(axis=2) < 128
        rows, columns = np.nonzero(dark)
        assert line.x0 - 1 <= columns.min() and columns.max() <= line.x1
        assert line.y0 - 1 <= rows.min() and rows.max() <= line.y1


def test_words_on_one_line_are_joined_and_columns_are_not():
    page = TextPage([("Total", 20, 200), ("due", 52, 200), ("4.50", 150, 200), ("next", 20, 180)])
    with open_document(make_pdf([page]), SETTINGS) as opened:
        assert [line.label for line in opened.text_lines(1)] == ["Total due", "4.50", "next"]


def test_a_broken_page_costs_itself_alone():
    with open_document(scans(3, corrupt=[2]), SETTINGS) as opened:
        assert opened.picture(1).flags == opened.picture(3).flags == ()
        with pytest.raises(BadMedia, match="page 2 of '<bytes>' is broken: its picture cannot be decoded"):
            opened.picture(2)
    with open_document(make_pdf([ScanPage(jpeg(1)), None]), SETTINGS) as opened:
        assert opened.num_pages == 2
        opened.picture(1)
        for look in (opened.size, opened.picture, opened.text_lines):
            with pytest.raises(BadMedia, match="page 2 of '<bytes>' is broken"):
                look(2)


def test_a_scan_cut_short_and_an_empty_page_are_flagged():
    data = jpeg(1, 400, 300)
    pages = [ScanPage(data, stored=data[: len(data) // 2]), TextPage([])]
    with open_document(make_pdf(pages), SETTINGS) as opened:
        assert opened.picture(1).flags == ("damaged",)
        assert opened.picture(2).flags == ("blank",)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (encrypted_pdf(), "is encrypted; give its password"),
        (make_pdf([]), "is a PDF without pages"),
        (b"%PDF-1.7\nnothing that follows", "begins like a PDF but cannot be read"),
        (make_pdf([TextPage([])])[:90], "begins like a PDF but cannot be read"),
        (b"II*\0" + b"\xff" * 40, "its header is broken"),
        (b"only text", "is not a picture"),
        (b"", "is empty"),
        ([], "an empty list of pictures"),
    ],
)
def test_what_cannot_be_opened_is_one_clear_error(data: object, said: str):
    with pytest.raises(BadMedia, match=said) as caught:
        open_document(data, SETTINGS)
    assert "\n" not in str(caught.value)


def test_a_wrong_password_is_said():
    with pytest.raises(BadMedia, match="the password given does not open"):
        open_document(encrypted_pdf(), SETTINGS, password="guess")


def test_limits_and_options_are_checked(tmp_path: Path):
    for options in ({"dpi": 5}, {"dpi": 9999}, {"max_page_pixels": 0}):
        with pytest.raises(BadInput):
            open_document(scans(1), SETTINGS, **options)
    with pytest.raises(FetchError, match="there is no file"):
        open_document(tmp_path / "missing.pdf", SETTINGS)
    with pytest.raises(MediaTooLarge):
        open_document(scans(1), replace(SETTINGS, max_download_bytes=100))
    with open_document(scans(1), SETTINGS) as opened, pytest.raises(BadInput, match="it has pages 1 to 1"):
        opened.picture(2)


def test_a_tiff_has_its_pictures_as_pages():
    with open_document(tiff(3), SETTINGS) as opened:
        assert (opened.format, opened.num_pages) == ("TIFF", 3)
        assert [opened.size(number).height for number in (3, 1, 2)] == [22, 20, 21]
        third, first = opened.picture(3), opened.picture(1)
        assert (third.size, first.size, first.dpi) == (Size(22, 30), Size(20, 30), None)
        assert opened.text_lines(1) == ()


def test_a_tiff_cut_short_keeps_its_good_pages():
    data = tiff(3)
    with open_document(data[: len(data) * 2 // 3], SETTINGS) as opened:
        good = 0
        for number in range(1, opened.num_pages + 1):
            try:
                opened.picture(number)
                good += 1
            except BadMedia:
                pass
        assert 1 <= good < 3


def test_a_picture_and_a_list_of_pictures_are_documents(picture: Path):
    with open_document(picture, SETTINGS) as opened:
        assert (opened.format, opened.num_pages, opened.picture(1).size) == ("PNG", 1, Size(120, 200))
    with open_document([picture, jpeg(1)], SETTINGS) as opened:
        assert (opened.format, [opened.size(n) for n in (1, 2)]) == ("pictures", [Size(120, 200), Size(60, 40)])


def test_documents_are_told_by_content(picture: Path, tmp_path: Path):
    (tmp_path / "a.bin").write_bytes(scans(1))
    found = {
        "pdf": is_document(tmp_path / "a.bin", SETTINGS), "bytes": is_document(scans(1), SETTINGS),
        "tiff": is_document(tiff(2), SETTINGS), "one": is_document(tiff(1), SETTINGS),
        "png": is_document(picture, SETTINGS), "missing": is_document("missing.pdf", SETTINGS),
        "url": is_document("https://example.com/a.PDF?x=1", SETTINGS), "array": is_document(np.zeros((2, 2)), SETTINGS),
        "data": is_document("data:application/pdf;base64,", SETTINGS),
    }  # fmt: skip
    assert [name for name, is_one in found.items() if is_one] == ["pdf", "bytes", "tiff", "url", "data"]


def test_page_numbers_in_every_form():
    assert page_numbers(None, 3) == (1, 2, 3)
    assert page_numbers("1-3,7, 2,9-", 10) == (1, 2, 3, 7, 9, 10)
    assert (page_numbers(2, 3), page_numbers([3, 1, 3], 3)) == ((2,), (3, 1))
    for wrong in ("x", "", "0", "4", "3-2", "1-9", [], [0], "1-999999", True, "5-"):
        with pytest.raises(SaccadeError):
            page_numbers(wrong, 3)  # type: ignore[arg-type]
