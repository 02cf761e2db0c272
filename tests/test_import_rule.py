"""Who may import whom: the table of docs/architecture.md, read off the code by an AST walk.

Imports count wherever they stand, also inside functions; those under TYPE_CHECKING never run and do not count.
A room is the first name below `saccade`: a folder, or a module such as `open`.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"
PACKAGE = "saccade"

BASE = frozenset({"errors", "types", "families", "settings", "prompts"})
ENGINE_SIDE = BASE | {"media", "models", "kernels", "processing", "engine"}
# What wires the rooms together.
FACE = frozenset({"session", "session_file", "mapping", "aio", "open", "plan", "inspect", "compat", "router"})
ABOVE = ENGINE_SIDE | {"tasks", "export"} | FACE
BESIDE = {**dict.fromkeys(FACE, "face"), **dict.fromkeys(BASE, "base")}  # rooms that count as one for circles
TASK_SIDE = BASE | {
    "media",
    "processing.coordinates",
    "processing.resize",
    "processing.parse",
    "processing.messages",
    "engine.api",
}
OUTER = BASE | {"media", "tasks", "export", "jobs", "engine.api", "session", "open", "plan"}

# Room -> what it may import besides itself: rooms, or single modules of a room.
MAY_IMPORT: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(BASE, BASE),
    "media": BASE,
    "kernels": BASE,
    "models": BASE | {"kernels"},
    "processing": BASE | {"media"},
    "engine": BASE | {"media", "processing", "models"},
    "tasks": TASK_SIDE | {"export"},  # results know how to write themselves
    "export": TASK_SIDE,
    **dict.fromkeys(FACE, ABOVE),
    "jobs": BASE,
    "server": OUTER,
    "integrations": OUTER,
    "synth": BASE | {"media"},
    "train": BASE | {"processing", "models", "synth"},
    "cli": ABOVE | {"jobs", "server", "integrations", "synth", "train"},
}
EXTRA: Mapping[str, frozenset[str]] = {"train.evaluate": frozenset({"tasks", "open"})}

# Heavy library -> the modules (or rooms) that may import it.
HEAVY: Mapping[str, frozenset[str]] = {
    "torch": frozenset({
        "models", "kernels", "train", "processing.patches",
        "engine.cache", "engine.encoder_cache", "engine.batch", "engine.runner", "engine.sampler", "engine.grammar",
        "engine.speculate", "engine.local", "compat",
    }),
    "PIL": frozenset({"media", "processing.pixels", "synth", "train.failures"}),
    "av": frozenset({"media", "processing.pixels", "synth"}),
    "fastapi": frozenset({"server"}),
    "playwright": frozenset({"synth.screens"}),
    "matplotlib": frozenset({"synth.charts"}),
}  # fmt: skip
SAME_AS = {"safetensors.torch": "torch", "torchao": "torch", "torchvision": "torch"}
STANDARD_LIBRARY_ONLY = BASE

WITHOUT_TORCH = (
    "saccade", "saccade.open", "saccade.plan", "saccade.tasks", "saccade.inspect", "saccade.session",
    "saccade.compat", "saccade.engine.api", "saccade.engine.scripted", "saccade.engine.remote.engine",
    "saccade.media.image",
    "saccade.media.video", "saccade.processing.inputs", "saccade.models.config",
    "saccade.models.sizes", "saccade.cli.app",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name, and whether it runs as soon as its module is imported."""

    module: str
    target: str
    line: int
    at_import: bool

    def __str__(self) -> str:
        return f"{self.module} line {self.line} imports {self.target}"


@lru_cache(maxsize=1)
def modules() -> Mapping[str, Path]:
    """Every module of the package by dotted name."""
    found = {}
    for path in sorted((SOURCE / PACKAGE).rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def read_imports(module: str, code: str, *, is_package: bool) -> list[Import]:
    """The imports of a module's source, without those under TYPE_CHECKING."""
    found: list[Import] = []

    def add(target: str, node: ast.AST, at_import: bool) -> None:
        found.append(Import(module, target, getattr(node, "lineno", 0), at_import))

    def walk(node: ast.AST, at_import: bool) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for statement in node.orelse:
                walk(statement, at_import)
            return
        if isinstance(node, ast.Import):
            for alias in node.names:
                add(alias.name, node, at_import)
        elif isinstance(node, ast.ImportFrom):
            for target in _targets(module, node, is_package):
                add(target, node, at_import)
        inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            walk(child, at_import and not inside)

    walk(ast.parse(code), True)
    return found


def _targets(module: str, node: ast.ImportFrom, is_package: bool) -> Iterator[str]:
    """The modules that `from X import a, b` reads: X.a where that is a module, else X."""
    origin = node.module or ""
    if node.level:
        package = module.split(".") if is_package else module.split(".")[:-1]
        origin = ".".join(package[: len(package) - node.level + 1] + ([node.module] if node.module else []))
    for alias in node.names:
        full = f"{origin}.{alias.name}"
        yield full if full in modules() or full in SAME_AS else origin


@lru_cache(maxsize=1)
def all_imports() -> tuple[Import, ...]:
    return tuple(
        found
        for module, path in modules().items()
        for found in read_imports(module, path.read_text("utf-8"), is_package=path.name == "__init__.py")
    )


def ours(found: Import) -> bool:
    return found.target == PACKAGE or found.target.startswith(PACKAGE + ".")


def inner(module: str) -> str:
    """The dotted name below the package: "saccade.media.image" -> "media.image"."""
    return module.partition(".")[2]


def room(module: str) -> str:
    """The room of a module; `python -m saccade` belongs to the command line."""
    name = inner(module).partition(".")[0]
    return "cli" if name == "__main__" else name


def within(module: str, places: frozenset[str]) -> bool:
    """Whether `module` (below the package) is one of `places` or inside one."""
    return any(module == place or module.startswith(place + ".") for place in places)


def breaks_rule(found: Import) -> bool:
    """Whether one of our modules imports another that its room may not."""
    if not ours(found) or room(found.module) == room(found.target):
        return False
    if found.module == PACKAGE:
        return True
    if found.target == PACKAGE:  # the package's own names: only a command may take the short way
        return room(found.module) != "cli"
    allowed = MAY_IMPORT.get(room(found.module), frozenset()) | EXTRA.get(inner(found.module), frozenset())
    return not within(inner(found.target), allowed)


def heavy_name(target: str) -> str:
    return SAME_AS.get(target, SAME_AS.get(target.partition(".")[0], target.partition(".")[0]))


def find_circle(graph: Mapping[str, set[str]]) -> list[str]:
    """One circle of `graph` as a path that ends where it starts, or [] when there is none."""
    done: set[str] = set()

    def follow(node: str, path: list[str]) -> list[str]:
        if node in path:
            return [*path[path.index(node) :], node]
        if node in done:
            return []
        for following in sorted(graph.get(node, ())):
            circle = follow(following, [*path, node])
            if circle:
                return circle
        done.add(node)
        return []

    return next((circle for node in sorted(graph) if (circle := follow(node, []))), [])


def lines(faults: list[Import]) -> str:
    return "\n" + "\n".join(map(str, faults))


def test_every_room_is_in_the_plan():
    unknown = {room(module) for module in modules() if module != PACKAGE} - set(MAY_IMPORT)
    assert not unknown, f"rooms that docs/architecture.md does not know: {unknown}"


def test_rooms_import_only_the_rooms_they_may():
    faults = [found for found in all_imports() if breaks_rule(found)]
    assert not faults, lines(faults)


def test_nothing_imports_the_command_line_and_only_it_imports_the_trainer():
    faults = [
        found
        for found in all_imports()
        if (room(found.target) == "cli" and ours(found) and room(found.module) != "cli")
        or (room(found.target) == "train" and ours(found) and room(found.module) not in ("cli", "train"))
    ]
    assert not faults, lines(faults)


def test_commands_import_the_other_rooms_inside_their_functions():
    allowed = BASE | {"cli"}
    schemas = {"cli.schemas"}  # describes what all commands print; no command imports it
    faults = [
        found
        for found in all_imports()
        if room(found.module) == "cli"
        and not within(inner(found.module), schemas)
        and found.at_import
        and ours(found)
        and found.target != PACKAGE
        and (not within(inner(found.target), allowed) or within(inner(found.target), schemas))
    ]
    assert not faults, lines(faults)


def test_no_circle_between_rooms_or_modules():
    between_modules: dict[str, set[str]] = {}
    between_rooms: dict[str, set[str]] = {}
    for found in all_imports():
        if ours(found) and found.target in modules() and found.target != found.module:
            between_modules.setdefault(found.module, set()).add(found.target)
            start, end = (BESIDE.get(room(name), room(name)) for name in (found.module, found.target))
            if start != end:
                between_rooms.setdefault(start, set()).add(end)
    assert not find_circle(between_rooms), " -> ".join(find_circle(between_rooms))
    assert not find_circle(between_modules), " -> ".join(find_circle(between_modules))


def test_heavy_libraries_stay_in_their_rooms():
    faults = [
        found
        for found in all_imports()
        if heavy_name(found.target) in HEAVY and not within(inner(found.module), HEAVY[heavy_name(found.target)])
    ]
    assert not faults, lines(faults)


def test_base_needs_the_standard_library_only():
    faults = [
        found
        for found in all_imports()
        if room(found.module) in STANDARD_LIBRARY_ONLY
        and not ours(found)
        and found.target.partition(".")[0] not in sys.stdlib_module_names
    ]
    assert not faults, lines(faults)


def test_only_settings_reads_the_environment():
    readers = []
    for module, path in modules().items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            named = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os"
            if named and node.attr in ("environ", "environb", "getenv", "putenv"):  # type: ignore[attr-defined]
                readers.append(module)
            if isinstance(node, ast.ImportFrom) and node.module == "os":
                readers += [module for alias in node.names if alias.name in ("environ", "getenv", "putenv")]
    assert set(readers) <= {"saccade.settings"}, sorted(set(readers))


@pytest.mark.parametrize("module", WITHOUT_TORCH)
def test_the_light_modules_import_no_torch(module: str):
    reached, waiting = set(), [module]
    while waiting:
        current = waiting.pop()
        if current in reached:
            continue
        reached.add(current)
        parents = [current.rpartition(".")[0]] if "." in current else []
        waiting += parents
        for found in all_imports():
            if found.module == current and found.at_import:
                assert heavy_name(found.target) != "torch", f"{module} reaches torch: {found}"
                waiting += [found.target] if ours(found) else []


def test_importing_the_package_and_its_face_loads_no_torch():
    code = "import sys, saccade, saccade.open, saccade.plan, saccade.tasks; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={"PYTHONPATH": str(SOURCE)}
    )
    assert done.stdout.strip() == "False", done.stderr


@pytest.mark.parametrize(
    ("module", "code", "breaks"),
    [
        ("saccade.media.image", "from saccade.processing.resize import smart_resize", True),
        ("saccade.media.image", "def f():\n    from saccade.engine import api", True),
        ("saccade.media.image", "if TYPE_CHECKING:\n    from saccade.engine import api", False),
        ("saccade.tasks.ask", "from saccade.processing.coordinates import to_source", False),
        ("saccade.tasks.ask", "from saccade.processing import resize", False),
        ("saccade.tasks.ask", "from saccade.processing.inputs import Processor", True),
        ("saccade.tasks.ask", "import saccade.engine.local", True),
        ("saccade.tasks.ask", "from ..engine import local", True),
        ("saccade.errors", "from saccade.types import Box", False),
        ("saccade.errors", "from saccade.media import image", True),
        ("saccade.media.image", "from saccade import open", True),
        ("saccade.media.image", "import saccade", True),
    ],
)
def test_the_walk_tells_good_imports_from_bad(module: str, code: str, breaks: bool):
    found = read_imports(module, code, is_package=False)
    assert any(map(breaks_rule, found)) is breaks


def test_a_circle_is_found():
    assert find_circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]
    assert find_circle({"a": {"b", "c"}, "b": {"c"}}) == []
