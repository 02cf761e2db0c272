"""Taxonomies in three forms, and words that name one category or none."""

from __future__ import annotations

from typing import Any

import pytest

from saccade.errors import BadInput
from saccade.tasks.taxonomy import read_taxonomy


@pytest.mark.parametrize(
    "given",
    [
        {"Home": {"Kitchen": ["mug", "pan"]}, "Toys": {}},
        {"Home": [{"Kitchen": {"mug": None, "pan": None}}], "Toys": []},
        ["Home > Kitchen > mug", "Home > Kitchen > pan", "Toys"],
        [("Home", "Kitchen", "mug"), ["Home", "Kitchen", "pan"], ("Toys",)],
    ],
)
def test_every_form_gives_the_same_paths(given: Any):
    known = read_taxonomy(given)
    assert known.paths == (("Home", "Kitchen", "mug"), ("Home", "Kitchen", "pan"), ("Toys",))
    assert known.names[0] == "Home > Kitchen > mug"
    assert known.below(()) == ("Home", "Toys") and known.below(("Home", "Kitchen")) == ("mug", "pan")


def test_a_word_names_the_category_that_ends_with_it_where_only_one_does():
    known = read_taxonomy({"Home": ["lamp", "mug"], "Office": ["lamp"]})
    assert known.find("home>MUG") == known.find("mug") == ("Home", "mug")
    assert known.find("lamp") is None and known.find("Office > lamp") == ("Office", "lamp")
    assert known.find("cup") is None and known.find("") is None and known.find(" > ") is None


@pytest.mark.parametrize("empty", [[], {}, (), [None]])
def test_one_without_entries_is_said(empty: Any):
    with pytest.raises(BadInput, match="the taxonomy has no entries"):
        read_taxonomy(empty)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("mug", "a taxonomy is a list or a nested mapping, and str came"),
        (7, "and int came"),
        (["mug", 7], "a category must be a text, and 7 came"),
        (["mug", " "], "a text that is not empty"),
        ({"": []}, "a text that is not empty"),
        ([[]], "a text that is not empty"),
        (["Home", "Home > mug"], "'Home' both as a category and as the way to others"),
    ],
)
def test_what_is_no_taxonomy_is_said(given: Any, words: str):
    with pytest.raises(BadInput, match=words):
        read_taxonomy(given)


def test_one_that_contains_itself_ends():
    loop: dict[str, Any] = {}
    loop["Home"] = loop
    with pytest.raises(BadInput, match="deeper than 16 levels"):
        read_taxonomy(loop)
