"""Product cards of a shop: a drawn thing in one colour with its name, brand, price and properties."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from saccade.synth.background import Colour, luma
from saccade.synth.canvas import Canvas
from saccade.synth.palette import mix
from saccade.synth.papers.draft import Draft, Facts
from saccade.synth.papers.fields import Grid, Pairs
from saccade.synth.papers.layout import Beside, Block, Columns, Drawing, Frame, Line, Lines, Look, Stack, value_line
from saccade.synth.papers.values import Maker, Value, write_amount
from saccade.synth.shapes import COLOURS
from saccade.synth.words import pick
from saccade.types import Box

TRAIN_PRODUCT_LAYOUTS = ("tall", "wide", "specs", "headline")
HELDOUT_PRODUCT_LAYOUTS = ("photo right", "photo last")
TRAIN_ADJECTIVES = (
    "Classic",
    "Urban",
    "Nordic",
    "Soft",
    "Mini",
    "Pro",
    "Light",
    "Retro",
    "Comfort",
    "Prime",
    "Slim",
    "Bold",
)
HELDOUT_ADJECTIVES = ("Modern", "Compact", "Royal", "Active", "Pure")
TRAIN_BUTTONS = ("Add to cart", "Buy now", "Add to bag")
HELDOUT_BUTTONS = ("Order", "Put in basket")
PRODUCT_FIELDS = (
    "product", "brand", "price", "old_price", "colour", "size", "material", "weight", "rating", "reviews", "sku",
    "availability", "warranty", "origin", "category",
)  # fmt: skip
PRODUCT_COLOURS = ("red", "green", "blue", "yellow", "orange", "purple", "pink", "brown", "black")
TAXONOMY: Mapping[str, tuple[str, ...]] = {
    "kitchen": ("mug", "bottle", "pan"),
    "lighting": ("lamp",),
    "furniture": ("chair", "table", "shelf"),
    "clothing": ("shirt", "hat"),
    "bags": ("bag", "backpack"),
    "electronics": ("phone", "watch", "monitor"),
    "books": ("book",),
    "toys": ("ball", "kite"),
}  # fmt: skip
_MATERIALS = ("Cotton", "Steel", "Oak", "Leather", "Glass", "Plastic", "Wool", "Linen", "Bamboo", "Ceramic")

Pen = Callable[[Sequence[tuple[float, float]], Colour], None]


def _draw_thing(canvas: Canvas, box: Box, thing: str, colour: Colour) -> None:
    """The thing in a unit square fitted into `box`, in its colour with darker details."""
    side = min(box.x1 - box.x0, box.y1 - box.y0)
    left, top = (box.x0 + box.x1 - side) / 2, (box.y0 + box.y1 - side) / 2
    dark = mix(colour, (0, 0, 0), 0.35) if luma(colour) > 60 else mix(colour, (255, 255, 255), 0.4)

    def at(x0: float, y0: float, x1: float, y1: float) -> Box:
        return Box(left + x0 * side, top + y0 * side, left + x1 * side, top + y1 * side)

    def shape(points: Sequence[tuple[float, float]], fill: Colour = colour) -> None:
        canvas.polygon([(left + x * side, top + y * side) for x, y in points], fill)

    def bar(x0: float, y0: float, x1: float, y1: float, fill: Colour = colour, radius: float = 0.0) -> None:
        canvas.rectangle(at(x0, y0, x1, y1), fill, radius=radius * side)

    pen = max(2.0, side * 0.05)
    if thing == "mug":
        canvas.ellipse(at(0.55, 0.35, 0.95, 0.72), None, colour, pen * 1.4)
        bar(0.12, 0.2, 0.72, 0.88, radius=0.06)
        bar(0.12, 0.2, 0.72, 0.28, dark)
    elif thing == "bottle":
        bar(0.4, 0.05, 0.6, 0.3, dark)
        bar(0.28, 0.25, 0.72, 0.97, radius=0.12)
    elif thing == "pan":
        bar(0.6, 0.45, 1.0, 0.55, dark)
        canvas.ellipse(at(0.0, 0.2, 0.62, 0.8), colour, dark, pen)
    elif thing == "lamp":
        shape([(0.3, 0.08), (0.7, 0.08), (0.92, 0.48), (0.08, 0.48)])
        bar(0.46, 0.48, 0.54, 0.9, dark)
        bar(0.25, 0.88, 0.75, 0.96, dark)
    elif thing == "chair":
        bar(0.2, 0.05, 0.3, 0.95, dark)
        bar(0.2, 0.05, 0.32, 0.5)
        bar(0.2, 0.48, 0.8, 0.6)
        bar(0.7, 0.6, 0.8, 0.95, dark)
    elif thing == "table":
        bar(0.03, 0.3, 0.97, 0.42)
        bar(0.1, 0.42, 0.19, 0.9, dark)
        bar(0.81, 0.42, 0.9, 0.9, dark)
    elif thing == "shelf":
        bar(0.1, 0.05, 0.9, 0.95)
        for row in range(3):
            bar(0.17, 0.12 + row * 0.28, 0.83, 0.32 + row * 0.28, dark)
    elif thing == "shirt":
        shape([(0.3, 0.1), (0.7, 0.1), (0.98, 0.3), (0.85, 0.48), (0.74, 0.4), (0.74, 0.92), (0.26, 0.92), (0.26, 0.4),
               (0.15, 0.48), (0.02, 0.3)])  # fmt: skip
        shape([(0.4, 0.1), (0.6, 0.1), (0.5, 0.22)], dark)
    elif thing == "hat":
        canvas.ellipse(at(0.0, 0.6, 1.0, 0.85), colour)
        bar(0.25, 0.2, 0.75, 0.72, radius=0.12)
        bar(0.25, 0.55, 0.75, 0.65, dark)
    elif thing == "bag":
        canvas.ellipse(at(0.28, 0.05, 0.72, 0.6), None, dark, pen)
        shape([(0.12, 0.35), (0.88, 0.35), (0.97, 0.95), (0.03, 0.95)])
    elif thing == "backpack":
        canvas.ellipse(at(0.35, 0.0, 0.65, 0.25), None, dark, pen)
        bar(0.15, 0.1, 0.85, 0.97, radius=0.2)
        bar(0.28, 0.55, 0.72, 0.87, dark, 0.05)
    elif thing == "phone":
        bar(0.27, 0.03, 0.73, 0.97, radius=0.07)
        bar(0.32, 0.12, 0.68, 0.84, mix(dark, (255, 255, 255), 0.75))
    elif thing == "watch":
        bar(0.36, 0.0, 0.64, 1.0)
        canvas.ellipse(at(0.22, 0.22, 0.78, 0.78), colour, dark, pen)
        canvas.ellipse(at(0.32, 0.32, 0.68, 0.68), (245, 245, 245))
        canvas.stroke([(left + 0.5 * side, top + 0.37 * side), (left + 0.5 * side, top + 0.5 * side),
                       (left + 0.6 * side, top + 0.5 * side)], (20, 20, 20), pen / 2)  # fmt: skip
    elif thing == "monitor":
        bar(0.02, 0.12, 0.98, 0.72, radius=0.03)
        bar(0.07, 0.18, 0.93, 0.66, mix(dark, (255, 255, 255), 0.75))
        bar(0.45, 0.72, 0.55, 0.86, dark)
        bar(0.3, 0.84, 0.7, 0.9, dark)
    elif thing == "book":
        bar(0.18, 0.08, 0.82, 0.94)
        bar(0.18, 0.08, 0.27, 0.94, dark)
        bar(0.38, 0.25, 0.72, 0.3, dark)
        bar(0.38, 0.36, 0.62, 0.4, dark)
    elif thing == "ball":
        canvas.ellipse(at(0.08, 0.08, 0.92, 0.92), colour, dark, pen / 2)
        canvas.stroke([(left + 0.1 * side, top + 0.5 * side), (left + 0.9 * side, top + 0.5 * side)], dark, pen)
    else:
        assert thing == "kite", thing
        shape([(0.5, 0.02), (0.82, 0.35), (0.5, 0.75), (0.18, 0.35)])
        canvas.stroke([(left + 0.5 * side, top + 0.02 * side), (left + 0.5 * side, top + 0.97 * side)], dark, pen / 2)


def _photo(thing: str, colour_name: str, colour: Colour, ground: Colour) -> Callable[[Canvas, Box], None]:
    def draw(canvas: Canvas, box: Box) -> None:
        canvas.rectangle(box, ground)
        pad = 0.1 * min(box.x1 - box.x0, box.y1 - box.y0)
        _draw_thing(canvas, Box(box.x0 + pad, box.y0 + pad, box.x1 - pad, box.y1 - pad), thing, colour)
        canvas.thing("photo", Box(box.x0, box.y0, box.x1, box.y1, f"{colour_name} {thing}"), colour_name)

    return draw


def draft_product(maker: Maker, look: Look, layout: str, num_items: int) -> Draft:
    """A product card; it has no items. Colour and category are `seen`, and sometimes printed too."""
    rng, facts = maker.rng, Facts(maker)
    category = pick(rng, tuple(TAXONOMY))
    thing, colour_name = pick(rng, TAXONOMY[category]), pick(rng, PRODUCT_COLOURS)
    first = maker.choose(TRAIN_ADJECTIVES, HELDOUT_ADJECTIVES) if maker.chance(0.6) else maker.word()
    facts.put("product", Value(f"{first} {thing.title()}"))
    facts.put("brand", maker.brand(), 0.9)
    cents = maker.cents(300, 80_000)
    facts.put("price", write_amount(cents, maker.currency))
    facts.put("old_price", write_amount(int(cents * float(rng.uniform(1.1, 1.8))) // 10 * 10 + 9, maker.currency), 0.35)
    facts.put("colour", Value(colour_name.title() if maker.chance(0.7) else colour_name), 0.3)
    facts.put(
        "size", maker.pick(("S", "M", "L", "XL", "One size", "30 x 20 cm", "45 cm", "12 x 8 x 4 cm", "250 ml")), 0.6
    )
    facts.put("material", maker.pick(_MATERIALS), 0.6)
    facts.put(
        "weight",
        Value(f"{int(rng.integers(5, 99)) * 10} g" if maker.chance(0.6) else f"{rng.integers(1, 90) / 10:.1f} kg"),
        0.4,
    )
    facts.put("rating", Value(f"{rng.integers(20, 51) / 10:.1f}"), 0.5)
    facts.put("reviews", Value(str(rng.integers(3, 3000))), 0.3)
    facts.put("sku", maker.code(pick(rng, ("######", "@@-####", "###.###"))), 0.5)
    facts.put("availability", maker.pick(("In stock", "Sold out", "Few left", "In 3 days", "Pre-order")), 0.5)
    facts.put("warranty", maker.pick(("1 year", "2 years", "5 years", "24 months")), 0.3)
    facts.put("origin", maker.pick(("Italy", "Portugal", "Vietnam", "Germany", "Turkey", "India", "Japan")), 0.3)
    spec_names = ["colour", "size", "material", "weight", "rating", "reviews", "sku", "warranty", "origin"]
    rng.shuffle(spec_names)
    colour = COLOURS[colour_name]
    # The ground of the photo is pale, so that every colour shows.
    photo_ground = mix(
        (246, 246, 246), look.palette.ground if luma(look.palette.ground) > 160 else (246, 246, 246), 0.5
    )
    photo_height = float(rng.uniform(8, 13))
    style, colon, soft = (
        pick(rng, ("tab", "spread", "inline", "ruled", "right")),
        pick(rng, (":", "")),
        maker.chance(0.6),
    )
    button = maker.choose(TRAIN_BUTTONS, HELDOUT_BUTTONS)
    big, brand_labelled, price_labelled = float(rng.uniform(1.15, 1.5)), maker.chance(0.35), maker.chance(0.15)
    accent = look.palette.accent

    def blocks(out: frozenset[str], many: int) -> Sequence[Block]:
        def lines(names: Sequence[str], **how: object) -> list[Line]:
            return [
                value_line(name, facts.values[name], **how)
                for name in names
                if name in facts.values and name not in out
            ]

        photo = Drawing(
            _photo(thing, colour_name, colour, photo_ground), photo_height if "tall photo" not in out else 6.5
        )
        brand: Block = Lines(lines(("brand",), soft=soft))
        if brand_labelled:
            brand = Pairs(facts.pairs(("brand",), out), "inline", colon or ":")
        title = Stack([brand, Lines(lines(("product",), bold=True, scale=big))], 0.3)
        price = lines(("price",), bold=True, scale=1.25, colour=accent)
        old = lines(("old_price",), soft=True)
        old = [
            Line(
                f"{facts.labels['old_price']} {line.text}",
                line.name,
                line.value,
                len(facts.labels["old_price"]) + 1,
                soft=True,
            )
            for line in old
        ]
        cost: Block = Stack([Lines(price), Lines(old)], 0.3) if old else Lines(price)
        if price_labelled:
            cost = Stack([Pairs(facts.pairs(("price",), out), "inline", colon or ":"), Lines(old)], 0.3)
        stock = Lines(lines(("availability",)))
        specs_pairs = facts.pairs(spec_names, out)
        specs: Block = Pairs(specs_pairs, style, colon, soft_labels=soft)
        order: list[Block] = (
            []
            if "button" in out
            else [Frame(Lines([Line(button, bold=True)], "middle"), fill=accent, padding=0.5, radius=4)]
        )
        if layout == "tall":
            return [photo, title, cost, specs, stock, *order]
        if layout == "wide":
            return [Columns([photo, Stack([title, cost, stock])], (0.45, 0.55)), specs, *order]
        if layout == "specs":
            return [Columns([Stack([photo, cost]), Stack([title, specs])], (0.4, 0.6)), stock, *order]
        if layout == "headline":
            plain_price = lines(("price",), bold=True)
            band = Frame(
                Beside([*lines(("product",), bold=True), *plain_price]), fill=accent, bleed=(40.0, 40.0), padding=0.7
            )
            return [band, brand, photo, Lines(old), Grid(specs_pairs, 3, lined=soft), stock, *order]
        if layout == "photo right":
            return [Columns([Stack([title, specs]), Stack([photo, cost])], (0.6, 0.4)), stock, *order]
        return [title, Grid(specs_pairs, 2, lined=True), Columns([cost, stock], (0.5, 0.5)), photo, *order]

    late = ["availability", *spec_names, "old_price"]
    rng.shuffle(late)
    seen = {"colour": colour_name, "category": category}
    return Draft("product card", layout, blocks, ["button", "tall photo", *late, "brand"], 0, PRODUCT_FIELDS, facts,
                 [Drawing(_photo(thing, colour_name, colour, photo_ground), 4.0)], seen)  # fmt: skip
