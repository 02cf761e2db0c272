"""Points and named points in any notation, in pixels of the caller's picture."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saccade.errors import BadAnswer
from saccade.families import FAMILIES, family_profile
from saccade.processing.coordinates import to_model
from saccade.processing.parse.points import ParsedFigures, ParsedPoints, read_figures, read_points
from saccade.types import Box, Point, Size

SOURCE, RESIZED = Size(100, 200), Size(112, 196)
CAT = Point(20, 20, "cat", (100, 200))


def read(text: str, family: str = "qwen3-vl") -> ParsedPoints:
    return read_points(text, source=SOURCE, resized=RESIZED, profile=family_profile(family))


def figures(text: str) -> ParsedFigures:
    return read_figures(text, source=SOURCE, resized=RESIZED, profile=family_profile("qwen3-vl"))


@pytest.mark.parametrize(
    "text",
    [
        '[{"point_2d": [100, 200], "label": "cat"}]',
        '{"point_2d": [100, 200], "label": "cat"}',
        '```json\n[\n\t{"point_2d": [100, 200], "label": "cat"}\n]\n```',
        '[{"point": "(100, 200)", "name": "cat"}]',
        '[{"coordinate": ["100", 200.0], "label": "cat"}]',
        '[{"point_2d": {"x": 100, "y": 200}, "label": "cat"}]',
        '[{"x": 100, "y": 200, "label": "cat"}]',
        '<points x1="100" y1="200" alt="cat">cat</points>',
        "<point x='100' y='200'>cat</point>",
        "<points 100 200>cat</points>",
        '<points x="100" y="200" alt="cat">',
        "<|object_ref_start|>cat<|object_ref_end|><|box_start|>(100,200)<|box_end|>",
        "<ref>cat</ref><box>(100,200)</box>",
        "cat (100, 200)",
    ],
)
def test_a_point_in_every_notation(text: str) -> None:
    (point,) = read(text).points
    assert (point.x, point.y, point.label, point.raw) == (20, 20, "cat", (100, 200))


def test_several_points_share_a_label() -> None:
    for text in ('<points x1="100" y1="200" x2="500" y2="500" alt="cat">cats</points>',
                 '[{"points": [[100, 200], [500, 500]], "label": "cat"}]'):  # fmt: skip
        assert [(p.x, p.y, p.label) for p in read(text).points] == [(20, 20, "cat"), (100, 50, "cat")]
    text = '<points x1="1" y1="2">a</points> and <points x1="3" y1="4">b</points>'
    assert [point.label for point in read(text).points] == ["a", "b"]


def test_other_keys_are_attributes() -> None:
    (point,) = read('[{"point_2d": [100, 200], "label": "cat", "color": "red"}]').points
    assert point.attributes == {"color": "red"} and point.label == "cat"


def test_a_box_gives_its_middle_and_says_so() -> None:
    parsed = read('[{"bbox_2d": [0, 0, 200, 400], "label": "cat"}]')
    assert parsed.flags == ("from-box",) and (parsed.points[0].x, parsed.points[0].y) == (20, 20)
    assert read("<|box_start|>(0,0),(200,400)<|box_end|>", "qwen2-vl").flags == ("from-box",)


def test_a_point_that_is_said_again_is_left_out_and_flagged() -> None:
    one = '{"point_2d": [100, 200], "label": "cat"}'
    assert read(f"[{one}, {one}, {one}]") == ParsedPoints((CAT,), ("repeated",))
    others = [one.replace("cat", "dog"), one.replace("100", "101"), one.replace("}", ', "color": "red"}')]
    assert len(read(f"[{one}, {', '.join(others)}]").points) == 4
    pair = "<|object_ref_start|>cat<|object_ref_end|>" + "<|box_start|>(100,200)<|box_end|>" * 2
    assert read(pair, "qwen2-vl") == ParsedPoints((CAT,), ("repeated",))


def test_bare_numbers_and_no_points() -> None:
    assert read("[100, 200]").points == (Point(20, 20, "", (100, 200)),)
    assert len(read("[[100, 200], [1, 2]]").points) == 2
    assert read("[]") == ParsedPoints(())


def test_cut_answers_keep_what_is_complete() -> None:
    parsed = read('[{"point_2d": [100, 200], "label": "cat"}, {"point_2d": [1')
    assert parsed.points == (CAT,) and "truncated" in parsed.flags
    parsed = read('<points x1="100" y1="200" alt="cat">cat</points><points x1="3" y')
    assert parsed.points == (CAT,) and parsed.flags == ("truncated", "dropped")
    parsed = read("<|object_ref_start|>cat<|object_ref_end|><|box_start|>(100,200)<|box_end|><|box_start|>(5")
    assert parsed.points == (CAT,) and "truncated" in parsed.flags


@pytest.mark.parametrize("bad", [{"point_2d": None, "label": "a"}, {"point_2d": [1]}, {"point_2d": [1, "x"]}, None, 3,
                                 {"label": "none"}, {"point_2d": [1, 2, 3]}, {"bbox_2d": [1, 2, 3]}])  # fmt: skip
def test_an_item_that_is_no_point_is_left_out_and_flagged(bad: Any) -> None:
    parsed = read(json.dumps([{"point_2d": [100, 200], "label": "cat"}, bad]))
    assert parsed.points == (CAT,) and "dropped" in parsed.flags


@pytest.mark.parametrize("text", ["", "no points", "42", "null", "<think>[1, 2]</think>none"])
def test_an_answer_without_points_is_a_bad_answer_with_its_text(text: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        read(text)
    assert caught.value.raw == text


@pytest.mark.parametrize(
    "text",
    [
        '[{"label": "person", "keypoints": {"head": [100, 200], "neck": null}}]',
        '{"label": "person", "keypoints": {"head": [100, 200, 2], "neck": [0, 0, 0]}}',
        '[{"label": "person", "keypoints": [{"label": "head", "point_2d": [100, 200]}, {"label": "neck"}]}]',
    ],
)
def test_a_figure_in_every_notation(text: str) -> None:
    (figure,) = figures(text).figures
    assert figure.label == "person" and figure.box is None
    assert figure.points["head"] is not None and (figure.points["head"].x, figure.points["head"].y) == (20, 20)
    assert figure.points["neck"] is None


def test_figures_with_boxes_and_joints_beside_the_label() -> None:
    (figure,) = figures('[{"bbox_2d": [0, 0, 500, 500], "label": "a", "head": [100, 200], "hip": [1, 2]}]').figures
    assert figure.box == Box(0, 0, 100, 50, raw=(0, 0, 500, 500)) and set(figure.points) == {"head", "hip"}


def test_a_flat_list_starts_a_figure_where_a_name_comes_again() -> None:
    items = [{"point_2d": [at, at], "label": name} for at, name in ((1, "head"), (2, "hip"), (3, "head"), (4, "hip"))]
    parsed = figures(json.dumps([*items, 5]))
    assert [set(figure.points) for figure in parsed.figures] == [{"head", "hip"}] * 2 and parsed.flags == ("dropped",)
    assert figures("[]").figures == ()


@given(st.sampled_from(sorted(FAMILIES)), st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_a_point_comes_back_through_every_carrier(family: str, share: tuple[float, float]) -> None:
    profile = family_profile(family)
    x, y = to_model((share[0] * 200, share[1] * 100), "point", source=SOURCE, resized=RESIZED, profile=profile)
    for text in (json.dumps([{"point_2d": [x, y]}]), f'<points x1="{x}" y1="{y}">a</points>', f"at ({x}, {y})",
                 f"<|box_start|>({x},{y})<|box_end|>"):  # fmt: skip
        (point,) = read(text, family).points
        assert (point.x, point.y) == pytest.approx((share[0] * 200, share[1] * 100), abs=2.1)


NOISE = st.text('[]{}()<>|",:0123456789. pointsxyalt1keypointsheadlabelboxstart_2d\\/=', max_size=80)


@given(NOISE)
def test_nothing_but_a_bad_answer_is_raised(text: str) -> None:
    try:
        points = read(text).points
    except BadAnswer:
        return
    assert all(0 <= point.x <= 200 and 0 <= point.y <= 100 for point in points)


@given(
    NOISE
    | st.recursive(
        st.none() | st.integers(-5, 1200) | st.sampled_from(["head", "person"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["label", "keypoints", "head", "bbox_2d", "point_2d"]), inner, max_size=3)
        ),
    ).map(json.dumps)
)
def test_figures_raise_nothing_but_a_bad_answer(text: str) -> None:
    try:
        found = figures(text).figures
    except BadAnswer:
        return
    assert all(figure.points for figure in found)
