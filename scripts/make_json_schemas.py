"""Write docs/schemas from the types of the commands' results: `python scripts/make_json_schemas.py`.

One file per command: the JSON schema (draft 2020-12) of what it prints with --json. `--check` only compares.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from saccade.cli.schemas.build import NoSchema
from saccade.cli.schemas.commands import command_names, command_schema

TARGET = Path(__file__).parents[1] / "docs" / "schemas"


def main() -> None:
    """Write the files, or with --check end with 1 if those there are out of date."""
    try:
        texts = {f"{name}.json": json.dumps(command_schema(name), indent=1) + "\n" for name in command_names()}
    except NoSchema as error:
        sys.exit(f"make_json_schemas: {error}")
    there = {path.name: path.read_text(encoding="utf-8") for path in TARGET.glob("*.json")}
    if "--check" in sys.argv[1:]:
        stale = sorted(name for name in texts.keys() | there.keys() if texts.get(name) != there.get(name))
        if stale:
            sys.exit(f"docs/schemas is out of date ({', '.join(stale)}); run: python scripts/make_json_schemas.py")
        return
    TARGET.mkdir(parents=True, exist_ok=True)
    for name in there.keys() - texts.keys():
        (TARGET / name).unlink()
    for name, text in texts.items():
        (TARGET / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
