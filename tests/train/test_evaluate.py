"""Evaluation with set answers: the truth is perfect, known faults cost what they should."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from saccade.engine.api import EngineInfo, EngineRequest
from saccade.engine.scripted import ScriptedEngine
from saccade.errors import BadInput
from saccade.session import Model
from saccade.synth.heldout import set_names
from saccade.synth.sample import Sample, Turn
from saccade.train.evaluate import Row, run_eval, score, table
from saccade.types import Box, MediaSeen, Reply, Size
from tests.train.conftest import picture, shapes_sample, text_sample

SIZE = Size(112, 224)
SEEN = MediaSeen("image", SIZE, SIZE, (1, 8, 16), 32)


def reply(text: str) -> Reply:
    return Reply(text, media=(SEEN,))


def truth(sample: Sample) -> str:
    turn = sample.turns[0]
    if turn.answer is not None:
        return turn.answer
    return json.dumps([{"bbox_2d": [i.box.x0, i.box.y0, i.box.x1, i.box.y1], "label": i.value} for i in turn.items])


def value(rows: list[Row], measure: str) -> float:
    return next(row.value for row in rows if row.measure == measure)


class TruthfulModel:
    """Looks like a Model and knows the held-out answers; `spoil` may change them."""

    name, family = "fake", "qwen2.5-vl"

    def __init__(self, answers: dict[bytes, str], spoil: Callable[[str], str] = str) -> None:
        self.answers, self.spoil, self.options = answers, spoil, list[dict[str, Any]]()

    def map(self, requests: list[Any], *, progress: Any = None, **options: Any) -> list[Reply]:
        self.options.append(options)
        replies = []
        for image, _ in requests:
            size = Size(*image.shape[:2])
            seen = MediaSeen("image", size, size, (1, 2, 2), 1)
            replies.append(Reply(self.spoil(self.answers[image.tobytes()]), media=(seen,)))
        if progress is not None:
            progress(len(requests), len(requests))
        return replies


@pytest.fixture(scope="module")
def held_out() -> dict[bytes, str]:
    from importlib.resources import as_file, files

    from saccade.synth.heldout import PACK_NAME, read_pack

    with as_file(files("saccade").joinpath("assets", "heldout", PACK_NAME)) as pack:
        return {sample.image.tobytes(): truth(sample) for sample in read_pack(pack, limit=8)}


def test_the_truth_scores_perfectly_on_every_set(held_out: dict[bytes, str], tmp_path: Path) -> None:
    model, seen = TruthfulModel(held_out), list[tuple[str, int, int]]()
    rows = run_eval(model, out=tmp_path / "scores.json", limit=8, progress=lambda *now: seen.append(now))  # type: ignore[arg-type]
    assert {row.set for row in rows} == set(set_names())
    for row in rows:
        perfect = 0.0 if row.measure in ("CER", "MAE") or row.measure.startswith("false") else 1.0
        if row.measure == "mean IoU of hits":
            assert row.value == pytest.approx(1, abs=1e-6)
        else:
            assert row.value == row.low == row.high == perfect, row
    assert seen == [(name, 8, 8) for name in set_names()]
    assert all(options["temperature"] == 0 for options in model.options)
    report = json.loads((tmp_path / "scores.json").read_text())
    assert report["model"] == "fake" and len(report["rows"]) == len(rows)
    assert len(report["answers"]["count"]) == 8 and "prompt" in report["answers"]["count"][0]


def test_nonsense_scores_nothing(held_out: dict[bytes, str]) -> None:
    rows = run_eval(TruthfulModel(held_out, lambda _: "nonsense"), limit=8, sets=["detect", "count", "text_seen"])  # type: ignore[arg-type]
    for row in rows:
        if row.measure in ("exact", "F1@0.5", "recall", "precision"):
            assert row.value == 0
    assert value(rows, "CER") > 0.5 and value(rows, "MAE") == pytest.approx(3.5)  # the first eight counts are 0 to 7


def test_a_real_model_face_is_asked_with_picture_and_prompt() -> None:
    def answer(request: EngineRequest) -> Reply:
        assert request.messages[-1].parts[0].kind == "image"
        return reply("3")

    model = Model(ScriptedEngine(answer, info=EngineInfo("scripted", "qwen2.5-vl", context_length=4096, vocab_size=0)))
    rows = run_eval(model, limit=8, sets=["count"])
    assert value(rows, "exact") == 1 / 8  # the counts are 0 to 7


@pytest.mark.parametrize("options", [{"sets": ["nothing"]}, {"limit": 0}])
def test_sets_and_limits_that_do_not_exist_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="the sets are text_seen"):
        run_eval(TruthfulModel({}), **options)  # type: ignore[arg-type]


def test_characters_count_over_all_pictures_together() -> None:
    samples = [text_sample(Turn("ocr", "Read.", "abcdefgh")), text_sample(Turn("ocr", "Read.", "xy"))]
    rows = score("text_seen", samples, [reply("abcdefgh"), reply("x\nyz")], "qwen2.5-vl")
    assert value(rows, "CER") == pytest.approx(2 / 10)  # a space and a z too much
    assert value(rows, "exact") == 0.5
    assert next(row.target for row in rows if row.measure == "CER") == "<= 8 %"


def test_boxes_need_label_and_half_their_area() -> None:
    sample = shapes_sample(("star", "red", Box(10, 10, 50, 50)), ("ring", "blue", Box(100, 10, 140, 50)))
    absent = Sample(picture(), (Turn("detect", "Find.", None),))
    good = '[{"bbox_2d": [10, 10, 50, 50], "label": "red star"}, {"bbox_2d": [100, 10, 140, 50], "label": "red ring"}]'
    wrong = '[{"bbox_2d": [1, 1, 9, 9], "label": "cat"}]'
    rows = score("detect", [sample, absent], [reply(good), reply(wrong)], "qwen2.5-vl")
    assert value(rows, "precision") == pytest.approx(1 / 3) and value(rows, "recall") == 0.5
    assert value(rows, "F1@0.5") == pytest.approx(2 / 5) and value(rows, "mean IoU of hits") == 1
    assert value(rows, "false boxes per absent question") == 1


def test_counts_are_exact_or_off_by_so_many() -> None:
    samples = [text_sample(Turn("count", "How many?", str(n))) for n in (0, 4, 7, 5)]
    rows = score("count", samples, [reply("0"), reply("There are six."), reply("no idea"), reply("5")], "qwen2.5-vl")
    assert value(rows, "exact") == 0.5 and value(rows, "MAE") == (2 + 7) / 4


def test_the_table_says_per_cent_where_it_is_one() -> None:
    rows = [Row("count", "exact", 0.875, 0.8, 0.95, 330, ">= 85 %"), Row("count", "MAE", 0.126, 0.1, 0.15, 330)]
    assert table(rows).splitlines()[2:] == [
        "| count | exact | 87.5 % | 80.0 % to 95.0 % | 330 | >= 85 % |",
        "| count | MAE | 0.13 | 0.10 to 0.15 | 330 |  |",
    ]
