"""The published worked examples of the three-axis positions, for every family."""

from __future__ import annotations

import numpy as np
import pytest

from saccade.errors import BadMessages
from saccade.families import FAMILIES
from saccade.processing.positions import MediaTokenIds, Positions, mrope_positions

IDS = MediaTokenIds(image_pad=91, video_pad=92, vision_start=93, vision_end=94)
CODES = {"T": 1, "t": 2, "S": IDS.vision_start, "E": IDS.vision_end, "I": IDS.image_pad, "V": IDS.video_pad}


def positions_of(prompt: str, family: str, **media: object) -> Positions:
    """`prompt` in the letters above, a number after a letter repeating it: "T S I*6 E"."""
    ids: list[int] = []
    for word in prompt.split():
        letter, _, count = word.partition("*")
        ids += [CODES[letter]] * int(count or 1)
    return mrope_positions(ids, family=family, token_ids=IDS, **media)  # type: ignore[arg-type]


def rows(text: str) -> list[list[int]]:
    return [list(map(int, row.split())) for row in text.split("/")]


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_one_picture(family: str) -> None:
    found = positions_of("T T T S I*6 E T T T", family, image_grids=[(1, 4, 6)])
    assert found.values.tolist() == rows(
        "0 1 2 3 4 4 4 4 4 4 7 8 9 10 / 0 1 2 3 4 4 4 5 5 5 7 8 9 10 / 0 1 2 3 4 5 6 4 5 6 7 8 9 10"
    )
    assert found.delta == -3
    assert found.values.dtype == np.int64


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_two_pictures(family: str) -> None:
    found = positions_of("T S I*4 E T S I*2 E T T", family, image_grids=[(1, 4, 4), (1, 2, 4)])
    assert found.values.tolist() == rows(
        "0 1 2 2 2 2 4 5 6 7 7 9 10 11 / 0 1 2 2 3 3 4 5 6 7 7 9 10 11 / 0 1 2 3 2 3 4 5 6 7 8 9 10 11"
    )
    assert found.delta == -2


@pytest.mark.parametrize(
    ("family", "seconds", "times", "after", "delta"),
    [
        ("qwen2-vl", 1.0, (3, 4, 5), (6, 7, 8), -9),
        ("qwen2-vl", 0.5, (3, 4, 5), (6, 7, 8), -9),
        ("qwen2.5-vl", 1.0, (3, 5, 7), (8, 9, 10), -7),
        ("qwen2.5-vl", 0.5, (3, 4, 5), (6, 7, 8), -9),
        ("qwen2.5-vl", 1.875, (3, 6, 10), (11, 12, 13), -4),
        ("qwen2.5-vl", 0.16667, (3, 3, 3), (5, 6, 7), -10),
    ],
)
def test_a_video_spreads_over_time(
    family: str, seconds: float, times: tuple[int, ...], after: tuple[int, ...], delta: int
) -> None:
    found = positions_of("T T S V*12 E T T", family, video_grids=[(3, 4, 4)], seconds_per_grid=[seconds])
    time, height, width = found.values.tolist()
    assert time == [0, 1, 2, *(moment for moment in times for _ in range(4)), *after]
    assert height == [0, 1, 2, *([3, 3, 4, 4] * 3), *after]
    assert width == [0, 1, 2, *([3, 4, 3, 4] * 3), *after]
    assert found.delta == delta


def test_seconds_per_grid_defaults_to_one() -> None:
    found = positions_of("T T S V*12 E T T", "qwen2.5-vl", video_grids=[(3, 4, 4)])
    assert found.delta == -7


def test_tokens_per_second_scales_time() -> None:
    found = positions_of("V*8", "qwen2.5-vl", video_grids=[(2, 4, 4)], seconds_per_grid=[2.0], tokens_per_second=5.0)
    assert found.values[0].tolist() == [0] * 4 + [10] * 4


@pytest.mark.parametrize("family", ["qwen3-vl", "qwen3-vl-moe"])
def test_a_video_with_written_times_is_a_row_of_pictures(family: str) -> None:
    found = positions_of("T T t t S V*4 E t t S V*4 E t t S V*4 E T T", family, video_grids=[(3, 4, 4)])
    time, height, width = found.values.tolist()
    assert time == rows("0 1 2 3 4 5 5 5 5 7 8 9 10 11 11 11 11 13 14 15 16 17 17 17 17 19 20 21")[0]
    assert height[5:9] == [5, 5, 6, 6] and width[5:9] == [5, 6, 5, 6]
    assert height[13:17] == [11, 11, 12, 12] and width[13:17] == [11, 12, 11, 12]
    assert found.delta == -6


def test_a_picture_and_a_video_come_from_separate_queues() -> None:
    media = {"image_grids": [(1, 4, 4)], "video_grids": [(2, 4, 4)], "seconds_per_grid": [1.0]}
    found = positions_of("T S I*4 E S V*8 E T", "qwen2.5-vl", **media)
    assert found.values.tolist() == rows(
        "0 1 2 2 2 2 4 5 6 6 6 6 8 8 8 8 9 10 / 0 1 2 2 3 3 4 5 6 6 7 7 6 6 7 7 9 10"
        " / 0 1 2 3 2 3 4 5 6 7 6 7 6 7 6 7 9 10"
    )
    assert found.delta == -7


def test_the_valid_part_of_a_padded_row() -> None:
    found = positions_of("T S I*4 E T", "qwen2-vl", image_grids=[(1, 4, 4)])
    assert found.values[0].tolist() == [0, 1, 2, 2, 2, 2, 4, 5]
    assert found.delta == -2


def test_text_alone_counts_up_on_all_axes() -> None:
    found = positions_of("T*5", "qwen3-vl")
    assert found.values.tolist() == [[0, 1, 2, 3, 4]] * 3
    assert found.delta == 0
    assert positions_of("", "qwen3-vl").values.shape == (3, 0)


def test_neighbouring_blocks_without_marks_are_not_merged() -> None:
    found = positions_of("I*4 I*2", "qwen2-vl", image_grids=[(1, 4, 4), (1, 2, 4)])
    assert found.values[0].tolist() == [0, 0, 0, 0, 2, 2]


@pytest.mark.parametrize(
    ("prompt", "media"),
    [
        ("T I*4 T", {"image_grids": []}),
        ("T T", {"image_grids": [(1, 4, 4)]}),
        ("T I*3 T", {"image_grids": [(1, 4, 4)]}),
        ("T I*3", {"image_grids": [(1, 4, 4)]}),
        ("T I*5 T", {"image_grids": [(1, 4, 4)]}),
        ("T I*4 T", {"video_grids": [(1, 4, 4)]}),
    ],
)
def test_pads_that_do_not_match_the_media_are_refused_with_both_counts(prompt: str, media: dict[str, object]) -> None:
    with pytest.raises(
        BadMessages, match=r"\d image and \d video pad tokens, but the media make \d image and \d video"
    ):
        positions_of(prompt, "qwen2-vl", **media)


def test_one_value_of_seconds_per_video() -> None:
    with pytest.raises(BadMessages, match=r"1 video\(s\) came with 2"):
        positions_of("V*4", "qwen2.5-vl", video_grids=[(1, 4, 4)], seconds_per_grid=[1.0, 2.0])
