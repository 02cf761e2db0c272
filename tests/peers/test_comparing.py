"""What the comparison with real servers counts as ours, and what it takes for an explanation."""

from __future__ import annotations

from saccade.types import Box, TokenLogprob
from tests.peers.comparing import NEAR_NATS, Parting, _parting, num_near
from tests.peers.to_gguf import without_rest


def token(text: str, logprob: float, *others: tuple[str, float]) -> TokenLogprob:
    top = tuple(TokenLogprob(word, number + 100, value, word.encode()) for number, (word, value) in enumerate(others))
    return TokenLogprob(text, 1, logprob, text.encode(), top)


def test_boxes_are_paired_once_and_within_two_pixels() -> None:
    ours = [Box(0, 0, 10, 10), Box(0, 0, 10, 10), Box(50, 50, 60, 60)]
    assert num_near(ours, [Box(1, 2, 10, 10), Box(50, 50, 60, 62.5)]) == 1
    assert num_near(ours, ours[::-1]) == 3
    assert num_near([], ours) == num_near(ours, []) == 0


def test_the_place_where_two_answers_part_says_how_close_the_tokens_were() -> None:
    tokens = [token("é", -0.1), token("12", -0.6, ("13", -0.62), ("1", -2.0))]
    parting = _parting(tokens, "é12", "é13")
    assert (parting.at, parting.ours, parting.theirs) == (2, "12", "13")
    assert parting.nats is not None and abs(parting.nats - 0.02) < 1e-9
    assert parting.reason is not None and "equally likely" in parting.reason


def test_a_token_that_was_far_less_likely_explains_nothing() -> None:
    assert _parting([token("12", -0.1, ("13", -3.0))], "12", "13").reason is None
    assert _parting([token("12", -0.1, ("14", -0.11))], "12", "13").reason is None  # theirs is not among the likely
    assert Parting(0, "a", "b", NEAR_NATS + 0.01).reason is None


def test_a_text_that_the_server_keeps_back_as_a_call_is_told() -> None:
    reason = _parting([token("<tool_call>", -0.1), token("=", -0.1)], "<tool_call>=", "").reason
    assert reason is not None and "tool call" in reason


def test_an_answer_that_stops_early_is_compared_with_the_end_of_the_turn() -> None:
    parting = _parting([token("a", -0.1), token("b", -0.7, ("<|im_end|>", -0.8), ("c", -0.9))], "ab", "a")
    assert parting.nats is not None and abs(parting.nats - 0.1) < 1e-9


def test_no_rotary_frequency_is_left_over_for_an_axis_that_stands_still() -> None:
    assert without_rest([12, 10, 10, 0]) == [12, 11, 10, 0]
    assert without_rest([24, 20, 20, 0]) == [24, 21, 21, 0]
    assert without_rest([11, 11, 10, 0]) == [11, 11, 10, 0]
