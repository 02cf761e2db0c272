"""Speed is measured on real answers of the asked length."""

from __future__ import annotations

from pathlib import Path

import pytest

import saccade
from saccade.errors import BadInput
from saccade.inspect.speed import measure
from tests.checkpoints import write_checkpoint


def test_a_measurement_answers_the_asked_number_of_tokens(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, "qwen2.5-vl")
    model = saccade.load(str(tmp_path), dtype="float32")
    speed = measure(model, side_px=56, new_tokens=3, runs=1)
    assert speed.new_tokens == 3 and speed.prompt_tokens > 4
    assert speed.first_token_s > 0 and speed.tokens_per_s > 0


def test_senseless_settings_are_refused(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, "qwen2.5-vl")
    model = saccade.load(str(tmp_path), dtype="float32")
    with pytest.raises(BadInput, match="at least 28 px"):
        measure(model, side_px=8)
