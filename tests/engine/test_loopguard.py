"""The loop guard's two rates, and its edges."""

from __future__ import annotations

import pytest

from saccade.engine.loopguard import LoopGuard
from tests.engine.streams import looping_answers, pieces, table_answers

STOP_WITHIN = 200  # tokens from the beginning of a loop


def _stopped_at(text: str, guard: LoopGuard | None = None) -> int | None:
    """The number of tokens after which the guard stops `text`, None if it lets it pass."""
    guard = guard or LoopGuard()
    for count, piece in enumerate(pieces(text), start=1):
        if guard.push(len(piece), piece):
            return count
    return None


def test_of_a_hundred_loops_at_least_95_are_stopped_within_200_tokens() -> None:
    stopped, late = 0, []
    loops = list(looping_answers())
    for kind, before, loop in loops:
        guard = LoopGuard()
        assert _stopped_at(before, guard) is None, f"stopped before the loop began: {kind}"
        count = _stopped_at(loop, guard)
        if count is not None and count <= STOP_WITHIN:
            stopped += 1
        else:
            late.append((kind, count))
    print(f"loops stopped within {STOP_WITHIN} tokens: {stopped} of {len(loops)}; late: {late}")
    assert len(loops) == 100
    assert stopped >= 95


def test_of_500_tables_with_many_equal_cells_at_most_two_are_stopped() -> None:
    tables = list(table_answers())
    stopped = [(kind, count) for kind, text in tables if (count := _stopped_at(text)) is not None]
    print(f"tables stopped: {len(stopped)} of {len(tables)}: {stopped}")
    assert len(tables) == 500
    assert len(stopped) <= 2


@pytest.mark.parametrize(
    "row",
    [
        "<tr><td>0</td><td>0</td><td>0</td><td>0</td><td>0</td><td>0</td><td>0</td><td>0</td></tr>\n",
        "| 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |\n",
        "0,0,0,0,0,0,0,0\n",
        "0 & 0 & 0 & 0 & 0 & 0 & 0 & 0 \\\\\n",
    ],
)
def test_twenty_equal_rows_pass_and_endless_ones_do_not(row: str) -> None:
    assert _stopped_at("a,b,c,d,e,f,g,h\n" + row * 20 + "done") is None
    assert _stopped_at("a,b,c,d,e,f,g,h\n" + row * 100) is not None


def test_a_short_repetition_is_an_answer() -> None:
    assert _stopped_at("Row, row, row your boat. " * 4) is None
    assert _stopped_at("ha" * 20 + "!" * 30 + "-" * 40) is None


def test_years_and_their_values_pass() -> None:
    years = ", ".join(str(year) for year in range(1960, 2024))
    assert _stopped_at(f'{{"x": [{years}], "y": [{", ".join(["0"] * 50)}]}}') is None


def test_different_boxes_with_one_label_pass_but_the_same_box_does_not() -> None:
    boxes = [f'{{"bbox_2d": [{7 * i % 900}, {13 * i % 800}, 950, 980], "label": "chair"}},\n' for i in range(100)]
    assert _stopped_at("[" + "".join(boxes)) is None
    assert _stopped_at("[" + boxes[0] * 20) is not None


def test_tokens_without_text_are_seen_too() -> None:
    guard = LoopGuard()
    stopped = [guard.push(7, "") for _ in range(200)]
    assert any(stopped) and not any(stopped[:60])


def test_a_loop_is_found_late_in_a_long_answer_with_bounded_memory() -> None:
    guard = LoopGuard()
    text = " ".join(f"word{i * i}" for i in range(3000))
    assert _stopped_at(text, guard) is None
    assert len(guard._text) <= 16000 and len(guard._texts) <= 400 and len(guard._symbols) == 1600
    count = _stopped_at(" and then it ended" * 100, guard)
    assert count is not None and count <= STOP_WITHIN


def test_a_long_paragraph_is_stopped_at_its_third_time() -> None:
    paragraph = " ".join(f"{chr(97 + i % 26)}{chr(97 + i // 26)}word" for i in range(120)) + ".\n"
    length = len(pieces(paragraph))
    count = _stopped_at(paragraph * 6)
    assert count is not None and 2 * length < count <= 3 * length + 8
