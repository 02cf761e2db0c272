from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from saccade.errors import BadInput
from saccade.prompts import documents
from saccade.synth.fonts import Face
from saccade.synth.kinds import KINDS as THINGS
from saccade.synth.papers import KINDS, cards, draw_papers, forms, invoices, labels, products, receipts, values
from saccade.synth.papers.answers import number_parts
from saccade.synth.papers.draft import Place, Printed
from saccade.synth.papers.questions import Asking
from saccade.synth.papers.values import Currency, write_amount, write_date
from saccade.synth.sample import Said, Sample, Turn, answer_text
from saccade.synth.worlds import draw
from tests.synth.ink import assert_ink_is_where_the_boxes_say

Families = tuple[tuple[Face, ...], ...]
SIZES = ((448, 448), (640, 400), (224, 448), (160, 240), (96, 96))


def written(turn: Turn) -> str:
    return answer_text(turn.parts, lambda values, picture: [round(value) for value in values])


def paper(families: Families, seed: int, **options: object) -> Sample:
    size = {"height": 448, "width": 448, "distortion": 0.0} | options
    return draw_papers(np.random.default_rng(seed), faces=families, **size)  # type: ignore[arg-type]


def many(families: Families, **options: object) -> list[Sample]:
    wanted = [(kind, size) for kind in KINDS for size in SIZES]
    return [
        paper(families, seed, height=height, width=width, kind=kind, **options)
        for seed, (kind, (height, width)) in enumerate(wanted)
    ]


def test_the_same_seed_gives_the_same_paper(families: Families) -> None:
    first, second = (paper(families, 5, distortion=0.5) for _ in range(2))
    assert np.array_equal(first.image, second.image)
    assert replace(first, image=second.image) == second


@pytest.mark.parametrize("split", ["train", "heldout"])
def test_extracted_fields_read_back_as_the_truth(families: Families, split: str) -> None:
    nulls = numbers = lists = 0
    for sample in many(families, split=split, tasks=("extract", "extract"), asking=Asking(converted=0.5)):
        for turn in sample.turns:
            fields = json.loads(written(turn))
            assert fields == turn.truth["fields"]
            nulls += sum(value is None for value in fields.values())
            numbers += sum(isinstance(value, float) for value in fields.values())
            lists += sum(isinstance(value, list) for value in fields.values())
    assert nulls > 5 and numbers > 5 and lists > 2


@pytest.mark.parametrize("split", ["train", "heldout"])
def test_said_text_is_what_the_drawn_lines_say(families: Families, split: str) -> None:
    for sample in many(families, split=split):
        for turn in sample.turns:
            for part in turn.parts:
                if isinstance(part, Said) and part.line is not None:
                    text, _ = sample.lines[part.line]
                    assert text[part.start : part.start + len(part.text)] == part.text


def test_every_value_as_printed_is_tied_to_its_place(families: Families) -> None:
    for sample in many(families, tasks=("extract",), asking=Asking(converted=0.0, items=1.0)):
        loose = "".join(part.text for part in sample.turns[0].parts if isinstance(part, Said) and part.line is None)
        for key, value in sample.turns[0].truth["fields"].items():
            loose = loose.replace(f'"{key}":', "", 1)
            assert value is None or isinstance(value, str | list)
        assert not any(char.isdigit() for char in loose)


@pytest.mark.parametrize("split", ["train", "heldout"])
def test_everything_lies_inside_and_nothing_overlaps(families: Families, split: str) -> None:
    for sample in many(families, split=split):
        height, width, _ = sample.image.shape
        for char in sample.chars:
            assert 0 < char.x0 < char.x1 < width and 0 < char.y0 < char.y1 < height
        boxes = [box for _, box in sample.lines]
        for index, box in enumerate(boxes):
            for other in boxes[:index]:
                across = min(box.x1, other.x1) - max(box.x0, other.x0)
                down = min(box.y1, other.y1) - max(box.y0, other.y0)
                assert min(across, down) < 1.5, (box.label, other.label)
        assert sample.objects and all(thing.shape in THINGS for thing in sample.objects)


def test_letters_are_never_smaller_than_8_pixels(families: Families) -> None:
    for sample in many(families):
        assert sample.meta["x_height_px"] >= 8
        heights = [char.y1 - char.y0 for char in sample.chars if char.char in "xzvw"]
        assert all(height > 6.9 for height in heights)


@pytest.mark.parametrize("kind", list(KINDS))
def test_ink_is_where_the_boxes_say(families: Families, kind: str) -> None:
    for seed in range(4):
        assert_ink_is_where_the_boxes_say(paper(families, seed, kind=kind))


@pytest.mark.parametrize("kind", ["invoice", "receipt", "ticket"])
def test_a_page_of_448_pixels_holds_six_fields(families: Families, kind: str) -> None:
    full = [paper(families, seed, kind=kind, split=split).meta["num_fields"] >= 6
            for seed in range(10) for split in ("train", "heldout")]  # fmt: skip
    assert sum(full) >= 19


def test_at_least_so_many_fields_are_asked_for(families: Families) -> None:
    for seed in range(20):
        sample = paper(families, seed, kind="invoice", tasks=("extract",), asking={"fields": (6, 9), "items": 0.0})
        assert 6 <= len(sample.turns[0].truth["fields"]) <= 9


def test_the_whole_text_has_every_line_once(families: Families) -> None:
    for sample in many(families, tasks=("ocr",)):
        lines = [part.line for part in sample.turns[0].parts if isinstance(part, Said) and part.line is not None]
        assert sorted(lines) == list(range(len(sample.lines)))
        assert written(sample.turns[0]) == sample.turns[0].truth["text"]
        assert len(sample.turns[0].truth["text"]) < 1400


def test_later_questions_are_follow_ups(families: Families) -> None:
    shown = 0
    for sample in many(families, tasks=("vqa", "vqa", "vqa")):
        assert not sample.turns[0].prompt.startswith("And ")
        for turn in sample.turns:
            assert written(turn) in turn.truth["answers"]
            shown += written(turn) == documents.NOT_SHOWN
        if sample.turns[0].prompt != documents.num_items_question():
            assert all(turn.prompt.startswith("And ") for turn in sample.turns[1:])
    assert 0 < shown < 30


def test_a_bill_adds_up(families: Families) -> None:
    checked = 0
    for seed in range(40):
        sample = paper(families, seed, kind="invoice", height=640, width=640, tasks=("extract",),
                       asking=Asking(fields=(12, 12), absent=0.0, items=1.0, converted=1.0))  # fmt: skip
        fields = sample.turns[0].truth["fields"]
        known = {key.lower().replace(" ", "").replace("_", ""): value for key, value in fields.items()}
        rows = known.get("items", known.get("lineitems"))
        subtotal = known.get("subtotal")
        amounts = [row.get("amount", row.get("Amount")) for row in rows]
        if subtotal is not None and None not in amounts:
            assert round(sum(amounts), 2) == pytest.approx(subtotal)
            checked += 1
    assert checked >= 3


def test_a_product_card_offers_the_words_of_its_taxonomy(families: Families) -> None:
    nothing_fits = 0
    for seed in range(30):
        sample = paper(families, seed, tasks=("product",))
        template = json.loads(sample.turns[0].prompt.partition(":")[2])
        fields = json.loads(written(sample.turns[0]))
        assert list(fields) == list(template) and fields == sample.turns[0].truth["fields"]
        for key, wanted in template.items():
            if isinstance(wanted, str) and documents.CHOICE_SEPARATOR in wanted:
                nothing_fits += fields[key] is None
                assert fields[key] is None or fields[key] in wanted.split(documents.CHOICE_SEPARATOR)
    assert 0 < nothing_fits < 12


def test_held_out_wordings_are_never_in_training(families: Families) -> None:
    for train, heldout in (
        (invoices.TRAIN_INVOICE_LAYOUTS, invoices.HELDOUT_INVOICE_LAYOUTS),
        (invoices.TRAIN_INVOICE_TITLES, invoices.HELDOUT_INVOICE_TITLES),
        (invoices.TRAIN_GOODS, invoices.HELDOUT_GOODS),
        (receipts.TRAIN_RECEIPT_LAYOUTS, receipts.HELDOUT_RECEIPT_LAYOUTS),
        (receipts.TRAIN_FOODS, receipts.HELDOUT_FOODS),
        (receipts.TRAIN_THANKS, receipts.HELDOUT_THANKS),
        (forms.TRAIN_FORM_LAYOUTS, forms.HELDOUT_FORM_LAYOUTS),
        (forms.TRAIN_FORMS, forms.HELDOUT_FORMS),
        (cards.TRAIN_CARD_LAYOUTS, cards.HELDOUT_CARD_LAYOUTS),
        (cards.TRAIN_TICKET_LAYOUTS, cards.HELDOUT_TICKET_LAYOUTS),
        (cards.TRAIN_JOBS, cards.HELDOUT_JOBS),
        (cards.TRAIN_CARRIERS, cards.HELDOUT_CARRIERS),
        (products.TRAIN_PRODUCT_LAYOUTS, products.HELDOUT_PRODUCT_LAYOUTS),
        (products.TRAIN_ADJECTIVES, products.HELDOUT_ADJECTIVES),
        (values.TRAIN_FIRST_NAMES, values.HELDOUT_FIRST_NAMES),
        (values.TRAIN_LAST_NAMES, values.HELDOUT_LAST_NAMES),
        (values.TRAIN_COMPANY_TAILS, values.HELDOUT_COMPANY_TAILS),
        (values.TRAIN_SHOP_TAILS, values.HELDOUT_SHOP_TAILS),
        (values.TRAIN_CITIES, values.HELDOUT_CITIES),
        (values.TRAIN_STREETS, values.HELDOUT_STREETS),
        (values.TRAIN_DATE_FORMS, values.HELDOUT_DATE_FORMS),
        (values.TRAIN_CURRENCIES, values.HELDOUT_CURRENCIES),
    ):
        assert not set(train) & set(heldout)
    for words in (*labels.FIELDS.values(), *labels.COLUMNS.values()):
        assert not set(words.train) & set(words.heldout) - {""}
    for sample in many(families, split="heldout"):
        assert sample.meta["layout"] in KINDS[str(sample.meta["kind"])].heldout_layouts
        assert sample.meta["date_form"] in values.HELDOUT_DATE_FORMS


def test_a_date_becomes_iso_only_where_it_is_clear() -> None:
    assert write_date(2024, 3, 5, "D MONTH YYYY").iso == "2024-03-05"
    assert write_date(2024, 3, 5, "DD.MM.YYYY").text == "05.03.2024"
    assert write_date(2024, 3, 5, "DD/MM/YYYY").iso is None
    assert write_date(2024, 3, 5, "DD.MM.YY").iso is None


@pytest.mark.parametrize(
    ("currency", "printed", "number"),
    [
        (Currency("", " €", ".", ","), "-1.234,50 €", "-1234.50"),
        (Currency("$", "", ",", "."), "-$1,234.50", "-1234.50"),
        (Currency("CHF ", "", "'", "."), "-CHF 1'234.50", "-1234.50"),
    ],
)
def test_an_amount_as_a_number_keeps_the_printed_digits(currency: Currency, printed: str, number: str) -> None:
    value = write_amount(-123_450, currency)
    assert value.text == printed
    parts = number_parts(Printed(value, [Place(3, 7, printed)]))
    assert "".join(part.text for part in parts if isinstance(part, Said)) == number == value.number
    for part in parts:
        assert isinstance(part, Said)
        if part.line is not None:
            assert part.line == 3 and printed[part.start - 7 :].startswith(part.text)


def test_the_world_is_reached_by_its_name(families: Families) -> None:
    sample = draw("papers", np.random.default_rng(1), faces=families, height=300, width=300, kinds=("ticket", "form"))
    assert sample.meta["kind"] in ("ticket", "form") and sample.meta["renderer"] in ("smooth", "grid")


def test_unknown_papers_and_tasks_are_refused(families: Families) -> None:
    with pytest.raises(BadInput, match="napkin"):
        paper(families, 0, kind="napkin")
    with pytest.raises(BadInput, match="detect"):
        paper(families, 0, tasks=("detect",))
    with pytest.raises(BadInput, match="no product"):
        paper(families, 0, kind="invoice", tasks=("product",))
