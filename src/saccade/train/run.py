"""Start or continue a training run: `python -m saccade.train.run FOLDER`. `touch FOLDER/stop` ends it cleanly."""

from __future__ import annotations

import argparse
from pathlib import Path

from torch.multiprocessing.spawn import spawn

from saccade.train.folder import start_folder
from saccade.train.loop import Run, run_rank
from saccade.train.recipe import Recipe, tiny_recipe
from saccade.train.tokenizer import train_tokenizer


def train(folder: Path, recipe: Recipe, *, processes: int = 2, minutes: float = 1e9) -> None:
    """Run `recipe` in `folder`, going on from its state if it has one, for at most `minutes`."""
    if not (folder / "tokenizer.json").exists():
        start_folder(folder, train_tokenizer())
    recipe.write(folder / "recipe.json")
    for leftover in ("rendezvous", "stop"):
        (folder / leftover).unlink(missing_ok=True)
    run = Run(folder.resolve(), processes, minutes)
    spawn(run_rank, args=(recipe, run), nprocs=processes)


def main() -> None:
    """Command line of this module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--processes", type=int, default=2, help="trainer processes, one core each")
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after so many minutes")
    options = parser.parse_args()
    train(options.folder, tiny_recipe(), processes=options.processes, minutes=options.minutes)


if __name__ == "__main__":
    main()
