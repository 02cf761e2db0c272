"""Media to what a server is sent: our own opening and resize, then PNG in data: URIs. What was seen is known exactly.

A video goes as one item with all its frames where the server takes that (vLLM's `video/jpeg` list, whose parts may be
PNG), and elsewhere as a row of pictures, each behind its time: "<1.5 seconds>", a form the models know.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from saccade.engine.remote.servers import untouched_size
from saccade.errors import MediaTooLarge
from saccade.families import FamilyProfile
from saccade.processing.frames import format_timestamp
from saccade.processing.opening import open_video, plan_video_source
from saccade.processing.plans import Limits, MediaPlan, plan_picture
from saccade.processing.resize import VideoRule, grid_of, tokens_of
from saccade.settings import MIB, Settings
from saccade.types import MediaSeen, Part, Size

RESIZED_FLAG = "server-may-resize"  # no size exists that the server's limits leave alone
_MAX_SENT_BYTES = 512 * MIB


@dataclass(frozen=True, slots=True)
class Sent:
    """One media item: `content` items for a message, what the model sees, and `fields` the request needs besides."""

    content: tuple[dict[str, Any], ...]
    seen: MediaSeen
    flags: tuple[str, ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sender:
    """Opens media for one server. `limits`: (min, max) pixels that the server leaves alone, which are also the budget
    where nothing else is asked for."""

    profile: FamilyProfile
    limits: tuple[int, int]
    settings: Settings

    def plan(self, part: Part, asked: Limits, *, as_video: bool) -> MediaSeen:
        """What `picture` or `video` will say was seen, from the header alone."""
        if part.kind == "image":
            from saccade.media.image import read_header

            return self._picture_plan(part, read_header(part.source, self.settings).size, asked)[0].seen
        rule: VideoRule = self._video_rule if as_video else "utils"
        plan = plan_video_source(part, self.profile, self.settings, rule)
        return plan.seen if as_video else self._as_pictures(plan)[0]

    def picture(self, part: Part, asked: Limits) -> Sent:
        """A picture, in the size its options, `asked` and the server's limits allow."""
        from saccade.media.image import load_image
        from saccade.processing.pixels import resize_rgb

        loaded = load_image(part.source, self.settings)
        plan, flags = self._picture_plan(part, loaded.source_size, asked)
        return Sent((_picture_item(resize_rgb(loaded.image, plan.resized_size)),), plan.seen, flags)

    def video(self, part: Part, *, as_video: bool) -> Sent:
        """A video: one item where `as_video`, else its frames as pictures with their times."""
        if as_video:
            plan, pixels = open_video(part, self.profile, self.settings, self._video_rule)
            return self._one_video(plan, pixels)
        from saccade.processing.pixels import resize_rgb

        plan, pixels = open_video(part, self.profile, self.settings, "utils")
        seen, flags = self._as_pictures(plan)
        content: list[dict[str, Any]] = []
        num_chars = 0
        for time, frame in zip(plan.frame_times, pixels, strict=False):  # none that fill up to even
            content += [_text(format_timestamp(time)), _picture_item(resize_rgb(frame, seen.resized_size))]
            num_chars = self._checked(num_chars + len(content[-1]["image_url"]["url"]))
        return Sent(tuple(content), seen, flags)

    def _picture_plan(self, part: Part, source: Size, asked: Limits) -> tuple[MediaPlan, tuple[str, ...]]:
        plan = plan_picture(source, part.options, self.profile, (asked, self.limits))
        size, untouched = untouched_size(source, plan.resized_size, self.profile.factor, self.limits)
        grid = grid_of(size, self.profile.patch_size)
        plan = replace(plan, resized_size=size, grid=grid, tokens=tokens_of(grid))
        return plan, () if untouched else (RESIZED_FLAG,)

    @property
    def _video_rule(self) -> VideoRule:
        """The rule of the server's own video resize, so that it changes nothing."""
        return "hf-qwen3" if self.profile.time_convention == "text-seconds" else "utils"

    def _as_pictures(self, plan: MediaPlan) -> tuple[MediaSeen, tuple[str, ...]]:
        size, untouched = untouched_size(plan.source_size, plan.resized_size, self.profile.factor, self.limits)
        num_frames = len(plan.frame_times)
        _, rows, columns = grid_of(size, self.profile.patch_size)
        grid = (num_frames, rows, columns)
        seen = replace(plan.seen, resized_size=size, grid=grid, tokens=tokens_of(grid))
        return seen, () if untouched else (RESIZED_FLAG,)

    def _one_video(self, plan: MediaPlan, pixels: npt.NDArray[np.uint8]) -> Sent:
        from saccade.media.encode import base64_of, png_of

        frames: list[str] = []
        num_chars = 0
        for _, frame in zip(plan.frame_times, pixels, strict=False):  # what fills up to even is the server's affair
            frames.append(base64_of(png_of(frame)))
            num_chars = self._checked(num_chars + len(frames[-1]))
        item = {"type": "video_url", "video_url": {"url": f"data:video/jpeg;base64,{','.join(frames)}"}}
        # Frame numbers of a clip of 1000 frames per second are the times in milliseconds, also for uneven rates.
        indices = [round(time * 1000) for time in plan.frame_times]
        total = max(len(indices), indices[-1] + 1, round((plan.duration_s or 0.0) * 1000))
        video = {"num_frames": len(frames), "fps": 1000.0, "frames_indices": indices, "total_num_frames": total,
                 "duration": total / 1000, "do_sample_frames": False}  # fmt: skip
        fields: dict[str, Any] = {"media_io_kwargs": {"video": video}}
        if self.profile.time_convention == "rotary-seconds":
            fields["mm_processor_kwargs"] = {"fps": 2 / plan.seconds_per_grid}
        return Sent((item,), plan.seen, (), fields)

    def _checked(self, num_chars: int) -> int:
        if num_chars > _MAX_SENT_BYTES:
            raise MediaTooLarge(
                f"the frames of a video are more than {_MAX_SENT_BYTES // MIB} MiB to send",
                hint="ask for fewer frames or fewer pixels",
            )
        return num_chars


def _picture_item(pixels: npt.NDArray[np.uint8]) -> dict[str, Any]:
    from saccade.media.encode import data_uri, png_of

    return {"type": "image_url", "image_url": {"url": data_uri(png_of(pixels), "image/png")}}


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}
