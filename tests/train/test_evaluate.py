"""Evaluation with set answers: the truth is perfect on every held-out set, known faults cost what they should."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saccade.errors import BadInput
from saccade.synth.heldout import read_set, set_names, spec
from saccade.synth.sample import Clip, Picture, Said, Sample, Turn
from saccade.train import evaluate
from saccade.train.asking import Asked, Case, Question
from saccade.train.evaluate import TARGETS, Row, Tally, case_of, run_eval, table
from saccade.train.scoring.amounts import Amount, f1, share
from tests.train.conftest import picture, shapes_sample, text_sample
from tests.train.truthful import truthful_model

FALLING = ("CER", "MAE", "text CER", "CER of blocks found", "false alarms")


@pytest.mark.parametrize("name", set_names())
def test_the_truth_scores_perfectly_on_every_set(name: str) -> None:
    rows = run_eval(truthful_model(read_set(name, 3)), limit=3, sets=[name])
    assert rows and any(row.target for row in rows) == any((row.task, row.measure) in TARGETS for row in rows)
    for row in rows:
        if row.measure == "mean IoU of hits":
            assert row.value > 0.9
        else:
            assert row.value == row.low == row.high == float(row.measure not in FALLING), row


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Sample]:
    """What every held-out set holds from now on; tests fill it."""
    samples: list[Sample] = []

    def samples_of(name: str, limit: int | None) -> Iterator[Sample]:
        return iter(samples[:limit])

    monkeypatch.setattr(evaluate, "samples_of", samples_of)
    return samples


def counting(*counts: int) -> list[Sample]:
    return [Sample(picture(32, 32 + 2 * n), (Turn("count", "How many?", str(count)),), meta={"index": n})
            for n, count in enumerate(counts)]  # fmt: skip


def value(rows: list[Row], measure: str) -> float:
    return next(row.value for row in rows if row.measure == measure)


def test_nonsense_scores_nothing(drawn: list[Sample]) -> None:
    drawn += counting(0, 1, 2, 7)
    rows = run_eval(truthful_model(drawn, lambda _: "nonsense"), sets=["count"])
    assert value(rows, "exact") == 0 and value(rows, "MAE") == 2.5
    drawn[:] = [shapes_sample()]
    rows = run_eval(truthful_model(drawn, lambda _: "nonsense"), sets=["detect"])
    assert value(rows, "false alarms") == 1


def test_the_report_holds_every_row_and_answer(drawn: list[Sample], tmp_path: Path) -> None:
    drawn += counting(3, 4, 5)
    seen: list[tuple[str, int, int]] = []
    model = truthful_model(drawn, lambda text: text.replace("4", "6"))
    rows = run_eval(
        model, out=tmp_path / "scores.json", limit=2, sets=["count"], progress=lambda *now: seen.append(now)
    )
    assert seen == [("count", 2, 2)]
    report = json.loads((tmp_path / "scores.json").read_text())
    assert (report["model"], report["family"], report["heldout_version"]) == ("truthful", "qwen3-vl", spec()["version"])
    assert report["rows"][0]["value"] == value(rows, "exact") == 0.5 and len(report["rows"]) == len(rows)
    assert report["answers"]["count"][1] == {
        "id": "1", "turn": 0, "task": "count", "prompt": "How many?", "answer": "6", "finish": "stop",
        "scores": {"exact": 0.0, "MAE": 2.0},
    }  # fmt: skip


def test_the_two_oldest_forms_of_truth_are_scored(drawn: list[Sample]) -> None:
    drawn += [text_sample()]
    assert value(run_eval(truthful_model(drawn), sets=["ocr"]), "CER") == 0
    assert value(run_eval(truthful_model(drawn, lambda text: text[:-1]), sets=["ocr"]), "CER") == pytest.approx(1 / 9)


def test_pictures_clips_and_tools_become_media() -> None:
    turn = Turn("vqa", "What?", parts=(Said("x"),), truth={"answers": ["x"]})
    pair = Sample(picture(112, 224), (turn,), more=(Picture(picture(40, 40)),), tools=({"type": "function"},))
    case = case_of(pair)
    assert [part.source.shape for part in case.media] == [(112, 224, 3), (40, 40, 3)]
    assert case.tools == ({"type": "function"},) and case.questions[0].prompt == "What?"
    clip = Sample(picture(), (turn,), clip=Clip(np.zeros((6, 64, 64, 3), np.uint8), fps=2.0))
    (part,) = case_of(clip).media
    assert part.kind == "video" and len(part.source) == 6 and part.options["sample_fps"] == 2.0
    assert part.options["min_pixels"] == 64 * 64


@pytest.mark.parametrize("options", [{"sets": ["nothing"]}, {"limit": 0}])
def test_sets_and_limits_that_do_not_exist_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="the sets are ocr"):
        run_eval(truthful_model([]), **options)


def asked(*scores: dict[str, Amount], task: str = "vqa") -> list[Asked]:
    case = Case((), ())
    return [Asked(case, Question(task, "?", lambda answer, shown: {}), "", "stop", each) for each in scores]


def test_turns_of_one_conversation_are_drawn_together() -> None:
    tally, apart = Tally(), Tally()
    for number in range(400):
        right = {"exact": share(number % 2)}
        tally.add(asked(right, right))
        apart.add(asked(right))
        apart.add(asked(right))
    (together,), (single,) = tally.rows("vqa"), apart.rows("vqa")
    assert together.value == single.value == 0.5 and together.n == single.n == 800
    assert together.high - together.low == pytest.approx(2**0.5 * (single.high - single.low), rel=0.15)
    assert together.target == ">= 90 %" and tally.rows("vqa", {"exact": ">= 50 %"})[0].target == ">= 50 %"


def test_characters_and_boxes_count_over_all_questions_together() -> None:
    tally = Tally()
    tally.add(asked({"CER": share(0, 8)}, task="ocr"))
    tally.add(asked({"CER": share(2, 2)}, task="ocr"))
    tally.add(asked({"F1@0.5": f1(1, 2, 1)}, task="detect"))
    tally.add(asked({"F1@0.5": f1(0, 0, 1)}, task="detect"))
    rows = {row.measure: row for row in tally.rows("mixed")}
    assert rows["CER"].value == 0.2 and rows["F1@0.5"].value == 0.5
    assert [row.task for row in rows.values()] == ["ocr", "detect"]


def test_the_table_says_per_cent_where_it_is_one() -> None:
    rows = [
        Row("count", "exact", 0.875, 0.8, 0.95, 330, ">= 93 %", "count"),
        Row("count", "MAE", 0.126, 0.1, 0.15, 330),
        Row("both", "CER", 0.1, 0.1, 0.1, 9, "", "ocr"),
        Row("both", "exact", 0.1, 0.1, 0.1, 9, "", "vqa"),
    ]
    assert table(rows[:1] + rows[2:]).splitlines()[2:] == [
        "| count | exact | 87.5 % | 80.0 % to 95.0 % | 330 | >= 93 % |",
        "| both | ocr: CER | 10.0 % | 10.0 % to 10.0 % | 9 |  |",
        "| both | vqa: exact | 10.0 % | 10.0 % to 10.0 % | 9 |  |",
    ]
    assert table(rows[1:2]).splitlines()[2] == "| count | MAE | 0.13 | 0.10 to 0.15 | 330 |  |"


def test_a_public_benchmark_is_asked_beside_or_without_the_held_out_sets(drawn: list[Sample], tmp_path: Path) -> None:
    from saccade.engine.api import EngineInfo
    from saccade.engine.scripted import ScriptedEngine
    from saccade.session import Model
    from tests.train.benchmarks.folders import picture_file, write_json

    for name in ("a.png", "b.png"):
        picture_file(tmp_path / "png" / name)
    write_json(tmp_path / "test_human.json", [{"imgname": "a.png", "query": "How much?", "label": "100"}])
    write_json(tmp_path / "test_augmented.json", [{"imgname": "b.png", "query": "How much?", "label": "200"}])
    engine = ScriptedEngine(lambda _: "104", info=EngineInfo("s", "qwen3-vl", context_length=4096, vocab_size=0))
    rows = run_eval(Model(engine), data=[f"chartqa:{tmp_path}"])
    assert [(row.set, row.measure, row.value, row.n) for row in rows] == [
        ("chartqa", "relaxed accuracy", 0.5, 2), ("chartqa/augmented", "relaxed accuracy", 0, 1),
        ("chartqa/human", "relaxed accuracy", 1, 1),
    ]  # fmt: skip
    assert engine.requests[0].params.max_tokens == 128
    drawn += counting(104)
    rows = run_eval(Model(engine), sets=["count"], data=[f"chartqa:{tmp_path}"])
    assert [row.set for row in rows][:3] == ["count", "count", "chartqa"]
