"""The bundled folder is a standard one: transformers opens it and gives the same greedy text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from PIL import Image

from saccade.processing.patches import patches_of
from saccade.session import Model
from saccade.synth.heldout import heldout_sample, read_set, set_names, set_spec
from saccade.synth.sample import Sample
from saccade.train.rows import CLIP_MAX_PIXELS, CLIP_MIN_PIXELS
from tests.bundled.conftest import TINY

NEW_TOKENS = 96
NUM_PICTURES, NUM_CLIPS = 50, 5
CLIP_SETS = tuple(
    name for name in set_names() if "clips" in [draw["world"] for draw in set_spec(name).get("draws", ())]
)
PICTURE_SETS = tuple(name for name in set_names() if name not in CLIP_SETS)


def spread(total: int, names: Sequence[str]) -> dict[str, int]:
    """`total` samples over the sets, as evenly as may be."""
    return {name: total // len(names) + (number < total % len(names)) for number, name in enumerate(names)}


@dataclass(frozen=True)
class Reference:
    """transformers' own classes on our folder."""

    tokenizer: Any
    images: Any
    model: Any

    def picture_answer(self, sample: Sample) -> list[int]:
        """Greedy tokens about the pictures of a sample, from pixels to tokens by transformers alone."""
        pictures = [Image.fromarray(shown.image) for shown in (sample, *sample.more)]
        vision = self.images(images=pictures, return_tensors="pt")
        content = [*({"type": "image"} for _ in pictures), {"type": "text", "text": sample.turns[0].prompt}]
        text = self.tokenizer.apply_chat_template(
            [{"role": "user", "content": content}], tools=[dict(tool) for tool in sample.tools] or None,
            tokenize=False, add_generation_prompt=True,
        )  # fmt: skip
        first, *rest = text.split("<|image_pad|>")
        for grid, after in zip(vision["image_grid_thw"], rest, strict=True):
            first += "<|image_pad|>" * (int(grid.prod()) // 4) + after
        ids = self.tokenizer(first, return_tensors="pt")
        kinds = (ids.input_ids == self.model.config.image_token_id).int()
        return self._greedy(ids.input_ids, attention_mask=ids.attention_mask, mm_token_type_ids=kinds, **vision)

    def clip_answer(self, ours: Model, messages: list[dict[str, Any]]) -> list[int]:
        """Greedy tokens about a clip whose frames, times and positions are ours."""
        assert ours.processor is not None
        inputs = ours.processor.prepare(messages)
        (clip,) = inputs.media
        ids = torch.tensor([inputs.input_ids])
        return self._greedy(
            ids, attention_mask=torch.ones_like(ids), position_ids=torch.from_numpy(inputs.positions)[:, None],
            mm_token_type_ids=2 * (ids == self.model.config.video_token_id).int(),
            pixel_values_videos=patches_of(clip.pixels, ours.processor.profile),
            video_grid_thw=torch.tensor([clip.grid]),
        )  # fmt: skip

    def _greedy(self, ids: torch.Tensor, **inputs: Any) -> list[int]:
        with torch.inference_mode():
            out = self.model.generate(input_ids=ids, **inputs, max_new_tokens=NEW_TOKENS, do_sample=False)
        return self.without_end(out[0, ids.shape[1] :].tolist())

    def without_end(self, ids: Sequence[int]) -> list[int]:
        return [token for token in ids if token != self.tokenizer.eos_token_id]

    def assert_says(self, reply: Any, expected: list[int]) -> None:
        """The reply has these tokens, and its text is theirs."""
        assert self.without_end(reply.token_ids) == expected
        text = self.tokenizer.decode(expected, skip_special_tokens=True)
        assert reply.tool_calls or reply.text == text.strip() or reply.text == text


@pytest.fixture(scope="module")
def reference() -> Reference:
    transformers = pytest.importorskip("transformers", reason="the reference comes with the dev extra")
    model, report = transformers.AutoModelForImageTextToText.from_pretrained(
        TINY, dtype=torch.float32, output_loading_info=True
    )
    assert not any(report.values()), report
    return Reference(transformers.AutoTokenizer.from_pretrained(TINY),
                     transformers.AutoImageProcessor.from_pretrained(TINY, use_fast=False), model.eval())  # fmt: skip


@pytest.mark.parametrize(("name", "number"), spread(NUM_PICTURES, PICTURE_SETS).items())
def test_the_same_greedy_text_on_held_out_pictures(
    reference: Reference, exact_tiny: Model, name: str, number: int
) -> None:
    for sample in read_set(name, number):
        pictures = [Image.fromarray(shown.image) for shown in (sample, *sample.more)]
        tools = {"tools": [dict(tool) for tool in sample.tools]} if sample.tools else {}
        reply = exact_tiny.ask(*pictures, sample.turns[0].prompt, max_tokens=NEW_TOKENS, loop_guard=False, **tools)
        reference.assert_says(reply, reference.picture_answer(sample))


@pytest.mark.parametrize(("name", "number"), spread(NUM_CLIPS, CLIP_SETS).items())
def test_the_same_greedy_text_on_held_out_clips(
    reference: Reference, exact_tiny: Model, name: str, number: int
) -> None:
    for sample in (heldout_sample(name, index) for index in range(number)):
        assert sample.clip is not None
        video = {"type": "video", "video": list(sample.clip.frames), "sample_fps": sample.clip.fps,
                 "min_pixels": CLIP_MIN_PIXELS, "max_pixels": CLIP_MAX_PIXELS}  # fmt: skip
        messages = [{"role": "user", "content": [video, {"type": "text", "text": sample.turns[0].prompt}]}]
        reply = exact_tiny.chat(messages, max_tokens=NEW_TOKENS, loop_guard=False)
        reference.assert_says(reply, reference.clip_answer(exact_tiny, messages))


def test_they_are_fifty_pictures_and_five_clips() -> None:
    pictures, clips = spread(NUM_PICTURES, PICTURE_SETS), spread(NUM_CLIPS, CLIP_SETS)
    assert sum(pictures.values()) == 50 and sum(clips.values()) == 5
    assert set(pictures) | set(clips) == set(set_names()) and min([*pictures.values(), *clips.values()]) >= 2
