"""Stop texts are found in a stream whatever its pieces, and nothing of them comes out."""

from __future__ import annotations

from saccade.processing.parse.stops import StopMatcher, held_back


def test_text_that_may_begin_a_stop_text_is_held_back() -> None:
    matcher = StopMatcher(["END"])
    assert [matcher.push(piece) for piece in ("a E", "N", "x", " EN", "D tail")] == ["a ", "", "ENx", " ", ""]
    assert matcher.matched == "END"
    assert matcher.flush() == " tail"


def test_a_beginning_that_never_became_a_stop_text_comes_out_at_the_end() -> None:
    matcher = StopMatcher(["END"])
    assert matcher.push("the EN") + matcher.flush() == "the EN"


def test_the_earliest_of_several_stop_texts_ends_the_answer() -> None:
    matcher = StopMatcher(["later", "soon"])
    assert matcher.push("one soon two later") == "one "
    assert matcher.matched == "soon"


def test_held_back_is_the_longest_end_that_begins_a_stop_text() -> None:
    assert held_back("xabab", ["ababc"]) == 4
    assert held_back("xyz", ["ababc"]) == 0
    assert held_back("ab", []) == 0
