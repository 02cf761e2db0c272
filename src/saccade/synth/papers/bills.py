"""The money of invoices and receipts: items and sums that add up, and which of them a bill gives up first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from saccade.synth.papers.draft import ITEM, Facts
from saccade.synth.papers.fields import Pair
from saccade.synth.papers.labels import header_of
from saccade.synth.papers.layout import Line, value_line
from saccade.synth.papers.values import Maker, Value, write_amount
from saccade.synth.words import pick

SUMS = ("subtotal", "discount", "shipping", "tax", "tip", "total")
_PERCENT = re.compile(r"\d+(?=%)")


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


def tell_tax(facts: Facts, bill: Bill) -> None:
    """Put the bill's own rate into a label such as "VAT 20%"."""
    if "tax" in facts.labels:
        facts.labels["tax"] = _PERCENT.sub(f"{bill.tax_percent:g}", facts.labels["tax"])


def add_sums(facts: Facts, bill: Bill, num_items: int, left_out: frozenset[str]) -> int:
    """Set the sums that the facts carry, for the first `num_items` items; the total in cents comes back."""
    absent = left_out | ({*bill.extras, "tax"} - set(facts.values))
    sums = bill.sums(num_items, absent)
    facts.values.update({name: value for name, value in sums.items() if name in facts.values})
    return int(str(sums["total"].number).replace(".", ""))


def choose_columns(maker: Maker, choices: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The columns of the list of items, in order."""
    return choices[int(maker.rng.integers(len(choices)))]


def give_up_order(maker: Maker, early: list[str], num_items: int, late: list[str]) -> list[str]:
    """Rows of items are given up among the early ones, so that some of both stay."""
    order = [*early, *[ITEM] * max(0, num_items - 2)]
    maker.rng.shuffle(order)
    return [*order, *[ITEM] * min(1, max(0, num_items - 1)), *late]


def choose_headers(maker: Maker, columns: Sequence[str]) -> dict[str, str]:
    """What stands above the columns; no two alike."""
    headers = {name: header_of(maker.rng, name, maker.split) for name in columns}
    return headers if len(set(headers.values())) == len(headers) else {name: name.title() for name in columns}


def sum_pairs(facts: Facts, left_out: frozenset[str], total_scale: float) -> list[Pair]:
    """The amounts below the items; a `total_scale` above 1 makes the total bold and that much larger."""
    return [
        replace(pair, bold=total_scale > 1, scale=total_scale) if pair.name == "total" else pair
        for pair in facts.pairs(SUMS, left_out)
    ]


def value_lines(facts: Facts, left_out: frozenset[str], names: Sequence[str], scale: float = 1.0) -> list[Line]:
    """The values of `names` without labels; the first one bold and `scale` times as large."""
    found = [name for name in names if name in facts.values and name not in left_out]
    return [
        value_line(name, facts.values[name], bold=index == 0 and scale > 1, scale=scale if index == 0 else 1.0)
        for index, name in enumerate(found)
    ]
