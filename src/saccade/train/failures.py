"""The worst answers of a measurement, with pictures: what stands in the model card beside the scores.

An answer's own score is that of its task's main measure (the one with a target). Of every set the worst answers about
different pictures are taken; a set whose answers are all right gives none.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from saccade.errors import BadAnswer, BadInput
from saccade.families import FamilyProfile, family_profile
from saccade.processing.coordinates import to_model
from saccade.processing.parse.boxes import read_boxes
from saccade.processing.parse.points import read_points
from saccade.processing.parse.tools import coordinate_of, read_tool_calls
from saccade.synth.heldout import heldout_sample, read_set, set_names, set_spec
from saccade.synth.sample import Sample, Turn, answer_text
from saccade.train.evaluate import TARGETS
from saccade.train.scoring import truth_of
from saccade.types import Size

MOST_BYTES = 300_000  # of all pictures together
LOWER_IS_BETTER = frozenset({"CER", "text CER", "MAE", "false alarms", "false boxes per absent question"})
_SIDES_PX = (240, 200, 170, 145, 120, 100, 80)  # longer side of a picture, smaller until all fit
_COLOURS = 48
_FRAMES = 4  # of a clip that are shown
_TRUE, _TOLD = (0, 158, 115), (213, 94, 0)
_BOX_TASKS = frozenset({"detect", "find", "spot"})


@dataclass(frozen=True, slots=True)
class Failure:
    """One of the worst answers: its question in the held-out sets, what was wanted, what was said, its own score."""

    set: str
    task: str
    index: int
    turn: int
    prompt: str
    truth: str
    answer: str
    measure: str
    score: float
    picture: str = ""  # name of its file


def main_measure(set_name: str, task: str, scores: Mapping[str, float]) -> str | None:
    """The measure of an answer that its task is judged by: one with a target, else its first."""
    targets = set_spec(set_name).get("targets", {}) if set_name in set_names() else {}
    with_target = [name for name in scores if name in targets or (task, name) in TARGETS]
    return next(iter(with_target or scores), None)


def worst(report: Mapping[str, Any], most: int = 2) -> list[Failure]:
    """At most `most` of the worst answers of each held-out set of a report as `saccade eval --out` writes it."""
    profile = family_profile(report["family"])
    chosen: list[Failure] = []
    for name in report["answers"]:
        if name not in set_names():  # a public benchmark: its pictures are not ours to show
            continue
        ranked: list[tuple[float, int, int, Mapping[str, Any], str]] = []
        for entry in report["answers"][name]:
            measure = main_measure(name, entry["task"], entry["scores"])
            if measure is None:
                continue
            value = entry["scores"][measure]
            badness = value if measure in LOWER_IS_BETTER else 1.0 - value
            if badness > 0:
                ranked.append((-badness, int(entry["id"]), int(entry["turn"]), entry, measure))
        seen: set[int] = set()
        for _, index, number, entry, measure in sorted(ranked, key=lambda one: one[:3]):
            if index not in seen and len(seen) < most:
                seen.add(index)
                turn = sample_at(name, index).turns[number]
                chosen.append(Failure(name, entry["task"], index, number, entry["prompt"],
                                      truth_text(turn, sample_at(name, index), profile), entry["answer"], measure,
                                      entry["scores"][measure]))  # fmt: skip
    return chosen


def sample_at(set_name: str, index: int) -> Sample:
    """Sample `index` of a held-out set, drawn or from its pack. Raises BadInput when the set has no such sample."""
    if "pack" not in set_spec(set_name):
        return heldout_sample(set_name, index)
    found = next(islice(read_set(set_name, index + 1), index, None), None)
    if found is None:
        raise BadInput(f"the held-out set {set_name} has no sample {index}")
    return found


def truth_text(turn: Turn, sample: Sample, profile: FamilyProfile) -> str:
    """The right answer as the model would write it."""
    if turn.answer is not None:  # one of the two oldest worlds
        return turn.answer
    shown = [sample.image, *(picture.image for picture in sample.more)]

    def numbers(values: Sequence[float], picture: int) -> list[int]:
        height, width = shown[picture if picture < len(shown) and sample.clip is None else 0].shape[:2]
        size = Size(height=height, width=width)
        return to_model(values, "box" if len(values) == 4 else "point", source=size, resized=size, profile=profile)

    if turn.parts:
        return answer_text(turn.parts, numbers)
    return json.dumps(
        [{"bbox_2d": numbers((item.box.x0, item.box.y0, item.box.x1, item.box.y1), 0), item.key: item.value}
         for item in turn.items], ensure_ascii=False,
    )  # fmt: skip


# --- pictures --------------------------------------------------------------------------------------------------------


def draw(failures: Sequence[Failure], folder: Path, family: str, *, most_bytes: int = MOST_BYTES) -> list[Failure]:
    """Write a small picture of every failure into `folder` as failures-SET-N.png, in place of older ones.

    True places are outlined in green, told ones in orange. All files together stay within `most_bytes`, which makes
    them smaller where there are many. The failures come back with the names of their files.
    """
    profile = family_profile(family)
    whole = [_shown(failure, profile) for failure in failures]
    files: list[bytes] = []
    for side in _SIDES_PX:
        files = [_encoded(picture, side) for picture in whole]
        if sum(map(len, files)) <= most_bytes:
            break
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("failures-*.png"):
        old.unlink()
    named: list[Failure] = []
    for failure, data in zip(failures, files, strict=True):
        number = 1 + sum(other.set == failure.set for other in named)
        name = f"failures-{failure.set}-{number}.png"
        (folder / name).write_bytes(data)
        named.append(Failure(**{**_as_dict(failure), "picture": name}))
    return named


def _as_dict(failure: Failure) -> dict[str, Any]:
    return {name: getattr(failure, name) for name in Failure.__slots__}


def _encoded(picture: Image.Image, side: int) -> bytes:
    small = picture.copy()
    small.thumbnail((2 * side if picture.width > 1.6 * picture.height else side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.quantize(_COLOURS, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _shown(failure: Failure, profile: FamilyProfile) -> Image.Image:
    """The picture, pair or a few frames side by side, with places where the question is about one."""
    sample = sample_at(failure.set, failure.index)
    if sample.clip is not None:
        frames = sample.clip.frames
        picks = np.linspace(0, len(frames) - 1, min(_FRAMES, len(frames))).round().astype(int)
        return _side_by_side([Image.fromarray(frames[i]) for i in picks])
    if sample.more:
        return _side_by_side([Image.fromarray(image) for image in (sample.image, *(p.image for p in sample.more))])
    picture = Image.fromarray(sample.image)
    pen = ImageDraw.Draw(picture)
    line = max(2, round(max(picture.size) / 120))
    for places, colour in (
        (_true_places(sample.turns[failure.turn]), _TRUE),
        (_told_places(failure, picture, profile), _TOLD),
    ):
        for place in places:
            if len(place) == 4:
                x0, y0, x1, y1 = place
                pen.rectangle((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)), outline=colour, width=line)
            else:
                x, y = place
                pen.line((x - 4 * line, y, x + 4 * line, y), colour, line)
                pen.line((x, y - 4 * line, x, y + 4 * line), colour, line)
    return picture


def _side_by_side(pictures: Sequence[Image.Image]) -> Image.Image:
    height = max(picture.height for picture in pictures)
    strip = Image.new("RGB", (sum(picture.width + 6 for picture in pictures) - 6, height), (255, 255, 255))
    x = 0
    for picture in pictures:
        strip.paste(picture, (x, 0))
        x += picture.width + 6
    return strip


def _true_places(turn: Turn) -> Iterator[Sequence[float]]:
    """Boxes of the truth, in pixels."""
    truth = truth_of(turn)
    yield from (box[:4] for box in truth.get("boxes", ()))
    yield from (target["box"] for target in truth.get("targets", ()))
    if turn.task == "spot":
        yield from (line["box"] for line in truth["lines"])
    if turn.task == "click" and truth.get("box"):
        yield truth["box"]


def _told_places(failure: Failure, picture: Image.Image, profile: FamilyProfile) -> Iterator[Sequence[float]]:
    """Boxes or points of the answer, in pixels; none where it cannot be read."""
    size = Size(height=picture.height, width=picture.width)
    try:
        if failure.task in _BOX_TASKS:
            boxes = read_boxes(failure.answer, source=size, resized=size, profile=profile).boxes
            yield from ((box.x0, box.y0, box.x1, box.y1) for box in boxes)
        elif failure.task == "point":
            points = read_points(failure.answer, source=size, resized=size, profile=profile).points
            yield from ((point.x, point.y) for point in points)
        elif failure.task == "click":
            for call in read_tool_calls(failure.answer).calls:
                point = coordinate_of(call.arguments, source=size, resized=size, profile=profile)
                if point is not None:
                    yield point.x, point.y
    except BadAnswer:
        return
