"""Solve a problem in pictures: the answer as data, and the reasoning apart from it.

    solve(model, "homework.png", answer="number").answer                 12.0
    solve(model, "quiz.png", choices=["Paris", "Rome"]).answer           "Rome"
    solve(model, ["map.png", "key.png"], "Where does the path end?", answer={"street": "", "number": 0})

The code does not solve anything. It does check: where the reasoning holds arithmetic that leads to a number, it is
computed again, and an answer that it does not give is flagged "disagrees".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from saccade.errors import BadAnswer, BadMessages
from saccade.processing.parse.equations import Check, check_answer
from saccade.processing.parse.json import read_json
from saccade.processing.parse.quantities import quantity_of
from saccade.processing.parse.sentences import sentences_of, without_markdown
from saccade.processing.parse.solutions import ParsedSolution, cleaned, read_solution, steps_of
from saccade.prompts.solving import letter, solve_prompt, solve_schema_prompt
from saccade.tasks.ask import Answerer
from saccade.tasks.extraction.build import build_value
from saccade.tasks.extraction.fit import fit
from saccade.tasks.extraction.wanted import Wanted, decoding_schema, read_wanted
from saccade.tasks.fallbacks import TRUNCATED
from saccade.tasks.looking import Look, Question, answered, look_and_read, merged_flags
from saccade.types import Size

KINDS = ("text", "number", "choice")
MOST_CHOICES = 26
_MAX_TOKENS = 2048
_NUMBER = re.compile(r"(?<![\w.,])[-+]?[$€£¥]?\d[\d.,]*(?:/\d+)?(?:\s?(?:%|°|[^\W\d_]{1,12}(?:/[^\W\d_]{1,4})?[²³]?))?")
_LETTER = re.compile(r"^\W*(?:(?:option|choice|letter)\s*)?\(?([A-Za-z])\)?(?=$|[\s.):,;*])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Solution:
    """An answer and how it came about.

    `answer`: a text, a number (float), one of the choices, or what a schema makes; `text` is the answer as the model
    wrote it, `unit` that of a number, `letter` that of a choice. `reasoning` is all that was said before it, `steps`
    the same step by step. `check`: the expression from the reasoning that was computed again, None where there is none.

    Flags besides the usual: "last-number", "last-line", "only-choice" (nothing was marked as the answer, this is what
    stands last or alone), "several-answers" (the last counts), "disagrees", "no-reasoning", "unfit" (an object that a
    schema or class does not take: `answer` is None).
    """

    answer: Any
    text: str
    reasoning: str
    steps: tuple[str, ...]
    image_sizes: tuple[Size, ...]
    raw_text: str
    unit: str = ""
    letter: str = ""
    check: Check | None = None
    flags: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class _Found:
    """An answer read from a reply."""

    answer: Any
    text: str
    parsed: ParsedSolution
    unit: str = ""
    letter: str = ""
    flags: tuple[str, ...] = field(default=())


def solve(
    answerer: Answerer,
    images: Any,
    question: str | None = None,
    *,
    answer: Any = "text",
    choices: Sequence[str] | None = None,
    **options: Any,
) -> Solution:
    """Solve the problem in a picture, or in a list of them; `question` says which, or adds to it.

    answer: "text", "number", "choice", or what `extract` takes (field names in a template, a JSON schema, a pydantic
    class). choices: the texts to choose from; without them a choice is a letter printed in the picture. `options` are
    those of `ask`; a reasoning model thinks first, so leave room in `max_tokens` (2048 by default).

    An answer that cannot be read is asked for once more. Raises BadMessages for an empty question or choices that make
    no sense, BadSchema, BadAnswer (holding the raw text), and what `ask` raises.
    """
    pictures = tuple(images) if isinstance(images, list | tuple) else (images,)
    if not pictures:
        raise BadMessages("solve needs at least one picture, and the list is empty")
    if question is not None and not question.strip():
        raise BadMessages("the question is empty", hint="leave it out to have the problem in the picture solved")
    kind, wanted, named = _wish(answer, choices)
    if wanted is not None:
        prompt = solve_schema_prompt(question, decoding_schema(wanted.node))
    else:
        prompt = solve_prompt(question, kind, named)

    def read(seen: Look) -> _Found:
        answered(seen)
        parsed = read_solution(seen.reply.text)
        if parsed.answer is None and seen.reply.finish_reason == "length":
            raise BadAnswer("the answer was cut before it came to a result", raw=seen.reply.text,
                            hint="allow more max_tokens")  # fmt: skip
        return _read(parsed, kind, wanted, named)

    numbered = {"add_vision_id": True} if len(pictures) > 1 else {}
    asked = Question(pictures, prompt)
    ((seen, found),) = look_and_read(answerer, [asked], numbered | options, read, max_tokens=_MAX_TOKENS)
    if isinstance(found, BadAnswer):
        raise found
    return _solution(seen, found, kind)


def _wish(answer: Any, choices: Sequence[str] | None) -> tuple[str, Wanted | None, tuple[str, ...]]:
    """The kind of answer, the schema it follows, and the choices. Raises BadMessages, BadSchema."""
    if choices is None:
        if isinstance(answer, str):
            if answer not in KINDS:
                raise BadMessages(f"unknown kind of answer {answer!r}", hint=f"use {', '.join(KINDS)} or a schema")
            return answer, None, ()
        return "schema", read_wanted(answer), ()
    if not isinstance(answer, str) or answer not in ("choice", "text"):
        raise BadMessages("choices go with answer='choice'", hint="leave answer out")
    named = tuple(" ".join(str(choice).split()) for choice in choices) if not isinstance(choices, str) else ()
    folded = {choice.casefold() for choice in named}
    if not 2 <= len(named) <= MOST_CHOICES or "" in folded or len(folded) < len(named):
        raise BadMessages(f"choices are {choices!r}", hint=f"give a list of 2 to {MOST_CHOICES} different texts")
    return "choice", None, named


# --- reading ---------------------------------------------------------------------------------------------------------


def _read(parsed: ParsedSolution, kind: str, wanted: Wanted | None, choices: tuple[str, ...]) -> _Found:
    if wanted is not None:
        return _read_object(parsed, wanted)
    return {"number": _read_number, "choice": _read_choice}.get(kind, _read_text)(parsed, choices)


def _read_text(parsed: ParsedSolution, _: tuple[str, ...]) -> _Found:
    if parsed.answer is not None:
        return _Found(parsed.answer, parsed.answer, parsed)
    lines = [line for line in without_markdown(parsed.text).splitlines() if line.strip()]
    if not lines:
        raise BadAnswer("the answer is empty", raw=parsed.text)
    sentences = sentences_of(lines[-1])
    if len(lines) == len(sentences) == 1:
        return _Found(cleaned(lines[0]), lines[0], parsed)  # nothing but an answer
    return _Found(cleaned(sentences[-1]), sentences[-1], parsed, flags=("last-line",))


def _read_number(parsed: ParsedSolution, _: tuple[str, ...]) -> _Found:
    written = parsed.text if parsed.answer is None else parsed.answer
    whole = quantity_of(cleaned(written))
    if whole is not None:
        return _Found(whole.value, cleaned(written), parsed, whole.unit)
    numbers = [match[0] for match in _NUMBER.finditer(written)]
    if not numbers:
        raise BadAnswer(f"the answer {written[-60:].strip()!r} is no number", raw=parsed.text)
    if parsed.answer is not None and len(numbers) > 1:
        raise BadAnswer(f"the answer {written[:60]!r} is not one number", raw=parsed.text)
    last = quantity_of(numbers[-1].rstrip(".,")) or quantity_of(re.sub(r"[^\d.,/+-]", "", numbers[-1]).rstrip(".,"))
    if last is None:
        raise BadAnswer(f"the answer {numbers[-1]!r} is no number", raw=parsed.text)
    flags = ("last-number",) if parsed.answer is None else ()
    return _Found(last.value, numbers[-1].rstrip(".,"), parsed, last.unit, flags=flags)


def _read_choice(parsed: ParsedSolution, choices: tuple[str, ...]) -> _Found:
    written = parsed.text if parsed.answer is None else parsed.answer
    at = _choice_of(cleaned(without_markdown(written)), choices)
    if at is not None:
        return _Found(choices[at] if choices else letter(at), written.strip(), parsed, letter=letter(at))
    named = [n for n, choice in enumerate(choices) if re.search(rf"(?<!\w){re.escape(choice)}(?!\w)", written, re.I)]
    if not choices:
        named = sorted({ord(found) - ord("A") for found in re.findall(r"\(([A-J])\)|\boption ([A-J])\b", written)
                        for found in found if found})  # fmt: skip
    if len(named) != 1:
        told = ", ".join(choices) if choices else "a letter"
        raise BadAnswer(f"the answer {written[-60:].strip()!r} is none of the choices ({told})", raw=parsed.text)
    (at,) = named
    flags = ("only-choice",) if parsed.answer is None else ()
    return _Found(choices[at] if choices else letter(at), written.strip(), parsed, letter=letter(at), flags=flags)


def _choice_of(written: str, choices: tuple[str, ...]) -> int | None:
    """The choice that a text is: its letter, its own words, or both ("B. Rome")."""
    folded = written.casefold().strip(" .\"'")
    exact = [at for at, choice in enumerate(choices) if choice.casefold().strip(" .\"'") == folded]
    if exact:
        return exact[0]
    match = _LETTER.match(written)
    if match is None or "\n" in written:
        return None
    at, rest = ord(match[1].upper()) - ord("A"), written[match.end() :].strip(" .):,;*").casefold()
    if not choices:
        bare = match[1].isupper() and (not rest or not written[match.end() :][:1].isspace())
        return at if bare else None  # "I think so" is no letter
    # "A cat" is not the choice A, and "B. Paris" is not B where B is Rome
    if at >= len(choices) or (rest and choices[at].casefold() not in rest and rest not in choices[at].casefold()):
        return None
    return at


def _read_object(parsed: ParsedSolution, wanted: Wanted) -> _Found:
    written = parsed.text if parsed.answer is None else parsed.answer
    json = read_json(written if "{" in written or "[" in written else parsed.text)
    fitted = fit(json.value, wanted.node)
    if fitted is None or not fitted.written_any:
        raise BadAnswer(f"the answer has none of the fields {', '.join(wanted.node.properties)}", raw=parsed.text)
    if fitted.problems:
        raise BadAnswer("; ".join(list(fitted.problems.values())[:3]), raw=parsed.text)
    value, issues = build_value(wanted, fitted.data)
    flags = json.flags if value is not None and not issues else (*json.flags, "unfit")
    return _Found(value, written.strip(), parsed, flags=tuple(flag for flag in flags if flag != "prose"))


# --- the result ------------------------------------------------------------------------------------------------------


def _solution(seen: Look, found: _Found, kind: str) -> Solution:
    parsed = found.parsed
    before = parsed.before
    if parsed.answer is None and (found.flags or "\n" in parsed.text):
        before = parsed.text  # the answer is part of what was said
    thoughts = [seen.reply.reasoning.strip(), parsed.thought, before]
    reasoning = "\n\n".join(dict.fromkeys(thought for thought in thoughts if thought))
    steps = steps_of(before) or steps_of(parsed.thought or seen.reply.reasoning)
    check = None
    if kind == "number":
        check = check_answer(reasoning, found.answer, written=found.text, unit=found.unit)
    own = {
        "no-reasoning": not reasoning,
        "disagrees": check is not None and not check.agrees,
        TRUNCATED: seen.reply.finish_reason == "length",
    }
    flags = merged_flags(seen.flags, parsed.flags, found.flags, tuple(name for name, holds in own.items() if holds))
    sizes = tuple(source for source, _ in seen.sizes)
    return Solution(
        found.answer, found.text, reasoning, steps, sizes, seen.reply.text, found.unit, found.letter, check, flags
    )  # fmt: skip
