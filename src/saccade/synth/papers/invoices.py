"""Invoices in several arrangements, of which some are held out."""

from __future__ import annotations

from collections.abc import Sequence

from saccade.synth.papers.bills import (
    add_sums,
    choose_columns,
    choose_headers,
    give_up_order,
    make_bill,
    sum_pairs,
    tell_tax,
    value_lines,
)
from saccade.synth.papers.draft import Draft, Facts
from saccade.synth.papers.fields import TABLE_STYLES, Grid, Items, Pairs
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
from saccade.synth.papers.ornaments import logo
from saccade.synth.papers.values import Maker, Value
from saccade.synth.words import pick

TRAIN_INVOICE_LAYOUTS = ("classic", "letter", "band", "boxed", "plain")
HELDOUT_INVOICE_LAYOUTS = ("split", "footer")
TRAIN_INVOICE_TITLES = ("Invoice", "INVOICE", "Tax Invoice", "Bill", "Sales Invoice")
HELDOUT_INVOICE_TITLES = ("Your invoice", "COMMERCIAL INVOICE", "Statement")
TRAIN_GOODS = (
    "Steel bolts", "Office chair", "Printer paper", "Consulting", "Web design", "Cable 5 m", "Desk lamp",
    "Toner black", "Site visit", "Wall paint", "Training day", "USB hub", "Filter set", "Copper pipe", "Hosting",
    "Repair work", "Oak board", "LED panel", "Translation", "Hand soap", "Work gloves", "Box 40 cm", "Tape roll",
    "Software", "Delivery van", "Safety boots", "Battery pack", "Garden hose", "Logo design", "Door handle",
    "Floor tiles", "Pump", "Valve set", "Sensor", "Notebook A5",
)  # fmt: skip
HELDOUT_GOODS = (
    "Window frame", "Audit", "Monitor arm", "Sand bags", "Photo shoot", "Drill bits", "Envelopes C4", "Cleaning",
    "Router", "Shelf unit", "Carpet", "Spare key",
)  # fmt: skip
INVOICE_FIELDS = (
    "company", "company_address", "phone", "email", "tax_id", "invoice_number", "date", "due_date", "po_number",
    "customer_number", "customer", "customer_address", "terms", "iban", "subtotal", "discount", "shipping", "tax",
    "total", "status",
)  # fmt: skip
_COLUMNS = (
    ("name", "quantity", "price", "amount"), ("quantity", "name", "amount"), ("name", "amount"),
    ("quantity", "name", "price", "amount"), ("name", "quantity", "amount"),
)  # fmt: skip


def draft_invoice(maker: Maker, look: Look, layout: str, num_items: int) -> Draft:
    """An invoice of up to `num_items` items."""
    rng, facts = maker.rng, Facts(maker, capitals=maker.chance(0.1))
    company = maker.company()
    facts.put("company", company)
    facts.put("company_address", maker.address(), 0.7)
    facts.put("phone", maker.phone(), 0.35)
    facts.put("email", maker.email(host=maker.host(company.text)), 0.35)
    facts.put("tax_id", maker.code(pick(rng, ("@@#########", "##-#######", "@@ ### ### ###"))), 0.4)
    number = pick(rng, ("INV-####", "#####", "####/##", "@@-####", "20##-###", "######"))
    facts.put("invoice_number", maker.code(number))
    facts.put("date", maker.date())
    if maker.chance(0.3):
        facts.labels["date"] = maker.choose(("Invoice date",), ("Date of invoice",))
    facts.put("due_date", maker.date(int(rng.integers(7, 60))), 0.65)
    facts.put("po_number", maker.code(pick(rng, ("PO####", "######", "@####"))), 0.4)
    facts.put("customer_number", maker.code(pick(rng, ("C-####", "#####", "K###"))), 0.3)
    facts.put("customer", maker.company() if maker.chance(0.6) else maker.person())
    facts.put("customer_address", maker.address(), 0.6)
    facts.put("terms", maker.pick(("30 days", "14 days net", "On receipt", "Net 60", "7 days")), 0.35)
    facts.put("iban", maker.code(pick(rng, ("DE## #### #### ####", "FR## #### #### ##", "GB## @@@@ #### ####"))), 0.4)
    facts.put("status", maker.pick(("PAID", "OPEN", "OVERDUE", "COPY")), 0.15)
    extras = {"discount": -maker.cents(100, 4000)} if maker.chance(0.25) else {}
    if maker.chance(0.35):
        extras["shipping"] = maker.cents(300, 5000)
    goods = TRAIN_GOODS if maker.split == "train" else HELDOUT_GOODS
    bill = make_bill(maker, goods, num_items, int(rng.choice((5_000, 50_000, 300_000))), extras)
    for name in ("subtotal", *extras, "tax", "total"):
        facts.put(name, Value("0"), 0.85 if name in ("subtotal", "tax") else 1.0)
    tell_tax(facts, bill)
    columns = choose_columns(maker, _COLUMNS)
    headers = choose_headers(maker, columns)
    title = maker.choose(TRAIN_INVOICE_TITLES, HELDOUT_INVOICE_TITLES)
    colon, gap = pick(rng, (":", ":", "")), float(rng.uniform(0, 0.5))
    pair_style = pick(rng, ("tab", "tab", "right", "spread", "inline", "ruled"))
    foot_style = "tab" if pair_style in ("ruled", "spread") else pair_style  # those look lost around few pairs
    sums_style = pick(rng, ("spread", "spread", "tab", "right", "ruled"))
    table_style, soft, total_scale = pick(rng, TABLE_STYLES), maker.chance(0.4), 1.15 if maker.chance(0.7) else 1.0
    mark, seed = maker.chance(0.35), int(rng.integers(1_000_000))
    accent, ground = look.palette.accent, look.palette.ground
    meta_names = ["invoice_number", "date", "due_date", "po_number", "customer_number"]
    if maker.chance(0.3):
        rng.shuffle(meta_names)
    foot_names = ("terms", "iban", "tax_id")

    def blocks(out: frozenset[str], many: int) -> Sequence[Block]:
        add_sums(facts, bill, many, out)
        meta = facts.pairs(meta_names, out)
        foot = Pairs(facts.pairs(foot_names, out), foot_style, colon or ":", soft_labels=soft)
        sums = sum_pairs(facts, out, total_scale)
        totals = Pairs(sums, sums_style, colon, soft_labels=False)
        seller = value_lines(facts, out, ("company", "company_address", "phone", "email"), 1.3)
        buyer_style = "stacked" if layout != "plain" else pair_style
        buyer_pair = Pairs(facts.pairs(("customer",), out), buyer_style, colon, soft_labels=soft)
        buyer = Stack([buyer_pair, Lines(value_lines(facts, out, ("customer_address",)))], 0.4)
        table = Items([bill.row(index) for index in range(many)], columns, headers, table_style)
        heading = Line(title, scale=1.5, bold=True, colour=accent if soft else None)
        sign: list[Block] = [Drawing(logo(seed, accent, ground), 3.5)] if mark and "logo" not in out else []
        stamp: list[Block] = []
        if "status" in facts.values and "status" not in out:
            red = (190, 40, 40) if sum(ground) > 380 else (255, 130, 120)
            line = value_line("status", facts.values["status"], bold=True, colour=red)
            box = Frame(Lines([line], "middle"), outline=red, padding=0.5, kind="stamp")
            stamp = [Columns([box, Lines([])], (0.4, 0.6))]
        meta_block = Pairs(meta, pair_style, colon, gap=gap, soft_labels=soft)
        bottom = Columns([foot, totals], (0.45, 0.55))
        if layout == "classic":
            head = Columns([Lines(seller), Lines([heading], "right")], (0.58, 0.42))
            return [*sign, head, Rule(), Columns([buyer, meta_block], (0.48, 0.52)), *stamp, table, bottom]
        if layout == "letter":
            return [*sign, Lines(seller, "middle"), Rule("double"), Lines([heading]), buyer, meta_block, *stamp, table,
                    totals, Rule(), foot]  # fmt: skip
        if layout == "band":
            band = Frame(Beside([seller[0], Line(title, bold=True)]), fill=accent, bleed=(40.0, 40.0))
            return [band, Lines(seller[1:]), Grid(meta, 3, lined=soft), buyer, *stamp, table,
                    Frame(totals, fill=look.palette.soft), foot]  # fmt: skip
        if layout == "boxed":
            frame = Frame(meta_block, outline=look.palette.rule)
            return [Lines([heading], "middle"), Columns([Stack([*sign, Lines(seller)]), frame], (0.48, 0.52)),
                    Frame(buyer, outline=look.palette.rule), *stamp, table, bottom]  # fmt: skip
        if layout == "plain":
            parties = Pairs(facts.pairs(("company",), out), pair_style, colon, soft_labels=soft)
            reach = Lines(value_lines(facts, out, ("company_address", "phone", "email")))
            return [Lines([heading]), parties, reach, buyer, meta_block, Rule(), table, *stamp, totals, foot]
        if layout == "split":
            total = Frame(Pairs([pair for pair in sums if pair.name == "total"], "spread", ""), fill=accent)
            rest = Pairs([pair for pair in sums if pair.name != "total"], sums_style, colon)
            head = Columns([meta_block, Lines(seller, "right")], (0.5, 0.5))
            return [Lines([heading], "middle"), head, total, *stamp, table, Columns([rest, buyer], (0.55, 0.45)), foot]
        middle = Columns([buyer, totals], (0.45, 0.55))
        end = [Rule(), *sign, Lines(seller, "middle")]
        return [Lines([heading], "middle"), Grid(meta, 3), middle, *stamp, table, foot, *end]

    early = ["logo", "iban", "email", "phone", "status", "customer_number", "po_number", "terms", "tax_id", "shipping",
             "customer_address", "company_address", "discount"]  # fmt: skip
    optional = give_up_order(maker, early, num_items, ["subtotal", "tax", "due_date", "customer"])
    return Draft("invoice", layout, blocks, optional, num_items, INVOICE_FIELDS, facts)
