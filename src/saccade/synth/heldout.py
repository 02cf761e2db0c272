"""The held-out questions: fixed by heldout.json before training, drawn anywhere from their seeds.

Sample i of a set comes from SeedSequence([seed, set number, i, attempt]), which no training run uses
(`worlds.training_rng`); the attempt is 0 unless the draw could not ask its question. The held-out typefaces come with
the package; pages that only a browser can render are read from a pack beside them.

    python -m saccade.synth.heldout          draws every set once and prints its difficulty in numbers
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from importlib.resources import as_file, files
from typing import Any

import numpy as np

from saccade.errors import BadInput
from saccade.synth import worlds
from saccade.synth.packs import read_samples
from saccade.synth.sample import Sample
from saccade.synth.text import TextLevel

_ATTEMPTS = 60


@lru_cache(maxsize=1)
def spec() -> Mapping[str, Any]:
    """The content of heldout.json."""
    return json.loads(files("saccade.synth").joinpath("heldout.json").read_text("utf-8"))


def set_names() -> tuple[str, ...]:
    """The held-out sets, in the order of the spec."""
    return tuple(spec()["sets"])


def set_spec(name: str) -> Mapping[str, Any]:
    """What the spec says of a set. Raises BadInput for one that it does not know."""
    if name not in spec()["sets"]:
        raise BadInput(f"no held-out set is called {name!r}", hint=f"the sets are {', '.join(set_names())}")
    return spec()["sets"][name]


def read_set(name: str, limit: int | None = None) -> Iterator[Sample]:
    """The first `limit` samples of a set (all when None), in order; `meta` has "set" and "index".

    Raises BadInput for an unknown set.
    """
    wanted = set_spec(name)
    count = wanted["n"] if limit is None else min(limit, wanted["n"])
    if "pack" in wanted:
        with as_file(files("saccade").joinpath("assets", "heldout", wanted["pack"])) as pack:
            for index, sample in enumerate(read_samples(pack)):
                if index >= count:
                    return
                yield replace(sample, meta={**sample.meta, "set": name, "index": index})
        return
    for index in range(count):
        yield heldout_sample(name, index)


def heldout_sample(name: str, index: int) -> Sample:
    """Sample `index` of a drawn set."""
    wanted = set_spec(name)
    draws = wanted["draws"]  # one ingredient after the other
    chosen = draws[index % len(draws)]
    for attempt in range(_ATTEMPTS):
        rng = np.random.default_rng(np.random.SeedSequence([spec()["seed"], wanted["number"], index, attempt]))
        options: dict[str, Any] = {**chosen.get("options", {}), "font_set": "heldout", "tasks": tuple(chosen["tasks"])}
        if chosen.get("split", True):
            options["split"] = "heldout"
        if "level" in chosen:
            level = chosen["level"]
            options["level"] = TextLevel(**{**level, "x_height_px": tuple(level["x_height_px"])})
        for side in ("height", "width"):
            low, high = chosen[side]
            options[side] = int(rng.integers(low, high + 1))
        if "counts" in chosen:
            low, high = chosen["counts"]
            options["count"] = low + index // len(draws) % (high - low + 1)
        sample = worlds.draw(chosen["world"], rng, **options)
        asked = [turn.task for turn in sample.turns][: len(chosen["tasks"])] == list(chosen["tasks"])
        if asked and ("count" not in options or _count_of(sample) == options["count"]):
            return replace(sample, meta={**sample.meta, "set": name, "index": index})
    raise AssertionError(f"{name} {index}: no draw asks {chosen['tasks']}")


def _count_of(sample: Sample) -> int:
    turn = sample.turns[0]
    return int(turn.truth["count"]) if "count" in turn.truth else int(turn.answer or 0)


def difficulty(name: str, limit: int | None = None) -> dict[str, float]:
    """Mean sizes and lengths of a set: side lengths, questions, answer parts, lines, characters and things."""
    samples = list(read_set(name, limit))
    rows = {
        "n": float(len(samples)),
        "height_px": np.mean([s.image.shape[0] for s in samples]),
        "width_px": np.mean([s.image.shape[1] for s in samples]),
        "pictures": np.mean([1 + len(s.more) if s.clip is None else len(s.clip.frames) for s in samples]),
        "turns": np.mean([len(s.turns) for s in samples]),
        "lines": np.mean([len(s.lines) for s in samples]),
        "characters": np.mean([len(s.chars) for s in samples]),
        "things": np.mean([len(s.objects) for s in samples]),
    }
    return {key: round(float(value), 1) for key, value in rows.items()}


if __name__ == "__main__":
    for set_name in set_names():
        print(set_name, json.dumps(difficulty(set_name)), file=sys.stdout, flush=True)
