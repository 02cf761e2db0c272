"""Coordinates survive every way they take: resize, crop, tile, EXIF, the family's numbers, and back."""

from __future__ import annotations

import io
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from saccade.errors import BadAnswer, BadMessages
from saccade.families import FAMILIES, FamilyProfile, family_profile
from saccade.media.image import read_header
from saccade.processing.coordinates import Crop, tiles_of, to_frame, to_model, to_source, to_stored, to_upright
from saccade.processing.resize import smart_resize
from saccade.settings import Settings
from saccade.types import Box, Point, Size
from tests.coordinate_cases import error_px, random_case

FAMILY_NAMES = ("qwen2-vl", "qwen2.5-vl", "qwen3-vl")
QWEN2, QWEN25, QWEN3 = (family_profile(name) for name in FAMILY_NAMES)
shares = st.tuples(*[st.floats(0, 1)] * 4)


@st.composite
def sizes(draw: st.DrawFn) -> Size:
    """32 to 4096 px on a side, side ratios to 20:1."""
    long = draw(st.integers(32, 4096))
    short = draw(st.integers(max(32, -(-long // 20)), long))
    return Size(short, long) if draw(st.booleans()) else Size(long, short)


def corners(box: Box) -> tuple[float, float, float, float]:
    return box.x0, box.y0, box.x1, box.y1


def placed(size: Size, parts: tuple[float, ...]) -> tuple[float, float, float, float]:
    xs, ys = sorted(parts[:2]), sorted(parts[2:])
    return xs[0] * size.width, ys[0] * size.height, xs[1] * size.width, ys[1] * size.height


def resized_of(size: Size, profile: FamilyProfile) -> Size:
    return smart_resize(size.height, size.width, profile.factor, profile.min_pixels, profile.max_pixels)


@given(st.sampled_from(FAMILY_NAMES), sizes(), shares)
def test_a_box_comes_back_exactly_where_no_number_was_rounded(
    family: str, size: Size, parts: tuple[float, ...]
) -> None:
    profile, box = family_profile(family), placed(size, parts)
    resized = resized_of(size, profile)
    numbers = to_frame(box, source=size, resized=resized, profile=profile)
    back = to_source(numbers, source=size, resized=resized, profile=profile)
    np.testing.assert_allclose(corners(back), box, atol=1e-6)
    assert 0 <= back.x0 <= back.x1 <= size.width and 0 <= back.y0 <= back.y1 <= size.height


@given(st.sampled_from(FAMILY_NAMES), sizes(), shares, st.integers(1, 8))
def test_a_box_goes_from_the_stored_file_to_the_model_and_back(
    family: str, size: Size, parts: tuple[float, ...], orientation: int
) -> None:
    profile, box = family_profile(family), Box(*placed(size, parts))
    stored = to_stored(box, source=size, orientation=orientation)
    stored_size = Size(size.width, size.height) if orientation >= 5 else size
    assert 0 <= stored.x0 <= stored.x1 <= stored_size.width and 0 <= stored.y0 <= stored.y1 <= stored_size.height
    upright = to_upright(stored, source=size, orientation=orientation)
    np.testing.assert_allclose(corners(upright), corners(box), atol=1e-9)
    resized = resized_of(size, profile)
    numbers = to_model(corners(upright), source=size, resized=resized, profile=profile)
    back = to_source(numbers, source=size, resized=resized, profile=profile)
    # half a unit of the model's numbers, and a whole one at the far edge, which resized pixels do not reach
    units = Size(1000, 1000) if profile.coordinate_frame == "thousandths" else resized
    for found, wanted, length, unit in zip(
        corners(back), corners(box), (size.width, size.height) * 2, (units.width, units.height) * 2, strict=True
    ):
        most = 1.0 if profile.coordinate_frame != "thousandths" and wanted > length - length / unit else 0.5
        assert abs(found - wanted) <= most * length / unit * 1.0001 + 1e-9


@given(st.sampled_from(FAMILY_NAMES), sizes(), shares, shares)
def test_a_box_on_a_crop_comes_back_in_the_whole_picture(
    family: str, size: Size, place: tuple[float, ...], parts: tuple[float, ...]
) -> None:
    profile = family_profile(family)
    left, top, right, bottom = (int(value) for value in placed(size, place))
    crop: Crop = (min(left, size.width - 20), min(top, size.height - 20), max(right, left + 20), max(bottom, top + 20))
    shown = Size(crop[3] - crop[1], crop[2] - crop[0])
    resized = smart_resize(shown.height, shown.width, profile.factor, profile.min_pixels, profile.max_pixels) \
        if max(shown.height, shown.width) <= 200 * min(shown.height, shown.width) else shown  # fmt: skip
    inside = placed(Size(min(crop[3], size.height) - crop[1], min(crop[2], size.width) - crop[0]), parts)
    box = (inside[0] + crop[0], inside[1] + crop[1], inside[2] + crop[0], inside[3] + crop[1])
    numbers = to_frame(box, source=size, resized=resized, profile=profile, crop=crop)
    back = to_source(numbers, source=size, resized=resized, profile=profile, crop=crop)
    np.testing.assert_allclose(corners(back), box, atol=1e-6)
    wild = to_source((-50, -50, 5000, 5000), source=size, resized=resized, profile=profile, crop=crop)
    assert crop[0] <= wild.x0 <= wild.x1 <= min(crop[2], size.width) and "clamped" in wild.flags


def test_padding_is_a_crop_beyond_the_picture() -> None:
    """A strip of 1000 x 100 shown in the middle of a square: the square's edges are outside the strip."""
    source, crop = Size(100, 1000), (0, -450, 1000, 550)
    box = to_source((0, 450, 1000, 550), source=source, resized=Size(1024, 1024), profile=QWEN3, crop=crop)
    assert corners(box) == (0, 0, 1000, 100) and box.flags == ()
    point = to_source((500, 100), "point", source=source, resized=Size(1024, 1024), profile=QWEN3, crop=crop)
    assert (point.x, point.y, point.flags) == (500, 0, ("clamped",))
    with pytest.raises(BadMessages, match="shows nothing of a picture of 100x1000"):
        to_source((0, 0, 1, 1), source=source, resized=Size(32, 32), profile=QWEN3, crop=(0, 100, 50, 200))


def test_the_swap_of_corners_and_the_raw_numbers_are_told_on_a_crop_too() -> None:
    box = to_source((1000, 500, 0, 0), source=Size(50, 80), resized=Size(32, 32), profile=QWEN3, crop=(40, 10, 60, 30))
    assert box == Box(40, 10, 60, 20, raw=(1000, 500, 0, 0), flags=("swapped",))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_eight_orientations_are_those_that_viewers_apply(orientation: int, tmp_path: Path) -> None:
    """A white pixel in a black file is found where Pillow's transpose puts it, and where our reader's sizes say."""
    stored = Image.new("L", (7, 5))
    stored.putpixel((1, 3), 255)
    exif = Image.Exif()
    exif[274] = orientation
    file = io.BytesIO()
    stored.save(file, "PNG", exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(file.getvalue())))
    y, x = np.argwhere(np.asarray(upright) == 255)[0]
    size = read_header(file.getvalue(), Settings()).size
    assert size == Size(upright.height, upright.width)
    middle = to_upright(Point(1.5, 3.5), source=size, orientation=orientation)
    assert (middle.x, middle.y) == (x + 0.5, y + 0.5)
    box = to_stored(Box(float(x), float(y), float(x) + 1, float(y) + 1, "it"), source=size, orientation=orientation)
    assert corners(box) == (1, 3, 2, 4) and box.label == "it"


def test_an_orientation_outside_the_standard_is_refused() -> None:
    for turn in (to_stored, to_upright):
        with pytest.raises(BadMessages, match="EXIF orientation is 9; it must be 1 to 8"):
            turn(Point(0, 0), source=Size(1, 1), orientation=9)


@given(sizes(), st.integers(40, 1200), st.integers(0, 39))
def test_tiles_cover_the_picture_and_share_their_rims(size: Size, side: int, overlap: int) -> None:
    tiles = tiles_of(size, side=side, overlap=overlap)
    assert len({(right - left, bottom - top) for left, top, right, bottom in tiles}) == 1
    for low, high, length in ((0, 2, size.width), (1, 3, size.height)):
        spans = sorted({(tile[low], tile[high]) for tile in tiles})
        assert spans[0][0] == 0 and spans[-1][1] == length
        assert all(end - begin <= side for begin, end in spans)
        assert all(one[1] - other[0] >= overlap for one, other in pairwise(spans))


def test_tiles_need_more_side_than_overlap() -> None:
    assert tiles_of(Size(10, 10), side=20) == [(0, 0, 10, 10)]
    with pytest.raises(BadMessages, match="cannot overlap"):
        tiles_of(Size(10, 10), side=20, overlap=20)


def test_random_cases_come_back_within_half_a_pixel_and_inside() -> None:
    """The quick part of the proof in tests/proofs, which runs 10,000 of them."""
    errors = [error_px(random_case(number)) for number in range(300)]
    assert max(error for error, _ in errors) <= 0.5 and all(inside for _, inside in errors)
    assert random_case(3) == random_case(3) != random_case(4)


# --- published labels ----------------------------------------------------------------------------------------------

SOURCE = Size(428, 640)
BOX = (146, 137, 615, 415)


@pytest.mark.parametrize(
    ("profile", "resized", "label"),
    [
        (QWEN2, Size(420, 644), [228, 320, 961, 970]),
        (QWEN25, Size(420, 644), [147, 134, 619, 407]),
        (QWEN3, Size(416, 640), [228, 320, 961, 970]),
    ],
    ids=["qwen2-vl", "qwen2.5-vl", "qwen3-vl"],
)
def test_a_box_is_labelled_as_the_family_is_trained(profile: FamilyProfile, resized: Size, label: list[int]) -> None:
    assert to_model(BOX, "box", source=SOURCE, resized=resized, profile=profile) == label
    back = to_source(label, "box", source=SOURCE, resized=resized, profile=profile, label="fox")
    assert back.label == "fox"
    assert back.raw == tuple(label)
    for found, wanted in zip((back.x0, back.y0, back.x1, back.y1), BOX, strict=True):
        assert abs(found - wanted) < 0.7


def test_thousandths_come_back_as_documented() -> None:
    box = to_source([228, 320, 961, 970], source=SOURCE, resized=Size(416, 640), profile=QWEN3)
    assert [round(value, 1) for value in (box.x0, box.y0, box.x1, box.y1)] == [145.9, 137.0, 615.0, 415.2]
    assert box.flags == ()


def test_boxes_are_turned_upright_and_kept_inside_the_picture() -> None:
    box = to_source([900, 1200, 100, -50], source=Size(100, 200), resized=Size(96, 192), profile=QWEN3)
    assert box == Box(20, 0, 180, 100, raw=(900, 1200, 100, -50), flags=("clamped", "swapped"))
    flat = to_source([100, 100, 100, 500], source=Size(100, 200), resized=Size(96, 192), profile=QWEN3)
    assert flat.flags == ("empty",) and flat.area == 0
    point = to_source([1500, 500], "point", source=Size(100, 200), resized=Size(96, 192), profile=QWEN3, label="tip")
    assert point == Point(200, 50, "tip", (1500, 500), ("clamped",))


def test_a_label_never_leaves_the_range_of_the_family() -> None:
    assert to_model((-5, -5, 700, 500), source=SOURCE, resized=Size(420, 644), profile=QWEN25) == [0, 0, 643, 419]
    assert to_model((700, 428), "point", source=SOURCE, resized=Size(416, 640), profile=QWEN3) == [1000, 1000]


@pytest.mark.parametrize(
    "values", [[1, 2, 3], [1, 2, 3, 4, 5], [1, 2, math.nan, 4], [1, 2, 3, math.inf], [1, 2, 3, 10**400], ["a", 1, 2, 3]]
)
def test_numbers_that_are_no_box_are_a_bad_answer(values: list[float]) -> None:
    with pytest.raises(BadAnswer, match="needs 4 finite numbers"):
        to_source(values, source=SOURCE, resized=SOURCE, profile=QWEN3)


def test_a_label_needs_the_right_count_of_numbers() -> None:
    with pytest.raises(BadMessages, match="a point needs 2 numbers, got 4"):
        to_model(BOX, "point", source=SOURCE, resized=SOURCE, profile=QWEN3)


@given(
    st.sampled_from(sorted(FAMILIES)),
    st.integers(20, 4000),
    st.integers(20, 4000),
    st.lists(st.floats(0, 1), min_size=4, max_size=4),
)
def test_a_box_survives_the_way_to_the_model_and_back(
    family: str, height: int, width: int, shares: list[float]
) -> None:
    profile = family_profile(family)
    source = Size(height, width)
    resized = smart_resize(height, width, profile.factor, profile.min_pixels, profile.max_pixels)
    xs, ys = sorted(shares[:2]), sorted(shares[2:])
    box = (xs[0] * width, ys[0] * height, xs[1] * width, ys[1] * height)
    back = to_source(
        to_model(box, source=source, resized=resized, profile=profile),
        source=source,
        resized=resized,
        profile=profile,
    )
    # one unit of the model's numbers, the last of which is cut off at the far edge of resized pixels
    step_x = width / (1000 if profile.coordinate_frame == "thousandths" else resized.width)
    step_y = height / (1000 if profile.coordinate_frame == "thousandths" else resized.height)
    assert 0 <= back.x0 <= back.x1 <= width and 0 <= back.y0 <= back.y1 <= height
    for found, wanted, step in zip(
        (back.x0, back.y0, back.x1, back.y1), box, (step_x, step_y, step_x, step_y), strict=True
    ):
        assert abs(found - wanted) <= step * 1.001
