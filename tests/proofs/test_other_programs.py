"""The pages of other programs: what the pack holds, and how a page becomes a picture with known text."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pypdfium2
import pytest

from saccade.synth.charset import CHARSET
from saccade.synth.packs import read_samples
from saccade.train.metrics import fold
from tests.proofs.other_programs.cutting import LEAST_HEIGHT_PX, MOST_LINES, MOST_PX, cut, read_lines, stands_in
from tests.proofs.other_programs.make import NUM_PAGES, PACK, make
from tests.proofs.other_programs.sources import X_HEIGHT_PX, make_source

MOST_BYTES = 2_500_000
PARAGRAPHS = ("The ferry leaves at noon.", "Bring a coat, and some bread.")


def write_pdf(path: Path, lines: tuple[str, ...]) -> Path:
    """A page of 300 by 200 points with lines of Helvetica 12, set as plainly as PDF 1.4 allows."""
    shown = "".join(f"BT /F 12 Tf 20 {150 - 18 * number} Td ({line}) Tj ET\n" for number, line in enumerate(lines))
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        f"<</Length {len(shown)}>>stream\n{shown}endstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    )  # fmt: skip
    body, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj{content}endobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"xref\n0 6\n0000000000 65535 f \n{table}trailer<</Size 6/Root 1 0 R>>\nstartxref\n{len(body)}\n%%EOF"
    path.write_bytes((body + end).encode("latin-1"))
    return path


def test_the_pack_holds_two_hundred_pages_as_the_proof_describes_them() -> None:
    assert PACK.stat().st_size <= MOST_BYTES
    pages = list(read_samples(PACK))
    assert len(pages) == NUM_PAGES == len({page.meta["index"] for page in pages})
    assert {page.meta["program"] for page in pages} == {"writer", "man"}
    low, high = X_HEIGHT_PX
    for page in pages:
        height, width = page.image.shape[:2]
        assert LEAST_HEIGHT_PX <= height <= MOST_PX and width <= MOST_PX
        assert low <= page.meta["x_height_px"] <= high
        assert 1 <= len(page.lines) <= MOST_LINES
        text = page.turns[0].truth["text"]
        assert text == "\n".join(line for line, _ in page.lines)
        assert set(text) - {"\n", " "} <= set(CHARSET)


def test_every_line_of_the_pack_has_ink_where_its_box_says() -> None:
    for page in read_samples(PACK, 40):
        ground = np.median(page.image.reshape(-1, 3), axis=0)
        for text, box in page.lines:
            inside = page.image[max(0, int(box.y0)) : int(box.y1) + 1, max(0, int(box.x0)) : int(box.x1) + 1]
            assert (np.abs(inside - ground).max(axis=2) > 60).mean() > 0.04, text


def test_a_page_source_follows_from_its_number_and_seed() -> None:
    first, again, other = make_source(3, 1), make_source(3, 1), make_source(4, 1)
    assert first == again != other
    assert make_source(3, 2) != first
    assert {make_source(number, 1).program for number in range(9)} == {"writer", "man"}


def test_lines_are_read_from_the_text_layer(tmp_path: Path) -> None:
    page = pypdfium2.PdfDocument(write_pdf(tmp_path / "page.pdf", PARAGRAPHS))[0]
    lines = read_lines(page)
    assert [line.text for line in lines] == list(PARAGRAPHS)
    assert lines[0].left == pytest.approx(20, abs=2) and lines[0].bottom == pytest.approx(150, abs=4)
    assert lines[0].x_height == pytest.approx(0.52 * 12, abs=0.5)  # Helvetica's x is 523 of 1000


def test_a_piece_is_cut_at_the_wanted_size_with_its_own_lines_only(tmp_path: Path) -> None:
    page = pypdfium2.PdfDocument(write_pdf(tmp_path / "page.pdf", PARAGRAPHS))[0]
    lines = read_lines(page)
    seen = set()
    for seed in range(12):
        piece = cut(page, lines, PARAGRAPHS, 10.0, np.random.default_rng(seed))
        seen.add(len(piece.lines))
        assert piece.x_height_px == pytest.approx(10.0)
        dark = np.flatnonzero((piece.image.min(axis=2) < 128).any(axis=1))
        top, bottom = piece.lines[0][1].y0, piece.lines[-1][1].y1
        assert dark[0] == pytest.approx(top, abs=1.5) and dark[-1] + 1 == pytest.approx(bottom, abs=1.5)
    assert seen == {1, 2}


def test_a_piece_whose_words_are_not_those_of_the_source_is_refused(tmp_path: Path) -> None:
    page = pypdfium2.PdfDocument(write_pdf(tmp_path / "page.pdf", PARAGRAPHS))[0]
    lines = read_lines(page)
    assert stands_in(lines, PARAGRAPHS) and stands_in(lines[:1], PARAGRAPHS)
    assert not stands_in(lines[::-1], PARAGRAPHS)
    with pytest.raises(ValueError, match="no piece of this page"):
        cut(page, lines, ("Something else altogether.",), 10.0, np.random.default_rng(0))


@pytest.mark.peer
@pytest.mark.skipif(not (shutil.which("soffice") and shutil.which("groff")), reason="needs LibreOffice and groff")
def test_both_programs_make_pages_whose_words_are_known(tmp_path: Path) -> None:
    assert make(tmp_path / "pages.zip", 9, seed=5) == 9
    for number, page in enumerate(read_samples(tmp_path / "pages.zip")):
        source = fold(" ".join(make_source(number, 5).paragraphs))
        assert fold(page.turns[0].truth["text"]) in source
