"""Held-out conversations through the public functions, scored with the measures of `saccade eval` and set beside it.

    python -m tests.proofs.public_face.functions                 100 conversations a set; writes public_scores.json
    python -m tests.proofs.public_face.functions --number 5 --set ocr --set vqa       prints alone

`saccade eval` asks every question word for word (`saccade.train.asking`, through `Model.map`) and reads the answer;
here a question goes to the function that a user would call, and what comes back is scored. Both read answers with
`saccade.processing.parse` and end them at the same length. Where scores differ, `reason_of` says why.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from PIL import Image

import saccade
from saccade.errors import BadAnswer, ContextOverflow
from saccade.families import family_profile
from saccade.session import Model
from saccade.synth.heldout import read_set, set_names
from saccade.synth.sample import Sample, Turn
from saccade.train.asking import MAX_TOKENS, Asked, ask_cases
from saccade.train.evaluate import Row, Tally, case_of
from saccade.train.scoring.amounts import Scores
from tests.proofs.public_face.answers import Document, document_of, flags_of, raw_text_of, score_document
from tests.proofs.public_face.calls import Call, call_of
from tests.proofs.record import record

RECORD = "public_scores"
NUMBER = 100  # conversations of each set, at full size
MOST_TOLD = 3  # differing answers of each set that are shown
_TOLD_CHARACTERS = 300
_SEVERAL_PICTURES = frozenset({"verify_images", "compare"})

WORDING, ERROR, SCHEMA, EVIDENCE, FALLBACK, READ, TOKENS = (
    "another wording", "no result", "held to a schema", "verdict from the evidence", "fallback", "read otherwise",
    "other tokens",
)  # fmt: skip
REASONS: Mapping[str, str] = {
    WORDING: "the function asks in its own one wording, the set in several",
    ERROR: "the function raises for an answer that cannot be read, where eval may still give a part of a score",
    SCHEMA: "extract holds the answer to the schema while it is written and looks again at values in doubt",
    EVIDENCE: "verify_images takes its verdict from the evidence that was shown, not from the model's word",
    FALLBACK: "a loop was drawn anew, a cut answer continued, an unreadable one asked for again (its flags say so)",
    TOKENS: "the same question, but asked alone instead of in a batch: sums in another order",
    READ: "the same answer, read to another result: an error of ours",
}
_FALLBACK_FLAGS = frozenset({"retried", "continued", "asked-again", "tiled", "turned"})


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with what its function gave (None after an error) and the scores of that."""

    turn: Turn
    call: Call
    document: Document | None
    scores: Scores
    error: str = ""


def ask_public(model: Model, sample: Sample, max_tokens: int = MAX_TOKENS) -> list[Answered]:
    """The questions of a sample, each through its function; several about one picture as a conversation."""
    calls = [call_of(turn) for turn in sample.turns]
    if len(calls) > 1:
        session = model.session(max_tokens=max_tokens)
        media = media_of(sample)
        answered = []
        for number, turn in enumerate(sample.turns):
            asked = partial(session.ask, *(media if number == 0 else ()), turn.prompt)
            answered.append(_answered(model, turn, Call("ask", (turn.prompt,)), asked, sample))
        return answered
    asked = partial(call_public, model, calls[0], sample, max_tokens)
    return [_answered(model, sample.turns[0], calls[0], asked, sample)]


def call_public(model: Model, call: Call, sample: Sample, max_tokens: int) -> Any:
    """What the function of a call gives about a sample."""
    media = media_of(sample)
    if call.method == "ask":
        tools = {"tools": [dict(tool) for tool in sample.tools]} if sample.tools else {}
        return model.ask(*media, *call.arguments, max_tokens=max_tokens, **tools)
    first = list(media) if call.method in _SEVERAL_PICTURES else media[0]
    return getattr(model, call.method)(first, *call.arguments, max_tokens=max_tokens, **call.options)


def media_of(sample: Sample) -> list[Any]:
    """The pictures of a sample as PIL images; a clip as eval shows it."""
    if sample.clip is not None:
        return list(case_of(sample).media)
    return [Image.fromarray(image) for image in (sample.image, *(picture.image for picture in sample.more))]


def _answered(model: Model, turn: Turn, call: Call, ask: Callable[[], Any], sample: Sample) -> Answered:
    profile = family_profile(model.family)
    try:
        document = document_of(ask())
    except (BadAnswer, ContextOverflow) as error:
        return Answered(turn, call, None, score_document(turn, None, sample, profile), str(error))
    return Answered(turn, call, document, score_document(turn, document, sample, profile))


def reason_of(answered: Answered, raw_of_eval: str) -> str:
    """Why an answer scores otherwise than the one that eval got, by its name in REASONS."""
    if not answered.call.verbatim:
        return WORDING
    if answered.document is None:
        return ERROR
    if _FALLBACK_FLAGS & set(flags_of(answered.document)):
        return FALLBACK
    if answered.call.method == "extract":
        return SCHEMA
    if raw_text_of(answered.document).strip() != raw_of_eval.strip():
        return TOKENS
    return EVIDENCE if answered.call.method == "verify_images" else READ


def compare_set(model: Model, name: str, number: int, max_tokens: int = MAX_TOKENS) -> dict[str, Any]:
    """Both scores of the first `number` conversations of a set, and what differs."""
    samples = list(read_set(name, number))
    by_eval, by_function = Tally(), Tally()
    differing: list[dict[str, Any]] = []
    asked = ask_cases(model, map(case_of, samples), max_tokens=max_tokens)
    for index, (sample, theirs) in enumerate(zip(samples, asked, strict=True)):
        own = ask_public(model, sample, max_tokens)
        by_eval.add(theirs)
        by_function.add([replace(one, scores=answered.scores) for one, answered in zip(theirs, own, strict=True)])
        for turn, (answered, one) in enumerate(zip(own, theirs, strict=True)):
            if answered.scores != one.scores:
                differing.append({"index": index, "turn": turn, **_difference(answered, one)})
    return {
        "conversations": len(samples),
        "measures": [_beside(*pair) for pair in _paired(by_eval.rows(name), by_function.rows(name))],
        "differing": dict(Counter(one["reason"] for one in differing)),
        "examples": sorted(differing, key=lambda one: one["reason"] != READ)[:MOST_TOLD],
    }


def _difference(answered: Answered, theirs: Asked) -> dict[str, Any]:
    document = answered.document
    said = answered.error if document is None else raw_text_of(document)
    return {
        "reason": reason_of(answered, theirs.answer), "flags": [] if document is None else flags_of(document),
        "public": {"said": said[:_TOLD_CHARACTERS], "scores": _values(answered.scores)},
        "eval": {"said": theirs.answer[:_TOLD_CHARACTERS], "scores": _values(theirs.scores)},
    }  # fmt: skip


def _values(scores: Scores) -> dict[str, float]:
    return {measure: round(amount.value, 4) for measure, amount in scores.items()}


def _paired(rows: Sequence[Row], public: Sequence[Row]) -> list[tuple[Row | None, Row | None]]:
    """Rows of the same task and measure; one that only one side has (of hits, where there are none) stays alone."""
    keys = list(dict.fromkeys((row.task, row.measure) for row in (*rows, *public)))
    first, second = ({(row.task, row.measure): row for row in side} for side in (rows, public))
    return [(first.get(key), second.get(key)) for key in keys]


def _beside(by_eval: Row | None, public: Row | None) -> dict[str, Any]:
    shown = by_eval or public
    assert shown is not None
    entry: dict[str, Any] = {"task": shown.task, "measure": shown.measure}
    for side, row in (("public", public), ("eval", by_eval)):
        entry[side] = row and {key: round(getattr(row, key), 4) for key in ("value", "low", "high", "n")}
    return {**entry, "equal": agree(by_eval, public)}


def agree(one: Row | None, other: Row | None) -> bool | None:
    """Whether a score lies in the interval of the other one; None where only one side has it."""
    if one is None or other is None:
        return None
    return one.low <= other.value <= one.high or other.low <= one.value <= other.high


def compare_all(model: Model, number: int, sets: Sequence[str] = (), max_tokens: int = MAX_TOKENS) -> dict[str, Any]:
    """The figures of every set."""
    figures: dict[str, Any] = {}
    for name in sets or set_names():
        figures[name] = compare_set(model, name, number, max_tokens)
        main = figures[name]["measures"][0]
        print(f"{name:10} {main['measure']:14} public {shown(main['public'])}  eval {shown(main['eval'])}",
              figures[name]["differing"], flush=True)  # fmt: skip
    return figures


def shown(score: Mapping[str, float] | None) -> str:
    """A score with its interval."""
    return "-" if score is None else f"{score['value']:.3f} ({score['low']:.3f} to {score['high']:.3f})"


def unequal(figures: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(set, measure) of all scores that do not agree."""
    return [(name, row["measure"]) for name, one in figures.items() for row in one["measures"] if row["equal"] is False]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run and print; with every set at full size the figures are written."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--number", type=int, default=NUMBER, help="conversations of each set")
    parser.add_argument(
        "--set", action="append", choices=set_names(), dest="sets", help="only this one; again for more"
    )
    parser.add_argument("--model", default="tiny")
    chosen = parser.parse_args(arguments)
    model = saccade.load(chosen.model)
    figures = compare_all(model, chosen.number, chosen.sets or ())
    print("not equal:", unequal(figures) or "none")
    if not chosen.sets:
        record(RECORD, model=model.name, conversations_per_set=chosen.number, reasons=dict(REASONS), sets=figures)


if __name__ == "__main__":
    main()
