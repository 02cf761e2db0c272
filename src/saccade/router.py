"""`Router`: several models behind one face; each request goes to the one that its task and size call for.

    router = Router({"ocr": "tiny", "default": "http://host:8000/v1#name"}, escalate=True)
    router.ocr("page.png"), router.ask("page.png", "Who wrote this?"), router.why

Rules are tried in order; the first that fits is taken, else the default. Models are loaded when they are first needed.
Nothing is asked of a model to choose: a rule looks at the task's name and at the headers of the pictures.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from saccade.engine.api import Engine
from saccade.errors import BadAnswer, BadInput, BadMedia, EngineError
from saccade.families import family_profile
from saccade.media.image import read_header
from saccade.plan import messages_to_plan
from saccade.processing.messages import normalise_messages
from saccade.processing.plans import plan_picture
from saccade.session import Model
from saccade.settings import Settings
from saccade.tasks.ask import media_part
from saccade.types import Part, Size

if TYPE_CHECKING:
    from saccade.aio import AsyncModel

DEFAULT = "default"
ESCALATED, NOT_ESCALATED = "escalated", "not-escalated"
# Flags of a result that a larger model might not have got.
WEAK = ("truncated", "loop", "refused", "no-data", "dropped", "model-disagrees")
_LOAD_OPTIONS = ("device", "dtype", "min_pixels", "max_pixels", "max_memory", "max_context", "prefill_chunk", "family",
                 "api_key", "adapter", "revision")  # fmt: skip
_OF_DEFAULT = ("family", "processor", "config", "dtype")
_KEPT = 1000  # choices in the log


@dataclass(frozen=True, slots=True)
class Rule:
    """Which requests go to `model` (a name of the router's models, or a source that `load` takes).

    tasks: names of tasks ("ocr", "ask", ...); none: all. max_pixels: no picture has a larger area (height * width).
    max_tokens: all pictures together make no more visual tokens, by the limits of that model's family. Where a size
    cannot be told from headers, as of a PDF or a video, a rule with a limit does not fit.
    """

    model: str
    tasks: tuple[str, ...] = ()
    max_pixels: int | None = None
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        names = (self.tasks,) if isinstance(self.tasks, str) else tuple(self.tasks)
        object.__setattr__(self, "tasks", names)
        for name in ("max_pixels", "max_tokens"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
                raise BadInput(f"{name} of a rule is {value!r}; it must be a whole number from 1")


@dataclass(frozen=True, slots=True)
class Choice:
    """Where one request went: the task, the model's name, and why, in a sentence."""

    task: str
    model: str
    why: str


class Router:
    """Has the methods of `Model`; each call goes to the model that the rules choose. Safe to use from several threads.

    `why` says where this thread's last call went and why, `log` the last thousand of all threads.
    """

    def __init__(
        self,
        rules: Mapping[str, Any] | Sequence[Rule | Mapping[str, Any]],
        *,
        default: Any = None,
        models: Mapping[str, Any] | None = None,
        escalate: bool = False,
        escalate_on: Sequence[str] = WEAK,
        settings: Settings | None = None,
        **load_options: Any,
    ) -> None:
        """rules: {task: model, "default": model}, or `Rule`s in order with `default`. A model is one that is loaded, a
        source that `load` takes (`load_options` go with it), or a name in `models`, where {"source": ..., option: ...}
        is also allowed.

        escalate: an answer that cannot be read, or whose flags have one of `escalate_on`, is asked for again from the
        default model, and its result has the flag "escalated"; where that model fails too, the first result stays, with
        the flag "not-escalated". Streams are not escalated. Raises BadInput for rules that cannot be used.
        """
        self._models: dict[str, Any] = dict(models or {})
        self.rules, last = self._read(rules, default)
        self.default = self._named(last)
        self.escalate, self.escalate_on = bool(escalate), tuple(escalate_on)
        self.settings = Settings.from_env() if settings is None else settings
        self.log: deque[Choice] = deque(maxlen=_KEPT)
        self._load_options = {name: value for name, value in load_options.items() if value is not None}
        self._loaded: dict[str, Model] = {}
        self._lock = threading.Lock()
        self._mine = threading.local()

    @classmethod
    def from_file(cls, path: str | Path, **options: Any) -> Router:
        """From a JSON file: {task: model, "default": model}, or {"models": {...}, "rules": [{"tasks": [...], "model":
        ..., "max_pixels": ..., "max_tokens": ...}], "default": ..., "escalate": true}. Raises BadInput."""
        name = Path(path).name
        try:
            data = json.loads(Path(path).read_text("utf-8"))
        except OSError:
            raise BadInput(f"the router file {name!r} cannot be read", hint="check the path") from None
        except (ValueError, RecursionError) as error:
            raise BadInput(f"the router file {name!r} is not JSON: {error}") from None
        if not isinstance(data, dict):
            raise BadInput(f"the router file {name!r} holds no object", hint='write {"ocr": "tiny", "default": "..."}')
        if "rules" not in data:
            escalate = data.pop("escalate", False)
            return cls(data, escalate=escalate, **options)
        unknown = sorted(set(data) - {"rules", "models", DEFAULT, "escalate", "escalate_on"})
        if unknown:
            raise BadInput(f"the router file {name!r} has an unknown entry {unknown[0]!r}")
        return cls(data.pop("rules"), **data, **options)

    # --- choosing -----------------------------------------------------------------------------------------------------

    def choose(self, task: str, *arguments: Any) -> Choice:
        """Where a call of `task` with these arguments would go. Opens headers of pictures only."""
        sizes: list[Size] | None = None
        for rule in self.rules:
            if rule.tasks and task not in rule.tasks:
                continue
            reasons = [f"{task} goes there"] if rule.tasks else []
            if rule.max_pixels is not None or rule.max_tokens is not None:
                sizes = list(self._sizes(task, arguments)) if sizes is None else sizes
                fits = self._fits(rule, sizes)
                if fits is None:
                    continue
                reasons.append(fits)
            return Choice(task, rule.model, " and ".join(reasons) or "the rule takes everything")
        return Choice(task, self.default, "no rule fits, so the default")

    def _fits(self, rule: Rule, sizes: Sequence[Size]) -> str | None:
        """Why pictures of these sizes are within a rule's limits; None where they are not, or there are none."""
        if not sizes:
            return None
        reasons = []
        if rule.max_pixels is not None:
            largest = max(size.pixels for size in sizes)
            if largest > rule.max_pixels:
                return None
            reasons.append(f"no picture has more than {rule.max_pixels} pixels")
        if rule.max_tokens is not None:
            profile = family_profile(self.model(rule.model).family)
            if sum(plan_picture(size, {}, profile).tokens for size in sizes) > rule.max_tokens:
                return None
            reasons.append(f"the pictures make no more than {rule.max_tokens} tokens")
        return " and ".join(reasons)

    def _sizes(self, task: str, arguments: Sequence[Any]) -> Iterator[Size]:
        """The sizes of all pictures in a call; nothing where one of them is no picture."""
        try:
            parts = list(_media(task, arguments))
            if all(part.kind == "image" for part in parts):
                yield from [read_header(part.source, self.settings).size for part in parts]
        except (BadMedia, BadInput):  # whoever opens it says why
            return

    # --- models -------------------------------------------------------------------------------------------------------

    def model(self, name: str | None = None) -> Model:
        """The model of that name, by default the default one; loaded when it is first asked for."""
        name = self.default if name is None else name
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = self._load(self._models.get(name, name))
            return self._loaded[name]

    def _load(self, source: Any) -> Model:
        if isinstance(source, Model):
            return source
        from saccade.open import load

        options: dict[str, Any] = {"settings": self.settings, **self._load_options}
        if isinstance(source, Mapping):
            own = {key: value for key, value in source.items() if key != "source"}
            unknown = sorted(set(own) - set(_LOAD_OPTIONS))
            if unknown or "source" not in source:
                raise BadInput(f"a model of the router has {f'the entry {unknown[0]!r}' if unknown else 'no source'}",
                               hint=f"it has a source, and may have {', '.join(_LOAD_OPTIONS)}")  # fmt: skip
            options, source = {**options, **own}, source["source"]
        return load(source, **options)

    @property
    def engine(self) -> Engine:
        """The default model's, for whoever takes a model and asks it directly: nothing is routed there."""
        return self.model().engine

    @property
    def name(self) -> str:
        return f"router to {', '.join(dict.fromkeys((*(rule.model for rule in self.rules), self.default)))}"

    @property
    def why(self) -> str:
        """Where this thread's last call went, and why; "" before the first."""
        last = getattr(self._mine, "choice", None)
        return "" if last is None else f"{last.task} -> {last.model}: {last.why}"

    @property
    def aio(self) -> AsyncModel:
        """The same names, awaitable."""
        from saccade.aio import AsyncModel

        return AsyncModel(cast(Model, self))

    def close(self) -> None:
        """Let go of all models that were loaded."""
        for model in self._loaded.values():
            model.close()

    def __repr__(self) -> str:
        return f"<saccade.Router, {self.name}>"

    # --- calls --------------------------------------------------------------------------------------------------------

    def __getattr__(self, task: str) -> Any:
        if task in _OF_DEFAULT:
            return getattr(self.model(), task)
        if task.startswith("_") or not callable(getattr(Model, task, None)):
            raise AttributeError(f"a router has no {task!r}")

        def call(*arguments: Any, **options: Any) -> Any:
            return self._call(task, arguments, options)

        return call

    def _call(self, task: str, arguments: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
        choice = self.choose(task, *arguments)
        self._note(choice)
        first = getattr(self.model(choice.model), task)
        if not self.escalate or choice.model == self.default:
            return first(*arguments, **options)
        result: Any = None
        try:
            result = first(*arguments, **options)
            weak = [flag for flag in getattr(result, "flags", ()) if flag in self.escalate_on]
            if not weak:
                return result
            why = f"the answer of {choice.model} was {', '.join(weak)}"
        except BadAnswer as error:
            why = f"the answer of {choice.model} could not be used: {error.message}"
        self._note(Choice(task, self.default, why))
        try:
            better = getattr(self.model(), task)(*arguments, **options)
        except (BadAnswer, EngineError):
            if result is None:
                raise
            return _flagged(result, NOT_ESCALATED)
        return _flagged(better, ESCALATED)

    def _note(self, choice: Choice) -> None:
        self._mine.choice = choice
        self.log.append(choice)

    # --- reading rules ------------------------------------------------------------------------------------------------

    def _read(self, rules: Any, default: Any) -> tuple[tuple[Rule, ...], Any]:
        if isinstance(rules, Mapping):
            default = rules.get(DEFAULT) if default is None else default
            named = [(task, model) for task, model in rules.items() if task != DEFAULT]
            found = tuple(Rule(self._named(model), (task,)) for task, model in named)
        elif isinstance(rules, Sequence) and not isinstance(rules, str):
            found = tuple(map(self._rule, rules))
        else:
            raise BadInput(f"rules are a {type(rules).__name__}", hint='give {"ocr": "tiny", "default": "..."}')
        if default is None:
            raise BadInput("the router has no default model", hint='give one, as in {"ocr": "tiny", "default": "..."}')
        for task in dict.fromkeys(task for rule in found for task in rule.tasks):
            if task.startswith("_") or not callable(getattr(Model, task, None)):
                raise BadInput(f"a rule is for {task!r}, which is no task of a model", hint="for example ocr or ask")
        return found, default

    def _rule(self, rule: Any) -> Rule:
        if isinstance(rule, Rule):
            return replace(rule, model=self._named(rule.model))
        known = {entry.name for entry in fields(Rule)}
        if not isinstance(rule, Mapping) or "model" not in rule or not set(rule) <= known:
            raise BadInput(f"{rule!r} is no rule", hint=f"a rule has a model, and may have {', '.join(sorted(known))}")
        return Rule(**{**rule, "model": self._named(rule["model"])})

    def _named(self, model: Any) -> str:
        """The name of a model: a text stands for itself, anything else gets the name it has or a number."""
        if isinstance(model, str) and model:
            return model
        if isinstance(model, Path):
            return str(model)
        if not isinstance(model, Model):
            raise BadInput(f"{model!r} is no model", hint="give a loaded model, a source, or a name in models")
        name = next((known for known, other in self._models.items() if other is model), "")
        if not name:
            name = model.name if model.name not in self._models else f"{model.name} {len(self._models) + 1}"
            self._models[name] = model
        return name


def _media(task: str, arguments: Sequence[Any]) -> Iterator[Part]:
    """The media of a call: of a prompt or messages those in it, of other tasks the first argument."""
    if task in ("ask", "plan") and arguments:
        yield from (part for turn in normalise_messages(messages_to_plan(arguments)) for part in turn.parts
                    if part.kind != "text")  # fmt: skip
    elif task in ("chat", "stream") and arguments:
        yield from (part for turn in normalise_messages(arguments[0]) for part in turn.parts if part.kind != "text")
    elif arguments and task not in ("map", "session"):
        first = arguments[0]
        yield from map(media_part, first if isinstance(first, list | tuple) else [first])


def _flagged(result: Any, flag: str) -> Any:
    flags = getattr(result, "flags", None)
    return result if flags is None else replace(result, flags=(*flags, flag))
