"""Boxes in any notation, in pixels of the caller's picture."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saccade.errors import BadAnswer
from saccade.families import FAMILIES, family_profile
from saccade.processing.coordinates import to_model
from saccade.processing.parse.boxes import ParsedBoxes, numbers_of, read_boxes
from saccade.types import Box, Size

SOURCE, RESIZED = Size(100, 200), Size(112, 196)
QWEN3 = family_profile("qwen3-vl")
CAT = Box(20, 20, 60, 40, "cat", (100, 200, 300, 400))


def read(text: str, family: str = "qwen3-vl") -> ParsedBoxes:
    return read_boxes(text, source=SOURCE, resized=RESIZED, profile=family_profile(family))


@pytest.mark.parametrize(
    "item",
    [
        {"bbox_2d": [100, 200, 300, 400], "label": "cat"},
        {"bbox": [100, 200, 300, 400], "text_content": "cat"},
        {"box_2d": [[100, 200], [300, 400]], "text": "cat"},
        {"box": "100, 200, 300, 400", "name": "cat"},
        {"bbox_2d": "(100,200),(300,400)", "category": "cat"},
        {"bbox_2d": ["100", "200", "300", "400"], "class": "cat"},
        {"bbox_2d": {"x1": 100, "y1": 200, "x2": 300, "y2": 400}, "label": "cat"},
        {"xmin": 100, "ymin": 200, "xmax": "300", "ymax": 400, "label": "cat"},
        {"left": 100, "top": 200, "right": 300, "bottom": 400, "label": "cat"},
    ],
)
def test_an_item_in_every_notation(item: dict[str, Any]) -> None:
    assert read(json.dumps([item])).boxes == (CAT,)
    assert read(json.dumps(item)).boxes == (CAT,)


def test_other_keys_are_attributes() -> None:
    (box,) = read('[{"bbox_2d": [100, 200, 300, 400], "label": "cat", "sub_label": "tabby", "time": 1.5}]').boxes
    assert box.label == "cat" and box.attributes == {"sub_label": "tabby", "time": 1.5}
    (box,) = read('[{"x1": 100, "y1": 200, "x2": 300, "y2": 400, "label": 7, "color": "red"}]').boxes
    assert box.label == "7" and box.attributes == {"color": "red"}
    (box,) = read('[{"bbox_2d": [1, 2, 3, 4], "name_zh": "猫", "name_en": "cat"}]').boxes
    assert box.label == "cat" and box.attributes == {"name_zh": "猫"}


def test_a_box_that_is_said_again_is_left_out_and_flagged() -> None:
    one = '{"bbox_2d": [100, 200, 300, 400], "label": "cat"}'
    nearly = one.replace("300", "304")
    assert read(f"[{one}, {nearly}, {one}]") == ParsedBoxes((CAT,), ("repeated",))
    others = [one.replace("cat", "dog"), one.replace("300", "340"), one.replace("}", ', "time": 2}')]
    parsed = read(f"[{one}, {', '.join(others)}]")
    assert len(parsed.boxes) == 4 and not parsed.flags
    flat = '{"bbox_2d": [100, 200, 300, 200], "label": "cat"}'  # without an area there is no overlap
    assert len(read(f"[{flat}, {flat}]").boxes) == 1
    cats = "<|object_ref_start|>cat<|object_ref_end|>" + "<|box_start|>(100,200),(300,400)<|box_end|>" * 2
    assert read(cats, "qwen2-vl") == ParsedBoxes((CAT,), ("repeated",))


def test_resized_pixels_are_scaled_by_the_two_sizes() -> None:
    (box,) = read('[{"bbox_2d": [98, 56, 195, 111], "label": "a"}]', "qwen2.5-vl").boxes
    assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx((100, 50, 195 * 200 / 196, 111 * 100 / 112))


@pytest.mark.parametrize(
    "text",
    [
        "<|object_ref_start|>cat<|object_ref_end|><|box_start|>(100,200),(300,400)<|box_end|>",
        "<|object_ref_start|>cat<|object_ref_end|><|box_start|>(100, 200), (300, 400)<|box_end|><|im_end|>",
        "<ref> cat </ref><box>(100,200),(300,400)</box>",
    ],
)
def test_box_tokens(text: str) -> None:
    assert read(text, "qwen2-vl") == ParsedBoxes((CAT,))


def test_several_shapes_follow_one_label() -> None:
    text = (
        "The <|object_ref_start|>cat<|object_ref_end|><|box_start|>(0,0),(100,100)<|box_end|>"
        "<|box_start|>(100,200),(300,400)<|box_end|> and <|object_ref_start|>dog<|object_ref_end|>"
        "<|box_start|>(500,500),(600,600)<|box_end|><|box_start|>(9,9)<|box_end|>"
    )
    parsed = read(text, "qwen2-vl")
    assert [box.label for box in parsed.boxes] == ["cat", "cat", "dog"]
    assert parsed.flags == ("dropped",)
    assert read("<|box_start|>(0,0),(100,100)<|box_end|>", "qwen2-vl").boxes[0].label == ""


def test_cut_box_tokens_keep_the_complete_ones() -> None:
    text = "<|object_ref_start|>cat<|object_ref_end|><|box_start|>(100,200),(300,400)<|box_end|><|box_start|>(5,"
    assert read(text, "qwen2-vl") == ParsedBoxes((CAT,), ("truncated", "dropped"))
    whole_numbers = read("<|box_start|>(100,200),(300,40", "qwen2-vl")
    assert whole_numbers == ParsedBoxes((), ("truncated", "dropped"))
    closed = read("<|box_start|>(100,200),(300,400)", "qwen2-vl")
    assert closed.flags == () and len(closed.boxes) == 1


def test_box_tokens_that_were_stripped() -> None:
    parsed = read("cat(100,200),(300,400)(500,500),(600,600)\ndog(0,0),(10,10)", "qwen2-vl")
    assert [box.label for box in parsed.boxes] == ["cat", "cat", "dog"]
    assert parsed.boxes[0] == CAT and parsed.flags == ("no-tokens",)


@pytest.mark.parametrize(
    "numbers", [[100, 200, 300, 200, 300, 400, 100, 400], [[100, 200], [300, 200], [300, 400], [100, 400]]]
)
def test_a_quadrilateral_becomes_the_box_around_it(numbers: list[Any]) -> None:
    (box,) = read(json.dumps([{"bbox_2d": numbers, "text_content": "cat"}])).boxes
    assert (box.x0, box.y0, box.x1, box.y1) == (20, 20, 60, 40)
    assert box.flags == ("quad",) and len(box.raw) == 8
    assert box.attributes["quad"] == ((20, 20), (60, 20), (60, 40), (20, 40))
    tokens = read("<|quad_start|>(100,200),(300,200),(300,400),(100,400)<|quad_end|>", "qwen2-vl")
    assert tokens.boxes[0].flags == ("quad",)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("[100, 200, 300, 400]", 1),
        ("The box is [100, 200, 300, 400].", 1),
        ("[[100, 200, 300, 400], [1, 2, 3, 4]]", 2),
        ("[100, 200, 300, 200, 300, 400, 100, 400]", 1),
    ],
)
def test_bare_numbers(text: str, count: int) -> None:
    parsed = read(text)
    assert len(parsed.boxes) == count
    assert (parsed.boxes[0].x0, parsed.boxes[0].y1) == (20, 40)


def test_boxes_are_clamped_and_turned_and_say_so() -> None:
    (box,) = read('[{"bbox_2d": [900, 1200.5, -100, 50], "label": "a"}]').boxes
    assert (box.x0, box.y0, box.x1, box.y1) == (0, 5, 180, 100)
    assert set(box.flags) == {"clamped", "swapped"}


@pytest.mark.parametrize(
    "bad",
    [
        {"bbox_2d": None, "label": "a"},
        {"bbox_2d": [1, 2, 3], "label": "a"},
        {"bbox_2d": [1, 2, 3, 4, 5]},
        {"bbox_2d": [1, 2, 3, "x"]},
        {"bbox_2d": [1, 2, 3, None]},
        {"bbox_2d": [1, 2, 3, True]},
        {"bbox_2d": "about 1, 2, 3, 4"},
        {"bbox_2d": [[[[[[1]]]]], 2, 3, 4]},
        {"bbox_2d": {"x1": 1, "y1": [1, 2], "x2": 3, "y2": 4}},
        {"label": "no box"},
        {"x1": 1, "y1": 2, "x2": 3},
        None,
        "text",
        {"bbox_2d": "1" * 60 + ",1,1,1"},
        {"bbox_2d": [10**400, 1, 1, 1]},
    ],
)
def test_an_item_that_is_no_box_is_left_out_and_flagged(bad: Any) -> None:
    good = {"bbox_2d": [100, 200, 300, 400], "label": "cat"}
    parsed = read(json.dumps([good, bad]))
    assert parsed.boxes == (CAT,) and "dropped" in parsed.flags


def test_the_flags_of_the_json_are_handed_on() -> None:
    text = '```json\n[{"bbox_2d": [100, 200, 300, 400], "label": "cat"}, {"bbox_2d": [1, 2'
    assert read(text) == ParsedBoxes((CAT,), ("fenced", "truncated"))
    assert read("[]") == ParsedBoxes(())


@pytest.mark.parametrize("text", ["", "There is no cat.", "42", '"none"', "null", "<think>[1,2,3,4]</think>none"])
def test_an_answer_without_boxes_is_a_bad_answer_with_its_text(text: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        read(text)
    assert caught.value.raw == text


def test_numbers_of_other_things_are_none() -> None:
    assert numbers_of(float("nan")) is None and numbers_of(object()) is None
    assert numbers_of([[1, "2"], (3.5,)]) == [1, 2, 3.5]


@given(st.sampled_from(sorted(FAMILIES)), st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_a_box_comes_back_through_every_carrier(family: str, shares: list[float]) -> None:
    profile = family_profile(family)
    xs, ys = sorted(shares[:2]), sorted(shares[2:])
    box = (xs[0] * 200, ys[0] * 100, xs[1] * 200, ys[1] * 100)
    x1, y1, x2, y2 = to_model(box, source=SOURCE, resized=RESIZED, profile=profile)
    carriers = [
        json.dumps([{"bbox_2d": [x1, y1, x2, y2], "label": "a"}]),
        f"<|object_ref_start|>a<|object_ref_end|><|box_start|>({x1},{y1}),({x2},{y2})<|box_end|>",
        f"a({x1},{y1}),({x2},{y2})",
    ]
    for text in carriers:
        (found,) = read(text, family).boxes
        assert found.label == "a"
        assert (found.x0, found.y0, found.x1, found.y1) == pytest.approx(box, abs=2.1)


@given(st.text('[]{}()<>|",:0123456789. bboxlaelstartendquad_2\\/', max_size=80))
def test_nothing_but_a_bad_answer_is_raised(text: str) -> None:
    try:
        boxes = read(text).boxes
    except BadAnswer:
        return
    for box in boxes:
        assert 0 <= box.x0 <= box.x1 <= 200 and 0 <= box.y0 <= box.y1 <= 100
