"""Named fields, from any engine: what is found, what is missing, what is in doubt."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from pydantic import BaseModel

from saccade.engine.scripted import ScriptedEngine
from saccade.errors import BadAnswer, BadMedia, BadMessages, BadSchema
from saccade.session import Model
from saccade.tasks import extract
from saccade.tasks.extraction.rules import Issue, adds_up
from saccade.tasks.schemas import Invoice
from saccade.types import Reply, TokenLogprob
from tests.tasks.conftest import Scripted

NAMES = ["invoice number", "total", "IBAN"]
ANSWER = '{"invoice number": "A-17", "total": "19.90", "IBAN": null}'
LINES = (
    '[{"bbox_2d": [100, 100, 500, 200], "text_content": "Invoice A-17"}, '
    '{"bbox_2d": [100, 300, 500, 400], "text_content": "Subtotal 19.90"}, '
    '{"bbox_2d": [100, 500, 500, 600], "text_content": "Total 19.90"}]'
)


def sure(text: str, *doubts: tuple[str, float]) -> Reply:
    """A reply whose tokens are its characters, all certain but those of the first place of each doubted text."""
    chances = [1.0] * len(text)
    for doubted, chance in doubts:
        chances[text.index(doubted)] = chance
    tokens = [
        TokenLogprob(letter, 0, math.log(chance), letter.encode()) for letter, chance in zip(text, chances, strict=True)
    ]
    return Reply(text, logprobs=tuple(tokens))


def test_names_are_asked_for_with_the_trained_prompt_and_what_is_not_there_is_none(scripted: Scripted, picture: Path):
    engine = scripted(ANSWER)
    result = extract(engine, picture, NAMES)
    assert engine.requests[0].messages[0].text == (
        "Extract these fields from the image: invoice number, total, IBAN. Output in JSON format, null for what is "
        "missing."
    )
    assert result.value == {"invoice number": "A-17", "total": "19.90", "IBAN": None} == result.data
    assert [field.status for field in result.fields.values()] == ["found", "found", "missing"]
    assert (result.missing, result.flags, result.issues) == (("IBAN",), (), ())
    assert [(page.number, page.status) for page in result.pages] == [(1, "ok")]


def test_a_template_gives_numbers_and_iso_dates(scripted: Scripted, picture: Path):
    engine = scripted('{"total": "1.234,50 EUR", "date": "3. März 2024", "paid": "Cash"}')
    template = {"total": 0.0, "date": "YYYY-MM-DD", "paid": "cash | card"}
    result = extract(engine, picture, template)
    assert result.data == {"total": 1234.5, "date": "2024-03-03", "paid": "cash"}
    assert result.fields["total"].raw_text == "1.234,50 EUR"
    assert engine.requests[0].messages[0].text.startswith("Extract the key-value information in the format:{")


def test_the_answer_is_held_to_the_schema_unless_tolerance_is_asked_for(scripted: Scripted, picture: Path):
    engine = scripted(ANSWER, ANSWER)
    extract(engine, picture, NAMES)
    extract(engine, picture, NAMES, strict=False)
    schema = engine.requests[0].params.schema
    assert isinstance(schema, dict) and schema["required"] == NAMES and schema["additionalProperties"] is False
    assert schema["properties"]["IBAN"]["anyOf"][1] == {"type": "null"}
    assert engine.requests[1].params.schema is None


def test_a_class_gives_its_object(scripted: Scripted, picture: Path):
    class Ticket(BaseModel):
        train: str
        price: float
        seat: str | None = None
        currency: str = "EUR"

    result = extract(scripted('{"train": "ICE 1", "price": 12.5, "seat": null, "currency": null}'), picture, Ticket)
    assert result.value == Ticket(train="ICE 1", price=12.5)
    result = extract(scripted('{"train": "ICE 1", "price": null, "seat": null, "currency": null}'), picture, Ticket)
    assert result.value is None and result.data["train"] == "ICE 1"
    assert [str(issue) for issue in result.issues] == ["price is required, and it is not on the page"]
    assert "invalid" in result.flags


def test_what_a_class_refuses_is_an_issue(scripted: Scripted, picture: Path):
    from pydantic import field_validator

    class Pair(BaseModel):
        code: str | None

        @field_validator("code")
        @classmethod
        def _starts(cls, value: str | None) -> str | None:
            if value is not None and not value.startswith("A"):
                raise ValueError("codes begin with A")
            return value

    result = extract(scripted('{"code": "B7"}'), picture, Pair)
    assert result.value is None and result.issues[0].fields == ("code",)
    assert "codes begin with A" in str(result.issues[0])


def test_values_are_found_on_the_page_with_their_boxes(scripted: Scripted, picture: Path):
    engine = scripted(ANSWER, LINES)
    result = extract(engine, picture, NAMES, boxes=True)
    assert engine.requests[1].messages[0].text.startswith("Spotting all the text")
    number, total = result.fields["invoice number"], result.fields["total"]
    assert number.box is not None and total.box is not None
    # "A-17" is the last third of its line; of the two lines with 19.90 the one that says "total" holds
    assert (number.box.x0, number.box.x1) == pytest.approx((20 + 80 * 8 / 12, 100))
    assert (number.box.y0, number.box.y1) == pytest.approx((12, 24))
    assert total.box.y0 == pytest.approx(60) and total.raw_text == "19.90"
    assert [box.label for box in result.boxes] == ["invoice number", "total"]
    assert result.fields["IBAN"].box is None


def test_a_value_that_is_not_on_the_page_is_flagged(scripted: Scripted, picture: Path):
    result = extract(scripted('{"total": "99.00"}', LINES), picture, ["total"], boxes=True)
    assert result.fields["total"].flags == ("not-on-page",)
    assert result.fields["total"].box is None


def test_scores_come_from_the_tokens_of_each_value(scripted: Scripted, picture: Path):
    engine = ScriptedEngine([sure(ANSWER, ("A-17", 0.8), ("19.90", 0.9))])
    result = extract(engine, picture, NAMES)
    assert engine.requests[0].params.logprobs == 0
    assert result.fields["invoice number"].score == pytest.approx(0.8)
    assert result.fields["total"].score == pytest.approx(0.9)
    assert result.fields["IBAN"].score == pytest.approx(1.0)


def test_an_unsure_value_is_looked_at_again(picture: Path):
    doubtful = sure(ANSWER, ("19.90", 0.3))
    engine = ScriptedEngine([doubtful, LINES, "19.90"])
    result = extract(engine, picture, NAMES)
    assert (result.fields["total"].status, result.fields["total"].flags) == ("found", ("confirmed",))
    assert "What is the total?" in engine.requests[2].messages[0].text
    strip = engine.requests[2].messages[0].parts[0].source
    assert strip.size[0] == 200 and strip.size[1] < 120  # a full-width part of the page
    result = extract(ScriptedEngine([doubtful, LINES, "18.90"]), picture, NAMES)
    assert (result.fields["total"].status, result.data["total"]) == ("ambiguous", "19.90")
    assert "differs" in result.fields["total"].flags
    result = extract(ScriptedEngine([doubtful]), picture, NAMES, second_look=False)
    assert result.fields["total"].status == "ambiguous"


def test_unsure_values_can_be_withheld(picture: Path):
    engine = ScriptedEngine([sure(ANSWER, ("19.90", 0.6))])
    result = extract(engine, picture, NAMES, abstain=0.9)
    total = result.fields["total"]
    assert (result.data["total"], total.value, total.raw_text, total.status) == (None, None, "19.90", "ambiguous")
    assert total.flags == ("withheld",)


def test_a_broken_rule_is_mended_by_a_second_look(scripted: Scripted, picture: Path):
    first = '{"subtotal": 11.0, "tax": 2.0, "total": 12.0}'
    engine = scripted(first, LINES, "11.00", "2.00", "13.00")
    rule = adds_up(["subtotal", "tax"], "total")
    wanted = {"subtotal": 0.0, "tax": 0.0, "total": 0.0}
    result = extract(engine, picture, wanted, rules=[rule])
    assert result.data == {"subtotal": 11.0, "tax": 2.0, "total": 13.0} and result.issues == ()
    assert result.fields["total"].flags == ("second-look", "not-on-page")
    result = extract(scripted(first), picture, wanted, rules=[rule], second_look=False)
    assert str(result.issues[0]) == "subtotal + tax is 13.00, and total is 12.00"
    assert result.issues[0].fields == ("subtotal", "tax", "total")


def test_a_second_look_that_mends_nothing_leaves_the_issue(scripted: Scripted, picture: Path):
    engine = scripted('{"a": 1.0, "b": 3.0}', "[]", "1", "7")
    result = extract(engine, picture, {"a": 0.0, "b": 0.0}, rules=[adds_up("a", "b")])
    assert result.data == {"a": 1.0, "b": 3.0} and len(result.issues) == 1
    assert result.fields["b"].status == "ambiguous"


def test_rows_are_asked_for_by_their_name(scripted: Scripted, picture: Path):
    first = '{"items": [{"name": "Tea", "quantity": 2, "price": 3.5, "amount": 8.0}], "subtotal": null, "total": null}'
    engine = scripted(first, "[]", "2", "3.50", "7.00")
    result = extract(engine, picture, Invoice)
    assert 'What is the amount of "Tea"?' in engine.requests[4].messages[0].text
    assert result.value.items[0].amount == 7.0 and result.issues == ()


def test_an_answer_that_cannot_be_used_is_asked_for_once_more_with_the_error(scripted: Scripted, picture: Path):
    engine = scripted("I would say 19.90.", ANSWER)
    result = extract(engine, picture, NAMES, strict=False)
    turns = engine.requests[1].messages
    assert [turn.role for turn in turns] == ["user", "assistant", "user"]
    assert turns[2].text == (
        "Your answer could not be used: the answer holds no JSON. "
        "Answer again in the form that was asked for, with nothing else."
    )
    assert result.data["total"] == "19.90" and "asked-again" in result.flags
    with pytest.raises(BadAnswer, match="the answer holds no JSON") as caught:
        extract(scripted("No.", "Still no."), picture, NAMES, strict=False)
    assert caught.value.raw == "Still no."


def test_an_echo_of_the_schema_is_no_answer(scripted: Scripted, picture: Path):
    echo = '{"type": "object", "properties": {"total": {"type": "string"}}}'
    with pytest.raises(BadAnswer, match="none of the fields total"):
        extract(scripted(echo, echo), picture, ["total"])


def test_a_value_that_does_not_fit_is_said_and_kept_as_text(scripted: Scripted, picture: Path):
    engine = scripted('{"total": "about ten"}', '{"total": "about ten"}')
    result = extract(engine, picture, {"total": 0.0}, second_look=False)
    assert "total must be a number, and 'about ten' came" in engine.requests[1].messages[2].text
    field = result.fields["total"]
    assert (field.value, field.raw_text, field.status, field.flags) == (None, "about ten", "ambiguous", ("unfit",))


def test_a_refusal_says_so_and_is_not_asked_again(scripted: Scripted, picture: Path):
    with pytest.raises(BadAnswer, match="the model declined to answer"):
        extract(scripted("I'm sorry, I can't help with that."), picture, NAMES)


def page(text: str) -> Image.Image:
    image = Image.new("RGB", (320, 240), "white")
    ImageDraw.Draw(image).text((20, 20), text, fill="black")
    return image


def test_pages_are_put_together_and_a_blank_one_is_not_asked_about(scripted: Scripted):
    answers = [
        '{"number": "A-17", "total": null, "items": [{"name": "Tea"}]}',
        '{"number": null, "total": "4.00", "items": [{"name": "Cup"}]}',
    ]
    engine = scripted(*answers)
    wanted = {"number": "", "total": "", "items": [{"name": ""}]}
    blank = Image.new("RGB", (320, 240), "white")
    result = extract(engine, [page("one"), blank, page("three")], wanted)
    assert result.data == {"number": "A-17", "total": "4.00", "items": [{"name": "Tea"}, {"name": "Cup"}]}
    assert [(one.number, one.status) for one in result.pages] == [(1, "ok"), (2, "empty"), (3, "ok")]
    assert {name: one.page for name, one in result.fields.items()} == {
        "number": 1, "total": 3, "items[0].name": 1, "items[1].name": 3,
    }  # fmt: skip
    assert engine.num_left == 0


def test_pages_that_disagree_leave_the_value_in_doubt(scripted: Scripted):
    engine = scripted('{"number": "A-17"}', '{"number": "A-18"}')
    result = extract(engine, [page("one"), page("two")], ["number"], second_look=False)
    field = result.fields["number"]
    assert (field.value, field.status, field.flags) == ("A-17", "ambiguous", ("pages-differ",))


def test_a_broken_page_costs_one_status(scripted: Scripted):
    engine = scripted('{"number": "A-17"}', "x", '{"number": "A-17"}', "y")
    result = extract(engine, [page("one"), b"no picture", page("two"), page("three")], ["number"], strict=False)
    assert [one.status for one in result.pages] == ["ok", "failed", "failed", "ok"]
    assert result.pages[1].error and result.pages[2].error == "the answer holds no JSON"
    assert result.data == {"number": "A-17"} and "failed-pages" in result.flags


def test_a_document_without_any_readable_page_is_an_error(scripted: Scripted):
    with pytest.raises(BadMedia):
        extract(scripted("x"), [b"no", b"no"], ["number"])


@pytest.mark.parametrize(
    ("want", "sentence"),
    [
        ([], "no field"), (["a", "a"], "named twice"), ([""], "not empty"), ({}, "cannot ask for"),
        (7, "cannot ask for"),
        ({"a": None}, "in the template"), ({"type": "array", "items": {"type": "string"}}, "no object"),
        ({"properties": {"a": {"type": "integer", "minimum": 5, "maximum": 3}}}, "cannot be met: a has minimum 5"),
        ({"properties": {"a": {"enum": []}}}, "offers no value"),
        ({"properties": {"a": False}}, "a allows nothing"),
        ({"properties": {"n": {"$ref": "#"}}}, "calls itself at n"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_one_clear_line(scripted: Scripted, picture: Path, want: object, sentence: str):
    engine = scripted("never")
    with pytest.raises(BadSchema, match=sentence) as caught:
        extract(engine, picture, want)
    assert "\n" not in str(caught.value) and engine.requests == []


def test_what_only_ends_an_answer_at_its_limit_is_no_value(picture: Path):
    text = '{"seller": "Acme Gm", "total": 0, "date": "0000-01-01", "kind": "cash", "rows": []}'
    engine = ScriptedEngine([Reply(text, "length", flags=("closed",))])
    wanted = {"seller": "", "total": 0.0, "date": "YYYY-MM-DD", "kind": "cash | card", "rows": [{"name": ""}]}
    result = extract(engine, picture, wanted, second_look=False)
    assert result.data == {"seller": "Acme Gm", "total": None, "date": None, "kind": None, "rows": []}
    assert {name: field.status for name, field in result.fields.items()} == {
        "seller": "ambiguous", "total": "ambiguous", "date": "ambiguous", "kind": "ambiguous", "rows": "ambiguous",
    }  # fmt: skip
    assert "truncated" in result.flags and result.fields["total"].flags == ("cut",)


def test_rows_that_only_end_an_answer_are_no_rows(picture: Path):
    wanted = {"properties": {"a": {"type": "array", "items": {"type": "number"}}, "No.": {"type": "string"}}}
    for written, left in (("[7.5, 8, 0, 0]", [7.5, 8]), ("[0]", []), ("[]", []), ('[3, ""]', [3])):
        engine = ScriptedEngine([Reply(f'{{"a": {written}, "No.": null}}', "length", flags=("closed",))])
        result = extract(engine, picture, wanted, second_look=False)
        assert result.data == {"a": left, "No.": None}
        assert all(field.status == "ambiguous" for name, field in result.fields.items() if name in ("a", "No."))
        assert ("a" in result.fields) == (not left)


@pytest.mark.parametrize("options", [{"abstain": 2}, {"min_score": -0.1}, {"schema": {}}])
def test_options_that_make_no_sense_are_said(scripted: Scripted, picture: Path, options: dict[str, object]):
    with pytest.raises(BadMessages):
        extract(scripted("x"), picture, NAMES, **options)  # type: ignore[arg-type]


def test_a_rule_that_is_none_is_said(scripted: Scripted, picture: Path):
    with pytest.raises(BadSchema, match="is no function"):
        extract(scripted(ANSWER), picture, NAMES, rules=["total > 0"])  # type: ignore[list-item]
    with pytest.raises(BadSchema, match="failed on the data"):
        extract(scripted(ANSWER), picture, NAMES, rules=[lambda data: Issue(data["nothing"])])


def test_it_is_a_method_of_the_model(picture: Path):
    assert Model(ScriptedEngine([ANSWER])).extract(picture, NAMES).data["total"] == "19.90"


def test_random_weights_always_fit_the_schema(random_model: Model, picture: Path):
    """Also where the tokens hardly suffice; what could not be said is None. (The full size is in `make prove`.)"""
    wanted = {"a": "", "b": 0.0, "c": "YYYY-MM-DD", "d": "red | green", "rows": [{"name": "", "n": 0.0}]}
    for seed in range(6):
        for max_tokens in (75, 140):
            result = random_model.extract(picture, wanted, seed=seed, temperature=1.3, max_tokens=max_tokens,
                                          second_look=False, max_pixels=28 * 28 * 16)  # fmt: skip
            assert list(result.data) == list(wanted)
            assert result.data["a"] is None or isinstance(result.data["a"], str)
            assert result.data["b"] is None or isinstance(result.data["b"], int | float)
            assert result.data["d"] in (None, "red", "green")
            assert all(set(row) == {"name", "n"} for row in result.data["rows"])
            assert all(field.score is None or 0 <= field.score <= 1 for field in result.fields.values())


def test_a_scanned_pdf_gives_a_status_for_every_page(tmp_path: Path):
    pages = [Image.new("RGB", (320, 240), "white") if number == 7 else page(f"page {number}") for number in range(30)]
    pages[0].save(tmp_path / "scan.pdf", save_all=True, append_images=pages[1:])
    engine = ScriptedEngine(lambda request: '{"number": "A-17"}')
    result = extract(engine, tmp_path / "scan.pdf", ["number"])
    assert [one.status for one in result.pages] == ["ok"] * 7 + ["empty"] + ["ok"] * 22
    assert len(engine.requests) == 29 and result.data == {"number": "A-17"}
    few = extract(engine, tmp_path / "scan.pdf", ["number"], pages="2-3")
    assert [one.number for one in few.pages] == [2, 3]
    model = Model(ScriptedEngine(['{"number": "A-17"}', LINES]))
    drawn = model.extract(tmp_path / "scan.pdf", ["number"], pages="2", boxes=True)
    size = drawn.pages[0].image_size
    assert size is not None and model.draw(tmp_path / "scan.pdf", drawn).size == (size.width, size.height)
