"""Scenes: what is asked, what is answered and what is drawn agree."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from saccade.synth.kinds import KINDS as ALL_KINDS
from saccade.synth.outlines import SHAPES
from saccade.synth.sample import PointNumbers, Said, Sample, SceneObject, Turn, answer_text
from saccade.synth.scenes import SCENE_TASKS, draw_scenes
from saccade.synth.scenes.layout import HELDOUT_LAYOUTS, TRAIN_LAYOUTS
from saccade.synth.scenes.prose import PLACES
from saccade.synth.scenes.scene import NUMBERS
from saccade.synth.scenes.things import _SHADE_SPREAD, HELDOUT_SHADES, HELDOUT_STYLES, KINDS, TRAIN_STYLES
from saccade.synth.shapes import COLOURS, GROUNDS


def draw(seed: int, *tasks: Any, **options: Any) -> Sample:
    options = {"height": 150, "width": 190, **options}
    return draw_scenes(np.random.default_rng(seed), tasks=tasks or None, **options)


def answer(turn: Turn) -> str:
    return answer_text(turn.parts, lambda values, _: [round(value) for value in values])


def fits(name: str, thing: SceneObject) -> bool:
    """Whether a name as it stands in a question ("small red star", "people") means a thing."""
    words = {"people": "person", "crosses": "cross"}
    for word in name.split():
        word = words.get(word, word)
        word = (
            word
            if word in (*COLOURS, *KINDS, "small", "medium", "large", "object", "cross")
            else word.removesuffix("s")
        )
        if word not in ("object", thing.shape, thing.colour, thing.size_word):
            return False
    return True


def turns(tasks: tuple[Any, ...], number: int, **options: Any) -> Iterator[tuple[Sample, Turn]]:
    for seed in range(number):
        sample = draw(seed, *tasks, **options)
        yield sample, sample.turns[-1]


def clean(number: int, *tasks: Any, **options: Any) -> list[Sample]:
    return [draw(seed, *tasks, distortion=0.0, **options) for seed in range(number)]


def test_the_same_seed_gives_the_same_sample() -> None:
    first, second = (draw(6) for _ in range(2))
    assert np.array_equal(first.image, second.image)
    assert replace(first, image=second.image) == second


@pytest.mark.parametrize("size", [(96, 96), (96, 300), (260, 110), (200, 200)])
def test_everything_stands_inside_the_picture_and_hardly_overlaps(size: tuple[int, int]) -> None:
    for seed in range(25):
        sample = draw(seed, height=size[0], width=size[1], split=("train", "heldout")[seed % 2])
        assert sample.image.shape == (*size, 3)
        for number, thing in enumerate(sample.objects):
            box = thing.box
            assert 0 <= box.x0 < box.x1 <= size[1] and 0 <= box.y0 < box.y1 <= size[0]
            assert thing.shape in ALL_KINDS and box.label == f"{thing.colour} {thing.shape}"
            assert all(box.iou(other.box) <= 0.1 for other in sample.objects[:number])
            assert min(box.x1 - box.x0, box.y1 - box.y0) >= 5


def test_boxes_are_tight_around_what_is_drawn() -> None:
    seen = set()
    for sample in clean(90, "detect", max_objects=1):
        (thing,) = sample.objects
        ground = np.array(GROUNDS[sample.meta["ground"]])
        drawn = np.abs(sample.image.astype(int) - ground).sum(axis=2) > 60
        rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
        found = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
        box = thing.box
        assert np.abs(found - (box.x0, box.y0, box.x1, box.y1)).max() <= 2.5, (thing, sample.meta)
        seen.add((sample.meta["renderer"], thing.shape in SHAPES))
    assert len(seen) == 6


def test_lists_parse_and_say_what_the_truth_says() -> None:
    for sample, turn in turns(("detect",), 120):
        items, truth = json.loads(answer(turn)), turn.truth["boxes"]
        assert [(item["bbox_2d"], item["label"]) for item in items] == [
            ([round(value) for value in box], label) for *box, label in truth
        ]
        assert all(label in turn.prompt for *_, label in truth)
        height, width, _ = sample.image.shape
        assert all(0 <= box[0] <= box[2] <= width and 0 <= box[1] <= box[3] <= height for *box, _ in truth)
    for _, turn in turns(("point",), 80):
        items, targets = json.loads(answer(turn)), turn.truth["targets"]
        assert [item["label"] for item in items] == [target["label"] for target in targets]
        for item, target in zip(items, targets, strict=True):
            (x, y), (x0, y0, x1, y1) = item["point_2d"], target["box"]
            assert x0 - 0.5 <= x <= x1 + 0.5 and y0 - 0.5 <= y <= y1 + 0.5


def test_detection_lists_every_thing_that_fits_and_nothing_else() -> None:
    empty = checked = 0
    for sample, turn in turns(("detect",), 300):
        asked = turn.prompt.split('"')[1]
        if asked.startswith("the "):
            continue
        categories = asked.split(", ")
        expected = [
            (one.box.x0, name)
            for one in sample.objects
            for name in [next((name for name in categories if fits(name, one)), None)]
            if name is not None
        ]
        assert [(box[0], box[4]) for box in turn.truth["boxes"]] == expected, turn.prompt
        for item, attributes in zip(json.loads(answer(turn)), turn.truth.get("attributes", ()), strict=False):
            assert {key: item[key] for key in attributes} == attributes
        empty, checked = empty + (not expected), checked + 1
    assert checked > 200 and 0.06 < empty / checked < 0.25


def test_a_superlative_means_the_one_thing_that_stands_out() -> None:
    found = 0
    for sample, turn in turns(("detect",), 250):
        match = re.match(r"the (\w+) (\w+)$", turn.prompt.split('"')[1])
        if match is None:
            continue
        word, kind = match.groups()
        key = {
            "leftmost": lambda box: -box.x0 - box.x1, "rightmost": lambda box: box.x0 + box.x1,
            "topmost": lambda box: -box.y0 - box.y1, "bottommost": lambda box: box.y0 + box.y1,
            "largest": lambda box: box.area, "smallest": lambda box: -box.area,
        }[word]  # fmt: skip
        best = max((one.box for one in sample.objects if fits(kind, one)), key=key)
        assert turn.truth["boxes"] == [[best.x0, best.y0, best.x1, best.y1, f"{word} {kind}"]]
        found += 1
    assert found >= 5


def test_counts_are_true_and_uniform_from_nothing_to_twelve() -> None:
    counts: Counter[int] = Counter()
    for sample, turn in turns(("count",), 390, height=256, width=256):
        asked = turn.prompt.removeprefix("How many ").removesuffix(" are there in the image?")
        true = sum(fits(asked, one) for one in sample.objects)
        assert answer(turn) == str(true) == str(turn.truth["count"]), asked
        counts[true] += 1
    assert set(counts) == set(range(13))
    assert sum((counts[n] - 30) ** 2 / 30 for n in range(13)) < 32.9  # chi-square, 12 degrees of freedom, p = 0.001


def test_a_share_of_the_questions_asks_for_what_is_not_there() -> None:
    """Of single-task scenes with things in them; what stands out is always there, whatever the share."""
    empty = {}
    for share in (0.0, 0.4, 1.0):
        turns = [draw_scenes(np.random.default_rng([5, seed]), tasks=("point",), min_objects=2, absent=share).turns[0]
                 for seed in range(60)]  # fmt: skip
        empty[share] = sum(not turn.truth["targets"] for turn in turns)
    assert empty[0.0] == 0 and 10 <= empty[0.4] < empty[1.0] >= 40


def test_counts_and_short_questions_say_what_they_are_about() -> None:
    for seed in range(60):
        sample = draw_scenes(np.random.default_rng([6, seed]), tasks=("count", "vqa"))
        middles = {((thing.box.x0 + thing.box.x1) / 2, (thing.box.y0 + thing.box.y1) / 2) for thing in sample.objects}
        counted, asked = sample.turns
        assert counted.about is not None and len(set(counted.about)) == counted.truth["count"]
        assert all(
            any(abs(x - mx) < 1e-6 and abs(y - my) < 1e-6 for mx, my in middles)
            for turn in (counted, asked) for x, y in turn.about or ()
        )  # fmt: skip


def test_a_count_asked_for_is_the_count_drawn() -> None:
    for count in range(13):
        (turn,) = draw(count, "count", count=count, height=300, width=300).turns
        assert turn.truth["count"] == count


def test_shapes_are_coloured_at_their_middle() -> None:
    checked = 0
    for sample in clean(40, "detect"):
        for one in sample.objects:
            box = one.box
            alone = all(box.iou(other.box) == 0 for other in sample.objects if other is not one)
            if one.shape in SHAPES and one.shape != "ring" and alone:
                pixel = sample.image[int((box.y0 + box.y1) / 2), int((box.x0 + box.x1) / 2)].astype(int)
                assert np.abs(pixel - COLOURS[one.colour]).max() <= 45, (one, sample.meta)
                checked += 1
    assert checked > 60


def test_joints_stand_on_the_figure_and_its_left_is_on_the_right_of_the_picture() -> None:
    people = empty = 0
    for sample in clean(40, "keypoints", height=260, width=260):
        (turn,) = sample.turns
        answered, truth = json.loads(answer(turn)), turn.truth["people"]
        assert len(answered) == len(truth) == sum(one.shape == "person" for one in sample.objects)
        empty += not truth
        far = np.abs(sample.image.astype(int) - GROUNDS[sample.meta["ground"]]).sum(axis=2) > 60
        for item, person in zip(answered, truth, strict=True):
            assert item["label"] == "person"
            assert item["keypoints"] == {name: [round(x), round(y)] for name, (x, y) in person["points"].items()}
            points = person["points"]
            for name, (x, y) in points.items():
                assert f'{name}"' in turn.prompt or f"{name}," in turn.prompt
                near = far[max(0, int(y) - 2) : int(y) + 3, max(0, int(x) - 2) : int(x) + 3]
                assert near.any() or name == "head", (name, sample.meta)
            if {"left foot", "right foot"} <= set(points):
                assert points["left foot"][0] > points["right foot"][0]
            people += 1
    assert people > 30 and 1 <= empty <= 12


def test_questions_have_the_answers_that_the_scene_gives() -> None:
    sides = {"to the left of": (0, -1), "to the right of": (0, 1), "above": (1, -1), "below": (1, 1)}
    asked: Counter[str] = Counter()
    yes: Counter[str] = Counter()

    def only(sample: Sample, name: str) -> SceneObject:
        (one,) = (one for one in sample.objects if fits(name, one))
        return one

    for sample, turn in turns(("vqa",), 400):
        question, said = turn.prompt.split("\n")[0], answer(turn)
        assert said == turn.truth["answers"][0]
        if match := re.fullmatch(r"What colou?r is the (.*)\?", question):
            if "est " not in match[1] and "most " not in match[1] and match[1] != "background":
                asked["colour"] += 1
                assert said == only(sample, match[1]).colour
            elif match[1] == "background":
                assert said == sample.meta["ground"]
        elif match := re.fullmatch(r"Is there an? (.*) in the image\?", question):
            asked["there"] += 1
            yes[said] += 1
            assert said == ("yes" if any(fits(match[1], one) for one in sample.objects) else "no")
        elif match := re.fullmatch(r"How many (.*?) (?:are there|does the image show)\?", question):
            asked["many"] += 1
            assert said == str(sum(fits(match[1], one) for one in sample.objects))
        elif match := re.fullmatch(rf"Is the (.*) ({'|'.join(sides)}) the (.*)\?", question):
            asked["side"] += 1
            axis, sign = sides[match[2]]
            first, second = (
                ((one.box.x0 + one.box.x1) / 2, (one.box.y0 + one.box.y1) / 2)[axis]
                for one in (only(sample, match[1]), only(sample, match[3]))
            )
            assert said == ("yes" if sign * (first - second) > 0 else "no")
        elif match := re.fullmatch(r"Are there more (.*) than (.*)\?", question):
            first, second = (sum(fits(match[n], one) for one in sample.objects) for n in (1, 2))
            assert said == ("yes" if first > second else "no")
        else:
            asked["other"] += 1
    assert all(asked[name] >= 30 for name in ("colour", "there", "many", "side", "other")), asked
    assert 0.35 < yes["yes"] / yes.total() < 0.65


def test_follow_ups_narrow_down_what_was_counted() -> None:
    followed = 0
    for seed in range(150):
        sample = draw(seed, "count", "vqa")
        first, second = sample.turns
        match = re.search(r"ow many of them are (.*)\?", second.prompt)
        if match is None:
            continue
        name = first.prompt.removeprefix("How many ").removesuffix(" are there in the image?")
        number = sum(fits(name, one) and fits(match[1], one) for one in sample.objects)
        assert answer(second) == str(number) and str(number) in second.truth["answers"]
        followed += 1
    assert followed > 40


def test_follow_ups_ask_for_what_is_not_known_yet() -> None:
    drawn = [draw(seed, "vqa", "vqa") for seed in range(150)]
    prompts = Counter(sample.turns[1].prompt for sample in drawn)
    assert prompts["And its colour?"] + prompts["What colour is it?"] + prompts["And its color?"] > 5
    for sample in drawn:
        first, second = sample.turns
        if re.match("What colou?r is the ", first.prompt):
            assert "colour" not in second.prompt or "background" in second.prompt or " the " in second.prompt


def test_captions_and_descriptions_name_every_group_with_its_number() -> None:
    for seed in range(60):
        sample = draw(seed, "caption", "describe")
        short, long = (answer(turn) for turn in sample.turns)
        assert short == sample.turns[0].truth["text"] and long == sample.turns[1].truth["text"]
        assert short.endswith(f"{sample.meta['ground']} background.") and short.count(".") == 1
        if len({one.box.label for one in sample.objects}) <= 4:
            assert all(one.colour in short for one in sample.objects)
        sentences = long.split(". ")
        assert 2 <= len(sentences) <= 4 and f"shows {NUMBERS[len(sample.objects)]} object" in sentences[0]
        for one in sample.objects:
            row, column = (min(2, int(3 * middle / side)) for middle, side in (
                ((one.box.y0 + one.box.y1) / 2, 150), ((one.box.x0 + one.box.x1) / 2, 190)))  # fmt: skip
            assert PLACES[row, column] in long.lower()


def test_words_stand_at_the_things_they_name() -> None:
    for sample in (draw(seed) for seed in range(60)):
        for turn in sample.turns:
            for part in turn.parts:
                if isinstance(part, PointNumbers):
                    assert 0 <= part.x <= 190 and 0 <= part.y <= 150
                if isinstance(part, Said) and part.at is not None and turn.task == "detect":
                    assert any(
                        one.box.x0 <= part.at[0] <= one.box.x1 and one.box.y0 <= part.at[1] <= one.box.y1
                        for one in sample.objects
                    )


def test_training_and_held_out_scenes_share_no_layout_style_or_shade() -> None:
    assert not set(TRAIN_LAYOUTS) & set(HELDOUT_LAYOUTS)
    assert not any(set(TRAIN_STYLES[kind]) & set(HELDOUT_STYLES[kind]) for kind in TRAIN_STYLES)
    for name, shade in HELDOUT_SHADES.items():
        assert max(abs(a - b) for a, b in zip(shade, COLOURS[name], strict=True)) > 2 * _SHADE_SPREAD, name
    for split, layouts, styles in (
        ("train", TRAIN_LAYOUTS, TRAIN_STYLES),
        ("heldout", HELDOUT_LAYOUTS, HELDOUT_STYLES),
    ):
        drawn = [draw(seed, split=split).meta for seed in range(40)]
        assert {meta["layout"] for meta in drawn} == set(layouts)
        named = {tuple(style.split(" ")) for meta in drawn for style in meta["styles"]}
        assert {(kind, style) for kind, style in named if kind in styles} <= {
            (kind, style) for kind in styles for style in styles[kind]
        }


def test_left_to_itself_a_scene_asks_every_kind_of_question() -> None:
    asked = [turn for seed in range(100) for turn in draw(seed).turns]
    assert {turn.task for turn in asked} == set(SCENE_TASKS)
    assert max(len(answer(turn)) for turn in asked) < 1400  # about 640 tokens
