"""Answers with places, held to their form while they are written: JSON that is always valid, numbers in the picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from saccade.families import FamilyProfile
from saccade.processing.coordinates import frame_limits
from saccade.types import Size

_MOST_PLACES = 500  # in one answer
_LONGEST_TEXT = 300  # characters of a label


@dataclass(frozen=True, slots=True)
class PlacesForm:
    """A list of boxes or points, each an object with its numbers, its text under `text`, and further `keys`.

    `labels`: what the text may be, where it is one of some names.
    """

    kind: Literal["box", "point"]
    text: str = "label"
    labels: Sequence[str] = ()
    keys: Sequence[str] = ()

    def schema(self, profile: FamilyProfile, resized: Size) -> dict[str, Any]:
        """As a JSON schema, with the numbers that the family writes for places in a picture shown at `resized`."""
        across, down = ({"type": "integer", "minimum": 0, "maximum": most} for most in frame_limits(resized, profile))
        numbers = [across, down] * (2 if self.kind == "box" else 1)
        free: Mapping[str, Any] = {"type": "string", "maxLength": _LONGEST_TEXT}
        fields = {
            "bbox_2d" if self.kind == "box" else "point_2d": {
                "type": "array", "prefixItems": numbers, "items": False,
                "minItems": len(numbers), "maxItems": len(numbers),
            },
            self.text: {"enum": list(self.labels)} if self.labels else free,
            **{key: {"anyOf": [free, {"type": "null"}]} for key in self.keys},
        }  # fmt: skip
        item = {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
        return {"type": "array", "items": item, "maxItems": _MOST_PLACES}
