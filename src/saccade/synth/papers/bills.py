"""Invoices and receipts: sums that add up, in several arrangements of which some are held out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from saccade.synth.papers.draft import ITEM, Draft, Facts
from saccade.synth.papers.fields import TABLE_STYLES, Grid, Items, Pairs
from saccade.synth.papers.labels import header_of
from saccade.synth.papers.layout import (
    Beside,
    Block,
    Cell,
    Columns,
    Drawing,
    Fitted,
    Frame,
    Line,
    Lines,
    Look,
    Rule,
    Stack,
    value_line,
)
from saccade.synth.papers.ornaments import barcode, logo
from saccade.synth.papers.values import Maker, Value, write_amount
from saccade.synth.words import pick

TRAIN_INVOICE_LAYOUTS = ("classic", "letter", "band", "boxed", "plain")
HELDOUT_INVOICE_LAYOUTS = ("split", "footer")
TRAIN_RECEIPT_LAYOUTS = ("till", "columns", "slip", "unit")
HELDOUT_RECEIPT_LAYOUTS = ("order", "framed")
TRAIN_INVOICE_TITLES = ("Invoice", "INVOICE", "Tax Invoice", "Bill", "Sales Invoice")
HELDOUT_INVOICE_TITLES = ("Your invoice", "COMMERCIAL INVOICE", "Statement")
TRAIN_THANKS = ("Thank you!", "Thank you for your visit", "Please come again", "Have a nice day", "THANK YOU")
HELDOUT_THANKS = ("Many thanks", "See you soon!", "Thanks for shopping")
TRAIN_GOODS = (
    "Steel bolts", "Office chair", "Printer paper", "Consulting", "Web design", "Cable 5 m", "Desk lamp", "Toner black",
    "Site visit", "Wall paint", "Training day", "USB hub", "Filter set", "Copper pipe", "Hosting", "Repair work", "Oak board",
    "LED panel", "Translation", "Hand soap", "Work gloves", "Box 40 cm", "Tape roll", "Software", "Delivery van", "Safety boots",
    "Battery pack", "Garden hose", "Logo design", "Door handle", "Floor tiles", "Pump", "Valve set", "Sensor", "Notebook A5",
)  # fmt: skip
HELDOUT_GOODS = (
    "Window frame", "Audit", "Monitor arm", "Sand bags", "Photo shoot", "Drill bits", "Envelopes C4", "Cleaning", "Router",
    "Shelf unit", "Carpet", "Spare key",
)  # fmt: skip
TRAIN_FOODS = (
    "Coffee", "Green Tea", "Cheese Roll", "Tomato Soup", "Orange Juice", "Bread", "Butter 250g", "Milk 1L", "Apples 1kg",
    "Eggs x10", "Pizza", "Garden Salad", "Lemonade", "Muffin", "Rice 2kg", "Pasta", "Yogurt", "Bananas", "Sparkling Water",
    "Burger", "French Fries", "Ice Cream", "Honey", "Croissant", "Chicken Wrap", "Olive Oil", "Dark Chocolate", "Carrots",
    "Sandwich", "House Wine", "Cappuccino", "Batteries AA", "Shampoo", "Notebook", "Napkins", "Fish Pie",
)  # fmt: skip
HELDOUT_FOODS = (
    "Espresso", "Bagel", "Cucumber", "Ginger Ale", "Noodles", "Mushrooms", "Plum Cake", "Iced Tea", "Toothpaste", "Steak",
    "Onion Rings", "Jam",
)  # fmt: skip

INVOICE_FIELDS = (
    "company", "company_address", "phone", "email", "tax_id", "invoice_number", "date", "due_date", "po_number",
    "customer_number", "customer", "customer_address", "terms", "iban", "subtotal", "discount", "shipping", "tax", "total",
    "status",
)  # fmt: skip
RECEIPT_FIELDS = (
    "store", "address", "phone", "tax_id", "receipt_number", "date", "time", "cashier", "table_number", "till", "subtotal",
    "discount", "tax", "tip", "total", "payment_method", "card_number", "cash", "change",
)  # fmt: skip
_SUMS = ("subtotal", "discount", "shipping", "tax", "tip", "total")


@dataclass(slots=True)
class Bill:
    """The money of a bill: prices of the items, and what is added to their sum; all in cents."""

    maker: Maker
    names: list[str]
    quantities: list[int]
    prices: list[int]
    extras: dict[str, int]  # "discount" (negative), "shipping", "tip"
    tax_percent: float
    bare_items: bool

    def row(self, index: int) -> dict[str, Value]:
        write, amount = self.maker.currency, self.prices[index] * self.quantities[index]
        quantity = str(self.quantities[index])
        return {
            "name": Value(self.names[index]),
            "quantity": Value(quantity, quantity),
            "price": write_amount(self.prices[index], write, bare=self.bare_items),
            "amount": write_amount(amount, write, bare=self.bare_items),
        }

    def sums(self, num_items: int, left_out: frozenset[str]) -> dict[str, Value]:
        """The amounts below the line for the first `num_items` items; what is left out is not added."""
        extras = {name: cents for name, cents in self.extras.items() if name not in left_out}
        subtotal = sum(price * many for price, many in zip(self.prices[:num_items], self.quantities, strict=False))
        extras = {name: max(cents, -subtotal // 2) for name, cents in extras.items()}
        tax = 0 if "tax" in left_out else round((subtotal + extras.get("discount", 0)) * self.tax_percent / 100)
        cents = {"subtotal": subtotal, "tax": tax, **extras, "total": subtotal + tax + sum(extras.values())}
        return {name: write_amount(value, self.maker.currency) for name, value in cents.items()}


def make_bill(maker: Maker, goods: Sequence[str], num_items: int, high_cents: int, extras: dict[str, int]) -> Bill:
    """Items with different names, and quantities that are mostly small."""
    rng = maker.rng
    names: list[str] = []
    while len(names) < num_items:
        name = maker.fit(pick(rng, goods)).text
        if maker.chance(0.25):
            name = f"{maker.word()} {name.split(' ')[0]}" if maker.chance(0.6) else f"{name} {maker.code('@#').text}"
        if name not in names:
            names.append(name)
    quantities = [int(rng.choice((1, 1, 1, 2, 2, 3, 4, 5, 10, 12))) for _ in names]
    prices = [maker.cents(90, high_cents) for _ in names]
    tax = float(rng.choice((5.0, 7.0, 8.0, 10.0, 19.0, 20.0)))
    return Bill(maker, names, quantities, prices, extras, tax, maker.chance(0.5))


def _columns(maker: Maker, choices: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return choices[int(maker.rng.integers(len(choices)))]


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
    goods = [maker.choose(TRAIN_GOODS, HELDOUT_GOODS)] if num_items < 1 else (
        TRAIN_GOODS if maker.split == "train" else HELDOUT_GOODS)  # fmt: skip
    bill = make_bill(maker, goods, num_items, int(rng.choice((5_000, 50_000, 300_000))), extras)
    for name in ("subtotal", *extras, "tax", "total"):
        facts.put(name, Value("0"), 0.85 if name in ("subtotal", "tax") else 1.0)
    columns = _columns(maker, (("name", "quantity", "price", "amount"), ("quantity", "name", "amount"), ("name", "amount"),
                               ("quantity", "name", "price", "amount"), ("name", "quantity", "amount")))  # fmt: skip
    headers = {name: header_of(rng, name, maker.split) for name in columns}
    if len(set(headers.values())) < len(headers):
        headers = {name: name.title() for name in columns}
    title = maker.choose(TRAIN_INVOICE_TITLES, HELDOUT_INVOICE_TITLES)
    colon, gap = pick(rng, (":", ":", "")), float(rng.uniform(0, 0.5))
    pair_style, sums_style = pick(rng, ("tab", "tab", "right", "spread", "inline", "ruled")), pick(rng, ("spread", "spread", "tab", "right", "ruled"))
    table_style, soft, bold_total = pick(rng, TABLE_STYLES), maker.chance(0.4), maker.chance(0.7)
    mark, seed = maker.chance(0.35), int(rng.integers(1_000_000))
    accent, ground = look.palette.accent, look.palette.ground
    meta_names = ["invoice_number", "date", "due_date", "po_number", "customer_number"]
    if maker.chance(0.3):
        rng.shuffle(meta_names)
    foot_names = ("terms", "iban", "tax_id")

    def blocks(out: frozenset[str], many: int) -> Sequence[Block]:
        facts.values.update({name: value for name, value in bill.sums(many, out | (set(extras) - set(facts.values)) | (
            {"tax"} - set(facts.values))).items() if name in facts.values})  # fmt: skip

        def values(names: Sequence[str], **first: object) -> list[Line]:
            found = [name for name in names if name in facts.values and name not in out]
            return [value_line(name, facts.values[name], **(first if index == 0 else {})) for index, name in enumerate(found)]

        meta = facts.pairs(meta_names, out)
        foot = Pairs(facts.pairs(foot_names, out), pick_style(pair_style), colon or ":", soft_labels=soft)
        sums = [
            pair if pair.name != "total" else type(pair)(pair.name, pair.label, pair.value, bold_total, 1.15 if bold_total else 1.0)
            for pair in facts.pairs(_SUMS, out)
        ]
        totals = Pairs(sums, sums_style, colon, soft_labels=False)
        seller = values(("company", "company_address", "phone", "email"), bold=True, scale=1.3)
        buyer: Block = Stack([
            Pairs(facts.pairs(("customer",), out), "stacked" if layout != "plain" else pair_style, colon, soft_labels=soft),
            Lines(values(("customer_address",))),
        ], 0.4)  # fmt: skip
        table = Items([bill.row(index) for index in range(many)], columns, headers, table_style)
        heading = Line(title, scale=1.5, bold=True, colour=accent if soft else None)
        sign: list[Block] = [Drawing(logo(seed, accent, ground), 3.5)] if mark and "logo" not in out else []
        stamp: list[Block] = []
        if "status" in facts.values and "status" not in out:
            red = (190, 40, 40) if sum(ground) > 380 else (255, 130, 120)
            line = value_line("status", facts.values["status"], bold=True, colour=red)
            stamp = [Columns([Frame(Lines([line], "middle"), outline=red, padding=0.5, kind="stamp"), Lines([])], (0.4, 0.6))]
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
            return [Lines([heading]), parties, Lines(values(("company_address", "phone", "email"))), buyer, meta_block, Rule(),
                    table, *stamp, totals, foot]  # fmt: skip
        if layout == "split":
            total = Frame(Pairs([pair for pair in sums if pair.name == "total"], "spread", ""), fill=accent)
            rest = Pairs([pair for pair in sums if pair.name != "total"], sums_style, colon)
            head = Columns([meta_block, Lines(seller, "right")], (0.5, 0.5))
            return [Lines([heading], "middle"), head, total, *stamp, table, Columns([rest, buyer], (0.55, 0.45)), foot]
        return [Lines([heading], "middle"), Grid(meta, 3), Columns([buyer, totals], (0.45, 0.55)), *stamp, table, foot, Rule(),
                *sign, Lines(seller, "middle")]  # fmt: skip

    optional = ["logo", "iban", "email", "phone", "status", "customer_number", "po_number", "terms", "tax_id", "shipping"]
    optional = _give_up_order(maker, optional + ["customer_address", "company_address", "discount"], num_items,
                              ["subtotal", "tax", "due_date", "customer"])  # fmt: skip
    return Draft("invoice", layout, blocks, optional, num_items, INVOICE_FIELDS, columns, facts.labels)


def pick_style(style: str) -> str:
    """A style for the few pairs at the foot: ruled ones look lost there."""
    return "tab" if style in ("ruled", "spread") else style


def _give_up_order(maker: Maker, early: list[str], num_items: int, late: list[str]) -> list[str]:
    """Rows of items are given up among the early ones, so that some of both stay."""
    order = [*early, *[ITEM] * max(0, num_items - 2)]
    maker.rng.shuffle(order)
    return [*order, *[ITEM] * min(1, max(0, num_items - 1)), *late]


@dataclass(slots=True)
class UnitItems:
    """Items on two lines each: the name, then "2 x 3.50" with the amount at the right."""

    rows: Sequence[dict[str, Value]]

    def fit(self, look: Look, width: float) -> Fitted | None:
        chosen, indent, space = look.setting(look.styles.regular), 1.5 * look.x_height_px, 0.8 * look.x_height_px
        whole = Fitted(0.0)
        for index, row in enumerate(self.rows):
            cells: list[Cell] = []
            x = indent
            for text, column in ((row["quantity"].text, "quantity"), ("x", ""), (row["price"].text, "price")):
                name = f"items/{index}/{column}" if column else ""
                cells.append(Cell(text, x, 0, chosen, look.palette.ink, name, row.get(column)))
                x += look.width(text, chosen) + space
            amount = row["amount"]
            left = width - look.width(amount.text, chosen)
            if left < x or look.width(row["name"].text, chosen) > width:
                return None
            cells.append(Cell(amount.text, left, 0, chosen, look.palette.ink, f"items/{index}/amount", amount))
            base = whole.height + chosen.ascent
            whole.rows.append([Cell(row["name"].text, 0, base, chosen, look.palette.ink, f"items/{index}/name", row["name"])])
            base += chosen.height + look.line_gap * 0.5
            for cell in cells:
                object.__setattr__(cell, "base", base)
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
    by_card = maker.chance(0.5)
    facts.put("payment_method", maker.pick(("Visa", "Mastercard", "Debit", "Card") if by_card else ("Cash",)), 0.6)
    if by_card:
        facts.put("card_number", maker.code(pick(rng, ("**** ####", "XXXX ####", "************####"))), 0.7)
    paid_cents = int(rng.choice((500, 1000, 2000))) if not by_card and maker.chance(0.6) else 0
    for name in ("cash", "change") if paid_cents else ():
        facts.put(name, Value("0"))
    columns = _columns(maker, (("name", "amount"), ("quantity", "name", "amount"), ("name", "quantity", "amount")))
    if layout in ("columns", "framed"):
        columns = _columns(maker, (("quantity", "name", "amount"), ("name", "quantity", "amount"), ("name", "quantity", "price", "amount")))
    headers = {name: header_of(rng, name, maker.split) for name in columns} if layout in ("columns", "framed") or maker.chance(0.2) else {}
    if len(set(headers.values())) < len(headers):
        headers = {name: name.title() for name in columns}
    rule, colon = pick(rng, ("dashed", "dashed", "solid", "double")), pick(rng, (":", ":", ""))
    meta_style = pick(rng, ("inline", "spread", "tab", "spread"))
    meta_names = ["receipt_number", "date", "time", "cashier", "table_number", "till"]
    rng.shuffle(meta_names)
    thanks = maker.fit(maker.choose(TRAIN_THANKS, HELDOUT_THANKS)).text
    code_at_end, seed, bold_total = maker.chance(0.3), int(rng.integers(1_000_000)), maker.chance(0.7)
    head_align, big = pick(rng, ("middle", "middle", "left")), float(rng.uniform(1.1, 1.6))

    def blocks(out: frozenset[str], many: int) -> Sequence[Block]:
        absent = out | ({*extras, "tax"} - set(facts.values))
        sums_now = bill.sums(max(1, many), absent)
        total_cents = int(str(sums_now["total"].number).replace(".", ""))
        if paid_cents:
            paid = -(-total_cents // paid_cents) * paid_cents
            sums_now["cash"] = write_amount(paid, maker.currency)
            sums_now["change"] = write_amount(paid - total_cents, maker.currency)
        facts.values.update({name: value for name, value in sums_now.items() if name in facts.values})

        def values(names: Sequence[str], **first: object) -> list[Line]:
            found = [name for name in names if name in facts.values and name not in out]
            return [value_line(name, facts.values[name], **(first if index == 0 else {})) for index, name in enumerate(found)]

        head = values(("store", "address"), bold=True, scale=big)
        contact = Pairs(facts.pairs(("phone", "tax_id"), out), "inline", colon or ":")
        meta = Pairs(facts.pairs(meta_names, out), meta_style, colon or ":")
        rows = [bill.row(index) for index in range(many)]
        sums = [
            pair if pair.name != "total" else type(pair)(pair.name, pair.label, pair.value, bold_total, 1.2 if bold_total else 1.0)
            for pair in facts.pairs(_SUMS, out)
        ]
        totals = Pairs(sums, "spread", colon)
        paying = Pairs(facts.pairs(("payment_method", "card_number", "cash", "change"), out), "spread", colon)
        ending: list[Block] = [] if "thanks" in out else [Lines([Line(thanks)], "middle")]
        if code_at_end and "barcode" not in out:
            ending.append(Drawing(barcode(seed, look.palette.ink), 3.5, 22.0, "middle"))
        line: Callable[[], Block] = lambda: Rule(rule)  # noqa: E731
        table: list[Block] = [Items(rows, columns, headers, "plain" if layout != "framed" else "grid")] if rows else []
        if layout == "till":
            return [Lines(head, head_align), contact, line(), meta, line(), *table, line(), totals, paying, line(), *ending]
        if layout == "columns":
            return [Lines(head), contact, meta, *table, totals, line(), paying, *ending]
        if layout == "slip":
            return [Lines(head, head_align), contact, line(), Lines([Line("CARD PAYMENT" if by_card else "SALE", bold=True)], "middle"),
                    meta, paying, line(), totals, *ending]  # fmt: skip
        if layout == "unit":
            return [Lines(head, head_align), contact, line(), UnitItems(rows), line(), totals, paying, line(), meta, *ending]
        if layout == "order":
            return [meta, line(), *table, line(), totals, paying, line(), *ending, Lines(head, "middle"), contact]
        grid = Grid(facts.pairs(meta_names, out), 2, lined=True)
        return [Frame(Lines(head, "middle"), fill=look.palette.accent), contact, grid, *table, Frame(totals, outline=look.palette.rule), paying, *ending]

    optional = ["barcode", "thanks", "till", "tax_id", "table_number", "cashier", "card_number", "phone", "tip", "discount"]
    optional = _give_up_order(maker, [*optional, "address", "change", "cash"], num_items,
                              ["payment_method", "subtotal", "tax", "receipt_number", "time"])  # fmt: skip
    return Draft("receipt", layout, blocks, optional, num_items, RECEIPT_FIELDS, columns if num_items else (), facts.labels)
