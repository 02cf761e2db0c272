"""Messages in, what the model reads out: token ids, positions and resized pixels.

`Processor.prepare` decodes; `Processor.plan` counts the very same prompt from headers alone. Letters: L prompt length,
n frames (1 for a picture, even for a video), H x W the resized size, (T, Hp, Wp) a grid in patches.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from saccade.errors import BadCheckpoint, BadMessages
from saccade.families import FamilyProfile, family_profile
from saccade.processing.chat import ChatTemplate, normalise_messages
from saccade.processing.expand import Pieces, check_slots, expand_media
from saccade.processing.opening import open_picture, open_video, plan_video_source
from saccade.processing.plans import NO_LIMITS, Limits, MediaPlan, plan_picture
from saccade.processing.positions import Int64Array, MediaTokenIds, Positions, mrope_positions
from saccade.processing.resize import MERGE_SIZE, TEMPORAL_PATCH_SIZE, Grid, VideoRule
from saccade.processing.tokenizer import Tokenizer, read_json_file
from saccade.settings import Settings
from saccade.types import MediaSeen, Message, Part, Size

Messages = str | Sequence[Mapping[str, Any] | Message]


@dataclass(frozen=True, slots=True, eq=False)
class MediaInput:
    """One decoded media item: uint8 `pixels` [n, H, W, 3], to be normalised and cut by `patches.patches_of`.

    `digest` names pixels, grid and times; equal digests mean equal input. `timestamps` are seconds per grid step.
    """

    kind: Literal["image", "video"]
    grid: Grid
    pixels: npt.NDArray[np.uint8]
    source_size: Size
    resized_size: Size
    frame_times: tuple[float, ...]
    seconds_per_grid: float
    timestamps: tuple[float, ...]
    digest: str
    tokens: int
    seen: MediaSeen


@dataclass(frozen=True, slots=True, eq=False)
class ModelInputs:
    """A prompt ready for the model. Rows of `input_ids` that are pads belong to `media`, in order of appearance."""

    input_ids: list[int]
    positions: Int64Array
    rope_delta: int
    media: tuple[MediaInput, ...] = ()
    media_tokens: int = 0


@dataclass(frozen=True, slots=True)
class PromptPlan:
    """What a prompt will be, known before any pixel is decoded. `input_ids` is empty where no tokenizer was at hand."""

    prompt_tokens: int
    media_tokens: int
    media: tuple[MediaSeen, ...] = ()
    input_ids: tuple[int, ...] = ()
    media_plans: tuple[MediaPlan, ...] = ()


class Processor:
    """Everything between messages and the model for one checkpoint; immutable, safe to share between threads."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        template: ChatTemplate,
        profile: FamilyProfile,
        *,
        token_ids: MediaTokenIds | None = None,
        tokens_per_second: float = 2.0,
        min_pixels: int | None = None,
        max_pixels: int | None = None,
        folder_limits: Limits = NO_LIMITS,
        settings: Settings | None = None,
        video_rule: VideoRule = "utils",
        outer_vision_tokens: bool = False,
    ) -> None:
        """`min_pixels` and `max_pixels` bound pictures (areas); `folder_limits` are those of the checkpoint's files.

        The budget of a picture is the first that is given of: its own options, the arguments of a call, the arguments
        here, `folder_limits`, the family's. Videos follow their own options and the family's video budget.
        """
        self.tokenizer = tokenizer
        self.template = template
        self.profile = profile
        self.token_ids = token_ids or _token_ids({}, tokenizer)
        self.tokens_per_second = tokens_per_second
        self.settings = settings or Settings()
        self.video_rule: VideoRule = video_rule
        self.outer_vision_tokens = outer_vision_tokens
        self._limits: tuple[Limits, ...] = ((min_pixels, max_pixels), folder_limits)

    @classmethod
    def from_folder(
        cls,
        folder: str | Path,
        *,
        family: str | None = None,
        min_pixels: int | None = None,
        max_pixels: int | None = None,
        settings: Settings | None = None,
        video_rule: VideoRule = "utils",
        outer_vision_tokens: bool = False,
    ) -> Processor:
        """The processor of a checkpoint folder: config.json, preprocessor_config.json, tokenizer and chat template.

        Raises BadCheckpoint when files are missing or contradict what the families have in common.
        """
        folder = Path(folder)
        config = read_json_file(folder / "config.json")
        name = family or config.get("model_type")
        if not isinstance(name, str):
            raise BadCheckpoint(f"{folder} does not say its family", hint="config.json needs model_type")
        preprocessor = read_json_file(folder / "preprocessor_config.json")
        vision = config.get("vision_config") or {}
        profile = _profile_of(folder, family_profile(name), preprocessor, vision)
        tokenizer = Tokenizer.from_folder(folder)
        return cls(
            tokenizer,
            ChatTemplate.from_folder(folder, family=profile.name),
            profile,
            token_ids=_token_ids(config, tokenizer),
            tokens_per_second=float(vision.get("tokens_per_second", 4)),  # the class default; published files say 2
            min_pixels=min_pixels,
            max_pixels=max_pixels,
            folder_limits=_limits_of(preprocessor),
            settings=settings,
            video_rule=video_rule,
            outer_vision_tokens=outer_vision_tokens,
        )

    def prepare(
        self,
        messages: Messages,
        *,
        raw: bool = False,
        tools: Sequence[Mapping[str, Any]] | None = None,
        add_vision_id: bool = False,
        add_generation_prompt: bool = True,
        continue_final: bool = False,
        min_pixels: int | None = None,
        max_pixels: int | None = None,
    ) -> ModelInputs:
        """Decode the media and build the prompt of `messages`.

        `raw` uses the text as it is, control tokens included, without a chat template; media without a pad in it come
        before the text. Raises BadMessages, BadMedia, MediaTooLarge or FetchError.
        """
        turns = normalise_messages(messages)
        parts = _media_parts(turns)
        pieces = self._pieces(turns, parts, raw, tools, add_vision_id, add_generation_prompt, continue_final)
        limits = ((min_pixels, max_pixels), *self._limits)
        media, plans = [], []
        for part in parts:
            plan, pixels = self._open(part, limits)
            plans.append(plan)
            media.append(_media_input(plan, pixels))
        input_ids = self._ids(pieces, plans)
        positions = self.positions(input_ids, plans)
        media_tokens = sum(item.tokens for item in media)
        return ModelInputs(input_ids, positions.values, positions.delta, tuple(media), media_tokens)

    def plan(
        self,
        messages: Messages,
        *,
        raw: bool = False,
        tools: Sequence[Mapping[str, Any]] | None = None,
        add_vision_id: bool = False,
        add_generation_prompt: bool = True,
        continue_final: bool = False,
        min_pixels: int | None = None,
        max_pixels: int | None = None,
    ) -> PromptPlan:
        """The exact token counts that `prepare` would give, from headers alone; same arguments, same errors."""
        from saccade.media.image import read_header

        turns = normalise_messages(messages)
        parts = _media_parts(turns)
        pieces = self._pieces(turns, parts, raw, tools, add_vision_id, add_generation_prompt, continue_final)
        limits = ((min_pixels, max_pixels), *self._limits)
        plans = [
            plan_picture(read_header(part.source, self.settings).size, part.options, self.profile, limits)
            if part.kind == "image"
            else plan_video_source(part, self.profile, self.settings, self.video_rule)
            for part in parts
        ]
        media_tokens, seen = sum(plan.tokens for plan in plans), tuple(plan.seen for plan in plans)
        input_ids = tuple(self._ids(pieces, plans))
        return PromptPlan(len(input_ids), media_tokens, seen, input_ids, tuple(plans))

    def open_media(self, part: Part) -> MediaInput:
        """One picture or video without a prompt, resized by its own options and the checkpoint's limits."""
        return _media_input(*self._open(part, self._limits))

    def _open(self, part: Part, limits: Sequence[Limits]) -> tuple[MediaPlan, npt.NDArray[np.uint8]]:
        if part.kind == "image":
            return open_picture(part, self.profile, limits, self.settings)
        return open_video(part, self.profile, self.settings, self.video_rule)

    def positions(self, input_ids: Sequence[int], plans: Sequence[MediaPlan]) -> Positions:
        """Rotary positions of a prompt whose pads are those of `plans`, in order of appearance."""
        return mrope_positions(
            input_ids,
            family=self.profile.name,
            token_ids=self.token_ids,
            image_grids=[plan.grid for plan in plans if plan.kind == "image"],
            video_grids=[plan.grid for plan in plans if plan.kind == "video"],
            seconds_per_grid=[plan.seconds_per_grid for plan in plans if plan.kind == "video"],
            tokens_per_second=self.tokens_per_second,
        )

    def _pieces(
        self,
        turns: Sequence[Message],
        parts: Sequence[Part],
        raw: bool,
        tools: Sequence[Mapping[str, Any]] | None,
        add_vision_id: bool,
        add_generation_prompt: bool,
        continue_final: bool,
    ) -> Pieces:
        """The prompt with one pad per media item, checked against `parts`."""
        pads = {"image": self.token_ids.image_pad, "video": self.token_ids.video_pad}
        if raw:
            if tools:
                raise BadMessages("a raw prompt takes no tools", hint="write them into the text")
            pieces = self.tokenizer.split_special("".join(turn.text for turn in turns))
            if not any(piece in pads.values() for piece in pieces):
                marks = self.token_ids
                slots: Pieces = []
                for part in parts:
                    slots += [marks.vision_start, pads[part.kind], marks.vision_end]
                pieces = slots + pieces
        else:
            segments = self.template.render(
                turns,
                add_generation_prompt=add_generation_prompt,
                add_vision_id=add_vision_id,
                tools=tools,
                continue_final=continue_final,
                special_texts=self.tokenizer.added_texts,
            )
            pieces = []
            for segment in segments:
                pieces += self.tokenizer.split_special(segment.text) if segment.special else [segment.text]
        num_images = sum(part.kind == "image" for part in parts)
        check_slots(pieces, num_images, len(parts) - num_images, self.token_ids)
        return pieces

    def _ids(self, pieces: Pieces, plans: Sequence[MediaPlan]) -> list[int]:
        expanded = expand_media(
            pieces,
            plans,
            self.token_ids,
            text_timestamps=self.profile.time_convention == "text-seconds",
            outer_vision_tokens=self.outer_vision_tokens,
        )
        return self.tokenizer.encode_pieces(expanded)


def _media_parts(turns: Sequence[Message]) -> list[Part]:
    return [part for turn in turns for part in turn.parts if part.kind != "text"]


def _media_input(plan: MediaPlan, pixels: npt.NDArray[np.uint8]) -> MediaInput:
    notes = (plan.kind, plan.resized_size, plan.grid) + (
        (plan.seconds_per_grid, plan.timestamps) if plan.kind == "video" else ()
    )
    digest = hashlib.sha256(repr(notes).encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return MediaInput(
        plan.kind, plan.grid, pixels, plan.source_size, plan.resized_size, plan.frame_times, plan.seconds_per_grid,
        plan.timestamps, digest.hexdigest(), plan.tokens, plan.seen,
    )  # fmt: skip


# --- a checkpoint's files --------------------------------------------------------------------------------------------


def _token_ids(config: Mapping[str, Any], tokenizer: Tokenizer) -> MediaTokenIds:
    ids = {}
    for name, key, text in (
        ("image_pad", "image_token_id", "<|image_pad|>"),
        ("video_pad", "video_token_id", "<|video_pad|>"),
        ("vision_start", "vision_start_token_id", "<|vision_start|>"),
        ("vision_end", "vision_end_token_id", "<|vision_end|>"),
    ):
        token_id = tokenizer.special_id(text)
        configured = config.get(key, token_id)
        if not isinstance(configured, int) or (token_id is not None and configured != token_id):
            raise BadCheckpoint(f"{key} is {configured} but the tokenizer has {text} at {token_id}")
        ids[name] = configured
    return MediaTokenIds(**ids)


def _profile_of(
    folder: Path, profile: FamilyProfile, preprocessor: Mapping[str, Any], vision: Mapping[str, Any]
) -> FamilyProfile:
    """The family's profile with what the checkpoint's own files say about pixels."""
    for key, needed in (("merge_size", MERGE_SIZE), ("temporal_patch_size", TEMPORAL_PATCH_SIZE)):
        if preprocessor.get(key, needed) != needed:
            raise BadCheckpoint(
                f"{folder}/preprocessor_config.json has {key}={preprocessor[key]}, only {needed} is known"
            )
    patch_size = preprocessor.get("patch_size", vision.get("patch_size", profile.patch_size))
    try:
        red, green, blue = (float(value) for value in preprocessor.get("image_mean", profile.mean))
        red_std, green_std, blue_std = (float(value) for value in preprocessor.get("image_std", profile.std))
        return replace(profile, patch_size=int(patch_size), mean=(red, green, blue), std=(red_std, green_std, blue_std))
    except (TypeError, ValueError) as error:
        raise BadCheckpoint(f"{folder}/preprocessor_config.json cannot be used: {error}") from error


def _limits_of(preprocessor: Mapping[str, Any]) -> Limits:
    """Areas from `min_pixels`/`max_pixels` or from `size`, whose edges are areas too in these families."""
    size = preprocessor.get("size")
    size = size if isinstance(size, Mapping) else {}
    low = preprocessor.get("min_pixels") or size.get("min_pixels") or size.get("shortest_edge")
    high = preprocessor.get("max_pixels") or size.get("max_pixels") or size.get("longest_edge")
    return (low if isinstance(low, int) else None, high if isinstance(high, int) else None)
