"""ms-swift's <bbox> and <ref-object>: boxes in pixels of the picture's file, written as the model's family writes them.

    thousandths, special tokens   <|box_start|>(x1,y1),(x2,y2)<|box_end|>, <|object_ref_start|>name<|object_ref_end|>
    others                        [x1, y1, x2, y2], name
The family decides which numbers these are: thousandths of the sides or pixels of the resized picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from saccade.errors import BadMessages
from saccade.families import FamilyProfile
from saccade.processing.coordinates import to_model
from saccade.processing.plans import MediaPlan
from saccade.train.tune.rowforms import Conversation
from saccade.types import Part

_SLOT = re.compile(r"<bbox>|<ref-object>")


def fill_objects(conversation: Conversation, plans: Sequence[MediaPlan], profile: FamilyProfile) -> Conversation:
    """The conversation with every slot of its texts filled, in order. Raises BadMessages when the numbers differ."""
    objects = conversation.objects
    if objects is None:
        return conversation
    names = [str(name) for name in objects.get("ref") or ()]
    boxes = list(_boxes(objects, [plan for plan in plans if plan.kind == "image"], profile))
    texts = [part.text for message in conversation.messages for part in message.parts]
    for slot, items, key in (("<ref-object>", names, "ref"), ("<bbox>", boxes, "bbox")):
        count = sum(text.count(slot) for text in texts)
        if count != len(items):
            raise BadMessages(f"objects has {len(items)} {key} entries but the texts have {count} {slot} slot(s)")
    queues = {"<ref-object>": iter(names), "<bbox>": iter(boxes)}
    tokens = profile.box_carrier == "special-tokens"

    def fill(part: Part, role: str) -> Part:
        def one(match: re.Match[str]) -> str:
            value = next(queues[match.group()])
            # a question is read as plain text, so control tokens are only written where the model itself writes
            if tokens and role == "assistant" and match.group() == "<ref-object>":
                return f"<|object_ref_start|>{value}<|object_ref_end|>"
            return value

        return replace(part, text=_SLOT.sub(one, part.text)) if part.kind == "text" else part

    messages = tuple(
        replace(message, parts=tuple(fill(part, message.role) for part in message.parts))
        for message in conversation.messages
    )
    return replace(conversation, messages=messages, objects=None)


def _boxes(objects: Mapping[str, Any], pictures: Sequence[MediaPlan], profile: FamilyProfile) -> Iterator[str]:
    boxes = objects.get("bbox") or ()
    kind = objects.get("bbox_type") or "real"
    owners = objects.get("image_id") or [0] * len(boxes)
    if kind not in ("real", "norm1"):
        raise BadMessages(f"bbox_type is {kind!r}; known are real (pixels of the file) and norm1 (0 to 1)")
    if len(owners) != len(boxes):
        raise BadMessages(f"objects has {len(boxes)} boxes but {len(owners)} image_id entries")
    for number, (box, owner) in enumerate(zip(boxes, owners, strict=True)):
        if not isinstance(box, list) or len(box) not in (2, 4) or not all(isinstance(v, int | float) for v in box):
            raise BadMessages(f"bbox {number} is {box!r}", hint="give 4 numbers x1, y1, x2, y2, or 2 for a point")
        if not isinstance(owner, int) or not 0 <= owner < len(pictures):
            raise BadMessages(f"bbox {number} belongs to picture {owner!r}, but the row has {len(pictures)} picture(s)")
        source, resized = pictures[owner].source_size, pictures[owner].resized_size
        if kind == "norm1":
            box = [value * (source.height if i % 2 else source.width) for i, value in enumerate(box)]
        shape = "box" if len(box) == 4 else "point"
        numbers = (
            to_model(box, "box", source=source, resized=resized, profile=profile)
            if shape == "box"
            else to_model(box, "point", source=source, resized=resized, profile=profile)
        )
        yield _written(numbers, profile)


def _written(numbers: Sequence[int], profile: FamilyProfile) -> str:
    if profile.box_carrier == "json":
        return "[" + ", ".join(map(str, numbers)) + "]"
    corners = ",".join(f"({x},{y})" for x, y in zip(numbers[::2], numbers[1::2], strict=True))
    return f"<|box_start|>{corners}<|box_end|>"
