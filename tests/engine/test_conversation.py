"""What a conversation remembers, and when it must not."""

from __future__ import annotations

from dataclasses import dataclass

from saccade.engine.conversation import Conversation, pad_rows, token_keys


@dataclass(frozen=True)
class _Picture:
    digest: str
    tokens: int


def test_an_empty_conversation_shares_nothing_and_is_still_a_conversation() -> None:
    conversation = Conversation()
    assert conversation.reuse([1, 2, 3]) == 0
    assert conversation.num_tokens == 0
    assert conversation  # never mistaken for none at all


def test_the_shared_beginning_is_kept_and_the_rest_forgotten() -> None:
    conversation = Conversation()
    conversation.keys = [1, 2, 3, 4, 5]
    assert conversation.reuse([1, 2, 3, 9, 5, 6]) == 3
    assert conversation.keys == [1, 2, 3]


def test_the_last_token_of_a_prompt_is_always_computed() -> None:
    conversation = Conversation()
    conversation.keys = [1, 2, 3, 4]
    assert conversation.reuse([1, 2, 3]) == 2


def test_pads_are_equal_only_for_the_same_picture() -> None:
    ids = [5, 99, 99, 6, 99, 7]
    rows = pad_rows(ids, frozenset({99}))
    assert rows == [1, 2, 4]
    one = token_keys(ids, [_Picture("a", 2), _Picture("b", 1)], rows)
    other = token_keys(ids, [_Picture("a", 2), _Picture("c", 1)], rows)
    assert one[:4] == other[:4] and one[4] != other[4] and one[5] == other[5]
    assert one[1] != one[2]


def test_a_fork_goes_its_own_way() -> None:
    conversation = Conversation()
    conversation.keys = [1, 2]
    twin = conversation.fork()
    twin.keys.append(3)
    assert conversation.keys == [1, 2]
