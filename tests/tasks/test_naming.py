"""Names for prompts, and languages."""

from __future__ import annotations

from saccade.tasks.languages import language_name, written_in
from saccade.tasks.naming import category_names


def test_names_are_cleaned():
    assert category_names('a "b",  c\nd', "detect") == ["a 'b'", "c d"]


def test_languages_by_name_code_and_script():
    assert (language_name("de"), language_name("pt-BR"), language_name("german")) == ("German", "Portuguese", "German")
    assert written_in("猫が一匹", "Japanese") and not written_in("a cat", "Russian") and written_in("12 !", "Thai")
