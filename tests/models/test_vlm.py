"""The whole model: features in the place of pad tokens, logits of chosen rows, prompts read in pieces."""

from __future__ import annotations

import pytest
import torch

from saccade.models.vision import VisionFeatures
from saccade.models.vlm import QwenVL, TextBatch
from tests.checkpoints import FAMILIES, token_id
from tests.models.networks import CPU, random_patches, tiny_model

PAD = token_id("<|image_pad|>")
GRIDS = [(1, 4, 4), (1, 2, 6)]
IDS = [5, 6, *[PAD] * 4, 7, *[PAD] * 3, 8, 9]
ROWS = torch.tensor([row for row, token in enumerate(IDS) if token == PAD])
POSITIONS = torch.arange(len(IDS)).expand(3, -1) + torch.tensor([[0], [1], [2]]) * (torch.tensor(IDS) == PAD)


@pytest.fixture(scope="module", params=FAMILIES)
def model(request: pytest.FixtureRequest) -> QwenVL:
    return tiny_model(request.param)


def batch_of(model: QwenVL, select: torch.Tensor | None = None) -> TextBatch:
    features = model.encode(random_patches(model, GRIDS), GRIDS)
    return TextBatch(torch.tensor(IDS), POSITIONS, [len(IDS)], None, features, ROWS, select)


def test_logits_of_every_row_or_of_the_chosen_ones(model: QwenVL) -> None:
    everything = model(batch_of(model))
    assert everything.shape == (len(IDS), model.config.text.vocab_size) and everything.dtype == torch.float32
    chosen = model(batch_of(model, torch.tensor([11, 2])))
    torch.testing.assert_close(chosen, everything[[11, 2]])


def test_features_take_the_place_of_pads_in_order(model: QwenVL) -> None:
    batch = batch_of(model)
    embeds = model.decoder.embed_tokens(batch.input_ids)
    assert batch.vision is not None
    embeds[ROWS] = batch.vision.embeds
    expected = model.decoder(embeds, POSITIONS, [len(IDS)], deepstack=batch.vision.deepstack, visual_rows=ROWS)
    torch.testing.assert_close(model.hidden(batch), expected)


@pytest.mark.parametrize("cuts", [[6], [3, 8], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]])
def test_a_prompt_read_in_pieces_equals_the_whole(model: QwenVL, cuts: list[int]) -> None:
    batch = batch_of(model)
    features, whole = batch.vision, model(batch)
    assert features is not None
    cache = model.new_cache(len(IDS))
    parts = []
    for start, end in zip([0, *cuts], [*cuts, len(IDS)], strict=True):
        mine = (start <= ROWS) & (end > ROWS)
        part = VisionFeatures(features.embeds[mine], tuple(d[mine] for d in features.deepstack)) if mine.any() else None
        rows = ROWS[mine] - start if part else None
        parts.append(
            model(TextBatch(torch.tensor(IDS[start:end]), POSITIONS[:, start:end], [end - start], [cache], part, rows))
        )
    assert cache.length == len(IDS)
    torch.testing.assert_close(torch.cat(parts), whole, atol=1e-5, rtol=1e-5)


def test_features_that_do_not_fit_the_pads_are_a_mistake(model: QwenVL) -> None:
    features = model.encode(random_patches(model, GRIDS[:1]), GRIDS[:1])
    with pytest.raises(AssertionError, match="disagree"):
        model(TextBatch(torch.tensor(IDS), POSITIONS, [len(IDS)], None, features, ROWS))


def test_the_hook_sees_every_layer(model: QwenVL) -> None:
    seen: list[tuple[int, torch.Size]] = []
    model.hidden(batch_of(model), after_layer=lambda layer, x: seen.append((layer, x.shape)))
    assert seen == [(layer, (len(IDS), model.config.text.hidden)) for layer in range(model.config.text.layers)]


def test_a_tied_head_is_the_embedding() -> None:
    tied, untied = tiny_model("qwen2-vl", tied=True), tiny_model("qwen2-vl")
    assert tied.lm_head.weight is tied.decoder.embed_tokens.weight
    assert untied.lm_head.weight is not untied.decoder.embed_tokens.weight
    batch = TextBatch(torch.tensor([1, 2]), torch.arange(2).expand(3, -1), [2])
    torch.testing.assert_close(tied(batch), tied.hidden(batch) @ tied.decoder.embed_tokens.weight.T)


def test_half_precision_stays_inside_and_logits_are_float32(model: QwenVL) -> None:
    half = tiny_model(model.config.family).to(torch.bfloat16)
    batch = batch_of(half)
    assert half.dtype == torch.bfloat16 and half.new_cache(1).keys[0].dtype == torch.bfloat16
    assert half.hidden(batch).dtype == torch.bfloat16
    logits, exact = half(batch), model(batch_of(model))
    assert logits.dtype == torch.float32
    assert float(torch.nn.functional.cosine_similarity(logits, exact).min()) > 0.95


def test_devices_and_room_are_those_of_the_weights(model: QwenVL) -> None:
    assert model.device == CPU and model.layer_devices() == [CPU] * model.config.text.layers
    cache = model.new_cache(7)
    assert cache.capacity == 7 and len(cache.keys) == model.config.text.layers
