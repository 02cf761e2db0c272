"""`process_vision_info`: the media of conversations, opened and resized, as qwen-vl-utils gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from saccade.compat.shapes import is_chat
from saccade.families import family_profile
from saccade.processing.messages import normalise_messages
from saccade.processing.opening import open_picture, open_video
from saccade.processing.resize import IMAGE_MAX_TOKENS, IMAGE_MIN_TOKENS, TEMPORAL_PATCH_SIZE
from saccade.settings import Settings
from saccade.types import Message, Part


def process_vision_info(
    messages: Any,
    return_video_kwargs: bool = False,
    *,
    image_patch_size: int = 14,
    settings: Settings | None = None,
) -> tuple[Any, ...]:
    """(pictures, videos) of one conversation or of several, each None where there are none.

    Pictures are PIL, videos uint8 arrays [n, H, W, 3], resized by the rules of qwen-vl-utils for the patch size (14, or
    16 for Qwen3-VL) and by the items' own options. With `return_video_kwargs` a third value says how the videos'
    frames were taken: {"do_sample_frames": False, "fps": [frames per second of each video]}.
    """
    from saccade.media.image import load_image

    settings = Settings.from_env() if settings is None else settings
    profile = replace(family_profile("qwen3-vl" if image_patch_size == 16 else "qwen2.5-vl"),
                      patch_size=image_patch_size)  # fmt: skip
    area = profile.factor**2
    images: list[Any] = []
    videos: list[Any] = []
    rates: list[float] = []
    for part in _media_of(messages):
        if part.kind == "image":
            pixels = open_picture(part, profile, ((IMAGE_MIN_TOKENS * area, IMAGE_MAX_TOKENS * area),), settings)[1]
            images.append(load_image(pixels[0], settings).image)
        else:
            plan, pixels = open_video(part, profile, settings, "utils")
            videos.append(pixels)
            rates.append(TEMPORAL_PATCH_SIZE / plan.seconds_per_grid)
    found = (images or None, videos or None)
    return (*found, {"do_sample_frames": False, "fps": rates}) if return_video_kwargs else found


def _media_of(messages: Any) -> Iterator[Part]:
    batch = is_chat(messages) and not isinstance(messages[0], Mapping | Message)
    for conversation in messages if batch else [messages]:
        for turn in normalise_messages(conversation):
            yield from (part for part in turn.parts if part.kind != "text")
