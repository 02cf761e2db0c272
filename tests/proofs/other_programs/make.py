"""Pictures of pages that other programs set, as a pack: `python -m tests.proofs.other_programs.make OUT.zip`.

LibreOffice Writer and groff with its man macros make PDF files, PDFium makes pictures of them; no training sample comes
from any of the three. Needs soffice and groff (`scripts/apt-packages.txt`); what was made is `pages.zip` beside this.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pypdfium2

from saccade.prompts.text import READ_PROMPT
from saccade.synth.packs import write_samples
from saccade.synth.sample import Said, Sample, Turn
from tests.proofs.other_programs.cutting import cut, read_lines
from tests.proofs.other_programs.sources import HERE, Source, make_source

SEED, NUM_PAGES = 40_417, 200
PACK = HERE / "pages.zip"
_BATCH = 25  # documents that one start of soffice converts


def set_pages(sources: Sequence[Source], folder: Path) -> list[Path]:
    """One PDF file for each source."""
    files = []
    for number, source in enumerate(sources):
        file = folder / f"{number:03d}.{'fodt' if source.program == 'writer' else 'man'}"
        file.write_text(source.content, encoding="utf-8")
        files.append(file)
    documents = [str(file) for file in files if file.suffix == ".fodt"]
    for start in range(0, len(documents), _BATCH):
        subprocess.run(["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to",
                        "pdf", "--outdir", str(folder), *documents[start : start + _BATCH]],
                       check=True, capture_output=True)  # fmt: skip
    for file, source in zip(files, sources, strict=True):
        if source.program == "man":
            made = subprocess.run(["groff", "-Kutf8", "-man", "-Tpdf", *source.options, str(file)],
                                  check=True, capture_output=True)  # fmt: skip
            file.with_suffix(".pdf").write_bytes(made.stdout)
    return [file.with_suffix(".pdf") for file in files]


def samples(sources: Sequence[Source], pages: Sequence[Path], seed: int) -> Iterator[Sample]:
    """A piece of the first page of every file, to be read."""
    for number, (source, file) in enumerate(zip(sources, pages, strict=True)):
        rng = np.random.default_rng(np.random.SeedSequence([seed, number, 1]))
        document = pypdfium2.PdfDocument(file)
        page = document[0]
        piece = cut(page, read_lines(page), source.paragraphs, source.x_height_px, rng)
        text = "\n".join(line for line, _ in piece.lines)
        turn = Turn("ocr", READ_PROMPT, parts=(Said(text),), truth={"text": text})
        meta = {"index": number, "program": source.program, "face": source.face, "layout": source.layout,
                "x_height_px": round(piece.x_height_px, 1), "lines": len(piece.lines)}  # fmt: skip
        yield Sample(piece.image, (turn,), lines=piece.lines, meta=meta)


def make(out: Path, number: int = NUM_PAGES, seed: int = SEED) -> int:
    """Write the pack; the number of its pictures comes back."""
    sources = [make_source(index, seed) for index in range(number)]
    with tempfile.TemporaryDirectory() as folder:
        pages = set_pages(sources, Path(folder))
        return write_samples(out, samples(sources, pages, seed))


def main() -> None:
    """Command line of this module."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.other_programs.make", description=__doc__)
    parser.add_argument("out", type=Path, nargs="?", default=PACK, help="the pack to write (pages.zip beside this)")
    parser.add_argument("--n", type=int, default=NUM_PAGES, help=f"how many pages ({NUM_PAGES})")
    options = parser.parse_args()
    try:
        print(f"{make(options.out, options.n)} pages in {options.out}, {options.out.stat().st_size:,} bytes")
    except FileNotFoundError as error:
        sys.exit(f"{error.filename} is not installed: apt-get install -y libreoffice-writer-nogui groff")


if __name__ == "__main__":
    main()
