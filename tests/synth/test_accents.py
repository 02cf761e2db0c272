from __future__ import annotations

import unicodedata

import numpy as np

from saccade.synth.accents import HELDOUT_WORDS, LETTERS, TRAIN_WORDS, VARIANTS, accented, printable
from saccade.synth.fonts import Face

Families = tuple[tuple[Face, ...], ...]
SENTENCE = "The quick Brown FOX, jumps over 25 lazy dogs."


def test_a_face_prints_only_letters_that_look_like_nothing_else(families: Families) -> None:
    for family in families[:8]:
        able = printable(family[0])
        assert able <= set(LETTERS) and {"é", "ü", "ñ"} & able


def test_only_letters_of_the_face_are_used_and_the_rest_of_the_text_stays(families: Families) -> None:
    changed = 0
    for seed in range(60):
        face = families[seed % len(families)][0]
        text = accented(np.random.default_rng(seed), SENTENCE, 0.4, face)
        assert len(text.split(" ")) == 9 and "25" in text and text == unicodedata.normalize("NFC", text)
        assert all(char.isascii() or char in printable(face) for char in text)
        assert text.split(" ")[3].isupper() and text.endswith(".")
        changed += sum(not word.isascii() for word in text.split(" "))
    assert 0.2 < changed / (60 * 8) < 0.5


def test_no_accents_are_set_where_none_are_wanted(families: Families) -> None:
    assert accented(np.random.default_rng(0), SENTENCE, 0.0, families[0][0]) == SENTENCE


def test_foreign_words_use_the_letters_of_the_list_and_the_held_out_ones_are_others() -> None:
    assert not {word.lower() for word in TRAIN_WORDS} & {word.lower() for word in HELDOUT_WORDS}
    assert all(char.isascii() or char in LETTERS for word in (*TRAIN_WORDS, *HELDOUT_WORDS) for char in word)
    assert all(not any(char.isascii() for char in letters) for letters in VARIANTS.values())
