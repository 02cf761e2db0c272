"""Catalogue entries: the taxonomy holds, and colours come from the pixels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from PIL import Image, ImageDraw

from saccade.errors import BadAnswer, BadInput
from saccade.prompts.documents import product_prompt
from saccade.session import Model
from saccade.tasks import product
from saccade.tasks.product import has_check_digit
from saccade.types import Box
from tests.tasks.conftest import Scripted
from tests.tasks.recordings import recorded

CRIMSON, NAVY = (220, 20, 60), (0, 0, 128)
PLAIN = '{"product_name": "Mug", "brand": null, "barcode": null}'


def packshot() -> Image.Image:
    """A crimson thing with a navy band on white: 3 to 1 in area."""
    image = Image.new("RGB", (400, 300), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((120, 60, 279, 219), fill=CRIMSON)
    draw.rectangle((120, 180, 279, 219), fill=NAVY)
    return image


@pytest.mark.parametrize("case", recorded("product"))
def test_a_recorded_reply(scripted: Scripted, case: Mapping[str, Any]):
    engine, expected = scripted(*case["replies"]), case["expected"]
    if "error" in expected:
        with pytest.raises(BadAnswer, match=expected["error"][1]):
            product(engine, packshot(), taxonomy=case["taxonomy"], **case["options"])
        return
    result = product(engine, packshot(), taxonomy=case["taxonomy"], **case["options"])
    for name, value in expected["fields"].items():
        told = getattr(result, name)
        assert (list(told) if isinstance(told, tuple) else told) == value, name
    assert set(result.flags) == set(expected["flags"])
    assert engine.num_left == 0


def test_the_prompt_is_the_trained_one_and_the_answer_is_held_to_the_taxonomy(scripted: Scripted):
    engine = scripted('{"product_name": "Mug", "brand": null, "category": "toys", "size": "M", "barcode": null}')
    result = product(engine, packshot(), taxonomy=["kitchen", "toys"], attributes=["size", "color"])
    template = {"product_name": "", "brand": "", "category": "kitchen | toys", "size": "", "barcode": ""}
    assert engine.requests[0].messages[0].text == product_prompt(template)
    schema = engine.requests[0].params.schema
    assert isinstance(schema, Mapping) and schema["properties"]["category"] == {"enum": ["kitchen", "toys", None]}
    assert result.category == ("toys",) and result.attributes == {"size": "M", "color": "crimson"}


def test_colours_are_those_of_the_thing_and_not_of_its_ground(scripted: Scripted):
    result = product(scripted(PLAIN), packshot())
    assert [(one.rgb, one.name) for one in result.colours] == [(CRIMSON, "crimson"), (NAVY, "navy")]
    assert [one.share for one in result.colours] == pytest.approx([0.75, 0.25], abs=0.01)
    assert result.colours_of == "subject"


def test_colours_are_measured_in_the_box_that_was_given(scripted: Scripted):
    result = product(scripted(PLAIN), packshot(), box=Box(120, 180, 280, 220))
    assert [(one.rgb, one.share) for one in result.colours] == [(NAVY, 1.0)] and result.colours_of == "box"
    assert [box.label for box in result.boxes] == ["Mug"]


def test_a_picture_without_a_plain_ground_is_measured_in_its_middle(scripted: Scripted):
    image = Image.new("RGB", (200, 200), CRIMSON)
    for at in range(0, 200, 20):  # a rim of many colours
        for place in ((at, 0), (at, 180), (0, at), (180, at)):
            image.paste(((at * 7) % 256, (at * 13) % 256, (at * 29) % 256), (*place, place[0] + 20, place[1] + 20))
    result = product(scripted(PLAIN), image)
    assert result.colours_of == "centre" and result.colours[0].rgb == CRIMSON and result.colours[0].share == 1.0


def test_a_large_taxonomy_is_walked_down(scripted: Scripted):
    known = {f"Hall {n}": [f"shelf {n}.{m}" for m in range(9)] for n in range(6)}
    engine = scripted(PLAIN, "Hall 4", "shelf 4.7")
    result = product(engine, packshot(), taxonomy=known)
    assert result.category == ("Hall 4", "shelf 4.7") and not result.flags
    assert "category" not in engine.requests[0].messages[0].text
    assert engine.requests[1].params.choices == (*known, "none")
    assert engine.requests[2].params.choices == (*known["Hall 4"], "none")


def test_a_large_taxonomy_may_have_no_place_for_it(scripted: Scripted):
    known = [f"shelf {n}" for n in range(60)]
    none = product(scripted(PLAIN, "none"), packshot(), taxonomy=known)
    assert (none.category, none.flags) == (None, ())
    odd = product(scripted(PLAIN, "a mug", "a cup"), packshot(), taxonomy=known)
    assert odd.category is None and "outside-taxonomy" in odd.flags


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"taxonomy": []}, "the taxonomy has no entries"),
        ({"taxonomy": {}}, "the taxonomy has no entries"),
        ({"attributes": ["barcode"]}, "'barcode' cannot be an attribute"),
        ({"attributes": [""]}, "'' cannot be an attribute"),
        ({"attributes": {"size": {}}}, "the attribute 'size' may be {}"),
        ({"box": Box(500, 500, 600, 600)}, "the box 500 500 600 600 covers nothing of the picture"),
    ],
)
def test_bad_input_is_said_before_anything_is_asked(scripted: Scripted, options: dict[str, Any], words: str):
    engine = scripted()
    with pytest.raises(BadInput, match=words):
        product(engine, packshot(), **options)
    assert not engine.requests


@pytest.mark.parametrize(("digits", "right"), [
    ("4006381333931", True), ("4006381333932", False), ("96385074", True), ("036000291452", True),
    ("036000291453", False), ("10012345000017", True),
])  # fmt: skip
def test_the_check_digit_of_barcodes(digits: str, right: bool):
    assert has_check_digit(digits) is right


def test_it_is_a_method_of_the_model():
    assert Model.product is product
