"""saccade demo: what the bundled model reads, finds and counts in three shipped pictures."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saccade.cli.groups import takes_groups
from saccade.cli.looking import box_line
from saccade.cli.options import Json, ModelOptions
from saccade.cli.output import note, plain, show, show_json, write_picture
from saccade.cli.sources import checked_picture
from saccade.errors import BadAnswer
from saccade.settings import Settings

if TYPE_CHECKING:
    from saccade.session import Model
    from saccade.tasks.detect import Detections
    from saccade.types import Part

# Asked for in two goes: the bundled model was trained on questions with up to three categories.
_SHAPES = ("red circle, blue square, green triangle", "yellow star, purple heart, orange rectangle")


@takes_groups
def demo_command(
    out: Annotated[Path, typer.Option(help="Folder for the picture with the boxes on it.")] = Path("demo-out"),
    as_json: Json = False,
    *,
    options: ModelOptions,
) -> None:
    """Read a sign, find shapes and count circles in the pictures that come with the package."""
    from importlib import resources

    settings = Settings.from_env()
    folder = Path(str(resources.files("saccade"))) / "assets" / "demo"
    words, shapes, circles = (
        checked_picture(str(folder / name), settings) for name in ("words.png", "shapes.png", "count.png")
    )
    start = time.perf_counter()
    opened = options.open(settings)
    steps: list[tuple[str, Callable[[], Any], Callable[[Any], str]]] = [
        ("read", lambda: opened.ocr(words), lambda result: result.text),
        ("find", lambda: _find_all(opened, shapes), lambda result: "\n".join(map(box_line, result.boxes))),
        ("count", lambda: opened.count(circles, "circles"), lambda result: f"circles: {result.count}"),
    ]
    report: dict[str, Any] = {"model": opened.name, "load_s": round(time.perf_counter() - start, 3)}
    for name, run, describe in steps:
        before = time.perf_counter()
        try:
            result = run()
        except BadAnswer as error:  # a small model may miss the form of an answer; the demonstration goes on
            report[name] = {"error": str(error), "raw_text": error.raw}
            if not as_json:
                show(f"[{name}]\nno answer that can be read as data: {error.raw[:80]!r}\n")
            if name == "find":
                write_picture(opened.draw(shapes.source, ()), out / "overlay.png")
            continue
        took_s = time.perf_counter() - before
        report[name] = plain(result) | {"time_s": round(took_s, 3)}
        note(f"{name}: {took_s:.2f} s")
        if not as_json:
            show(f"[{name}]\n{describe(result)}\n")
        if name == "find":
            write_picture(opened.draw(shapes.source, result), out / "overlay.png")
    report["total_s"] = round(time.perf_counter() - start, 3)
    report["overlay"] = str(out / "overlay.png")
    note(f"all in {report['total_s']:.1f} s")
    if as_json:
        show_json(report)


def _find_all(model: Model, part: Part) -> Detections:
    """The boxes of all categories as one result; what both answers name stands in it once."""
    first, second = (model.detect(part, categories) for categories in _SHAPES)
    more = [box for box in second.boxes
            if not any(box.label == other.label and box.iou(other) >= 0.5 for other in first.boxes)]  # fmt: skip
    return replace(first, boxes=(*first.boxes, *more), raw_text=f"{first.raw_text}\n{second.raw_text}",
                   flags=tuple(dict.fromkeys((*first.flags, *second.flags))))  # fmt: skip
