"""saccade eval: scores on the held-out pictures and on public benchmarks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from saccade.cli.groups import takes_groups
from saccade.cli.options import Json, ModelOptions
from saccade.cli.output import note, plain, show, show_json
from saccade.settings import Settings


@takes_groups
def eval_command(
    source: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="The model, in place of --model; also http://HOST/v1#NAME.")
    ] = None,
    sets: Annotated[list[str] | None, typer.Option("--set", help="Only this held-out set; may be repeated.")] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME:FOLDER", help="A public benchmark and the folder it lies in; may be repeated."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many conversations of each set.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write scores and every answer to this JSON file.")] = None,
    as_json: Json = False,
    *,
    options: ModelOptions,
) -> None:
    """Score a model on the held-out pictures of the package, or on public benchmarks in your own folders."""
    from saccade.train.evaluate import run_eval, table

    if source is not None and options.model is not None:
        raise typer.BadParameter("give MODEL or --model, not both")
    opened = (options if source is None else replace(options, model=source)).open(Settings.from_env())
    rows = run_eval(
        opened, out=out, limit=limit, sets=sets or None, data=data or (),
        progress=lambda name, done, total: note(f"{name}: {done}/{total}"),
    )  # fmt: skip
    if as_json:
        show_json([plain(row) for row in rows])
    else:
        show(table(rows))
