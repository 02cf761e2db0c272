"""Do pictures agree: the verdict comes from what was read, with its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from saccade.errors import BadAnswer, BadMessages
from saccade.prompts.compare import verify_prompt
from saccade.tasks import verify_images
from tests.tasks.conftest import Scripted

LABEL, DOOR = Image.new("RGB", (640, 480)), Image.new("RGB", (320, 640))


def told(answer: str, *evidence: tuple[int, str]) -> str:
    listed = [{"image": image, "bbox_2d": [100, 100, 500, 200], "text_content": text} for image, text in evidence]
    return json.dumps({"evidence": listed, "answer": answer, "reason": "So it is."})


def test_the_courier_label_and_the_door(scripted: Scripted):
    """The label says 27B and A. Miller, the door 27 b and Anna Miller: both agree, though not letter by letter."""
    engine = scripted(told("match", (1, "27B"), (2, "27 b")), told("match", (1, "A. Miller"), (2, "Anna Miller")))
    verdict = verify_images(engine, [LABEL, DOOR], ["house number", "name"])
    assert verdict and verdict.answer == "match" and verdict.flags == ()
    assert verdict.fields["house number"].values == ("27B", "27 b")
    assert [request.messages[0].text for request in engine.requests] == [
        verify_prompt(["house number"]), verify_prompt(["name"]),
    ]  # fmt: skip
    label, door = verdict.boxes_on(1)[0], verdict.boxes_on(2)[0]
    assert (label.x0, label.y0, label.x1, label.y1) == (64, 48, 320, 96)  # each in pixels of its own file
    assert (door.x0, door.y0, door.x1, door.y1) == (32, 64, 160, 128)
    assert (label.label, door.label) == ("27B", "27 b")


def test_one_field_that_differs_is_a_mismatch_whatever_the_model_says(scripted: Scripted):
    engine = scripted(told("match", (1, "27B"), (2, "28B")), told("unclear", (1, "Miller")))
    verdict = verify_images(engine, [LABEL, DOOR], "house number, name")
    assert (verdict.answer, verdict.fields["name"].answer) == ("mismatch", "unclear")
    assert verdict.reason == "house number: picture 1 says 27B, picture 2 says 28B"
    assert verdict.flags == ("model-disagrees",)


def test_a_word_without_evidence_is_unclear(scripted: Scripted):
    verdict = verify_images(scripted(told("match")), [LABEL, DOOR], ["house number"])
    assert (verdict.answer, verdict.flags) == ("unclear", ("no-evidence",))
    assert verdict.reason == "no house number can be read in picture 1 and 2"
    assert verdict.fields["house number"].values == (None, None)


def test_the_first_picture_is_set_beside_each_other_one(scripted: Scripted):
    engine = scripted(told("match", (1, "7"), (2, "7")), told("mismatch", (1, "7"), (2, "9")))
    verdict = verify_images(engine, [LABEL, DOOR, LABEL], ["house number"])
    assert verdict.fields["house number"].values == ("7", "7", "9")
    assert [one.image for one in verdict.evidence] == [1, 2, 3] and verdict.answer == "mismatch"
    assert len(verdict.image_sizes) == 3


def test_normalisers_of_the_callers_own(scripted: Scripted):
    answer = told("mismatch", (1, "Box 1"), (2, "crate 1"))
    assert verify_images(scripted(answer), [LABEL, DOOR], ["unit"]).answer == "mismatch"
    same = {"unit": lambda text: text[-1]}
    assert verify_images(scripted(answer), [LABEL, DOOR], ["unit"], normalisers=same).answer == "match"
    assert verify_images(scripted(answer), [LABEL, DOOR], ["unit"], normalisers={"unit": "digits"}).answer == "match"


def test_a_claim_is_judged_by_the_model(scripted: Scripted):
    engine = scripted(told("mismatch", (2, "2 cups")))
    verdict = verify_images(engine, [LABEL, DOOR], claim='Picture 2 shows "three" cups.')
    assert (verdict.answer, verdict.reason, verdict.fields) == ("mismatch", "So it is.", {})
    assert "Picture 2 shows 'three' cups." in engine.requests[0].messages[0].text


@pytest.mark.parametrize(("said", "answer"), [("yes", "match"), (False, "mismatch"), ("cannot tell", "unclear")])
def test_other_words_for_a_verdict_are_read(scripted: Scripted, said: object, answer: str):
    verdict = verify_images(scripted(json.dumps({"verdict": said})), [LABEL, DOOR], claim="x")
    assert verdict.answer == answer


def test_what_cannot_be_read_is_asked_for_once_more(scripted: Scripted):
    verdict = verify_images(scripted("They match.", told("match", (1, "7"), (2, "7"))), [LABEL, DOOR], ["number"])
    assert verdict.answer == "match" and "asked-again" in verdict.flags
    with pytest.raises(BadAnswer, match="no verdict") as caught:
        verify_images(scripted("?", '{"answer": "perhaps"}'), [LABEL, DOOR], ["number"])
    assert caught.value.raw == '{"answer": "perhaps"}'


def test_evidence_of_pictures_that_are_not_there_is_dropped(scripted: Scripted):
    verdict = verify_images(scripted(told("match", (1, "7"), (3, "7"))), [LABEL, DOOR], ["number"])
    assert verdict.fields["number"].values == ("7", None) and "dropped" in verdict.flags


@pytest.mark.parametrize(
    ("images", "options", "sentence"),
    [
        ([], {"fields": ["a"]}, "at least two"), ([LABEL], {"fields": ["a"]}, "at least two"),
        ("a.png", {"fields": ["a"]}, "takes a list"), ([LABEL, DOOR], {}, "fields or a claim"),
        ([LABEL, DOOR], {"fields": ["a"], "claim": "b"}, "fields or a claim"),
        ([LABEL, DOOR], {"fields": []}, "empty list"), ([LABEL, DOOR], {"fields": ["a", "a"]}, "twice"),
        ([LABEL, DOOR], {"fields": ["a"], "normalisers": {"b": "text"}}, "no field here"),
        ([LABEL, DOOR], {"fields": ["a"], "normalisers": {"a": "magic"}}, "unknown normaliser"),
        ([LABEL, DOOR], {"claim": " "}, "claim is empty"), ([LABEL] * 3, {"claim": "x"}, "on two pictures"),
    ],
)  # fmt: skip
def test_bad_requests_are_one_clear_line(scripted: Scripted, images: object, options: dict, sentence: str):
    engine = scripted("never")
    with pytest.raises(BadMessages, match=sentence):
        verify_images(engine, images, **options)  # type: ignore[arg-type]
    assert engine.requests == []


def test_missing_files_are_said(scripted: Scripted, tmp_path: Path):
    from saccade.errors import BadMedia

    with pytest.raises(BadMedia):
        verify_images(scripted("x"), [tmp_path / "a.png", tmp_path / "b.png"], ["a"])
