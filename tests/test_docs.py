"""README, docs/ and CHANGELOG keep their word: examples run, files and links exist, the task table is the command line.

A fence ```python is run, the blocks of a page in order in one namespace and in a folder that holds the three
demonstration pictures; ```python no-run is only compiled. A block that loads the bundled model, or uses what such a
block made, is skipped where the model is not there.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BUNDLED_WEIGHTS = ROOT / "src/saccade/assets/tiny/model.safetensors"
MODEL_CALLS = frozenset({"load", "bundled_folder", "pipeline"})  # what reads the bundled model

_FENCE = re.compile(r"^```(\w*)[ \t]*([\w-]*)[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """One fenced example: its page, the line its code starts at, and how it is to be tested."""

    page: Path
    line: int
    code: str
    runs: bool
    needs_model: bool

    def compiled(self) -> Any:
        """The code with the page's own line numbers in tracebacks."""
        return compile("\n" * (self.line - 1) + self.code, str(self.page), "exec")

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def read_blocks(page: Path, text: str) -> Iterator[Block]:
    """The python examples of a page, in order."""
    of_model: set[str] = set()  # names that only exist once the bundled model was loaded
    for fence in _FENCE.finditer(text):
        language, mark, code = fence.groups()
        if language != "python":
            continue
        assert mark in ("", "no-run"), f"{page}: unknown mark {mark!r} behind ```python"
        line = text.count("\n", 0, fence.start(3)) + 1
        names = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)]
        used = {node.id for node in names if isinstance(node.ctx, ast.Load)}
        called = {
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for node in ast.walk(ast.parse(code))
            if isinstance(node, ast.Call)
        }
        needs_model = bool(called & MODEL_CALLS or used & of_model)
        if needs_model:
            of_model |= {node.id for node in names if isinstance(node.ctx, ast.Store)}
        yield Block(page, line, code, runs=not mark, needs_model=needs_model)


BLOCKS = [block for page in PAGES for block in read_blocks(page, page.read_text("utf-8"))]


@lru_cache(maxsize=1)
def example_folder() -> Path:
    """A fresh folder with words.png, shapes.png and count.png, in which the examples run."""
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="saccade-docs-"))
    for picture in (ROOT / "src/saccade/assets/demo").glob("*.png"):
        shutil.copy(picture, folder)
    return folder


_namespaces: dict[Path, dict[str, Any]] = {}
_done: set[Block] = set()


def run_up_to(block: Block) -> None:
    """Run the blocks of a page up to this one, each once."""
    namespace = _namespaces.setdefault(block.page, {"__name__": "__main__", "__builtins__": builtins})
    for earlier in BLOCKS[: BLOCKS.index(block) + 1]:
        skipped = earlier.needs_model and not block.needs_model
        if earlier.page == block.page and earlier.runs and earlier not in _done and not skipped:
            _done.add(earlier)
            exec(earlier.compiled(), namespace)


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_the_example_runs(block: Block, monkeypatch: pytest.MonkeyPatch):
    block.compiled()
    if not block.runs:
        return
    if block.needs_model and not BUNDLED_WEIGHTS.exists():
        pytest.skip("the bundled model is not in this checkout")
    monkeypatch.chdir(example_folder())
    run_up_to(block)


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_links_inside_the_repository_lead_somewhere(page: Path):
    text = _FENCE.sub("", page.read_text("utf-8"))
    targets = [target.partition("#")[0] for target in _LINK.findall(text) if "://" not in target]
    missing = [target for target in targets if target and not (page.parent / target).exists()]
    assert not missing, missing


def section(page: Path, heading: str) -> str:
    """The text between `## heading` and the next heading of that level."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None, f"{page.name} has no section {heading!r}"
    return found[1]


def test_every_file_of_the_file_map_exists():
    named = re.findall(r"^(?:- |\| )`([^`]+)`", section(ROOT / "README.md", "File map"), re.MULTILINE)
    assert len(named) > 10
    assert not [name for name in named if not (ROOT / name).exists()]


def test_the_file_map_names_every_room():
    named = set(re.findall(r"`(src/saccade/[^`]+)`", section(ROOT / "README.md", "File map")))
    rooms = {
        f"src/saccade/{path.name}/" if path.is_dir() else f"src/saccade/{path.name}"
        for path in (ROOT / "src/saccade").iterdir()
        if (path.is_dir() and any(path.glob("*"))) or path.suffix == ".py"
    }
    rooms -= {"src/saccade/__pycache__/", "src/saccade/__init__.py"}
    assert named >= rooms, sorted(rooms - named)


def test_every_page_of_docs_is_in_the_index():
    index = (ROOT / "docs/index.md").read_text("utf-8")
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert not [name for name in sorted(pages) if f"({name})" not in index]


def commands_of_help() -> set[str]:
    """The commands that `saccade --help` lists."""
    import typer.main

    from saccade.cli.app import app

    commands: dict[str, Any] = getattr(typer.main.get_command(app), "commands", {})
    return {name for name, command in commands.items() if not command.hidden}


def test_the_task_table_of_the_readme_is_the_command_line():
    rows = re.findall(r"^\|[^|]*\| `saccade ([a-z-]+)", section(ROOT / "README.md", "What it does"), re.MULTILINE)
    assert set(rows) == commands_of_help()


def test_the_task_table_says_what_the_runs_gave():
    done = subprocess.run(
        [sys.executable, ROOT / "scripts/make_task_table.py", "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_the_runs_of_the_task_table_are_those_of_the_bundled_weights():
    if not BUNDLED_WEIGHTS.exists():
        pytest.skip("the bundled model is not in this checkout")
    figures = json.loads((ROOT / "docs/proofs/tasks.json").read_text("utf-8"))
    assert figures["model"]["sha256"] == hashlib.sha256(BUNDLED_WEIGHTS.read_bytes()).hexdigest(), (
        "the bundled model has changed; run: python -m tests.proofs.public_face.commands"
    )


def test_help_lists_the_commands():
    done = subprocess.run(
        [sys.executable, "-c", "from saccade.cli.app import main; main()", "--help"],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    assert not [name for name in commands_of_help() if not re.search(rf"\b{name}\b", done.stdout)]


def test_the_changelog_has_a_place_for_what_comes_next():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(r"^## \[?Unreleased\]?$", text, re.MULTILINE)
    assert section(ROOT / "CHANGELOG.md", "Unreleased").strip()


def test_make_lists_every_target_it_has():
    text = (ROOT / "Makefile").read_text("utf-8")
    phony = set(re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)[1].split())  # type: ignore[index]
    told = set(re.findall(r"^([a-z-]+):.*## .", text, re.MULTILINE))
    assert phony == told == {
        "help", "demo", "test", "check", "test-peers", "test-page", "prove", "bench", "train", "lint", "types",
        "format", "docs",
    }  # fmt: skip


def test_examples_are_found_and_judged():
    page = ROOT / "README.md"
    text = (
        "```python\nimport saccade\nmodel = saccade.load('tiny')\n```\n"
        "```python no-run\nnothing_here()\n```\n```python\nx = model\n```\n```python\ny = 1\n```\n```text\nno\n```\n"
    )
    blocks = list(read_blocks(page, text))
    assert [(block.line, block.runs, block.needs_model) for block in blocks] == [
        (2, True, True), (6, False, False), (9, True, True), (12, True, False),
    ]  # fmt: skip
