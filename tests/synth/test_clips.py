"""Drawn clips: what happens is what is seen, what is said is what happens."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from saccade.errors import BadInput
from saccade.media.video import probe_video, read_frames
from saccade.processing.frames import sample_indices
from saccade.processing.parse.times import read_events, read_moment
from saccade.prompts import video as prompts
from saccade.settings import Settings
from saccade.synth import worlds
from saccade.synth.clips import CLIP_TASKS, draw_clips
from saccade.synth.clips.events import HELDOUT_GROUNDS, HELDOUT_THINGS, TRAIN_GROUNDS, TRAIN_THINGS
from saccade.synth.clips.figures import FIGURES
from saccade.synth.clips.file import sheet, write_clip
from saccade.synth.clips.film import Film
from saccade.synth.clips.paint import RENDERERS, Painter
from saccade.synth.fonts import Face
from saccade.synth.kinds import KINDS
from saccade.synth.sample import Said, Sample, Turn, answer_text

Families = tuple[tuple[Face, ...], ...]
CLEAN = {"distortion": 0.0, "file_chance": 0.0}


def draw(families: Families, seed: int, **options: object) -> Sample:
    return draw_clips(np.random.default_rng(seed), faces=families, **options)  # type: ignore[arg-type]


def words(turn: Turn) -> str:
    return answer_text(turn.parts, lambda values, _: [round(value) for value in values])


def film_of(sample: Sample) -> Film:
    return Film.from_json(sample.meta["film"])


def frames_of(sample: Sample) -> tuple[np.ndarray, float]:
    assert sample.clip is not None
    return sample.clip.frames, sample.clip.fps


def test_the_same_seed_gives_the_same_clip(families: Families) -> None:
    one, other = (draw(families, 5) for _ in range(2))
    assert np.array_equal(frames_of(one)[0], frames_of(other)[0]) and one.turns == other.turns


@pytest.mark.parametrize("seed", range(20))
def test_frames_lengths_and_counts_are_those_asked_for(families: Families, seed: int) -> None:
    sample = draw(families, seed, height=112, width=144, max_frames=40, seconds=(4, 30))
    frames, fps = frames_of(sample)
    assert frames.dtype == np.uint8 and frames.shape[1:] == (112, 144, 3)
    assert 8 <= len(frames) <= 40 and len(frames) % 2 == 0
    assert sample.meta["duration_s"] == len(frames) / 2 and 1.7 < fps <= 2
    assert np.array_equal(sample.image, frames[0]) and sample.clip is not None
    assert len(sample.clip.objects) == len(frames) and sample.objects == sample.clip.objects[0]
    assert sample.meta["num_events"] <= 5 and sample.meta["renderer"] in RENDERERS


@pytest.mark.parametrize("seed", range(24))
def test_answers_are_read_back_as_their_truth(families: Families, seed: int) -> None:
    sample = draw(families, seed, tasks=("describe", "events", "moment", "ocr"), width=96, seconds=(4, 16))
    describe, events, moment, clock = sample.turns
    duration_s = sample.meta["duration_s"]
    spans = read_events(words(events), duration_s=duration_s)
    assert spans.flags == () and json.loads(words(events)) is not None
    told = [(span.start_s, span.end_s, span.description) for span in spans.spans]
    assert told == [(e["start_s"], e["end_s"], e["description"]) for e in events.truth["events"]]
    for start_s, end_s, _ in told:
        assert start_s >= 0 and end_s - start_s >= 2 and end_s <= duration_s
        assert start_s * 2 == int(start_s * 2) and end_s * 2 == int(end_s * 2)
    assert [span[0] for span in told] == sorted(span[0] for span in told)
    found = read_moment(words(moment), duration_s=duration_s)
    truth = (moment.truth["start_s"], moment.truth["end_s"])
    assert truth == ((None, None) if found is None else (found.start_s, found.end_s))
    asked = [e for e in events.truth["events"] if e["description"] == moment.truth["query"]]
    assert len(asked) <= 1 and all((e["start_s"], e["end_s"]) == truth for e in asked)
    assert describe.truth["text"] == words(describe)
    assert 2 <= words(describe).count(".") <= 3
    assert words(clock) == clock.truth["text"] and words(clock).replace(":", "").isdigit()


def test_every_part_stands_inside_a_frame_of_the_clip(families: Families) -> None:
    for seed in range(30):
        sample = draw(families, seed, tasks=CLIP_TASKS, seconds=(4, 12))
        frames, _ = frames_of(sample)
        for turn in sample.turns:
            for part in turn.parts:
                assert isinstance(part, Said) and 0 <= part.picture < len(frames)
                if part.at is not None:
                    assert 0 <= part.at[0] <= frames.shape[2] and 0 <= part.at[1] <= frames.shape[1]


@pytest.mark.parametrize("seed", range(12))
def test_times_and_descriptions_stand_on_their_object_in_the_frame_they_speak_of(families: Families, seed: int) -> None:
    sample = draw(families, seed, tasks=("events",), **CLEAN)
    clip, parts = sample.clip, [part for part in sample.turns[0].parts if isinstance(part, Said)]
    assert clip is not None
    for number, event in enumerate(sample.turns[0].truth["events"]):
        start, end, description = (parts[1 + 7 * number + step] for step in (1, 3, 5))
        assert (start.text, end.text) == tuple(prompts.format_time(event[key]) for key in ("start_s", "end_s"))
        assert description.text == event["description"] and description.at == start.at
        assert event["start_s"] <= start.picture / clip.fps <= event["start_s"] + 1.5
        assert event["end_s"] - 1.5 <= end.picture / clip.fps <= event["end_s"]
        for said in (start, end):
            assert said.at is not None
            x, y = said.at
            boxes = [thing.box for thing in clip.objects[said.picture] if thing.shape != "clock"]
            assert any(box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1 for box in boxes)


@pytest.mark.parametrize("seed", range(10))
def test_nothing_changes_outside_events_and_cuts_and_something_does_inside(families: Families, seed: int) -> None:
    sample = draw(families, seed, tasks=("events",), clock_chance=0.0, **CLEAN)
    film, events = film_of(sample), sample.turns[0].truth["events"]
    painter = Painter(film)
    cuts = [scene.start_s for scene in film.scenes[1:]]
    halves = np.arange(0, film.duration_s, 0.5).tolist()
    for time_s in halves[:-1]:
        before, after = painter.frame(time_s), painter.frame(time_s + 0.5)
        acting = any(e["start_s"] <= time_s < e["end_s"] for e in events) or (time_s + 0.5) in cuts
        assert acting or np.array_equal(before, after)
    for event in events:
        first, last = painter.frame(event["start_s"]), painter.frame(event["end_s"])
        assert (first.astype(int) - last).any()


@pytest.mark.parametrize("renderer", RENDERERS)
def test_objects_are_drawn_where_their_boxes_say(families: Families, renderer: str) -> None:
    tested = 0
    for seed in range(40):
        sample = draw(families, seed, clock_chance=0.0, cut_chance=0.0, seconds=(4, 8), tasks=("events",), **CLEAN)
        if sample.meta["renderer"] != renderer:
            continue
        assert sample.clip is not None
        ground = np.array(film_of(sample).scenes[0].colour)
        for frame, things in zip(sample.clip.frames, sample.clip.objects, strict=True):
            inked = np.abs(frame.astype(int) - ground).sum(axis=2) > 60
            covered = np.zeros_like(inked)
            for thing in things:
                box = thing.box
                x0, y0, x1, y1 = round(box.x0) - 1, round(box.y0) - 1, round(box.x1) + 1, round(box.y1) + 1
                covered[max(0, y0) : y1 + 1, max(0, x0) : x1 + 1] = True
                inside = inked[max(0, y0) : y1 + 1, max(0, x0) : x1 + 1]
                assert inside.mean() > 0.12, (thing, seed)
            slivers = (inked & ~covered).any(axis=1).sum(), (inked & ~covered).any(axis=0).sum()
            assert min(slivers) <= 4  # what is seen of things that have hardly come in yet has no box
        tested += 1
    assert tested >= 10


def test_things_keep_apart_and_every_kind_is_known(families: Families) -> None:
    for seed in range(40):
        clip = draw(families, seed, seconds=(4, 16)).clip
        assert clip is not None and set(FIGURES) | {"clock"} <= set(KINDS)
        for things in clip.objects:
            for number, one in enumerate(things):
                for other in things[:number]:
                    if "clock" not in (one.shape, other.shape):
                        assert one.shape != other.shape and one.box.iou(other.box) < 0.02, (seed, one, other)


def test_the_clock_stands_where_its_characters_say_and_ticks_in_real_time(families: Families) -> None:
    for seed in range(12):
        sample = draw(families, seed, height=96, width=96, tasks=("ocr",), **CLEAN)
        film = film_of(sample)
        assert film.clock is not None and len(sample.lines) == 1
        assert sample.lines[0][0] == film.clock.text(0.0)
        panel = np.array(film.clock.panel)
        for char in sample.chars:
            x0, y0, x1, y1 = (round(value) for value in (char.x0, char.y0, char.x1, char.y1))
            ink = np.abs(sample.image[y0:y1, x0:x1].astype(int) - panel).sum(axis=2)
            assert ink.max() > 150, (seed, char)
            assert 0 <= char.x0 < char.x1 <= 96 and 0 <= char.y0 < char.y1 <= 96
        shown = [film.clock.text(second) for second in (0.0, 0.9, 1.0)]
        assert shown[0] == shown[1] != shown[2]


def test_training_and_held_out_share_no_thing_and_no_ground(families: Families) -> None:
    assert not set(TRAIN_THINGS) & set(HELDOUT_THINGS) and not set(TRAIN_GROUNDS) & set(HELDOUT_GROUNDS)
    for split, things, grounds in (
        ("train", TRAIN_THINGS, TRAIN_GROUNDS),
        ("heldout", HELDOUT_THINGS, HELDOUT_GROUNDS),
    ):
        for seed in range(25):
            film = film_of(draw(families, seed, split=split, seconds=(10, 16), cut_chance=0.8))
            names = [scene.name for scene in film.scenes]
            assert all(one != other for one, other in pairwise(names))
            assert {scene.name for scene in film.scenes} <= set(grounds)
            for actor in film.actors:
                assert {(colour, actor.kind) for _, colour in actor.paint} <= set(things)


def test_still_clips_have_no_events_and_no_moment(families: Families) -> None:
    sample = draw(families, 1, still_chance=1.0, cut_chance=0.0, tasks=("events", "moment", "describe"))
    assert words(sample.turns[0]) == "[]" and words(sample.turns[1]) == prompts.ABSENT_MOMENT
    assert words(sample.turns[2]).endswith("Nothing moves.")


def test_about_an_eighth_of_the_moments_do_not_occur(families: Families) -> None:
    absent = sum(
        draw(families, seed, tasks=("moment",), seconds=(4, 6), height=64, width=64).turns[0].truth["start_s"] is None
        for seed in range(120)
    )
    assert 8 <= absent <= 32


def test_questions_are_answered_by_what_is_shown(families: Families) -> None:
    asked = 0
    for seed in range(60):
        sample = draw(families, seed, tasks=("vqa", "vqa"), clock_chance=0.0, seconds=(4, 12))
        assert sample.clip is not None and len(sample.turns) == 2
        first, last = (sample.clip.objects[index] for index in (0, -1))
        for turn in sample.turns:
            answers = turn.truth["answers"]
            assert words(turn) == answers[0]
            question = turn.prompt.splitlines()[0]
            if question.startswith("How many objects are there"):
                assert answers[0] == str(len(last if "end" in question else first))
                asked += 1
            if question.startswith("What colour is the") and "background" not in question:
                kind = question.split()[4]
                seen = [thing.colour for thing in (last if "end" in question else first) if thing.shape == kind]
                assert answers[0] == (seen[0] if seen else f"There is no {kind}.")
                asked += 1
    assert asked > 20


def test_a_film_survives_json(families: Families) -> None:
    for seed in range(8):
        film = film_of(draw(families, seed))
        assert Film.from_json(json.loads(json.dumps(film.as_json()))) == film


def test_a_written_file_shows_the_same_frames(families: Families, tmp_path: Path) -> None:
    sample = draw(families, 3, seconds=(4, 6), file_chance=0.0)
    path = tmp_path / "clip.mp4"
    assert write_clip(path, sample, fps=10) == round(sample.meta["duration_s"] * 10)
    info = probe_video(str(path), Settings())
    assert (info.size.height, info.size.width, info.fps) == (96, 128, 10)
    frames, fps = frames_of(sample)
    read = read_frames(str(path), [round(number / fps * 10) for number in range(len(frames))], Settings())
    assert np.abs(np.stack(read).astype(int) - frames).mean() < 8


def test_frames_as_sampled_from_a_file_come_at_the_times_of_the_reference_sampler(families: Families) -> None:
    for seed in range(6):
        frames, fps = frames_of(draw(families, seed, file_chance=1.0))
        total = [round(len(frames) / 2 * native) for native in (8, 10, 12, 15, 24, 25, 30)]
        native = [(n, rate) for n, rate in zip(total, (8, 10, 12, 15, 24, 25, 30), strict=True)]
        apart = []
        for count, rate in native:
            times = sample_indices(count, rate).times
            assert len(times) == len(frames)
            apart.append(max(abs(a - number / fps) for number, a in enumerate(times)) - 0.5 / rate)
        assert min(apart) < 1e-6


def test_a_file_needs_a_film_and_even_sides(families: Families, tmp_path: Path) -> None:
    odd = draw(families, 0, height=97, seconds=(4, 4))
    with pytest.raises(BadInput, match="even sides"):
        write_clip(tmp_path / "a.mp4", odd)
    with pytest.raises(BadInput, match="no film"):
        write_clip(tmp_path / "a.mp4", worlds.draw("shapes", np.random.default_rng(0)))


def test_the_sheet_has_a_row_per_clip(families: Families) -> None:
    page = sheet([draw(families, seed, height=64, width=64) for seed in range(2)], columns=4)
    assert page.shape == (2 * (64 + 70), 4 * 66, 3)


def test_the_world_is_known_by_name(families: Families) -> None:
    sample = worlds.draw("clips", np.random.default_rng(0), faces=families, height=96, width=96)
    assert sample.clip is not None and sample.meta["world"] == "clips"
