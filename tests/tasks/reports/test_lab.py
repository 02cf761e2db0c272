"""Rows of a laboratory report."""

from __future__ import annotations

from saccade.tasks.extraction.result import Field
from saccade.tasks.reports.lab import lab_results
from saccade.types import Box


def test_a_row_keeps_what_is_printed_and_gets_what_is_computed():
    row = {"name": "TSH", "value": "6,2", "unit": "mU/l", "reference_range": "0,4 - 4,0", "flag": "H"}
    place = Field("values[0].value", "6,2", box=Box(1, 2, 3, 4), page=2)
    (one,) = lab_results({"values": [row]}, {"values[0].value": place})
    assert (one.value, one.number, one.low, one.high, one.level, one.mark) == ("6,2", 6.2, 0.4, 4.0, "high", "H")
    assert (one.page, one.box, one.flags) == (2, Box(1, 2, 3, 4), ())


def test_the_patients_sex_chooses_the_range():
    row = {"name": "Hb", "value": "12.5", "reference_range": "men 13.5-17.5, women 12.0-15.5"}
    levels = [lab_results({"sex": sex, "values": [row]}, {})[0].level for sex in ("M", "female", None)]
    assert levels == ["low", "normal", "unknown"]


def test_a_star_fits_high_and_low_and_a_dash_says_nothing():
    row = {"name": "X", "value": "9", "reference_range": "1-5"}
    flags = [lab_results({"values": [row | {"flag": mark}]}, {})[0].flags for mark in ("*", "-", "L", None)]
    assert flags == [(), (), ("mark-differs",), ()]
