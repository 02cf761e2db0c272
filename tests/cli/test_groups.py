"""Groups of options: spread over commands, and given back whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from saccade.cli.groups import takes_groups


@dataclass(frozen=True)
class Limits:
    """Two options."""

    least: Annotated[int, typer.Option(min=0, help="The least.")] = 1
    most: Annotated[int | None, typer.Option("--most", "-x", help="The most.")] = None


@dataclass(frozen=True)
class MoreLimits(Limits):
    """One more."""

    strict: Annotated[bool, typer.Option("--strict", help="No forgiving.")] = False


def called(arguments: list[str]) -> tuple[int, list[object], str]:
    """Exit code, what a command was called with, and what was printed."""
    seen: list[object] = []

    @takes_groups
    def command(file: str, name: str = "n", *, limits: MoreLimits) -> None:
        """Do it."""
        seen.extend([file, name, limits])

    app = typer.Typer(add_completion=False)
    app.command()(command)
    outcome = CliRunner().invoke(app, arguments)
    return outcome.exit_code, seen, outcome.output


def test_a_command_gets_its_group_as_one_value():
    assert called(["a"])[1] == ["a", "n", MoreLimits()]
    assert called(["a", "--name", "b", "-x", "4", "--least", "2", "--strict"])[1] == ["a", "b", MoreLimits(2, 4, True)]


def test_limits_and_help_of_the_options_hold():
    assert called(["a", "--least", "-1"])[0] == 2
    shown = called(["--help"])[2]
    assert "The least." in shown and "--strict" in shown and "Do it." in shown


def test_an_option_said_twice_is_refused_when_the_command_is_made():
    def command(least: int = 3, *, limits: Limits) -> None: ...

    with pytest.raises(ValueError, match="least"):
        takes_groups(command)
