"""The trace of a prompt: what it says is what the processor does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saccade.inspect.trace import trace_prompt
from saccade.processing.inputs import Processor
from tests.checkpoints import write_checkpoint


def clip_and_picture(picture: Path) -> list[dict[str, object]]:
    frames = [Image.new("RGB", (96, 64), colour) for colour in ("red", "green", "blue")]
    content = [
        {"type": "image", "image": str(picture)},
        {"type": "text", "text": "and <|image_pad|>"},
        {"type": "video", "video": frames, "sample_fps": 1},
    ]
    return [{"role": "user", "content": content}]


@pytest.mark.parametrize("family", ["qwen2-vl", "qwen2.5-vl", "qwen3-vl"])
def test_stages_are_those_of_the_prepared_prompt(tmp_path: Path, picture: Path, family: str):
    folder = write_checkpoint(tmp_path / "model", family).folder
    messages = clip_and_picture(picture)
    trace, inputs = trace_prompt(folder, messages), Processor.from_folder(folder).prepare(messages)
    pads = [Processor.from_folder(folder).token_ids.image_pad, Processor.from_folder(folder).token_ids.video_pad]
    rows = np.flatnonzero(np.isin(inputs.input_ids, pads))
    assert (trace.prompt_tokens, trace.next_position) == (
        len(inputs.input_ids),
        len(inputs.input_ids) + inputs.rope_delta,
    )
    start = 0
    for shown, item in zip(trace.media, inputs.media, strict=True):
        own = rows[start : start + item.tokens]
        start += item.tokens
        assert (shown.grid, shown.tokens, shown.resized_size) == (item.grid, item.tokens, item.resized_size)
        assert shown.patches == 4 * shown.tokens and shown.frame_times == item.frame_times
        assert shown.rows == (own[0], own[-1])
        assert list(shown.positions.values()) == [(axis.min(), axis.max()) for axis in inputs.positions[:, own]]
    text = str(trace)
    assert "picture of 120x200" in text and "video of 64x96, 3.00 s" in text
    assert "3 taken: 0, 1, 2; at 0.00, 1.00, 2.00 s" in text
    assert f"<|image_pad|> x {inputs.media[0].tokens}" in text and "and <|image_pad|>" in text


def test_a_published_size_is_traced_without_its_tokenizer(picture: Path):
    trace = trace_prompt("Qwen2.5-VL-7B", clip_and_picture(picture))
    assert trace.media[0].patch_values == 3 * 2 * 14 * 14
    assert trace.media[0].rows is None and "needs the model's tokenizer" not in str(trace.media[0])
    assert "its text and positions need the model's tokenizer" in str(trace)
