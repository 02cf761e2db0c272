"""Business cards and train tickets."""

from __future__ import annotations

from collections.abc import Sequence

from saccade.synth.canvas import Canvas
from saccade.synth.papers.draft import Draft, Facts
from saccade.synth.papers.fields import Grid, Pairs
from saccade.synth.papers.layout import (
    Beside,
    Block,
    Columns,
    Drawing,
    Frame,
    Line,
    Lines,
    Look,
    Rule,
    Stack,
    value_line,
)
from saccade.synth.papers.ornaments import barcode, logo, square_code
from saccade.synth.papers.values import Maker, Value
from saccade.synth.words import pick
from saccade.types import Box

TRAIN_CARD_LAYOUTS = ("left", "centred", "panel", "band")
HELDOUT_CARD_LAYOUTS = ("right", "upside down")
TRAIN_TICKET_LAYOUTS = ("strip", "stub", "grid", "list")
HELDOUT_TICKET_LAYOUTS = ("column", "code first")
TRAIN_JOBS = (
    "Sales Manager", "Engineer", "Architect", "Account Director", "Consultant", "Photographer", "CEO", "Head of Design",
    "Lawyer", "Translator", "Product Owner", "Dentist", "Editor", "Founder", "Data Analyst", "Project Lead", "Florist",
)  # fmt: skip
HELDOUT_JOBS = (
    "Managing Partner",
    "Electrician",
    "Art Director",
    "Chief Editor",
    "Estate Agent",
    "Geologist",
    "Tax Adviser",
)
TRAIN_CARRIERS = ("Rail", "Railways", "Express", "Trains", "Lines")
HELDOUT_CARRIERS = ("Connect", "Rapid", "Regional")
CARD_FIELDS = ("name", "job_title", "company", "phone", "mobile", "email", "website", "address", "department")
TICKET_FIELDS = (
    "carrier", "ticket_number", "booking", "passenger", "from", "to", "date", "departure", "arrival", "train", "coach",
    "seat", "class", "platform", "price",
)  # fmt: skip


def _lines(facts: Facts, out: frozenset[str], names: Sequence[str], **style: object) -> list[Line]:
    return [value_line(name, facts.values[name], **style) for name in names if name in facts.values and name not in out]


def draft_card(maker: Maker, look: Look, layout: str, num_items: int) -> Draft:
    """A business card; it has no items."""
    rng, facts = maker.rng, Facts(maker)
    person, company = maker.person(), maker.company()
    host = maker.host(company.text)
    facts.put("name", person)
    facts.put("job_title", maker.fit(maker.choose(TRAIN_JOBS, HELDOUT_JOBS)), 0.9)
    facts.put("company", company)
    facts.put("phone", maker.phone())
    facts.put("mobile", maker.phone(), 0.4)
    facts.put("email", maker.email(person.text, host), 0.9)
    facts.put("website", Value(pick(rng, ("www.", "")) + host), 0.7)
    facts.put("address", maker.address(), 0.7)
    facts.put("department", maker.pick(("Sales", "Research", "Legal", "Finance", "Marketing")), 0.12)
    names = ["phone", "mobile", "email", "website"]
    if maker.chance(0.3):
        rng.shuffle(names)
    labelled = "mobile" in facts.values or maker.chance(0.4)
    short = {name: maker.choose(train, heldout) for name, train, heldout in (
        ("phone", ("T", "Tel", "Phone"), ("P", "Tel.")), ("mobile", ("M", "Mobile"), ("C", "Mob.")),
        ("email", ("E", "Email"), ("@", "Mail")), ("website", ("W", "Web"), ("www", "Site")))}  # fmt: skip
    facts.labels.update(short)
    pair_style, colon, soft = pick(rng, ("inline", "tab")), pick(rng, ("", ".", ":")), maker.chance(0.5)
    mark, seed, big = maker.chance(0.6), int(rng.integers(1_000_000)), float(rng.uniform(1.2, 1.6))
    company_first, accent = maker.chance(0.5), look.palette.accent
    colour = accent if maker.chance(0.5) else None

    def blocks(out: frozenset[str], many: int) -> Sequence[Block]:
        def reach(align: str) -> list[Block]:
            where = Lines(_lines(facts, out, ("address",)), align)
            if labelled and align == "left":
                return [Pairs(facts.pairs(names, out), pair_style, colon, soft_labels=soft), where]
            lines = [
                Line(f"{facts.labels[name]}{colon} {line.text}", name, line.value, len(facts.labels[name] + colon) + 1)
                if labelled and name in short else line
                for name in names for line in _lines(facts, out, (name,))
            ]  # fmt: skip
            return [Lines(lines, align), where]

        who = [
            *_lines(facts, out, ("name",), bold=True, scale=big),
            *_lines(facts, out, ("job_title", "department"), soft=soft),
        ]
        firm = _lines(facts, out, ("company",), bold=True, scale=1.15, colour=colour)
        ground = look.palette.ground
        sign: list[Block] = (
            [Drawing(logo(seed, accent, ground), 3.2, 3.2, "left")] if mark and "logo" not in out else []
        )
        if layout == "left":
            head: list[Block] = [Lines(firm), Lines(who)] if company_first else [Lines(who), Lines(firm)]
            return [*sign, *head, Rule(), *reach("left")]
        if layout == "centred":
            head = [Lines(firm, "middle"), Lines(who, "middle")]
            return [*(head if company_first else head[::-1]), Rule("solid", accent), *reach("middle")]
        if layout == "panel":
            inner: list[Block] = (
                [Drawing(logo(seed, look.palette.soft, accent), 4.0)] if mark and "logo" not in out else []
            )
            company_lines = _lines(facts, out, ("company",), bold=True, scale=1.15)
            panel = Frame(Stack([*inner, Lines(company_lines)], 1.5), fill=accent, padding=1.2)
            return [Columns([panel, Stack([Lines(who), *reach("left")], 1.2)], (0.36, 0.64), centred=True)]
        if layout == "band":
            company_lines = _lines(facts, out, ("company",), bold=True, scale=1.15)
            return [
                Frame(Lines(company_lines), fill=accent, bleed=(40.0, 40.0), padding=0.8),
                Lines(who),
                *reach("left"),
            ]
        if layout == "right":
            return [Lines(who, "right"), Lines(firm, "right"), Rule("dashed"), *reach("right")]
        return [*reach("left"), Rule("double"), Lines(who), *sign, Lines(firm)]

    optional = ["logo", "department", "website", "address", "mobile", "job_title", "email"]
    return Draft("business card", layout, blocks, optional, 0, CARD_FIELDS, facts)


def _arrow(look: Look) -> Drawing:
    def draw(canvas: Canvas, box: Box) -> None:
        middle, side = (box.y0 + box.y1) / 2, (box.y1 - box.y0) / 3
        canvas.stroke([(box.x0, middle), (box.x1, middle)], look.palette.accent, 2.0)
        tip = [(box.x1, middle), (box.x1 - side, middle - side), (box.x1 - side, middle + side)]
        canvas.polygon(tip, look.palette.accent)

    return Drawing(draw, 2.4)


def draft_ticket(maker: Maker, look: Look, layout: str, num_items: int) -> Draft:
    """A train ticket; it has no items."""
    rng, facts = maker.rng, Facts(maker, capitals=maker.chance(0.3))
    start, end = maker.city(), maker.city()
    while end.text == start.text:
        end = maker.city()
    if maker.chance(0.25):
        start = Value(f"{start.text} {pick(rng, ('Central', 'Hbf', 'East', 'Nord'))}")
    facts.put("carrier", Value(f"{maker.word() if maker.chance(0.5) else maker.invented()} "
                               f"{maker.choose(TRAIN_CARRIERS, HELDOUT_CARRIERS)}"))  # fmt: skip
    facts.put("from", start)
    facts.put("to", end)
    facts.put("date", maker.date())
    facts.labels["date"] = maker.choose(("Date", "Travel date", "Day"), ("Date of travel", "On"))
    facts.put("departure", maker.clock())
    facts.put("arrival", maker.clock(), 0.7)
    facts.put("train", maker.code(pick(rng, ("@@ ###", "@####", "IC ##", "### @"))), 0.85)
    facts.put("coach", Value(str(rng.integers(1, 21))), 0.8)
    facts.put("seat", maker.code(pick(rng, ("##", "##@", "#@"))), 0.9)
    facts.put("class", maker.pick(("1st", "2nd", "1", "2", "Standard", "First", "Economy")), 0.7)
    facts.put("platform", maker.code(pick(rng, ("#", "#@", "1#"))), 0.5)
    facts.put("passenger", maker.person(), 0.7)
    facts.put("price", maker.amount(500, 20_000))
    facts.put("ticket_number", maker.code(pick(rng, ("########", "@@######", "####-####"))), 0.75)
    facts.put("booking", maker.code("%%%%%%"), 0.4)
    grid_names = ["date", "departure", "arrival", "train", "coach", "seat", "class", "platform"]
    if maker.chance(0.4):
        rng.shuffle(grid_names)
    title, big = (
        maker.choose(("TICKET", "Train ticket", "Ticket", "RAIL TICKET"), ("Boarding ticket", "JOURNEY")),
        float(rng.uniform(1.3, 1.8)),
    )
    colon, soft, pair_style, seed = (
        pick(rng, (":", "")),
        maker.chance(0.6),
        pick(rng, ("tab", "spread", "right")),
        int(rng.integers(1_000_000)),
    )
    palette, square, columns = look.palette, maker.chance(0.5), int(rng.integers(2, 5))

    def blocks(out: frozenset[str], many: int) -> Sequence[Block]:
        code: list[Block] = []
        if "code" not in out and square:
            code = [Drawing(square_code(seed, palette.ink, palette.ground), 5.4, 5.4)]
        elif "code" not in out:
            code = [Drawing(barcode(seed, palette.ink), 3.0, 24.0)]
        carrier = _lines(facts, out, ("carrier",), bold=True)
        places = facts.pairs(("from", "to"), out)
        ends = [value_line(name, facts.values[name], bold=True, scale=big) for name in ("from", "to")]
        route: Block = Columns(
            [Lines(ends[:1]), _arrow(look), Lines(ends[1:], "right")], (0.42, 0.16, 0.42), centred=True
        )
        grid, rest = facts.pairs(grid_names, out), facts.pairs(("passenger", "ticket_number", "booking", "price"), out)
        band = Frame(Beside([*_lines(facts, out, ("carrier",), bold=True), Line(title)]), fill=palette.accent,
                     bleed=(40.0, 40.0), padding=0.7)  # fmt: skip
        if layout == "strip":
            return [
                band,
                route,
                Grid(grid, columns, soft_labels=soft),
                Rule("dashed"),
                Grid(rest, 2, soft_labels=soft),
                *code,
            ]
        if layout == "stub":
            journey = Pairs(places, "stacked", "", bold_values=True, soft_labels=soft)
            main = Stack([Lines(carrier), journey, Pairs(facts.pairs(grid_names[:5], out), pair_style, colon)])
            last = [
                Pairs(facts.pairs(grid_names[5:], out), "tab", colon),
                Pairs(rest, "stacked", colon, soft_labels=soft),
            ]
            stub = Frame(Stack([Lines([Line(title, bold=True)]), *last]), outline=palette.rule, padding=0.8)
            return [Columns([main, stub], (0.55, 0.45)), *code]
        if layout == "grid":
            head = Beside([Line(title, bold=True, scale=1.2), *_lines(facts, out, ("carrier",))])
            journey_grid = Grid(places, 2, lined=True, bold_values=True, soft_labels=soft)
            grids = [Grid(grid, columns, lined=True, soft_labels=soft), Grid(rest, 2, lined=True, soft_labels=soft)]
            return [head, Rule(), journey_grid, *grids, *code]
        if layout == "list":
            firm = Lines(_lines(facts, out, ("carrier",), bold=True, scale=1.2), "middle")
            return [firm, Rule("dashed"), Pairs([*places, *grid, *rest], pair_style, colon), Rule("dashed"), *code]
        if layout == "column":
            top = Frame(Stack([Pairs([pair], "stacked", "") for pair in places], 0.5), fill=palette.soft)
            below = Lines(_lines(facts, out, ("carrier",), soft=True), "right")
            return [top, Pairs(grid, "ruled", ""), Pairs(rest, "spread", colon), *code, below]
        return [*code, Lines(carrier), Grid(rest, 2, soft_labels=soft), route, Rule(),
                Grid(grid, columns, lined=True, soft_labels=soft)]  # fmt: skip

    late = ["class", "arrival", "ticket_number", "coach", "train", "passenger", "seat"]
    return Draft("ticket", layout, blocks, ["code", "booking", "platform", *late], 0, TICKET_FIELDS, facts)
