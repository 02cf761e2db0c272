"""A prompt for a program that makes pictures, from a picture. Saccade hands it over; it makes no pictures itself.

    made = picture_prompt(model, "photo.jpg", for_="sdxl", change="at night, in the rain")
    made.prompt, made.negative_prompt, made.aspect_ratio, made.parameters
    made.text                                     all of it as it is pasted into that program

Shape and size are computed from the file, not asked. No seed is given: it would say nothing about the picture.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from saccade.errors import BadAnswer, BadMessages
from saccade.processing.parse.json import read_json
from saccade.processing.parse.sentences import without_markdown
from saccade.prompts.writing import DEFAULT_NEGATIVE, hand_over_prompt
from saccade.tasks.ask import Answerer
from saccade.tasks.looking import Look, Question, answered, look_and_read, merged_flags
from saccade.types import Size

Generator = Literal["sdxl", "flux", "midjourney", "plain"]
GENERATORS: tuple[str, ...] = get_args(Generator)
# Sizes (width, height) that SDXL was trained on most, after arXiv 2307.01952, appendix I.
_SDXL_SIZES = ((1024, 1024), (1152, 896), (896, 1152), (1216, 832), (832, 1216), (1344, 768), (768, 1344),
               (1536, 640), (640, 1536))  # fmt: skip
_FLUX_AREA, _FLUX_STEP = 1024 * 1024, 16  # about a megapixel, sides in steps of 16
_FLUX_SIDES = (256, 1440)
_RATIOS = ((1, 1), (5, 4), (4, 3), (3, 2), (16, 10), (16, 9), (2, 1), (21, 9), (3, 1))
_CLOSE = 0.01  # share by which a named ratio may be off
_MOST_WORDS = {"sdxl": 60, "midjourney": 60, "flux": 200, "plain": 200}
_NO_NEGATIVE = ("flux", "plain")  # they take none: what is not wanted is left unsaid
_PARAMETER = re.compile(
    r"\s*(?:--|—)(?:ar|aspect|v|version|s|stylize|q|quality|seed|no|niji|style|chaos|c|w|weird|iw|tile)\b"
    r"(?:\s+(?!--|—)[^\s—]+)*|\bseed\s*[:=]?\s*\d+", re.IGNORECASE
)  # fmt: skip
_PROMPT = re.compile(r"^\W{0,6}(?:(?:positive|image|new)\s+)?prompt\W{0,4}[:：]\W{0,3}?[ \t]*(.*)$", re.IGNORECASE)
_NEGATIVE = re.compile(r"^\W{0,6}negative(?:\s+prompt)?\W{0,4}[:：][ \t]*(.*)$", re.IGNORECASE)
_OPENING = re.compile(r"^(?:(?:sure|here)\b[^\n:]{0,80}:|(?:generate|create|make|draw|produce)\s+(?:an?\s+)?"
                      r"(?:image|picture|photo)\s+(?:of|with|that shows|showing)\s+)\s*", re.IGNORECASE)  # fmt: skip
_NOTHING = re.compile(r"(?:none|n/?a|nothing|no|-)[.\s]*", re.IGNORECASE)
_MAX_TOKENS = 512


@dataclass(frozen=True, slots=True)
class PicturePrompt:
    """A prompt for `target`. `negative_prompt` is "" for generators that take none.

    `aspect_ratio` ("3:2") is that of the caller's file, `size` a size of that shape that the generator makes (None
    where it takes only the ratio), `parameters` the two in the generator's own words.

    Flags besides the usual: "default-negative" (the model named none, ours stands), "too-long" (more words than the
    generator reads well), "parameters-removed" (the model had put its own, or a seed, into the text).
    """

    target: Generator
    prompt: str
    negative_prompt: str
    aspect_ratio: str
    size: Size | None
    image_size: Size
    raw_text: str
    parameters: Mapping[str, str | int] = field(default_factory=dict)
    change: str = ""
    flags: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is pasted into the generator."""
        if self.target == "midjourney":
            no = f" --no {self.negative_prompt}" if self.negative_prompt else ""
            return f"{self.prompt} --ar {self.aspect_ratio}{no}"
        negative = f"\nNegative prompt: {self.negative_prompt}" if self.negative_prompt else ""
        size = f"\nSize: {self.size.width}x{self.size.height}" if self.size is not None else ""
        return f"{self.prompt}{negative}{size}"

    def __str__(self) -> str:
        return self.text


def picture_prompt(
    answerer: Answerer, image: Any, *, for_: Generator = "sdxl", change: str | None = None, **options: Any
) -> PicturePrompt:
    """The prompt with which `for_` ("sdxl", "flux", "midjourney" or "plain") would make a picture like `image`.

    change: what is to be different, in words. `options` are those of `ask`. An answer that is no prompt is asked for
    once more. Raises BadMessages for an unknown generator or an empty change, BadAnswer, and what `ask` raises.
    """
    if for_ not in GENERATORS:
        raise BadMessages(f"unknown generator {for_!r}", hint=f"use one of {', '.join(GENERATORS)}")
    if change is not None and not change.strip():
        raise BadMessages("the change is empty", hint="leave it out for a picture like this one")
    wish = "" if change is None else " ".join(change.split())
    question = Question((image,), hand_over_prompt(for_, wish, negative=for_ not in _NO_NEGATIVE))
    ((seen, found),) = look_and_read(answerer, [question], options, _read, max_tokens=_MAX_TOKENS)
    if isinstance(found, BadAnswer):
        raise found
    return _made(seen, *found, target=for_, change=wish)


def _made(seen: Look, written: str, negative: str, *, target: Generator, change: str) -> PicturePrompt:
    prompt, unwanted = _PARAMETER.sub("", written), _PARAMETER.sub("", negative)
    prompt, unwanted = (" ".join(text.split()).strip(" ,;") for text in (prompt, unwanted))
    if not prompt:
        raise BadAnswer("the answer holds no prompt, only parameters", raw=seen.reply.text)
    takes_negative = target not in _NO_NEGATIVE
    ratio, size = aspect_ratio(seen.image_size), generator_size(seen.image_size, target)
    flags = {
        "default-negative": takes_negative and not unwanted,
        "too-long": len(prompt.split()) > _MOST_WORDS[target],
        "parameters-removed": bool(_PARAMETER.search(written) or _PARAMETER.search(negative)),
    }
    parameters: dict[str, str | int] = {"ar": ratio} if size is None else {"width": size.width, "height": size.height}
    return PicturePrompt(
        target, prompt, (unwanted or DEFAULT_NEGATIVE) if takes_negative else "", ratio, size, seen.image_size,
        seen.reply.text, {} if target == "plain" else parameters, change,
        merged_flags(seen.flags, tuple(name for name, holds in flags.items() if holds)),
    )  # fmt: skip


def _read(seen: Look) -> tuple[str, str]:
    """The prompt and the negative prompt of an answer, both on one line."""
    answered(seen)
    answer = seen.text.rpartition("</think>")[2].strip()
    told = _from_json(answer)
    if told is None:
        parts: dict[str, list[str]] = {"prompt": [], "negative": []}
        here, labelled = "prompt", False
        for line in without_markdown(answer).splitlines():
            negative, prompt = _NEGATIVE.match(line), _PROMPT.match(line)
            if negative is None and prompt is not None and not labelled:
                parts["prompt"].clear()  # what stood before it was talk
            if negative is not None or prompt is not None:
                here, labelled = ("negative" if negative is not None else "prompt"), True
                line = (negative or prompt or _PROMPT.match("prompt:"))[1]  # type: ignore[index]
            elif not line.strip() and labelled and parts[here]:
                here = "after"
            parts.setdefault(here, []).append(line)
        told = " ".join(parts["prompt"]), " ".join(parts["negative"])
    prompt_text, negative_text = (" ".join(text.split()).strip("\"'“”` ") for text in told)
    prompt_text = _OPENING.sub("", prompt_text).strip("\"'“”` ")
    if not re.search(r"\w", prompt_text):
        raise BadAnswer("the answer holds no prompt", raw=seen.reply.text)
    return prompt_text, "" if _NOTHING.fullmatch(negative_text) else negative_text.rstrip(".")


def _from_json(answer: str) -> tuple[str, str] | None:
    if "{" not in answer:
        return None
    try:
        value = read_json(answer).value
    except BadAnswer:
        return None
    if not isinstance(value, Mapping):
        return None
    named = {str(key).casefold().replace(" ", "_"): entry for key, entry in value.items()}
    prompt = named.get("prompt", named.get("positive_prompt"))
    if not isinstance(prompt, str):
        return None
    negative = named.get("negative_prompt", named.get("negative")) or ""
    return prompt, ", ".join(map(str, negative)) if isinstance(negative, list) else str(negative)


def aspect_ratio(size: Size) -> str:
    """The shape of a picture as "width:height": a usual ratio within 1 percent, else the nearest of small numbers."""
    exact = size.width / size.height
    both = [*_RATIOS, *((height, width) for width, height in _RATIOS if width != height)]
    usual = min(both, key=lambda ratio: abs(ratio[0] / ratio[1] / exact - 1))
    if abs(usual[0] / usual[1] / exact - 1) <= _CLOSE:
        return f"{usual[0]}:{usual[1]}"
    if exact > 30 or exact < 1 / 30:
        return f"{max(1, round(exact))}:{max(1, round(1 / exact))}"
    near = [(width, height) for height in range(1, 31) for width in range(1, 31)]
    width, height = min(near, key=lambda ratio: (round(abs(ratio[0] / ratio[1] / exact - 1), 2), sum(ratio)))
    return f"{width}:{height}"


def generator_size(size: Size, target: Generator) -> Size | None:
    """A size of the picture's shape, as near as may be, that the generator makes; None where it takes only a ratio."""
    exact = size.width / size.height
    if target == "sdxl":
        width, height = min(_SDXL_SIZES, key=lambda one: abs(one[0] / one[1] / exact - 1))
        return Size(height, width)
    if target == "flux":
        sides = ((_FLUX_AREA * exact) ** 0.5, (_FLUX_AREA / exact) ** 0.5)
        width, height = (
            min(max(round(side / _FLUX_STEP) * _FLUX_STEP, _FLUX_SIDES[0]), _FLUX_SIDES[1]) for side in sides
        )
        return Size(height, width)
    return None
