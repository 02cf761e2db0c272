"""Options that several commands share, as annotated types, and how they become a loaded model."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saccade.cli.output import Progress, hold_note
from saccade.settings import Settings

if TYPE_CHECKING:
    from saccade.session import Model

ModelName = Annotated[
    str | None,
    typer.Option("--model", "-m", help="Model: a folder, a hub id such as org/name, or tiny (default, bundled)."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else there.")]
Draw = Annotated[Path | None, typer.Option("--draw", metavar="OUT.png", help="Write the picture with the boxes on it.")]
Device = Annotated[str | None, typer.Option(help="auto, cpu, cuda, cuda:N or mps.")]
Dtype = Annotated[str | None, typer.Option(help="auto, float32 or bfloat16.")]
MinPixels = Annotated[int | None, typer.Option(min=1, help="Smallest area a picture is resized to, in pixels.")]
MaxPixels = Annotated[int | None, typer.Option(min=1, help="Largest area a picture is resized to, in pixels.")]
Fps = Annotated[float | None, typer.Option(min=0, help="Frames to show per second of each video.")]
Nframes = Annotated[int | None, typer.Option(min=1, help="Frames to show of each video, in place of --fps.")]
VideoStart = Annotated[float | None, typer.Option(min=0, help="Where each video begins, in seconds.")]
VideoEnd = Annotated[float | None, typer.Option(min=0, help="Where each video ends, in seconds.")]
MaxTokens = Annotated[int | None, typer.Option(min=1, help="Most tokens of the answer.")]
Temperature = Annotated[float, typer.Option(min=0, help="0 takes the likeliest token every time.")]
Seed = Annotated[int | None, typer.Option(help="The same seed gives the same answer.")]
System = Annotated[str | None, typer.Option(help="System text to put before the conversation.")]
PictureFile = Annotated[
    str, typer.Argument(metavar="FILE", help="A path, an http(s) URL, a data: URI, or - for stdin.")
]


def model_name(name: str | None, settings: Settings) -> str:
    """The model to use: the one named, else the default of the settings."""
    return settings.default_model if name is None else name


def open_model(
    name: str | None,
    settings: Settings,
    *,
    device: str | None = None,
    dtype: str | None = None,
    min_pixels: int | None = None,
    max_pixels: int | None = None,
) -> Model:
    """Load the model and say on stderr how long that took."""
    from saccade.open import load

    start = time.perf_counter()
    model = load(model_name(name, settings), device=device, dtype=dtype, min_pixels=min_pixels, max_pixels=max_pixels,
                 settings=settings, progress=Progress().report)  # fmt: skip
    hold_note(f"loaded {model.name} in {time.perf_counter() - start:.1f} s")
    return model


def sampling(max_tokens: int | None, temperature: float = 0.0, seed: int | None = None) -> dict[str, Any]:
    """The sampling options that were given."""
    given = {"max_tokens": max_tokens, "temperature": temperature or None, "seed": seed}
    return {name: value for name, value in given.items() if value is not None}
