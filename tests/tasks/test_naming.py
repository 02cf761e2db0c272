"""Names for prompts, and answers that say in words that nothing is there."""

from __future__ import annotations

import pytest

from saccade.tasks.languages import language_name, written_in
from saccade.tasks.naming import category_names, says_absent


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
    ],
)
def test_words_for_nothing_there(text: str, absent: bool):
    assert says_absent(text) is absent


def test_names_are_cleaned():
    assert category_names('a "b",  c\nd', "detect") == ["a 'b'", "c d"]


def test_languages_by_name_code_and_script():
    assert (language_name("de"), language_name("pt-BR"), language_name("german")) == ("German", "Portuguese", "German")
    assert written_in("猫が一匹", "Japanese") and not written_in("a cat", "Russian") and written_in("12 !", "Thai")
