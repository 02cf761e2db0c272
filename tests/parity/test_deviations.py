"""Where the reference library (transformers 5.23) does something else than the released models were trained with.

Each test shows what it does and what we do. A test that fails here means that the library has changed: then the
comparison in test_logits can drop its detour.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from saccade.engine.api import EngineRequest, SamplingParams
from saccade.engine.conversation import Conversation
from saccade.engine.local import LocalEngine
from saccade.processing.inputs import ModelInputs, Processor
from saccade.processing.positions import mrope_positions
from tests.checkpoints import FAMILIES
from tests.parity.cases import image, text, user, video
from tests.parity.reference import Pair

PairOf = Callable[..., Pair]


def reference_positions(pair: Pair, ids: list[int], kinds: list[int], **grids: object) -> tuple[np.ndarray, int]:
    """Positions [3, L] and delta as the reference library works them out; kinds: 0 text, 1 image, 2 video."""
    media = {name: torch.tensor(value) for name, value in grids.items()}
    values, delta = pair.reference.model.get_rope_index(torch.tensor([ids]), torch.tensor([kinds]), **media)
    return values[:, 0].numpy(), int(delta)


def video_prompt(pair: Pair) -> tuple[list[int], list[int]]:
    """Two texts, a video of grid (3, 4, 4) between its marks, two texts; and the kinds of all tokens."""
    marks = pair.processor.token_ids
    ids = [1, 2, marks.vision_start, *[marks.video_pad] * 12, marks.vision_end, 3, 4]
    return ids, [2 * (token == marks.video_pad) for token in ids]


@pytest.mark.parametrize(
    ("family", "seconds", "times", "ours_after", "our_delta", "theirs_after", "their_delta"),
    [
        ("qwen2-vl", 1.0, (3, 4, 5), [6, 7, 8], -9, [5, 6, 7], -10),
        ("qwen2.5-vl", 1.0, (3, 5, 7), [8, 9, 10], -7, [5, 6, 7], -10),
        ("qwen2.5-vl", 0.5, (3, 4, 5), [6, 7, 8], -9, [5, 6, 7], -10),
        ("qwen2.5-vl", 1.875, (3, 6, 10), [11, 12, 13], -4, [5, 6, 7], -7),
        ("qwen2.5-vl", 1 / 6, (3, 3, 3), [5, 6, 7], -10, [5, 6, 7], -10),
    ],
)
def test_text_after_a_video_starts_behind_its_picture_sides_there_and_behind_all_its_axes_here(
    pair_of: PairOf,
    family: str,
    seconds: float,
    times: tuple[int, ...],
    ours_after: list[int],
    our_delta: int,
    theirs_after: list[int],
    their_delta: int,
) -> None:
    pair = pair_of(family)
    ids, kinds = video_prompt(pair)
    theirs, delta = reference_positions(pair, ids, kinds, video_grid_thw=[[3, 4, 4]], second_per_grid_ts=[seconds])
    ours = mrope_positions(
        ids, family=family, token_ids=pair.processor.token_ids, video_grids=[(3, 4, 4)], seconds_per_grid=[seconds]
    )
    assert np.array_equal(ours.values[:, :15], theirs[:, :15])  # the video itself lies the same
    assert ours.values[0, 3:15].tolist() == [time for time in times for _ in range(4)]
    assert (theirs[:, 15:] == theirs_after).all() and delta == their_delta
    assert (ours.values[:, 15:] == ours_after).all() and ours.delta == our_delta


@pytest.mark.parametrize("family", ["qwen2-vl", "qwen2.5-vl"])
def test_the_overlap_changes_the_logits_behind_a_video_and_none_before(pair_of: PairOf, family: str) -> None:
    pair = pair_of(family)
    inputs = pair.processor.prepare([user(video(28, 12, 2, 2, 1.0), text("What happens?"))])
    arguments = pair.reference_inputs(inputs)
    with torch.inference_mode():
        given = pair.reference(**arguments).logits[0]
        del arguments["position_ids"]
        seconds = torch.tensor([item.seconds_per_grid for item in inputs.media])
        own = pair.reference(**arguments, second_per_grid_ts=seconds).logits[0]
    behind = len(inputs.input_ids) - inputs.input_ids[::-1].index(pair.processor.token_ids.video_pad)
    ours = LocalEngine(pair.model, pair.processor).logits(inputs)
    assert float((own[:behind] - ours[:behind]).abs().max()) <= 1e-4
    assert float((own[behind:] - ours[behind:]).abs().max()) > 1e-2
    assert float((given - ours).abs().max()) <= 1e-4


@pytest.mark.parametrize("family", ["qwen3-vl", "qwen3-vl-moe"])
def test_a_video_with_written_times_lies_the_same_in_both(pair_of: PairOf, family: str) -> None:
    pair = pair_of(family)
    inputs = pair.processor.prepare([user(video(32, 10, 2, 3, 1.0), text("What happens?"))])
    kinds = [2 * (token == pair.processor.token_ids.video_pad) for token in inputs.input_ids]
    grids = [list(item.grid) for item in inputs.media]
    values, delta = reference_positions(pair, inputs.input_ids, kinds, video_grid_thw=grids)
    assert np.array_equal(values, inputs.positions) and delta == inputs.rope_delta


@pytest.mark.parametrize("family", ["qwen3-vl", "qwen3-vl-moe"])
def test_marks_around_a_whole_video_stay_there_and_go_here(pair_of: PairOf, family: str) -> None:
    from transformers.models.qwen3_vl.processing_qwen3_vl import Qwen3VLProcessor

    pair = pair_of(family)
    messages = [user(video(32, 6, 2, 2, 2.0), text("What happens?"))]
    inputs = pair.processor.prepare(messages)
    (item,) = inputs.media
    # Only the text side of the library's processor: its video side needs torchvision and decodes nothing here.
    theirs = object.__new__(Qwen3VLProcessor)
    theirs.image_token, theirs.video_token = "<|image_pad|>", "<|video_pad|>"
    theirs.vision_start_token, theirs.vision_end_token = "<|vision_start|>", "<|vision_end|>"
    theirs.video_processor = SimpleNamespace(merge_size=2, temporal_patch_size=2)
    metadata = SimpleNamespace(fps=2.0, frames_indices=list(range(6)))
    block = theirs.replace_video_token({"video_grid_thw": np.array([item.grid]), "video_metadata": [metadata]}, 0)
    template = "<|im_start|>user\n<|vision_start|><|video_pad|><|vision_end|>What happens?<|im_end|>\n"
    (prompt,), _ = theirs.get_text_with_replacements([template], videos_replacements=[block])
    tokenizer, marks = pair.processor.tokenizer, pair.processor.token_ids
    their_ids = tokenizer.encode(prompt + "<|im_start|>assistant\n", special=True)

    kept = Processor.from_folder(pair.folder, outer_vision_tokens=True).prepare(messages).input_ids
    assert kept == their_ids
    start = kept.index(marks.vision_start)
    end = len(kept) - 1 - kept[::-1].index(marks.vision_end)
    assert kept[end - 1] == marks.vision_end, "the last step's own mark and the outer one"
    assert inputs.input_ids == kept[:start] + kept[start + 1 : end] + kept[end + 1 :]
    assert inputs.input_ids.count(marks.vision_start) == 3 and kept.count(marks.vision_start) == 4


@pytest.mark.parametrize("family", FAMILIES)
def test_pictures_without_marks_between_them_melt_into_one_there_and_stay_two_here(
    pair_of: PairOf, family: str
) -> None:
    pair = pair_of(family)
    pad = pair.processor.token_ids.image_pad
    ids, kinds = [1, *[pad] * 6], [0, *[1] * 6]
    with pytest.raises(RuntimeError, match=r"tensor \(7\) must match the existing size \(5\)"):
        reference_positions(pair, ids, kinds, image_grid_thw=[[1, 4, 4], [1, 2, 4]])
    ours = mrope_positions(ids, family=family, token_ids=pair.processor.token_ids, image_grids=[(1, 4, 4), (1, 2, 4)])
    assert ours.values.tolist() == [[0, 1, 1, 1, 1, 3, 3], [0, 1, 1, 2, 2, 3, 3], [0, 1, 2, 1, 2, 3, 4]]


@pytest.mark.parametrize("family", FAMILIES)
def test_another_conversation_in_between_shifts_positions_there_and_changes_nothing_here(
    pair_of: PairOf, family: str
) -> None:
    pair = pair_of(family)
    shot = image(pair.processor.profile.factor, 140, 140)
    start = pair.processor.prepare([user(shot, text("What is this?"))], raw=True)
    longer = pair.processor.prepare([user(shot, text("What is this? the lazy dog"))], raw=True)
    other = pair.processor.prepare("The quick brown fox.")
    assert longer.input_ids[: len(start.input_ids)] == start.input_ids
    assert start.rope_delta < 0 == other.rope_delta

    # There the newest delta lies on the module, whichever conversation it came from.
    assert their_error_of_going_on(pair, start, longer, between=None) <= 1e-4
    assert their_error_of_going_on(pair, start, longer, between=other) > 1e-2

    engine, conversation = LocalEngine(pair.model, pair.processor), Conversation()
    params = SamplingParams(max_tokens=16, ignore_eos=True, loop_guard=False)
    engine.generate([EngineRequest(inputs=start, params=params, conversation=conversation)])
    engine.generate([EngineRequest(inputs=other, params=params)])
    (went_on,) = engine.generate([EngineRequest(inputs=longer, params=params, conversation=conversation)])
    (at_once,) = engine.generate([EngineRequest(inputs=longer, params=params)])
    assert went_on.usage.cached_tokens >= len(start.input_ids)
    assert went_on.token_ids == at_once.token_ids


def their_error_of_going_on(pair: Pair, start: ModelInputs, longer: ModelInputs, between: ModelInputs | None) -> float:
    """Largest error of the logits behind `longer` when `generate` goes on from the cache that `start` left."""
    from transformers import DynamicCache

    cache = DynamicCache()
    options = {"do_sample": False, "max_new_tokens": 1, "return_dict_in_generate": True, "output_logits": True}
    whole = pair.reference_inputs(longer)
    rest = {name: whole[name] for name in ("input_ids", "attention_mask", "mm_token_type_ids")}
    with torch.inference_mode():
        pair.reference.generate(**pair.reference_inputs(start), past_key_values=cache, **options)
        if between is not None:
            pair.reference.generate(**pair.reference_inputs(between), **options)
        found = pair.reference.generate(**rest, past_key_values=cache, **options).logits[0][0]
        return float((found - pair.reference(**whole).logits[0, -1]).abs().max())
