"""Contributions add up to the scores they stand for."""

from __future__ import annotations

import numpy as np
import pytest

from saccade.families import family_profile
from saccade.train.scoring.amounts import Shown, f1, share, value_of
from saccade.types import Size


def test_a_share_is_sum_over_sum() -> None:
    assert value_of("share", np.array([[1, 10], [4, 10], [0, 0]])) == 0.25
    assert value_of("share", np.array([[0, 0]])) == 0
    assert share(True).value == 1 and share(3, 4).value == 0.75


def test_an_f1_counts_hits_over_both_sides() -> None:
    assert value_of("f1", np.array([[2, 4, 2], [1, 1, 3]])) == pytest.approx(6 / 10)
    assert f1(1, 2, 4).value == pytest.approx(1 / 3)
    assert f1(0, 0, 0).value == 1 and f1(0, 1, 0).value == 0 and f1(0, 0, 1).value == 0


def test_contributions_of_one_conversation_add_up() -> None:
    assert share(1, 2).plus(share(0, 2)).value == 0.25
    assert f1(1, 1, 1).plus(f1(0, 1, 1)).numbers == (1, 2, 2)
    with pytest.raises(AssertionError):
        share(1).plus(f1(1, 1, 1))


def test_places_are_told_in_pixels_of_the_first_picture() -> None:
    profile = family_profile("qwen3-vl")
    shown = Shown(profile, [(Size(10, 20), Size(32, 64)), (Size(1, 2), Size(3, 4))])
    assert (shown.source, shown.resized) == (Size(10, 20), Size(32, 64))
    assert Shown(profile).source == Size(1, 1)
