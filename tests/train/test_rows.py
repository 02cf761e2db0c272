"""Rows: read as the processor renders them, the answers are learnt, and every token knows its place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tokenizers

from saccade.processing.inputs import Processor
from saccade.processing.parse.tools import read_tool_calls
from saccade.synth.sample import Picture, Said, Sample, Turn
from saccade.synth.worlds import draw
from saccade.train.folder import start_folder
from saccade.train.naming import printed_in
from saccade.train.rows import CLIP_MAX_PIXELS, CLIP_MIN_PIXELS, Row, RowMaker
from saccade.train.targets import NONE, NUM_STARTS, CellTargets
from saccade.train.tokens import IGNORE
from saccade.types import Box
from tests.train.conftest import clip_sample, shapes_sample, spotting, text_sample, written_answer


@pytest.fixture(scope="module")
def processor(tokenizer: tokenizers.Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Processor:
    folder = tmp_path_factory.mktemp("started")
    start_folder(folder, tokenizer)
    return Processor.from_folder(folder)


def answers_of(maker: RowMaker, sample: Sample) -> list[str]:
    scenes = maker.media(sample)[2]
    return [written_answer(sample, turn, scenes) for turn in sample.turns]


def messages_of(maker: RowMaker, sample: Sample) -> list[dict[str, Any]]:
    """The sample as the conversation that a caller would have."""
    media: list[dict[str, Any]] = [{"type": "image", "image": shown.image} for shown in (sample, *sample.more)]
    if sample.clip is not None:
        media = [{"type": "video", "video": list(sample.clip.frames), "sample_fps": sample.clip.fps,
                  "min_pixels": CLIP_MIN_PIXELS, "max_pixels": CLIP_MAX_PIXELS}]  # fmt: skip
    messages: list[dict[str, Any]] = []
    for turn, answer in zip(sample.turns, answers_of(maker, sample), strict=True):
        content = [*([] if messages else media), {"type": "text", "text": turn.prompt}]
        reply: dict[str, Any] = {"role": "assistant", "content": answer}
        if "<tool_call>" in answer:
            (call,) = read_tool_calls(answer).calls
            written = answer.split('"arguments": ')[1].removesuffix("}\n</tool_call>")
            function = {"name": call.name, "arguments": written}
            reply = {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": function}]}
        messages += [{"role": "user", "content": content}, reply]
    return messages


def assert_read_as_prepared(maker: RowMaker, processor: Processor, sample: Sample) -> Row:
    row = maker.row(sample)
    tools = [dict(tool) for tool in sample.tools] or None
    inputs = processor.prepare(
        messages_of(maker, sample), add_generation_prompt=False, tools=tools, min_pixels=maker.min_pixels
    )
    length = len(row.input_ids)
    assert row.input_ids.tolist() == inputs.input_ids[:length]
    assert len(inputs.input_ids) == length + 1  # the line break after the last answer
    np.testing.assert_array_equal(row.positions, inputs.positions[:, :length])
    assert list(row.grids) == [item.grid for item in inputs.media]
    for pixels, item in zip(row.pixels, inputs.media, strict=True):
        np.testing.assert_array_equal(pixels, item.pixels)
    return row


def learnt_text(maker: RowMaker, row: Row) -> str:
    return maker.tokenizer.decode([int(i) for i in row.labels if i != IGNORE], skip_special_tokens=False)


def cells_by_token(maker: RowMaker, row: Row) -> list[tuple[str, int]]:
    """The learnt tokens' texts with the cells they point to."""
    at = np.flatnonzero(row.labels != IGNORE)
    texts = [maker.tokenizer.decode([int(row.labels[i])], skip_special_tokens=False) for i in at]
    return [(text, int(row.pointer[i])) for text, i in zip(texts, at, strict=True)]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.usefixtures("bundled_fonts")
def test_a_picture_is_read_as_the_processor_prepares_it(maker: RowMaker, processor: Processor, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for height, width in ((95, 217), (301, 140)):  # the first one is made larger
        assert_read_as_prepared(maker, processor, draw("text", rng, height=height, width=width,
                                                       tasks=("ocr", "spot", "find")))  # fmt: skip


@pytest.mark.usefixtures("bundled_fonts")
def test_a_pair_is_read_as_the_processor_prepares_it(maker: RowMaker, processor: Processor) -> None:
    rng = np.random.default_rng(3)
    for _ in range(3):
        row = assert_read_as_prepared(maker, processor, draw("pairs", rng, height=197, width=210))
        assert len(row.pixels) == 2


@pytest.mark.parametrize("num_frames", [4, 5, 8])
@pytest.mark.parametrize("fps", [2.0, 1.93])
def test_a_clip_is_read_as_the_processor_prepares_it(
    maker: RowMaker, processor: Processor, num_frames: int, fps: float
) -> None:
    sample = clip_sample(num_frames, fps)
    row = assert_read_as_prepared(maker, processor, replace(sample, turns=(Turn("vqa", "What?", "Nothing"),)))
    assert row.pixels[0].shape == (num_frames + num_frames % 2, 96, 128, 3)


@pytest.mark.usefixtures("bundled_fonts")
def test_a_drawn_clip_is_read_as_the_processor_prepares_it(maker: RowMaker, processor: Processor) -> None:
    for seed in range(2):
        rng = np.random.default_rng(seed)
        assert_read_as_prepared(maker, processor, draw("clips", rng, height=101, width=133, max_frames=16))


@pytest.mark.usefixtures("bundled_fonts")
def test_calls_of_tools_are_read_as_the_processor_prepares_them(maker: RowMaker, processor: Processor) -> None:
    for seed in range(2):
        rng = np.random.default_rng([seed, 8])
        sample = draw("phones", rng, height=330, width=230, tasks=("click", "vqa", "click"))
        assert sample.tools and any("<tool_call>" in answer for answer in answers_of(maker, sample))
        row = assert_read_as_prepared(maker, processor, sample)
        assert "computer_use" in maker.tokenizer.decode(row.input_ids[:400].tolist(), skip_special_tokens=False)


@pytest.mark.parametrize(("world", "seed"), [("text", 4), ("shapes", 6), ("scenes", 7), ("charts", 8), ("phones", 9)])
@pytest.mark.usefixtures("bundled_fonts")
def test_what_is_learnt_is_the_answers_and_their_ends(maker: RowMaker, world: str, seed: int) -> None:
    sample = draw(world, np.random.default_rng(seed), height=310, width=280)
    row = maker.row(sample)
    assert learnt_text(maker, row) == "".join(answer + "<|im_end|>" for answer in answers_of(maker, sample))
    at = np.flatnonzero(row.labels != IGNORE)
    assert (row.labels[at] == row.input_ids[at + 1]).all() and row.labels[-1] == IGNORE
    assert (row.pointer[row.labels == IGNORE] == NONE).all()
    np.testing.assert_array_equal(row.here[at + 1], row.pointer[at])
    scenes = maker.media(sample)[2]
    printed = {cell for turn in sample.turns for cell in printed_in(turn.prompt, scenes).values()}
    assert set(np.delete(row.here, at + 1).tolist()) <= {NONE, *printed}  # words of the question
    assert row.pointer.max() < row.num_cells == len(row.cells.chars) == len(row.starts)


def test_characters_point_to_their_cells_and_gaps_to_what_follows(maker: RowMaker) -> None:
    row = maker.row(text_sample())
    assert row.grids == ((1, 8, 16),)  # 4 x 8 cells of 2 x 2 patches: nothing was resized
    places = cells_by_token(maker, row)
    assert "".join(text for text, _ in places) == 'Hi yo\na"b<|im_end|>'
    wanted = {"H": 0, "i": 1, " ": 3, "y": 3, "o": 4, "\n": 29, "a": 29, '"': 30, "b": 31}
    for text, cell in places:
        assert cell == (NONE if text == "<|im_end|>" else wanted[text[0]]), text


def test_tokens_that_begin_in_a_cell_are_its_starts(maker: RowMaker) -> None:
    row = maker.row(text_sample())
    assert row.starts.shape == (32, NUM_STARTS)
    begun: dict[int, list[str]] = {}
    for text, cell in cells_by_token(maker, row):
        if cell != NONE and text != "\n":  # the line break stands nowhere
            begun.setdefault(cell, []).append(text)
    for cell in range(32):
        known = [maker.tokenizer.decode([int(token)]) for token in row.starts[cell] if token != NONE]
        assert known == begun.get(cell, []), cell
    assert sum(map(len, begun.values())) >= 5


def test_coordinates_are_choices_of_digits_and_nothing_else_is(maker: RowMaker) -> None:
    row = maker.row(shapes_sample(("circle", "red", Box(30, 5, 110, 100))))
    asked = row.choices.sum(-1) > 0
    written = maker.tokenizer.decode(row.labels[asked].tolist(), skip_special_tokens=False)
    assert written.replace(" ", "") == "11739430781"
    np.testing.assert_allclose(row.choices[asked].sum(-1), 1, atol=2e-3)
    digits = [np.flatnonzero(row.digit_ids == label)[0] for label in row.labels[asked]]
    first_of_each = [0, 3, 5, 8]
    assert (row.choices[asked].argmax(-1) == digits)[first_of_each].all()
    assert not maker.row(text_sample()).choices.any()
    assert not row.padded(len(row.input_ids) + 9).choices[-9:].any()


def test_no_more_than_four_tokens_begin_in_a_cell(maker: RowMaker) -> None:
    sample = text_sample()
    crowd = tuple(replace(c, x0=4.0, x1=6.0, y0=10.0, y1=20.0) for c in sample.chars)
    starts = maker.row(replace(sample, chars=crowd)).starts
    assert (starts[0] != NONE).all() and (starts[1:] == NONE).all()


def test_what_is_not_copied_from_drawn_text_starts_nowhere(maker: RowMaker) -> None:
    assert (maker.row(shapes_sample(("circle", "red", Box(30, 5, 110, 100)))).starts == NONE).all()
    spotted = maker.row(spotting(text_sample()))
    read = [maker.tokenizer.decode([int(t)]) for t in spotted.starts.flatten() if t != NONE]
    assert "".join(read) == 'Hi yoa\\"b'


def test_spotted_text_points_to_its_characters_and_numbers_to_their_boxes(maker: RowMaker) -> None:
    places = cells_by_token(maker, maker.row(spotting(text_sample())))
    text = "".join(part for part, _ in places)
    starts = np.cumsum([0, *(len(part) for part, _ in places)])[:-1].tolist()
    cell_at = dict(zip(starts, (cell for _, cell in places), strict=True))
    second = text.index('a\\"b')
    for offset, cell in ((0, 29), (1, 30), (3, 31)):
        assert cell_at.get(second + offset, cell) == cell
    assert cell_at[second] == 29
    box = text.index("652")  # the second line's left edge, 167 of 256
    assert {cell_at[i] for i in range(box, box + 3)} == {3 * 8 + 6}


def test_an_answer_of_no_boxes_or_of_words_points_nowhere(maker: RowMaker) -> None:
    for turn in (Turn("find", "Where?"), Turn("count", "How many?", "3"), Turn("caption", "Say.", "A red ring.")):
        row = maker.row(text_sample(turn))
        assert learnt_text(maker, row) == (turn.answer or "[]") + "<|im_end|>"
        assert (row.pointer == NONE).all() and (row.here == NONE).all()


def test_two_pictures_cells_are_counted_on(maker: RowMaker) -> None:
    first, second = text_sample(), text_sample()
    parts = (Said("Hi", line=0), Said(" and "), Said("yo", line=0, start=3, picture=1))
    more = Picture(second.image[:96, :160].copy(), second.chars, second.lines)  # 3 x 5 cells, made larger to 4 x 6
    row = maker.row(replace(first, turns=(Turn("vqa", "What?", parts=parts),), more=(more,)))
    assert [pixels.shape for pixels in row.pixels] == [(1, 128, 256, 3), (1, 128, 192, 3)]
    assert row.num_cells == 32 + 24
    cells = dict(cells_by_token(maker, row)[:-1])
    y = 32 + 20 * 128 // 96 // 32 * 6 + int(100 * 192 / 160 // 32)
    assert next(cell for text, cell in cells.items() if text.strip() and text.strip()[0] == "H") == 0
    assert [cell for text, cell in cells.items() if text.strip().startswith("y")] == [y]
    assert (row.starts[y] != NONE).any() and (row.starts[32:y] == NONE).all()
    assert (row.input_ids == maker.media_ids.image_pad).sum() == 56
    np.testing.assert_array_equal(row.cells.chars[:32], maker.row(first).cells.chars)
    assert row.cells.chars[32:].any()


def test_a_clips_times_are_text_and_its_steps_follow_one_another(maker: RowMaker) -> None:
    row = maker.row(clip_sample(6))
    text = maker.tokenizer.decode(row.input_ids.tolist(), skip_special_tokens=False)
    pads = "<|vision_start|>" + "<|video_pad|>" * 12 + "<|vision_end|>"
    assert f"user\n<0.2 seconds>{pads}<1.2 seconds>{pads}<2.2 seconds>{pads}From where" in text
    assert row.grids == ((3, 6, 8),) and row.num_cells == 36
    at = np.flatnonzero(row.labels != IGNORE)
    said = "".join(maker.tokenizer.decode([int(i)], skip_special_tokens=False) for i in row.labels[at])
    assert said == "A red square.375, 500 to 625, 500.<|im_end|>"
    assert row.pointer[at].tolist()[0] == 5 and set(row.pointer[at].tolist()) == {5, 12 + 6, NONE}
    assert np.argwhere(row.cells.objects[:, 2] == 1)[:, 0].tolist() == [5, 12 + 6, 24 + 6]


def test_boxes_that_are_asked_for_are_targets_of_their_picture(maker: RowMaker) -> None:
    sample = shapes_sample(("square", "blue", Box(150, 60, 170, 80)))
    row = maker.row(sample)
    expected = CellTargets.of(maker.media(sample)[2][0])
    np.testing.assert_array_equal(row.cells.digits, expected.digits)
    assert row.cells.digits[21].tolist()[:12] == [5, 8, 6, 4, 6, 9, 6, 6, 4, 6, 2, 5]


def test_padding_adds_tokens_that_teach_nothing(maker: RowMaker) -> None:
    row = maker.row(text_sample())
    length = len(row.input_ids)
    padded = row.padded(length + 5)
    lengths = [
        len(padded.input_ids),
        len(padded.labels),
        padded.positions.shape[1],
        len(padded.pointer),
        len(padded.here),
    ]
    assert set(lengths) == {length + 5}
    np.testing.assert_array_equal(padded.input_ids[:length], row.input_ids)
    for name, nothing in (("labels", IGNORE), ("pointer", NONE), ("here", NONE)):
        assert (getattr(padded, name)[length:] == nothing).all()
    assert padded.positions[0, length:].tolist() == (row.positions.max() + np.arange(1, 6)).tolist()
    assert row.padded(length - 1) is row


def test_an_enlarging_maker_enlarges_only_what_is_smaller(maker: RowMaker) -> None:
    enlarging = maker.enlarging(200 * 200)
    small, large = enlarging.resized_size(64, 160), enlarging.resized_size(320, 480)
    assert 200 * 200 <= small.height * small.width < 256 * 256 and large == maker.resized_size(320, 480)
    assert maker.resized_size(64, 160) != small
