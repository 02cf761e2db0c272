"""Options that go together, said once: a dataclass whose fields are options, spread over the commands that take it.

    @dataclass(frozen=True, slots=True)
    class Limits:
        least: Annotated[int, typer.Option(help="...")] = 1

    @takes_groups
    def some_command(file: PictureFile, *, limits: Limits) -> None: ...

typer sees `some_command(file, *, least)`; the function gets `limits` as one value.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import wraps
from typing import Any, get_type_hints

Command = Callable[..., None]


def takes_groups(command: Command) -> Command:
    """`command` with each keyword whose type is a dataclass replaced by the fields of that dataclass.

    Raises ValueError when two of them, or one and the command, have an option of the same name.
    """
    hints = get_type_hints(command, include_extras=True)
    groups = {name: hint for name, hint in hints.items() if isinstance(hint, type) and is_dataclass(hint)}
    own = [
        parameter.replace(annotation=hints[name])
        for name, parameter in inspect.signature(command).parameters.items()
        if name not in groups
    ]
    spread = [parameter for group in groups.values() for parameter in _parameters(group)]
    signature = inspect.Signature([*own, *spread])  # refuses a name that comes twice

    @wraps(command)
    def run(**given: Any) -> None:
        values = {name: group(**_taken(given, group)) for name, group in groups.items()}
        command(**given, **values)

    run.__signature__ = signature  # type: ignore[attr-defined]
    run.__annotations__ = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    return run


def _parameters(group: type[Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            entry.name, inspect.Parameter.KEYWORD_ONLY, default=entry.default, annotation=hints[entry.name]
        )
        for entry in fields(group)
    ]


def _taken(given: dict[str, Any], group: type[Any]) -> Mapping[str, Any]:
    """The values of a group's fields, taken out of `given`."""
    return {entry.name: given.pop(entry.name) for entry in fields(group)}
