"""A scan of thirty drawn pages, one of them corrupt, read by the bundled model from file to result."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from saccade.session import Model
from saccade.synth.heldout import read_set
from tests.pdfs import ScanPage, make_pdf

CORRUPT, PAGES = 17, 30
FEW = {"dpi": 40, "max_pixels": 48 * 1024}  # small pages, so that this test is no test of patience


@pytest.fixture(scope="module")
def scan() -> bytes:
    """Six of the drawn held-out pages over and over, as JPEG; the object of page 17 is missing."""
    drawn = []
    for sample in read_set("parse", 6):
        image = Image.fromarray(sample.image)
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=80)
        drawn.append(ScanPage(buffer.getvalue(), size=(image.width * 0.75, image.height * 0.75)))
    return make_pdf([None if number == CORRUPT else drawn[number % 6] for number in range(1, PAGES + 1)])


def test_parse_gives_thirty_statuses_and_the_corrupt_page_costs_one(tiny: Model, scan: bytes):
    document = tiny.parse(scan, max_tokens=48, **FEW)
    assert [page.number for page in document.pages] == list(range(1, PAGES + 1))
    assert [page.number for page in document.pages if page.status == "failed"] == [CORRUPT]
    assert document.status == "partial" and "failed-pages" in document.flags
    assert "page 17" in document.page(CORRUPT).error
    for page in document.pages:
        if page.number == CORRUPT:
            continue
        assert page.status in ("ok", "partial") and page.image_size is not None
        # so few tokens cut every answer, which each page says for itself
        assert page.raw_text and ("truncated" in page.flags) == (page.status == "partial")
        for box in page.boxes:
            assert 0 <= box.x0 <= box.x1 <= page.image_size.width
            assert 0 <= box.y0 <= box.y1 <= page.image_size.height


def test_extract_gives_thirty_statuses_and_the_corrupt_page_costs_one(tiny: Model, scan: bytes):
    result = tiny.extract(scan, ["title"], max_tokens=24, second_look=False, **FEW)
    assert [page.number for page in result.pages] == list(range(1, PAGES + 1))
    assert [page.number for page in result.pages if page.status == "failed"] == [CORRUPT]
    assert {page.status for page in result.pages} == {"ok", "failed"} and "failed-pages" in result.flags
    assert set(result.data) == {"title"}
    assert result.data["title"] is None or isinstance(result.data["title"], str)
