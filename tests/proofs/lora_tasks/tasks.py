"""Three small things that the bundled model was never taught, drawn with exact answers, 200 rows of each to learn from.

    label    a courier's label without any field names: where something stands says what it is; eight fields as JSON
    striped  things with stripes among plain ones: are there any, how many, where
    date     the date of a slip, asked for in the form of air tickets, 31JAN26, however it is printed

A sample follows from (task, split, index). Rows to learn from and rows to be asked share no number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw

from saccade.prompts.documents import extract_prompt
from saccade.prompts.scenes import count_prompt, detect_prompt, short_answer_prompt
from saccade.synth import words
from saccade.synth.canvas import Canvas
from saccade.synth.fonts import Face, choose_face, faces
from saccade.synth.outlines import place_outline
from saccade.synth.papers.values import write_date
from saccade.synth.sample import BoxNumbers, Part, Said, Sample, Turn
from saccade.synth.shapes import COLOURS, article, plural
from saccade.synth.words import letters, pick
from saccade.types import Box

Colour = tuple[int, int, int]
_SEED = 51_515
_CAPITALS, _DIGITS = "ABCDEFGHJKLMNPRSTUVWXYZ", "0123456789"
_INKS: tuple[Colour, ...] = ((0, 0, 0), (25, 25, 30), (20, 30, 70))
_GROUNDS: tuple[Colour, ...] = ((255, 255, 255), (250, 248, 240), (244, 246, 250), (236, 236, 232))


def sample_of(task: str, split: str, index: int) -> Sample:
    """Sample `index` of a task; split "learn" or "ask"."""
    number = ("learn", "ask").index(split)
    rng = np.random.default_rng(np.random.SeedSequence([_SEED, tuple(TASKS).index(task), number, index]))
    return TASKS[task](rng, index)


# --- label -----------------------------------------------------------------------------------------------------------

_FIRST = ("Ada", "Bo", "Cleo", "Dora", "Elin", "Felix", "Gita", "Hans", "Iris", "Jonas", "Kaja", "Leo", "Mila", "Nils")
_LAST = ("Ahlgren", "Bishop", "Corte", "Draper", "Engel", "Falk", "Gray", "Holm", "Irwin", "Jarvis", "Kemp", "Lund")
_FIELDS = ("consignee", "street", "town", "shipper", "depot", "tour", "parcel", "weight")


def _label(rng: np.random.Generator, index: int) -> Sample:
    """Depot and tour at the top, the addressee in the middle, the shipper on the left edge below, parcel and weight
    stacked at its right, bars at the bottom. Both names, both towns and all codes look alike: only places tell."""
    width, height = int(rng.integers(336, 417)), int(rng.integers(304, 385))
    canvas = Canvas(height, width, pick_colour(rng, _GROUNDS), smooth=bool(rng.random() < 0.5))
    face, ink = _face(rng), pick_colour(rng, _INKS)
    x = float(rng.uniform(8.2, 10.0))  # x-height of the small print
    value = {
        "consignee": _name(rng), "street": f"{rng.integers(1, 200)} {words.word(rng).title()} {pick(rng, _WAYS)}",
        "town": f"{letters(rng, _DIGITS, 5)} {words.word(rng).title()}", "shipper": _name(rng),
        "depot": letters(rng, _CAPITALS, 1) + letters(rng, _DIGITS, 2), "tour": letters(rng, _DIGITS, 3),
        "parcel": f"{rng.integers(1, 5)}/{rng.integers(5, 10)}", "weight": f"{rng.integers(1, 31)}.{rng.integers(10)}",
    }  # fmt: skip
    left, right, rule = 10.0, width - 10.0, height * 0.24
    at: dict[str, int] = {}

    def say(name: str, text: str, px: float, py: float, size: float, align: str = "left") -> None:
        at[name] = _say_fitting(canvas, face, text, px, py, size, ink, align, width - 20)

    say("depot", value["depot"], left + 6, rule - 16, 2.4 * x)
    say("tour", value["tour"], right - 6, rule - 16, 2.4 * x, "right")
    canvas.rectangle(Box(left, 8, right, height - 8), outline=ink, width=1.5)
    canvas.stroke([(left, rule), (right, rule)], ink, 1.5)
    top = rule + 3.4 * x
    say("consignee", value["consignee"], left + 8, top, 1.4 * x)
    say("street", value["street"], left + 8, top + 3.4 * x, 1.15 * x)
    say("town", value["town"], left + 8, top + 6.4 * x, 1.15 * x)
    second = top + 8.6 * x
    canvas.stroke([(left, second), (right, second)], ink, 1.0)
    middle = left + (right - left) * 0.66
    canvas.stroke([(middle, second), (middle, second + 6.6 * x)], ink, 1.0)
    say("shipper", value["shipper"], left + 8, second + 2.6 * x, x)
    _say_fitting(canvas, face, f"{letters(rng, _DIGITS, 5)} {words.word(rng).title()}", left + 8, second + 5.2 * x, x,
                 ink, "left", middle - left - 12)  # fmt: skip
    say("parcel", value["parcel"], right - 8, second + 2.6 * x, x, "right")
    say("weight", value["weight"], right - 8, second + 5.2 * x, x, "right")
    _bars(rng, canvas, Box(left + 8, second + 8.0 * x, right - 8, height - 14), ink)
    asked = [name for name in _FIELDS if name in at]
    parts: list[Part] = []
    for number, name in enumerate(asked):
        parts += [Said(f'{", " if number else "{"}"{name}": "'), Said(value[name], line=at[name], escape="json"),
                  Said('"')]  # fmt: skip
    turn = Turn("extract", extract_prompt(dict.fromkeys(asked, "")), parts=(*parts, Said("}")),
                truth={"fields": {name: value[name] for name in asked}})  # fmt: skip
    pixels, _ = canvas.finish(rng, 0.2, x)
    return Sample(pixels, (turn,), tuple(canvas.chars), tuple(canvas.lines), meta={"task": "label", "index": index})


_WAYS = ("Road", "Lane", "Way", "Row", "Gate", "Hill")


def _name(rng: np.random.Generator) -> str:
    return f"{pick(rng, _FIRST)} {pick(rng, _LAST)}"


def _say_fitting(
    canvas: Canvas, face: Face, text: str, x: float, y: float, size: float, ink: Colour, align: str, room: float
) -> int:
    """Write one line, smaller where it would be wider than `room`, never under an x-height of 8; the line's number."""
    font = canvas.font(face, size)
    while canvas.length(text, font) > room and size > 8.0:
        size = max(8.0, size * 0.92)
        font = canvas.font(face, size)
    return canvas.say(text, x, y, font, ink, align)


def _bars(rng: np.random.Generator, canvas: Canvas, box: Box, ink: Colour) -> None:
    """Bars like those of a code, where there is room for them."""
    x = box.x0
    while box.y1 - box.y0 > 6 and x < box.x1 - 4:
        wide = float(rng.integers(1, 4))
        canvas.rectangle(Box(x, box.y0, x + wide, box.y1), fill=ink)
        x += wide + float(rng.integers(1, 4))


# --- striped ---------------------------------------------------------------------------------------------------------

_KINDS = ("circle", "square", "triangle", "star", "heart", "diamond", "rectangle", "oval")
_STRIPES: tuple[Colour, ...] = ((252, 252, 252), (20, 20, 20))


def _striped(rng: np.random.Generator, index: int) -> Sample:
    """Two to seven things of two or three kinds, about half of them striped; one of three questions in turn."""
    width, height = int(rng.integers(256, 353)), int(rng.integers(224, 321))
    kinds = [_KINDS[int(i)] for i in rng.permutation(len(_KINDS))[: int(rng.integers(2, 4))]]
    ground = pick_colour(rng, _GROUNDS)
    picture = Image.new("RGB", (width * 3, height * 3), ground)
    placed: list[tuple[str, bool, Box]] = []
    for _ in range(int(rng.integers(2, 8))):
        striped = bool(rng.random() < 0.5)
        kind, box = pick(rng, kinds), None
        longest = float(rng.uniform(0.2, 0.34)) * min(width, height)
        outline = place_outline(kind, longest, math.radians(float(rng.uniform(-12, 12))))
        across, down = outline.max(axis=0).tolist()
        for _ in range(40):
            x, y = rng.uniform(2, width - across - 2), rng.uniform(2, height - down - 2)
            box = Box(x, y, x + across, y + down, kind)
            if all(box.x1 + 4 < b.x0 or b.x1 + 4 < box.x0 or box.y1 + 4 < b.y0 or b.y1 + 4 < box.y0
                   for _, _, b in placed):  # fmt: skip
                break
        else:
            continue
        colour = COLOURS[pick(rng, [name for name in COLOURS if name not in ("white", "black", "yellow")])]
        _draw_thing(rng, picture, outline + (box.x0, box.y0), colour, striped)
        placed.append((kind, striped, box))
    placed.sort(key=lambda entry: (int((entry[2].y0 + entry[2].y1) / 2 * 6 / height), entry[2].x0))
    turn = (_is_there, _how_many, _where)[index % 3](rng, placed, kinds)
    return Sample(np.asarray(picture.reduce(3)), (turn,), meta={"task": "striped", "index": index})


def _draw_thing(
    rng: np.random.Generator, picture: Image.Image, outline: np.ndarray, colour: Colour, striped: bool
) -> None:
    """A filled outline, at three times the size; a striped one has bands of a second colour at an angle."""
    left, top = (math.floor(value * 3) - 3 for value in outline.min(axis=0))
    right, bottom = (math.ceil(value * 3) + 4 for value in outline.max(axis=0))
    points = [(x * 3 - left, y * 3 - top) for x, y in outline.tolist()]
    mask = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(mask).polygon(points, fill=255)
    fill = Image.new("RGB", mask.size, colour)
    if striped:
        draw, other = ImageDraw.Draw(fill), pick_colour(rng, _STRIPES)
        band, angle = float(rng.uniform(4.5, 7.5)) * 3, float(rng.uniform(0, math.pi))
        reach, across = math.hypot(*mask.size), np.array([math.cos(angle), math.sin(angle)])
        middle, along = np.array(mask.size) / 2, np.array([-across[1], across[0]])
        for step in np.arange(-reach / 2, reach / 2, 2 * band):
            corners = [middle + across * offset + along * side for offset, side in (
                (step, -reach), (step + band, -reach), (step + band, reach), (step, reach))]  # fmt: skip
            draw.polygon([(float(px), float(py)) for px, py in corners], fill=other)
    ImageDraw.Draw(fill).polygon(points, outline=tuple(value // 2 for value in colour), width=4)
    picture.paste(fill, (left, top), mask)


Placed = Sequence[tuple[str, bool, Box]]


def _is_there(rng: np.random.Generator, placed: Placed, kinds: Sequence[str]) -> Turn:
    """Yes and no equally often where both are possible; a "no" is about a kind that is there without stripes."""
    with_stripes = {kind for kind, striped, _ in placed if striped}
    without = {kind for kind, _, _ in placed} - with_stripes
    wanted = bool(rng.random() < 0.5)
    pool = sorted(with_stripes if wanted else without) or sorted(without or with_stripes) or list(kinds)
    kind = pick(rng, pool)
    answer = "yes" if kind in with_stripes else "no"
    return Turn("vqa", short_answer_prompt(f"Is there {article(f'striped {kind}')} in the image?"),
                parts=(Said(answer),), truth={"answers": [answer]})  # fmt: skip


def _how_many(rng: np.random.Generator, placed: Placed, kinds: Sequence[str]) -> Turn:
    kind = pick(rng, ("object", *kinds))
    count = sum(striped and kind in ("object", own) for own, striped, _ in placed)
    return Turn("count", count_prompt(plural(f"striped {kind}")), parts=(Said(str(count)),), truth={"count": count})


def _where(rng: np.random.Generator, placed: Placed, kinds: Sequence[str]) -> Turn:
    there = [kind for kind, _, _ in placed]
    kind = pick(rng, there or list(kinds))
    name = f"striped {kind}"
    found = [box for own, striped, box in placed if striped and own == kind]
    parts: list[Part] = [Said("[")]
    for number, box in enumerate(found):
        parts += [Said(f'{", " if number else ""}{{"bbox_2d": ['), BoxNumbers(box), Said(f'], "label": "{name}"}}')]
    truth = {"boxes": [[box.x0, box.y0, box.x1, box.y1, name] for box in found]}
    return Turn("detect", detect_prompt([name]), parts=(*parts, Said("]")), truth=truth)


# --- date ------------------------------------------------------------------------------------------------------------

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_PRINTED = ("YYYY-MM-DD", "DD.MM.YYYY", "D MONTH YYYY", "MON D, YYYY", "MONTH D, YYYY", "DD MON YYYY", "YYYY/MM/DD")
DATE_PROMPT = short_answer_prompt("What is the date? Write it as on air tickets, in the form DDMMMYY.")


def _date(rng: np.random.Generator, index: int) -> Sample:
    """A slip of a shop: its name, three to six things with prices, a total, and the date at one of three places."""
    width, height = int(rng.integers(224, 305)), int(rng.integers(224, 321))
    canvas = Canvas(height, width, pick_colour(rng, _GROUNDS), smooth=bool(rng.random() < 0.5))
    face, ink = _face(rng), pick_colour(rng, _INKS)
    year, month, day = int(rng.integers(2000, 2036)), int(rng.integers(1, 13)), int(rng.integers(1, 29))
    printed = write_date(year, month, day, pick(rng, _PRINTED)).text
    items = [f"{words.word(rng).title()}\t{rng.integers(1, 90)}.{rng.integers(10, 100)}"
             for _ in range(int(rng.integers(3, 7)))]  # fmt: skip
    lines = [f"{words.word(rng).title()} {pick(rng, ('Store', 'Cafe', 'Books', 'Tools'))}", *items,
             f"Total\t{rng.integers(90, 400)}.{rng.integers(10, 100)}"]  # fmt: skip
    lines.insert((1, len(lines) - 1, len(lines))[int(rng.integers(3))], pick(rng, ("", "Date ", "Date: ")) + printed)
    size = float(np.clip((height - 20) / (3.0 * len(lines)), 8.0, 12.0)) * float(rng.uniform(0.9, 1.0))
    size = max(8.0, size)
    step = (height - 16) / len(lines)
    for number, line in enumerate(lines):
        name, _, price = line.partition("\t")
        y = 8 + (number + 0.7) * step
        _say_fitting(canvas, face, name, 10, y, size, ink, "left", width - 20 - (70 if price else 0))
        if price:
            canvas.say(price, width - 10, y, canvas.font(face, size), ink, "right")
    answer = f"{day:02d}{_MONTHS[month - 1]}{year % 100:02d}"
    turn = Turn("vqa", DATE_PROMPT, parts=(Said(answer),), truth={"answers": [answer]})
    pixels, _ = canvas.finish(rng, 0.2, size)
    return Sample(pixels, (turn,), tuple(canvas.chars), tuple(canvas.lines),
                  meta={"task": "date", "index": index, "printed": printed})  # fmt: skip


# --- common ----------------------------------------------------------------------------------------------------------


def _face(rng: np.random.Generator) -> Face:
    """A typeface that comes with the package, so that the rows can be drawn anywhere."""
    return choose_face(rng, faces("heldout"))


def pick_colour(rng: np.random.Generator, choices: Sequence[Colour]) -> Colour:
    return choices[int(rng.integers(len(choices)))]


TASKS: Mapping[str, Callable[[np.random.Generator, int], Sample]] = {
    "label": _label,
    "striped": _striped,
    "date": _date,
}
