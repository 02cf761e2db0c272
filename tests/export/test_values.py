"""Values are read strictly."""

from __future__ import annotations

import pytest

from saccade.export.values import decimal, jsonable, number, numbers, size_of
from saccade.types import Size


@pytest.mark.parametrize("value", [True, None, "x", float("nan"), float("inf"), [], "1e999"])
def test_what_is_no_finite_number_is_refused(value: object):
    with pytest.raises(ValueError):
        number(value)


def test_lists_have_the_right_length_and_sizes_are_possible():
    assert numbers(["1", 2.5], 2) == [1, 2.5] and size_of("9", 12.0) == Size(9, 12)
    for values in ([1], "12", None):
        with pytest.raises(ValueError):
            numbers(values, 2)
    for side in (0, -1, 1 << 30):
        with pytest.raises(ValueError, match="no picture is"):
            size_of(side, 9)


def test_decimals_are_short():
    assert [decimal(value, 2) for value in (1.0, 1.25, 1.256, -0.001, 100)] == ["1", "1.25", "1.26", "0", "100"]


def test_attributes_become_plain_json():
    assert jsonable({"a": (1, 2), "b": Size(1, 2)}) == {"a": [1, 2], "b": "Size(height=1, width=2)"}
