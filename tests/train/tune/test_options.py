"""What options can be, and when a run may go on with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from saccade.errors import BadInput
from saccade.train.tune.options import TuneOptions


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"schedule": "linear"}, "schedule is 'linear'; known are cosine, wsd"),
        ({"template": "auto"}, "template is 'auto'"),
        ({"dtype": "int8"}, "dtype is 'int8'"),
        ({"freeze": ("head",)}, "no part 'head' to freeze; the parts are vision, merger, decoder"),
        ({"freeze": ("vision", "merger", "decoder")}, "every part is frozen"),
        ({"lora": True, "freeze": ("decoder",)}, "every part is frozen"),
        ({"steps": 0}, "steps is 0; it is at least 1"),
        ({"epochs": 0.0}, "epochs is 0; it is above 0"),
        ({"clip": float("nan")}, "clip is nan"),
        ({"decay_share": 1.5}, "decay_share is 1.5"),
        ({"floor": -0.1}, "floor is -0.1; it is between 0 and 1"),
        ({"learning_rate": 3.0}, "learning_rate is 3"),
        ({"accumulate": 0}, "accumulate is 0"),
        ({"merge": True}, "no adapter to start from or to merge; use --lora"),
    ],
)
def test_values_that_cannot_be_are_refused(given: dict[str, Any], message: str):
    with pytest.raises(BadInput, match=message):
        TuneOptions(**given)


def test_the_rate_suits_what_is_trained_and_the_tower_learns_where_it_can():
    assert TuneOptions().height == 1e-5 and TuneOptions(lora=True).height == 2e-4
    assert TuneOptions(lora=True, learning_rate=0.5).height == 0.5
    assert TuneOptions(freeze=("vision",)).learns_vision and not TuneOptions(freeze=("vision", "merger")).learns_vision
    assert not TuneOptions(lora=True).learns_vision and TuneOptions(lora=True, lora_vision=True).learns_vision


def test_a_run_goes_on_with_the_same_options_however_it_is_watched():
    kept = TuneOptions(freeze=("vision",), steps=9).as_json()
    TuneOptions(freeze=("vision",), steps=9, report_every=3, save_every=7, workers=0).check_same(kept, Path("out"))
    with pytest.raises(BadInput, match="the run in out was started with steps 9, now it is 10; start it as before"):
        TuneOptions(freeze=("vision",), steps=10).check_same(kept, Path("out"))
    with pytest.raises(BadInput, match="freeze"):
        TuneOptions(steps=9).check_same(kept, Path("out"))
    del kept["average"]  # as a version wrote it that did not know the option
    TuneOptions(freeze=("vision",), steps=9).check_same(kept, Path("out"))
    with pytest.raises(BadInput, match="average 'token', now it is 'square'"):
        TuneOptions(freeze=("vision",), steps=9, average="square").check_same(kept, Path("out"))
