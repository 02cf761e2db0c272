from __future__ import annotations

import numpy as np

from saccade.synth.ui import labels
from saccade.synth.ui.palettes import HELDOUT_PALETTES, TRAIN_PALETTES, choose_palette


def test_held_out_labels_words_and_colours_are_never_those_of_training() -> None:
    assert set(labels.TRAIN_LABELS) == set(labels.HELDOUT_LABELS)
    for kind, known in labels.TRAIN_LABELS.items():
        everywhere = {text.lower() for text in known}
        assert not everywhere & {text.lower() for text in labels.HELDOUT_LABELS[kind]}, kind
    assert not set(labels.label_words("train")) & set(labels.label_words("heldout"))
    assert not {palette.page for palette in TRAIN_PALETTES} & {palette.page for palette in HELDOUT_PALETTES}


def test_labels_fit_and_are_never_given_twice() -> None:
    rng, used = np.random.default_rng(0), set[str]()
    given = [labels.label(rng, "button", "train", used, lambda text: len(text) <= 5) for _ in range(300)]
    assert len({text.lower() for text in given}) == 300 and {text.lower() for text in given} == used
    assert sum(len(text) <= 5 for text in given) == 300


def test_values_suit_their_fields() -> None:
    rng = np.random.default_rng(0)
    assert all("@" in labels.value(rng, "Email", "train", lambda text: True) for _ in range(20))
    assert all(labels.value(rng, "Phone", "train", lambda text: True).isdigit() for _ in range(20))
    assert labels.value(rng, "City", "train", lambda text: False) == ""


def test_colours_of_text_stand_out() -> None:
    for palette in (*TRAIN_PALETTES, *HELDOUT_PALETTES):
        for ground in (palette.page, palette.card):
            for ink in (palette.ink, palette.muted):
                assert sum(abs(a - b) for a, b in zip(ground, ink, strict=True)) > 150, palette
        assert sum(abs(a - b) for a, b in zip(palette.accent, palette.on_accent, strict=True)) > 200
    for split in ("train", "heldout"):
        assert choose_palette(np.random.default_rng(0), split).page in {
            p.page for p in TRAIN_PALETTES + HELDOUT_PALETTES
        }
