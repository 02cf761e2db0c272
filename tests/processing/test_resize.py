"""Published sizes and limits, and what must hold for any picture."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saccade.errors import BadMedia, BadMessages
from saccade.families import FamilyProfile, family_profile
from saccade.processing.resize import (
    VideoRule,
    grid_of,
    pixel_limits,
    size_as_asked,
    smart_resize,
    tokens_of,
    video_frame_size,
)
from saccade.types import Size

QWEN2 = family_profile("qwen2-vl")
QWEN25 = family_profile("qwen2.5-vl")
QWEN3 = family_profile("qwen3-vl")

# input height x width: (resized, patch grid, tokens) under factor 28, then under factor 32, with the published limits
PUBLISHED = """
480x640 | 476x644 34x46 391 | 480x640 30x40 300
427x640 | 420x644 30x46 345 | 416x640 26x40 260
1080x1920 | 1092x1932 78x138 2691 | 1088x1920 68x120 2040
2160x3840 | 2156x3836 154x274 10549 | 2176x3840 136x240 8160
4000x6000 | 2912x4368 208x312 16224 | 3328x4992 208x312 16224
8000x8000 | 3584x3584 256x256 16384 | 4096x4096 256x256 16384
224x224 | 224x224 16x16 64 | 256x256 16x16 64
256x256 | 252x252 18x18 81 | 256x256 16x16 64
336x336 | 336x336 24x24 144 | 320x320 20x20 100
28x28 | 56x56 4x4 4 | 256x256 16x16 64
20x20 | 56x56 4x4 4 | 256x256 16x16 64
1x1 | 56x56 4x4 4 | 256x256 16x16 64
31x33 | 56x84 4x6 6 | 256x288 16x18 72
42x70 | 56x56 4x4 4 | 224x352 14x22 77
100x100 | 112x112 8x8 16 | 256x256 16x16 64
300x100 | 308x112 22x8 44 | 448x160 28x10 70
10x1000 | 28x560 2x40 20 | 32x2560 2x160 80
500x30 | 504x28 36x2 18 | 1056x64 66x4 66
2000x10 | 812x28 58x2 29 | 3648x32 228x2 114
434x368 | 448x364 32x26 208 | 448x384 28x24 168
768x1024 | 756x1036 54x74 999 | 768x1024 48x64 768
1365x2048 | 1372x2044 98x146 3577 | 1376x2048 86x128 2752
3120x1440 | 3108x1428 222x102 5661 | 3136x1440 196x90 4410
280x280 | 280x280 20x20 100 | 288x288 18x18 81
428x640 | 420x644 30x46 345 | 416x640 26x40 260
2400x1080 | 2408x1092 172x78 3354 | 2400x1088 150x68 2550
6000x8000 | 3080x4116 220x294 16170 | 3520x4704 220x294 16170
50x50 | 56x56 4x4 4 | 256x256 16x16 64
16x1000 | 28x1008 2x72 36 | 64x2048 4x128 128
"""

# input, factor, least and most tokens: resized, grid, tokens
LIMITED = """
1080x1920 28 4 1280 | 728x1316 52x94 1222
1080x1920 32 64 1280 | 832x1504 52x94 1222
2000x3000 28 4 1280 | 812x1204 58x86 1247
2000x3000 32 64 1280 | 928x1376 58x86 1247
3120x1440 28 4 1280 | 1456x672 104x48 1248
100x100 28 256 16384 | 448x448 32x32 256
100x100 32 256 16384 | 512x512 32x32 256
"""


def sides(text: str) -> tuple[int, int]:
    height, width = map(int, text.split("x"))
    return height, width


@pytest.mark.parametrize("row", PUBLISHED.strip().splitlines())
@pytest.mark.parametrize(("column", "profile"), [(1, QWEN2), (2, QWEN3)], ids=["factor28", "factor32"])
def test_a_picture_gets_the_published_size_grid_and_tokens(row: str, column: int, profile: FamilyProfile) -> None:
    cells = row.split(" | ")
    resized, grid, tokens = cells[column].split()
    size = smart_resize(*sides(cells[0]), profile.factor, profile.min_pixels, profile.max_pixels)
    assert size == Size(*sides(resized))
    assert grid_of(size, profile.patch_size) == (1, *sides(grid))
    assert tokens_of(grid_of(size, profile.patch_size)) == int(tokens)


@pytest.mark.parametrize("row", LIMITED.strip().splitlines())
def test_a_picture_keeps_to_the_limits_it_is_given(row: str) -> None:
    given_, expected = row.split(" | ")
    picture, factor, least, most = given_.split()
    resized, grid, tokens = expected.split()
    f = int(factor)
    size = smart_resize(*sides(picture), f, int(least) * f * f, int(most) * f * f)
    assert size == Size(*sides(resized))
    assert grid_of(size, f // 2) == (1, *sides(grid))
    assert tokens_of(grid_of(size, f // 2)) == int(tokens)


@pytest.mark.parametrize(
    ("factor", "before", "after"),
    [
        *((28, a, b) for a, b in ((42, 56), (70, 56), (98, 112), (126, 112), (154, 168), (182, 168))),
        *((32, a, b) for a, b in ((48, 64), (80, 64), (112, 128), (144, 128), (176, 192))),
    ],
)
def test_half_a_factor_rounds_to_the_even_multiple(factor: int, before: int, after: int) -> None:
    assert smart_resize(before, 10 * factor, factor, 1, 10**9) == Size(after, 10 * factor)


def test_the_utils_variant_differs_only_where_a_side_rounds_to_zero() -> None:
    assert smart_resize(10, 1000, 28, 3136, 12845056, floor_to_factor=True) == Size(28, 1008)
    assert smart_resize(10, 1000, 28, 3136, 12845056) == Size(28, 560)
    assert smart_resize(480, 640, 28, 3136, 12845056, floor_to_factor=True) == Size(476, 644)


def test_a_ratio_of_200_passes_and_more_is_refused() -> None:
    assert smart_resize(2000, 10, 28, 3136, 12845056) == Size(812, 28)
    with pytest.raises(BadMedia, match=r"2010x10 .* ratio of 201"):
        smart_resize(2010, 10, 28, 3136, 12845056)
    with pytest.raises(BadMedia, match="no content"):
        smart_resize(0, 10, 28, 3136, 12845056)


@pytest.mark.parametrize("limits", [(0, 100), (-5, 100), (200, 100)])
def test_limits_that_contradict_each_other_are_refused(limits: tuple[int, int]) -> None:
    with pytest.raises(BadMessages, match="do not fit together"):
        smart_resize(100, 100, 28, *limits)


def test_the_strongest_pixel_limit_that_is_given_wins() -> None:
    assert pixel_limits(QWEN3) == (65536, 16777216)
    assert pixel_limits(QWEN3, (None, 100_000), (80_000, 200_000)) == (80_000, 100_000)
    assert pixel_limits(QWEN3, (None, 30_000)) == (15_000, 30_000)  # below the family's minimum: what was asked holds
    assert pixel_limits(QWEN2, (20_000_000, None)) == (20_000_000, 40_000_000)
    with pytest.raises(BadMessages):
        pixel_limits(QWEN2, (200, 100))


@given(st.integers(1, 5000), st.integers(1, 5000), st.sampled_from([28, 32]), st.integers(4, 200), st.integers(1, 200))
def test_sizes_are_multiples_within_the_limits_and_resizing_again_changes_nothing(
    height: int, width: int, factor: int, least: int, extra: int
) -> None:
    ratio = max(height, width) / min(height, width)
    low, high = least * factor**2, (least + extra) * 4 * factor**2
    if ratio > 200:
        with pytest.raises(BadMedia):
            smart_resize(height, width, factor, low, high)
        return
    size = smart_resize(height, width, factor, low, high)
    assert size.height % factor == size.width % factor == 0
    assert size.height > 0 and size.width > 0
    assert size.pixels >= low
    assert size.pixels <= high or min(size.height, size.width) == factor
    if low <= size.pixels <= high and max(size.height, size.width) / min(size.height, size.width) <= 200:
        assert smart_resize(size.height, size.width, factor, low, high) == size


def test_an_asked_size_is_rounded_to_the_grid() -> None:
    assert size_as_asked(300, 500, 28) == Size(308, 504)
    assert size_as_asked(10, 500, 32) == Size(32, 512)


# --- videos ----------------------------------------------------------------------------------------------------------

# frames, height, width: resized, grid, tokens for factor 28, then for factor 32
VIDEOS = """
4 360x640 | 364x644 2,26,46 598 | 352x640 2,22,40 440
20 720x1280 | 560x1008 10,40,72 7200 | 640x1152 10,40,72 7200
300 720x1280 | 560x1008 150,40,72 108000 | 640x1152 150,40,72 108000
600 720x1280 | 392x728 300,28,52 109200 | 448x832 300,28,52 109200
768 1080x1920 | 336x644 384,24,46 105984 | 384x736 384,24,46 105984
16 100x100 | 336x336 8,24,24 1152 | 384x384 8,24,24 1152
"""


@pytest.mark.parametrize("row", VIDEOS.strip().splitlines())
@pytest.mark.parametrize(("column", "profile"), [(1, QWEN25), (2, QWEN3)], ids=["factor28", "factor32"])
def test_the_frames_of_a_video_get_the_size_of_the_reference(row: str, column: int, profile: FamilyProfile) -> None:
    cells = row.split(" | ")
    frames, picture = cells[0].split()
    resized, grid, tokens = cells[column].split()
    size = video_frame_size(int(frames), *sides(picture), profile)
    assert size == Size(*sides(resized))
    found = grid_of(size, profile.patch_size, int(frames))
    assert found == tuple(map(int, grid.split(",")))
    assert tokens_of(found) == int(tokens)


@pytest.mark.parametrize(
    ("frames", "picture", "resized", "tokens"),
    [
        (20, "720x1280", "704x1280", 8800),
        (20, "1080x1920", "832x1472", 11960),
        (120, "720x1280", "320x608", 11400),
        (600, "720x1280", "128x256", 9600),
        (768, "1080x1920", "128x224", 10752),
        (4, "20x30", "32x64", 4),
    ],
)
def test_the_rule_of_the_qwen3_video_processor_is_there_too(
    frames: int, picture: str, resized: str, tokens: int
) -> None:
    size = video_frame_size(frames, *sides(picture), QWEN3, rule="hf-qwen3")
    assert size == Size(*sides(resized))
    assert tokens_of(grid_of(size, 16, frames)) == tokens


def test_the_qwen3_rule_enlarges_a_tiny_video_and_takes_no_total() -> None:
    assert video_frame_size(2, 32, 32, QWEN3, min_pixels=100_000, rule="hf-qwen3") == Size(224, 224)
    with pytest.raises(BadMessages, match="total_pixels"):
        video_frame_size(4, 100, 100, QWEN3, total_pixels=5, rule="hf-qwen3")
    with pytest.raises(BadMedia, match="ratio"):
        video_frame_size(4, 10_000, 40, QWEN3, rule="hf-qwen3")


def test_a_video_keeps_to_its_own_limits() -> None:
    assert video_frame_size(4, 720, 1280, QWEN25, max_pixels=50_000).pixels <= 50_000
    assert video_frame_size(4, 60, 60, QWEN25, max_pixels=50_000).pixels <= 50_000
    assert video_frame_size(4, 60, 60, QWEN25, min_pixels=400_000).pixels >= 400_000
    total = 20_000_000
    assert 10 * video_frame_size(20, 720, 1280, QWEN25, total_pixels=total / 4).pixels <= total / 4


@pytest.mark.parametrize("rule", ["utils", "hf-qwen3"])
def test_an_odd_number_of_frames_is_filled_up_in_the_grid(rule: VideoRule) -> None:
    size = video_frame_size(5, 320, 320, QWEN3, rule=rule)
    assert grid_of(size, 16, 5)[0] == 3
