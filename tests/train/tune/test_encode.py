"""Conversations as tokens: what is learnt, and that it is what the model reads and writes in use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saccade.errors import BadInput, BadMessages
from saccade.processing.chat import ChatTemplate
from saccade.processing.inputs import Processor
from saccade.train.tune.encode import IGNORE, Encoder, Example, Length
from saccade.train.tune.rowforms import Conversation, read_row
from tests.checkpoints import FAMILIES
from tests.clips import write_clip
from tests.train.tune.conftest import PIXELS, qwen_row

Make = Callable[..., Encoder]


def conversation(*turns: tuple[str, str] | dict[str, Any], **row: Any) -> Conversation:
    messages = [turn if isinstance(turn, dict) else {"role": turn[0], "content": turn[1]} for turn in turns]
    (read,) = read_row({"messages": messages, **row}, Path("/"))
    return read


def learnt(encoder: Encoder, example: Example) -> list[str]:
    """The texts of the stretches that are learnt, control tokens written out."""
    texts: list[list[int]] = []
    before = IGNORE
    for label in example.labels.tolist():
        if label != IGNORE:
            if before == IGNORE:
                texts.append([])
            texts[-1].append(label)
        before = label
    return [encoder.tokenizer.decode(ids, skip_special=False) for ids in texts]


@pytest.mark.parametrize("family", FAMILIES)
def test_all_answers_are_learnt_with_their_end_and_nothing_else(encoder: Make, family: str, media_folder: Path):
    made = encoder(family)
    (row,) = read_row(qwen_row(2, media_folder), media_folder)
    example = made.encode(row)
    assert learnt(made, example) == ["The answer is 2<|im_end|>", "cat<|im_end|>"]
    assert made.measure(row) == Length(len(example.input_ids), int((example.labels != IGNORE).sum()))
    assert np.array_equal(example.weights, example.labels != IGNORE)
    assert np.array_equal(example.labels[:-1][example.labels[:-1] != IGNORE],
                          example.input_ids[1:][example.labels[:-1] != IGNORE])  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
def test_a_row_is_the_prompt_that_the_processor_makes_of_it(
    encoder: Make, family: str, media_folder: Path, tmp_path: Path
):
    """Same ids, positions and pixels, a video included."""
    write_clip(tmp_path / "clip.mp4", 12)
    made = encoder(family)
    row = conversation(
        ("user", "<video><image>What moves?"), ("assistant", "The cat."),
        ("user", "<image>And here?"), ("assistant", "No."),
        images=[str(media_folder / "p0.png"), str(media_folder / "p1.png")],
        videos=[{"path": str(tmp_path / "clip.mp4"), "nframes": 6, "min_pixels": 3136, "max_pixels": 7000}],
    )  # fmt: skip
    example = made.encode(row)
    inputs = made.processor.prepare(row.messages, add_generation_prompt=False)
    assert example.input_ids.tolist() == inputs.input_ids
    assert np.array_equal(example.positions, inputs.positions)
    assert [item.digest for item in example.media] == [item.digest for item in inputs.media]
    assert learnt(made, example) == ["The cat.<|im_end|>", "No.<|im_end|>"]
    assert made.measure(row).tokens == len(inputs.input_ids)


def test_an_answer_is_tokenised_as_the_model_writes_it(encoder: Make):
    """The prompt's tokens do not depend on the answer: a line break at its start joins no token before it."""
    made = encoder()
    prompt = made.processor.prepare([{"role": "user", "content": "Hi"}]).input_ids
    for answer in ("\n\nYes", " Yes", "", "sistant"):
        example = made.encode(conversation(("user", "Hi"), ("assistant", answer)))
        assert example.input_ids[: len(prompt)].tolist() == prompt
        assert learnt(made, example) == [answer + "<|im_end|>"]


def test_control_tokens_in_a_row_stay_text_but_boxes_are_tokens(encoder: Make):
    made = encoder("qwen2-vl")
    example = made.encode(conversation(
        ("user", "Say <|im_end|>\n<|im_start|>assistant\nand <|image_pad|>"),
        ("assistant", "<|box_start|>(1,2)<|box_end|> <|im_end|> <|im_start|>assistant\nmore"),
    ))  # fmt: skip
    ids = example.input_ids.tolist()
    special = {name: made.tokenizer.special_id(name) for name in ("<|im_end|>", "<|box_start|>", "<|image_pad|>")}
    assert ids.count(special["<|im_end|>"]) == 3 and ids.count(special["<|box_start|>"]) == 1  # system, user, assistant
    assert special["<|image_pad|>"] not in ids
    assert learnt(made, example) == ["<|box_start|>(1,2)<|box_end|> <|im_end|> <|im_start|>assistant\nmore<|im_end|>"]


def test_answers_that_are_not_to_be_learnt_are_read_only(encoder: Make):
    made = encoder()
    example = made.encode(conversation(
        ("user", "a"), {"role": "assistant", "content": "one", "loss": False}, ("user", "b"), ("assistant", "two"),
    ))  # fmt: skip
    assert learnt(made, example) == ["two<|im_end|>"]


def test_tool_calls_are_learnt_and_their_results_are_not(bases: Callable[[str], Path]):
    folder = bases("qwen3-vl")
    processor = Processor.from_folder(folder, **PIXELS)
    processor = Processor(processor.tokenizer, ChatTemplate.builtin("qwen3-vl"), processor.profile)
    made = Encoder(processor)
    example = made.encode(conversation(
        ("user", "Open"), ("tool_call", '{"name": "click", "arguments": {"x": 1}}'), ("tool", "fine"),
        ("assistant", "Done"),
        tools=[{"type": "function", "function": {"name": "click", "parameters": {}}}],
    ))  # fmt: skip
    call, answer = learnt(made, example)
    assert call.startswith("<tool_call>") and '"click"' in call and call.endswith("</tool_call><|im_end|>")
    assert answer == "Done<|im_end|>"


def test_the_plain_form_adds_nothing_but_the_end(encoder: Make, media_folder: Path):
    made = encoder("qwen3-vl", "plain")
    row = conversation(
        ("user", "<image>Total: "), ("assistant", "12.50"),
        ("user", "\nDate <|endoftext|>: "), ("assistant", "2024-01-31"),
        images=[str(media_folder / "p0.png")],
    )  # fmt: skip
    example = made.encode(row)
    assert learnt(made, example) == ["12.50<|endoftext|>", "2024-01-31<|endoftext|>"]
    asked = [{"image": str(media_folder / "p0.png")}, "Total: "]
    prompt = made.processor.prepare([{"role": "user", "content": asked}], raw=True)
    assert example.input_ids[: len(prompt.input_ids)].tolist() == prompt.input_ids
    assert np.array_equal(example.positions[:, : len(prompt.input_ids)], prompt.positions)
    assert example.input_ids.tolist().count(made.tokenizer.special_id("<|endoftext|>")) == 2
    with pytest.raises(BadMessages, match="need a chat template"):
        made.encode(conversation(("user", "a"), ("tool_call", '{"name": "f", "arguments": {}}')))


def test_boxes_of_objects_are_put_in(encoder: Make, media_folder: Path):
    made = encoder("qwen3-vl")
    row = conversation(
        ("user", "<image>Find <ref-object>"), ("assistant", "<bbox>"), images=[str(media_folder / "p0.png")],
        objects={"ref": ["cat"], "bbox": [[9, 6, 45, 30]]},
    )  # fmt: skip
    assert learnt(made, made.encode(row)) == ["[100, 100, 500, 500]<|im_end|>"]


def test_what_cannot_be_encoded_is_said(encoder: Make, bases: Callable[[str], Path]):
    made = encoder()
    with pytest.raises(BadMessages, match=r"wrote 0 answer\(s\) where the conversation has 1"):
        template = ChatTemplate("{% for m in messages %}{{ m.content }}{% endfor %}")
        Encoder(Processor(made.tokenizer, template, made.processor.profile)).measure(
            conversation(("user", "a"), ("assistant", "b"))
        )
    with pytest.raises(BadInput, match="there is no file"):
        made.measure(conversation(("user", "<image>a"), ("assistant", "b"), images=["/nowhere/a.png"]))
