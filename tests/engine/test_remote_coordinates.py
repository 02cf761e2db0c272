"""Boxes through a server are pixels of the caller's file: the server resizes as vLLM does and knows the truth."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

import saccade
from saccade.engine.remote.pictures import Sender
from saccade.engine.remote.servers import VLLM
from saccade.families import family_profile
from saccade.processing.coordinates import to_source
from saccade.processing.plans import NO_LIMITS
from saccade.session import Model
from saccade.settings import Settings
from saccade.types import Box, Part, Size
from tests.coordinate_cases import FAMILY_NAMES, Case, is_inside, random_case
from tests.engine.standin import StandIn, boxes_text, pictures_of, smart_resize

# Where a picture that is stored upside down or sideways is turned for its orientation to make it upright again.
_STORED_BY = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # orientation -> PIL's Transpose that undoes it


def true_numbers(case: Case, width: int, height: int) -> tuple[float, ...]:
    """The case's box in the numbers of a model that sees the picture at this size."""
    profile = family_profile(case.family)
    if profile.coordinate_frame == "thousandths":
        width = height = profile.coordinate_divisor
    source, (x0, y0, x1, y1) = case.source, case.box
    return (x0 / source.width * width, y0 / source.height * height,
            x1 / source.width * width, y1 / source.height * height)  # fmt: skip


class Oracle:
    """Answers with the box it was told, in the numbers of the model that sees the picture after vLLM's resize."""

    def __init__(self, server: StandIn, family: str) -> None:
        self.profile = family_profile(family)
        self.truth: Case | None = None
        self.rounded, self.num_resized = False, 0
        server.name, server.answers, server.chunk_chars = family, [self.answer], 200

    def answer(self, _: Any, request: dict[str, Any]) -> str:
        assert self.truth is not None
        (picture,) = pictures_of(request)
        numbers = true_numbers(self.truth, *self._model_size(picture))
        return boxes_text([[round(number) for number in numbers] if self.rounded else numbers])

    def _model_size(self, picture: Image.Image) -> tuple[int, int]:
        limits = (self.profile.min_pixels, self.profile.max_pixels)
        height, width = smart_resize(picture.height, picture.width, self.profile.factor, *limits)
        self.num_resized += (width, height) != picture.size
        return width, height


class Finder(Oracle):
    """Looks for the red box in what the server got, and answers with where it is."""

    def answer(self, _: Any, request: dict[str, Any]) -> str:
        (picture,) = pictures_of(request)
        width, height = self._model_size(picture)
        pixels = np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC)).astype(int)
        red = pixels[..., 0] - pixels[..., 1] > 127
        rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
        box = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
        if self.profile.coordinate_frame == "thousandths":
            box = [edge * 1000 / side for edge, side in zip(box, (width, height) * 2, strict=True)]
        return boxes_text([[round(float(edge)) for edge in box]])


@pytest.fixture
def server() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin


def picture_file(case: Case, box: tuple[int, ...] | None = None) -> bytes:
    """A PNG that shows the case's picture upright once its orientation is applied, with `box` in red."""
    image = Image.new("RGB" if box else "L", (case.source.width, case.source.height))
    if box:
        image.paste((255, 0, 0), box)
    if case.orientation != 1:
        image = image.transpose(Image.Transpose(_STORED_BY[case.orientation]))
    exif, file = Image.Exif(), io.BytesIO()
    exif[274] = case.orientation
    image.save(file, "PNG", exif=exif, compress_level=1)
    return file.getvalue()


def header_file(case: Case) -> bytes:
    """The PNG of the case as far as its header goes, with the orientation and without a pixel."""
    exif = Image.Exif()
    exif[274] = case.orientation
    sides = (case.source.width, case.source.height)[:: 1 if case.orientation < 5 else -1]
    head = struct.pack(">IIBBBBB", *sides, 8, 0, 0, 0, 0)
    file = b"\x89PNG\r\n\x1a\n"
    for name, data in ((b"IHDR", head), (b"eXIf", exif.tobytes()[6:]), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")):
        file += struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return file


def worst_fitted(numbers: range) -> tuple[float, int, int]:
    """As `worst_case` without a server in between: what would be sent, and what vLLM's resize would make of it."""
    worst, outside, resized = 0.0, 0, 0
    for case in map(random_case, numbers):
        profile = family_profile(case.family)
        sender = Sender(profile, VLLM.limits(profile), Settings())
        seen = sender.plan(Part("image", source=header_file(case)), NO_LIMITS, as_video=False)
        assert seen.source_size == case.source
        sent = seen.resized_size
        height, width = smart_resize(sent.height, sent.width, profile.factor, profile.min_pixels, profile.max_pixels)
        resized += (height, width) != (sent.height, sent.width)
        box = to_source(true_numbers(case, width, height), source=case.source, resized=sent, profile=profile)
        worst = max(worst, float(np.abs(np.subtract(_corners(box), case.box)).max()))
        outside += not is_inside(box, case.source)
    return worst, outside, resized


def worst_case(numbers: range, *, rounded: bool) -> tuple[float, int, int]:
    """(largest error in px, or in units of the model where `rounded`; boxes outside; pictures the server changed)."""
    worst, outside, resized = 0.0, 0, 0
    for family in FAMILY_NAMES:
        with StandIn() as server:
            oracle = Oracle(server, family)
            oracle.rounded = rounded
            model: Model = saccade.load(server.url, settings=Settings())
            for case in (case for case in map(random_case, numbers) if case.family == family):
                oracle.truth = case
                found = model.detect(picture_file(case), "thing")
                assert found.image_size == case.source and len(found.boxes) == 1
                box = found.boxes[0]
                errors = np.abs(np.subtract(_corners(box), case.box))
                if rounded:
                    errors *= np.tile(_units(model, case.source), 2)
                worst, outside = max(worst, float(errors.max())), outside + (not is_inside(box, case.source))
            resized += oracle.num_resized
    return worst, outside, resized


def _units(model: Model, source: Size) -> tuple[float, float]:
    """Units of the model's numbers per pixel of the caller's picture."""
    profile = family_profile(model.family)
    if profile.coordinate_frame == "thousandths":
        return 1000 / source.width, 1000 / source.height
    height, width = smart_resize(source.height, source.width, profile.factor, profile.min_pixels, profile.max_pixels)
    return width / source.width, height / source.height


def _corners(box: Box) -> tuple[float, float, float, float]:
    return box.x0, box.y0, box.x1, box.y1


def test_boxes_come_back_within_half_a_pixel_before_rounding_and_the_server_changes_no_picture() -> None:
    """The quick part of the proof in tests/proofs, which sends 1,000 and fits 10,000."""
    for worst, outside, resized in (worst_case(range(40), rounded=False), worst_fitted(range(500))):
        assert worst <= 0.5 and (outside, resized) == (0, 0)


def test_rounding_of_the_models_numbers_costs_half_a_unit_and_nothing_else() -> None:
    worst, outside, resized = worst_case(range(1000, 1030), rounded=True)
    assert worst <= 0.5001 and (outside, resized) == (0, 0)


@pytest.mark.parametrize("family", FAMILY_NAMES)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_what_the_server_sees_is_where_we_say_it_is(server: StandIn, family: str, orientation: int) -> None:
    finder = Finder(server, family)
    model = saccade.load(server.url, settings=Settings())
    for size, box in ((Size(333, 517), (100, 40, 180, 300)), (Size(60, 1000), (700, 10, 990, 50))):
        case = Case(family, size, orientation, (0, 0, 1, 1))
        found = model.detect(picture_file(case, box), "red box")
        assert found.image_size == size
        # a unit of the model for rounding, and a pixel of its picture for the blur of the edge
        unit_x, unit_y = _units(model, size)
        for edge, wanted, unit in zip(_corners(found.boxes[0]), box, (unit_x, unit_y) * 2, strict=True):
            assert abs(edge - wanted) <= 1.5 / min(unit, 1) + 0.5
    assert finder.num_resized == 0
