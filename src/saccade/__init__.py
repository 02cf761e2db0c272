"""Saccade: Qwen-VL models on your own machine, giving back data instead of prose.

    import saccade
    model = saccade.load("tiny")
    reply = model.ask("receipt.png", "What is the total?")

Importing the package is instant: each public name below is fetched from its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from saccade import tasks as tasks
    from saccade.compat import Processor as Processor
    from saccade.compat import pipeline as pipeline
    from saccade.compat import process_vision_info as process_vision_info
    from saccade.errors import BadAnswer as BadAnswer
    from saccade.errors import BadCheckpoint as BadCheckpoint
    from saccade.errors import BadInput as BadInput
    from saccade.errors import BadMedia as BadMedia
    from saccade.errors import BadMessages as BadMessages
    from saccade.errors import BadSchema as BadSchema
    from saccade.errors import ContextOverflow as ContextOverflow
    from saccade.errors import EngineError as EngineError
    from saccade.errors import EngineUnavailable as EngineUnavailable
    from saccade.errors import FetchError as FetchError
    from saccade.errors import MediaTooLarge as MediaTooLarge
    from saccade.errors import MissingExtra as MissingExtra
    from saccade.errors import OutOfMemory as OutOfMemory
    from saccade.errors import SaccadeError as SaccadeError
    from saccade.errors import UnknownModel as UnknownModel
    from saccade.open import load as load
    from saccade.plan import Plan as Plan
    from saccade.router import Router as Router
    from saccade.router import Rule as Rule
    from saccade.session import Model as Model
    from saccade.session import Session as Session
    from saccade.settings import Settings as Settings
    from saccade.types import Box as Box
    from saccade.types import Message as Message
    from saccade.types import Part as Part
    from saccade.types import Point as Point
    from saccade.types import Reply as Reply
    from saccade.types import Usage as Usage

__version__ = "0.1.0"

_HOME = {
    "saccade.open": ("load",),
    "saccade.session": ("Model", "Session"),
    "saccade.router": ("Router", "Rule"),
    "saccade.plan": ("Plan",),
    "saccade.compat": ("pipeline", "Processor", "process_vision_info"),
    "saccade.settings": ("Settings",),
    "saccade.types": ("Box", "Message", "Part", "Point", "Reply", "Usage"),
    "saccade.errors": (
        "SaccadeError", "BadInput", "BadMedia", "MediaTooLarge", "FetchError", "BadMessages", "BadSchema",
        "ContextOverflow", "BadCheckpoint", "UnknownModel", "BadAnswer", "OutOfMemory", "EngineError",
        "EngineUnavailable", "MissingExtra",
    ),
}  # fmt: skip
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = ["__version__", "tasks", *_MODULE_OF]


def __getattr__(name: str) -> Any:
    if name == "tasks":
        return import_module("saccade.tasks")
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'saccade' has no attribute {name!r}")
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
