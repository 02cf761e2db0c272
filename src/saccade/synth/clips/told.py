"""What can be asked about a clip and what is answered: description, events, moments, the clock.

Every answer is read off the film and its plan. Words stand where their thing is seen at the time they speak of:
`Said.picture` is the number of a frame.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from saccade.prompts import video as prompts
from saccade.synth.clips.events import HELDOUT_THINGS, TRAIN_THINGS, Event, Split, thing_name, usable_colours
from saccade.synth.clips.film import Film
from saccade.synth.clips.plan import Plan
from saccade.synth.sample import CharBox, Part, Said, Turn
from saccade.synth.shapes import article
from saccade.synth.words import pick

ABSENT_CHANCE = 0.13
_NEAR = 1e-6
_VERBS = (
    "moves to the left", "moves to the right", "moves up", "moves down", "enters from the left",
    "enters from the right", "enters from the top", "enters from the bottom", "leaves to the left",
    "leaves to the right", "leaves at the top", "leaves at the bottom", "grows", "shrinks",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Story:
    """A film, what happens in it, and the times of the frames that are shown."""

    film: Film
    plan: Plan
    times: tuple[float, ...]
    split: Split

    def frame_from(self, time_s: float) -> int:
        """The first frame at or after a time."""
        return min(bisect_left(self.times, time_s - _NEAR), len(self.times) - 1)

    def frame_to(self, time_s: float) -> int:
        """The last frame at or before a time."""
        return max(0, bisect_right(self.times, time_s + _NEAR) - 1)

    def said(self, text: str, frame: int, actor: int | None = None) -> Said:
        """Words about an actor in a frame; without one, or where it cannot be seen, about the whole frame."""
        box = None if actor is None else self.film.seen(actor, self.times[frame])
        at = (
            (self.film.width / 2, self.film.height / 2)
            if box is None
            else ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
        )
        return Said(text, at=at, picture=frame)

    def said_at(self, text: str, event: Event, moment: Literal["start", "end"]) -> Said:
        """Words about an event, at the first or last frame of it in which its actor is seen."""
        first, last = self.frame_from(event.start_s), self.frame_to(event.end_s)
        frames = range(first, last + 1) if moment == "start" else range(last, first - 1, -1)
        seen = [frame for frame in frames if self.film.seen(event.actor, self.times[frame]) is not None]
        return self.said(text, seen[0] if seen else frames[0] if frames else first, event.actor)

    def visible(self, frame: int) -> list[int]:
        """The numbers of the actors that can be seen in a frame."""
        time_s = self.times[frame]
        return [n for n in range(len(self.film.actors)) if self.film.seen(n, time_s) is not None]


def describe_turn(rng: np.random.Generator, story: Story) -> Turn:
    """Two or three sentences in time order."""
    prompt = prompts.DESCRIBE_PROMPTS[int(rng.choice(3, p=(0.6, 0.2, 0.2)))]
    plan, film = story.plan, story.film
    parts: list[Part] = [Said("The video shows ")]
    known = set(plan.cast[0])
    ground = film.scenes[0].name
    if plan.cast[0]:
        parts += [*_cast(story, 0), Said(" on "), story.said(article(ground), 0), Said(" background.")]
    else:
        parts += [Said("an empty "), story.said(ground, 0), Said(" background.")]
    clauses: list[tuple[float, list[Part]]] = []
    for number, scene in enumerate(film.scenes[1:], 1):
        frame = story.frame_from(scene.start_s)
        clause: list[Part] = [
            Said("the scene changes to "),
            story.said(article(scene.name), frame),
            Said(" background"),
        ]
        if plan.cast[number]:
            clause += [Said(" with "), *_cast(story, number)]
        clauses.append((scene.start_s, clause))
        known |= set(plan.cast[number])
    for event in plan.events:
        who = f"the {event.subject}" if event.actor in known else article(event.subject)
        known.add(event.actor)
        clauses.append((event.start_s, [story.said_at(f"{who} {event.verb}", event, "start")]))
    ordered = [clause for _, clause in sorted(clauses, key=lambda each: each[0])]
    half = len(ordered) if len(ordered) <= 3 else (len(ordered) + 1) // 2
    if not ordered:
        parts.append(Said(" Nothing moves."))
    for lead, group in (
        (" First " if len(ordered) > 1 else " Then ", ordered[:half]),
        (" After that ", ordered[half:]),
    ):
        for number, clause in enumerate(group):
            parts += [Said(", then " if number else lead), *clause]
        if group:
            parts.append(Said("."))
    text = "".join(part.text for part in parts if isinstance(part, Said))
    return Turn("describe", prompt, parts=tuple(parts), truth={"text": text})


def _cast(story: Story, scene: int) -> list[Part]:
    """ "a red circle and a blue car": who stands there when a scene starts."""
    start_s, parts = story.film.scenes[scene].start_s, list[Part]()
    for number, actor in enumerate(story.plan.cast[scene]):
        shown = story.film.actors[actor].at(start_s)
        assert shown is not None, (scene, actor)
        name = article(thing_name(shown.colour, shown.kind))
        parts += [Said(" and ")] * bool(number) + [story.said(name, story.frame_from(start_s), actor)]
    return parts


def events_turn(story: Story) -> Turn:
    """The list of events; an empty one where nothing happens."""
    parts: list[Part] = [Said("[")]
    for number, event in enumerate(story.plan.events):
        parts += [
            Said(', {"start_time": "' if number else '{"start_time": "'),
            story.said_at(prompts.format_time(event.start_s), event, "start"),
            Said('", "end_time": "'),
            story.said_at(prompts.format_time(event.end_s), event, "end"),
            Said('", "description": "'),
            story.said_at(event.description, event, "start"),
            Said('"}'),
        ]
    parts.append(Said("]"))
    events = [{"start_s": e.start_s, "end_s": e.end_s, "description": e.description} for e in story.plan.events]
    return Turn("events", prompts.EVENTS_PROMPT, parts=tuple(parts), truth={"events": events})


def moment_turn(rng: np.random.Generator, story: Story) -> tuple[Turn, Event | None]:
    """When one thing happens, or that it does not; the event comes back too."""
    in_seconds = rng.random() < 0.25
    ask = prompts.moment_seconds_prompt if in_seconds else prompts.moment_prompt
    texts = [event.description for event in story.plan.events]
    single = [event for event in story.plan.events if texts.count(event.description) == 1]
    grounds = [scene.name for scene in story.film.scenes]
    scenes = [n for n, name in enumerate(grounds) if len(grounds) > 1 and grounds.count(name) == 1]
    if rng.random() < ABSENT_CHANCE or not (single or scenes):
        query = absent_query(rng, story)
        return Turn("moment", ask(query), parts=(Said(prompts.ABSENT_MOMENT),),
                    truth={"start_s": None, "end_s": None, "query": query}), None  # fmt: skip
    event = None
    first: Said
    last: Said
    write = (lambda seconds: f"{seconds:.1f}s") if in_seconds else prompts.format_time
    if single and not (scenes and rng.random() < 0.2):
        event = single[int(rng.integers(len(single)))]
        query, start_s, end_s = event.description, event.start_s, event.end_s
        first, last = story.said_at(write(start_s), event, "start"), story.said_at(write(end_s), event, "end")
    else:
        number = scenes[int(rng.integers(len(scenes)))]
        starts = [scene.start_s for scene in story.film.scenes] + [story.film.duration_s]
        query, (start_s, end_s) = f"the background is {grounds[number]}", starts[number : number + 2]
        first = story.said(write(start_s), story.frame_from(start_s))
        last = story.said(write(end_s), story.frame_to(end_s - 0.01))
    lead, middle, close = ("From ", " to ", ".") if in_seconds else ("The event happens in ", " - ", ".")
    parts = (Said(lead), first, Said(middle), last, Said(close))
    return Turn("moment", ask(query), parts=parts, truth={"start_s": start_s, "end_s": end_s, "query": query}), event


def absent_query(rng: np.random.Generator, story: Story) -> str:
    """Something that does not happen: another thing does it, or the thing does something else."""
    plan, actors = story.plan, story.film.actors
    done = {(colour, e.kind, e.verb) for e in plan.events for _, colour in actors[e.actor].paint}
    things = TRAIN_THINGS if story.split == "train" else HELDOUT_THINGS
    colours = usable_colours(story.film.scenes[0].name)
    others = [(colour, kind) for colour, kind in things if colour in colours]
    acting = [(event.colour, event.kind) for event in plan.events]
    verbs = [event.verb for event in plan.events]
    while True:
        pool = acting if acting and rng.random() < 0.5 else others
        colour, kind = pool[int(rng.integers(len(pool)))]
        verb = pick(rng, verbs) if verbs and rng.random() < 0.4 else pick(rng, _VERBS)
        if (colour, kind, verb) not in done:
            return f"{article(thing_name(colour, kind))} {verb}"


def clock_turn(place: Literal["start", "end"], story: Story, chars: Sequence[CharBox], text: str) -> Turn:
    """What the clock shows in the first or last frame; `chars` are its characters there."""
    frame = 0 if place == "start" else len(story.times) - 1
    parts = tuple(Said(c.char, at=((c.x0 + c.x1) / 2, (c.y0 + c.y1) / 2), picture=frame) for c in chars)
    assert "".join(part.text for part in parts) == text, (parts, text)
    return Turn("ocr", prompts.clock_prompt(place), parts=parts, truth={"text": text})
