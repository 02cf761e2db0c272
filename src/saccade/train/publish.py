"""From a finished run to the model in the package: `python -m saccade.train.publish RUN [--earlier RUN]`.

The checkpoint goes beside how it was made: recipe, seed, log, scores and the card.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from saccade.errors import BadCheckpoint, BadInput, SaccadeError
from saccade.train.card import curve_entry, heldout_name, read_made, short_card
from saccade.train.card_parts import by_stage
from saccade.train.curve import CurvePoint, read_curve, thinned
from saccade.train.evaluate import Row

CHECKPOINT_FILES = (
    "config.json", "generation_config.json", "preprocessor_config.json", "video_preprocessor_config.json",
    "tokenizer.json", "tokenizer_config.json", "chat_template.json", "model.safetensors",
)  # fmt: skip
MOST_BYTES = 40 * 10**6
MOST_LOG_LINES = 400


def publish(
    run_folder: Path, target: Path, scores: Sequence[Row] | None = None, *, earlier: Sequence[Path] = (),
    machine: str = "CPU cores",
) -> None:  # fmt: skip
    """Write the model of `run_folder` into `target`, in place of what an earlier call wrote there.

    The standard checkpoint comes with recipe.json, seed, log.jsonl (thinned), scores.json and README.md, the card.
    `earlier` are folders of runs that this one went on from, oldest first: their logs count too. `machine` says what
    was trained on, in words; `scores` may be None: not measured yet. Raises BadCheckpoint when a file is missing or the
    folder would weigh more than 40 MB; `target` is then as it was.
    """
    run_folder, target = Path(run_folder), Path(target)
    if run_folder.resolve() == target.resolve():
        raise BadInput(f"{target} is the run itself", hint="publish into another folder")
    missing = [name for name in (*CHECKPOINT_FILES, "recipe.json") if not (run_folder / name).is_file()]
    if missing:
        raise BadCheckpoint(f"{run_folder} lacks {', '.join(missing)}", hint="give the folder of a training run")
    points = joined_curve([*earlier, run_folder])
    recipe = json.loads((run_folder / "recipe.json").read_text("utf-8"))
    facts: dict[str, Any] = {
        "pictures": heldout_name(),
        "minutes": round(points[-1].minutes, 1) if points else 0.0,
        "pictures_seen": points[-1].pictures if points else 0,
        "machine": machine,
        "curve": [curve_entry(point) for point in by_stage(points)],
        "rows": None if scores is None else [asdict(row) for row in scores],
    }
    texts = {
        "recipe.json": (run_folder / "recipe.json").read_text("utf-8"),
        "seed": f"{recipe['seed']}\n",
        "log.jsonl": "".join(point.line + "\n" for point in thinned(points, MOST_LOG_LINES)),
        "scores.json": json.dumps(facts, indent=1, ensure_ascii=False) + "\n",
    }
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
    (target / "README.md").write_text(short_card(read_made(target)), encoding="utf-8")


def joined_curve(runs: Sequence[Path]) -> list[CurvePoint]:
    """The log of several runs as one, each going on from the one before."""
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "log.jsonl"
        try:
            texts = [(run / "log.jsonl").read_text("utf-8") for run in runs]
        except OSError as error:
            raise BadInput(f"there is no log at {error.filename}", hint="give the folder of a training run") from error
        whole.write_text("".join(text if text.endswith("\n") else f"{text}\n" for text in texts), encoding="utf-8")
        return read_curve(whole)


def this_machine() -> str:
    """The machine's processor in a few words."""
    try:
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text("utf-8"))
    except OSError:
        found = None
    name = found[1].strip() if found else platform.processor() or platform.machine()
    return f"{os.cpu_count()} cores of an {name}"


def main() -> None:
    """Command line of this module."""
    parser = argparse.ArgumentParser(prog="python -m saccade.train.publish", description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a run")
    parser.add_argument("--target", type=Path, default=Path("src/saccade/assets/tiny"), help="the folder that ships")
    parser.add_argument("--earlier", type=Path, action="append", default=[], help="a run that this one went on from")
    parser.add_argument("--machine", default=this_machine(), help="what it was trained on, in words (this machine)")
    options = parser.parse_args()
    try:
        publish(options.run, options.target, earlier=options.earlier, machine=options.machine)
    except (OSError, SaccadeError) as error:
        sys.exit(f"saccade: {error}")


if __name__ == "__main__":
    main()
