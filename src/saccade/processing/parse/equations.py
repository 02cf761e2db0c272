"""Check a number against the arithmetic that was written down on the way to it.

    "Area = 4 cm × 3 cm = 12 cm²"      4 * 3 is 12
    "(3 + 4) × 2 = 7 × 2 = 16"         16 is not what stands before it

Units and counted things behind a number are passed over. A line with a variable in it is left alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from saccade.processing.parse.arithmetic import LONGEST, evaluate, plain_math
from saccade.processing.parse.numbers import number_of
from saccade.processing.parse.sentences import without_markdown

_UNITS = frozenset((
    "m", "cm", "mm", "km", "dm", "g", "kg", "mg", "t", "l", "ml", "s", "h", "hr", "min", "ms", "km/h", "m/s", "w", "kw",
    "v", "j", "n", "pa", "k", "mol", "in", "ft", "lb", "oz", "yd", "mi", "ct", "kr", "°", "°c", "°f", "€", "£", "¥",
    "$", "元", "个", "只", "人", "天", "岁", "页", "米", "厘米", "千米", "平方米", "平方厘米", "小时", "分钟", "克",
    "千克",
))  # fmt: skip
_KEPT = frozenset(("sqrt", "pi", "mod", "sin", "cos", "tan", "log", "ln", "exp", "div", "max"))
_UNIT = re.compile(r"(?<=[\d)%])\s*((?!x\s*[\d(])[^\W\d_]+(?:/[^\W\d_]+)?|[°€£¥$][CF]?)(?:\^\(?[-+]?\d\)?)?")
_PRICE = re.compile(r"[$€£¥₹]\s*(?=[\d.])")
_ALLOWED_END = re.compile(r"(?<![-+*/^()%.,\d\s])(?:[-+*/^()%.,\d\s]|sqrt|pi|(?<=[\d) ])x(?=[\d( ]))+$", re.IGNORECASE)
_HEAD_NUMBER = re.compile(r"\s*([-+]?\s*\d[\d,.]*(?:\s*/\s*\d+)?)\s*(%?)")
_LIST_MARK = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
_CHECKING = re.compile(r"^\W*(?:check|verif|proof|probe|test)", re.IGNORECASE)
_MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class Check:
    """An expression from the reasoning and what it comes to; `agrees` with the answer or not."""

    expression: str
    value: float
    agrees: bool


@dataclass(frozen=True, slots=True)
class _Chain:
    """ "a = b = c": the expressions with their values, and the number at the end with its decimals."""

    parts: tuple[tuple[str, float], ...]
    end: float | None
    rounded: bool


def check_answer(reasoning: str, answer: float, *, written: str = "", unit: str = "") -> Check | None:
    """The last written-down expression that bears on `answer`, or None where there is none to go by.

    An expression that the answer is put into, to test it, does not bear on it. `written` tells the answer's decimals:
    a rounded answer agrees within half a unit of its last one.
    """
    slack = _slack(written, answer)
    chains = [chain for line in reasoning.splitlines()[-_MOST_LINES:] if (chain := _chain_of(line)) is not None]
    chains = [chain for chain in chains if not _uses(chain, answer)]
    for chain in reversed(chains):
        if chain.end is not None and _same(chain.end, answer, slack, unit):
            wrong = next((part for part in chain.parts if not _fits(part[1], chain, answer, slack, unit)), None)
            expression, value = wrong or chain.parts[-1]
            return Check(expression, value, wrong is None)
        if any(_same(value, answer, slack, unit) for _, value in chain.parts):
            expression, value = next(part for part in chain.parts if _same(part[1], answer, slack, unit))
            return Check(expression, value, chain.end is None)
    return Check(*chains[-1].parts[-1], False) if chains else None


def _fits(value: float, chain: _Chain, answer: float, slack: float, unit: str) -> bool:
    return _same(value, answer, max(slack, 0.5 if chain.rounded and float(answer).is_integer() else 0.0), unit)


def _same(value: float, answer: float, slack: float, unit: str) -> bool:
    scaled = (value, value * 100) if unit.startswith("%") else (value,)
    return any(math.isclose(one, answer, rel_tol=1e-9, abs_tol=slack) for one in scaled)


def _slack(written: str, answer: float) -> float:
    decimals = re.search(r"\d[.,](\d+)", written)
    if decimals is None:
        text = f"{answer:.12g}"
        decimals = re.search(r"\.(\d+)$", text)
    return 0.5000001 * 10.0 ** -len(decimals[1]) if decimals is not None else 1e-9


def _uses(chain: _Chain, answer: float) -> bool:
    """Whether the answer is one of the numbers that are computed with, and not what comes out."""
    if chain.end is not None and math.isclose(chain.end, answer):
        return False
    return any(
        number_of(found) == answer for expression, _ in chain.parts for found in re.findall(r"\d[\d.,]*", expression)
    )


def _chain_of(line: str) -> _Chain | None:
    if len(line) > 4 * LONGEST or not re.search(r"[=≈]", plain_math(line)) or _CHECKING.match(line):
        return None
    written = plain_math(without_markdown(_LIST_MARK.sub("", line)))
    rounded = "≈" in written
    pieces = re.split(r"\s*[=≈]\s*", written)
    parts = [found for piece in pieces[:-1] if (found := _expression(piece)) is not None]
    if not parts:
        return None
    return _Chain(tuple(parts), _number_at_head(pieces[-1]), rounded)


def _expression(piece: str) -> tuple[str, float] | None:
    """The arithmetic at the end of `piece` with at least one sign in it, and its value."""
    plain = re.sub(r"%\s*of\b", "%*", piece)
    plain = _PRICE.sub("", plain)
    plain = re.sub(r"(?<=[\d)])\s+:\s+(?=[\d(])", "/", plain)
    plain = "".join(_without_units(plain)).rstrip()
    match = _ALLOWED_END.search(plain)
    if match is None:
        return None
    expression, before = match[0].strip(" ,."), plain[: match.start()].rstrip()
    if before and (expression[:1] in "+-*/^)" or (before[-1:].isalpha() and not match[0][:1].isspace())):
        return None  # "2x + 3", "f(2)": there is more to it than numbers
    if re.search(r"(?:^|[^\w])[^\W\d_]$", before) and not before.endswith((":", ",")):
        return None  # a lone letter before it is a variable
    if not re.search(r"[\d)%]\s*[-+*/^x(]|sqrt|%", expression, re.IGNORECASE):
        return None
    value = evaluate(expression)
    shown = re.sub(r"\((\d+)\)", r"\1", expression)  # as a fraction of LaTeX came out
    return None if value is None else (" ".join(shown.split()), value)


def _without_units(text: str) -> Iterator[str]:
    """`text` without units and counted things behind numbers."""
    position = 0
    for match in _UNIT.finditer(text):
        word = match[1].casefold()
        if word in _KEPT or (word not in _UNITS and "/" not in word and len(word) < 3):
            continue
        yield text[position : match.start()] + " "
        position = match.end()
    yield text[position:]


def _number_at_head(piece: str) -> float | None:
    match = _HEAD_NUMBER.match(_PRICE.sub("", piece))
    if match is None:
        return None
    written = match[1].rstrip(".,")
    return evaluate(written) if "/" in written else number_of(written.replace(" ", ""))
