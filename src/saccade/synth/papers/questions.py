"""Questions about a drawn paper, and their answers with every value tied to the place it was read from.

The rule for values is the one of `saccade.prompts.documents`: as printed, unless the template says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from saccade.prompts import documents
from saccade.prompts.text import READ_ONLY_PROMPT, READ_PROMPT
from saccade.synth.canvas import Canvas
from saccade.synth.papers.answers import Answer, printed_parts, put_field
from saccade.synth.papers.draft import Paper, Printed
from saccade.synth.papers.labels import AMOUNTS, COLUMNS, DATES, FIELDS, KEY_STYLES, FieldWords, write_key
from saccade.synth.papers.products import PRODUCT_COLOURS, TAXONOMY
from saccade.synth.sample import Part, Said, Turn
from saccade.synth.words import pick

# Fields of other papers that may be asked for: nothing on any paper could be taken for them.
FOREIGN = ("blood_type", "passport", "allergies", "policy_number", "platform", "seat", "iban", "warranty", "coach")
_MOST_FIELDS = 12
# A field is not asked for in vain where one of these is printed, which could pass for it.
_MISTAKABLE: Mapping[str, tuple[str, ...]] = {
    "name": ("first_name", "last_name", "passenger", "signature"), "first_name": ("name",), "last_name": ("name",),
    "address": ("street", "city", "customer_address"), "street": ("address",), "city": ("address",),
    "postcode": ("address",), "phone": ("mobile",), "mobile": ("phone",), "employer": ("company",),
    "signature": ("name",), "date": ("due_date", "start_date", "arrival_date", "incident_date", "leaving_date"),
    "member_id": ("student_id",), "start_date": ("date",), "patient_id": ("member_id",), "student_id": ("member_id",),
    "cash": ("payment_method",), "platform": ("train",), "ticket_number": ("booking",), "booking": ("ticket_number",),
    "origin": ("brand",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asking:
    """How fields are asked for: how many at once, which share of them is not on the paper, how often the list of items
    is wanted and how often the template wants other forms than printed (all 0..1 but `fields`)."""

    fields: tuple[int, int] = (3, 10)
    absent: float = 0.18
    items: float = 0.5
    converted: float = 0.3


def ocr_turn(rng: np.random.Generator, canvas: Canvas, paper: Paper) -> Turn:
    """The whole text: the lines of a row are joined with one space, rows with a new line."""
    parts: list[Part] = []
    for index, row in enumerate(paper.rows):
        for place, number in enumerate(row):
            if index or place:
                parts.append(Said(" " if place else "\n"))
            parts.append(Said(canvas.lines[number][0], line=number, start=0))
    text = "".join(part.text for part in parts if isinstance(part, Said))
    return Turn(
        "ocr", READ_PROMPT if rng.random() < 0.6 else READ_ONLY_PROMPT, parts=tuple(parts), truth={"text": text}
    )


def _key(
    rng: np.random.Generator, words: FieldWords, style: str, taken: Sequence[str], label: str | None = None
) -> str:
    """A key for a field that no other field has: its printed label in style "label", else mostly the usual one."""
    if style == "label":
        if label and label not in taken:
            return label
        style = "title"
    free = [name for key in words.keys if (name := write_key(key, style)) not in taken]
    return free[0] if len(free) == 1 or rng.random() < 0.6 else pick(rng, free)


def _missing(paper: Paper, taken: Sequence[str] = ()) -> list[str]:
    """Fields that a paper of this kind may have, that this one has not, and nothing on it could be taken for."""
    fields = paper.fields()
    return [
        name
        for name in paper.draft.catalogue
        if name not in fields and name not in paper.draft.seen and name not in taken
        and not any(other in fields for other in _MISTAKABLE.get(name, ()))
    ]  # fmt: skip


def _choose_fields(rng: np.random.Generator, paper: Paper, asking: Asking, names: Sequence[str]) -> list[str]:
    """Which fields to ask for, in order; some of them are not on the paper."""
    printed = [name for name in names if name in paper.fields()]
    missing = _missing(paper)
    foreign = [name for name in FOREIGN if name not in paper.draft.catalogue]
    low, high = asking.fields
    many = int(rng.integers(low, high + 1))
    num_absent = int(rng.binomial(many, asking.absent)) if rng.random() < 0.8 else 0
    num_absent = max(num_absent, min(many, low) - len(printed)) if low > 3 else num_absent
    absent: list[str] = []
    for _ in range(num_absent):
        pool = [name for name in (foreign if rng.random() < 0.15 else missing) if name not in absent]
        if pool:
            absent.append(pick(rng, pool))
    kept = [printed[i] for i in sorted(rng.permutation(len(printed))[: max(1, many - len(absent))].tolist())]
    wanted = [*kept, *absent]
    if rng.random() < 0.6:
        rng.shuffle(wanted)
    elif absent:
        for name in absent:  # keep the order of the paper, absent ones anywhere
            wanted.remove(name)
            wanted.insert(int(rng.integers(len(wanted) + 1)), name)
    return wanted[:_MOST_FIELDS]


def extract_turn(rng: np.random.Generator, canvas: Canvas, paper: Paper, asking: Asking) -> Turn:
    """Named fields as one JSON object, with the list of items where it is wanted."""
    fields, style = paper.fields(), pick(rng, KEY_STYLES)
    names = _choose_fields(rng, paper, asking, tuple(fields))
    numbers = rng.random() < asking.converted
    iso = rng.random() < 0.6 * asking.converted
    template: dict[str, Any] = {}
    answer = Answer([Said("{")], {})
    rows = paper.items()
    with_items = bool(rows) and rng.random() < asking.items
    items_at = int(rng.integers(len(names) + 1)) if rng.random() < 0.3 else len(names)
    for place in range(len(names) + 1):
        if with_items and place == items_at:
            _put_items(rng, answer, template, rows, style, numbers, canvas)
        if place == len(names):
            break
        name = names[place]
        one, words = fields.get(name), FIELDS[name]
        # What is not there goes by its plainest name: "number" alone could mean another one.
        words = words if one is not None else words._replace(keys=words.keys[:1])
        key = _key(rng, words, style, tuple(template), paper.draft.facts.labels.get(name))
        template[key] = documents.TEXT
        if numbers and name in AMOUNTS and (one is None or one.value.number is not None):
            template[key] = documents.NUMBER
        elif iso and name in DATES and (one is None or (one.value.pieces and len(one.places) == 1)):
            template[key] = documents.DATE
        put_field(answer, key, one, template[key], canvas)
    answer.parts.append(Said("}"))
    prompt, kind = documents.extract_prompt(template), rng.random()
    if kind > 0.85:
        prompt = documents.extract_schema_prompt(template)
    elif kind > 0.7 and not with_items and all(value == documents.TEXT for value in template.values()):
        prompt = documents.extract_names_prompt(tuple(template))
    return Turn("extract", prompt, parts=tuple(answer.parts), truth={"fields": answer.data})


def _put_items(
    rng: np.random.Generator,
    answer: Answer,
    template: dict[str, Any],
    rows: Sequence[Mapping[str, Printed]],
    style: str,
    numbers: bool,
    canvas: Canvas,
) -> None:
    """Add the list of items: all printed columns or some, now and then one that is not printed."""
    columns = [name for name in COLUMNS if name in rows[0]]
    if len(columns) > 2 and rng.random() < 0.25:
        columns.remove(pick(rng, columns[1:]))
    missing = [name for name in COLUMNS if name not in rows[0]]
    if missing and rng.random() < 0.12:
        columns.append(pick(rng, missing))
    keys: dict[str, str] = {}
    for name in columns:
        keys[name] = _key(rng, COLUMNS[name], style, tuple(keys.values()))
    shape = {keys[name]: documents.NUMBER if numbers and name != "name" else documents.TEXT for name in columns}
    key = write_key(pick(rng, ("items", "items", "line_items")), style)
    template[key] = [shape]
    listed: list[dict[str, Any]] = []
    parts: list[Part] = [Said("[")]
    for index, row in enumerate(rows):
        one = Answer([Said(", {" if index else "{")], {})
        for name in columns:
            put_field(one, keys[name], row.get(name), shape[keys[name]], canvas)
        parts += [*one.parts, Said("}")]
        listed.append(one.data)
    answer.put(key, [*parts, Said("]")], listed, quoted=False)


def _photo_centre(canvas: Canvas) -> tuple[float, float]:
    """The middle of the photo, which every product card has."""
    photo = next(thing for thing in canvas.objects if thing.shape == "photo").box
    return (photo.x0 + photo.x1) / 2, (photo.y0 + photo.y1) / 2


def product_turn(rng: np.random.Generator, canvas: Canvas, paper: Paper, asking: Asking) -> Turn:
    """What a product card shows: printed fields, and colour and category as words of a taxonomy."""
    fields, style = paper.fields(), pick(rng, KEY_STYLES)
    names = [name for name in _choose_fields(rng, paper, asking, tuple(fields)) if name not in ("colour", "category")]
    for name in ("colour", "category"):
        if rng.random() < 0.75:
            names.insert(int(rng.integers(len(names) + 1)), name)
    numbers = rng.random() < asking.converted
    centre = _photo_centre(canvas)
    template: dict[str, Any] = {}
    answer = Answer([Said("{")], {})
    for name in names:
        key = _key(rng, FIELDS[name], style, tuple(template))
        if name in ("colour", "category"):
            right, known = paper.draft.seen[name], PRODUCT_COLOURS if name == "colour" else tuple(TAXONOMY)
            words = [word for word in known if word != right]
            words = [words[i] for i in rng.permutation(len(words))[: int(rng.integers(2, 6))].tolist()]
            if name == "category" and rng.random() < 0.12:  # none of the offered words fits
                template[key] = documents.choices(words)
                answer.put(key, [Said("null")], None, quoted=False)
                continue
            words.insert(int(rng.integers(len(words) + 1)), right)
            template[key] = documents.choices(words)
            answer.put(key, [Said(right, at=centre)], right, quoted=True)
            continue
        one = fields.get(name)
        wants_number = numbers and name in AMOUNTS and (one is None or one.value.number is not None)
        template[key] = documents.NUMBER if wants_number else documents.TEXT
        put_field(answer, key, one, template[key], canvas)
    answer.parts.append(Said("}"))
    return Turn("product", documents.product_prompt(template), parts=tuple(answer.parts), truth={"fields": answer.data})


@dataclass(slots=True)
class Asked:
    """What the conversation has asked so far: the last question's form ("", "fields", "cell") and what it was about."""

    form: str = ""
    column: str = ""
    names: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()


def vqa_turn(rng: np.random.Generator, canvas: Canvas, paper: Paper, asked: Asked, absent: float) -> Turn:
    """A question with a short answer; after another question in its short form, "And the date?"."""
    rows, fields = paper.items(), paper.fields()
    if "colour" in paper.draft.seen and "colour" not in asked.names and rng.random() < 0.2:
        asked.names += ("colour",)
        ask_colour = documents.colour_follow_up if asked.form else documents.colour_question
        asked.form = asked.form or "fields"
        seen = paper.draft.seen["colour"]
        return Turn("vqa", ask_colour(), parts=(Said(seen, at=_photo_centre(canvas)),), truth={"answers": [seen]})
    cells = [column for column in ("amount", "price", "quantity") if rows and column in rows[0]]
    if asked.form == "cell":
        free = [row for row in rows if row["name"].text not in asked.rows]
        if free and rng.random() < 0.7:
            row = free[int(rng.integers(len(free)))]
            asked.rows += (row["name"].text,)
            return _short(documents.cell_follow_up(row["name"].text), row[asked.column])
    if not asked.form and rows and cells and rng.random() < 0.3:
        if rng.random() < 0.2:
            count = str(len(rows))
            return Turn("vqa", documents.num_items_question(), parts=(Said(count),), truth={"answers": [count]})
        row, asked.column = rows[int(rng.integers(len(rows)))], pick(rng, cells)
        asked.form, asked.rows = "cell", (row["name"].text,)
        return _short(documents.cell_question(COLUMNS[asked.column].spoken, row["name"].text), row[asked.column])
    ask = documents.field_follow_up if asked.form else documents.field_question
    asked.form = "fields"
    missing = _missing(paper, asked.names)
    if missing and rng.random() < absent:
        name = pick(rng, missing)
        asked.names += (name,)
        answer = documents.NOT_SHOWN
        return Turn("vqa", ask(FIELDS[name].spoken), parts=(Said(answer),), truth={"answers": [answer]})
    free_names = [name for name in fields if name not in asked.names] or list(fields)
    if not free_names:
        return Turn("vqa", ask("date"), parts=(Said(documents.NOT_SHOWN),), truth={"answers": [documents.NOT_SHOWN]})
    name = pick(rng, free_names)
    asked.names += (name,)
    return _short(ask(FIELDS[name].spoken), fields[name])


def _short(prompt: str, one: Printed) -> Turn:
    answers = [one.text]
    if one.value.number is not None and one.value.number not in answers:
        answers.append(one.value.number)
    return Turn("vqa", prompt, parts=tuple(printed_parts(one, escape=False)), truth={"answers": answers})
