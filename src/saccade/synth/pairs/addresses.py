"""What a label and a door are to say, and the questions about them: do house number and name agree?

House numbers agree letter by letter; names by the surname and as much of the first name as both show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from saccade.prompts.compare import agree_prompt, read_field_follow_up, read_field_prompt, verify_prompt
from saccade.synth.pairs.parcels import NAMES, Names
from saccade.synth.pairs.verdict import Answer, Seen, null_turn, verdict_turn, vqa_turn
from saccade.synth.sample import Part, Said, Task, Turn
from saccade.synth.words import pick

_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the two pictures are to show; None: missing, or there but not to be read (`spoilt`: 0 or 1)."""

    numbers: tuple[str | None, str | None]
    names: tuple[str | None, str | None]
    spoilt: int | None = None


def house_number(rng: np.random.Generator) -> str:
    """A number of one to three digits, now and then with a letter."""
    number = str(int(10 ** rng.uniform(0, 2.99)))
    return number + (pick(rng, "ABCDEF") if rng.random() < 0.25 else "")


def other_number(rng: np.random.Generator, number: str) -> str:
    """A different house number, mostly a near one: two digits swapped, one changed, another letter."""
    while True:
        digits, letter = number.rstrip("ABCDEF"), number.lstrip(_DIGITS)
        kind, place = rng.random(), int(rng.integers(len(digits)))
        if kind < 0.25 and len(digits) > 1:
            digits = digits[::-1] if len(digits) == 2 else digits[0] + digits[2] + digits[1]
        elif kind < 0.6:
            digits = digits[:place] + pick(rng, _DIGITS) + digits[place + 1 :]
        elif kind < 0.75:
            letter = "" if letter and rng.random() < 0.5 else pick(rng, "ABCDEF")
        else:
            digits, letter = str(int(10 ** rng.uniform(0, 2.99))), letter
        if digits[0] != "0" and digits + letter != number:
            return digits + letter


def choose_wanted(rng: np.random.Generator, split: str, answer: Answer, fields: Sequence[str]) -> Wanted:
    """Numbers and names that make `answer` the verdict on `fields`; what is not asked agrees or not as it comes."""
    names, number = NAMES[split], house_number(rng)
    person = f"{pick(rng, names.first)} {pick(rng, names.last)}"
    numbers: list[str | None] = [number, number]
    people: list[str | None] = [person, person]
    differs = fields[int(rng.integers(len(fields)))]
    for field, pair in (("house number", numbers), ("name", people)):
        if field == differs if answer == "mismatch" else field not in fields and rng.random() < 0.3:
            pair[1] = other_number(rng, number) if field == "house number" else _other_person(rng, names, person)
    spoilt = None
    if answer == "unclear":
        side = int(rng.random() < 0.75)
        (numbers if differs == "house number" else people)[side] = None
        spoilt = side if rng.random() < 0.55 else None
    elif "name" not in fields and rng.random() < 0.4:
        people[1] = None
    return Wanted((numbers[0], numbers[1]), (people[0], people[1]), spoilt)


def _other_person(rng: np.random.Generator, names: Names, person: str) -> str:
    last = pick(rng, [name for name in names.last if not person.endswith(name)])
    return f"{person.split()[0] if rng.random() < 0.4 else pick(rng, names.first)} {last}"


def verdict(fields: Sequence[str], label: Mapping[str, Seen], door: Mapping[str, Seen]) -> tuple[Answer, str]:
    """The verdict and the field that decides it: a mismatch outweighs what cannot be read."""
    for field in fields:
        if field in label and field in door and not agree(field, label[field].text, door[field].text):
            return "mismatch", field
    for field in fields:
        if field not in label or field not in door:
            return "unclear", field
    return "match", fields[0]


def agree(field: str, first: str, second: str) -> bool:
    """Whether two readings agree: numbers letter by letter, names by the surname and what there is of the first."""
    if field != "name":
        return first == second
    one, other = first.replace(".", "").split(), second.replace(".", "").split()
    if one[-1] != other[-1]:
        return False
    if len(one) == 1 or len(other) == 1:
        return True
    return one[0].startswith(other[0]) or other[0].startswith(one[0])


def parcel_turns(
    rng: np.random.Generator, fields: Sequence[str], label: Mapping[str, Seen], door: Mapping[str, Seen],
    tasks: Sequence[Task],
) -> tuple[Turn, ...]:  # fmt: skip
    """One turn for each of "verify" and "vqa"; a reading of one picture is followed by that of the other."""
    turns: list[Turn] = []
    pending: tuple[str, int] | None = None
    for task in tasks:
        if task == "verify":
            turns.append(_verify(fields, label, door))
            pending = None
            continue
        if pending is not None:
            field, picture = pending
            turns.append(_read(read_field_follow_up(picture + 1), (label, door)[picture].get(field)))
            pending = None
            continue
        field = pick(rng, fields)
        if rng.random() < 0.3 and agree_prompt(field) not in [turn.prompt for turn in turns]:
            answer = verdict([field], label, door)[0]
            word = {"match": "yes", "mismatch": "no", "unclear": "unclear"}[answer]
            turns.append(vqa_turn(agree_prompt(field), [Said(word)], word))
            continue
        picture = int(rng.integers(2))
        turns.append(_read(read_field_prompt(field, picture + 1), (label, door)[picture].get(field)))
        pending = (field, 1 - picture)
    return tuple(turns)


def _read(prompt: str, seen: Seen | None) -> Turn:
    if seen is None:
        return null_turn(prompt)
    return vqa_turn(prompt, [Said(seen.text, line=seen.line, start=seen.start, picture=seen.picture)], seen.text)


def _verify(fields: Sequence[str], label: Mapping[str, Seen], door: Mapping[str, Seen]) -> Turn:
    answer, field = verdict(fields, label, door)
    evidence = [side[name] for name in fields for side in (label, door) if name in side]
    reason: list[Part]
    if answer == "match":
        reason = [Said("Both say ")]
        for number, name in enumerate(fields):
            shorter = min(label[name], door[name], key=lambda seen: len(seen.text))
            reason += [Said(" and ")] * (number > 0) + [shorter.said()]
    elif answer == "mismatch":
        reason = [Said("Picture 1 says "), label[field].said(), Said(", picture 2 says "), door[field].said()]
    else:
        missing = 1 if field not in label else 2
        reason = [Said(f"No {field} can be read in picture {missing}")]
    if not (answer == "mismatch" and door[field].text.endswith(".")):
        reason.append(Said("."))
    truth = {name: [side[name].text if name in side else None for side in (label, door)] for name in fields}
    return verdict_turn(verify_prompt(fields), answer, reason, evidence, truth)
