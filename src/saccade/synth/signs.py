"""Signs: boards with a few words in large letters, one to three in a picture."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from saccade.synth import background, words
from saccade.synth.accents import accented
from saccade.synth.background import Colour
from saccade.synth.canvas import Canvas
from saccade.synth.fonts import Face, choose_face
from saccade.types import Box

TRAIN_BOARDS = ("plate", "rounded", "framed", "arrow")
HELDOUT_BOARDS = ("banner", "posted")
# Lines are parted by "|"; words in braces are drawn anew each time.
TRAIN_SIGNS: tuple[str, ...] = (
    "EXIT", "NO PARKING", "OPEN|{hours}", "STOP", "{Word} Street|{n}", "Platform {n}", "CAUTION|{Word} floor", "PUSH",
    "{Word} & {Word}|Bakery", "Room {n}|{Word} {Word}", "Sale|{n}% off", "Speed limit|{n}", "Gate {n}|{Word}",
    "Please {word}|the {word}", "DANGER|High voltage", "Bus stop|{Word} Road", "{WORD}", "{WORD} {WORD}",
    "Museum|{hours}", "{Word} {n} km|{Word} {n} km", "Toilets", "Reception|Floor {n}", "No {word}", "Staff only",
    "Private|{Word} {word}", "Hotel {Word}|{n} rooms", "{price}", "{code}", "Welcome to|{Word}", "Lift {n}",
)  # fmt: skip
HELDOUT_SIGNS: tuple[str, ...] = (
    "WAY OUT", "Closed|{hours}", "GIVE WAY", "{Word} Avenue|{n}", "Track {n}", "Mind the|{word}", "Pull",
    "Keep off|{word}", "{Word} Library|{hours}", "Warning|{Word} {word}", "Pharmacy|{Word}", "Ward {n}|{Word} {Word}",
    "Tickets|{price}", "Fire door|Keep {word}", "{WORD} ONLY", "Parking {n}|{code}",
)  # fmt: skip
_SLOT = re.compile(r"\{(\w+)\}")
_LEAST_X_HEIGHT_PX = 8.0
# Ground and writing of boards.
_BOARD_COLOURS: Mapping[str, tuple[tuple[Colour, Colour], ...]] = {
    "train": (
        ((20, 74, 156), (255, 255, 255)), ((0, 110, 70), (255, 255, 255)), ((196, 30, 30), (255, 255, 255)),
        ((250, 206, 30), (16, 16, 16)), ((255, 255, 255), (20, 20, 20)), ((28, 28, 30), (250, 236, 200)),
        ((250, 250, 240), (176, 24, 24)), ((240, 230, 208), (70, 44, 20)), ((60, 40, 30), (240, 220, 180)),
    ),
    "heldout": (
        ((90, 30, 110), (255, 250, 235)), ((235, 120, 20), (24, 16, 10)), ((226, 240, 250), (18, 50, 96)),
        ((56, 74, 66), (244, 240, 190)),
    ),
}  # fmt: skip


def _filled(rng: np.random.Generator, template: str) -> str:
    """A sign's wording with its slots filled."""

    def value(match: re.Match[str]) -> str:
        slot, word = match.group(1), words.word(rng)
        if slot == "hours":
            start = int(rng.integers(6, 12))
            return f"{start}:00 - {int(rng.integers(start + 2, 24))}:{words.pick(rng, ('00', '30'))}"
        return {
            "word": word, "Word": word.capitalize(), "WORD": word.upper(), "n": str(int(10 ** rng.uniform(0.3, 2.4))),
            "price": words.price(rng), "code": words.code(rng),
        }[slot]  # fmt: skip

    return _SLOT.sub(value, template)


def draw_signs(
    rng: np.random.Generator,
    canvas: Canvas,
    faces: Sequence[Sequence[Face]],
    limits_px: tuple[float, float],
    split: str,
    accent_fraction: float,
) -> dict[str, object]:
    """Boards one below the other; what was drawn comes back, with the smallest x-height."""
    most = max(1, min(3, canvas.height // 110))
    number = int(rng.integers(1, most + 1))
    boards, smallest, families = [], limits_px[1], []
    for band in range(number):
        top, bottom = canvas.height * band / number, canvas.height * (band + 1) / number
        face = choose_face(rng, faces)
        template = _filled(rng, words.pick(rng, TRAIN_SIGNS if split == "train" else HELDOUT_SIGNS))
        lines = [accented(rng, line, accent_fraction, face, split) for line in template.split("|")]
        board = words.pick(rng, TRAIN_BOARDS if split == "train" else HELDOUT_BOARDS)
        smallest = min(smallest, _draw_board(rng, canvas, face, lines, board, (top, bottom), limits_px, split))
        boards.append(board)
        families.append(face.family)
    return {"boards": boards, "family": families[0], "families": families, "x_height_px": smallest}


def _draw_board(
    rng: np.random.Generator,
    canvas: Canvas,
    face: Face,
    lines: Sequence[str],
    board: str,
    band: tuple[float, float],
    limits_px: tuple[float, float],
    split: str,
) -> float:
    """One board within a band (top, bottom) of the canvas; the smallest x-height on it comes back."""
    pad_x, pad_y = 14.0 + (16.0 if board in ("banner", "arrow") else 0.0), 8.0
    room_width, room_height = canvas.width - 2 * pad_x - 8, band[1] - band[0] - 2 * pad_y - 6
    lines = list(lines[: max(1, int(room_height / (2.6 * _LEAST_X_HEIGHT_PX)))])
    top_size = max(_LEAST_X_HEIGHT_PX, min(limits_px[1], room_height / (2.6 * len(lines))))
    low = max(_LEAST_X_HEIGHT_PX, limits_px[0])
    base = float(np.exp(rng.uniform(np.log(min(low, top_size)), np.log(top_size))))
    sized = []
    for number, line in enumerate(lines):
        size = base if number == 0 else max(_LEAST_X_HEIGHT_PX, base * words_scale(rng))
        sized.append(fitted(canvas, face, line, size, room_width))
    text_width = max(canvas.length(text, canvas.font(face, size)) for text, size in sized)
    text_height = sum(2.4 * size for _, size in sized)
    width = min(canvas.width - 4.0, text_width + 2 * pad_x + float(rng.uniform(0, 30)))
    height = min(band[1] - band[0] - 4, text_height + 2 * pad_y + float(rng.uniform(0, 12)))
    x0 = 2 + float(rng.random()) * max(0.0, canvas.width - width - 4)
    y0 = band[0] + 2 + float(rng.random()) * max(0.0, band[1] - band[0] - height - 4)
    ground, ink = _BOARD_COLOURS[split][int(rng.integers(len(_BOARD_COLOURS[split])))]
    ground, ink = background.near(rng, ground, 8), background.near(rng, ink, 4)
    box = Box(x0, y0, x0 + width, y0 + height)
    _shape(canvas, board, box, ground, ink, band[1])
    canvas.thing("sign", box)
    y = y0 + (height - text_height) / 2
    for text, size in sized:
        canvas.say(text, x0 + width / 2, y + 1.75 * size, canvas.font(face, size), ink, "middle")
        y += 2.4 * size
    return min(size for _, size in sized)


def words_scale(rng: np.random.Generator) -> float:
    """How large a further line is beside the first one."""
    return 1.0 if rng.random() < 0.4 else float(rng.uniform(0.5, 0.9))


def fitted(canvas: Canvas, face: Face, text: str, x_height: float, room_px: float) -> tuple[str, float]:
    """The text and x-height that fit `room_px`: smaller letters first, then fewer words, then fewer letters."""
    while canvas.length(text, canvas.font(face, x_height)) > room_px and len(text) > 1:
        if x_height > _LEAST_X_HEIGHT_PX + 0.25:
            x_height = max(_LEAST_X_HEIGHT_PX, x_height * 0.9)
        else:
            text = text.rpartition(" ")[0].rstrip("-& ") or text[: len(text) - 1]
    return text, x_height


def _shape(canvas: Canvas, board: str, box: Box, ground: Colour, ink: Colour, floor: float) -> None:
    """The board itself, on a post where it has one."""
    middle = (box.y0 + box.y1) / 2
    if board == "posted":
        x = (box.x0 + box.x1) / 2
        canvas.rectangle(Box(x - 4, box.y1 - 2, x + 4, max(box.y1, floor - 1)), (120, 122, 126))
    if board == "arrow":
        canvas.polygon([(box.x0, box.y0), (box.x1 - 16, box.y0), (box.x1, middle), (box.x1 - 16, box.y1),
                        (box.x0, box.y1)], ground)  # fmt: skip
    elif board == "banner":
        canvas.polygon([(box.x0, box.y0), (box.x1, box.y0), (box.x1 - 14, middle), (box.x1, box.y1),
                        (box.x0, box.y1), (box.x0 + 14, middle)], ground)  # fmt: skip
    else:
        canvas.rectangle(box, ground, radius=8.0 if board in ("rounded", "posted") else 0.0)
    if board in ("framed", "rounded"):
        inner = Box(box.x0 + 3, box.y0 + 3, box.x1 - 3, box.y1 - 3)
        canvas.rectangle(inner, outline=ink, width=2.0, radius=6.0 if board == "rounded" else 0.0)
