"""Answers that say that nothing is there."""

from __future__ import annotations

import pytest

from saccade.errors import BadAnswer
from saccade.processing.parse.absence import read_count, says_absent


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("There is no cat in the image.", True),
        ("There are no people.", True),
        ("None.", True),
        ("No cats are visible.", True),
        ("not shown", True),
        ("图中没有猫。", True),
        ("There aren't any.", True),
        ("No.", False),
        ("There is a cat.", False),
        ("No parking sign at (3, 4)", False),
        ("Nothing but a cat.", False),
        ("I see nothing.", False),
        ("", False),
        ("[]", True),
        ("```json\n[]\n```", True),
        ("null", True),
        ("[1]", False),
    ],
)
def test_words_for_nothing_there(text: str, absent: bool):
    assert says_absent(text) is absent


def test_a_count_may_be_told_in_words():
    assert (read_count("There are 3."), read_count("图中没有猫。")) == ((3, False), (0, True))
    with pytest.raises(BadAnswer):
        read_count("very many")
