"""The public names and what importing the package costs."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import saccade

ROOT = Path(__file__).parents[1]
TIMED_IMPORT = """
import sys, time
start = time.perf_counter()
import saccade
took_s = time.perf_counter() - start
print(took_s, *sorted({"torch", "PIL", "numpy", "typer", "httpx", "tokenizers", "pydantic"} & set(sys.modules)))
"""


def timed_import() -> tuple[float, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", TIMED_IMPORT], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    took_s, *heavy = done.stdout.split()
    return float(took_s), heavy


def test_importing_the_package_is_instant_and_loads_nothing_heavy():
    tries = [timed_import() for _ in range(3)]  # the machine may be busy: the best of three
    assert tries[0][1] == []
    assert min(took_s for took_s, _ in tries) <= 0.3


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
