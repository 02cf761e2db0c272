from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from saccade.synth.sample import SceneObject
from saccade.synth.shapes import COLOURS, GROUNDS, caption, draw_shapes, plural
from saccade.types import Box


def thing(shape: str, colour: str) -> SceneObject:
    return SceneObject(shape, colour, "small", Box(0, 0, 9, 9, f"{colour} {shape}"))


def test_the_same_seed_gives_the_same_sample() -> None:
    first, second = (draw_shapes(np.random.default_rng(8)) for _ in range(2))
    assert np.array_equal(first.image, second.image)
    assert replace(first, image=second.image) == second


def test_boxes_are_tight_around_what_is_drawn() -> None:
    checked = 0
    for seed in range(60):
        sample = draw_shapes(
            np.random.default_rng(seed), height=120, width=160, max_objects=1, distortion=0.0, tasks=("detect",)
        )
        ground = sample.image[0, 0].astype(int)
        drawn = np.abs(sample.image.astype(int) - ground).sum(axis=2) > 60
        (box,) = (one.box for one in sample.objects)
        rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
        found = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
        assert np.abs(found - (box.x0, box.y0, box.x1, box.y1)).max() <= 2.2, sample.objects
        checked += 1
    assert checked == 60


def test_objects_are_big_enough_and_hardly_overlap() -> None:
    for seed in range(40):
        sample = draw_shapes(np.random.default_rng(seed), height=180, width=260)
        boxes = [one.box for one in sample.objects]
        for number, box in enumerate(boxes):
            assert min(box.x1 - box.x0, box.y1 - box.y0) >= 0.06 * 260 - 1e-6
            assert box.x0 >= 0 and box.x1 <= 260 and box.y0 >= 0 and box.y1 <= 180
            assert all(box.iou(other) <= 0.1 for other in boxes[:number])


def test_counts_asked_are_uniform_and_true() -> None:
    answers: Counter[int] = Counter()
    for seed in range(440):
        sample = draw_shapes(np.random.default_rng(seed), height=128, width=128, tasks=("count",))
        asked = sample.turns[0].prompt.removeprefix("How many ").removesuffix(" are there in the image?")
        names = ("object", "{0.shape}", "{0.colour} object", "{0.colour} {0.shape}")
        true = sum(asked in {plural(name.format(one)) for name in names} for one in sample.objects)
        assert sample.turns[0].answer == str(true)
        answers[true] += 1
    assert set(answers) == set(range(11))
    assert sum((n - 40) ** 2 / 40 for n in answers.values()) < 29.6  # chi-square, 10 degrees of freedom, p = 0.001


def test_a_count_asked_for_is_the_count_drawn() -> None:
    for count in range(11):
        sample = draw_shapes(np.random.default_rng(count), tasks=("count",), count=count)
        assert sample.turns[0].answer == str(count)


def test_detection_lists_every_matching_object_under_the_category_asked() -> None:
    empty = 0
    for seed in range(200):
        sample = draw_shapes(np.random.default_rng(seed), height=128, width=128, tasks=("detect",))
        (turn,) = sample.turns
        categories = turn.prompt.split('"')[1].split(", ")
        matching = [
            (one.box, category)
            for one in sample.objects
            for category in categories
            if category in ("object", one.shape, one.box.label)
        ]
        assert [(item.box, item.value) for item in turn.items] == matching
        empty += not turn.items
    assert 5 < empty < 40


def test_objects_come_in_reading_order() -> None:
    sample = draw_shapes(np.random.default_rng(4), height=200, width=200, tasks=("count",), count=9)
    places = [(int((o.box.y0 + o.box.y1) / 2 * 6 / 200), o.box.x0) for o in sample.objects]
    assert places == sorted(places)


def test_captions_follow_one_grammar() -> None:
    two = [thing("circle", "red"), thing("cross", "blue"), thing("cross", "blue")]
    assert caption([], "gray") == "An empty gray background."
    assert caption(two[:1], "white") == "A red circle on a white background."
    assert caption(two, "white") == "A red circle and two blue crosses on a white background."
    many = [*two, thing("star", "orange"), thing("oval", "pink"), thing("ring", "black")]
    assert caption(many, "beige") == (
        "Six objects, among them a red circle, two blue crosses and an orange star, on a beige background."
    )


def test_colours_that_meet_stand_apart() -> None:
    for seed in range(60):
        sample = draw_shapes(np.random.default_rng(seed), height=100, width=100)
        ground = np.array(GROUNDS[sample.meta["ground"]])
        assert all(np.abs(ground - np.array(COLOURS[one.colour])).sum() > 150 for one in sample.objects)
