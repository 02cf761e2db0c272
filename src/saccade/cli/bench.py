"""saccade bench: how fast a model answers here."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from saccade.cli.groups import takes_groups
from saccade.cli.options import Json, ModelOptions
from saccade.cli.output import show, show_json
from saccade.settings import Settings


@takes_groups
def bench_command(
    side: Annotated[int, typer.Option(min=28, help="Side of the square picture in pixels.")] = 448,
    new_tokens: Annotated[int, typer.Option("--new", min=2, help="Tokens to answer.")] = 32,
    runs: Annotated[int, typer.Option(min=1, help="Runs whose medians are shown.")] = 3,
    as_json: Json = False,
    *,
    options: ModelOptions,
) -> None:
    """Measure the time to the first token and the tokens per second for one picture."""
    from saccade.inspect.speed import measure

    opened = options.open(Settings.from_env())
    speed = measure(opened, side_px=side, new_tokens=new_tokens, runs=runs)
    if as_json:
        show_json(asdict(speed))
    else:
        show(
            f"{speed.model}: {side}x{side} px, {speed.prompt_tokens} prompt tokens: first token after "
            f"{speed.first_token_s:.2f} s, then {speed.tokens_per_s:.1f} tokens/s (medians of {runs})"
        )
