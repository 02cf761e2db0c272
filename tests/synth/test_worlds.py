from __future__ import annotations

import numpy as np
import pytest

from saccade.errors import BadInput
from saccade.synth import worlds
from saccade.synth.fonts import Face


def test_every_world_draws_by_name(families: tuple[tuple[Face, ...], ...]) -> None:
    for name, options in (("text", {"faces": families}), ("shapes", {})):
        sample = worlds.draw(name, np.random.default_rng(0), height=112, width=140, **options)
        assert sample.image.shape == (112, 140, 3) and sample.turns and sample.meta["world"] == name


def test_an_unknown_world_is_refused_with_the_names_of_the_known_ones() -> None:
    with pytest.raises(BadInput, match="text, shapes"):
        worlds.draw("maps", np.random.default_rng(0))


def test_training_generators_differ_by_worker_and_step() -> None:
    first = {worlds.training_rng(worker, step).integers(2**62) for worker in range(3) for step in range(3)}
    assert len(first) == 9


def test_training_never_takes_the_held_out_seed() -> None:
    with pytest.raises(AssertionError, match="held-out"):
        worlds.training_rng(0, 0, seed=worlds.HELDOUT_SEED)
