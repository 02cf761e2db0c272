"""Held-out samples as files, the way a user has them: pictures as PNG, clips as lossless video."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from saccade.prompts.compare import DIFFERENCE_PROMPTS
from saccade.synth import worlds
from saccade.synth.heldout import read_set, spec
from saccade.synth.sample import Clip, Sample

PAIRS = "pairs"  # a set of its own for `saccade compare`, which no held-out set asks for; drawn by the same rules
_PAIRS_NUMBER = 99  # behind those of heldout.json
_SIDES_PX = (224, 448)


def samples_of(name: str, number: int) -> list[Sample]:
    """The first `number` samples of a held-out set, or of PAIRS."""
    return list(islice(_pairs(), number)) if name == PAIRS else list(read_set(name, number))


def _pairs() -> Iterator[Sample]:
    """Two pictures each, with the question what is different."""
    index = 0
    while True:
        rng = np.random.default_rng(np.random.SeedSequence([spec()["seed"], _PAIRS_NUMBER, index]))
        height, width = (int(side) for side in rng.integers(*_SIDES_PX, 2, endpoint=True))
        options: dict[str, Any] = {"kinds": ("scenes",), "split": "heldout", "font_set": "heldout", "distortion": 0.2}
        sample = worlds.draw("pairs", rng, height=height, width=width, tasks=("vqa",), **options)
        if sample.turns[0].prompt in DIFFERENCE_PROMPTS:
            yield sample
        index += 1


def write_files(sample: Sample, folder: Path, name: str) -> list[Path]:
    """The pictures or the clip of a sample, written to `folder` as NAME.png, NAME-2.png, or NAME.mkv."""
    if sample.clip is not None:
        return [write_clip(sample.clip, folder / f"{name}.mkv")]
    files = [folder / f"{name}.png", *(folder / f"{name}-{number}.png" for number in range(2, 2 + len(sample.more)))]
    for file, image in zip(files, [sample.image, *(picture.image for picture in sample.more)], strict=True):
        Image.fromarray(image).save(file)
    return files


def write_clip(clip: Clip, file: Path) -> Path:
    """The frames of a clip, bit by bit, as FFV1 in Matroska."""
    height, width = clip.frames.shape[1:3]
    with av.open(str(file), "w") as container:
        stream = container.add_stream("ffv1", rate=Fraction(clip.fps).limit_denominator(1001))
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "bgr0"
        for pixels in clip.frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24").reformat(format="bgr0")))
        container.mux(stream.encode())
    return file
