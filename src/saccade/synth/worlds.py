"""The drawn worlds by name: one door for whoever wants samples.

Training takes its generators from SeedSequence([RECIPE_SEED, worker, step]) and evaluation from
SeedSequence([HELDOUT_SEED, set, index]); the first numbers differ, so no held-out picture is ever trained on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from saccade.errors import BadInput
from saccade.synth import fonts
from saccade.synth.charts import draw_charts
from saccade.synth.clips import draw_clips
from saccade.synth.pages import draw_pages
from saccade.synth.pairs import draw_pairs
from saccade.synth.papers import draw_papers
from saccade.synth.paragraphs import draw_paragraphs
from saccade.synth.phones import draw_phones
from saccade.synth.sample import Sample
from saccade.synth.scenes import draw_scenes
from saccade.synth.screens import draw_screens
from saccade.synth.shapes import draw_shapes
from saccade.synth.tables import draw_tables
from saccade.synth.text import draw_text

VERSION = 2  # raised whenever a seed no longer gives the same sample
RECIPE_SEED = 20_250_101
HELDOUT_SEED = 77_002


class World(Protocol):
    """Draws one sample; keyword arguments are those of the world's own function."""

    def __call__(self, rng: np.random.Generator, **options: Any) -> Sample: ...


def _text(rng: np.random.Generator, *, font_set: fonts.FontSet = "seen", **options: Any) -> Sample:
    options.setdefault("faces", fonts.faces(font_set))
    return draw_text(rng, **options)


def _shapes(rng: np.random.Generator, **options: Any) -> Sample:
    return draw_shapes(rng, **options)


def _scenes(rng: np.random.Generator, **options: Any) -> Sample:
    options.pop("font_set", None)  # nothing is written in scenes
    return draw_scenes(rng, **options)


def _paragraphs(rng: np.random.Generator, *, font_set: fonts.FontSet = "seen", **options: Any) -> Sample:
    options.setdefault("faces", fonts.faces(font_set))
    return draw_paragraphs(rng, **options)


def _charts(rng: np.random.Generator, *, font_set: fonts.FontSet = "seen", **options: Any) -> Sample:
    options.setdefault("faces", fonts.faces(font_set))
    return draw_charts(rng, **options)


def _clips(rng: np.random.Generator, *, font_set: fonts.FontSet = "seen", **options: Any) -> Sample:
    options.setdefault("faces", fonts.faces(font_set))
    return draw_clips(rng, **options)


def _pages(rng: np.random.Generator, *, font_set: fonts.FontSet = "seen", **options: Any) -> Sample:
    options.setdefault("faces", fonts.faces(font_set))
    return draw_pages(rng, **options)


def _tables(rng: np.random.Generator, *, font_set: fonts.FontSet = "seen", **options: Any) -> Sample:
    options.setdefault("faces", fonts.faces(font_set))
    return draw_tables(rng, **options)


def _pairs(rng: np.random.Generator, *, font_set: fonts.FontSet = "seen", **options: Any) -> Sample:
    options.setdefault("faces", fonts.faces(font_set))
    return draw_pairs(rng, **options)


def _papers(rng: np.random.Generator, *, font_set: fonts.FontSet = "seen", **options: Any) -> Sample:
    options.setdefault("faces", fonts.faces(font_set))
    return draw_papers(rng, **options)


def _phones(rng: np.random.Generator, *, font_set: fonts.FontSet = "seen", **options: Any) -> Sample:
    options.setdefault("faces", fonts.faces(font_set))
    return draw_phones(rng, **options)


def _screens(rng: np.random.Generator, **options: Any) -> Sample:
    options.pop("font_set", None)  # a rendered page has its fonts
    return draw_screens(rng, **options)


WORLDS: Mapping[str, World] = {
    "text": _text,
    "shapes": _shapes,
    "scenes": _scenes,
    "paragraphs": _paragraphs,
    "charts": _charts,
    "pairs": _pairs,
    "clips": _clips,
    "pages": _pages,
    "tables": _tables,
    "papers": _papers,
    "phones": _phones,
    "screens": _screens,
}


def draw(world: str, rng: np.random.Generator, **options: Any) -> Sample:
    """One sample of a world; `options` are those of `draw_text` (faces default to the seen fonts) or `draw_shapes`.

    Raises BadInput for an unknown world, MissingExtra when the fonts it needs are not installed.
    """
    if world not in WORLDS:
        raise BadInput(f"no drawn world is called {world!r}", hint=f"the worlds are {', '.join(WORLDS)}")
    return WORLDS[world](rng, **options)


def training_rng(worker: int, step: int, seed: int = RECIPE_SEED) -> np.random.Generator:
    """The generator of one training draw."""
    assert seed != HELDOUT_SEED, "this seed belongs to the held-out sets"
    return np.random.default_rng(np.random.SeedSequence([seed, worker, step]))
