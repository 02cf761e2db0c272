"""From a finished run to the model in the package: the checkpoint, how it was made, its scores and its card."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from saccade.errors import BadCheckpoint, BadInput
from saccade.synth.heldout import spec
from saccade.train.curve import CurvePoint, read_curve, thinned
from saccade.train.curve import table as curve_table
from saccade.train.evaluate import Row
from saccade.train.evaluate import table as score_table

CHECKPOINT_FILES = (
    "config.json", "generation_config.json", "preprocessor_config.json", "video_preprocessor_config.json",
    "tokenizer.json", "tokenizer_config.json", "chat_template.json", "model.safetensors",
)  # fmt: skip
MOST_BYTES = 40 * 10**6
MOST_LOG_LINES = 400


def publish(run_folder: Path, target: Path, scores: list[Row] | None, minutes: float, pictures: int) -> None:
    """Write the model of `run_folder` into `target`, in place of what an earlier call wrote there.

    The standard checkpoint comes with recipe.json, seed, log.jsonl (thinned), scores.json and README.md, the card.
    `minutes` and `pictures` are what training spent and saw; `scores` may be None: not measured yet. Raises
    BadCheckpoint when a file is missing or the folder would weigh more than 40 MB; `target` is then as it was.
    """
    run_folder, target = Path(run_folder), Path(target)
    if run_folder.resolve() == target.resolve():
        raise BadInput(f"{target} is the run itself", hint="publish into another folder")
    missing = [name for name in (*CHECKPOINT_FILES, "recipe.json") if not (run_folder / name).is_file()]
    if missing:
        raise BadCheckpoint(f"{run_folder} lacks {', '.join(missing)}", hint="give the folder of a training run")
    points = read_curve(run_folder)
    recipe = json.loads((run_folder / "recipe.json").read_text("utf-8"))
    config = json.loads((run_folder / "config.json").read_text("utf-8"))
    log = "".join(point.line + "\n" for point in thinned(points, MOST_LOG_LINES))
    texts = {
        "recipe.json": (run_folder / "recipe.json").read_text("utf-8"),
        "seed": f"{recipe['seed']}\n",
        "log.jsonl": log,
        "scores.json": _scores_json(scores),
        "README.md": card(config, recipe, points, scores, minutes, pictures,
                          num_bytes=(run_folder / "model.safetensors").stat().st_size),
    }  # fmt: skip
    copied = sum((run_folder / name).stat().st_size for name in CHECKPOINT_FILES)
    total = copied + sum(len(text.encode()) for text in texts.values())
    if total > MOST_BYTES:
        raise BadCheckpoint(
            f"the published folder would weigh {total / 1e6:.1f} MB, at most {MOST_BYTES / 1e6:.0f} MB are allowed",
            hint="the package carries this model; make it smaller",
        )
    target.mkdir(parents=True, exist_ok=True)
    for name in CHECKPOINT_FILES:
        shutil.copyfile(run_folder / name, target / name)
    for name, text in texts.items():
        (target / name).write_text(text, encoding="utf-8")


def _scores_json(scores: Sequence[Row] | None) -> str:
    rows = None if scores is None else [asdict(row) for row in scores]
    pictures = f"saccade held-out sets, version {spec()['version']}"
    return json.dumps({"pictures": pictures, "rows": rows}, indent=1) + "\n"


def card(
    config: dict[str, Any], recipe: dict[str, Any], points: Sequence[CurvePoint], scores: Sequence[Row] | None,
    minutes: float, pictures: int, *, num_bytes: int,
) -> str:  # fmt: skip
    """The model card, as Markdown."""
    vision, text = config["vision_config"], config["text_config"]
    steps = sum(stage["steps"] for stage in recipe["stages"])
    done = points[-1].step if points else 0
    length = f"{done} steps" if done >= steps else f"{done} of the recipe's {steps} steps"
    worlds = ", ".join(sorted({mix["world"] for stage in recipe["stages"] for mix in stage["mixes"]}))
    measured = "Not measured yet." if scores is None else _measured(scores)
    return f"""# tiny: the model in the package

Saccade's own small model, so that everything works offline from the first minute. It has the architecture of the
Qwen3-VL family with small numbers ({vision["depth"]} vision blocks {vision["hidden_size"]} wide, \
{text["num_hidden_layers"]} decoder layers {text["hidden_size"]} wide, {text["vocab_size"]} tokens,
{num_bytes / 1e6:.1f} MB in bfloat16) and a tokenizer of its own. **It is not one of Qwen's models**, holds none of
their weights, and its scores say nothing about theirs and are never set beside them.

## What it was trained to do

On drawn pictures, pairs of pictures and short silent clips, in the family's forms: to read printed Latin text, say
where lines, words and things stand, find, point, count and describe, answer short questions, read fields, tables,
charts and pages, press what is asked for on drawn screens, compare two pictures, and say when something happens. The
drawn worlds are {worlds}. How far it has got is in the table of scores below; where that is under its target, training
goes on.

## What it cannot do

Everything else. It has never seen a photograph, handwriting, a real document, a filmed video or a script other than
Latin; it does not converse, reason, translate or follow free instructions. It sees pictures at the size of 640 x 640
pixels at most. It exists for demonstrations, tests and teaching, not for work on real pictures; for that, load a
published checkpoint.

## How it was made

All training data are pictures drawn by Saccade with exact answers: no photograph, no text from the web, no output of
another model, nobody's data. Every picture follows from the seed ({recipe["seed"]}), `recipe.json` and the installed
typefaces. Training took {length}, {pictures:,} pictures and {minutes:.0f} minutes ({minutes / 60:.1f} hours) on CPU
cores, from random weights. `log.jsonl` is the log, thinned.

{curve_table(points)}

The shares are those of the training pictures: characters, objects and digits of coordinates that throw-away heads on
the vision tower recognise, tokens of the answers predicted, and how often the decoder looks at the very place of what
it writes next.

## Scores

{measured}

`saccade eval` measures them again.
"""


def _measured(scores: Sequence[Row]) -> str:
    return (
        "Held-out drawn pictures, fixed before training and never trained on, in typefaces and, but for plain lines\n"
        "of text, layouts, names and wordings that training never used; greedy decoding, 95 % bootstrap intervals.\n\n"
        + score_table(scores)
    )
