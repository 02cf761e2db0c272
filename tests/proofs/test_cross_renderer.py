"""Reading pages that no renderer of the drawn worlds made: LibreOffice Writer and groff, through PDFium.

The pictures are `other_programs/pages.zip`, so the proof needs neither program. What falls short of the target is a
figure in the model card, not a failed test.
"""

from __future__ import annotations

import time

import pytest

import saccade
from saccade.synth.packs import read_samples
from saccade.train.asking import ask_cases
from saccade.train.evaluate import Row, Tally, case_of
from tests.proofs.other_programs.make import NUM_PAGES, PACK
from tests.proofs.record import record

TARGET = "<= 6 %"


def told(row: Row) -> dict[str, object]:
    """A score as the proof's file keeps it."""
    return {"measure": row.measure, "value": round(row.value, 4), "low": round(row.low, 4),
            "high": round(row.high, 4), "n": row.n}  # fmt: skip


@pytest.mark.slow
def test_the_bundled_model_reads_pages_of_other_programs() -> None:
    samples = list(read_samples(PACK))
    whole, parts = Tally(), {name: Tally() for name in ("writer", "man", "x-height 8-12 px", "x-height over 12 px")}
    worst: list[tuple[float, dict[str, object]]] = []
    started = time.monotonic()
    answered = ask_cases(saccade.load("tiny"), map(case_of, samples))
    for sample, asked in zip(samples, answered, strict=True):
        small = sample.meta["x_height_px"] <= 12
        for tally in (whole, parts[sample.meta["program"]], parts[f"x-height {'8-12' if small else 'over 12'} px"]):
            tally.add(asked)
        text = sample.turns[0].truth["text"]
        worst.append((asked[0].scores["CER"].value, {"index": sample.meta["index"], "text": text,
                                                     "answer": asked[0].answer}))  # fmt: skip
    rows = whole.rows("other programs")
    worst.sort(key=lambda entry: (-entry[0], entry[1]["index"]))
    record(
        "cross_renderer", pages=len(samples), programs="LibreOffice Writer, groff man", target=TARGET,
        seconds=round(time.monotonic() - started), rows=[told(row) for row in rows],
        parts={name: told(tally.rows(name)[0]) for name, tally in parts.items()},
        worst=[{"CER": round(cer, 3), **entry} for cer, entry in worst[:10]],
    )  # fmt: skip
    assert len(samples) == NUM_PAGES and {row.measure: row.n for row in rows}["CER"] == NUM_PAGES
