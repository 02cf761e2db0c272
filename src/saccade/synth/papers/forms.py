"""Filled-in forms of several trades: labels with values, boxes to tick, and fields left blank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from saccade.synth.papers.draft import Draft, Facts
from saccade.synth.papers.fields import Grid, Pairs
from saccade.synth.papers.layout import Block, Columns, Drawing, Frame, Line, Lines, Look, Rule, Stack
from saccade.synth.papers.ornaments import Options, logo
from saccade.synth.papers.values import Maker, MakeValue, Value
from saccade.synth.words import pick

TRAIN_FORM_LAYOUTS = ("underlined", "boxes", "ruled", "inline", "cells", "two columns")
HELDOUT_FORM_LAYOUTS = ("right", "banded cells")

# Title of the form and its fields; the first two are never left out.
TRAIN_FORMS: Mapping[str, tuple[str, ...]] = {
    "Registration Form": ("first_name", "last_name", "birth_date", "nationality", "street", "city", "postcode", "phone",
                          "email", "gender", "member_id"),
    "Patient Intake": ("name", "birth_date", "patient_id", "blood_type", "allergies", "doctor", "phone", "address",
                       "gender", "date", "department", "room"),
    "Visitor Pass": ("name", "visitor_of", "employer", "badge", "date", "time", "plate", "department", "phone"),
    "Insurance Claim": ("policy_number", "name", "incident_date", "vehicle", "plate", "claim_amount", "phone", "email",
                        "address", "signature", "date"),
    "Hotel Check-in": ("last_name", "first_name", "nationality", "passport", "arrival_date", "leaving_date", "room",
                       "guests", "plate", "email", "payment_method"),
    "Job Application": ("name", "job_title", "birth_date", "email", "phone", "start_date", "salary", "employer", "city",
                        "marital_status", "date"),
    "Course Enrolment": ("student_id", "name", "course", "start_date", "department", "email", "phone", "birth_date",
                         "payment_method", "date", "signature"),
    "Membership": ("member_id", "first_name", "last_name", "birth_date", "street", "postcode", "city", "mobile",
                   "email", "delivery", "date"),
}  # fmt: skip
HELDOUT_FORMS: Mapping[str, tuple[str, ...]] = {
    "Library Card": ("name", "member_id", "birth_date", "address", "phone", "email", "gender", "date", "signature"),
    "Parking Permit": ("plate", "last_name", "first_name", "vehicle", "street", "city", "phone", "start_date", "badge",
                       "payment_method"),
    "Leave Request": ("name", "department", "start_date", "date", "job_title", "mobile", "notes", "signature",
                      "member_id"),
    "Order Sheet": ("customer_number", "name", "delivery", "address", "date", "phone", "email", "payment_method",
                    "notes"),
}  # fmt: skip
FORM_FIELDS = tuple(dict.fromkeys(name for form in (*TRAIN_FORMS.values(), *HELDOUT_FORMS.values()) for name in form))
CHOICES: Mapping[str, tuple[str, ...]] = {
    "gender": ("Male", "Female", "Other"),
    "marital_status": ("Single", "Married", "Divorced"),
    "payment_method": ("Cash", "Card", "Invoice"),
    "delivery": ("Post", "Email", "Pick up"),
}  # fmt: skip

_JOBS = (
    "Nurse",
    "Driver",
    "Engineer",
    "Sales Manager",
    "Cook",
    "Designer",
    "Accountant",
    "Teacher",
    "Analyst",
    "Welder",
)
_DEPARTMENTS = (
    "Sales",
    "Finance",
    "Surgery",
    "Radiology",
    "Research",
    "Support",
    "Legal",
    "Physics",
    "Arts",
    "Nursing",
)
_MAKE: Mapping[str, MakeValue] = {
    "name": Maker.person, "first_name": Maker.first_name, "last_name": Maker.last_name,
    "birth_date": Maker.birth_date,
    "nationality": lambda m: m.pick(("German", "French", "British", "Spanish", "Polish", "Indian", "Kenyan", "Dutch")),
    "address": lambda m: m.address() if m.chance(0.5) else m.street(), "street": Maker.street, "city": Maker.city,
    "postcode": Maker.postcode, "phone": Maker.phone, "mobile": Maker.phone,
    "email": lambda m: m.email(m.person().text), "job_title": lambda m: m.pick(_JOBS), "employer": Maker.company,
    "signature": Maker.person, "date": Maker.date, "time": Maker.clock,
    "passport": lambda m: m.code(pick(m.rng, ("@#######", "@@#######", "#########"))),
    "member_id": lambda m: m.code(pick(m.rng, ("M-#####", "######", "@@####"))),
    "patient_id": lambda m: m.code(pick(m.rng, ("P######", "##-####", "#######"))),
    "blood_type": lambda m: m.pick(("A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-")),
    "allergies": lambda m: m.pick(("None", "Penicillin", "Nuts", "Pollen", "Latex", "Milk", "Dust, cats")),
    "doctor": lambda m: Value(f"Dr. {m.last_name().text}"), "visitor_of": Maker.person,
    "policy_number": lambda m: m.code(pick(m.rng, ("POL-######", "##/#####", "@@ ### ###"))),
    "claim_amount": lambda m: m.amount(5_000, 900_000), "salary": lambda m: m.amount(150_000, 900_000),
    "incident_date": lambda m: m.date(-int(m.rng.integers(2, 60))),
    "plate": lambda m: m.code(pick(m.rng, ("@@-@@ ###", "@@## @@@", "### @@@", "@-####"))),
    "vehicle": lambda m: Value(f"{m.invented()} {m.code('@#').text}"),
    "badge": lambda m: m.code(pick(m.rng, ("###", "V-##", "####"))), "arrival_date": Maker.date,
    "leaving_date": lambda m: m.date(int(m.rng.integers(1, 20))),
    "start_date": lambda m: m.date(int(m.rng.integers(10, 90))),
    "room": lambda m: m.code(pick(m.rng, ("###", "@##", "#.##"))),
    "guests": lambda m: Value(str(m.rng.integers(1, 7))), "department": lambda m: m.pick(_DEPARTMENTS),
    "course": lambda m: m.pick(("Biology I", "Spanish A2", "Welding", "Statistics", "First Aid", "Drawing", "Law")),
    "student_id": lambda m: m.code(pick(m.rng, ("S#######", "######", "##-###"))),
    "notes": lambda m: Value(f"{m.word()} {m.word().lower()} {m.word().lower()}"),
    "customer_number": lambda m: m.code(pick(m.rng, ("C-####", "#####"))),
    "gender": lambda m: m.pick(CHOICES["gender"]), "marital_status": lambda m: m.pick(CHOICES["marital_status"]),
    "payment_method": lambda m: m.pick(CHOICES["payment_method"]), "delivery": lambda m: m.pick(CHOICES["delivery"]),
}  # fmt: skip


def draft_form(maker: Maker, look: Look, layout: str, num_items: int) -> Draft:
    """A form with up to a dozen fields, a tenth of them blank; it has no items."""
    rng, facts = maker.rng, Facts(maker, capitals=maker.chance(0.15))
    forms = TRAIN_FORMS if maker.split == "train" else HELDOUT_FORMS
    title = pick(rng, tuple(forms))
    names = list(forms[title])
    fixed, rest = names[:2], names[2:]
    if maker.chance(0.4):
        rng.shuffle(rest)
    rest = [name for name in rest if maker.chance(0.9)]
    names = fixed + rest
    for name in names:
        blank = name not in fixed and maker.chance(0.1)
        facts.put(name, Value("") if blank else _MAKE[name](maker))
    ticks = {name for name in names if name in CHOICES and maker.chance(0.7)}
    filled, colon, soft = maker.chance(0.75), pick(rng, (":", ":", "")), maker.chance(0.5)
    gap, bold_labels, round_boxes = float(rng.uniform(0.2, 1.0)), maker.chance(0.25), maker.chance(0.3)
    organisation, has_logo, seed = maker.company().text, maker.chance(0.3), int(rng.integers(1_000_000))
    align, sections = pick(rng, ("left", "middle")), maker.chance(0.3)
    number = maker.code(pick(rng, ("Form ##", "F-###", "Form @#"))).text
    accent = look.palette.accent

    def blocks(out: frozenset[str], many: int) -> Sequence[Block]:
        shown = [name for name in names if name not in out]
        heading: list[Block] = [Lines([Line(title, scale=1.35, bold=True)], align)]
        if "organisation" not in out:
            heading.insert(0, Lines([Line(organisation, soft=True)], align))
        if has_logo and "logo" not in out:
            heading.insert(0, Drawing(logo(seed, accent, look.palette.ground), 3.0, 3.0, align))
        if layout == "banded cells":
            heading = [Frame(Stack(heading[-1:], 0.2), fill=accent, bleed=(40.0, 0.0), padding=0.7)]
        groups = [shown]
        if sections and "sections" not in out and len(shown) > 5:
            groups = [shown[: len(shown) // 2], shown[len(shown) // 2 :]]
        body: list[Block] = []
        for index, group in enumerate(groups):
            if len(groups) > 1:
                body.append(
                    Lines([Line(f"{index + 1}. {'Details' if index else 'Applicant'}", bold=True, colour=accent)])
                )
            body += _arrange([name for name in group if name not in ticks], out)
            for name in group:
                if name in ticks:
                    value = facts.values[name].text
                    body.append(Options(name, facts.labels[name] + colon, CHOICES[name],
                                        CHOICES[name].index(value) if value else -1, round_boxes))  # fmt: skip
        foot: list[Block] = [] if "number" in out else [Lines([Line(number, soft=True, scale=0.85)], "right")]
        return [Stack(heading, 0.4), *([Rule()] if soft and layout != "banded cells" else []), *body, *foot]

    def _arrange(group: Sequence[str], out: frozenset[str]) -> list[Block]:
        pairs = facts.pairs(group, out)
        if not pairs:
            return []
        if layout == "underlined":
            return [Pairs(pairs, "underline", colon, filled, gap, soft, bold_labels)]
        if layout == "ruled":
            return [Pairs(pairs, "ruled", "", filled, 0.0, soft, bold_labels)]
        if layout == "inline":
            return [Pairs(pairs, "inline", colon or ":", False, gap)]
        if layout == "boxes":
            return [Grid(pairs, 2, style="box", filled=filled, soft_labels=soft)]
        if layout == "cells":
            return [Grid(pairs, 3, lined=True, filled=filled, soft_labels=soft)]
        if layout == "two columns":
            half = (len(pairs) + 1) // 2
            parts = [part for part in (pairs[:half], pairs[half:]) if part]
            sides = [Pairs(part, "stacked", colon, filled, gap, True) for part in parts]
            return [Columns(sides, (0.5, 0.5) if len(sides) > 1 else (1.0,))]
        if layout == "right":
            return [Frame(Pairs(pairs, "right", colon, filled, gap, soft, not bold_labels), outline=look.palette.rule)]
        return [Grid(pairs, 2, lined=True, filled=filled, bold_values=not filled)]

    late = list(reversed(rest))
    if maker.chance(0.5):
        rng.shuffle(late)
    return Draft("form", layout, blocks, ["logo", "number", "sections", "organisation", *late], 0, FORM_FIELDS, facts)
