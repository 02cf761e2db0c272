"""The recipe of the bundled model: architecture, stages of the curriculum, optimiser settings. One frozen value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from saccade.synth.worlds import RECIPE_SEED

MIN_PIXELS, MAX_PIXELS = 112 * 112, 512 * 490


@dataclass(frozen=True, slots=True)
class Mix:
    """One ingredient of a stage: a world with its drawing options, and how often it is drawn."""

    world: str
    weight: float
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of training: which ingredients, for how many steps; `vision_only` leaves the decoder out,
    `apart` keeps the decoder's losses from the vision tower, whose own dense losses they would drown.

    `sizes` are (height, width) canvases in cells of factor x factor pixels; a pack is drawn on one of them.
    """

    name: str
    steps: int
    sizes: tuple[tuple[int, int], ...]
    mixes: tuple[Mix, ...]
    vision_only: bool = False
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides a run besides the code version and the fonts on the machine."""

    stages: tuple[Stage, ...]
    seed: int = RECIPE_SEED
    learning_rate: float = 2e-3
    warmup_steps: int = 100
    decay_share: float = 0.12
    weight_decay: float = 0.05
    patches_per_pack: int = 5000
    tokens_per_pack: int = 5600
    char_weight: float = 0.5
    object_weight: float = 0.3
    place_weight: float = 0.1
    pointer_weight: float = 0.6
    place_layer: int = 1
    pointer_layer: int = 3

    @property
    def total_steps(self) -> int:
        return sum(stage.steps for stage in self.stages)

    def stage_at(self, step: int) -> Stage:
        """The stage that `step` (from 0) belongs to; the last one for later steps."""
        for stage in self.stages:
            if step < stage.steps:
                return stage
            step -= stage.steps
        return self.stages[-1]

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")


def tiny_config(vocab_size: int, ids: Mapping[str, int]) -> dict[str, Any]:
    """config.json of the bundled model. `ids` maps special-token text to id.

    A rotary base of 1000 with sections 2, 10, 20 gives height and width frequencies that tell neighbouring cells apart
    and leaves the slowest of the width axis nearly still, for looking up content at a distance. Full attention in
    vision blocks 2 and 5 (spacing 3), windows of 112 px elsewhere.
    """
    return {
        "architectures": ["Qwen2_5_VLForConditionalGeneration"], "model_type": "qwen2_5_vl",
        "hidden_size": 256, "intermediate_size": 768, "num_hidden_layers": 6, "num_attention_heads": 4,
        "num_key_value_heads": 2, "hidden_act": "silu", "rms_norm_eps": 1e-06, "vocab_size": vocab_size,
        "max_position_embeddings": 4096, "rope_theta": 1000.0,
        "rope_scaling": {"type": "mrope", "mrope_section": [2, 10, 20]},
        "tie_word_embeddings": True, "torch_dtype": "bfloat16", "use_cache": True, "use_sliding_window": False,
        "attention_dropout": 0.0, "initializer_range": 0.02,
        "bos_token_id": ids["<|endoftext|>"], "eos_token_id": ids["<|im_end|>"],
        "image_token_id": ids["<|image_pad|>"], "video_token_id": ids["<|video_pad|>"],
        "vision_start_token_id": ids["<|vision_start|>"], "vision_end_token_id": ids["<|vision_end|>"],
        "vision_config": {
            "model_type": "qwen2_5_vl", "depth": 6, "hidden_size": 192, "num_heads": 3, "intermediate_size": 512,
            "out_hidden_size": 256, "patch_size": 14, "temporal_patch_size": 2, "spatial_merge_size": 2,
            "in_channels": 3, "hidden_act": "silu", "window_size": 112, "fullatt_block_indexes": [2, 5],
            "tokens_per_second": 2,
        },
    }  # fmt: skip


# Canvases in cells of 28 px: small ones first, then everything the held-out pictures come in (56 to 448 px a side).
_SMALL = ((2, 4), (2, 6), (3, 6), (4, 4), (4, 6), (4, 8))
_MEDIUM = ((4, 8), (4, 12), (6, 8), (8, 8), (8, 6), (6, 12), (3, 10), (8, 10))
# Every height and width occurs, but not every pair: kernels are prepared once per canvas. Most are 3 to 9 cells high.
_LARGE = (
    (2, 7), (2, 12), (3, 5), (3, 8), (3, 10), (3, 13), (3, 16), (4, 4), (4, 7), (4, 9), (4, 11), (4, 14), (5, 5),
    (5, 8), (5, 10), (5, 13), (5, 15), (6, 6), (6, 9), (6, 11), (6, 14), (6, 16), (7, 7), (7, 9), (7, 12), (7, 15),
    (8, 6), (8, 8), (8, 10), (8, 13), (8, 16), (9, 7), (9, 9), (9, 12), (9, 14), (10, 8), (10, 10), (10, 15),
    (11, 11), (12, 9), (12, 14), (13, 13), (14, 10), (15, 15), (16, 16),
)  # fmt: skip


def _text(weight: float, tasks: tuple[str, ...], **level: Any) -> Mix:
    return Mix("text", weight, {"tasks": tasks, "level": level})


def tiny_recipe() -> Recipe:
    """The first edition: reading, finding, counting, captions."""
    easy = {"max_lines": 2, "max_chars": 14, "x_height_px": (9.0, 24.0), "distortion": 0.2}
    seeing = Stage(
        "seeing", 2080, _MEDIUM,
        (_text(0.65, ("ocr",), max_lines=6, distortion=0.2), Mix("shapes", 0.35, {"tasks": ("count",)})),
        vision_only=True,
    )  # fmt: skip
    words = Stage(
        "words", 220, _SMALL,
        (_text(0.55, ("ocr",), **easy), _text(0.1, ("find",), **easy),
         Mix("shapes", 0.35, {"max_objects": 4})),
    )  # fmt: skip
    full: dict[str, Any] = {"max_lines": 6, "min_chars": 4, "max_chars": 22, "distortion": 0.2}
    lines = Stage(
        "lines", 1230, _LARGE,
        (_text(0.38, ("ocr",), **full), _text(0.07, ("ocr", "find"), **full), _text(0.05, ("spot",), **full),
         _text(0.05, ("find",), **full), Mix("shapes", 0.17, {"tasks": ("detect",)}),
         Mix("shapes", 0.17, {"tasks": ("count",)}), Mix("shapes", 0.05, {"tasks": ("caption",)}),
         Mix("shapes", 0.06)),
        apart=True,
    )  # fmt: skip
    few: dict[str, Any] = {"max_lines": 3, "max_chars": 16, "x_height_px": (8.0, 24.0), "distortion": 0.2}
    short = Stage(
        "short", 500, (*_SMALL, (3, 8), (4, 9), (3, 10), (5, 8), (4, 11), (6, 9), (6, 6)),
        (_text(0.5, ("ocr",), **few), _text(0.05, ("spot",), **few), _text(0.1, ("find",), **few),
         Mix("shapes", 0.15, {"tasks": ("detect",), "max_objects": 5}),
         Mix("shapes", 0.15, {"tasks": ("count",), "max_objects": 8}),
         Mix("shapes", 0.05, {"tasks": ("caption",), "max_objects": 4})),
        apart=True,
    )  # fmt: skip
    settling = replace(lines, name="settling", steps=270)
    return Recipe((seeing, words, lines, short, settling))
