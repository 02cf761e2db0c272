"""saccade eval: scores on the held-out pictures."""

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
