"""Write docs/cli.md from the commands themselves: `python scripts/make_cli_docs.py`; `--check` only compares."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

import typer

from saccade.cli.app import app

TARGET = Path(__file__).parents[1] / "docs" / "cli.md"

HEAD = """# The command `saccade`

This page is written by `scripts/make_cli_docs.py` from the commands themselves.

A file argument is a path, an http(s) URL, a `data:` URI, or `-` for the bytes on stdin. Its header is checked before a
model is loaded. Results go to stdout, notes to stderr. `--json` puts exactly one JSON document on stdout; its JSON
schema (draft 2020-12) is `docs/schemas/COMMAND.json`, with what each field means and its unit.

Exit code 0: done. 1: an error, said in one line (`saccade verify`: the networks disagree). 2: wrong usage.

```sh
saccade demo
saccade ask receipt.png "What is the total?"
saccade ocr page.png --boxes --draw overlay.png
saccade detect street.jpg "car, bicycle" --json
saccade count shapes.png "red circles"
saccade export street.json --to coco --image street.jpg
saccade parse page.png --json | saccade export - --to html --image page.png
saccade tokens 1080x1920 2160x3840 --family qwen2-vl
saccade plan page.png --size Qwen2.5-VL-7B
saccade inspect Qwen3-VL-30B-A3B
```
"""


def page() -> str:
    """The whole page."""
    group: Any = typer.main.get_command(app)
    lines = [HEAD]
    for name, command in group.commands.items():
        lines += [f"## saccade {name}", "", *inspect.cleandoc(command.help or "").splitlines(), ""]
        rows = [row for parameter in command.params for row in _row(parameter)]
        lines += ["| argument or option | meaning |", "|---|---|", *rows, ""]
    return "\n".join(lines)


def _row(parameter: Any) -> list[str]:
    """One table row; nothing for --help."""
    if parameter.name == "help":
        return []
    if parameter.param_type_name == "argument":
        shown = parameter.metavar or parameter.name.upper()
    else:
        value = "" if parameter.is_flag else f" {parameter.metavar or '...'}"
        shown = ", ".join(parameter.opts) + value
    default = parameter.default
    note = (
        "" if callable(default) or default in (None, False, "", ()) or parameter.required else f" Default: {default}."
    )
    if not isinstance(default, str | int | float | Path):
        note = ""
    text = (parameter.help or "").replace("|", "\\|")
    return [f"| `{shown}` | {text}{note} |"]


def main() -> None:
    """Write the page, or with --check end with 1 if the one there is out of date."""
    text = page()
    if "--check" in sys.argv[1:]:
        if not TARGET.is_file() or TARGET.read_text(encoding="utf-8") != text:
            sys.exit(f"{TARGET.name} is out of date; run: python scripts/make_cli_docs.py")
        return
    TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
