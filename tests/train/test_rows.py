"""Rows: read as the processor renders them, the answers are learnt, and targets are where they belong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tokenizers

from saccade.processing.inputs import Processor
from saccade.synth.sample import Sample, Turn
from saccade.synth.shapes import COLOURS, SHAPES
from saccade.synth.worlds import draw
from saccade.train.folder import start_folder
from saccade.train.rows import IGNORE, NUM_SLOTS, Row, RowMaker
from saccade.types import Box
from tests.train.conftest import shapes_sample, spotting, text_sample


def learnt_text(maker: RowMaker, row: Row) -> str:
    return maker.tokenizer.decode([int(i) for i in row.labels if i != IGNORE], skip_special_tokens=False)


def answer_of(turn: Turn, row: Row, sample: Sample) -> str:
    """The expected text of a turn, boxes by their definition: rounded pixels of the resized picture."""
    if turn.answer is not None:
        return turn.answer
    scale = np.array([row.pixels.shape[1] / sample.image.shape[1], row.pixels.shape[0] / sample.image.shape[0]] * 2)
    boxes = [np.array([i.box.x0, i.box.y0, i.box.x1, i.box.y1]) * scale for i in turn.items]
    top = np.array([row.pixels.shape[1] - 1, row.pixels.shape[0] - 1] * 2)
    return json.dumps(
        [{"bbox_2d": np.rint(box).clip(0, top).astype(int).tolist(), item.key: item.value}
         for box, item in zip(boxes, turn.items, strict=True)], ensure_ascii=False,
    )  # fmt: skip


def cells_by_token(maker: RowMaker, row: Row) -> list[tuple[str, tuple[int, int]]]:
    """The learnt tokens' texts with the cells they point to."""
    at = np.flatnonzero(row.labels != IGNORE)
    texts = [maker.tokenizer.decode([int(row.labels[i])], skip_special_tokens=False) for i in at]
    return [(text, (int(row.pointer[i][0]), int(row.pointer[i][1]))) for text, i in zip(texts, at, strict=True)]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.usefixtures("any_fonts")
def test_a_row_is_what_the_processor_makes_of_the_same_conversation(
    maker: RowMaker, tokenizer: tokenizers.Tokenizer, tmp_path: Path, seed: int
) -> None:
    start_folder(tmp_path, tokenizer)
    processor = Processor.from_folder(tmp_path)
    rng = np.random.default_rng(seed)
    sample = draw("text", rng, height=95, width=217, tasks=("ocr", "spot", "find"))
    row = maker.row(sample)
    messages: list[dict[str, Any]] = []
    for number, turn in enumerate(sample.turns):
        content: list[dict[str, Any]] = [{"type": "text", "text": turn.prompt}]
        if number == 0:
            content.insert(0, {"type": "image", "image": sample.image})
        messages += [{"role": "user", "content": content},
                     {"role": "assistant", "content": answer_of(turn, row, sample)}]  # fmt: skip
    inputs = processor.prepare(messages, add_generation_prompt=False)
    assert row.input_ids.tolist() == inputs.input_ids[: len(row.input_ids)]
    assert len(inputs.input_ids) == len(row.input_ids) + 1  # the line break after the last answer
    np.testing.assert_array_equal(row.positions, inputs.positions[:, : len(row.input_ids)])
    assert row.grid == inputs.media[0].grid
    np.testing.assert_array_equal(row.pixels, inputs.media[0].pixels[0])


@pytest.mark.parametrize(("world", "seed"), [("text", 4), ("text", 5), ("shapes", 6), ("shapes", 7)])
@pytest.mark.usefixtures("any_fonts")
def test_what_is_learnt_is_the_answers_and_their_ends(maker: RowMaker, world: str, seed: int) -> None:
    sample = draw(world, np.random.default_rng(seed), height=150, width=180)
    row = maker.row(sample)
    expected = "".join(answer_of(turn, row, sample) + "<|im_end|>" for turn in sample.turns)
    assert learnt_text(maker, row) == expected
    at = np.flatnonzero(row.labels != IGNORE)
    assert (row.labels[at] == row.input_ids[at + 1]).all() and row.labels[-1] == IGNORE
    assert (row.pointer[row.labels == IGNORE] == -1).all()


def test_characters_point_to_their_cells_and_spaces_to_what_follows(maker: RowMaker) -> None:
    row = maker.row(text_sample())
    assert row.grid == (1, 8, 16)  # 4 x 8 cells of 2 x 2 patches: nothing was resized
    places = cells_by_token(maker, row)
    assert "".join(text for text, _ in places) == 'Hi yo\na"b<|im_end|>'
    wanted = {"H": (0, 0), "i": (0, 1), " y": (0, 3), " ": (0, 3), "y": (0, 3), "o": (0, 4), "\n": (3, 5), "a": (3, 5),
              '"': (3, 6), "b": (3, 7), "<|im_end|>": (-1, -1)}  # fmt: skip
    for text, cell in places:
        assert cell == wanted[text if text in wanted else text[0]], text


def test_spotted_text_is_escaped_and_points_to_its_characters(maker: RowMaker) -> None:
    row = maker.row(spotting(text_sample()))
    places = cells_by_token(maker, row)
    text = "".join(part for part, _ in places)
    assert [item["text_content"] for item in json.loads(text.removesuffix("<|im_end|>"))] == ["Hi yo", 'a"b']
    start = text.index('a\\"b')
    at = 0
    for part, cell in places:
        if start <= at < start + 4:
            assert cell == {"a": (3, 5), "\\": (3, 6), '"': (3, 6), "b": (3, 7)}[part[0]]
        at += len(part)


def test_numbers_of_a_box_point_to_its_corners(maker: RowMaker) -> None:
    row = maker.row(shapes_sample(("circle", "red", Box(30, 5, 110, 100)), ("square", "blue", Box(150, 60, 170, 80))))
    places = cells_by_token(maker, row)
    text = "".join(part for part, _ in places)
    at = 0
    cell_at = {}
    for part, cell in places:
        cell_at[at] = cell
        at += len(part)
    first, second = text.index("30, 5, 110, 100"), text.index("150, 60, 170, 80")
    assert [cell_at[first], cell_at[first + 1]] == [(0, 1), (0, 1)]  # left, top
    assert cell_at[text.index("110")] == cell_at[text.index("100")] == (3, 3)  # right, bottom
    assert cell_at[second] == (2, 5) and cell_at[text.index("170")] == (2, 6)
    assert cell_at[0] == (1, 2)  # what opens an item points to its centre
    label = text.index("red circle")
    assert cell_at[max(start for start in cell_at if start <= label)] == (1, 2)


def test_an_answer_of_no_boxes_or_of_words_points_nowhere(maker: RowMaker) -> None:
    for turn in (Turn("find", "Where?", None), Turn("count", "How many?", "3"), Turn("caption", "Say.", "A red ring.")):
        row = maker.row(text_sample(turn))
        assert learnt_text(maker, row) == (turn.answer or "[]") + "<|im_end|>"
        assert (row.pointer == -1).all()


def test_characters_fill_the_slots_that_hold_their_centres(maker: RowMaker) -> None:
    slots = maker.row(text_sample()).chars
    assert slots.shape == (4 * 8, NUM_SLOTS)
    filled = {(int(cell), int(slot)): chr(0x20 + int(slots[cell, slot])) for cell, slot in np.argwhere(slots > 0)}
    # cell 8 * row + column; slot 4 * (lower half) + column of 7 px: "H" at x 10, y 20 lies in slot 4 + 1 of cell 0
    assert filled == {(0, 5): "H", (1, 4): "i", (3, 4): "y", (4, 4): "o",
                      (29, 1): "a", (30, 0): '"', (31, 0): "b"}  # fmt: skip


def test_targets_follow_the_resize(maker: RowMaker) -> None:
    small = text_sample()
    half = Sample(small.image[::2, ::2].copy(), small.turns,
                  tuple(type(c)(c.char, c.x0 / 2, c.y0 / 2, c.x1 / 2, c.y1 / 2, c.line, c.index) for c in small.chars),
                  small.lines)  # fmt: skip
    row = maker.row(half)
    assert row.grid == (1, 6, 12)  # 56 x 112 px are fewer than the least: 84 x 168
    cells = np.flatnonzero((row.chars > 0).any(axis=1)).tolist()
    # x times 168 / 224, y times 84 / 112, then cells of 28 px in rows of six
    centres = [(10, 20), (30, 20), (90, 20), (118, 20), (150, 90), (172, 90), (200, 90)]
    assert cells == sorted({int(x * 0.75 // 28) + 6 * int(y * 0.75 // 28) for x, y in centres})


def test_objects_cover_cells_and_extents_lead_to_their_edges(maker: RowMaker) -> None:
    big, dot = Box(28, 0, 112, 84), Box(180, 100, 188, 108)
    row = maker.row(shapes_sample(("star", "green", big), ("heart", "pink", dot)))
    shape, colour = list(SHAPES).index("star") + 1, list(COLOURS).index("green") + 1
    classes = row.objects.reshape(4, 8, 3)
    assert (classes[0:3, 1:4, 0] == shape).all() and (classes[0:3, 1:4, 1] == colour).all()
    assert (classes[..., 0] == shape).sum() == 9
    assert classes[3, 6].tolist() == [list(SHAPES).index("heart") + 1, list(COLOURS).index("pink") + 1, 1]
    assert np.argwhere(classes[..., 2] == 1).tolist() == [[1, 2], [3, 6]]
    extents = row.extents.reshape(4, 8, 4)
    np.testing.assert_allclose(extents[1, 2], [-1.5, -1.5, 1.5, 1.5], atol=1e-6)
    for (r, c), box in (((1, 2), big), ((3, 6), dot)):
        middle = np.array([c + 0.5, r + 0.5] * 2)
        np.testing.assert_allclose((extents[r, c] + middle) * 28, [box.x0, box.y0, box.x1, box.y1], atol=1e-4)
    assert (extents[classes[..., 2] == 0] == 0).all()


def test_padding_adds_tokens_that_teach_nothing(maker: RowMaker) -> None:
    row = maker.row(text_sample())
    length = len(row.input_ids)
    padded = row.padded(length + 5)
    assert [len(padded.input_ids), len(padded.labels), padded.positions.shape, padded.pointer.shape] == [
        length + 5, length + 5, (3, length + 5), (length + 5, 2)]  # fmt: skip
    np.testing.assert_array_equal(padded.input_ids[:length], row.input_ids)
    assert (padded.labels[length:] == IGNORE).all() and (padded.pointer[length:] == -1).all()
    assert padded.positions[0, length:].tolist() == (row.positions.max() + np.arange(1, 6)).tolist()
    assert row.padded(length - 1) is row
