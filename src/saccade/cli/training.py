"""saccade eval, saccade train: scores on the held-out pictures, and training the bundled model again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from saccade.cli.options import Device, Dtype, Json, ModelName, open_model
from saccade.cli.output import note, plain, show, show_json
from saccade.settings import Settings


def eval_command(
    model: ModelName = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many pictures of each set.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write scores and every answer to this JSON file.")] = None,
    as_json: Json = False,
    device: Device = None,
    dtype: Dtype = None,
) -> None:
    """Score a model on the held-out pictures that come with the package."""
    from saccade.train.evaluate import run_eval, table

    settings = Settings.from_env()
    opened = open_model(model, settings, device=device, dtype=dtype)
    rows = run_eval(opened, out=out, limit=limit, progress=lambda name, done, total: note(f"{name}: {done}/{total}"))
    if as_json:
        show_json([plain(row) for row in rows])
    else:
        show(table(rows))


def train_command(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where the run keeps its state; goes on from there.")
    ],
    processes: Annotated[int, typer.Option(min=1, help="Trainer processes, one core each.")] = 2,
    minutes: Annotated[float, typer.Option(min=0, help="Stop after so many minutes.")] = 1e9,
    as_json: Json = False,
) -> None:
    """Train the bundled model from nothing, on drawn pictures; touch FOLDER/stop ends it cleanly."""
    from saccade.train.recipe import tiny_recipe
    from saccade.train.run import train

    train(folder, tiny_recipe(), processes=processes, minutes=minutes)
    if as_json:
        show_json({"folder": str(folder)})
    else:
        show(str(folder))
