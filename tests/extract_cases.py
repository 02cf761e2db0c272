"""Made cases for the promise that an extraction with a schema is always valid: schemas, limits, pictures, the judge.

`made_case(number)` is the same on every run. The judge is pydantic, in its strict mode: a class of the same fields in
which every single value may be null, no field may lack and none may be added.
"""

from __future__ import annotations

import json
import random
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Any, Literal

import pytest
from PIL import Image, ImageDraw
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from saccade.engine.api import EngineRequest, SamplingParams
from saccade.engine.grammar import GrammarCompiler
from saccade.engine.local import LocalEngine
from saccade.errors import BadSchema
from saccade.session import Model
from saccade.tasks.extraction.schema import Node
from saccade.tasks.extraction.wanted import decoding_schema, read_wanted
from saccade.tasks.schemas import READY
from saccade.types import Reply

NAMES = (
    "total", "date", "Invoice No.", "weight [kg]", "seller", "IBAN", "größe", "日期", 'the "old" number', "a/b", "x",
    "due date", "type", "items", "ok?", "price_per_unit", "n\\m", "null",
)  # fmt: skip
PATTERNS = (
    "^[A-Z]{2}[0-9]{4}$", "^[0-9]{3}-[0-9]{2}$", "^(EUR|USD|GBP) [0-9]+$", "^[a-z]+@[a-z]+\\.[a-z]{2,3}$",
    "^#[0-9a-f]{6}$", "[0-9]", "^.{3,9}$",
)  # fmt: skip
WORDS = ("cash", "card", "open", "paid", "none", "N/A", "yes", "no", 'a "b"', "é")
EXTRA_TOKENS = (1, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55)  # above the schema's minimum
_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Field_:
    """One field of a made schema: its type for the caller's class, and for the judge's, with its value or null."""

    asked: Any
    judged: Any
    required: bool


@dataclass(frozen=True)
class Case:
    """`want` is what extract is asked for, `judge` the class that its answers must fit."""

    number: int
    kind: str
    want: Any
    judge: type[BaseModel]
    extra: int
    temperature: float
    picture: Image.Image


def made_case(number: int) -> Case:
    """Case `number`: of every ten, four are JSON schemas, three classes, two lists of names, one a ready schema."""
    rng = random.Random(number * 7919 + 1)
    kind = ("schema", "class", "names", "schema", "class", "schema", "names", "class", "schema", "ready")[number % 10]
    if kind == "ready":
        want: Any = READY[sorted(READY)[number // 10 % len(READY)]]
        judge = _judge_of(read_wanted(want).node, "Judge")
    elif kind == "names":
        want = rng.sample(NAMES, rng.randint(1, 6))
        judge = create_model("Judge", __config__=_STRICT, **_by_number((n, str | None) for n in want))
    else:
        asked, judge = _made_classes(rng, depth=0)
        want = asked if kind == "class" else _respelt(asked.model_json_schema(), rng)
    return Case(number, kind, want, judge, rng.choice(EXTRA_TOKENS), float(number // 2 % 2), drawn_picture(rng))


def drawn_picture(rng: random.Random) -> Image.Image:
    """A small page with a few words and numbers: 64 to 96 visual tokens."""
    picture = Image.new("RGB", (rng.randrange(220, 300), rng.randrange(220, 300)), "white")
    pen = ImageDraw.Draw(picture)
    for row in range(rng.randint(0, 7)):
        pen.text((10, 12 + 26 * row), f"{rng.choice(NAMES[:6])}: {rng.randrange(10**5) / 100}", fill="black")
    return picture


# --- schemas ---------------------------------------------------------------------------------------------------------


def _made_classes(rng: random.Random, depth: int) -> tuple[type[BaseModel], type[BaseModel]]:
    """A class as a caller writes it, and the judge's."""
    names = rng.sample(NAMES, rng.randint(1, 5 - depth))
    fields = {name: _made_field(rng, depth) for name in names}
    asked = {
        f"f{n}": (one.asked, Field(alias=name) if one.required else Field(None, alias=name))
        for n, (name, one) in enumerate(fields.items())
    }
    judge = create_model(
        f"Judge{depth}", __config__=_STRICT, **_by_number((name, one.judged) for name, one in fields.items())
    )  # fmt: skip
    return create_model(f"Made{depth}_{rng.randrange(10**6)}", **asked), judge  # type: ignore[call-overload]


def _by_number(fields: Iterator[tuple[str, Any]]) -> dict[str, Any]:
    """Fields under names that Python takes, the true ones as aliases."""
    return {f"f{number}": (kind, Field(alias=name)) for number, (name, kind) in enumerate(fields)}


def _made_field(rng: random.Random, depth: int) -> Field_:
    roll = rng.random()
    if roll < 0.14 and depth < 2:
        asked, judged = _made_classes(rng, depth + 1)
        nullable = rng.random() < 0.4
        return Field_(asked | None if nullable else asked, judged | None if nullable else judged, not nullable)
    if roll < 0.36 and depth < 2:
        item = _made_classes(rng, depth + 1) if rng.random() < 0.5 else (_made_value(rng),) * 2
        low, most = rng.choice(((None, None), (None, 2), (1, 3), (0, 1)))
        asked_list = Annotated[list[item[0]], Field(min_length=low, max_length=most)]  # type: ignore[valid-type]
        return Field_(asked_list, Annotated[list[item[1]], Field(max_length=most)], True)  # type: ignore[valid-type]
    kind = _made_value(rng)
    required = rng.random() < 0.5
    return Field_(kind | None if rng.random() < 0.6 or not required else kind, kind | None, required)


def _made_value(rng: random.Random) -> Any:
    low = rng.choice((0, 1, 17, -3, 100))
    makers: Sequence[Callable[[], Any]] = (
        lambda: str,
        lambda: Annotated[str, Field(max_length=rng.choice((3, 12)))],
        lambda: Annotated[str, Field(pattern=rng.choice(PATTERNS))],
        lambda: Literal[tuple(rng.sample(WORDS, rng.randint(1, 4)))],
        lambda: bool,
        lambda: int,
        lambda: Annotated[int, Field(ge=low, le=low + rng.choice((0, 2, 50)))],
        lambda: float,
        lambda: Annotated[float, Field(ge=low, lt=low + 10)],
        lambda: Annotated[float, Field(gt=0, le=1)],
        lambda: date,
        lambda: time,
        lambda: datetime,
        lambda: int | str,
    )
    return rng.choice(makers)()


def _respelt(schema: Any, rng: random.Random) -> Any:
    """The schema with some "or null" written as a list of types, as others write it."""
    if isinstance(schema, list):
        return [_respelt(entry, rng) for entry in schema]
    if not isinstance(schema, Mapping):
        return schema
    entry = {key: _respelt(value, rng) for key, value in schema.items()}
    options = entry.get("anyOf")
    if options and len(options) == 2 and options[1] == {"type": "null"} and rng.random() < 0.5:
        first = options[0]
        if isinstance(first.get("type"), str) and "enum" not in first and "const" not in first:
            rest = {key: value for key, value in entry.items() if key != "anyOf"}
            return {**rest, **first, "type": [first["type"], "null"]}
    return entry


def _judge_of(node: Node, name: str) -> type[BaseModel]:
    """The judge of a ready schema, whose values are texts, numbers, words, dates and truth values."""
    fields = {inner_name: _judged(inner, name) for inner_name, inner in node.properties.items()}
    return create_model(name, __config__=_STRICT, **_by_number(iter(fields.items())))


def _judged(node: Node, name: str) -> Any:
    if node.kind == "object":
        inside = _judge_of(node, f"{name}_")
        return inside | None if node.nullable else inside
    if node.kind == "list":
        assert node.items is not None
        item = _judge_of(node.items, f"{name}_") if node.items.kind == "object" else _plain(node.items.rules)
        return list[item] | None if node.nullable else list[item]  # type: ignore[valid-type]
    return _plain(node.rules) | None


def _plain(rules: Mapping[str, Any]) -> Any:
    if "enum" in rules:
        return Literal[tuple(rules["enum"])]
    if rules.get("format") in ("date", "time", "date-time"):
        return {"date": date, "time": time, "date-time": datetime}[rules["format"]]
    return {"string": str, "number": float, "integer": int, "boolean": bool}[rules["type"]]


# --- the run ---------------------------------------------------------------------------------------------------------


def fault_of(model: Model, case: Case, minimum: int) -> str | None:
    """What is wrong with the extraction of a case at `minimum` + `case.extra` tokens; None where nothing is."""
    result = model.extract(
        case.picture, case.want, second_look=False, temperature=case.temperature, seed=case.number,
        max_tokens=minimum + case.extra,
    )  # fmt: skip
    try:
        case.judge.model_validate_json(result.raw_text, strict=True)
        case.judge.model_validate_json(json.dumps(dict(result.data)))
    except ValidationError as error:
        return f"{' '.join(str(error).split())[:300]} in {result.raw_text[:300]}"
    if {"unfit", "asked-again", "no-data"} & set(result.flags):
        return f"flags {result.flags} for {result.raw_text[:300]}"
    wrong = [name for name, one in result.fields.items() if (one.value is None) == (one.status == "found")]
    wrong = [name for name in wrong if result.fields[name].status != "ambiguous"]
    if wrong:
        return f"{wrong[0]} is {result.fields[wrong[0]]} for {result.raw_text[:300]}"
    if case.kind == "class" and result.value is None and not result.issues:
        return "no object, and no issue says why"
    return None


class Minimum:
    """The least number of tokens in which an engine can answer a case."""

    def __init__(self, engine: LocalEngine) -> None:
        width = engine.info.vocab_size
        self._grammars = GrammarCompiler(engine.tokenizer, sorted(engine.tokenizer.stop_ids), width)

    def __call__(self, case: Case) -> int:
        """As the refusal of a smaller limit says it."""
        params = SamplingParams(schema=decoding_schema(read_wanted(case.want).node))
        with pytest.raises(BadSchema) as caught:
            self._grammars.compile(params, 1)
        said = re.search(r"takes (\d+) tokens, but only 1 may be produced", str(caught.value))
        assert said is not None, str(caught.value)
        return int(said[1])


class Pool:
    """An engine for several threads that answers what they ask in one batch, once all of them wait."""

    def __init__(self, engine: LocalEngine) -> None:
        self.engine, self.info = engine, engine.info
        self._lock = threading.Condition()
        self._waiting: list[tuple[EngineRequest, list[Reply | Exception]]] = []
        self._active = 0

    def run(self, work: Callable[[Case], Any], cases: Sequence[Case]) -> list[Any]:
        """The results of `work` for each case, all at once."""
        self._active = len(cases)

        def one(case: Case) -> Any:
            try:
                return work(case)
            finally:
                with self._lock:
                    self._active -= 1
                    self._answer_all()

        with ThreadPoolExecutor(len(cases)) as threads:
            return list(threads.map(one, cases))

    def generate(self, requests: Sequence[EngineRequest]) -> list[Reply]:
        places = [(request, list[Reply | Exception]()) for request in requests]
        with self._lock:
            self._waiting += places
            self._answer_all()
            self._lock.wait_for(lambda: all(reply for _, reply in places))
        for _, (reply,) in places:
            if isinstance(reply, Exception):
                raise reply
        return [reply for _, (reply,) in places if isinstance(reply, Reply)]

    def _answer_all(self) -> None:
        """Called under the lock, which the others need only to wait."""
        if self._waiting and len(self._waiting) >= self._active:
            waiting, self._waiting = self._waiting, []
            answers: Sequence[Reply | Exception]
            try:
                answers = self.engine.generate([request for request, _ in waiting])
            except Exception as error:  # each of those who wait gets it
                answers = [error] * len(waiting)
            for (_, reply), answer in zip(waiting, answers, strict=True):
                reply.append(answer)
            self._lock.notify_all()


def faults(model: Model, cases: Sequence[Case], *, at_once: int = 16) -> Iterator[tuple[Case, str | None]]:
    """Each case with its fault, several in a batch."""
    assert isinstance(model.engine, LocalEngine)
    minimum, pool = Minimum(model.engine), Pool(model.engine)
    pooled = Model(pool, settings=model.settings)  # type: ignore[arg-type]
    for start in range(0, len(cases), at_once):
        some = cases[start : start + at_once]
        yield from zip(some, pool.run(lambda case: fault_of(pooled, case, minimum(case)), some), strict=True)
