"""Two per cent of the fuzz proof (tests/proofs/test_parser_fuzz.py): every fiftieth of its million inputs."""

from __future__ import annotations

from pathlib import Path

import saccade.processing.parse
from tests.processing.parse import fuzzing, readers

TOTAL = 1_000_000
# What holds no reader of answers: rules about values and streams that others have read.
_NOT_READERS = {"__init__", "fitting", "offered", "stops"}
_INSIDE = {"flowchart": "mermaid"}  # read through another


def test_no_reader_raises_anything_but_our_own_error_or_takes_long() -> None:
    tally = fuzzing.run(range(0, TOTAL, 50))
    assert tally.failures == []
    assert len(tally.slow) <= tally.inputs / 1000, sorted(tally.slow)[-5:]


def test_an_input_is_always_the_same_and_all_kinds_come() -> None:
    first, again = ([fuzzing.fuzz_input(number) for number in range(0, TOTAL, 5000)] for _ in range(2))
    assert first == again
    names = {fuzzing.fuzz_input(number)[0] for number in range(fuzzing.num_cuts(), fuzzing.num_cuts() + 1500)}
    assert names == set(readers.READERS["qwen3-vl"])
    texts = [text for _, _, text in first]
    assert max(map(len, texts)) > 10_000 and any("\x00" in text for text in texts)
    assert any("\ud800" in text or "\udc00" in text for text in texts)


def test_every_module_of_readers_is_fuzzed() -> None:
    source = Path(readers.__file__).read_text("utf-8")
    modules = {path.stem for path in Path(saccade.processing.parse.__path__[0]).glob("*.py")} - _NOT_READERS
    missing = [name for name in sorted(modules) if f"parse.{_INSIDE.get(name, name)} import" not in source]
    assert missing == []
