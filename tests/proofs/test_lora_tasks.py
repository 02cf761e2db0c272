"""LoRA on something new: 200 rows, the public command, before and after. Also that the rows say what is drawn."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from saccade.families import FAMILIES, FamilyProfile
from saccade.processing.coordinates import to_model
from saccade.synth.sample import Sample, answer_text
from saccade.train.scoring import score_turn
from saccade.train.scoring.amounts import Shown
from saccade.train.tune.rowforms import read_row
from saccade.types import Size
from tests.proofs.lora_tasks.rows import write_rows
from tests.proofs.lora_tasks.run import REHEARSED, Plan, keep, lost, prove, rehearsed
from tests.proofs.lora_tasks.tasks import TASKS, sample_of


@pytest.mark.slow
@pytest.mark.parametrize("task", tuple(TASKS))
def test_two_hundred_rows_teach_something_new(task: str, tmp_path: Path) -> None:
    """Writes the figures; how far they are from what was asked for stands in the model card."""
    figures = prove(task, "tiny", tmp_path, Plan())
    keep(task, figures)
    assert figures["points_gained"] > 0
    assert figures["train_seconds"] <= 16 * 60  # a step may still be on its way when the time is up


def truthful(sample: Sample, profile: FamilyProfile) -> str:
    """The right answer in a family's numbers."""
    size = Size(*sample.image.shape[:2])

    def numbers(values: object, _: int) -> list[int]:
        return list(to_model(values, "box", source=size, resized=size, profile=profile))  # type: ignore[call-overload]

    return answer_text(sample.turns[0].parts, numbers)


@pytest.mark.parametrize("task", tuple(TASKS))
def test_the_right_answer_scores_full_marks(task: str) -> None:
    profile = FAMILIES["qwen3-vl"]
    for index in range(24):
        sample = sample_of(task, "ask", index)
        size = Size(*sample.image.shape[:2])
        scores = score_turn(sample.turns[0], truthful(sample, profile), Shown(profile, [(size, size)]))
        main = [scores[name].value for name in ("field F1", "exact", "F1@0.5") if name in scores]
        assert main == [1.0], (sample.turns[0], scores)


@pytest.mark.parametrize("task", tuple(TASKS))
def test_samples_follow_from_their_number_and_are_never_shared(task: str) -> None:
    first, again = sample_of(task, "learn", 7), sample_of(task, "learn", 7)
    assert np.array_equal(first.image, again.image) and first.turns == again.turns
    learnt = {sample_of(task, "learn", index).image.tobytes() for index in range(30)}
    asked = {sample_of(task, "ask", index).image.tobytes() for index in range(30)}
    assert len(learnt) == len(asked) == 30 and not learnt & asked


def test_old_tasks_are_rehearsed_in_turn(tmp_path: Path) -> None:
    samples = [rehearsed(index) for index in range(10)]
    assert [sample.turns[0].task for sample in samples] == [task for _, task in REHEARSED] * 2
    assert np.array_equal(rehearsed(3).image, samples[3].image)
    rows = [json.loads(line) for line in write_rows(tmp_path, samples).read_text("utf-8").splitlines()]
    assert len(rows) == 10 and all(len(row["messages"]) == 2 and len(row["images"]) == 1 for row in rows)


def test_nothing_on_a_label_says_what_it_is() -> None:
    for index in range(10):
        sample = sample_of("label", "learn", index)
        fields = sample.turns[0].truth["fields"]
        printed = [text for text, _ in sample.lines]
        assert len(fields) == 8 and len(printed) == 9  # the ninth is the shipper's town, which nobody asks for
        assert set(fields.values()) <= set(printed)
        assert not set(fields) & {word.lower() for text in printed for word in text.split()}


def test_striped_questions_are_of_three_kinds_with_balanced_answers() -> None:
    turns = [sample_of("striped", "learn", index).turns[0] for index in range(120)]
    assert [turn.task for turn in turns[:6]] == ["vqa", "count", "detect"] * 2
    yes = np.mean([turn.truth["answers"] == ["yes"] for turn in turns if turn.task == "vqa"])
    assert 0.3 < yes < 0.7
    assert len({turn.truth["count"] for turn in turns if turn.task == "count"}) >= 4
    found = [len(turn.truth["boxes"]) for turn in turns if turn.task == "detect"]
    assert 0 in found and max(found) >= 2


def test_a_date_is_printed_in_many_forms_and_answered_in_one() -> None:
    answers, printed = [], []
    for index in range(40):
        sample = sample_of("date", "learn", index)
        answers.append(sample.turns[0].truth["answers"][0])
        printed.append(sample.meta["printed"])
        assert any(printed[-1] in text for text, _ in sample.lines)
    assert all(len(answer) == 7 and answer[2:5].isalpha() and answer[:2].isdigit() for answer in answers)
    assert not any(answer in text for answer, text in zip(answers, printed, strict=True))
    assert len({"".join("9" if char.isdigit() else "a" if char.isalpha() else char for char in text)
                for text in printed}) > 6  # fmt: skip


def test_rows_are_what_the_trainer_reads(tmp_path: Path) -> None:
    samples = [sample_of("striped", "learn", index) for index in range(6)]
    file = write_rows(tmp_path, samples)
    for line, sample in zip(file.read_text("utf-8").splitlines(), samples, strict=True):
        (conversation,) = read_row(json.loads(line), tmp_path)
        question, answer = conversation.messages
        assert [part.kind for part in question.parts] == ["image", "text"]
        assert Path(question.parts[0].source).is_file()
        assert question.parts[1].text == sample.turns[0].prompt
        boxes = sample.turns[0].truth.get("boxes", [])
        assert answer.parts[0].text.count("<bbox>") == len(boxes)
        assert len((conversation.objects or {}).get("bbox", [])) == len(boxes)


def test_points_lost_count_errors_the_other_way_round() -> None:
    assert lost({"ocr": 0.03, "count": 0.9}, {"ocr": 0.05, "count": 0.92}) == {"ocr": 2.0, "count": -2.0}


def test_the_proof_runs_from_rows_to_figures(checkpoint_folder: Path, tmp_path: Path) -> None:
    plan = Plan(learn=3, rehearse=4, ask=2, others=0, minutes=1.0, max_tokens=4)
    figures = prove("date", str(checkpoint_folder), tmp_path, plan,
                    ("--steps", "1", "--rank", "2", "--max-pixels", "20000"))  # fmt: skip
    assert (tmp_path / "adapter" / "adapter_model.safetensors").is_file()
    assert figures["before"]["n"] == figures["after"]["n"] == 2 and figures["others_points_lost"] == {}
