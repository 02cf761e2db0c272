"""The runner reads pictures in one pass of the tower, and only those it has not read."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from saccade.engine.api import EngineRequest, SamplingParams
from saccade.engine.conversation import Conversation, pad_rows
from saccade.engine.local import LocalEngine
from saccade.engine.runner import Prompt
from saccade.errors import BadMessages
from saccade.processing.inputs import ModelInputs
from saccade.processing.patches import patches_of
from saccade.types import Part
from tests.engine.conftest import EngineMaker, picture, prompt, turn


@pytest.fixture
def encoded_grids(engine: LocalEngine, monkeypatch: pytest.MonkeyPatch) -> list[list[tuple[int, int, int]]]:
    """The grids of each call of the vision tower."""
    calls: list[list[tuple[int, int, int]]] = []
    model = engine.runner.model
    encode = model.encode

    def spy(patches: torch.Tensor, grids: list[tuple[int, int, int]]) -> object:
        calls.append(list(grids))
        return encode(patches, grids)

    monkeypatch.setattr(model, "encode", spy)
    return calls


def _ask(engine: LocalEngine, *inputs: ModelInputs, conversation: Conversation | None = None) -> None:
    params = SamplingParams(max_tokens=2)
    engine.generate([EngineRequest(item, params, conversation=conversation) for item in inputs])


def test_all_pictures_of_a_batch_go_through_one_pass(
    engine: LocalEngine, encoded_grids: list[list[tuple[int, int, int]]]
) -> None:
    inputs = [
        prompt(engine, picture(1), picture(2, 60, 60), "?"),
        prompt(engine, "text"),
        prompt(engine, picture(3), "?"),
    ]
    _ask(engine, *inputs)
    assert encoded_grids == [[item.grid for one in inputs for item in one.media]]


def test_text_alone_never_enters_the_tower(
    engine: LocalEngine, encoded_grids: list[list[tuple[int, int, int]]]
) -> None:
    _ask(engine, prompt(engine, "Hello."))
    assert encoded_grids == []


def test_a_cached_picture_is_not_read_again(
    engine: LocalEngine, encoded_grids: list[list[tuple[int, int, int]]]
) -> None:
    first = [turn("user", picture(1), "What is it?")]
    second = [*first, turn("assistant", "A cat."), turn("user", picture(2), "And this?")]
    conversation = Conversation()
    prepare = engine.processor.prepare
    _ask(engine, prepare(first), conversation=conversation)
    _ask(engine, prepare(second), conversation=conversation)
    assert [len(grids) for grids in encoded_grids] == [1, 1]
    assert encoded_grids[1] == [prepare(second).media[1].grid]


def test_a_prompt_cached_up_to_the_middle_of_a_picture_is_continued_exactly(
    make_engine: EngineMaker, family: str
) -> None:
    engine = make_engine(family)
    inputs = prompt(engine, picture(4, 80, 160), "What is it?")
    config = engine.runner.model.config
    rows = pad_rows(inputs.input_ids, frozenset({config.image_token_id}))
    cut = rows[len(rows) // 2]
    cache = engine.runner.model.new_cache(len(inputs.input_ids))
    whole = engine.runner.prefill([Prompt(inputs, rows, cache)])
    cache.truncate(cut)
    rest = engine.runner.prefill([Prompt(inputs, rows, cache, start=cut)])
    torch.testing.assert_close(rest, whole, atol=1e-4, rtol=1e-4)


def test_pads_and_pictures_that_disagree_are_refused_with_both_counts(engine: LocalEngine) -> None:
    inputs = prompt(engine, picture(1), "?")
    broken = ModelInputs(
        [*inputs.input_ids, inputs.input_ids[-1]], inputs.positions, inputs.rope_delta, inputs.media * 2
    )
    with pytest.raises(
        BadMessages, match=rf"{inputs.media_tokens} media pads.*{2 * inputs.media_tokens} visual tokens"
    ):
        engine.logits(broken)


def test_logits_are_float32_for_every_row(engine: LocalEngine) -> None:
    inputs = prompt(engine, picture(1), "?")
    logits = engine.logits(inputs)
    assert logits.shape == (len(inputs.input_ids), engine.info.vocab_size)
    assert logits.dtype == torch.float32 and logits.isfinite().all()


def test_a_vector_is_the_mean_of_the_pictures_tokens_whatever_it_is_asked_with(engine: LocalEngine) -> None:
    parts = [Part("image", source=picture(number, 56, 84)) for number in (1, 2)]
    vectors = engine.embed(parts)
    assert vectors.shape == (2, engine.runner.model.config.text.hidden) and vectors.dtype == np.float32
    for row, part in zip(vectors, parts, strict=True):
        item = engine.processor.open_media(part)
        patches = patches_of(item.pixels, engine.runner.profile)
        with torch.inference_mode():
            mean = engine.runner.model.encode(patches, [item.grid]).embeds.float().mean(dim=0)
        assert np.allclose(row, (mean / mean.norm()).numpy(), atol=1e-6)
    assert np.array_equal(engine.embed(parts[1:])[0], vectors[1])
    small = Part("image", source=picture(1, 56, 84), options={"max_pixels": 28 * 28 * 4})
    assert engine.processor.open_media(small).tokens < engine.processor.open_media(parts[0]).tokens
    assert engine.embed([]).shape == (0, vectors.shape[1])
