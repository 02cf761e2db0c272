"""saccade inspect, verify, pull: looking into a model and getting one."""

from __future__ import annotations

from typing import Annotated

import typer

from saccade.cli.options import Dtype, Json, ModelName, model_name
from saccade.cli.output import Progress, show, show_json
from saccade.settings import Settings

Source = Annotated[
    str | None, typer.Argument(metavar="[SOURCE]", help="tiny, a folder, a hub id, or a size such as Qwen2.5-VL-7B.")
]


def inspect_command(
    source: Source = None,
    model: ModelName = None,
    shapes: Annotated[bool, typer.Option("--shapes", help="Show the shape of every tensor.")] = False,
    as_json: Json = False,
) -> None:
    """Show what a model is made of, part by part as data flows, with sizes; weights need not be there."""
    from saccade.inspect.describe import describe

    settings = Settings.from_env()
    description = describe(source or model_name(model, settings), settings=settings)
    if as_json:
        show_json(description.as_dict())
    else:
        show("\n".join(description.lines(shapes=shapes)))


def verify_command(
    source: Source = None,
    model: ModelName = None,
    prompts: Annotated[int, typer.Option(min=1, help="How many prompts, half of them with pictures.")] = 8,
    max_tokens: Annotated[int, typer.Option(min=1, help="Length of the greedy answers.")] = 16,
    dtype: Dtype = "float32",
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    as_json: Json = False,
) -> None:
    """Compare a model with the reference implementation, layer by layer; exit 1 if they disagree."""
    from saccade.inspect.verify import verify

    settings = Settings.from_env()
    name = source or model_name(model, settings)
    result = verify(name, prompts=prompts, max_tokens=max_tokens, dtype=dtype or "float32", device=device,
                    settings=settings)  # fmt: skip
    if as_json:
        show_json(result.as_dict())
    else:
        show(str(result))
    if not result.passed:
        raise typer.Exit(1)


def pull_command(
    source: Annotated[str, typer.Argument(metavar="ORG/NAME", help="A repository, as in Qwen/Qwen2.5-VL-3B-Instruct.")],
    revision: Annotated[str | None, typer.Option(help="Branch, tag or commit.")] = None,
    modelscope: Annotated[bool, typer.Option("--modelscope", help="From ModelScope instead of Hugging Face.")] = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="Look for a newer version.")] = False,
    as_json: Json = False,
) -> None:
    """Fetch a model into the cache folder, so that it works offline; prints where it lies."""
    from saccade.models.hub import fetch_model

    folder = fetch_model(
        source, Settings.from_env(), revision=revision, hub="modelscope" if modelscope else "huggingface",
        refresh=refresh, progress=Progress().report,
    )  # fmt: skip
    if as_json:
        show_json({"source": source, "folder": str(folder)})
    else:
        show(str(folder))
