"""The proofs at full size: `make prove`. The quick tests run the same code on a few per cent of the cases."""

from __future__ import annotations

import random
import time
from importlib.resources import files
from pathlib import Path

import pytest

import saccade
from saccade.engine.loopguard import LoopGuard
from saccade.families import FAMILIES
from saccade.processing.resize import grid_of, smart_resize, tokens_of
from saccade.train.evaluate import run_eval, table
from tests.coordinate_cases import error_px, random_case
from tests.engine.streams import looping_answers, pieces, table_answers
from tests.engine.test_remote_coordinates import worst_case, worst_fitted
from tests.export.conftest import round_trips, use_supervision
from tests.proofs.record import PROOFS, record

pytestmark = pytest.mark.slow


def _stops_at(text: str) -> int | None:
    """Tokens until the guard stops, None when it does not."""
    guard = LoopGuard()
    for number, piece in enumerate(pieces(text), 1):
        if guard.push(hash(piece), piece):
            return number
    return None


def test_loops_are_stopped_and_tables_are_not() -> None:
    delays = []
    for _, before, loop in looping_answers():
        stopped = _stops_at(before + loop)
        delays.append(None if stopped is None else stopped - len(pieces(before)))
    in_time = [d for d in delays if d is not None and d <= 200]
    false_stops = [kind for kind, text in table_answers() if _stops_at(text) is not None]
    record("loopguard", loops=len(delays), stopped_within_200_tokens=len(in_time), tables=500,
           falsely_stopped=len(false_stops))  # fmt: skip
    assert len(delays) == 100 and len(in_time) >= 95
    assert len(false_stops) <= 2


def test_the_token_count_is_exact_on_ten_thousand_sizes() -> None:
    """The plan's arithmetic against the image processor of the reference implementation, which counts patches."""
    transformers = pytest.importorskip("transformers", reason="the reference comes with the dev extra")
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import smart_resize as reference

    assert transformers.__version__
    rng, wrong = random.Random(0), []
    for _ in range(10_000):
        profile = rng.choice(list(FAMILIES.values()))
        height = round(2 ** rng.uniform(0, 13))
        width = max(1, min(8192, round(height * 2 ** rng.uniform(-7, 7))))
        size = smart_resize(height, width, profile.factor, profile.min_pixels, profile.max_pixels)
        expected = reference(height, width, profile.factor, profile.min_pixels, profile.max_pixels)
        tokens = tokens_of(grid_of(size, profile.patch_size))
        if tokens != expected[0] * expected[1] // profile.factor**2:
            wrong.append((profile.name, height, width))
    record("token_count", cases=10_000, wrong=len(wrong))
    assert wrong == []


def test_coordinates_survive_ten_thousand_round_trips() -> None:
    """Pictures of 32 to 4096 px, all orientations, three families: the arithmetic, with vLLM's resize, over HTTP."""
    cases = [error_px(random_case(number)) for number in range(10_000)]
    worst, inside = max(error for error, _ in cases), sum(is_inside for _, is_inside in cases)
    ways = {"fitted_for_vllm": worst_fitted(range(10_000)), "over_http": worst_case(range(1000), rounded=False)}
    record("coordinates", cases=len(cases), worst_error_px=worst, inside=inside, **{
        name: {"cases": number, "worst_error_px": error, "inside": number - outside, "resized_by_server": resized}
        for (name, (error, outside, resized)), number in zip(ways.items(), (10_000, 1000), strict=True)})  # fmt: skip
    assert worst <= 0.5 and inside == len(cases)
    for error, outside, resized in ways.values():
        assert error <= 0.5 and (outside, resized) == (0, 0)


def test_exports_come_back_within_half_a_pixel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Boxes, points and figures of 2,000 random pictures through every format that can be read."""
    library = use_supervision(monkeypatch)
    found = round_trips(range(100), tmp_path, count=20)
    record("export", pictures=2000, supervision=library, formats=found)
    assert all(one["worst_error_px"] <= 0.5 for one in found.values())


def test_the_bundled_model_on_every_held_out_picture() -> None:
    """Writes the scores; what falls short of its target is a figure in the model card, not a failed test."""
    folder = Path(str(files("saccade") / "assets" / "tiny"))
    started = time.monotonic()
    PROOFS.mkdir(parents=True, exist_ok=True)
    rows = run_eval(saccade.load("tiny"), out=PROOFS / "heldout-answers.json")
    record("scores", seconds=round(time.monotonic() - started),
           rows=[{"set": r.set, "measure": r.measure, "value": round(r.value, 4), "low": round(r.low, 4),
                  "high": round(r.high, 4), "n": r.n, "target": r.target} for r in rows])  # fmt: skip
    print(table(rows))
    assert sum(r.n for r in rows if r.measure in ("CER", "F1@0.5", "exact")) >= 1000
    assert (folder / "scores.json").exists()
