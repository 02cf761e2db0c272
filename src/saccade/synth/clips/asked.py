"""Short questions about a clip, and what is asked next about the same thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saccade.prompts.scenes import short_answer_prompt
from saccade.synth.clips.events import Action, Event, thing_name
from saccade.synth.clips.figures import FIGURES
from saccade.synth.clips.told import ABSENT_CHANCE, Story
from saccade.synth.sample import Part, Said, Turn
from saccade.synth.shapes import article
from saccade.synth.words import pick


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question and its answer; `next` is a shorter question on the same thing."""

    question: str
    parts: tuple[Part, ...]
    next: _Asked | None = None
    others: tuple[str, ...] = ()  # further answers that a scorer accepts

    def turn(self, is_follow_up: bool = False) -> Turn:
        text = "".join(part.text for part in self.parts if isinstance(part, Said))
        prompt = self.question if is_follow_up else short_answer_prompt(self.question)
        return Turn("vqa", prompt, parts=self.parts, truth={"answers": [text, *self.others]})


def vqa_turns(rng: np.random.Generator, story: Story, number: int) -> list[Turn]:
    """`number` questions with short answers; a question may be followed up before another one is asked."""
    turns: list[Turn] = []
    makers = (_colour, _colour, _how_many_do, _what_does, _what_happens, _how_many_at, _ground, _presence, _who)
    while len(turns) < number:
        asked = makers[int(rng.integers(len(makers)))](rng, story)
        if asked is None or any(turn.prompt == short_answer_prompt(asked.question) for turn in turns):
            continue
        turns.append(asked.turn())
        if asked.next is not None and len(turns) < number and rng.random() < 0.8:
            turns.append(asked.next.turn(is_follow_up=True))
    return turns


def after_turn(story: Story, event: Event) -> Turn:
    """What comes after an event, asked when that event was just spoken of."""
    later = [each for each in story.plan.events if each.start_s > event.start_s]
    said: tuple[Part, ...] = _told(story, later[0]) if later else (Said("Nothing."),)
    return _Asked("What happens after that?", said).turn(is_follow_up=True)


def _told(story: Story, event: Event) -> tuple[Part, ...]:
    text = event.description
    return (story.said_at(f"{text[0].upper()}{text[1:]}", event, "start"), Said("."))


def _frames(story: Story) -> Sequence[tuple[str, int]]:
    return (("start", 0), ("end", len(story.times) - 1))


def _colour(rng: np.random.Generator, story: Story) -> _Asked | None:
    """The colour of something at the start or end, then at the other end if it is seen there too."""
    (place, frame), (other, other_frame) = (
        _frames(story) if rng.random() < 0.4 else tuple(reversed(_frames(story)))
    )  # fmt: skip
    visible = story.visible(frame)
    if rng.random() < ABSENT_CHANCE:
        kinds = {actor.kind for actor in story.film.actors}
        kind = pick(rng, [each for each in FIGURES if each not in kinds])
        return _Asked(f"What colour is the {kind} at the {place}?", (Said(f"There is no {kind}."),), others=("none",))
    if not visible:
        return None
    actor = visible[int(rng.integers(len(visible)))]
    kind = story.film.actors[actor].kind

    def seen(at_frame: int) -> tuple[Part, ...]:
        shown = story.film.actors[actor].at(story.times[at_frame])
        assert shown is not None
        return (story.said(shown.colour, at_frame, actor),)

    follow = None
    if actor in story.visible(other_frame):
        follow = _Asked(f"And at the {other}?", seen(other_frame))
    return _Asked(f"What colour is the {kind} at the {place}?", seen(frame), follow)


def _how_many_do(rng: np.random.Generator, story: Story) -> _Asked:
    """How many things enter, leave, or change colour, and then another of these."""
    verbs: dict[Action, str] = {"enter": "enter", "leave": "leave", "turn": "change colour"}
    names: list[Action] = ["enter", "leave", "turn"]
    first, second = (names[i] for i in rng.permutation(3)[:2])

    def count(action: Action) -> tuple[Part, ...]:
        doing = [event for event in story.plan.events if event.action == action]
        number = str(len({event.actor for event in doing}))
        return (story.said_at(number, doing[-1], "end") if doing else Said(number),)

    follow = _Asked(f"And how many {verbs[second]}?", count(second))
    return _Asked(f"How many objects {verbs[first]}?", count(first), follow)


def _what_does(rng: np.random.Generator, story: Story) -> _Asked | None:
    """What one thing does that does one thing only, and what happens then."""
    actors = [event.actor for event in story.plan.events]
    single = [event for event in story.plan.events if actors.count(event.actor) == 1]
    if not single:
        return None
    event = single[int(rng.integers(len(single)))]
    if event.action in ("enter", "leave") and event.toward in ("left", "right") and rng.random() < 0.4:
        question = f"From which side does the {event.subject} enter?"
        if event.action == "leave":
            question = f"To which side does the {event.subject} leave?"
        return _Asked(question, (story.said_at(event.toward, event, "start"),), others=(f"the {event.toward}",))
    later = [each for each in story.plan.events if each.start_s > event.start_s]
    follow = _Asked("What happens next?", _told(story, later[0])) if later else None
    said = (story.said_at(event.verb, event, "start"),)
    return _Asked(f"What does the {event.subject} do?", said, follow, (f"it {event.verb}",))


def _what_happens(rng: np.random.Generator, story: Story) -> _Asked | None:
    """The first or the last event."""
    if not story.plan.events:
        return _Asked("What happens first?", (Said("Nothing."),), others=("nothing",))
    first, last = (_told(story, story.plan.events[index]) for index in (0, -1))
    if rng.random() < 0.5:
        return _Asked("What happens first?", first, _Asked("And last?", last))
    return _Asked("What happens last?", last, _Asked("And first?", first))


def _how_many_at(rng: np.random.Generator, story: Story) -> _Asked:
    """How many things are seen at the start or end."""
    (place, frame), (other, other_frame) = (
        _frames(story) if rng.random() < 0.5 else tuple(reversed(_frames(story)))
    )  # fmt: skip

    def count(at_frame: int) -> tuple[Part, ...]:
        return (story.said(str(len(story.visible(at_frame))), at_frame),)

    follow = _Asked(f"And at the {other}?", count(other_frame))
    return _Asked(f"How many objects are there at the {place}?", count(frame), follow)


def _ground(rng: np.random.Generator, story: Story) -> _Asked:
    """The background at one end, or how often the scene changes."""
    names = [scene.name for scene in story.film.scenes]
    if rng.random() < 0.4:
        said = story.said(str(len(names) - 1), story.frame_from(story.film.scenes[-1].start_s))
        return _Asked("How many times does the scene change?", (said,))
    start, end = (story.said(names[n], frame) for n, (_, frame) in zip((0, -1), _frames(story), strict=True))
    if rng.random() < 0.5:
        return _Asked("What colour is the background at the end?", (end,), _Asked("And at the start?", (start,)))
    return _Asked("What colour is the background at the start?", (start,), _Asked("And at the end?", (end,)))


def _presence(rng: np.random.Generator, story: Story) -> _Asked | None:
    """Whether some kind of thing is seen at all, and whether it is still there at the end."""
    shown = {actor.kind: number for number, actor in enumerate(story.film.actors)}
    if rng.random() < 0.5 or not shown:
        kind = pick(rng, [each for each in FIGURES if each not in shown])
        return _Asked(f"Is there {article(kind)} in the video?", (Said("no"),))
    kind = pick(rng, tuple(shown))
    frames = [n for n in range(len(story.times)) if shown[kind] in story.visible(n)]
    if not frames:
        return None
    last = len(story.times) - 1
    still = story.said("yes", last, shown[kind]) if last in frames else story.said("no", last)
    yes = story.said("yes", frames[len(frames) // 2], shown[kind])
    return _Asked(f"Is there {article(kind)} in the video?", (yes,), _Asked("Is it there at the end?", (still,)))


def _who(rng: np.random.Generator, story: Story) -> _Asked | None:
    """Which thing does what only one does, and where that is told, its colour then."""
    verbs = [event.verb for event in story.plan.events]
    single = [event for event in story.plan.events if verbs.count(event.verb) == 1]
    if not single:
        return None
    event = single[int(rng.integers(len(single)))]
    said = story.said_at(article(event.subject), event, "start")
    return _Asked(f"What {event.verb}?", (said,), others=(thing_name(event.colour, event.kind),))
