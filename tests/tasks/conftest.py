"""Engines with set answers, one per family that the tasks meet."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from saccade.engine.api import EngineInfo
from saccade.engine.scripted import ScriptedEngine

Scripted = Callable[..., ScriptedEngine]


@pytest.fixture
def scripted() -> Scripted:
    """scripted("answer", ..., family="qwen3-vl"): an engine that gives these answers in turn."""

    def make(*answers: str | Exception, family: str = "qwen3-vl", is_base: bool = False) -> ScriptedEngine:
        info = EngineInfo("scripted", family, context_length=4096, vocab_size=0, is_base=is_base)
        return ScriptedEngine(list(answers), info=info)

    return make
