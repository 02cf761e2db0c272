"""Receipts and payment slips in several arrangements, of which some are held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
from saccade.synth.papers.fields import Grid, Items, Pairs
from saccade.synth.papers.layout import (
    Block,
    Cell,
    Drawing,
    Fitted,
    Frame,
    Line,
    Lines,
    Look,
    Rule,
)
from saccade.synth.papers.ornaments import barcode
from saccade.synth.papers.values import Maker, Value, write_amount
from saccade.synth.words import pick

TRAIN_RECEIPT_LAYOUTS = ("till", "columns", "slip", "unit")
HELDOUT_RECEIPT_LAYOUTS = ("order", "framed")
TRAIN_THANKS = ("Thank you!", "Thank you for your visit", "Please come again", "Have a nice day", "THANK YOU")
HELDOUT_THANKS = ("Many thanks", "See you soon!", "Thanks for shopping")
TRAIN_FOODS = (
    "Coffee", "Green Tea", "Cheese Roll", "Tomato Soup", "Orange Juice", "Bread", "Butter 250g", "Milk 1L",
    "Apples 1kg", "Eggs x10", "Pizza", "Garden Salad", "Lemonade", "Muffin", "Rice 2kg", "Pasta", "Yogurt", "Bananas",
    "Sparkling Water", "Burger", "French Fries", "Ice Cream", "Honey", "Croissant", "Chicken Wrap", "Olive Oil",
    "Dark Chocolate", "Carrots", "Sandwich", "House Wine", "Cappuccino", "Batteries AA", "Shampoo", "Notebook",
    "Napkins", "Fish Pie",
)  # fmt: skip
HELDOUT_FOODS = (
    "Espresso", "Bagel", "Cucumber", "Ginger Ale", "Noodles", "Mushrooms", "Plum Cake", "Iced Tea", "Toothpaste",
    "Steak", "Onion Rings", "Jam",
)  # fmt: skip
RECEIPT_FIELDS = (
    "store", "address", "phone", "tax_id", "receipt_number", "date", "time", "cashier", "table_number", "till",
    "subtotal", "discount", "tax", "tip", "total", "payment_method", "card_number", "cash", "change",
)  # fmt: skip
_NARROW = (("name", "amount"), ("quantity", "name", "amount"), ("name", "quantity", "amount"))
_WIDE = (("quantity", "name", "amount"), ("name", "quantity", "amount"), ("name", "quantity", "price", "amount"))


@dataclass(slots=True)
class UnitItems:
    """Items on two lines each: the name, then "2 x 3.50" with the amount at the right."""

    rows: Sequence[dict[str, Value]]

    def fit(self, look: Look, width: float) -> Fitted | None:
        chosen, indent, space = look.setting(look.styles.regular), 1.5 * look.x_height_px, 0.8 * look.x_height_px
        whole = Fitted(0.0)
        for index, row in enumerate(self.rows):
            name, amount, base = row["name"], row["amount"], whole.height + chosen.ascent
            left = width - look.width(amount.text, chosen)
            if look.width(name.text, chosen) > width:
                return None
            whole.rows.append([Cell(name.text, 0, base, chosen, look.palette.ink, f"items/{index}/name", name)])
            base += chosen.height + look.line_gap * 0.5
            cells, x = [], indent
            for text, column in ((row["quantity"].text, "quantity"), ("x", ""), (row["price"].text, "price")):
                field = f"items/{index}/{column}" if column else ""
                cells.append(Cell(text, x, base, chosen, look.palette.ink, field, row.get(column)))
                x += look.width(text, chosen) + space
            if left < x:
                return None
            cells.append(Cell(amount.text, left, base, chosen, look.palette.ink, f"items/{index}/amount", amount))
            whole.rows.append(cells)
            whole.height = base + chosen.descent + look.line_gap
        return whole if whole.rows else None


def draft_receipt(maker: Maker, look: Look, layout: str, num_items: int) -> Draft:
    """A receipt of up to `num_items` items; a payment slip has none."""
    rng, facts = maker.rng, Facts(maker, capitals=maker.chance(0.25))
    num_items = 0 if layout == "slip" else num_items
    facts.put("store", maker.shop())
    if facts.capitals and maker.chance(0.5):
        facts.values["store"] = Value(facts.values["store"].text.upper())
    facts.put("address", maker.address(), 0.7)
    facts.put("phone", maker.phone(), 0.5)
    facts.put("tax_id", maker.code("##-#######"), 0.25)
    facts.put("receipt_number", maker.code(pick(rng, ("#####", "####", "@###", "00####"))), 0.75)
    facts.put("date", maker.date())
    facts.put("time", maker.clock(), 0.75)
    facts.put("cashier", maker.first_name(), 0.45)
    facts.put("table_number", Value(str(rng.integers(1, 40))), 0.2)
    facts.put("till", Value(f"{rng.integers(1, 20):02d}"), 0.2)
    extras = {"discount": -maker.cents(20, 300)} if maker.chance(0.2) else {}
    if maker.chance(0.2):
        extras["tip"] = maker.cents(100, 600)
    foods = TRAIN_FOODS if maker.split == "train" else HELDOUT_FOODS
    bill = make_bill(maker, foods, max(1, num_items), int(rng.choice((900, 2500))), extras)
    for name in ("subtotal", *extras, "tax", "total"):
        facts.put(name, Value("0"), 0.7 if name in ("subtotal", "tax") else 1.0)
    tell_tax(facts, bill)
    by_card = maker.chance(0.5)
    facts.put("payment_method", maker.pick(("Visa", "Mastercard", "Debit", "Card") if by_card else ("Cash",)), 0.6)
    if by_card:
        facts.put("card_number", maker.code(pick(rng, ("**** ####", "XXXX ####", "************####"))), 0.7)
    paid_cents = int(rng.choice((500, 1000, 2000))) if not by_card and maker.chance(0.6) else 0
    for name in ("cash", "change") if paid_cents else ():
        facts.put(name, Value("0"))
    columns = choose_columns(maker, _WIDE if layout in ("columns", "framed") else _NARROW)
    headers = choose_headers(maker, columns) if layout in ("columns", "framed") or maker.chance(0.2) else {}
    rule, colon = pick(rng, ("dashed", "dashed", "solid", "double")), pick(rng, (":", ":", ""))
    meta_style = pick(rng, ("inline", "spread", "tab", "spread"))
    meta_names = ["receipt_number", "date", "time", "cashier", "table_number", "till"]
    rng.shuffle(meta_names)
    thanks = maker.fit(maker.choose(TRAIN_THANKS, HELDOUT_THANKS)).text
    code_at_end, seed, total_scale = maker.chance(0.3), int(rng.integers(1_000_000)), 1.2 if maker.chance(0.7) else 1.0
    head_align, big = pick(rng, ("middle", "middle", "left")), float(rng.uniform(1.1, 1.6))

    def blocks(out: frozenset[str], many: int) -> Sequence[Block]:
        total_cents = add_sums(facts, bill, max(1, many), out)
        if paid_cents:
            paid = -(-total_cents // paid_cents) * paid_cents
            facts.values["cash"] = write_amount(paid, maker.currency)
            facts.values["change"] = write_amount(paid - total_cents, maker.currency)
        head = value_lines(facts, out, ("store", "address"), big)
        contact = Pairs(facts.pairs(("phone", "tax_id"), out), "inline", colon or ":")
        meta = Pairs(facts.pairs(meta_names, out), meta_style, colon or ":")
        rows = [bill.row(index) for index in range(many)]
        totals = Pairs(sum_pairs(facts, out, total_scale), "spread", colon)
        paying = Pairs(facts.pairs(("payment_method", "card_number", "cash", "change"), out), "spread", colon)
        ending: list[Block] = [] if "thanks" in out else [Lines([Line(thanks)], "middle")]
        if code_at_end and "barcode" not in out:
            ending.append(Drawing(barcode(seed, look.palette.ink), 3.5, 22.0, "middle"))
        line = Rule(rule)
        table: list[Block] = [Items(rows, columns, headers, "plain" if layout != "framed" else "grid")] if rows else []
        if layout == "till":
            return [Lines(head, head_align), contact, line, meta, line, *table, line, totals, paying, line, *ending]
        if layout == "columns":
            return [Lines(head), contact, meta, *table, totals, line, paying, *ending]
        if layout == "slip":
            title = Lines([Line("CARD PAYMENT" if by_card else "SALE", bold=True)], "middle")
            return [Lines(head, head_align), contact, line, title, meta, paying, line, totals, *ending]
        if layout == "unit":
            return [Lines(head, head_align), contact, line, UnitItems(rows), line, totals, paying, line, meta, *ending]
        if layout == "order":
            return [meta, line, *table, line, totals, paying, line, *ending, Lines(head, "middle"), contact]
        grid = Grid(facts.pairs(meta_names, out), 2, lined=True)
        band = Frame(Lines(head, "middle"), fill=look.palette.accent)
        return [band, contact, grid, *table, Frame(totals, outline=look.palette.rule), paying, *ending]

    early = ["barcode", "thanks", "till", "tax_id", "table_number", "cashier", "card_number", "phone", "tip",
             "discount", "address", "change", "cash"]  # fmt: skip
    late = ["payment_method", "subtotal", "tax", "receipt_number", "time"]
    optional = give_up_order(maker, early, num_items, late)
    return Draft("receipt", layout, blocks, optional, num_items, RECEIPT_FIELDS, facts)
