from __future__ import annotations

import numpy as np

from saccade.synth import words


def test_the_word_list_is_plain_lower_case_without_repeats() -> None:
    listed = words.common_words()
    assert len(listed) == len(set(listed)) > 2000
    assert all(word.isascii() and word.isalpha() and word.islower() for word in listed)


def test_every_line_is_printable_ascii_with_single_spaces() -> None:
    rng = np.random.default_rng(1)
    allowed = set(words.PRINTABLE) | {" "}
    for number in range(3000):
        text = words.line(rng, 1 + number % 30, 0.3)
        assert text == " ".join(text.split(" ")) and text.strip() == text and "  " not in text
        assert text and set(text) <= allowed


def test_noise_uses_the_whole_alphabet_and_keeps_its_length() -> None:
    rng = np.random.default_rng(2)
    drawn = [words.noise(rng, 20) for _ in range(400)]
    assert set("".join(drawn)) == set(words.PRINTABLE) | {" "}
    assert all(18 <= len(text) <= 20 for text in drawn)


def test_random_fraction_one_gives_no_dictionary_words() -> None:
    rng, known = np.random.default_rng(3), set(words.common_words())
    parts = [part for _ in range(200) for part in words.line(rng, 24, 1.0).split() if len(part) >= 5]
    assert sum(part.lower() in known for part in parts) < 0.02 * len(parts)
