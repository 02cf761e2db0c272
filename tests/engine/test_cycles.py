"""What repeats decides how often it may."""

from __future__ import annotations

import pytest

from saccade.engine.cycles import Limits, Repetition, is_loop


def _loop(
    cycle: str, cycles: float, *, tokens_per_cycle: int = 10, before: str = "", steps: tuple[int, ...] = ()
) -> bool:
    return is_loop(Repetition(cycle, cycles, int(cycles * tokens_per_cycle), before + cycle, steps), Limits())


def test_free_text_may_repeat_three_times_and_for_128_tokens() -> None:
    assert not _loop(" It is red.", 12, tokens_per_cycle=10)
    assert _loop(" It is red.", 13, tokens_per_cycle=10)
    assert not _loop(" It is red.", 2.9, tokens_per_cycle=100)


@pytest.mark.parametrize(
    "cycle", ["| 0 | 0 |\n", "0 |\n| 0 | ", "<tr><td>0</td></tr>", "td></tr><tr><td>0</", "0 & 0 \\\\\n"]
)
def test_equal_rows_may_be_forty_wherever_the_cycle_begins(cycle: str) -> None:
    assert not _loop(cycle, 40)
    assert _loop(cycle, 41)


def test_empty_rows_and_rows_of_different_cells_may_be_fewer() -> None:
    assert not _loop("|  |  |\n", 24) and _loop("|  |  |\n", 25)
    assert not _loop("| Anna | 31 | Rome |\n", 12) and _loop("| Anna | 31 | Rome |\n", 13)


def test_numbered_rows_may_be_two_hundred() -> None:
    assert not _loop("| 7 | 0 |\n", 200, steps=(1, 0))
    assert _loop("| 7 | 0 |\n", 201, steps=(1, 0))


def test_cells_may_be_twice_as_many_as_in_the_rows_above() -> None:
    rows = "| a | b | c | d | e | f | g | h | i | j |\n" * 2
    assert not _loop("| 0 ", 20, before=rows + "| 0 ")
    assert _loop("| 0 ", 23, before=rows + "| 0 ")
    assert not _loop("| 0 ", 40, before="| 0 ") and _loop("| 0 ", 41, before="| 0 ")


def test_records_of_one_value_may_be_more_than_rich_ones_and_those_more_than_boxes() -> None:
    assert not _loop('{"a": 0, "b": 0}, ', 24) and _loop('{"a": 0, "b": 0}, ', 25)
    rich = '{"name": "Tea", "price": 2.5, "number": 1}, '
    assert not _loop(rich, 8, tokens_per_cycle=20) and _loop(rich, 9, tokens_per_cycle=20)
    box = '{"bbox_2d": [1, 2, 3, 4], "label": "cat"}, '
    assert not _loop(box, 3.9, tokens_per_cycle=32) and _loop(box, 4, tokens_per_cycle=32)


def test_a_row_of_boxes_may_be_long_but_a_sliding_box_is_a_loop() -> None:
    box = '{"bbox_2d": [10, 20, 30, 40], "label": "cat"}, '
    assert not _loop(box, 60, steps=(0, 15, 0, 15, 0))
    assert _loop(box, 16, steps=(0, 15, 15, 15, 15))


def test_arrays_of_numbers_have_room_for_a_chart_and_coordinates_do_not() -> None:
    assert not _loop("0, ", 60, tokens_per_cycle=3, before='{"y": [') and _loop(
        "0, ", 61, tokens_per_cycle=3, before='"y": ['
    )
    assert not _loop("7, ", 128, tokens_per_cycle=3, before='{"x": [', steps=(1,))
    assert _loop("7, ", 60, tokens_per_cycle=3, before='{"bbox_2d": [', steps=(1,))


def test_counting_in_free_text_is_a_loop_after_150_tokens() -> None:
    assert not _loop("\nStep 3: Look.", 14, steps=(1,)) and _loop("\nStep 3: Look.", 15, steps=(1,))
