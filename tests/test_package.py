"""The public names and what importing the package costs."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import saccade

ROOT = Path(__file__).parents[1]
WHAT_IS_LOADED = """
import sys
import saccade
print(*sorted({"torch", "PIL", "numpy", "typer", "httpx", "tokenizers", "pydantic"} & set(sys.modules)))
"""


def test_importing_the_package_loads_nothing_heavy():
    """The time it takes is a figure of the benchmarks; what makes it short is tested here."""
    done = subprocess.run(
        [sys.executable, "-c", WHAT_IS_LOADED], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.stdout.split() == []


@pytest.mark.parametrize("name", saccade.__all__)
def test_every_public_name_is_there(name: str):
    assert getattr(saccade, name) is not None
    assert name in dir(saccade)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        _ = saccade.lode  # type: ignore[attr-defined]


def test_the_version_is_that_of_the_project_file():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert saccade.__version__ == project["version"]


def test_the_tasks_are_functions_under_their_names():
    assert callable(saccade.tasks.caption)
    assert callable(saccade.tasks.ocr)
    assert callable(saccade.tasks.detect)
    assert callable(saccade.tasks.count)
