"""A review of a user interface or a graphic: what the model finds, and apart from that what can be measured.

    review = design_review(model, "page.png")
    review.findings                     area, severity, finding, suggestion, box; source "model" or "measured"
    review.palette, review.contrasts, review.alignment

The palette, the contrast of each line of text (WCAG 2.2) and the alignment are computed from pixels and boxes; no
number in them comes from the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from saccade.errors import BadAnswer, BadInput
from saccade.export.results import Exportable
from saccade.media.alignment import Alignment, dominant_alignment
from saccade.media.colours import AA_LARGE, AA_TEXT, AAA_LARGE, AAA_TEXT, contrast_ratio, hex_of
from saccade.media.palette import MOST_COLOURS, Swatch, palette
from saccade.media.placing import pixels_of_box
from saccade.media.writing import measure_writing
from saccade.processing.coordinates import to_source
from saccade.processing.parse.boxes import BOX_KEYS, numbers_of
from saccade.processing.parse.json import as_list, read_json
from saccade.prompts.design import AREAS, REVIEW_PROMPT, SEVERITIES
from saccade.tasks.ask import Answerer, media_part
from saccade.tasks.looking import CLOSED, Look, Question, look_and_read, merged_flags, settings_of
from saccade.tasks.ocr import ocr
from saccade.tasks.regions import open_picture
from saccade.types import Box, Size

Severity = Literal["low", "medium", "high"]
Source = Literal["model", "measured"]
NO_TEXT_BOXES, OTHER_AREA = "no-text-boxes", "other-area"

_MAX_TOKENS = 2048
_MOST_FINDINGS = 20
_LONGEST, _LONGEST_STEP = 400, 120
_LARGE_PX = 24.0  # CSS pixels: 18 point, where WCAG calls text large-scale
_LINE_PER_SIZE = 1.2  # a line's box is about so much higher than its size of letters
_SEVERE = 3.0  # a contrast below is no text at all for many
_LEVELS: Mapping[str, Severity] = {
    **dict.fromkeys(("low", "minor", "info", "cosmetic", "suggestion", "1"), "low"),
    **dict.fromkeys(("medium", "moderate", "major", "2"), "medium"),
    **dict.fromkeys(("high", "critical", "severe", "blocker", "3"), "high"),
}  # fmt: skip
_SAME_AREA = {
    "color": "colour", "colors": "colour", "colours": "colour", "contrast": "accessibility", "font": "typography",
    "fonts": "typography", "text": "typography", "whitespace": "spacing", "image": "imagery", "images": "imagery",
    "icon": "icons", "visual hierarchy": "hierarchy", "copy": "content",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend. `source` says who found it: the model, or a measurement. The box is in pixels of the file."""

    area: str
    severity: Severity
    finding: str
    suggestion: str = ""
    box: Box | None = None
    source: Source = "model"
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contrast:
    """A line of text on its ground, measured. `large` is text of 18 point or more, to which lower limits apply.

    `ratio` is that of WCAG 2.2, 1 to 21; `aa` and `aaa` say whether it meets criteria 1.4.3 and 1.4.6.
    """

    text: str
    box: Box
    ink: str
    ground: str
    ratio: float
    large: bool
    aa: bool
    aaa: bool


@dataclass(frozen=True, slots=True)
class DesignReview(Exportable):
    """A review. `style` and `hierarchy` (what meets the eye first) are the model's; `palette`, `contrasts` and
    `alignment` are measured. Findings: the model's in its order, then the measured ones, the worst first.

    Flags besides the usual: "no-text-boxes" (no line of text was found, so there are no contrasts), "other-area" (an
    area besides those that were asked for became "other").
    """

    findings: tuple[Finding, ...]
    style: str
    hierarchy: tuple[str, ...]
    palette: tuple[Swatch, ...]
    contrasts: tuple[Contrast, ...]
    alignment: Alignment
    image_size: Size
    raw_text: str
    flags: tuple[str, ...] = ()

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Of the findings that have one, labelled with area and severity."""
        return tuple(
            Box(one.box.x0, one.box.y0, one.box.x1, one.box.y1, f"{one.area} ({one.severity})", one.box.raw,
                one.box.flags, {"finding": one.finding, "suggestion": one.suggestion, "source": one.source})
            for one in self.findings if one.box is not None
        )  # fmt: skip


def design_review(
    answerer: Answerer,
    image: Any,
    *,
    texts: Sequence[Box] | None = None,
    pixel_ratio: float = 1.0,
    num_colours: int = MOST_COLOURS,
    **options: Any,
) -> DesignReview:
    """Review the design of `image`.

    texts: boxes of the lines of text in pixels of the file, with the text as label, where you know them (from a page's
    DOM, say); None has them read with `ocr`, () leaves the contrasts out. pixel_ratio: pixels of the file for one CSS
    pixel, 2 for most screenshots of phones. num_colours: at most so many in the palette. `options` are those of `ask`.

    An answer that cannot be read is asked for once more. Raises BadInput for values out of range, BadAnswer (holding
    the raw text), and what `ask` raises.
    """
    if isinstance(pixel_ratio, bool) or not isinstance(pixel_ratio, int | float) or not 0 < pixel_ratio <= 16:
        raise BadInput(f"pixel_ratio is {pixel_ratio!r}; it must be a number above 0, at most 16")
    if isinstance(num_colours, bool) or not isinstance(num_colours, int) or not 1 <= num_colours <= 32:
        raise BadInput(f"num_colours is {num_colours!r}; it must be a whole number from 1 to 32")
    if texts is not None and not all(isinstance(text, Box) for text in texts):
        raise BadInput("texts must be a list of Box", hint="as saccade.Box(x0, y0, x1, y1, text)")
    question = Question((image,), REVIEW_PROMPT)
    ((seen, told),) = look_and_read(
        answerer, [question], options, _read, max_tokens=_MAX_TOKENS, own={"schema": _schema()}
    )  # fmt: skip
    if isinstance(told, BadAnswer):
        raise told
    flags = merged_flags(seen.flags, told.flags)
    if texts is None:
        texts, of_reading = _lines(answerer, image, options)
        flags = merged_flags(flags, of_reading)
    picture = open_picture(media_part(image).source, settings_of(answerer))
    contrasts = contrasts_of(np.asarray(picture), texts, pixel_ratio=pixel_ratio)
    return DesignReview(
        findings=(*told.findings, *_measured(contrasts)),
        style=told.style,
        hierarchy=told.hierarchy,
        palette=palette(picture, most=num_colours),
        contrasts=contrasts,
        alignment=dominant_alignment(texts),
        image_size=seen.image_size,
        raw_text=seen.reply.text,
        flags=flags,
    )


def contrasts_of(picture: Any, texts: Sequence[Box], *, pixel_ratio: float = 1.0) -> tuple[Contrast, ...]:
    """The contrast of each line of text in an RGB picture [H, W, 3], uint8; lines without ink have none."""
    found = []
    for box in texts:
        rect = pixels_of_box(box, picture.shape[1], picture.shape[0])
        writing = None if rect is None else measure_writing(picture, rect)
        if writing is None or writing.ink is None:
            continue
        ratio = contrast_ratio(writing.ink, writing.ground)
        large = (box.y1 - box.y0) / pixel_ratio >= _LARGE_PX * _LINE_PER_SIZE
        aa, aaa = (AA_LARGE, AAA_LARGE) if large else (AA_TEXT, AAA_TEXT)
        found.append(Contrast(box.label, box, hex_of(writing.ink), hex_of(writing.ground), round(ratio, 2), large,
                              ratio >= aa, ratio >= aaa))  # fmt: skip
    return tuple(found)


def _measured(contrasts: Sequence[Contrast]) -> list[Finding]:
    """A finding for each line that fails level AA, the worst first."""
    failing = sorted((one for one in contrasts if not one.aa), key=lambda one: one.ratio)
    return [
        Finding(
            "accessibility",
            "high" if one.ratio < _SEVERE else "medium",
            f"contrast {one.ratio:.2f}:1 of {one.ink} on {one.ground}" + (f' in "{one.text}"' if one.text else ""),
            f"{'large text' if one.large else 'text'} needs at least {AA_LARGE if one.large else AA_TEXT}:1 "
            "(WCAG 2.2, 1.4.3)",
            one.box,
            "measured",
        )
        for one in failing
    ]


def _lines(answerer: Answerer, image: Any, options: Mapping[str, Any]) -> tuple[Sequence[Box], tuple[str, ...]]:
    """The lines of text as the model reads them; none, flagged, where it gives no boxes."""
    try:
        read = ocr(answerer, image, boxes=True, **options)
    except BadAnswer:
        return (), (NO_TEXT_BOXES,)
    return read.boxes, merged_flags(read.flags, () if read.boxes else (NO_TEXT_BOXES,))


@dataclass(frozen=True, slots=True)
class _Told:
    """The model's part."""

    findings: tuple[Finding, ...]
    style: str
    hierarchy: tuple[str, ...]
    flags: tuple[str, ...]


def _read(seen: Look) -> _Told:
    """The review in an answer. Raises BadAnswer."""
    parsed = read_json(seen.reply.text)
    value = parsed.value
    whole: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
    listed = next((whole[key] for key in ("findings", "issues", "problems") if isinstance(whole.get(key), list)), None)
    items = listed if listed is not None else as_list(value)
    items = items[:-1] if CLOSED in seen.reply.flags else items  # the engine's filling
    findings = [one for item in items[:_MOST_FINDINGS] if (one := _finding(item, seen)) is not None]
    if items and not findings and not whole.get("style"):
        raise BadAnswer('the answer has no finding with "finding"', raw=seen.reply.text)
    order = whole.get("hierarchy")
    hierarchy = [order] if isinstance(order, str) else order if isinstance(order, list) else []
    style = whole.get("style")
    marks = merged_flags(*(one.flags for one in findings), ("dropped",) if len(findings) < len(items) else ())
    return _Told(
        tuple(findings), " ".join(style.split()) if isinstance(style, str) else "",
        tuple(" ".join(step.split()) for step in hierarchy if isinstance(step, str) and step.strip()),
        merged_flags(parsed.flags, marks),
    )  # fmt: skip


def _finding(item: Any, seen: Look) -> Finding | None:
    if not isinstance(item, Mapping):
        return None
    texts = {key: " ".join(value.split()) for key, value in item.items() if isinstance(value, str)}
    finding = next((texts[key] for key in ("finding", "issue", "problem", "description") if texts.get(key)), "")
    if not finding:
        return None
    suggestion = next((texts[key] for key in ("suggestion", "recommendation", "fix") if key in texts), "")
    given = texts.get("area", texts.get("category", "")).casefold()
    area = _SAME_AREA.get(given, given)
    severity = _LEVELS.get(str(item.get("severity", "")).strip().casefold(), "medium")
    corners = next((found for key in BOX_KEYS if (found := numbers_of(item.get(key))) is not None), None)
    box = None
    if corners is not None and len(corners) == 4:
        box = to_source(corners, "box", source=seen.image_size, resized=seen.resized_size, profile=seen.profile)
    known = area in AREAS
    return Finding(area if known else "other", severity, finding, suggestion, box, "model",
                   () if known or not given else (OTHER_AREA,))  # fmt: skip


def _schema() -> dict[str, Any]:
    """The form that the prompt shows, as a JSON schema with bounds that keep an answer from growing."""
    text = {"type": "string", "maxLength": _LONGEST}
    corner = {"type": "number", "minimum": 0, "maximum": 99999}
    finding = {
        "area": {"enum": list(AREAS)}, "severity": {"enum": list(SEVERITIES)}, "finding": text, "suggestion": text,
        "bbox_2d": {"anyOf": [{"type": "array", "items": corner, "minItems": 4, "maxItems": 4}, {"type": "null"}]},
    }  # fmt: skip
    entry = {"type": "object", "properties": finding, "required": list(finding), "additionalProperties": False}
    parts = {
        "style": {"type": "string", "maxLength": _LONGEST_STEP},
        "hierarchy": {"type": "array", "items": {"type": "string", "maxLength": _LONGEST_STEP}, "maxItems": 5},
        "findings": {"type": "array", "items": entry, "maxItems": 10},
    }
    return {"type": "object", "properties": parts, "required": list(parts), "additionalProperties": False}
