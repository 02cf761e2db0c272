from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import numpy as np
import pytest

from saccade.prompts import pages as prompts
from saccade.prompts.scenes import NOT_SHOWN
from saccade.synth import palette
from saccade.synth.fonts import Face
from saccade.synth.kinds import KINDS
from saccade.synth.pages import draw_pages, looks
from saccade.synth.sample import BoxNumbers, Said, Sample, Task, Turn, answer_text
from saccade.synth.worlds import draw
from tests.synth.ink import assert_ink_is_where_the_boxes_say

Families = tuple[tuple[Face, ...], ...]
SIZES = ((448, 448), (640, 480), (320, 560), (200, 160), (96, 96))


def pixels(values: object, picture: int) -> list[int]:
    return [round(value) for value in values]  # type: ignore[attr-defined]


def written(turn: Turn) -> str:
    return answer_text(turn.parts, pixels)


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    text: str = ""


@dataclass
class Reader(HTMLParser):
    """Elements with their own texts, and whether every tag was closed in its turn."""

    open: list[Element] = field(default_factory=list)
    seen: list[Element] = field(default_factory=list)
    balanced: bool = True

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(Element(tag, dict(attrs)))
        if tag != "img":
            self.open.append(self.seen[-1])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.balanced &= bool(self.open) and self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1].text += data


def read(answer: str) -> Reader:
    reader = Reader()
    assert answer.startswith("```html\n<html><body>\n") and answer.endswith("\n</body></html>\n```")
    reader.feed(answer.removeprefix("```html\n").removesuffix("\n```"))
    reader.close()
    assert reader.balanced and not reader.open
    return reader


def samples(families: Families, task: Task, split: str = "train") -> list[Sample]:
    return [
        draw_pages(np.random.default_rng(seed), faces=families, height=h, width=w, tasks=(task,), split=split)
        for seed, (h, w) in enumerate(SIZES * 4)
    ]


@pytest.mark.parametrize("split", ["train", "heldout"])
def test_the_html_is_well_formed_and_says_what_the_truth_says(families: Families, split: str) -> None:
    for sample in samples(families, "parse", split):
        reader = read(written(sample.turns[0]))
        top = [each for each in reader.seen if each.tag in ("h1", "h2", "h3", "p", "ul", "ol", "table", "div")
               and "data-bbox" in each.attributes]  # fmt: skip
        blocks = sample.turns[0].truth["blocks"]
        assert len(top) == len(blocks) == sample.meta["blocks"]
        for element, block in zip(top, blocks, strict=True):
            assert element.attributes["data-bbox"] == " ".join(str(round(value)) for value in block["box"])
            if block["kind"] in ("heading", "paragraph"):
                assert element.text == block["text"]
        cells = [each.text for each in reader.seen if each.tag in ("td", "th")]
        assert cells == [cell for block in blocks for row in block.get("rows", ()) for cell in row]
        items = [each.text for each in reader.seen if each.tag == "li"]
        assert items == [line for block in blocks if block["kind"] == "list" for line in block["text"].split("\n")]


@pytest.mark.parametrize("split", ["train", "heldout"])
def test_blocks_and_characters_lie_inside_and_blocks_apart(families: Families, split: str) -> None:
    for sample in samples(families, "parse", split):
        height, width = sample.image.shape[:2]
        boxes = [block["box"] for block in sample.turns[0].truth["blocks"]]
        assert boxes
        for number, (x0, y0, x1, y1) in enumerate(boxes):
            assert 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height
            for a0, b0, a1, b1 in boxes[:number]:
                assert min(x1, a1) <= max(x0, a0) or min(y1, b1) <= max(y0, b0)
        assert all(0 < char.x0 < char.x1 < width and 0 < char.y0 < char.y1 < height for char in sample.chars)


def test_characters_stand_where_their_boxes_say(families: Families) -> None:
    for seed in range(6):
        sample = draw_pages(np.random.default_rng(seed), faces=families, height=400, width=400, distortion=0.0)
        assert_ink_is_where_the_boxes_say(sample)


def test_every_line_of_the_page_is_read_and_anchored(families: Families) -> None:
    for sample in samples(families, "ocr"):
        turn = sample.turns[0]
        assert written(turn) == turn.truth["text"]
        said = [part for part in turn.parts if isinstance(part, Said) and part.line is not None]
        assert sorted(part.line for part in said if part.line is not None) == list(range(len(sample.lines)))
        assert all(part.text == sample.lines[part.line or 0][0] for part in said)


def test_said_texts_are_those_of_their_lines(families: Families) -> None:
    for sample in samples(families, "parse"):
        for part in sample.turns[0].parts:
            if isinstance(part, Said) and part.line is not None:
                line = sample.lines[part.line][0]
                assert line[part.start : part.start + len(part.text)] == part.text and part.escape == "html"
            if isinstance(part, BoxNumbers):
                assert part.separator == " "


def test_an_answer_stays_within_about_seven_hundred_tokens(families: Families) -> None:
    for seed in range(12):
        options = {"faces": families, "height": 640, "width": 480, "blocks": (12, 12)}
        sample = draw_pages(np.random.default_rng(seed), tasks=("parse",), **options)  # type: ignore[arg-type]
        boxes = sum(isinstance(part, BoxNumbers) for part in sample.turns[0].parts)
        text = sum(len(part.text) for part in sample.turns[0].parts if isinstance(part, Said) and part.line is not None)
        assert 27 * boxes + 0.85 * text < 700


def test_as_many_blocks_are_drawn_as_asked_where_they_fit(families: Families) -> None:
    options = {"faces": families, "height": 640, "width": 480, "blocks": (6, 6)}
    drawn = [draw_pages(np.random.default_rng(seed), **options).meta["blocks"] for seed in range(12)]  # type: ignore[arg-type]
    assert drawn.count(6) >= 11


def test_text_is_never_smaller_than_eight_pixels(families: Families) -> None:
    for sample in samples(families, "ocr"):
        assert float(sample.meta["x_height_px"]) >= 8
        heights = [char.y1 - char.y0 for char in sample.chars if char.char in "xzvw"]
        assert not heights or min(heights) >= 6.5  # a font size is rounded to a quarter pixel, curves overshoot


def test_questions_about_the_page_are_answered_from_it(families: Families) -> None:
    asked = set()
    for seed in range(60):
        options = {"faces": families, "height": 448, "width": 448, "tasks": ("vqa", "vqa", "parse")}
        sample = draw_pages(np.random.default_rng(seed), **options)  # type: ignore[arg-type]
        blocks = sample.turns[2].truth["blocks"]
        headings = [block for block in blocks if block["kind"] == "heading"]
        title = next((block["text"] for block in headings if block["level"] == 1), NOT_SHOWN)
        for turn in sample.turns[:2]:
            assert [written(turn)] == turn.truth["answers"]
            question = turn.prompt.split("\n")[0]
            asked.add(question)
            if question == prompts.TITLE:
                assert written(turn) == title
            if question == prompts.TITLE_WORDS:
                assert written(turn) == str(len(title.split()))
            for plural, kind in (("paragraphs", "paragraph"), ("headings", "heading"), ("figures", "image")):
                if question in (prompts.how_many(plural), prompts.and_how_many(plural)):
                    assert written(turn) == str(sum(block["kind"] == kind for block in blocks))
    assert {prompts.TITLE, prompts.TITLE_WORDS, prompts.how_many("paragraphs"), prompts.CAPTION} <= asked


def test_no_question_is_asked_twice(families: Families) -> None:
    for seed in range(40):
        options = {"faces": families, "height": 448, "width": 448, "tasks": ("vqa",) * 3}
        sample = draw_pages(np.random.default_rng(seed), **options)  # type: ignore[arg-type]
        asked = [turn.prompt.split("\n")[0] for turn in sample.turns]
        assert len(set(asked)) == len(asked), asked


def test_training_and_held_out_pages_share_no_layout_mark_or_colour() -> None:
    for name in ("marks", "bullets", "numbers", "figures", "captions", "headers"):
        assert not set(getattr(looks.TRAIN, name)) & set(getattr(looks.HELDOUT, name))
    assert not {each.columns for each in looks.TRAIN.layouts} & {each.columns for each in looks.HELDOUT.layouts}
    for train, held in (
        (palette.TRAIN_GROUNDS, palette.HELDOUT_GROUNDS), (palette.TRAIN_ACCENTS, palette.HELDOUT_ACCENTS),
    ):  # fmt: skip
        apart = [max(abs(a - b) for a, b in zip(one, other, strict=True)) for one in train for other in held]
        assert min(apart) > 2 * palette._JITTER


def test_things_have_known_kinds_and_both_renderers_occur(families: Families) -> None:
    drawn = samples(families, "parse")
    assert {item.shape for sample in drawn for item in sample.objects} <= set(KINDS)
    assert {"heading", "paragraph", "list", "figure"} <= {item.shape for sample in drawn for item in sample.objects}
    assert {sample.meta["renderer"] for sample in drawn} == {"smooth", "crisp"}


def test_the_same_seed_draws_the_same_page_by_name(families: Families) -> None:
    one, two = (draw("pages", np.random.default_rng(5), faces=families, height=300, width=360) for _ in range(2))
    assert np.array_equal(one.image, two.image) and one.turns == two.turns
