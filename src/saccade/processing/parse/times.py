"""Times in a model's answer as float seconds: one time, one stretch, or a list of events.

A time is `[hh:]mm:ss[.fraction]` (a comma may stand for the point), or a number with or without a unit: "12.5s",
"<3.0 seconds>", "1 min 20 s", "300 ms". A stretch is two times with "-", "to", a dash or "~" between them. Events come
as JSON objects, as an object of stretches, or as lines "0:11-0:15 text". Only BadAnswer is ever raised.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saccade.errors import BadAnswer
from saccade.processing.parse.json import as_list, read_json

LONGEST_S = 1_000_000.0  # eleven days; more is noise
START_KEYS = ("start_time", "start", "start_s", "start_timestamp", "begin", "from", "startTime", "t_start")
END_KEYS = ("end_time", "end", "end_s", "end_timestamp", "finish", "to", "endTime", "t_end")
BOTH_KEYS = ("timestamp", "timestamps", "time", "time_range", "range", "segment", "interval", "span", "times")
TEXT_KEYS = ("description", "event", "caption", "label", "text", "sentence", "activity", "action", "content", "title")

_UNITS = {
    "ms": 0.001, "msec": 0.001, "millisecond": 0.001, "s": 1.0, "sec": 1.0, "second": 1.0,
    "m": 60.0, "min": 60.0, "minute": 60.0, "h": 3600.0, "hr": 3600.0, "hour": 3600.0, "秒": 1.0, "分": 60.0,
}  # fmt: skip
_UNIT = r"(?:milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h)(?![^\W\d_])|秒|分"
_DIGITS = r"\d{1,9}(?:[.,]\d{1,9})?"
_CLOCK = r"(?:\d{1,4}:)?\d{1,4}:\d{1,2}(?:[.,]\d{1,9})?"
_MEASURE = rf"{_DIGITS}[ \t]?(?:{_UNIT})"
_MEASURES = rf"{_MEASURE}(?:[ \t]?{_MEASURE}){{0,2}}"
_ALONE = r"(?<![\w.:,])"  # no digits may go on before a time, nor behind it
_DONE = r"(?!\d|[:.,]\d)"
_MARKED = rf"{_ALONE}(?:{_CLOCK}|{_MEASURES}){_DONE}"
_ANY = rf"{_ALONE}(?:{_CLOCK}|{_MEASURES}|{_DIGITS}){_DONE}"
_WRAP = r"[\s<>\[\]()\"'`*_]{0,12}"
_JOINT = rf"{_WRAP}(?:-->|->|[-–—−~～→]|\bto\b|\buntil\b|\btill\b|\bthrough\b|\band\b|到|至){_WRAP}"
_STRETCH = re.compile(rf"(?P<start>{_ANY}){_JOINT}(?:(?:at|about|around)\s)?(?P<end>{_ANY})", re.IGNORECASE)
_MARKED_TIME = re.compile(_MARKED, re.IGNORECASE)
_ANY_TIME = re.compile(_ANY, re.IGNORECASE)
_PIECE = re.compile(rf"({_DIGITS})[ \t]?({_UNIT})", re.IGNORECASE)
_ABSENT = re.compile(
    r"\b(?:does|do|did|is|are|was|were|has|have)(?:\s+not|n't)\s+(?:\w+\s+){0,2}?(?:occur|happen|appear|present|show|exist|found|"
    r"contain|visible|occurred|happened)|\bno such\b|\bnever (?:occurs|happens|appears)|^\W*(?:null|none|no)\W*$",
    re.IGNORECASE,
)
_TRANSLATED = str.maketrans({"：": ":", "．": ".", "，": ",", "٫": ".", "\u00a0": " ", "\u202f": " "})
_LIST_MARK = re.compile(
    r"^\W*(?:\d{1,3}[.)]\s+)?(?:(?:event|scene|segment|chapter)\s+\d+\s*[:.\-–]\s*)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, 0 <= start_s <= end_s, and what is said of it. `raw` is the stretch as the answer wrote it.

    Flags: "swapped" where the end stood before the start, "clamped" where a time lay outside the video, "single"
    where only one time was given.
    """

    start_s: float
    end_s: float
    description: str = ""
    raw: str = ""
    flags: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s

    def iou(self, other: Span) -> float:
        """Shared over united time, 0 to 1."""
        shared = max(0.0, min(self.end_s, other.end_s) - max(self.start_s, other.start_s))
        united = max(self.end_s, other.end_s) - min(self.start_s, other.start_s)
        return shared / united if united > 0 else float(self.start_s == other.start_s)


@dataclass(frozen=True, slots=True)
class ParsedSpans:
    """Events in the model's order. `flags`: those of `ParsedJson`, "lines" where they were no JSON, and "dropped"
    where an item had no time.
    """

    spans: tuple[Span, ...]
    flags: tuple[str, ...] = ()


def read_time(text: str) -> float:
    """The first time in `text` in seconds, one with a unit or a colon before a bare number. Raises BadAnswer."""
    said = _said(text)
    match = _MARKED_TIME.search(said) or _ANY_TIME.search(said)
    seconds = None if match is None else _seconds(match[0])
    if seconds is None:
        raise BadAnswer("the answer holds no time", raw=text, hint="times look like 01:23.45 or 12.5s")
    return seconds


def read_moment(text: str, *, duration_s: float | None = None) -> Span | None:
    """The stretch that an answer names, or None where it says that there is none (also as `[]` or `null`).

    `duration_s` is the video's length, which times are clamped to. Raises BadAnswer when there is no time to read.
    """
    said = _said(text)
    if said.lstrip()[:1] in ("[", "{", "`"):
        try:
            spans = read_events(text, duration_s=duration_s).spans
        except BadAnswer:
            spans = None
        if spans is not None:
            return spans[0] if spans else None
    span = _span_in(said, duration_s)
    if span is not None:
        return span
    if _ABSENT.search(said):
        return None
    raise BadAnswer("the answer holds no time", raw=text, hint="stretches look like 00:12.00 - 00:15.00")


def read_events(text: str, *, duration_s: float | None = None) -> ParsedSpans:
    """The events of an answer; an empty list is an answer too. Of a cut-off list the complete items are kept.

    `duration_s` is the video's length, which times are clamped to. Raises BadAnswer when there is nothing to read.
    """
    try:
        parsed = read_json(text)
    except BadAnswer:
        parsed = None
    if parsed is not None and not isinstance(parsed.value, str):
        items = [one for item in _items(parsed.value) for one in _entries(item)]
        spans = [_span_of(item, duration_s) for item in items]
        found = tuple(span for span in spans if span is not None)
        if found or (not items and "prose" not in parsed.flags):
            dropped = ("dropped",) if len(found) < len(spans) else ()
            return ParsedSpans(found, (*parsed.flags, *dropped))
    lines = tuple(_line_spans(_said(text), duration_s))
    if lines:
        return ParsedSpans(lines, ("lines",))
    raise BadAnswer(
        "the answer holds no events", raw=text, hint="events are a JSON list of start_time, end_time and description"
    )


def _said(text: str) -> str:
    """The answer without its thinking, with usual colons, points and spaces; no longer or shorter than before."""
    return text.rpartition("</think>")[2].translate(_TRANSLATED)


def _items(value: Any) -> list[Any]:
    """The events of a parsed answer; an object that maps stretches to texts is an item by itself."""
    if isinstance(value, list):
        return value
    if isinstance(value, Mapping) and any(_whole_stretch(key) for key in value):
        return [value]
    return as_list(value)


def _entries(item: Any) -> list[Any]:
    """An object of stretches, {"00:23.00 - 00:48.00": "text", ...}, as one item each; anything else as it is."""
    if isinstance(item, Mapping):
        keys = [key for key in item if _whole_stretch(key)]
        if keys and not any(key in item for key in (*START_KEYS, *BOTH_KEYS)):
            return [{"time": key, "description": item[key]} for key in keys]
    return [item]


def _whole_stretch(key: Any) -> bool:
    return isinstance(key, str) and len(key) < 80 and _STRETCH.fullmatch(_said(key).strip(" \t<>[]()")) is not None


def _span_of(item: Any, duration_s: float | None) -> Span | None:
    """An event from one item of a JSON list, or None."""
    if isinstance(item, str):
        return _described(_said(item), duration_s)
    if isinstance(item, list):
        return _made(_value(item[0]), _value(item[1]), str(item), duration_s) if len(item) == 2 else None
    if not isinstance(item, Mapping):
        return None
    text = next((str(item[key]) for key in TEXT_KEYS if isinstance(item.get(key), str | int | float)), "")
    start = next((_value(item[key]) for key in START_KEYS if key in item), None)
    end = next((_value(item[key]) for key in END_KEYS if key in item), None)
    if start is None and end is None:
        both = next((item[key] for key in BOTH_KEYS if key in item), None)
        if isinstance(both, list) and 1 <= len(both) <= 2:
            return _made(_value(both[0]), _value(both[-1]), str(both), duration_s, text, len(both) == 1)
        if isinstance(both, str):
            return _span_in(_said(both), duration_s, text)
        start = _value(both)
    raw = " - ".join(str(item[key]) for keys in (START_KEYS, END_KEYS) for key in keys if key in item)
    return _made(start, end, raw, duration_s, text)


def _value(value: Any) -> float | None:
    """Seconds of a JSON value: a number, or a text that holds one time."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value) if -LONGEST_S <= value <= LONGEST_S else None  # also refuses NaN
    if isinstance(value, str):
        said = _said(value)
        match = _MARKED_TIME.search(said) or _ANY_TIME.search(said)
        return None if match is None else _seconds(match[0])
    return None


def _line_spans(said: str, duration_s: float | None) -> list[Span]:
    """One event per line that holds a stretch."""
    found = (_described(line, duration_s, marked=True) for line in said.splitlines() if line.strip())
    return [span for span in found if span is not None]


def _described(line: str, duration_s: float | None, marked: bool = False) -> Span | None:
    """A stretch with the text around it; `marked` wants a colon or a unit at one of its times."""
    for match in _STRETCH.finditer(line):
        if marked and not (_MARKED_TIME.fullmatch(match["start"]) or _MARKED_TIME.fullmatch(match["end"])):
            continue
        before, after = _LIST_MARK.sub("", line[: match.start()], count=1), line[match.end() :]
        text = " ".join(part for part in (_bare(before), _bare(after)) if part)
        return _stretch(match, duration_s, text)
    return None


def _bare(text: str) -> str:
    """Text without the marks that set it off from a time."""
    return text.strip().lstrip(">])\"'`*_:;,.|-–— \t").rstrip("<[(\"'`*_:;,|-–— \t").strip()


def _span_in(said: str, duration_s: float | None, description: str = "") -> Span | None:
    """The stretch in a sentence: two joined times; else its first two times; else its only one."""
    joined = list(_STRETCH.finditer(said))
    marked = [m for m in joined if _MARKED_TIME.fullmatch(m["start"]) or _MARKED_TIME.fullmatch(m["end"])]
    if joined:
        return _stretch((marked or joined)[0], duration_s, description)
    times = list(_MARKED_TIME.finditer(said)) or list(_ANY_TIME.finditer(said))
    if not times:
        return None
    last = times[min(1, len(times) - 1)]
    raw = said[times[0].start() : last.end()]
    return _made(_seconds(times[0][0]), _seconds(last[0]), raw, duration_s, description, len(times) == 1)


def _stretch(match: re.Match[str], duration_s: float | None, description: str) -> Span | None:
    """Two joined times; a unit behind the second holds for a bare first one, as in "3 to 5 min"."""
    start, end = match["start"], match["end"]
    unit = _PIECE.search(end)
    if unit is not None and not _MARKED_TIME.fullmatch(start):
        start = f"{start} {unit[2]}"
    return _made(_seconds(start), _seconds(end), match[0], duration_s, description)


def _seconds(text: str) -> float | None:
    """Seconds of one matched time."""
    if ":" in text:
        parts = [float(part.replace(",", ".")) for part in text.split(":")]
        total = sum(part * 60**power for power, part in enumerate(reversed(parts)))
    else:
        pieces = _PIECE.findall(text)
        total = sum(float(number.replace(",", ".")) * _factor(unit) for number, unit in pieces)
        if not pieces:
            total = float(text.replace(",", "."))
    return total if total <= LONGEST_S else None


def _factor(unit: str) -> float:
    unit = unit.lower()
    return _UNITS.get(unit) or _UNITS[unit.removesuffix("s")]


def _made(
    start: float | None, end: float | None, raw: str, duration_s: float | None, description: str = "",
    single: bool = False,
) -> Span | None:  # fmt: skip
    """A span with its order and limits put right, or None without any time."""
    flags = ["single"] if single or start is None or end is None else []
    start, end = end if start is None else start, start if end is None else end
    if start is None or end is None:
        return None
    if end < start:
        start, end = end, start
        flags.append("swapped")
    limit = LONGEST_S if duration_s is None or not math.isfinite(duration_s) else max(0.0, duration_s)
    low, high = min(max(start, 0.0), limit), min(max(end, 0.0), limit)
    if (low, high) != (start, end):
        flags.append("clamped")
    return Span(low, high, description, raw, tuple(flags))
