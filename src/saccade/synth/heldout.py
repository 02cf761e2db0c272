"""The held-out pictures: drawn once from heldout.json, kept as a zip, read back anywhere without the fonts.

A held-out picture is its stored file, decoded (JPEG, or lossless WebP where that is smaller), so what is measured
is the same on every machine. Sample i of a set comes from SeedSequence([77001, set number, i, attempt]), which no
training run uses (`worlds.training_rng`); the attempt is 0 unless the draw could not ask its question (no fit
word to find).

    python -m saccade.synth.heldout OUT.zip      draws every set into OUT.zip
"""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saccade.errors import BadInput
from saccade.synth import worlds
from saccade.synth.sample import AnswerItem, CharBox, Sample, SceneObject, Turn
from saccade.synth.text import TextLevel
from saccade.types import Box

PACK_NAME = "heldout-1.zip"
_FIXED_DATE = (2025, 1, 1, 0, 0, 0)  # so that the same pictures make the same zip
_ATTEMPTS = 50


@lru_cache(maxsize=1)
def spec() -> Mapping[str, Any]:
    """The content of heldout.json."""
    return json.loads(files("saccade.synth").joinpath("heldout.json").read_text("utf-8"))


def set_names() -> tuple[str, ...]:
    """The held-out sets, in the order of the spec."""
    return tuple(spec()["sets"])


def _set_spec(name: str) -> Mapping[str, Any]:
    if name not in spec()["sets"]:
        raise BadInput(f"no held-out set is called {name!r}", hint=f"the sets are {', '.join(set_names())}")
    return spec()["sets"][name]


def heldout_sample(name: str, index: int) -> Sample:
    """Sample `index` of a set, drawn from its seed; its picture is the decoded file.

    Raises BadInput for an unknown set, MissingExtra when the set's fonts are not installed (use `read_pack`).
    """
    return _draw(name, index)[0]


def heldout_samples(name: str, limit: int | None = None) -> Iterator[Sample]:
    """The first `limit` samples of a set (all when None), drawn one by one."""
    for index in range(_set_spec(name)["n"] if limit is None else min(limit, _set_spec(name)["n"])):
        yield heldout_sample(name, index)


def _draw(name: str, index: int) -> tuple[Sample, bytes]:
    """A sample and its picture file."""
    wanted = _set_spec(name)
    for attempt in range(_ATTEMPTS):
        rng = np.random.default_rng(np.random.SeedSequence([spec()["seed"], wanted["number"], index, attempt]))
        options: dict[str, Any] = dict(wanted.get("options", {}), tasks=tuple(wanted["tasks"]))
        if "level" in wanted:
            level = dict(wanted["level"])
            options["level"] = TextLevel(**level | {"x_height_px": tuple(level["x_height_px"])})
            options["font_set"] = wanted["font_set"]
        if "sides_px" in wanted:
            low, high = wanted["sides_px"]
            options["height"], options["width"] = (int(side) for side in rng.integers(low, high + 1, size=2))
        if "counts" in wanted:
            low, high = wanted["counts"]
            options["count"] = low + index % (high - low + 1)
        sample = worlds.draw(wanted["world"], rng, **options)
        asked = [turn.task for turn in sample.turns] == list(wanted["tasks"])
        if asked and ("count" not in options or sample.turns[0].answer == str(options["count"])):
            break
    else:
        raise AssertionError(f"{name} {index}: no draw asks {wanted['tasks']}")
    data = _encode(sample.image)
    meta = {**sample.meta, "set": name, "index": index}
    return replace(sample, image=_decode(data), meta=meta), data


def _encode(image: NDArray[np.uint8]) -> bytes:
    """The smaller of JPEG and lossless WebP; clean print on a flat ground is half the size without loss."""
    jpeg, webp = io.BytesIO(), io.BytesIO()
    picture = Image.fromarray(image)
    picture.save(jpeg, "JPEG", quality=spec()["jpeg_quality"], optimize=True)
    picture.save(webp, "WEBP", lossless=True)
    return min(jpeg.getvalue(), webp.getvalue(), key=len)


def _decode(data: bytes) -> NDArray[np.uint8]:
    return np.array(Image.open(io.BytesIO(data)).convert("RGB"), dtype=np.uint8)


def write_pack(path: str | Path, *, limit: int | None = None, names: Sequence[str] | None = None) -> int:
    """Draw the sets into a zip of pictures and samples.jsonl; the number of pictures comes back.

    `limit` keeps the first samples of each set only, `names` some of the sets.
    """
    rows: list[str] = []
    with zipfile.ZipFile(path, "w") as archive:
        for name in names or set_names():
            number = _set_spec(name)["n"] if limit is None else min(limit, _set_spec(name)["n"])
            for index in range(number):
                sample, data = _draw(name, index)
                file = f"{name}/{index:04d}.{'webp' if data.startswith(b'RIFF') else 'jpg'}"
                archive.writestr(zipfile.ZipInfo(file, _FIXED_DATE), data)  # pictures do not deflate
                rows.append(json.dumps({"file": file, **_row(sample)}, separators=(",", ":")))
        for file, text in (("spec.json", json.dumps(spec(), indent=1)), ("samples.jsonl", "\n".join(rows) + "\n")):
            info = zipfile.ZipInfo(file, _FIXED_DATE)
            archive.writestr(info, text, zipfile.ZIP_DEFLATED, 9)
    return len(rows)


def read_pack(path: str | Path, name: str | None = None, limit: int | None = None) -> Iterator[Sample]:
    """The samples of a pack in order, of one set when `name` is given, at most `limit` of each set.

    Character boxes are kept to a tenth of a pixel. Raises BadInput when the file is not such a pack.
    """
    try:
        archive = zipfile.ZipFile(path)
        lines = archive.read("samples.jsonl").decode("utf-8").splitlines()
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise BadInput(
            f"{path} is not a pack of held-out pictures ({error})",
            hint="make one with: python -m saccade.synth.heldout OUT.zip",
        ) from error
    with archive:
        for line in lines:
            row = json.loads(line)
            meta = row["meta"]
            if (name is None or meta["set"] == name) and (limit is None or meta["index"] < limit):
                yield _sample(row, _decode(archive.read(row["file"])))


def _numbers(box: Box | CharBox, digits: int) -> list[float]:
    return [round(value, digits) for value in (box.x0, box.y0, box.x1, box.y1)]


def _row(sample: Sample) -> dict[str, Any]:
    """A sample as plain JSON values, without its picture."""
    return {
        "turns": [
            {
                "task": turn.task,
                "prompt": turn.prompt,
                "answer": turn.answer,
                "items": [[item.key, item.value, item.box.label, *_numbers(item.box, 2)] for item in turn.items],
            }
            for turn in sample.turns
        ],
        "chars": [[char.char, char.line, char.index, *_numbers(char, 1)] for char in sample.chars],
        "lines": [[text, *_numbers(box, 2)] for text, box in sample.lines],
        "objects": [[item.shape, item.colour, item.size_word, *_numbers(item.box, 2)] for item in sample.objects],
        "meta": dict(sample.meta),
    }


def _sample(row: Mapping[str, Any], image: NDArray[np.uint8]) -> Sample:
    def box(numbers: Sequence[float], label: str) -> Box:
        x0, y0, x1, y1 = numbers
        return Box(x0, y0, x1, y1, label)

    turns = []
    for turn in row["turns"]:
        items = tuple(AnswerItem(box(item[3:], item[2]), item[0], item[1]) for item in turn["items"])
        turns.append(Turn(turn["task"], turn["prompt"], turn["answer"], items))
    return Sample(
        image,
        tuple(turns),
        tuple(CharBox(char, x0, y0, x1, y1, line, index) for char, line, index, x0, y0, x1, y1 in row["chars"]),
        tuple((text, box(numbers, text)) for text, *numbers in row["lines"]),
        tuple(
            SceneObject(shape, colour, size, box(numbers, f"{colour} {shape}"))
            for shape, colour, size, *numbers in row["objects"]
        ),
        row["meta"],
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m saccade.synth.heldout OUT.zip")
    Path(sys.argv[1]).parent.mkdir(parents=True, exist_ok=True)
    print(f"{write_pack(sys.argv[1])} pictures, {Path(sys.argv[1]).stat().st_size / 1e6:.1f} MB in {sys.argv[1]}")
