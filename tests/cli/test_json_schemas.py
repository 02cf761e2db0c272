"""docs/schemas: made from the types of results, and kept by what every command prints with --json."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from PIL import Image

from saccade.cli.schemas import commands
from saccade.cli.schemas.build import NoSchema, With, schema_of
from saccade.cli.schemas.commands import command_names, command_schema
from saccade.cli.schemas.glossary import MEANINGS
from saccade.engine.scripted import ScriptedEngine
from tests.cli.conftest import Run
from tests.cli.json_runs import RUNS, JsonRun, write_inputs
from tests.pdfs import scans
from tests.published import check_printed

ROOT = Path(__file__).parents[2]


@pytest.fixture
def places(tmp_path: Path, picture: Path, checkpoint_folder: Path) -> dict[str, str]:
    """What stands for the placeholders of a run."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    shutil.copy(picture, pictures / "a.png")
    Image.new("RGB", (200, 120), "red").save(pictures / "b.png")
    (tmp_path / "scan.pdf").write_bytes(scans(2))
    return write_inputs(tmp_path) | {
        "picture": str(picture), "other": str(pictures / "b.png"), "pdf": str(tmp_path / "scan.pdf"),
        "folder": str(pictures), "index": str(tmp_path / "index"), "checkpoint": str(checkpoint_folder),
    }  # fmt: skip


@pytest.fixture
def scripted(answers: Callable[..., ScriptedEngine]) -> Callable[..., None]:
    """scripted("text", ...): a model that says these, and whose vectors of pictures are mean colours."""

    def install(*texts: str) -> None:
        engine = answers(*texts)
        engine._vectors = lambda part: np.asarray(
            Image.open(part.source) if isinstance(part.source, str | Path) else part.source, np.float32
        ).mean(axis=(0, 1)) + 1.0  # fmt: skip

    return install


@pytest.mark.parametrize(
    ("name", "one"),
    [pytest.param(name, one, id=f"{name}-{at}") for name, runs in RUNS.items() for at, one in enumerate(runs)],
)
def test_what_a_command_prints_keeps_its_schema(
    run: Run, scripted: Callable[..., None], places: dict[str, str], monkeypatch: pytest.MonkeyPatch, name: str,
    one: JsonRun, tmp_path: Path,
):  # fmt: skip
    scripted(*one.answers)
    if one.prepare is not None:
        one.prepare(monkeypatch, tmp_path)
    if "{index}" in one.arguments:
        assert run("index", places["folder"], "--into", places["index"]).code == 0
    arguments = [argument.format(**places) for argument in one.arguments]
    outcome = run(name, *arguments, "--json", stdin=one.stdin)
    assert outcome.code == one.code, outcome.err
    check_printed(name, outcome.out)


@pytest.mark.parametrize("name", command_names())
def test_every_command_has_a_schema_and_a_run(name: str):
    schema = command_schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["title"] == f"saccade {name} --json"
    assert name in RUNS, f"no run of the command {name!r} with --json is tested: add one to tests/cli/json_runs.py"


def test_the_files_are_what_the_types_say():
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "make_json_schemas.py"), "--check"], capture_output=True, text=True,
        check=False, env={"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_every_entry_of_the_glossary_is_used():
    texts = {name: json.dumps(command_schema(name)) for name in command_names()}
    unused = [name for name, text in MEANINGS.items() if not any(json.dumps(text) in one for one in texts.values())]
    assert unused == []


def test_a_command_without_a_schema_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(commands, "PRINTED", {})
    with pytest.raises(NoSchema, match=r"describes the JSON of the command 'detect': add its type to PRINTED in sacc"):
        command_schema("detect")


# --- types ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Leaf:
    """A leaf, None where there is none."""

    name: str
    page: int | None
    kind: Literal["a", "b"] | None
    raw: tuple[float, ...]
    grid: tuple[int, int]
    label: Any


class Tree(TypedDict):
    """A tree."""

    children: list[Tree]
    pages: NotRequired[dict[str, Leaf]]


def schema(type_: Any) -> dict[str, Any]:
    made = schema_of(type_, title="t", description="d")
    Draft202012Validator.check_schema(made)
    return made


def test_a_dataclass_is_an_object_of_all_its_fields():
    made = schema(Leaf)
    leaf = made["$defs"]["Leaf"]
    assert made["$ref"] == "#/$defs/Leaf" and leaf["description"] == "A leaf, null where there is none."
    assert leaf["required"] == ["name", "page", "kind", "raw", "grid", "label"] and not leaf["additionalProperties"]
    properties = leaf["properties"]
    assert properties["page"] == {"type": ["integer", "null"], "description": MEANINGS["page"]}
    assert properties["kind"]["enum"] == ["a", "b", None]
    check = Draft202012Validator(made)
    value = {"name": "n", "page": None, "kind": None, "raw": [1, 2.5], "grid": [1, 2], "label": {"any": 1}}
    assert check.is_valid(value)
    for wrong in ({"page": "1"}, {"kind": "c"}, {"raw": ["x"]}, {"grid": [1]}, {"more": 1}):
        assert not check.is_valid(value | wrong), wrong


def test_an_object_may_hold_its_own_kind_and_leave_keys_out():
    check = Draft202012Validator(schema(Tree))
    assert check.is_valid({"children": [{"children": []}]}) and not check.is_valid({"children": [{}]})
    assert not check.is_valid({"children": [], "pages": {"a": {}}})


def test_a_command_may_add_fields_and_leave_some_out():
    made = schema(With(Leaf, {"text": str}, less=("label", "raw", "grid")))
    assert list(made["$defs"]["Leaf"]["properties"]) == ["name", "page", "kind", "text"]
    assert [set(one) for one in schema((Leaf, Tree))["anyOf"]] == [{"$ref"}, {"$ref"}]


def test_what_cannot_be_described_is_said():
    @dataclass
    class Odd:
        """Odd."""

        unheard_of: int

    with pytest.raises(NoSchema, match="the field 'unheard_of' of Odd is not explained: add it to"):
        schema(Odd)
    with pytest.raises(NoSchema, match="has no form in JSON"):
        schema(Image.Image)
    with pytest.raises(NoSchema, match="two types are called Leaf"):
        schema((Leaf, With(Leaf, {"text": str})))
