"""One frozen profile per model family: everything that differs between them outside the network itself.

Sources: the published preprocessor and generation configs and the Qwen2.5-VL / Qwen3-VL reports (arXiv
2502.13923, 2511.21631). The network's own numbers live in `saccade.models.config`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from saccade.errors import UnknownModel

CoordinateFrame = Literal["thousandths", "resized-pixels"]
TimeConvention = Literal["none", "rotary-seconds", "text-seconds"]

# Per-channel mean and standard deviation of pixel values in 0..1.
CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
HALF_MEAN, HALF_STD = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)


@dataclass(frozen=True, slots=True)
class FamilyProfile:
    """What code outside the network must know about a family.

    `factor` is patch_size * 2: sides of a resized picture are multiples of it and one merged visual token
    covers factor x factor pixels. `min_pixels` and `max_pixels` are areas. `coordinate_frame` says what the
    numbers in answers mean: thousandths of the side, or pixels of the resized picture.
    """

    name: str
    patch_size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    min_pixels: int
    max_pixels: int
    coordinate_frame: CoordinateFrame
    time_convention: TimeConvention
    default_system: str | None
    native_tools: bool
    box_carrier: Literal["special-tokens", "json"]
    sampling: Mapping[str, float] = field(default_factory=dict)
    coordinate_divisor: int = 1000

    @property
    def factor(self) -> int:
        return self.patch_size * 2


_GREEDY = {"temperature": 0.0}
_SYSTEM = "You are a helpful assistant."

FAMILIES: Mapping[str, FamilyProfile] = {
    profile.name: profile
    for profile in (
        FamilyProfile(
            "qwen2-vl",
            14,
            CLIP_MEAN,
            CLIP_STD,
            3136,
            12845056,
            "thousandths",
            "none",
            _SYSTEM,
            False,
            "special-tokens",
            _GREEDY,
        ),
        FamilyProfile(
            "qwen2.5-vl",
            14,
            CLIP_MEAN,
            CLIP_STD,
            3136,
            12845056,
            "resized-pixels",
            "rotary-seconds",
            _SYSTEM,
            False,
            "json",
            _GREEDY,
        ),
        FamilyProfile(
            "qwen3-vl",
            16,
            HALF_MEAN,
            HALF_STD,
            65536,
            16777216,
            "thousandths",
            "text-seconds",
            None,
            True,
            "json",
            _GREEDY,
        ),
        FamilyProfile(
            "qwen3-vl-moe",
            16,
            HALF_MEAN,
            HALF_STD,
            65536,
            16777216,
            "thousandths",
            "text-seconds",
            None,
            True,
            "json",
            _GREEDY,
        ),
    )
}

_SPELLINGS = {
    "qwen2_vl": "qwen2-vl", "qwen2vl": "qwen2-vl",
    "qwen2_5_vl": "qwen2.5-vl", "qwen2.5_vl": "qwen2.5-vl", "qwen2-5-vl": "qwen2.5-vl", "qwen25-vl": "qwen2.5-vl",
    "qwen2.5vl": "qwen2.5-vl",
    "qwen3_vl": "qwen3-vl", "qwen3vl": "qwen3-vl",
    "qwen3_vl_moe": "qwen3-vl-moe", "qwen3vl-moe": "qwen3-vl-moe",
}  # fmt: skip


def family_profile(name: str) -> FamilyProfile:
    """The profile called `name`; checkpoint `model_type` spellings are accepted. Raises UnknownModel."""
    key = name.strip().lower()
    key = _SPELLINGS.get(key, key)
    if key not in FAMILIES:
        raise UnknownModel(f"unknown model family {name!r}; known families: {', '.join(FAMILIES)}")
    return FAMILIES[key]
