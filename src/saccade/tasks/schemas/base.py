"""What the ready classes share: frozen values, unknown keys refused, and rules that `extract` checks."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from saccade.tasks.extraction.rules import Rule


class Row(BaseModel):
    """A row of a list on a paper."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Paper(Row):
    """A paper. Subclasses set `rules`, which `extract` checks on the data."""

    rules: ClassVar[tuple[Rule, ...]] = ()
