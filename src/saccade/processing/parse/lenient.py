"""A forgiving reader of one JSON value inside a longer text.

Beyond JSON it takes trailing, missing and full-width commas, single and curly quotes, unquoted keys, Python's True /
False / None, comments, NaN, raw line breaks and unescaped quotes in texts, and a text that ends inside the value.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

MAX_DEPTH = 64
OPEN = re.compile(r"[\[{]")
_MOST_WASTED = 10_000  # values, keys and quotes read for nothing; more of them are no answer but noise

_SPACE = re.compile(r"(?:[\s\ufeff\u200b]+|//[^\n]*|/\*.*?(?:\*/|\Z)|#[^\n]*)+", re.DOTALL)
_NO_SPACE = frozenset(',:[]{}"0123456789')  # what most values and separators begin with
_NUMBER = re.compile(r"[+-]?(?:\d+(?:_\d+)*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
# One or several whole numbers with commas between, of which another comma or the end of the list follows.
_BLANKS = r"[ \t\r\n]{0,9}"
_NUMBERS = rf"-?[0-9]{{1,15}}(?:{_BLANKS},{_BLANKS}-?[0-9]{{1,15}})*"
_WHOLE_NUMBERS = re.compile(rf"{_NUMBERS}(?={_BLANKS}[,\]])")
_NUMBER_LIST = re.compile(rf"\[{_BLANKS}({_NUMBERS}){_BLANKS}\]")
_LEADING_ZERO = re.compile(r"(?<![0-9])0[0-9]")
_STRICT_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WORD = re.compile(r"[A-Za-z_$][\w$.-]*")
_WORDS = {
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    "null": None, "None": None, "NULL": None, "undefined": None,
}  # fmt: skip
_NAN = re.compile(r"[+-]?(?:NaN|nan|Infinity|inf)\b")
# Which characters close a text, by the one that opened it.
_PLAIN = re.compile(r"[^\\\"'“”’」\r\n\t]+")  # what says nothing about where a text ends
_CLOSING_SPACE = re.compile(r"(?:[\s\ufeff\u200b]+|//[^\n]{0,99}|/\*.{0,99}?\*/|#[^\n]{0,99})+", re.DOTALL)
_QUOTES = {'"': '"', "'": "'", "“": '”"', "”": '”"', "‘": "’'", "「": "」"}
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "'": "'"}


@dataclass(frozen=True, slots=True)
class Found:
    """A value read from text[start:end]; `cut` where the text ended first."""

    value: Any
    flags: tuple[str, ...]
    start: int
    end: int
    cut: bool


class Effort:
    """What may still be spent on places of one answer where no value turns out to be; 0 ends the search."""

    def __init__(self) -> None:
        self.left = _MOST_WASTED


def value_at(text: str, start: int, effort: Effort) -> Found | None:
    """The list or object that begins exactly at `start`, or None. One nested too deep ends all search."""
    if effort.left <= 0 or text[start : start + 1] not in ("[", "{"):
        return None
    if (plain := _NUMBER_LIST.match(text, start)) is not None:  # most lists of an answer are one, of coordinates
        flags = ("repaired",) if _LEADING_ZERO.search(plain[1]) else ()
        return Found(list(map(int, plain[1].split(","))), flags, start, plain.end(), False)
    reader = _Reader(text, start)
    try:
        value = reader.value(0)
    except _TooDeep:
        effort.left = 0
        return None
    except _NotJson:
        effort.left -= reader.num_steps
        return None
    return Found(value, tuple(dict.fromkeys(reader.flags)), start, reader.position, reader.cut)


class _NotJson(Exception):
    """The text at this place is no value."""


class _TooDeep(_NotJson):
    """It may be one, but nested deeper than MAX_DEPTH."""


class _Reader:
    """A forgiving recursive reader. `cut` is set once the text ended inside a value."""

    __slots__ = ("cut", "flags", "num_steps", "position", "text")

    def __init__(self, text: str, position: int) -> None:
        self.text = text
        self.position = position
        self.flags: list[str] = []
        self.cut = False
        self.num_steps = 0

    def value(self, depth: int) -> Any:
        """The value that begins right here; white space before it was passed."""
        self.num_steps += 1
        here = self._peek()
        if depth > MAX_DEPTH:
            raise _TooDeep
        if here == "{":
            return self._object(depth)
        if here == "[":
            return self._list(depth)
        if here in _QUOTES:
            return self._text()
        return self._literal()

    def _list(self, depth: int) -> list[Any]:
        items: list[Any] = []
        self.position += 1
        while True:
            if self._after_separator("]", bool(items)):
                return items
            if self.cut:
                return items
            if (run := _WHOLE_NUMBERS.match(self.text, self.position)) is not None:
                items += self._whole_numbers(run)
                continue
            item = self.value(depth + 1)
            # Of an unfinished item only the finished objects deep inside are worth keeping.
            if not self.cut or _holds_objects(item):
                items.append(item)
            if self.cut:
                return items

    def _whole_numbers(self, run: re.Match[str]) -> list[int]:
        """The numbers of a run at once: lists of coordinates are most of what there is to read."""
        self.position = run.end()
        if _LEADING_ZERO.search(run[0]):
            self._repaired()
        numbers = list(map(int, run[0].split(",")))
        self.num_steps += len(numbers) // 4
        return numbers

    def _object(self, depth: int) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        self.position += 1
        while True:
            if self._after_separator("}", bool(entries)):
                return entries
            if self.cut:
                return entries
            key = self._key()
            self._skip_space()
            if not self.cut and self._peek() == "":
                self._end()
            if self.cut:
                return entries
            if self._peek() not in (":", "：", "="):
                raise _NotJson
            if self._peek() != ":":
                self._repaired()
            self.position += 1
            self._skip_space()
            if self._peek() == "":
                self._end()
                return entries
            value = self.value(depth + 1)
            if not self.cut or _holds_objects(value):
                if key in entries:
                    self.flags.append("duplicate-keys")
                entries[key] = value
            if self.cut:
                return entries

    def _after_separator(self, close: str, has_items: bool) -> bool:
        """Step over what stands between items; True when the container is closed. Sets `cut` at the end of the text."""
        commas = 0
        while True:
            self._skip_space()
            here = self._peek()
            if here == "":
                self._end()
                return False
            if here == close:
                self.position += 1
                if commas:
                    self._repaired()
                return True
            if here not in (",", "，", ";"):
                break
            if here != ",":
                self._repaired()
            commas += 1
            self.position += 1
        if here in "]}":
            raise _NotJson
        if commas != (1 if has_items else 0):
            self._repaired()
        return False

    def _key(self) -> str:
        self.num_steps += 1
        here = self._peek()
        if here in _QUOTES:
            return self._text(is_key=True)
        match = _WORD.match(self.text, self.position) or _NUMBER.match(self.text, self.position)
        if match is None:
            raise _NotJson
        self.position = match.end()
        self._repaired()
        if self.position == len(self.text):
            self._end()
        return match[0]

    def _text(self, is_key: bool = False) -> str:
        quote = self._peek()
        close = _QUOTES[quote]
        if quote != '"':
            self._repaired()
        self.position += 1
        out: list[str] = []
        while True:
            plain = _PLAIN.match(self.text, self.position)
            if plain is not None:
                out.append(plain[0])
                self.position = plain.end()
            here = self._peek()
            if here == "":
                self._end()
                return "".join(out)
            self.position += 1
            if here == "\\":
                out.append(self._escape())
            elif here in close and self._ends_text(is_key):
                return "".join(out)
            else:
                if here in close or here in "\r\n\t":
                    self._repaired()
                    self.num_steps += 1
                out.append(here)

    def _ends_text(self, is_key: bool) -> bool:
        """Whether the quote just read closes its text: what follows must fit behind a text."""
        match = _CLOSING_SPACE.match(self.text, self.position)
        after = match.end() if match else self.position
        following = self.text[after : after + 1]
        if following == "" or following in (":：=" if is_key else ",，;]}"):
            return True
        # a line break before the next quoted key or value: the comma was forgotten
        return not is_key and "\n" in self.text[self.position : after] and following in '"“{['

    def _escape(self) -> str:
        here = self._peek()
        if here == "":
            return ""
        self.position += 1
        if here == "u":
            unit = self._hex_unit()
            if unit is None:
                self._repaired()
                return "\\u"
            if 0xD800 <= unit < 0xDC00 and self.text[self.position : self.position + 2] == "\\u":
                self.position += 2
                low = self._hex_unit()
                if low is not None and 0xDC00 <= low < 0xE000:
                    return chr(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
                self.position -= 2 if low is None else 6  # not a pair: the second is read on its own
            return "\ufffd" if 0xD800 <= unit < 0xE000 else chr(unit)
        if here not in _ESCAPES:
            self._repaired()  # a lone backslash, as in LaTeX
            return "\\" + here
        return _ESCAPES[here]

    def _hex_unit(self) -> int | None:
        digits = self.text[self.position : self.position + 4]
        if not re.fullmatch(r"[0-9A-Fa-f]{4}", digits):
            return None
        self.position += 4
        return int(digits, 16)

    def _literal(self) -> Any:
        match = _NUMBER.match(self.text, self.position)
        if match:
            self.position = match.end()
            if self.position == len(self.text):  # more digits may have followed
                self._end()
            if not _STRICT_NUMBER.fullmatch(match[0]):
                self._repaired()
            return self._number(match[0].replace("_", ""))
        match = _NAN.match(self.text, self.position)
        if match:
            self.position = match.end()
            self.flags.append("nan")
            return None
        match = _WORD.match(self.text, self.position)
        if match and match[0] in _WORDS:
            self.position = match.end()
            if match[0] not in ("true", "false", "null"):
                self._repaired()
            return _WORDS[match[0]]
        if match and match.end() == len(self.text) and any(word.startswith(match[0]) for word in _WORDS):
            self.position = match.end()
            self._end()
            return None
        if self._peek() in ("-", "+") and self.position + 1 == len(self.text):
            self._end()
            return None
        raise _NotJson

    def _number(self, digits: str) -> int | float | None:
        try:
            return int(digits)
        except ValueError:  # a fraction, or more digits than Python reads at once
            number = float(digits)
        if math.isfinite(number):
            return number
        self.flags.append("nan")
        return None

    def _skip_space(self) -> None:
        if self._peek() in _NO_SPACE:
            return
        match = _SPACE.match(self.text, self.position)
        if match:
            self.position = match.end()
            if match[0].strip("\ufeff\u200b \t\r\n"):
                self._repaired()

    def _peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def _end(self) -> None:
        self.cut = True
        self.flags.append("truncated")

    def _repaired(self) -> None:
        self.flags.append("repaired")


def _holds_objects(value: Any) -> bool:
    """Whether a list somewhere in `value` holds an object."""
    if isinstance(value, dict):
        return any(_holds_objects(entry) for entry in value.values())
    return isinstance(value, list) and any((isinstance(item, dict) and item) or _holds_objects(item) for item in value)
