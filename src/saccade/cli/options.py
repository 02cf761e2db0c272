"""Options that several commands share: each said once as an annotated type, and in groups that commands take whole."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from saccade.cli.output import Progress, check_place, hold_note
from saccade.settings import Settings

if TYPE_CHECKING:
    from saccade.session import Model

ModelName = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        help="Model: a folder, a hub id such as org/name, http://HOST/v1#NAME, a router's FILE.json, or tiny "
        "(default, bundled).",
    ),
]
Family = Annotated[
    str | None, typer.Option(help="Family of a model on a server whose name does not tell it, such as qwen2.5-vl.")
]
Adapter = Annotated[Path | None, typer.Option(metavar="FOLDER", help="LoRA adapter to put on the model.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else there.")]
Draw = Annotated[
    Path | None,
    typer.Option("--draw", metavar="OUT.png", help="Write the picture with the boxes on it.", callback=check_place),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Let the model write nothing but places inside the picture, in its form.")
]
Device = Annotated[str | None, typer.Option(help="auto, cpu, cuda, cuda:N or mps.")]
Dtype = Annotated[str | None, typer.Option(help="auto, float32 or bfloat16.")]
MinPixels = Annotated[
    int | None, typer.Option(min=1, help="Smallest area a picture, or a frame of a video, is resized to, in pixels.")
]
MaxPixels = Annotated[
    int | None, typer.Option(min=1, help="Largest area a picture, or a frame of a video, is resized to, in pixels.")
]
Fps = Annotated[float | None, typer.Option(min=0, help="Frames to show per second of each video.")]
Nframes = Annotated[int | None, typer.Option(min=1, help="Frames to show of each video, in place of --fps.")]
VideoStart = Annotated[float | None, typer.Option(min=0, help="Where each video begins, in seconds.")]
VideoEnd = Annotated[float | None, typer.Option(min=0, help="Where each video ends, in seconds.")]
BlurFaces = Annotated[
    bool, typer.Option("--blur-faces", help="Let the model find faces, and hide them before anything else is done.")
]
MaxTokens = Annotated[int | None, typer.Option(min=1, help="Most tokens of the answer.")]
Temperature = Annotated[float, typer.Option(min=0, help="0 takes the likeliest token every time.")]
Seed = Annotated[int | None, typer.Option(help="The same seed gives the same answer.")]
System = Annotated[str | None, typer.Option(help="System text to put before the conversation.")]
PagesOption = Annotated[str | None, typer.Option("--pages", help='Pages to read, as in "1-3,7"; by default all.')]
Dpi = Annotated[float, typer.Option(min=18, max=1200, help="Resolution at which PDF pages are drawn.")]
Password = Annotated[str | None, typer.Option(help="Password of an encrypted PDF.")]
PictureFile = Annotated[
    str, typer.Argument(metavar="FILE", help="A path, an http(s) URL, a data: URI, or - for stdin.")
]
PictureFiles = Annotated[list[str], typer.Argument(metavar="FILE FILE...", help="Two or more pictures.")]
DocumentFile = Annotated[
    str, typer.Argument(metavar="FILE", help="A picture, PDF or TIFF: a path, an http(s) URL, a data: URI, or -.")
]


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """Which model answers, where it runs, and in what sizes it sees pictures."""

    model: ModelName = None
    family: Family = None
    adapter: Adapter = None
    device: Device = None
    dtype: Dtype = None
    min_pixels: MinPixels = None
    max_pixels: MaxPixels = None

    def open(self, settings: Settings) -> Model:
        """Load the model and say on stderr how long that took."""
        return open_model(
            self.model, settings, family=self.family, adapter=self.adapter, device=self.device, dtype=self.dtype,
            min_pixels=self.min_pixels, max_pixels=self.max_pixels,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TaskOptions(ModelOptions):
    """What every command takes that asks a model about something."""

    as_json: Json = False
    max_tokens: MaxTokens = None
    blur_faces: BlurFaces = False

    @property
    def sampling(self) -> dict[str, Any]:
        """The options of the answer that were given."""
        return sampling(self.max_tokens, blur_faces=self.blur_faces)


@dataclass(frozen=True, slots=True)
class TalkOptions(TaskOptions):
    """What commands take besides that pass on what a person wrote."""

    temperature: Temperature = 0.0
    seed: Seed = None
    system: System = None

    @property
    def sampling(self) -> dict[str, Any]:
        """The options of the answer that were given."""
        return sampling(self.max_tokens, self.temperature, self.seed, blur_faces=self.blur_faces)


@dataclass(frozen=True, slots=True)
class VideoOptions:
    """Which frames of videos are shown."""

    fps: Fps = None
    nframes: Nframes = None
    video_start: VideoStart = None
    video_end: VideoEnd = None


@dataclass(frozen=True, slots=True)
class PageOptions:
    """Which pages of a document are read, and how they are opened."""

    pages: PagesOption = None
    dpi: Dpi = 144.0  # saccade.media.document.DEFAULT_DPI; that module needs Pillow, and --help does not
    password: Password = None


def model_name(name: str | None, settings: Settings) -> str:
    """The model to use: the one named, else the default of the settings."""
    return settings.default_model if name is None else name


def open_model(
    name: str | None,
    settings: Settings,
    *,
    family: str | None = None,
    adapter: Path | None = None,
    device: str | None = None,
    dtype: str | None = None,
    min_pixels: int | None = None,
    max_pixels: int | None = None,
) -> Model:
    """Load the model and say on stderr how long that took. A JSON file is a router, whose models load when needed."""
    from saccade.open import load

    start, chosen = time.perf_counter(), model_name(name, settings)
    options: dict[str, Any] = {
        "family": family, "adapter": adapter, "device": device, "dtype": dtype, "min_pixels": min_pixels,
        "max_pixels": max_pixels, "settings": settings, "progress": Progress().report,
    }  # fmt: skip
    if chosen.endswith(".json") and Path(chosen).is_file():
        from saccade.router import Router

        return cast("Model", Router.from_file(chosen, **options))
    model = load(chosen, **options)
    hold_note(f"loaded {model.name} in {time.perf_counter() - start:.1f} s")
    return model


def sampling(
    max_tokens: int | None, temperature: float = 0.0, seed: int | None = None, *, blur_faces: bool = False
) -> dict[str, Any]:
    """The options of an answer that were given."""
    given = {
        "max_tokens": max_tokens, "temperature": temperature or None, "seed": seed, "blur_faces": blur_faces or None,
    }  # fmt: skip
    return {name: value for name, value in given.items() if value is not None}
