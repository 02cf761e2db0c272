"""The characters that drawn text is made of."""

from __future__ import annotations

import unicodedata

import numpy as np

from saccade.synth.accents import LETTERS
from saccade.synth.charset import ACCENTED, ASCII, CHARSET
from saccade.synth.fonts import PRINTABLE, faces
from saccade.synth.worlds import draw
from tests.synth.test_heldout import WORLD_SIZES


def test_every_character_is_there_once_and_in_its_composed_form() -> None:
    assert ASCII == PRINTABLE and len(ASCII) == 94
    assert len(set(CHARSET)) == len(CHARSET) == 94 + len(ACCENTED)
    assert unicodedata.normalize("NFC", CHARSET) == CHARSET and not any(char.isspace() for char in CHARSET)


def test_what_the_worlds_write_is_made_of_these_characters() -> None:
    written = set[str]()
    for world, (height, width) in WORLD_SIZES.items():
        for seed in range(3):
            options = {"faces": faces("heldout")} if world not in ("shapes", "scenes") else {}
            sample = draw(world, np.random.default_rng([seed, 5]), height=height, width=width, **options)
            for shown in (sample, *sample.more):
                written |= {char.char for char in shown.chars}
    assert written <= set(CHARSET) | set(LETTERS), written - set(CHARSET) - set(LETTERS)
    assert len(written) > 60
