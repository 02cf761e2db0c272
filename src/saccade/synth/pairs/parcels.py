"""A courier's label and the door it is to be brought to, drawn with what stands where.

The label carries other numbers too (postcode, tracking), the door other plates, and a number may be missing or
unreadable: blurred, or with something in front of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import ImageFilter

from saccade.synth import background
from saccade.synth.background import Colour
from saccade.synth.canvas import Canvas
from saccade.synth.fonts import Face, SizedFont
from saccade.synth.pairs.verdict import Seen
from saccade.synth.words import letters, pick
from saccade.types import Box

FIELDS = ("house number", "name")


@dataclass(frozen=True, slots=True)
class Names:
    """What one side of the split prints."""

    couriers: tuple[str, ...]
    first: tuple[str, ...]
    last: tuple[str, ...]
    streets: tuple[str, ...]
    towns: tuple[str, ...]
    headings: tuple[str, ...]
    plates: tuple[str, ...]
    layouts: tuple[str, ...]  # of labels: where the lines begin
    walls: tuple[Colour, ...]
    doors: tuple[Colour, ...]


TRAIN_NAMES = Names(
    couriers=("SwiftBox", "Parcelo", "NorthPost", "RedVan", "Cargo 24", "Hermex", "PaketGo", "AirDrop"),
    first=("Anna", "Ben", "Clara", "David", "Emma", "Frank", "Grace", "Hugo", "Ida", "Jack", "Lena", "Max", "Nora"),
    last=("Miller", "Smith", "Brown", "Baker", "Young", "Scott", "Reed", "Fox", "Lee", "Hall", "Weber", "Rossi",
          "Novak", "Silva", "Kim", "Ortiz", "Berg", "Marsh"),
    streets=("Oak Street", "Mill Road", "Park Lane", "High Street", "Lake View", "Elm Road", "Hill St", "Bay Ave"),
    towns=("Ashford", "Milton", "Brookton", "Linden", "Easton", "Harwick", "Selby"),
    headings=("To:", "Deliver to", "Ship to:", ""),
    plates=("Ring bell", "No parking", "Welcome", "Push", "Beware of dog", "Mail"),
    layouts=("left", "left", "indented", "courier below"),
    walls=((178, 92, 70), (226, 214, 190), (200, 200, 200), (122, 132, 140), (242, 240, 232)),
    doors=((92, 56, 34), (36, 70, 52), (44, 62, 110), (228, 228, 224), (60, 60, 62)),
)  # fmt: skip
HELDOUT_NAMES = Names(
    couriers=("Blue Kite", "QuickVan", "Postmark", "Fleetway"),
    first=("Olga", "Peter", "Ruth", "Sam", "Tina", "Viktor", "Wendy", "Zoe"),
    last=("Turner", "Keller", "Green", "Ward", "Diaz", "Stone", "Pratt", "Cole", "Yates", "Moss"),
    streets=("Rose Court", "Kings Road", "Dock Street", "Fern Way", "Pine Ave"),
    towns=("Wexley", "Torrin", "Graston", "Umber"),
    headings=("Recipient:", "Consignee", ""),
    plates=("Please knock", "Private", "No entry", "Studio"),
    layouts=("middle", "town first"),
    walls=((150, 166, 150), (214, 186, 160), (108, 84, 92)),
    doors=((120, 30, 40), (30, 92, 100), (190, 150, 84)),
)
NAMES: Mapping[str, Names] = {"train": TRAIN_NAMES, "heldout": HELDOUT_NAMES}
_DIGITS = "0123456789"
_UP = 0.72  # from the middle of a digit down to its baseline, in x-heights


def _fitting(canvas: Canvas, texts: Sequence[str], face: Face, x: float, room: float) -> tuple[str, SizedFont] | None:
    """The first text that fits `room` in the wanted size, else in the smallest size."""
    for size in (x, 8.0):
        font = canvas.font(face, size)
        for text in texts:
            if canvas.length(text, font) <= room:
                return text, font
    return None


def draw_label(
    rng: np.random.Generator, canvas: Canvas, face: Face, split: str, number: str | None, name: str | None, spoil: bool
) -> dict[str, Seen] | None:
    """The courier's label; what of FIELDS it shows readably, or None when that has no room."""
    names, height, width = NAMES[split], canvas.height, canvas.width
    edge = min(6.0 + float(rng.uniform(0, 0.05)) * width, 0.12 * width) if width > 120 else 1.0
    card = Box(edge, edge, width - edge, height - edge)
    canvas.rectangle(card, background.near(rng, (250, 250, 246), 5), (60, 60, 60))
    x = max(8.0, min(14.0, min(height / 17, width / 24)) * float(rng.uniform(0.75, 1.1)))
    room, left = card.x1 - card.x0 - 10, card.x0 + 5
    street = pick(rng, names.streets)
    rows: list[tuple[str, tuple[str, ...]]] = []
    if name:
        first, last = name.split()
        rows.append(("name", (f"{first} {last}", f"{first[0]}. {last}", last)))
    if number and rng.random() < 0.5:
        rows.append(("house number", (f"{number} {street}", f"No. {number}", number)))
    elif number:
        rows.append(("house number", (f"{street} {number}", f"No. {number}", number)))
    else:
        rows.append(("street", (street, street.split()[0], "")))
    rows.append(("town", (f"{letters(rng, _DIGITS, 5)} {pick(rng, names.towns)}", pick(rng, names.towns))))
    heading = pick(rng, names.headings)
    extra = [("heading", (heading,))] if heading else []
    courier: list[tuple[str, tuple[str, ...]]] = [("courier", (pick(rng, names.couriers),))]
    tail: list[tuple[str, tuple[str, ...]]] = [
        ("tracking", (f"{letters(rng, 'ABCXYZ', 2)} {letters(rng, _DIGITS, 8)}",))
    ]
    while len(courier + extra + rows + tail) * 2.7 * x + 8 > card.y1 - card.y0:
        if tail:
            tail = []
        elif courier:
            courier = []
        elif extra:
            extra = []
        elif len(rows) > 1 and rows[-1][0] in ("town", "street"):
            rows.pop()
        elif x > 8:
            x = 8.0
        else:
            return None
    layout = pick(rng, names.layouts)
    if layout == "courier below":
        courier, tail = [], [*tail, *courier]
    if layout == "town first":
        rows.sort(key=lambda row: row[0] != "town")
    step = min(3.6 * x, (card.y1 - card.y0 - 8) / len(courier + extra + rows + tail))
    y, seen = card.y0 + 3 + 0.68 * step, dict[str, Seen]()
    for kind, texts in (*courier, *extra, *rows, *tail):
        found = _fitting(canvas, texts, face, x * (1.15 if kind == "courier" and x > 9 else 1.0), room)
        if found is None:
            if kind in FIELDS:
                return None
            continue
        text, font = found
        if not text:
            continue
        spare = room - canvas.length(text, font)
        start_x = left + (spare / 2 if layout == "middle" else min(spare, 0.2 * room) if layout == "indented" else 0.0)
        if kind == "courier" and layout != "courier below" and rng.random() < 0.6:
            canvas.rectangle(Box(card.x0, y - 0.62 * step, card.x1, y + 0.3 * step), (30, 30, 34))
            canvas.say(text, start_x, y, font, (250, 250, 250))
        else:
            line = canvas.say(text, start_x, y, font, (16, 16, 18))
            if kind in FIELDS:
                box = canvas.lines[line][1]
                if kind == "house number" and number:
                    start = text.rindex(number) if text.endswith(number) else text.index(number)
                    seen[kind] = Seen(0, _stretch(canvas, line, start, number), number, line, start)
                else:
                    seen[kind] = Seen(0, box, text, line)
                canvas.thing("field", box)
        y += step
    _barcode(rng, canvas, card, y - 0.5 * step)
    if spoil:
        at = Box(left, card.y0 + 0.35 * (card.y1 - card.y0), left + 0.5 * room, card.y0 + 0.55 * (card.y1 - card.y0))
        _smudge(rng, canvas, _free_of(canvas, at))
    return seen


def _free_of(canvas: Canvas, box: Box) -> Box | None:
    """`box` where it touches no text, else None: only the missing number may be smudged."""
    clash = any(
        line.x0 < box.x1 and box.x0 < line.x1 and line.y0 < box.y1 and box.y0 < line.y1 for _, line in canvas.lines
    )
    return None if clash else box


def _smudge(rng: np.random.Generator, canvas: Canvas, box: Box | None) -> None:
    """A stain where nothing else stands."""
    if box is not None:
        tone = int(rng.integers(90, 190))
        canvas.ellipse(box, (tone, tone - 10, tone - 20))


def _stretch(canvas: Canvas, line: int, start: int, text: str) -> Box:
    """The box of a part of a drawn line."""
    own = [char for char in canvas.chars if char.line == line and start <= char.index < start + len(text)]
    return Box(min(c.x0 for c in own), min(c.y0 for c in own), max(c.x1 for c in own), max(c.y1 for c in own), text)


def _barcode(rng: np.random.Generator, canvas: Canvas, card: Box, top: float) -> None:
    """Bars at the foot of the label where there is room."""
    top = max(top, card.y1 - 0.2 * (card.y1 - card.y0))
    if card.y1 - top < 12:
        return
    x = card.x0 + 8
    while x < card.x1 - 10:
        thick = float(rng.choice((1, 1, 2, 3)))
        canvas.rectangle(Box(x, top, x + (thick - 1), card.y1 - 5), (20, 20, 20))
        x += thick + float(rng.choice((1, 2, 3)))


def draw_door(
    rng: np.random.Generator, canvas: Canvas, face: Face, split: str, number: str | None, name: str | None,
    hidden: str | None,
) -> dict[str, Seen] | None:  # fmt: skip
    """A door with its signs; what of FIELDS can be read there. `hidden` is a text to be drawn and made unreadable."""
    names, height, width = NAMES[split], canvas.height, canvas.width
    door_colour = names.doors[int(rng.integers(len(names.doors)))]
    left = float(rng.uniform(0.02, 0.2)) * width
    door = Box(left, 0.06 * height, left + float(rng.uniform(0.66, 0.78)) * width, height)
    canvas.rectangle(door, background.near(rng, door_colour, 8), (30, 26, 24), 2.0)
    shade: Colour = tuple(max(0, value - 22) for value in door_colour)  # type: ignore[assignment]
    for top, bottom in ((0.12, 0.5), (0.58, 0.94)):
        inset = 0.14 * (door.x1 - door.x0)
        canvas.rectangle(Box(door.x0 + inset, top * height, door.x1 - inset, bottom * height), None, shade, 2.0)
    knob = 0.025 * min(height, width) + 1
    kx, ky = door.x1 - 0.07 * (door.x1 - door.x0) - knob, 0.54 * height
    canvas.ellipse(Box(kx - knob, ky - knob, kx + knob, ky + knob), (206, 178, 90))
    x = max(8.0, min(26.0, min(height, width) / 12) * float(rng.uniform(0.55, 1.1)))
    small = max(8.0, min(13.0, min(height, width) / 24))
    centre, room, y = (door.x0 + door.x1) / 2, width - 8.0, 0.24 * height
    plan: list[tuple[str, tuple[str, ...], float]] = []
    shown = number or (hidden if hidden and hidden[0].isdigit() else None)
    if shown:
        plan.append(
            ("house number" if number else "hidden", (f"No. {shown}", shown) if rng.random() < 0.12 else (shown,), x)
        )
    person = name or (hidden if hidden and not hidden[0].isdigit() else None)
    if person:
        first, last = person.split()
        forms = ((f"{first} {last}", last), (f"{first[0]}. {last}", last), (last,))[int(rng.integers(3))]
        plan.append(("name" if name else "hidden", forms, small))
    if rng.random() < 0.35 or not plan:
        plan.append(("plate", (pick(rng, names.plates), ""), small))
    seen: dict[str, Seen] = {}
    for kind, texts, size in plan:
        found = _fitting(canvas, texts, face, size, room - 10)
        if found is None or y + 3 * size > height:
            if kind in FIELDS or kind == "hidden":
                return None
            continue
        if not found[0]:
            continue
        y = _sign(rng, canvas, kind, found, size, (centre, y), seen, number) + 0.08 * height
    return seen


def _sign(
    rng: np.random.Generator, canvas: Canvas, kind: str, found: tuple[str, SizedFont], size: float,
    top: tuple[float, float], seen: dict[str, Seen], number: str | None,
) -> float:  # fmt: skip
    """One plate with its text, from `top` (middle of its upper edge) down; its lower edge."""
    text, font = found
    half, tall = canvas.length(text, font) / 2 + 0.8 * size, 2.9 * size
    centre = min(max(top[0], half + 3), canvas.width - half - 3)
    dark = bool(rng.random() < 0.5)
    ground: Colour = _pick_colour(rng, ((24, 34, 70), (20, 20, 22), (20, 70, 44)) if dark else (
        (252, 252, 250), (240, 226, 170), (210, 214, 220)))  # fmt: skip
    ink: Colour = (248, 248, 244) if dark else (18, 18, 20)
    plate = Box(centre - half, top[1], centre + half, top[1] + tall, "sign")
    canvas.rectangle(plate, ground, ink if rng.random() < 0.4 else None, 1.5, 0.3 * size if rng.random() < 0.5 else 0)
    line = canvas.say(text, centre, top[1] + tall / 2 + _UP * size, font, ink, "middle")
    canvas.thing("sign", plate)
    if kind == "hidden":
        _hide(rng, canvas, line, plate)
    elif kind == "house number" and number:
        start = text.rindex(number)
        seen[kind] = Seen(1, _stretch(canvas, line, start, number), number, line, start)
    elif kind == "name":
        seen[kind] = Seen(1, canvas.lines[line][1], text, line)
    return plate.y1


def _pick_colour(rng: np.random.Generator, colours: Sequence[Colour]) -> Colour:
    """One of the colours."""
    return colours[int(rng.integers(len(colours)))]


def _hide(rng: np.random.Generator, canvas: Canvas, line: int, plate: Box) -> None:
    """Makes the line drawn last unreadable: blurred away, or behind a leaf; it is no longer among the texts."""
    box = canvas.lines.pop()[1]
    canvas.chars[:] = [char for char in canvas.chars if char.line != line]
    tall = box.y1 - box.y0
    if rng.random() < 0.5:
        corners = [round(value * canvas.scale) for value in (plate.x0 + 1, plate.y0 + 1, plate.x1 - 1, plate.y1 - 1)]
        crop = canvas.image.crop((corners[0], corners[1], corners[2], corners[3]))
        canvas.image.paste(crop.filter(ImageFilter.GaussianBlur(0.42 * tall * canvas.scale)), (corners[0], corners[1]))
        return
    green = background.near(rng, (62, 116, 48), 20)
    middle, half = (box.y0 + box.y1) / 2, 0.75 * tall
    for _ in range(3):
        shift = float(rng.uniform(-0.1, 0.1)) * tall
        canvas.ellipse(
            Box(box.x0 - 0.2 * tall, middle - half + shift, box.x1 + 0.2 * tall, middle + half + shift), green
        )
        green = background.near(rng, green, 14)
