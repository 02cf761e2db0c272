r"""The answer to a problem apart from the reasoning before it, in every form that models write it.

    <think>...</think>     whatever stands before it is reasoning
    \boxed{42}             balanced braces; as published for mathematical prompts
    Answer: 42             "Final answer", "The answer is 42.", "#### 42", <answer>42</answer>, other languages
    {"answer": 42}         JSON with that key

Of several the last counts; "several-answers" says that an earlier one was another. Nothing is guessed here: without a
mark `answer` is None, and what to do then is the task's affair.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from saccade.errors import BadAnswer
from saccade.processing.parse.json import read_json
from saccade.processing.parse.sentences import without_markdown

SEVERAL = "several-answers"
_THINK_OPEN, _THINK_CLOSE = "<think>", "</think>"
_WORDS = (
    r"(?:(?:the|my|your)\s+)?(?:final\s+|correct\s+){0,3}answer|(?:final|end)\s+result|"
    r"(?:die\s+)?(?:antwort|endergebnis)|(?:la\s+)?(?:réponse|respuesta|risposta|resposta)|"
    r"ответ|(?:最终|正确)?答案|答え|答|정답|답"
)
_LABEL = re.compile(
    rf"^[ \t>*_#`(-]{{0,20}}(?:(?:so|thus|therefore|hence|finally),?\s+)?(?:{_WORDS})(?:\s+(?:is|ist|est|es)\b|\s*是)?"
    r"[*_`]*\s*[:：=]\s*[*_`]*[ \t]*(.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_SPOKEN = re.compile(
    r"\b(?:final|correct|the)\s+(?:final\s+|correct\s+)?answer\s+is\s{0,9}[:：]?\s{0,9}(.+?)(?=[.!](?:\s|$)|\n|$)",
    re.IGNORECASE,
)
_HASHES = re.compile(r"^[ \t]*####[ \t]*(\S.*)$", re.MULTILINE)
_TAG = re.compile(r"<answer>(.*?)(?:</answer>|\Z)", re.DOTALL | re.IGNORECASE)
_BOXED = re.compile(r"\\(?:boxed|fbox)\s*\{")
_STEP = re.compile(r"^(?:[#*_\s]*step\s+\d+\s*[:.)-]?|\s*\d{1,2}[.)](?=\s)|\s*[-*•](?=\s))\s*[*_:]*\s*", re.IGNORECASE)
_BRACE = re.compile(r"[{}]")
_MOST_MARKS, _LONGEST_LINE = 50, 4000  # marked answers that are compared; characters of one that follows its label
_SPACES_AND_MARKS = " \t\r\n*_`"


@dataclass(frozen=True, slots=True)
class ParsedSolution:
    """`answer`: the marked answer as it is written, None without a mark. `before`: the visible text before it.

    `thought` is what stood in <think>. `text` is all of the visible text.
    """

    answer: str | None
    text: str
    before: str
    thought: str
    flags: tuple[str, ...] = ()


def read_solution(text: str) -> ParsedSolution:
    """The parts of an answer. Raises BadAnswer where nothing but unfinished reasoning came, or nothing at all."""
    thought, closed, visible = text.rpartition(_THINK_CLOSE)
    flags: list[str] = []
    if not closed and visible.lstrip().startswith(_THINK_OPEN):
        raise BadAnswer("the reasoning did not come to an end", raw=text, hint="allow more max_tokens")
    thought = thought.replace(_THINK_OPEN, "").replace(_THINK_CLOSE, "").strip()
    visible = visible.strip()
    if not visible:
        raise BadAnswer("the answer is empty", raw=text)
    marks = sorted(_marked(visible), key=lambda mark: mark[0])[-_MOST_MARKS:]
    if not marks:
        return ParsedSolution(None, visible, "", thought, tuple(flags))
    start, answer = marks[-1]
    if any(_folded(other) != _folded(answer) for _, other in marks[:-1]):
        flags.append(SEVERAL)
    before = visible[: marks[0][0] if not flags else start].strip()
    return ParsedSolution(answer, visible, before, thought, tuple(flags))


def _marked(text: str) -> list[tuple[int, str]]:
    """Where each marked answer begins, and what it is."""
    found: list[tuple[int, str]] = []
    for match in _TAG.finditer(text):
        found.append((match.start(), unboxed(match[1])))
    closing, position = _closing_braces(text), 0
    for match in _BOXED.finditer(text):
        end = closing.get(match.end() - 1)
        if end is None or match.start() < position:  # one inside another is found in it
            continue
        line = text.rfind("\n", 0, match.start()) + 1
        # "Answer: \boxed{42}" is one mark, not two
        found.append((line if _LABEL.match(text, line) else match.start(), unboxed(text[match.end() : end])))
        position = end
    for match in _LABEL.finditer(text):
        found.append((match.start(), unboxed(match[1] or _next_line(text, match.end()))))
    for pattern in (_SPOKEN, _HASHES):
        found += [(match.start(), unboxed(match[1])) for match in pattern.finditer(text)]
    if not found and text.lstrip("` \njson").startswith("{"):
        value = _json_answer(text)
        found += [] if value is None else [(text.find("{"), value)]
    return [(start, answer) for start, written in found if (answer := cleaned(written))]


def _next_line(text: str, end: int) -> str:
    """The first line with anything on it after "Answer:"; a JSON value is taken whole."""
    rest = text[end : end + _LONGEST_LINE].lstrip()
    return rest if rest.startswith(("{", "[", "```")) else rest.partition("\n")[0]


def _json_answer(text: str) -> str | None:
    try:
        value = read_json(text).value
    except BadAnswer:
        return None
    named = {key.casefold().replace(" ", "_"): entry for key, entry in value.items()} if isinstance(value, dict) else {}
    answer = named.get("answer", named.get("final_answer"))
    return None if answer is None or isinstance(answer, dict | list) else str(answer)


def unboxed(text: str) -> str:
    r"""What stands in the first \boxed{}, or the text itself."""
    match = _BOXED.search(text)
    end = _closing_braces(text).get(match.end() - 1) if match is not None else None
    return text if match is None or end is None else text[match.end() : end]


def _closing_braces(text: str) -> dict[int, int]:
    """The place of the brace that closes each opening one, by the place of that one."""
    closing: dict[int, int] = {}
    open_ones: list[int] = []
    for brace in _BRACE.finditer(text):
        if brace[0] == "{":
            open_ones.append(brace.start())
        elif open_ones:
            closing[open_ones.pop()] = brace.start()
    return closing


def cleaned(written: str) -> str:
    """An answer without emphasis, marks of formulas around it, and the full stop at its end."""
    answer = written.strip(_SPACES_AND_MARKS)
    if len(answer) > 2 and answer.startswith("$") and answer.endswith("$"):
        answer = answer.strip("$").strip()
    if answer.startswith((r"\(", r"\[")) and answer.endswith((r"\)", r"\]")):
        answer = answer[2:-2].strip()
    if answer.endswith((".", "。")) and not answer.endswith(("..", "e.g.", "etc.")):
        answer = answer[:-1]
    return answer.strip(_SPACES_AND_MARKS)


def steps_of(text: str) -> tuple[str, ...]:
    """A reasoning step by step: what follows each number or list mark, else each line."""
    steps: list[list[str]] = []
    lines = [line for line in text.splitlines() if line.strip()]
    numbered = sum(_STEP.match(line) is not None for line in lines) >= 2
    for line in lines:
        match = _STEP.match(line)
        said = without_markdown(line[match.end() :] if match is not None else line).strip(_SPACES_AND_MARKS)
        if not said:
            continue
        if numbered and match is None and steps:
            steps[-1].append(said)  # the step goes on
        else:
            steps.append([said])
    return tuple(map(" ".join, steps))


def _folded(answer: str) -> str:
    return re.sub(r"[\s,$]", "", answer).casefold()
