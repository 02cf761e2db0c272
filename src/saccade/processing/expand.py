"""One pad per media item, as chat templates write it, to as many as the item has tokens.

Pieces are plain texts and ready token ids, as `Tokenizer.split_special` gives them.
"""

from __future__ import annotations

from collections.abc import Sequence

from saccade.errors import BadMessages
from saccade.processing.frames import format_timestamp
from saccade.processing.plans import MediaPlan
from saccade.processing.positions import MediaTokenIds

Pieces = list[str | int]


def check_slots(pieces: Sequence[str | int], num_images: int, num_videos: int, token_ids: MediaTokenIds) -> None:
    """Raises BadMessages unless `pieces` hold one pad for every picture and every video."""
    slots = {pad: sum(piece == pad for piece in pieces) for pad in (token_ids.image_pad, token_ids.video_pad)}
    came = {token_ids.image_pad: num_images, token_ids.video_pad: num_videos}
    if slots != came:
        raise BadMessages(
            f"the prompt has {slots[token_ids.image_pad]} picture slot(s) and {slots[token_ids.video_pad]} video "
            f"slot(s) but {num_images} picture(s) and {num_videos} video(s) came with it",
            hint="media belong into user messages; in a raw prompt write one pad per item or none",
        )


def expand_media(
    pieces: Sequence[str | int],
    plans: Sequence[MediaPlan],
    token_ids: MediaTokenIds,
    *,
    text_timestamps: bool,
    outer_vision_tokens: bool = False,
) -> Pieces:
    """`pieces` with every pad repeated once per token of its media item, in order, one queue per kind.

    With `text_timestamps` (Qwen3-VL) a video becomes, per grid step, the step's time as text and a block between
    vision marks of its own; the marks around the slot go away, as in the form the models were released with, or stay
    with `outer_vision_tokens`, as in transformers 5.
    """
    images = iter([plan for plan in plans if plan.kind == "image"])
    videos = iter([plan for plan in plans if plan.kind == "video"])
    expanded: Pieces = []
    index = 0
    while index < len(pieces):
        piece = pieces[index]
        index += 1
        if piece == token_ids.image_pad:
            expanded += [token_ids.image_pad] * next(images).tokens
        elif piece == token_ids.video_pad and not text_timestamps:
            expanded += [token_ids.video_pad] * next(videos).tokens
        elif piece == token_ids.video_pad:
            wrapped = expanded[-1:] == [token_ids.vision_start] and pieces[index : index + 1] == [token_ids.vision_end]
            if wrapped and not outer_vision_tokens:
                expanded.pop()
                index += 1
            expanded += _video_steps(next(videos), token_ids)
        else:
            expanded.append(piece)
    return expanded


def _video_steps(plan: MediaPlan, token_ids: MediaTokenIds) -> Pieces:
    steps: Pieces = []
    for seconds in plan.timestamps:
        steps += [format_timestamp(seconds), token_ids.vision_start]
        steps += [token_ids.video_pad] * (plan.tokens // len(plan.timestamps))
        steps.append(token_ids.vision_end)
    return steps
