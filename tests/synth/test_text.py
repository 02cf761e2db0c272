from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from saccade.synth.fonts import Face
from saccade.synth.sample import Sample
from saccade.synth.text import TextLevel, draw_text

Families = tuple[tuple[Face, ...], ...]
CLEAN = TextLevel(distortion=0.0)


def ink_of(sample: Sample) -> np.ndarray:
    """Where the picture is nearer the ink's colour than the ground's, bool [H, W]."""
    ink, ground = (np.array(sample.meta[name], dtype=np.float64) for name in ("ink", "ground"))
    return (sample.image - ground) @ (ink - ground) > 0.35 * ((ink - ground) ** 2).sum()


def clean_samples(families: Families, number: int, level: TextLevel = CLEAN) -> list[Sample]:
    drawn = (
        draw_text(np.random.default_rng(seed), faces=families, height=200, width=260, level=level)
        for seed in range(12 * number)
    )
    plain = [one for one in drawn if one.meta["surface"] == "flat" and not {"blur_px", "noise"} & set(one.meta)]
    return plain[:number]


def test_the_same_seed_gives_the_same_sample(families: Families) -> None:
    first, second = (draw_text(np.random.default_rng(5), faces=families) for _ in range(2))
    assert np.array_equal(first.image, second.image)
    assert replace(first, image=second.image) == second


@pytest.mark.parametrize("size", [(56, 56), (40, 300), (224, 224), (300, 60)])
def test_text_fits_the_canvas_it_is_given(families: Families, size: tuple[int, int]) -> None:
    for seed in range(15):
        sample = draw_text(np.random.default_rng(seed), faces=families, height=size[0], width=size[1])
        assert sample.image.shape == (*size, 3) and sample.lines
        for char in sample.chars:
            assert 0 <= char.x0 < char.x1 <= size[1] and 0 <= char.y0 < char.y1 <= size[0]


def test_a_canvas_that_grows_stays_between_56_and_448_pixels(families: Families) -> None:
    for seed in range(20):
        height, width, _ = draw_text(np.random.default_rng(seed), faces=families).image.shape
        assert 56 <= height <= 448 and 56 <= width <= 448


@pytest.mark.parametrize("distortion", [0.0, 1.0])
def test_character_boxes_cover_the_ink_and_little_else(families: Families, distortion: float) -> None:
    samples = clean_samples(families, 12, replace(CLEAN, distortion=distortion))
    assert len(samples) >= 6
    for sample in samples:
        ink = ink_of(sample)
        covered = np.zeros_like(ink)
        for char in sample.chars:
            area = (slice(int(char.y0), int(np.ceil(char.y1)) + 1), slice(int(char.x0), int(np.ceil(char.x1)) + 1))
            covered[area] = True
        assert ink[covered].sum() >= 0.985 * ink.sum()
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
        slack = 2.0 if distortion == 0 else 3.5  # a turned box is a little wider than its glyph
        assert abs(min(char.x0 for char in sample.chars) - columns[0]) <= slack
        assert abs(max(char.x1 for char in sample.chars) - columns[-1] - 1) <= slack
        assert abs(min(char.y0 for char in sample.chars) - rows[0]) <= slack
        assert abs(max(char.y1 for char in sample.chars) - rows[-1] - 1) <= slack


def test_characters_spell_their_lines(families: Families) -> None:
    for seed in range(20):
        sample = draw_text(np.random.default_rng(seed), faces=families)
        for number, (text, box) in enumerate(sample.lines):
            own = [char for char in sample.chars if char.line == number]
            assert [(char.char, char.index) for char in own] == [(c, i) for i, c in enumerate(text) if c != " "]
            assert box.x0 == min(char.x0 for char in own) and box.y1 == max(char.y1 for char in own)


def test_reading_and_spotting_answer_with_the_lines(families: Families) -> None:
    sample = draw_text(np.random.default_rng(3), faces=families, tasks=("ocr", "spot"))
    read, spot = sample.turns
    assert read.answer == "\n".join(text for text, _ in sample.lines)
    assert spot.answer is None
    assert [(item.value, item.key, item.box) for item in spot.items] == [
        (text, "text_content", box) for text, box in sample.lines
    ]


def test_a_found_word_stands_in_its_box_and_some_words_are_absent(families: Families) -> None:
    absent = asked = 0
    for seed in range(150):
        sample = draw_text(np.random.default_rng(seed), faces=families, height=160, width=240, tasks=("find",))
        (turn,) = sample.turns
        if turn.task != "find":
            continue
        asked += 1
        absent += not turn.items
        word = turn.prompt.split("the word '")[1].split("'\" in the image")[0]
        whole = " ".join(text for text, _ in sample.lines)
        assert bool(turn.items) == (word in whole)
        for item in turn.items:
            inside = [
                char.char
                for char in sample.chars
                if item.box.x0 - 0.01 <= char.x0 and char.x1 <= item.box.x1 + 0.01
                and item.box.y0 - 0.01 <= char.y0 and char.y1 <= item.box.y1 + 0.01
            ]  # fmt: skip
            assert item.value == word and not set(word) - set(inside)
    assert asked > 120 and 0.02 * asked < absent < 0.2 * asked


def test_the_level_bounds_lines_and_characters(families: Families) -> None:
    level = TextLevel(min_lines=2, max_lines=3, min_chars=4, max_chars=9, x_height_px=(8, 10))
    for seed in range(20):
        sample = draw_text(np.random.default_rng(seed), faces=families, level=level)
        assert 2 <= len(sample.lines) <= 3
        assert all(1 <= len(text) <= 9 for text, _ in sample.lines)
        assert 8 * 0.7 <= sample.meta["x_height_px"] <= 10


def test_accents_change_nothing_unless_they_are_asked_for(families: Families) -> None:
    plain, same = (
        draw_text(np.random.default_rng(3), faces=families, height=200, width=260, level=TextLevel(**options))
        for options in ({}, {"accent_fraction": 0.0})
    )
    assert np.array_equal(plain.image, same.image)
    texts = [
        text
        for seed in range(12)
        for text, _ in draw_text(
            np.random.default_rng(seed), faces=families, height=200, width=260, level=TextLevel(accent_fraction=0.5)
        ).lines
    ]
    assert sum(not text.isascii() for text in texts) > len(texts) / 4
