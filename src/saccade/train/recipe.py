"""The recipe of the bundled model: architecture, stages of the curriculum, optimiser settings. One frozen value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from saccade.synth.worlds import RECIPE_SEED

# What the finished model's processor enlarges pictures to and shrinks them to. Training shows smaller ones, too: most
# steps are on small canvases, and where a stage has a zoom they hold enlarged pictures.
MIN_PIXELS, MAX_PIXELS = 400 * 400, 640 * 640
DRAWN_PIXELS = 128 * 128
ANY_CELLS = (1, 1 << 30)
SCREENS_PACK = Path("packs/screens-train.zip")  # under the working directory


@dataclass(frozen=True, slots=True)
class Mix:
    """One ingredient of a stage: a world with its drawing options, and how often it is drawn.

    `cells` are the least and the most cells of a canvas that it is drawn on; a stage's other canvases leave it out.
    """

    world: str
    weight: float
    options: Mapping[str, Any] = field(default_factory=dict)
    cells: tuple[int, int] = ANY_CELLS


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of training: which ingredients, for how many steps, with which learning rates.

    `vision_only` leaves the decoder out; `tower_share` is the part of the decoder's gradient that reaches the vision
    tower, whose own dense losses it would drown. `sizes` are (height, width) canvases in cells of factor x factor
    pixels; a pack is drawn on one of them. `rates` multiply the recipe's learning rate, from the first step to the
    last, linearly. With `looking` (a stage that is `vision_only`) `looks` of three steps are taken from that one:
    reading needs many more pictures in the tower than in the decoder, and there they cost a third. With a `zoom` above
    1 pictures are enlarged up to so much to fill their canvas, as a bound from below on the area does to small ones.
    """

    name: str
    steps: int
    sizes: tuple[tuple[int, int], ...]
    mixes: tuple[Mix, ...]
    vision_only: bool = False
    tower_share: float = 0.1
    rates: tuple[float, float] = (1.0, 1.0)
    looking: Stage | None = None
    looks: int = 2
    zoom: float = 1.0

    def mixes_on(self, canvas: tuple[int, int]) -> tuple[Mix, ...]:
        """The ingredients that are drawn on a canvas of so many (rows, columns)."""
        return tuple(mix for mix in self.mixes if mix.cells[0] <= canvas[0] * canvas[1] <= mix.cells[1])


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides a run besides the code version and the fonts on the machine."""

    stages: tuple[Stage, ...]
    seed: int = RECIPE_SEED
    learning_rate: float = 2e-3
    warmup_steps: int = 60
    weight_decay: float = 0.05
    patches_per_pack: int = 4800
    tokens_per_pack: int = 4500
    char_weight: float = 0.5
    object_weight: float = 0.3
    place_weight: float = 0.2
    digit_weight: float = 1.0
    edge_weight: float = 0.3
    start_weight: float = 0.2
    here_weight: float = 0.2
    next_weight: float = 0.4
    seek_weight: float = 0.5
    copy_weight: float = 0.3
    ask_weight: float = 0.2
    blur_px: float = 4.0  # of the resized picture: how exactly the helper loss asks for a coordinate
    dense_layer: int = 2  # its input carries what the dense helper losses of the decoder ask for
    here_layer: int = 2
    ask_layer: int = 2
    seek_layer: int = 3
    next_layer: int = 4
    aligned_heads: tuple[int, ...] = (0, 3)
    copying_heads: tuple[int, ...] = (1, 4)
    aligned_tokens: int = 1024

    @property
    def total_steps(self) -> int:
        return sum(stage.steps for stage in self.stages)

    def stage_at(self, step: int) -> Stage:
        """What `step` (from 0) is drawn from: its stage or what that one looks at; the last one for later steps."""
        stage, first = self.stages[-1], 0
        for each in self.stages:
            if step < first + each.steps:
                stage = each
                break
            first += each.steps
        return stage.looking if stage.looking is not None and step % 3 >= 3 - stage.looks else stage

    def rate_at(self, step: int) -> float:
        """The learning rate of `step`: warm-up, then what its stage says."""
        first = 0
        for stage in self.stages:
            if step < first + stage.steps:
                start, end = stage.rates
                share = (step - first) / stage.steps
                return self.learning_rate * (start + (end - start) * share) * min(1.0, (step + 1) / self.warmup_steps)
            first += stage.steps
        return 0.0

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")


def tiny_config(vocab_size: int, ids: Mapping[str, int]) -> dict[str, Any]:
    """config.json of the bundled model. `ids` maps special-token text to id.

    With a rotary base of 10^6 half of a head's 64 dimensions hardly turn over a thousand positions, so that a place in
    the picture is found by what stands there however long the question or the answer is; the interleaved sections 12,
    10, 10 still have height and width frequencies that tell neighbouring cells apart.
    """
    text = {
        "model_type": "qwen3_vl_text", "hidden_size": 320, "intermediate_size": 960, "num_hidden_layers": 6,
        "num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 64, "hidden_act": "silu",
        "rms_norm_eps": 1e-06, "vocab_size": vocab_size, "max_position_embeddings": 8192, "rope_theta": 1000000.0,
        "rope_scaling": {"rope_type": "default", "mrope_interleaved": True, "mrope_section": [12, 10, 10]},
        "attention_bias": False, "attention_dropout": 0.0, "initializer_range": 0.02, "use_cache": True,
        "bos_token_id": ids["<|endoftext|>"], "eos_token_id": ids["<|im_end|>"], "tie_word_embeddings": True,
        "dtype": "bfloat16",
    }  # fmt: skip
    vision = {
        "model_type": "qwen3_vl", "depth": 6, "hidden_size": 256, "num_heads": 4, "intermediate_size": 768,
        "out_hidden_size": 320, "in_channels": 3, "hidden_act": "gelu_pytorch_tanh", "num_position_embeddings": 2304,
        "patch_size": 16, "spatial_merge_size": 2, "temporal_patch_size": 2, "initializer_range": 0.02,
        "deepstack_visual_indexes": [3],
    }  # fmt: skip
    return {
        "architectures": ["Qwen3VLForConditionalGeneration"], "model_type": "qwen3_vl", "tie_word_embeddings": True,
        "image_token_id": ids["<|image_pad|>"], "video_token_id": ids["<|video_pad|>"],
        "vision_start_token_id": ids["<|vision_start|>"], "vision_end_token_id": ids["<|vision_end|>"],
        "text_config": text, "vision_config": vision,
    }  # fmt: skip


# Canvases in cells of 32 px: small ones first, then everything the held-out pictures come in.
_SMALL = ((2, 4), (2, 6), (3, 4), (3, 5), (4, 4), (3, 7), (4, 6), (5, 5))
_MEDIUM = (
    (3, 4), (3, 4), (2, 6), (3, 7), (4, 6), (5, 5), (4, 8), (5, 7), (6, 6), (4, 10), (6, 8), (7, 7), (8, 6), (5, 12),
)  # fmt: skip
_LARGE = (*_MEDIUM, (9, 8), (8, 10), (10, 9), (7, 12), (11, 11), (14, 10), (16, 12))
_CLIP = (9, 16)  # cells of a clip's frame
_SOME, _ROOM, _SHEET = (20, 400), (30, 400), (60, 400)


def _text(weight: float, tasks: tuple[str, ...], cells: tuple[int, int] = ANY_CELLS, **level: Any) -> Mix:
    return Mix("text", weight, {"tasks": tasks, "level": level}, cells)


def _ask(world: str, weight: float, *tasks: str, cells: tuple[int, int] = ANY_CELLS, **options: Any) -> Mix:
    """An ingredient that asks these tasks, or what the world itself chooses when none is named."""
    return Mix(world, weight, {**({"tasks": tasks} if tasks else {}), "distortion": 0.2, **options}, cells)


def tiny_recipe() -> Recipe:
    """The second edition: seeing first, then short answers about small pictures, then the whole trade; and once more
    from small pictures to everything, since in the first pass the decoder could not find what the tower saw.

    Screens of a browser are mixed in where a pack of them lies at SCREENS_PACK (made by `saccade.synth.screens`).
    """
    screens = (_ask("screens", 0.1, cells=_SHEET, pack=str(SCREENS_PACK)),) if SCREENS_PACK.is_file() else ()
    seeing = Stage(
        "seeing", 1100, (*_SMALL[1:], *_MEDIUM),
        (_text(0.7, ("ocr",), max_lines=8, max_chars=40, distortion=0.2), Mix("shapes", 0.3, {"tasks": ("count",)})),
        vision_only=True, rates=(1.0, 0.5),
    )  # fmt: skip
    looking = Stage(
        "looking", 0, ((4, 8), (4, 11), (6, 9), (5, 13), (7, 7), (8, 8), (7, 11), (9, 9), (3, 9)),
        (_text(0.4, ("ocr",), max_lines=8, max_chars=40, distortion=0.2), _ask("paragraphs", 0.2, "ocr"),
         _ask("papers", 0.08, cells=_ROOM), _ask("tables", 0.08), _ask("phones", 0.08, cells=_ROOM),
         _ask("charts", 0.04), _ask("scenes", 0.2)),
        vision_only=True,
    )  # fmt: skip
    easy: dict[str, Any] = {"max_lines": 3, "max_chars": 16, "x_height_px": (8.0, 24.0), "distortion": 0.2}
    short = Stage(
        "short", 1150, (*_SMALL, (4, 8), (5, 7), (6, 6)),
        (_text(0.3, ("ocr",), **easy), _text(0.06, ("spot",), **easy), _text(0.08, ("find",), **easy),
         _ask("scenes", 0.09, "detect", max_objects=5), _ask("scenes", 0.07, "point", max_objects=5),
         _ask("scenes", 0.09, "count", max_objects=8), _ask("scenes", 0.12, "vqa", max_objects=5),
         _ask("scenes", 0.03, "caption", max_objects=4), _ask("charts", 0.08, cells=_SOME),
         _ask("tables", 0.08, cells=_SOME, rows=(2, 4), columns=(2, 3)),
         _ask("pairs", 0.05, cells=(16, 400), max_things=4), _ask("clips", 0.08, cells=_CLIP, max_frames=24),
         _ask("papers", 0.05, cells=_ROOM, min_fields=2)),
        rates=(0.7, 1.0), looking=looking,
    )  # fmt: skip
    trade = (
        _text(0.14, ("ocr",), max_lines=6, max_chars=28, distortion=0.2), _text(0.05, ("spot",), distortion=0.2),
        _text(0.03, ("find",), distortion=0.2), _ask("paragraphs", 0.06, cells=_ROOM),
        _ask("scenes", 0.24), _ask("scenes", 0.05, "count"), _ask("scenes", 0.05, "detect"),
        _ask("charts", 0.1, cells=_SOME), _ask("tables", 0.1, cells=_SOME), _ask("pairs", 0.07, cells=(16, 200)),
        _ask("papers", 0.16, cells=_ROOM), _ask("pages", 0.1, cells=_SHEET), _ask("phones", 0.1, cells=_ROOM),
        _ask("clips", 0.5, cells=_CLIP), *screens,
    )  # fmt: skip
    middle = Stage("middle", 200, _MEDIUM, trade, looking=looking)
    large = Stage("large", 540, _LARGE, trade, rates=(1.0, 0.6), looking=looking)
    again = replace(short, name="again", steps=420, sizes=(*short.sizes, *_MEDIUM[2:8]), rates=(0.8, 0.8), looking=None)
    settling = Stage("settling", 230, _LARGE, trade, rates=(0.7, 0.02))
    reading = replace(
        again, name="reading", steps=897,
        sizes=((3, 4), (4, 4), (2, 6), (3, 5), (3, 7), (4, 6), (5, 5), (6, 6), (4, 8), (5, 7), (6, 8), (7, 7)),
        mixes=(_text(0.3, ("ocr",), **easy), _text(0.05, ("spot",), **easy), _text(0.06, ("find",), **easy),
               _ask("scenes", 0.07, "caption", max_objects=3), _ask("scenes", 0.1, "detect", max_objects=4),
               _ask("scenes", 0.08, "point", max_objects=4), _ask("scenes", 0.05, "count", max_objects=7),
               _ask("scenes", 0.12, "vqa", max_objects=4), _ask("charts", 0.06, cells=_SOME),
               _ask("tables", 0.08, cells=_SOME, rows=(2, 4), columns=(2, 3)),
               _ask("pairs", 0.04, cells=(16, 400), max_things=4), _ask("clips", 0.06, cells=_CLIP, max_frames=24),
               _ask("papers", 0.05, cells=_ROOM, min_fields=2)),
    )  # fmt: skip
    skilled = (
        _text(0.3, ("ocr",), max_lines=6, max_chars=28, distortion=0.2), _text(0.06, ("spot",), distortion=0.2),
        _text(0.04, ("find",), distortion=0.2), _ask("paragraphs", 0.08, cells=_ROOM),
        _ask("scenes", 0.24), _ask("scenes", 0.05, "count"), _ask("scenes", 0.1, "detect"),
        _ask("scenes", 0.06, "point"), _ask("charts", 0.1, cells=_SOME), _ask("tables", 0.12, cells=_SOME),
        _ask("pairs", 0.07, cells=(16, 200)), _ask("papers", 0.2, cells=_ROOM), _ask("pages", 0.2, cells=_SHEET),
        _ask("phones", 0.1, cells=_ROOM), _ask("clips", 0.25, cells=_CLIP), *screens,
    )  # fmt: skip
    everything = Stage("everything", 1250, (*reading.sizes, *_LARGE), skilled, rates=(0.75, 0.2), looking=looking,
                       looks=1)  # fmt: skip
    closing = replace(everything, name="closing", steps=480, rates=(0.2, 0.01), looking=None)
    # Held-out pages have up to 20 x 16 cells: most canvases are large from here on, and where boxes or points alone
    # are asked for, a quarter to a third of the questions ask for what is not there.
    wide = (
        _text(0.2, ("ocr",), max_lines=6, max_chars=28, distortion=0.2), _text(0.08, ("spot",), distortion=0.2),
        _text(0.04, ("find",), distortion=0.2), _ask("paragraphs", 0.1, cells=_ROOM),
        _ask("scenes", 0.2), _ask("scenes", 0.08, "count"), _ask("scenes", 0.12, "vqa", "vqa"),
        _ask("scenes", 0.12, "detect", absent=0.35), _ask("scenes", 0.06, "point", absent=0.25),
        _ask("charts", 0.12, cells=_SOME), _ask("charts", 0.04, "vqa", "vqa", cells=_SOME),
        _ask("tables", 0.12, cells=_SOME), _ask("tables", 0.04, "vqa", "vqa", cells=_SOME),
        _ask("pairs", 0.1, cells=(16, 200)), _ask("papers", 0.2, cells=_ROOM),
        _ask("papers", 0.05, "vqa", "vqa", cells=_ROOM), _ask("pages", 0.2, cells=_SHEET),
        _ask("phones", 0.1, cells=_ROOM), _ask("clips", 0.5, cells=_CLIP), *screens,
    )  # fmt: skip
    sheets = _LARGE[len(_MEDIUM) :]
    looking_wider = replace(looking, name="looking wider", sizes=(*looking.sizes, (12, 10), (11, 11), (14, 11)))
    wider = Stage(
        "wider", 2500, ((3, 4), (4, 4), (3, 5), *_MEDIUM[3:], *sheets, *sheets, (15, 12), (18, 11), (17, 16), (19, 14)),
        wide, rates=(0.6, 0.12), looks=1,
        looking=looking_wider,
    )  # fmt: skip
    ending = replace(wider, name="ending", steps=400, rates=(0.12, 0.01), looking=None)
    # Looking for all that fits, from small canvases again; then copying words of the question; then with a rotary base
    # of 10^6 instead of 1000 (`tiny_config` has the last one); then small pictures enlarged; then names in questions.
    finding = (
        *wide, _ask("scenes", 0.12, "count"), _ask("scenes", 0.1, "vqa", "vqa"),
        _ask("scenes", 0.08, "detect", absent=0.35), _ask("phones", 0.08, cells=_ROOM),
        _ask("papers", 0.1, cells=_ROOM), _ask("clips", 1.0, cells=_CLIP),
    )  # fmt: skip
    seeking = replace(wider, name="seeking", steps=1243, mixes=finding, rates=(0.5, 0.376),
                      sizes=((3, 4), (3, 4), (4, 4), (4, 4), (3, 5), *wider.sizes[3:]))  # fmt: skip
    copying = replace(seeking, name="copying", steps=926, rates=(0.5, 0.458))
    far = replace(seeking, name="far", steps=1038, rates=(0.6, 0.46))
    zooming = replace(
        seeking, name="zooming", steps=1000, rates=(0.5, 0.4), zoom=2.4, looking=replace(looking_wider, zoom=2.4),
        sizes=((3, 4), (4, 4), (3, 5), (4, 6), (5, 5), (4, 8), (6, 6), (5, 7), (6, 8), (7, 7), (8, 6), (5, 12), (9, 8),
               (8, 10), (10, 9), (7, 12), (11, 11), (12, 14), (14, 10), (16, 12), (15, 12), (18, 11), (17, 16)),
    )  # fmt: skip
    landing = replace(zooming, name="landing", steps=750, rates=(0.4, 0.01))
    rising = replace(zooming, name="rising", steps=60, rates=(0.05, 0.5), looking=None)
    seldom = tuple(replace(mix, options={**mix.options, "absent": 0.2}) if "absent" in mix.options else mix
                   for mix in finding)  # fmt: skip
    choosing = replace(zooming, name="choosing", steps=1250, mixes=seldom, rates=(0.5, 0.4))
    arriving = replace(choosing, name="arriving", steps=1250, mixes=finding, rates=(0.42, 0.01))
    return Recipe((seeing, short, middle, large, again, settling, reading, everything, closing, wider, ending,
                   seeking, copying, far, zooming, landing, rising, choosing, arriving))  # fmt: skip
