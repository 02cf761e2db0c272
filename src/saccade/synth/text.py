"""Pictures of printed text: one to several lines in real typefaces, with a box for every character.

The lines are drawn as coverage on a mask, the mask is turned, and colour is poured through it; the boxes follow
the same turn, so they are exact but for the half pixel that hinting moves a glyph.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from saccade.prompts.scenes import find_prompt
from saccade.prompts.text import READ_ONLY_PROMPT, READ_PROMPT, SPOT_PROMPT
from saccade.synth import background, words
from saccade.synth.accents import accented
from saccade.synth.fonts import Face, SizedFont, choose_face, sized_font
from saccade.synth.sample import AnswerItem, CharBox, Sample, Task, Turn
from saccade.types import Box

_MIN_SIDE_PX, _MAX_SIDE_PX = 56, 448
_FINDABLE = re.compile(r"[A-Za-zÀ-ſ0-9#$%&*+./:;<=>?@_|~!^-]{2,}")  # no quotes, commas or brackets: safe in a prompt
TEXT_TASKS: tuple[Task, ...] = ("ocr", "spot", "find")


@dataclass(frozen=True, slots=True)
class TextLevel:
    """How hard the text is: lines per picture, characters per line, sizes, noise strings, damage (0..1), and the share
    of words with accents.
    """

    min_lines: int = 1
    max_lines: int = 6
    min_chars: int = 3
    max_chars: int = 28
    x_height_px: tuple[float, float] = (8.0, 30.0)
    random_fraction: float = 0.2
    distortion: float = 0.5
    accent_fraction: float = 0.0


@dataclass(slots=True)
class _Line:
    """One laid-out line: where its pen starts (x on the baseline y), in mask pixels."""

    text: str
    font: SizedFont
    pens: list[float]
    ink: tuple[float, float, float, float]  # relative to the pen start, y down
    x: float = 0.0
    y: float = 0.0

    @property
    def width(self) -> float:
        return self.ink[2] - self.ink[0]

    @property
    def height(self) -> float:
        return self.ink[3] - self.ink[1]


def _lay_out(text: str, font: SizedFont) -> _Line:
    pens = font.pens(text)
    boxes = [
        (pen + box[0], box[1], pen + box[2], box[3])
        for pen, box in zip(pens, map(font.glyph_box, text), strict=False)
        if box[2] > box[0]
    ]
    x0, y0, x1, y1 = (pick(column) for pick, column in zip((min, min, max, max), zip(*boxes, strict=True), strict=True))
    return _Line(text, font, pens, (x0, y0, x1, y1))


def _fitting_line(
    rng: np.random.Generator, face: Face, font: SizedFont, target: int, room_px: float, level: TextLevel
) -> _Line | None:
    """A line of about `target` characters no wider than `room_px`: words are dropped, then the last one cut."""
    text = words.line(rng, target, level.random_fraction)
    if level.accent_fraction:
        text = accented(rng, text, level.accent_fraction, face)
    if len(text) > level.max_chars:
        head, _, _ = text[: level.max_chars + 1].rpartition(" ")
        text = head.strip() or text[: level.max_chars]
    line = _lay_out(text, font)
    while line.width > room_px and len(text) > 1:
        keep = max(1, min(len(text) - 1, int(len(text) * room_px / line.width)))
        head, space, _ = text[: keep + 1].rpartition(" ")
        text = (head if space and len(head) >= min(3, level.min_chars) else text[:keep]).strip()
        if not text:
            return None
        line = _lay_out(text, font)
    return line if line.width <= room_px else None


def _choose_lines(
    rng: np.random.Generator,
    level: TextLevel,
    families: Sequence[Sequence[Face]],
    room: tuple[float, float],
    scale: int,
) -> tuple[list[_Line], Face, float]:
    """Lines that fit `room` (height, width in picture pixels), with the first line's face and x-height in pixels."""
    room_height, room_width = room
    low, high = level.x_height_px
    # A line is about two and a half x-heights high, and a word of three letters about four wide.
    high = max(4.0, min(high, room_height / 2.4, room_width / 4.0))
    low = min(low, high)
    wanted = int(rng.integers(level.min_lines, level.max_lines + 1))
    if rng.random() < 0.5:  # half the time prefer many lines to large letters
        high = max(low, min(high, room_height / (2.6 * wanted)))
    x_height = float(math.exp(rng.uniform(math.log(low), math.log(high))))
    face, style = choose_face(rng, families), rng.random()
    lines: list[_Line] = []
    used, smallest = 0.0, x_height
    for number in range(wanted):
        size, line_face = x_height, face
        if number and style < 0.25:
            size = float(min(high, max(low, x_height * rng.uniform(0.7, 1.4))))
            line_face = choose_face(rng, families) if style < 0.1 else face
        line = None
        for _ in range(3):
            font = sized_font(line_face, size * scale)
            most = min(level.max_chars, max(2, int(room_width / (0.9 * size))))
            target = int(rng.integers(min(level.min_chars, most), most + 1))
            line = _fitting_line(rng, line_face, font, target, room_width * scale, level)
            if line is not None and line.height <= (room_height - used) * scale:
                break
            line = None
            if number:
                break
            size *= 0.75
        if line is None:
            break
        lines.append(line)
        smallest = min(smallest, size)
        used += line.height / scale + 0.35 * size  # the least gap between lines
    if not lines:  # a very small canvas: two plain letters at a size that fits
        font = sized_font(face, scale * max(3.0, min(room_height / 3, room_width / 4)))
        lines.append(_lay_out(words.letters(rng, "abcdefghijkmnopqrstuvwxyz", 2), font))
    return lines, face, smallest


def _place(rng: np.random.Generator, lines: Sequence[_Line], room: tuple[float, float]) -> tuple[float, float]:
    """Set the pens of the lines as one block with its top left at (0, 0); the block's height and width come back."""
    align, width = rng.choice(3, p=(0.5, 0.35, 0.15)), max(line.width for line in lines)
    total = sum(line.height for line in lines)
    least = sum(0.35 * line.height / 2.5 for line in lines[1:])
    spare = room[0] - total - least
    gap_extra = float(rng.random() ** 2) * max(0.0, min(spare, total)) / max(1, len(lines) - 1)
    y = 0.0
    for number, line in enumerate(lines):
        if number:
            y += 0.35 * line.height / 2.5 + gap_extra
        line.x = -line.ink[0] + (width - line.width) * (0.0, 0.5, 1.0)[int(align)]
        line.y = y - line.ink[1]
        y += line.height
    return y, width


def draw_text(
    rng: np.random.Generator,
    *,
    faces: Sequence[Sequence[Face]],
    height: int | None = None,
    width: int | None = None,
    level: TextLevel | None = None,
    tasks: Sequence[Task] | None = None,
) -> Sample:
    """A picture of text with its questions.

    `faces` is what `fonts.faces()` gives. With `height` and `width` (pixels) the text fits that canvas; a side
    left None grows with the text to 56..448 pixels. `tasks` asks exactly these of "ocr", "spot", "find";
    None asks one to three of them at random. The same generator state gives the same sample.
    """
    level = level or TextLevel()
    margin = float(rng.uniform(3, 10))
    angle = float(rng.uniform(-4, 4)) * level.distortion if rng.random() < 0.6 * level.distortion else 0.0
    sine = abs(math.sin(math.radians(angle)))
    full_height, full_width = height or _MAX_SIDE_PX, width or _MAX_SIDE_PX
    # A block of h x w turned by the angle spans about h + w * sine by w + h * sine.
    room = (
        max(8.0, full_height - 2 * margin - sine * full_width),
        max(8.0, full_width - 2 * margin - sine * full_height),
    )
    scale = 2 if rng.random() < 0.35 else 1  # drawn at twice the size and halved: unhinted, as browsers do
    lines, face, x_height = _choose_lines(rng, level, faces, room, scale)
    block_height, block_width = (side / scale for side in _place(rng, lines, (room[0] * scale, room[1] * scale)))
    frame_height, frame_width = block_height + sine * block_width, block_width + sine * block_height
    if height is None:
        height = max(_MIN_SIDE_PX, min(_MAX_SIDE_PX, round(frame_height + margin * 2 + rng.uniform(0, 40))))
    if width is None:
        width = max(_MIN_SIDE_PX, min(_MAX_SIDE_PX, round(frame_width + margin * 2 + rng.uniform(0, 40))))
    centre_y, centre_x = (
        _centre(rng, side, frame, margin) for side, frame in ((height, frame_height), (width, frame_width))
    )
    left, top = round((centre_x - block_width / 2) * scale), round((centre_y - block_height / 2) * scale)

    mask = Image.new("L", (width * scale, height * scale))
    draw = ImageDraw.Draw(mask)
    for line in lines:
        line.x, line.y = round(left + line.x), round(top + line.y)
        draw.text((line.x, line.y), line.text, fill=255, font=line.font.font, anchor="ls")
    if scale > 1:
        mask = mask.reduce(scale)
    if angle:
        mask = mask.rotate(angle, Image.Resampling.BICUBIC, center=(centre_x, centre_y))

    image, colours = _paint(rng, mask, level.distortion)
    pixels, damage = background.spoil(rng, image, level.distortion, x_height)
    chars = _char_boxes(lines, scale, angle, (centre_x, centre_y), (height, width))
    boxes = tuple((line.text, _union(chars, number, line.text)) for number, line in enumerate(lines))
    meta = {
        "world": "text", "family": face.family, "style": face.style, "x_height_px": x_height, "angle_deg": angle,
        **colours, **damage,
    }  # fmt: skip
    return Sample(pixels, _turns(rng, tasks, chars, boxes), chars, boxes, (), meta)


def _centre(rng: np.random.Generator, side: int, frame: float, margin: float) -> float:
    """Where the block's centre goes along one side: anywhere that keeps the margin, the middle being likelier."""
    slack = max(0.0, side / 2 - frame / 2 - margin)
    return side / 2 + float(rng.uniform(-slack, slack)) * (1.0 if rng.random() < 0.6 else 0.2)


def _paint(rng: np.random.Generator, mask: Image.Image, distortion: float) -> tuple[Image.Image, dict[str, object]]:
    """Colour poured through the mask onto a surface; text and ground always differ well in brightness."""
    spread = 10 + 25 * distortion
    least_contrast = 110 - 35 * distortion
    kind = words.pick(rng, background.SURFACES) if rng.random() < 0.15 + 0.7 * distortion else "flat"
    dark_on_light = rng.random() < 0.7
    ground = background.random_colour(rng, 170, 255) if dark_on_light else background.random_colour(rng, 0, 85)
    brightness = background.luma(ground)
    reach = spread if kind != "flat" else 0.0
    if dark_on_light:
        ink = background.random_colour(rng, 0, max(1.0, brightness - reach - least_contrast))
    else:
        ink = background.random_colour(rng, min(254.0, brightness + reach + least_contrast), 255)
    image = background.surface(rng, mask.height, mask.width, ground, kind, spread)
    image.paste(ink, (0, 0), mask)
    return image, {"surface": kind, "ink": ink, "ground": ground}


def _char_boxes(
    lines: Sequence[_Line], scale: int, angle_deg: float, centre: tuple[float, float], size: tuple[int, int]
) -> tuple[CharBox, ...]:
    """The ink boxes of every non-space character after the turn, clipped to the picture."""
    names: list[tuple[str, int, int]] = []
    corners: list[tuple[float, float, float, float]] = []
    for number, line in enumerate(lines):
        for index, char in enumerate(line.text):
            if char == " ":
                continue
            x0, y0, x1, y1 = line.font.glyph_box(char)
            pen = line.x + line.pens[index]
            names.append((char, number, index))
            corners.append((pen + x0, line.y + y0, pen + x1, line.y + y1))
    boxes = np.array(corners, dtype=np.float64) / scale  # [n, 4]
    if angle_deg:
        turn = math.radians(angle_deg)
        cosine, sine = math.cos(turn), math.sin(turn)
        x, y = boxes[:, [0, 2, 0, 2]] - centre[0], boxes[:, [1, 1, 3, 3]] - centre[1]
        turned_x, turned_y = cosine * x + sine * y, cosine * y - sine * x  # y grows downwards
        boxes = np.stack([turned_x.min(1), turned_y.min(1), turned_x.max(1), turned_y.max(1)], axis=1)
        boxes += np.array([centre[0], centre[1]] * 2)
    limits = np.array([size[1], size[0]] * 2, dtype=np.float64)
    clipped = np.clip(boxes, 0, limits).tolist()
    return tuple(
        CharBox(name, x0, y0, x1, y1, line, index)
        for (name, line, index), (x0, y0, x1, y1) in zip(names, clipped, strict=True)
    )


def _union(chars: Sequence[CharBox], line: int, label: str, start: int = 0, stop: int | None = None) -> Box:
    """The box around a line's characters with start <= index < stop."""
    own = [char for char in chars if char.line == line and start <= char.index < (stop or len(label) + start)]
    return Box(
        min(char.x0 for char in own), min(char.y0 for char in own),
        max(char.x1 for char in own), max(char.y1 for char in own), label,
    )  # fmt: skip


def find_turn(rng: np.random.Generator, chars: Sequence[CharBox], lines: Sequence[tuple[str, Box]]) -> Turn | None:
    """Where a word stands, every time it does; now and then a word that is not there. None without a fit word."""
    places: dict[str, list[Box]] = {}
    for number, (text, _) in enumerate(lines):
        for match in re.finditer(r"\S+", text):
            name = match.group().strip(",.;:!?\"'()[]{}<>")
            if _FINDABLE.fullmatch(name):
                start = match.start() + match.group().index(name)
                places.setdefault(name, []).append(_union(chars, number, name, start, start + len(name)))
    if rng.random() < 0.08 or not places:
        folded, name = " ".join(text for text, _ in lines).lower(), words.word(rng)
        if name in folded:
            return None
        return Turn("find", find_prompt(f"the word '{name}'"), None)
    name = words.pick(rng, tuple(places))
    items = tuple(AnswerItem(box, "label", name) for box in places[name])
    return Turn("find", find_prompt(f"the word '{name}'"), None, items)


def _turns(
    rng: np.random.Generator, tasks: Sequence[Task] | None, chars: Sequence[CharBox], lines: Sequence[tuple[str, Box]]
) -> tuple[Turn, ...]:
    if tasks is None:
        count = int(rng.integers(1, 4))
        tasks = tuple(TEXT_TASKS[i] for i in rng.permutation(3)[:count])
    turns: list[Turn] = []
    for task in tasks:
        if task == "ocr":
            prompt = READ_PROMPT if rng.random() < 0.7 else READ_ONLY_PROMPT
            turns.append(Turn("ocr", prompt, "\n".join(text for text, _ in lines)))
        elif task == "spot":
            items = tuple(AnswerItem(box, "text_content", text) for text, box in lines)
            turns.append(Turn("spot", SPOT_PROMPT, None, items))
        elif task == "find":
            turn = find_turn(rng, chars, lines)
            if turn is not None:
                turns.append(turn)
    if not turns:  # only "find" was asked and no word lends itself
        turns.append(Turn("ocr", READ_PROMPT, "\n".join(text for text, _ in lines)))
    return tuple(turns)
