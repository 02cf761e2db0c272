"""Start or go on with a training run: `python -m saccade.train.run FOLDER`.

`touch FOLDER/stop` ends it cleanly; the same command goes on where it ended, after a crash from the last state,
which is written every five minutes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from torch.multiprocessing.spawn import spawn

from saccade.errors import BadInput, SaccadeError
from saccade.synth import fonts
from saccade.train.curve import read_curve, table
from saccade.train.folder import start_folder
from saccade.train.loop import Run, run_rank
from saccade.train.packs import draw_samples
from saccade.train.recipe import Recipe, tiny_recipe
from saccade.train.tokenizer import scaffolding, train_tokenizer

_CORPUS_SAMPLES = 3000  # drawn for the tokenizer to learn its merges from


def train(
    folder: str | Path,
    recipe: Recipe | None = None,
    *,
    processes: int = 2,
    minutes: float = 1e9,
    echo: bool = False,
) -> None:
    """Run `recipe` (the bundled model's by default) in `folder` for at most `minutes`, going on from its state.

    `processes` train together on one core each and draw their own pictures, so their number is part of what a run
    learns from. `echo` repeats the log on stderr. Raises BadInput for a number of processes below one, MissingExtra
    when there are no typefaces to draw with.
    """
    if processes < 1:
        raise BadInput(f"{processes} processes cannot train", hint="use at least 1")
    folder, recipe = Path(folder), recipe or tiny_recipe()
    fonts.faces("seen")
    if not (folder / "tokenizer.json").exists():
        start_folder(folder, train_tokenizer(scaffolding(draw_samples(recipe, _CORPUS_SAMPLES))))
    recipe.write(folder / "recipe.json")
    for leftover in ("rendezvous", "stop"):
        (folder / leftover).unlink(missing_ok=True)
    run = Run(folder.resolve(), processes, minutes, echo=echo)
    spawn(run_rank, args=(recipe, run), nprocs=processes)


def main() -> None:
    """Command line of this module."""
    parser = argparse.ArgumentParser(prog="python -m saccade.train.run", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the run writes, for example runs/tiny")
    parser.add_argument("--processes", type=int, default=2, help="trainer processes, one core each (2)")
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after so many minutes (when it is done)")
    options = parser.parse_args()
    print(f"saccade: training in {options.folder}; to end it: touch {options.folder}/stop", file=sys.stderr)
    try:
        train(options.folder, processes=options.processes, minutes=options.minutes, echo=True)
        print(table(read_curve(options.folder)))
    except SaccadeError as error:
        sys.exit(f"saccade: {error}")
    except KeyboardInterrupt:
        sys.exit("saccade: interrupted; the same command goes on from the last state")


if __name__ == "__main__":
    main()
