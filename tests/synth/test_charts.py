"""The charts world: data that can be read, answers that are the data, texts that stand where they are said to."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from saccade.errors import MissingExtra
from saccade.prompts import charts as prompts
from saccade.synth import charts
from saccade.synth.charts import draw_charts
from saccade.synth.charts.data import HELDOUT_NAMES, TRAIN_NAMES, heldout_word
from saccade.synth.charts.pies import slice_box
from saccade.synth.fonts import Face
from saccade.synth.kinds import KINDS
from saccade.synth.sample import Said, Sample, Turn, answer_text
from saccade.synth.words import common_words

Families = tuple[tuple[Face, ...], ...]


def text_of(turn: Turn) -> str:
    return answer_text(turn.parts, lambda values, picture: [round(value) for value in values])


def draw(families: Families, seed: int, **options: Any) -> Sample:
    return draw_charts(np.random.default_rng(seed), faces=families, **{"height": 320, "width": 400, **options})


def test_the_same_seed_gives_the_same_sample(families: Families) -> None:
    first, second = (draw(families, 5) for _ in range(2))
    assert np.array_equal(first.image, second.image)
    assert replace(first, image=second.image) == second


def test_the_data_answer_is_csv_that_agrees_with_the_truth(families: Families) -> None:
    seen = Counter[tuple[Any, ...]]()
    for seed in range(60):
        sample = draw(families, seed, tasks=("chart",), split=("train", "heldout")[seed % 2])
        (turn,) = sample.turns
        head, names, *rows = csv.reader(io.StringIO(text_of(turn)))
        truth = turn.truth
        assert head == [truth["kind"], truth["title"]]
        assert names[0] == (truth["label_name"] or prompts.LABEL_COLUMN)
        assert names[1:] == [series["name"] or prompts.VALUE_COLUMN for series in truth["series"]]
        for number, series in enumerate(truth["series"]):
            for row, (label, value) in zip(rows, series["points"], strict=True):
                assert row[0] == label
                assert (
                    row[number + 1].startswith(prompts.ESTIMATED) == truth["estimated"] == (not sample.meta["printed"])
                )
                assert float(row[number + 1].removeprefix(prompts.ESTIMATED)) == value
        assert 3 <= len(rows) <= 8
        seen[truth["kind"], truth["estimated"]] += 1
    assert len(seen) == 6


def test_what_is_copied_stands_in_the_line_it_names(families: Families) -> None:
    copied = 0
    for seed in range(40):
        sample = draw(families, seed)
        for turn in sample.turns:
            for part in turn.parts:
                assert isinstance(part, Said)
                if part.line is not None:
                    assert sample.lines[part.line][0][part.start : part.start + len(part.text)] == part.text
                    copied += 1
                if part.at is not None:
                    assert 0 <= part.at[0] <= 400 and 0 <= part.at[1] <= 320
    assert copied > 200


@pytest.mark.parametrize("size", [(96, 96), (96, 300), (300, 96), (160, 224), (448, 448), (640, 640)])
def test_nothing_is_cut_off_and_no_text_lies_over_another(families: Families, size: tuple[int, int]) -> None:
    height, width = size
    for seed in range(12):
        sample = draw(families, seed, height=height, width=width)
        assert sample.image.shape == (height, width, 3)
        assert not charts.clashes(sample.lines, width, height)
        for thing in sample.objects:
            assert thing.shape in KINDS
            box = thing.box
            assert -1 <= box.x0 < box.x1 <= width + 1 and -1 <= box.y0 < box.y1 <= height + 1, thing
        assert sample.meta["x_height_px"] >= 8


def test_characters_have_ink_where_their_boxes_are(families: Families) -> None:
    for seed in range(12):
        sample = draw(families, seed, distortion=0.0)
        for char in sample.chars:
            x0, y0 = int(char.x0), int(char.y0)
            patch = sample.image[y0 : int(np.ceil(char.y1)) + 1, x0 : int(np.ceil(char.x1)) + 1].astype(int)
            assert np.ptp(patch.reshape(-1, 3), axis=0).max() > 40, (seed, char)


def test_bars_are_as_long_as_their_values(families: Families) -> None:
    checked = 0
    for seed in range(40):
        sample = draw(families, seed, kinds=("bar",), tasks=("chart",), distortion=0.0, two_series_share=0.0)
        bars = [thing.box for thing in sample.objects if thing.shape == "bar"]
        values = [value for _, value in sample.turns[0].truth["series"][0]["points"]]
        flat = sample.meta["horizontal"]
        lengths = [box.x1 - box.x0 if flat else box.y1 - box.y0 for box in bars]
        assert len(bars) == len(values)
        assert np.allclose(np.array(lengths) / max(lengths), np.array(values) / max(values), atol=1e-6)
        checked += 1
    assert checked == 40


def test_values_that_are_not_printed_lie_apart_by_what_can_be_seen(families: Families) -> None:
    for seed in range(40):
        sample = draw(families, seed, kinds=("bar",), tasks=("chart",), printed_share=0.0, two_series_share=0.0)
        bars = [thing.box for thing in sample.objects if thing.shape == "bar"]
        flat = sample.meta["horizontal"]
        lengths = sorted(box.x1 - box.x0 if flat else box.y1 - box.y0 for box in bars)
        gaps = np.diff(lengths)
        assert all(gap < 1e-6 or gap >= 2.5 for gap in gaps), lengths


def test_a_pie_not_printed_is_in_steps_of_five_percent(families: Families) -> None:
    for seed in range(20):
        sample = draw(families, seed, kinds=("pie",), tasks=("chart",), printed_share=0.0)
        values = [value for _, value in sample.turns[0].truth["series"][0]["points"]]
        assert sum(values) == 100 and all(value >= 5 and value % 5 == 0 for value in values)


def test_questions_are_answered_from_the_data(families: Families) -> None:
    kinds = Counter[str]()
    for seed in range(150):
        sample = draw(families, seed, tasks=("chart", "vqa", "vqa"), two_series_share=0.0, height=224, width=224)
        data, *questions = sample.turns
        points = dict(data.truth["series"][0]["points"])
        for turn in questions:
            answer = text_of(turn)
            assert answer == turn.truth["answers"][0]
            for word, best in (("largest", max), ("smallest", min)):
                if f"the {word}?" in turn.prompt:
                    assert points[answer] == best(points.values()), turn.prompt
                    kinds[word + ("+" if turn.prompt.startswith("And") else "")] += 1
            asked = turn.prompt.partition("?")[0].rpartition(" of ")[2]
            if turn.prompt.startswith("What is the value of ") or turn.prompt.startswith("And of "):
                if asked in points:
                    assert float(answer) == points[asked]
                else:
                    assert answer == "not shown"
                kinds["value" if asked in points else "absent"] += 1
    assert set(kinds) == {"largest", "largest+", "smallest", "smallest+", "value", "absent"}, kinds


def test_held_out_charts_share_no_name_or_colour_with_training() -> None:
    train, held = TRAIN_NAMES, HELDOUT_NAMES
    assert not set(train.measures) & set(held.measures)
    assert not set(train.titles) & set(held.titles)
    assert not set(train.letters) & set(held.letters)
    assert not set(train.colours) & set(held.colours)
    assert not {name for pair in train.series for name in pair} & {name for pair in held.series for name in pair}
    for kind in ("ordered", "free"):
        sides = [{label for labels in getattr(side, kind).values() for label in labels} for side in (train, held)]
        assert not sides[0] & sides[1]
        assert not set(getattr(train, kind)) & set(getattr(held, kind))
    assert not set(train.light + train.dark) & set(held.light + held.dark)
    words = common_words()
    assert 0.1 < sum(map(heldout_word, words[:700])) / 700 < 0.2


def test_the_box_of_a_slice_reaches_to_the_circle() -> None:
    quarter = slice_box(10, 10, 5, 0, 90)
    assert np.allclose((quarter.x0, quarter.y0, quarter.x1, quarter.y1), (10, 10, 15, 15))
    most = slice_box(10, 10, 5, -45, 225)
    assert np.allclose((most.x0, most.x1, most.y1), (5, 15, 15)) and most.y0 > 6


def test_matplotlib_draws_the_same_kind_of_sample(families: Families) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib comes with the dev extra")
    for seed in range(4):
        sample = draw(families, seed, renderers=("matplotlib",), distortion=0.0)
        assert sample.meta["renderer"] == "matplotlib" and sample.chars and sample.objects
        for char in sample.chars:
            x0, y0 = max(0, int(char.x0)), max(0, int(char.y0))
            patch = sample.image[y0 : int(np.ceil(char.y1)) + 1, x0 : int(np.ceil(char.x1)) + 1].astype(int)
            assert np.ptp(patch.reshape(-1, 3), axis=0).max() > 40, (seed, char)


def test_without_matplotlib_its_renderer_says_how_to_get_it(
    families: Families, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match="matplotlib"):
        draw(families, 0, renderers=("matplotlib",))
