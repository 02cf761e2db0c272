"""The published JSON schemas, and whether a document keeps one."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).parents[1] / "docs" / "schemas"


@cache
def validator(command: str) -> Draft202012Validator:
    """What checks documents of a command."""
    return Draft202012Validator(json.loads((SCHEMAS / f"{command}.json").read_text("utf-8")))


def check_printed(command: str, printed: str) -> None:
    """Raises a ValidationError unless `printed` is one JSON document that keeps the schema of `command`."""
    validator(command).validate(json.loads(printed))
