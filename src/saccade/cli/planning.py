"""saccade tokens, saccade plan: what a request costs, without torch and without decoding a picture."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saccade.cli.groups import takes_groups
from saccade.cli.options import Json, MaxPixels, MinPixels, ModelName, VideoOptions, model_name
from saccade.cli.output import show, show_json
from saccade.cli.sources import blank_pages, checked_media, is_document_argument, with_video_options
from saccade.settings import Settings

if TYPE_CHECKING:
    from saccade.families import FamilyProfile
    from saccade.types import MediaSeen

_SIZE = re.compile(r"(\d{1,9})[xX×](\d{1,9})")


def tokens_command(
    items: Annotated[list[str], typer.Argument(metavar="ITEM...", help="HEIGHTxWIDTH in pixels, or a file.")],
    family: Annotated[
        str | None, typer.Option(help="qwen2-vl, qwen2.5-vl, qwen3-vl or qwen3-vl-moe, with its published limits.")
    ] = None,
    model: ModelName = None,
    as_json: Json = False,
    min_pixels: MinPixels = None,
    max_pixels: MaxPixels = None,
) -> None:
    """Tokens of pictures and videos: HEIGHTxWIDTH -> resized size, grid in patches, tokens.

    The rule is that of --family, else that of --model with the limits in its files.
    """
    settings = Settings.from_env()
    if family is not None and model is not None:
        raise typer.BadParameter("give --family or --model, not both")
    profile, limits = _rule(family, model, (min_pixels, max_pixels), settings)
    seen = [_plan_item(item, profile, limits, settings) for item in items]
    if as_json:
        show_json([_token_object(entry) for entry in seen])
        return
    for item, entry in zip(items, seen, strict=True):
        source, resized, grid = entry.source_size, entry.resized_size, "x".join(map(str, entry.grid))
        name = "" if _SIZE.fullmatch(item) else f"{item}: "
        show(f"{name}{source.height}x{source.width} -> {resized.height}x{resized.width}, grid {grid}, "
             f"{entry.tokens} tokens")  # fmt: skip


@takes_groups
def plan_command(
    files: Annotated[list[str] | None, typer.Argument(metavar="[FILE]...", help="Pictures, videos, documents.")] = None,
    prompt: Annotated[str, typer.Option(help="The prompt that goes with them.")] = "",
    size: Annotated[str | None, typer.Option(help="A published size, such as Qwen2.5-VL-7B.")] = None,
    model: ModelName = None,
    dtype: Annotated[str | None, typer.Option(help="float32, bfloat16, int8 or int4.")] = None,
    max_tokens: Annotated[int, typer.Option(min=1, help="Room for the answer, in tokens.")] = 512,
    as_json: Json = False,
    min_pixels: MinPixels = None,
    max_pixels: MaxPixels = None,
    trace: Annotated[
        bool, typer.Option("--trace", help="Show each stage: frames, resize, patches, tokens, positions.")
    ] = False,
    *,
    video: VideoOptions,
) -> None:
    """Tokens and memory of a request before it runs; weights need not be there."""
    from saccade.inspect.trace import trace_prompt
    from saccade.plan import plan
    from saccade.types import Message, Part

    settings = Settings.from_env()
    if size is not None and model is not None:
        raise typer.BadParameter("give --size or --model, not both")
    if not files and not prompt:
        raise typer.BadParameter("give a file or --prompt")
    media = [
        part for file in files or []
        for part in (blank_pages(file, settings) if is_document_argument(file, settings)
                     else checked_media([file], settings))
    ]  # fmt: skip
    parts = with_video_options(media, video, min_pixels=min_pixels, max_pixels=max_pixels)
    if prompt:
        parts.append(Part("text", prompt))
    source, messages = size or model_name(model, settings), [Message("user", tuple(parts))]
    result = plan(source, messages, max_tokens=max_tokens, dtype=dtype, min_pixels=min_pixels, max_pixels=max_pixels,
                  settings=settings)  # fmt: skip
    entry, text = result.as_dict(), str(result)
    if trace:
        stages = trace_prompt(source, messages, min_pixels=min_pixels, max_pixels=max_pixels, settings=settings)
        entry, text = entry | {"trace": stages}, f"{text}\n\n{stages}"
    if as_json:
        show_json(entry)
    else:
        show(text)


def _rule(family: str | None, model: str | None, own: Any, settings: Settings) -> tuple[FamilyProfile, Any]:
    """The profile and the area limits to count by, strongest first; `own` are those of the command line."""
    from saccade.families import family_profile

    if family is not None:
        return family_profile(family), (own,)
    from saccade.inspect.source import model_files, read_config
    from saccade.processing.inputs import Processor

    name = model_name(model, settings)
    folder = model_files(name, settings)
    if folder is None:
        return family_profile(read_config(name, settings)[0].family), (own,)
    processor = Processor.from_folder(folder, min_pixels=own[0], max_pixels=own[1], settings=settings)
    return processor.profile, processor._limits


def _plan_item(item: str, profile: FamilyProfile, limits: Any, settings: Settings) -> MediaSeen:
    from saccade.processing.opening import plan_video_source
    from saccade.processing.plans import plan_picture
    from saccade.types import Size

    match = _SIZE.fullmatch(item)
    if match is not None:
        return plan_picture(Size(int(match[1]), int(match[2])), {}, profile, limits).seen
    part = checked_media([item], settings)[0]
    if part.kind == "video":
        return plan_video_source(part, profile, settings, "utils").seen
    from saccade.media.image import read_header

    return plan_picture(read_header(part.source, settings).size, part.options, profile, limits).seen


def _token_object(seen: MediaSeen) -> dict[str, Any]:
    return {
        "height": seen.source_size.height, "width": seen.source_size.width,
        "resized_height": seen.resized_size.height, "resized_width": seen.resized_size.width,
        "grid": list(seen.grid), "tokens": seen.tokens,
    }  # fmt: skip
