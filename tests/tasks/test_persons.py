"""The policy on naming people, rule by rule."""

from __future__ import annotations

import pytest

from saccade.tasks.persons import is_real_person, names_nobody, without_names


@pytest.mark.parametrize(
    ("category", "told", "is_person"),
    [
        ("landmark", None, False), ("landmark", True, True), ("", True, True), ("", False, False), ("", None, None),
        ("football player", None, True), ("footballer", False, True), ("Historical person", None, True),
        ("历史人物", None, True), ("人", None, True), ("虚构人物", None, False), ("机器人", None, False),
        ("fictional character", None, False), ("statue", False, False), ("cartoon character", True, True),
        ("character played by a real actor", None, True), ("car model", None, False), ("king penguin", None, False),
    ],
)  # fmt: skip
def test_who_counts_as_a_real_person(category: str, told: bool | None, is_person: bool | None):
    assert is_real_person(category, told) is is_person


def test_words_for_people_name_nobody():
    assert names_nobody("a young woman") and names_nobody("男人") and not names_nobody("Ada")


@pytest.mark.parametrize(
    ("text", "names", "left"),
    [
        ("worn by Lionel Messi", ["Lionel Messi"], "worn by person"),
        ("Messi's shirt, LIONEL on it", ["Lionel Messi"], "person's shirt, person on it"),
        ("利昂内尔·梅西的球衣", ["利昂内尔·梅西"], "person的球衣"),
        ("a messy lionel-like coat", ["Leo Messi"], "a messy lionel-like coat"),
        ("the Rock", ["The Rock"], "person"),
        ("the sea", ["The Rock"], "the sea"),
        ("a person", ["person", " "], "a person"),
    ],
)
def test_names_are_taken_out_of_other_texts(text: str, names: list[str], left: str):
    assert without_names(text, names) == left
