"""Text on a picture replaced by other text in the same places and colours: the way a sign is translated.

    measure   the ground and the ink of every box, on the picture as it came
    erase     each box is filled with its own ground
    set       each new text in its box, no larger than the old one would be, in boxes cut apart where they overlap

Nothing outside the boxes is touched, not by one level: letters are drawn on a cut of the picture. Boxes of about one
height get letters of one size where that is possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from saccade.media.alignment import dominant_alignment
from saccade.media.colours import BLACK, WHITE, contrast_ratio, readable
from saccade.media.lettering import Lettering, can_shape
from saccade.media.placing import Rect, pixels_of_box, shared
from saccade.media.typeset import SMALLEST_PX, Align, Setting, set_text
from saccade.media.unshaped import is_right_to_left, needs_shaping
from saccade.media.writing import Writing, measure_writing
from saccade.types import Box

CUT, NO_ROOM, SMALL = "cut", "no-room", "small"
LOST, UNSHAPED, OVERLAPS = "letters-lost", "unshaped", "overlaps"

_GROWS = 1.1  # a new text may be so much larger than the old one would be in its box
_SMALL = 0.5  # of that size: below, it is said
_ALIKE = 1.25  # boxes whose heights differ by less get letters of one size
_COLUMN = 1.5  # heights between lines that still stand in one column


@dataclass(frozen=True, slots=True)
class Replacement:
    """A text in the picture, its box in pixels, and what is to stand there instead."""

    box: Box
    old: str
    new: str


@dataclass(slots=True, eq=False)
class _Job:
    """One replacement on its way. `cell` is the part of its box that no other text is set in."""

    number: int
    new: str
    old: str
    rect: Rect
    cell: Rect
    writing: Writing
    old_px: int = 0
    largest_px: int = 0
    align: Align = "centre"
    setting: Setting | None = None

    @property
    def height(self) -> int:
        return self.rect[3] - self.rect[1]

    def set(self, shaped: bool | None) -> None:
        left, top, right, bottom = self.cell
        block: Align = "right" if self.align != "centre" and is_right_to_left(self.new) else self.align
        self.setting = set_text(
            self.new, right - left, bottom - top, largest_px=self.largest_px, align=self.align, block_align=block,
            shaped=shaped,
        )  # fmt: skip


def reletter(
    image: Image.Image, replacements: Sequence[Replacement], *, shaped: bool | None = None
) -> tuple[Image.Image, tuple[tuple[str, ...], ...]]:
    """A new picture with every text replaced, and for each replacement its flags. `image` is RGB and upright.

    Flags: "cut" (it ends in an ellipsis), "small" (letters of less than half the old size), "overlaps" (its box was cut
    off from another), "letters-lost" (no font has them), "unshaped" (Pillow has no raqm); and "no-room" where nothing
    could be set: such a box keeps its old text. shaped: as for `Lettering`.
    """
    flags: list[list[str]] = [[] for _ in replacements]
    picture = np.asarray(image)
    jobs = []
    for number, one in enumerate(replacements):
        rect = pixels_of_box(one.box, image.width, image.height)
        new = _writable(one.new, flags[number])
        if rect is None or not new:
            flags[number].append(NO_ROOM)
        else:
            jobs.append(_Job(number, new, one.old, rect, rect, measure_writing(picture, rect)))
    _cut_apart(jobs, flags)
    for column in _columns(jobs):
        align = _align(column)
        for job in column:
            job.old_px = _old_size(job, shaped)
            job.largest_px, job.align = round(_GROWS * job.old_px), align
            job.set(shaped)
    _even_out(jobs, shaped)
    set_jobs = [job for job in jobs if job.setting is not None]
    canvas = image.copy()
    for job in set_jobs:
        canvas.paste(Image.fromarray(job.writing.fill), job.rect[:2])
    for job in set_jobs:
        _write(canvas, job)
    for job in jobs:
        flags[job.number] += _said(job, shaped)
    return canvas, tuple(tuple(dict.fromkeys(one)) for one in flags)


def _box(rect: Rect) -> Box:
    left, top, right, bottom = rect
    return Box(left, top, right, bottom)


def _writable(text: str, flags: list[str]) -> str:
    lettering = Lettering(SMALLEST_PX)
    written = lettering.writable(text)
    if not lettering.can_write(" ".join(text.split())):
        flags.append(LOST)
    return written


def _cut_apart(jobs: Sequence[_Job], flags: list[list[str]]) -> None:
    """Cells of boxes that overlap meet in the middle of what they share, across its shorter side."""
    for index, one in enumerate(jobs):
        for other in jobs[index + 1 :]:
            if not shared(one.cell, other.cell):
                continue
            a, b = one.cell, other.cell
            wide = min(a[2], b[2]) - max(a[0], b[0])
            high = min(a[3], b[3]) - max(a[1], b[1])
            axis = 0 if wide < high else 1  # cut across x or across y
            first, second = (one, other) if a[axis] + a[axis + 2] <= b[axis] + b[axis + 2] else (other, one)
            middle = (max(a[axis], b[axis]) + min(a[axis + 2], b[axis + 2])) // 2
            first.cell = _with(first.cell, axis + 2, middle)
            second.cell = _with(second.cell, axis, middle)
            for job in (one, other):
                flags[job.number].append(OVERLAPS)


def _with(rect: Rect, index: int, value: int) -> Rect:
    left, top, right, bottom = (value if place == index else old for place, old in enumerate(rect))
    return left, top, right, bottom


def _old_size(job: _Job, shaped: bool | None) -> int:
    """The size of letters that the old text has, as far as its box tells."""
    left, top, right, bottom = job.rect
    old = Lettering(SMALLEST_PX).writable(job.old)
    setting = set_text(old, right - left, bottom - top, shaped=shaped) if old else None
    return max(SMALLEST_PX, bottom - top if setting is None else setting.size_px)


def _columns(jobs: Sequence[_Job]) -> list[list[_Job]]:
    """Boxes that stand one below the other with little between them, together."""
    columns: list[list[_Job]] = []
    for job in jobs:
        near = [column for column in columns if any(_is_near(job, other) for other in column)]
        columns = [column for column in columns if column not in near]
        columns.append([job, *(other for column in near for other in column)])
    return columns


def _align(column: Sequence[_Job]) -> Align:
    """As the boxes of a column stand, so that it stays straight; a text on its own in the middle."""
    if len(column) == 1:
        return "centre"
    side = dominant_alignment([_box(job.rect) for job in column]).side
    return "centre" if side == "none" else side


def _is_near(one: _Job, other: _Job) -> bool:
    """Whether two boxes stand in one column, with less than so many of their heights between them."""
    a, b = one.rect, other.rect
    above = max(a[1], b[1]) - min(a[3], b[3])
    return above < _COLUMN * min(one.height, other.height) and min(a[2], b[2]) > max(a[0], b[0])


def _even_out(jobs: Sequence[_Job], shaped: bool | None) -> None:
    """Among boxes of about one height no text is larger than most can be."""
    fitting = sorted((job for job in jobs if job.setting is not None), key=lambda job: job.height)
    while fitting:
        group = [job for job in fitting if job.height < _ALIKE * fitting[0].height]
        fitting = fitting[len(group) :]
        sizes = sorted(job.setting.size_px for job in group if job.setting is not None)
        most = sizes[(len(sizes) - 1) // 2]
        for job in group:
            if job.setting is not None and job.setting.size_px > most:
                job.largest_px = most
                job.set(shaped)


def _write(canvas: Image.Image, job: _Job) -> None:
    """On a cut of the canvas, so that no rim of a letter leaves its cell."""
    assert job.setting is not None
    ground = job.writing.ground
    ink = job.writing.ink or max((BLACK, WHITE), key=lambda colour: contrast_ratio(colour, ground))
    cell = canvas.crop(job.cell)
    job.setting.write(ImageDraw.Draw(cell), 0, 0, readable(ink, ground))
    canvas.paste(cell, job.cell[:2])


def _said(job: _Job, shaped: bool | None) -> list[str]:
    if job.setting is None:
        return [NO_ROOM]
    flags = [CUT] if job.setting.is_cut else []
    if job.setting.size_px < _SMALL * job.old_px:
        flags.append(SMALL)
    if needs_shaping(job.new) and not (can_shape() if shaped is None else shaped):
        flags.append(UNSHAPED)
    return flags
