r"""Arithmetic as people and models write it, computed without Python's `eval`: "3 × (4 + 5)", "\frac{1}{2} + 25%".

Grammar, loosest first; every number is finite and every step bounded, so that no text costs more than its length:

    sum      product (("+" | "-") product)*
    product  factor (("*" | "/") factor | factor that begins with "(" or a root)*
    factor   ("+" | "-") factor | power
    power    postfix ("^" factor)?                  to the right, and tighter than a sign before it
    postfix  atom "%"*                              25% is 0.25
    atom     number | "pi" | "sqrt" atom | "(" sum ")"
"""

from __future__ import annotations

import math
import re

LONGEST = 400  # characters of an expression
_DEEPEST = 40
_LARGEST = 1e15  # beyond, what is computed says nothing of what was meant

_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?|\.\d+)|(sqrt|pi)|([-+*/^()%]))", re.IGNORECASE)
_GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_ROOT = re.compile(r"\\sqrt\s*\{([^{}]*)\}")
_WORDS_IN_LATEX = re.compile(r"\\(?:text|mathrm|mathbf|operatorname|mbox)\s*\{([^{}]*)\}")
_MIXED = re.compile(r"(?<![\d.])(\d+)\s+(\d+)\s*/\s*(\d+)(?![\d.])")
_SIGNS = str.maketrans({
    "×": "*", "·": "*", "∙": "*", "⋅": "*", "✕": "*", "÷": "/", "∕": "/", "⁄": "/", "−": "-", "–": "-", "²": "^2",
    "³": "^3", "½": "(1/2)", "¼": "(1/4)", "¾": "(3/4)", "⅓": "(1/3)", "⅔": "(2/3)", "√": "sqrt", "π": "pi", "[": "(",
    "]": ")", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "’": "'",
})  # fmt: skip
_COMMANDS = {
    r"\times": "*", r"\cdot": "*", r"\ast": "*", r"\div": "/", r"\pi": "pi", r"\left": "", r"\right": "", r"\%": "%",
    r"\$": "$", r"\,": "", r"\;": " ", r"\!": "", r"\:": " ", r"\ ": " ", r"\quad": " ", r"\approx": "≈",
    r"\degree": "°", r"\circ": "°", r"\le": "≤", r"\ge": "≥", r"\(": "", r"\)": "", r"\[": "", r"\]": "",
    r"\{": "(", r"\}": ")",
}  # fmt: skip
_FORMULA = re.compile(r"(?<!\\)\$(?!\s)([^$]{1,400})(?<![\s\\])\$(?!\d)")  # $...$, and not "$5 or $6"
_LONE_MARK = re.compile(r"(?<!\\)\$(?!\s?\d)|(?<=\d)\$")  # what is left of one; the sign of a price stays
_COMMAND = re.compile(r"\\(?:[A-Za-z]+|.)")
_MOST_NESTED = 8


class _NoValue(Exception):
    """The text is no expression, or one without a value."""


def plain_math(text: str) -> str:
    """`text` with its LaTeX and its printed signs as + - * / ^ ( ) %, words left as they are.

    A text longer than several expressions comes back as it is.
    """
    if len(text) > 8 * LONGEST:
        return text
    text = text.replace("$$", " ").replace("{,}", ",")
    text = _FORMULA.sub(r"\1", text)
    text = _LONE_MARK.sub("", text)
    for _ in range(_MOST_NESTED):
        before = text
        text = _WORDS_IN_LATEX.sub(r" \1 ", text)
        text = _FRACTION.sub(r"((\1)/(\2))", text)
        text = _ROOT.sub(r"sqrt(\1)", text)
        if text == before:
            break
    text = re.sub(r"\^\s*\\circ|\^\s*\{\s*\\circ\s*\}", "°", text)
    text = _COMMAND.sub(lambda found: _COMMANDS.get(found[0], found[0].lstrip("\\")), text)
    text = text.replace("{", "(").replace("}", ")").translate(_SIGNS).replace("**", "^")
    return " ".join(text.split())


def evaluate(text: str) -> float | None:
    """The value of an expression, or None where it is none, divides by zero, or is too large to mean anything."""
    if len(text) > LONGEST:
        return None
    written = plain_math(text)
    written = _GROUPED.sub(lambda found: found[0].replace(",", ""), written)
    written = _DECIMAL_COMMA.sub(".", written)
    written = _MIXED.sub(r"(\1+\2/\3)", written)
    written = re.sub(r"(?<=[\d)])\s+:\s+(?=[\d(])", "/", written)
    written = re.sub(r"(?<=[\d)])\s*[xX]\s*(?=[\d(])", "*", written)
    try:
        reader = _Reader(written)
        value = reader.sum(0)
        if reader.token != "":
            return None
        return value
    except (_NoValue, OverflowError, ZeroDivisionError):
        return None


class _Reader:
    """Reads one expression. `token` is the next one: a number, a word, a sign, "" at the end."""

    def __init__(self, text: str) -> None:
        self._tokens = self._split(text)
        self._at = 0

    @staticmethod
    def _split(text: str) -> list[str]:
        tokens, position = [], 0
        text = text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise _NoValue
            tokens.append((match[1] or match[2] or match[3]).lower())
            position = match.end()
        return tokens

    @property
    def token(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self.token
        self._at += 1
        return token

    def sum(self, depth: int) -> float:
        value = self._product(depth)
        while self.token in ("+", "-"):
            sign = self._take()
            value = _bounded(value + self._product(depth) if sign == "+" else value - self._product(depth))
        return value

    def _product(self, depth: int) -> float:
        value = self._factor(depth)
        while self.token in ("*", "/", "(", "sqrt", "pi"):
            divides = self.token == "/"
            if self.token in ("*", "/"):
                self._take()
            factor = self._factor(depth)
            value = _bounded(value / factor if divides else value * factor)
        return value

    def _factor(self, depth: int) -> float:
        negative = False
        while self.token in ("+", "-"):
            negative ^= self._take() == "-"
        value = self._power(depth)
        return -value if negative else value

    def _power(self, depth: int) -> float:
        value = self._atom(depth)
        while self.token == "%":
            self._take()
            value /= 100
        if self.token != "^":
            return value
        if depth > _DEEPEST:
            raise _NoValue
        self._take()
        raised = value ** self._factor(depth + 1)
        if isinstance(raised, complex):
            raise _NoValue
        return _bounded(raised)

    def _atom(self, depth: int) -> float:
        token = self._take()
        if depth > _DEEPEST or not token:
            raise _NoValue
        if token == "(":
            value = self.sum(depth + 1)
            if self._take() != ")":
                raise _NoValue
            return value
        if token == "sqrt":
            value = self._atom(depth + 1)
            if value < 0:
                raise _NoValue
            return math.sqrt(value)
        if token == "pi":
            return math.pi
        if token[0].isdigit() or token[0] == ".":
            return _bounded(float(token))
        raise _NoValue


def _bounded(value: float) -> float:
    if not math.isfinite(value) or abs(value) > _LARGEST:
        raise _NoValue
    return value
