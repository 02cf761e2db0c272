"""Pictures of running text in wrapped lines, and of signs; with words that have accents.

Every printed line is a line of the answer, top to bottom. Text is fitted to the canvas: smaller letters first, never
below an x-height of 8 px, then fewer lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saccade.prompts.scenes import short_answer_prompt
from saccade.prompts.text import READ_ONLY_PROMPT, READ_PROMPT, SPOT_PROMPT
from saccade.synth import background, words
from saccade.synth.accents import accented
from saccade.synth.background import Colour
from saccade.synth.canvas import Canvas
from saccade.synth.fonts import Face, choose_face, sized_font
from saccade.synth.sample import BoxNumbers, Part, Said, Sample, Task, Turn
from saccade.synth.signs import draw_signs
from saccade.synth.text import find_turn
from saccade.types import Box

PARAGRAPH_TASKS: tuple[Task, ...] = ("ocr", "spot", "find", "vqa")
TRAIN_LAYOUTS = ("left", "indented", "titled", "ruled")
HELDOUT_LAYOUTS = ("centred", "boxed")
LEAST_X_HEIGHT_PX = 8.0
_MEASURE = "the quick brown fox jumps over a lazy dog, 25 March"
_MOST_LINES, _MOST_SPOTTED = 16, 12  # so that an answer has at most about 700 tokens
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


@dataclass(frozen=True, slots=True)
class Prose:
    """How hard the words are: the share of noise and numbers, and of words with accents."""

    random_fraction: float
    accent_fraction: float
    split: str


def draw_paragraphs(
    rng: np.random.Generator,
    *,
    faces: Sequence[Sequence[Face]],
    height: int = 448,
    width: int = 448,
    tasks: Sequence[Task] | None = None,
    split: str = "train",
    distortion: float = 0.5,
    kind: str | None = None,
    chars_per_line: tuple[int, int] = (20, 45),
    x_height_px: tuple[float, float] = (8.0, 30.0),
    max_lines: int = _MOST_LINES,
    random_fraction: float = 0.2,
    accent_fraction: float = 0.15,
) -> Sample:
    """A picture of one to three paragraphs, or of one to three signs: a quarter, or as `kind` says.

    `faces` is what `fonts.faces()` gives; `height` and `width` are pixels. `tasks` asks exactly these of "ocr", "spot",
    "find", "vqa"; None asks one to three. Lines have `chars_per_line` characters where the canvas is wide enough.
    `split` "heldout" takes layouts, sign boards, wordings and foreign words that "train" never shows.
    """
    kind = kind or ("sign" if rng.random() < 0.25 else "paragraph")
    prose = Prose(random_fraction, accent_fraction, split)
    if tasks is None:
        tasks = tuple(PARAGRAPH_TASKS[i] for i in rng.permutation(len(PARAGRAPH_TASKS))[: int(rng.integers(1, 4))])
    ink, ground = _colours(rng, distortion)
    smooth = bool(rng.random() < 0.5)
    canvas = Canvas(height, width, ground, smooth=smooth)
    surface = words.pick(rng, ("gradient", "paper")) if rng.random() < 0.7 * distortion else "flat"
    if surface != "flat":
        canvas.paste(background.surface(rng, height, width, ground, surface, 6 + 16 * distortion), 0, 0)
    if kind == "sign":
        made = draw_signs(rng, canvas, faces, x_height_px, split, accent_fraction)
    else:
        most = min(max_lines, _MOST_SPOTTED if "spot" in tasks else _MOST_LINES)
        made = _paragraphs(rng, canvas, faces, ink, chars_per_line, x_height_px, most, prose)
    pixels, damage = canvas.finish(rng, distortion, float(str(made["x_height_px"])))
    meta = {
        "world": "paragraphs", "kind": kind, "split": split, "renderer": "smooth" if smooth else "hinted",
        "surface": surface, "ink": ink, "ground": ground, **made, **damage,
    }  # fmt: skip
    return Sample(pixels, _turns(rng, canvas, tasks, kind), tuple(canvas.chars), tuple(canvas.lines),
                  tuple(canvas.objects), meta)  # fmt: skip


def _colours(rng: np.random.Generator, distortion: float) -> tuple[Colour, Colour]:
    """Ink and ground, well apart in brightness."""
    contrast = 125 - 30 * distortion
    if rng.random() < 0.8:
        ground = background.random_colour(rng, 185, 255)
        return background.random_colour(rng, 0, background.luma(ground) - contrast - 10), ground
    ground = background.random_colour(rng, 0, 70)
    return background.random_colour(rng, background.luma(ground) + contrast + 10, 255), ground


def _token(rng: np.random.Generator, prose: Prose) -> str:
    """A word of a running text, or what else stands in one."""
    if rng.random() >= prose.random_fraction:
        return words.word(rng)
    kind = int(rng.integers(5))
    if kind < 2:
        return words.noise(rng, int(rng.integers(3, 10))).split(" ")[0]
    return (words.number, words.price, words.code)[kind - 2](rng)


def _sentence(rng: np.random.Generator, prose: Prose, face: Face) -> list[str]:
    """A sentence as words, its first letter a capital and its end marked."""
    tokens = " ".join(_token(rng, prose) for _ in range(int(rng.integers(4, 13)))).split(" ")
    if rng.random() < 0.3 and len(tokens) > 5:
        tokens[int(rng.integers(1, len(tokens) - 2))] += words.pick(rng, (",", ",", ";", ":", " -"))
    tokens[0] = tokens[0][:1].upper() + tokens[0][1:]
    tokens[-1] += words.pick(rng, (".", ".", ".", "!", "?"))
    return accented(rng, " ".join(tokens), prose.accent_fraction, face, prose.split).split(" ")


def _wrapped(
    rng: np.random.Generator, canvas: Canvas, face: Face, x_height: float, room_px: float, most_chars: int, lines: int,
    prose: Prose,
) -> list[str]:  # fmt: skip
    """About `lines` lines of sentences, none wider than `room_px` or longer than `most_chars`."""
    font, current, width = canvas.font(face, x_height), "", 0.0
    space = canvas.length(" ", font)
    done: list[str] = []
    while len(done) < lines:
        for token in _sentence(rng, prose, face):
            while (own := canvas.length(token, font)) > room_px or len(token) > most_chars:
                token = token[: max(1, min(most_chars, int(len(token) * room_px / own), len(token) - 1))]
            if current and (len(current) + 1 + len(token) > most_chars or width + space + own > room_px):
                done.append(current)
                current, width = "", 0.0
            current, width = f"{current} {token}".strip(), width + own + (space if current else 0.0)
        if len(done) == lines - 1 and len(current) > most_chars // 4:
            return [*done, current]  # the paragraph ends with its sentence
    return done[:lines]


def _paragraphs(
    rng: np.random.Generator, canvas: Canvas, faces: Sequence[Sequence[Face]], ink: Colour,
    chars_per_line: tuple[int, int], limits: tuple[float, float], most: int, prose: Prose,
) -> dict[str, object]:  # fmt: skip
    """Draw one to three paragraphs in one typeface; what was drawn comes back."""
    layout, face = (
        words.pick(rng, TRAIN_LAYOUTS if prose.split == "train" else HELDOUT_LAYOUTS),
        choose_face(rng, faces),
    )
    margin = float(rng.uniform(6, 8 + 0.07 * canvas.width))
    pad = margin + (10 if layout == "boxed" else 0)
    room_width, room_height = canvas.width - 2 * pad, canvas.height - 2 * pad
    wanted_chars = int(rng.integers(chars_per_line[0], chars_per_line[1] + 1))
    advance = sized_font(face, 20.0).length(_MEASURE) / len(_MEASURE) / 20.0  # of a character, in x-heights
    pitch = float(rng.uniform(2.35, 3.1))  # from line to line, in x-heights
    x_height = min(room_width / (wanted_chars * advance), limits[1], room_height / (2 * pitch))
    if rng.random() < 0.35:  # smaller than would fit
        x_height *= float(rng.uniform(0.6, 1.0))
    x_height = max(LEAST_X_HEIGHT_PX, limits[0], x_height)
    room = min(room_width, wanted_chars * advance * x_height * 1.06) - 1
    least_lines = 2 if room_height >= 2 * pitch * x_height else 1
    number = max(least_lines, min(most, int(room_height / (pitch * x_height))))
    number = int(rng.integers(max(least_lines, number // 2), number + 1))
    blocks: list[list[str]] = []
    rest, gap = number, 0.6 * pitch * x_height
    title = layout == "titled" and number >= 4
    if title:
        rest -= 2
    while rest > 0:
        size = rest if rest < 4 or rng.random() < 0.5 or len(blocks) == 2 else int(rng.integers(2, rest - 1))
        blocks.append(_wrapped(rng, canvas, face, x_height, room, wanted_chars + 2, size, prose))
        rest -= size
    while len(blocks) > 1 and sum(map(len, blocks)) * pitch * x_height + gap * (len(blocks) - 1) > room_height:
        blocks[-1].pop()
        blocks = [block for block in blocks if block]
    total = sum(map(len, blocks)) * pitch * x_height + gap * (len(blocks) - 1) + (2 * pitch * x_height if title else 0)
    left = pad + float(rng.random()) * max(0.0, room_width - room)
    top = pad + float(rng.random()) * max(0.0, room_height - total)
    y = top + 0.72 * pitch * x_height
    if layout == "boxed":
        frame = Box(
            left - 8, top - 6, min(canvas.width - 2.0, left + room + 8), min(canvas.height - 2.0, top + total + 4)
        )
        canvas.rectangle(frame, outline=ink, width=float(rng.uniform(1, 2.5)))
    if title:
        y += 0.4 * pitch * x_height
        heading = _fitted_words(canvas, face, words.phrase(rng, 14), x_height * 1.35, room)
        said = canvas.say(heading, left, y, canvas.font(face, x_height * 1.35), ink)
        canvas.thing("heading", canvas.lines[said][1])
        y += 1.6 * pitch * x_height
    font = canvas.font(face, x_height)
    for block in blocks:
        numbers = []
        for row, text in enumerate(block):
            inset = 1.8 * x_height if layout == "indented" and row == 0 else 0.0
            if inset and canvas.length(text, font) + inset > room:
                inset = max(0.0, room - canvas.length(text, font))
            x, align = (left + room / 2, "middle") if layout == "centred" else (left + inset, "left")
            if layout == "ruled":
                canvas.stroke([(left, y + 0.45 * x_height), (left + room, y + 0.45 * x_height)], _soft(ink), 1.0)
            numbers.append(canvas.say(text, x, y, font, ink, align))
            y += pitch * x_height
        canvas.thing("paragraph", canvas.line_box(numbers))
        y += gap
    return {"layout": layout, "family": face.family, "style": face.style, "x_height_px": x_height}


def _soft(ink: Colour) -> Colour:
    """A thin line's colour, between ink and middle grey."""
    red, green, blue = ((value + 3 * 150) // 4 for value in ink)
    return (red, green, blue)


def _fitted_words(canvas: Canvas, face: Face, text: str, x_height: float, room_px: float) -> str:
    """The first words of `text` that fit; at least some letters."""
    font = canvas.font(face, x_height)
    while canvas.length(text, font) > room_px and len(text) > 1:
        text = text.rpartition(" ")[0] or text[: len(text) * 3 // 4]
    return text


def _turns(rng: np.random.Generator, canvas: Canvas, tasks: Sequence[Task], kind: str) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    for task in tasks:
        if task == "spot":
            turns.append(_spot_turn(canvas))
        elif task == "find":
            found = find_turn(rng, canvas.chars, canvas.lines)
            turns.append(_read_turn(rng, canvas) if found is None else _with_parts(found))
        elif task == "vqa":
            turns.append(_question_turn(rng, canvas, kind))
        else:
            assert task == "ocr", task
            turns.append(_read_turn(rng, canvas))
    return tuple(turns)


def _read_turn(rng: np.random.Generator, canvas: Canvas) -> Turn:
    parts: list[Part] = []
    for number, (text, _) in enumerate(canvas.lines):
        parts += [Said("\n")] if number else []
        parts.append(Said(text, line=number))
    prompt = READ_PROMPT if rng.random() < 0.7 else READ_ONLY_PROMPT
    return Turn("ocr", prompt, parts=tuple(parts), truth={"text": "\n".join(text for text, _ in canvas.lines)})


def _spot_turn(canvas: Canvas) -> Turn:
    parts: list[Part] = [Said("[")]
    for number, (text, box) in enumerate(canvas.lines):
        parts += [Said(', {"bbox_2d": [' if number else '{"bbox_2d": ['), BoxNumbers(box),
                  Said('], "text_content": "'), Said(text, line=number, escape="json"), Said('"}')]  # fmt: skip
    truth = {"lines": [{"text": text, "box": [box.x0, box.y0, box.x1, box.y1]} for text, box in canvas.lines]}
    return Turn("spot", SPOT_PROMPT, parts=(*parts, Said("]")), truth=truth)


def _with_parts(turn: Turn) -> Turn:
    """A finding turn of the text world with its list of boxes as parts."""
    parts: list[Part] = [Said("[")]
    for number, item in enumerate(turn.items):
        box = item.box
        centre = ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
        parts += [Said(', {"bbox_2d": [' if number else '{"bbox_2d": ['), BoxNumbers(box), Said('], "label": "'),
                  Said(item.value, at=centre, escape="json"), Said('"}')]  # fmt: skip
    truth = {"boxes": [[item.box.x0, item.box.y0, item.box.x1, item.box.y1, item.value] for item in turn.items]}
    return Turn("find", turn.prompt, parts=(*parts, Said("]")), truth=truth)


def _question_turn(rng: np.random.Generator, canvas: Canvas, kind: str) -> Turn:
    """A word or a line by its place, the number of lines, or what a sign says."""
    lines, form = canvas.lines, int(rng.integers(4))
    number = int(rng.integers(min(len(lines), len(_ORDINALS))))
    text, which = lines[number][0], _ORDINALS[number]
    if kind == "sign" and len(lines) <= 4 and sum(thing.shape == "sign" for thing in canvas.objects) == 1 and form < 2:
        parts: list[Part] = []
        for row, (line, _) in enumerate(lines):
            parts += [Said(" ")] if row else []
            parts.append(Said(line, line=row))
        question, answer = "What does the sign say?", " ".join(line for line, _ in lines)
    elif form == 0:
        question, answer = "How many lines of text are there?", str(len(lines))
        parts = [Said(answer)]
    elif form == 1:
        question, answer = f"What does the {which} line say?", text
        parts = [Said(text, line=number)]
    else:
        first = form == 2
        answer = text.split(" ")[0 if first else -1]
        question = f"What is the {'first' if first else 'last'} word of the {which} line?"
        parts = [Said(answer, line=number, start=0 if first else len(text) - len(answer))]
    prompt = short_answer_prompt(question) if rng.random() < 0.5 else question
    return Turn("vqa", prompt, parts=tuple(parts), truth={"answers": [answer]})
