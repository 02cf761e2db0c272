"""Drawn samples kept in one file: a zip of pictures and samples.jsonl, which holds everything else of every sample.

For worlds too slow to be drawn while training, and for held-out sets, which are the same pixels on every machine.
`write_samples` keeps pixels exactly unless a JPEG quality is given; all else comes back equal as long as `meta`,
`truth` and `tools` are plain JSON (lists, not tuples; string keys).
"""

from __future__ import annotations

import io
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saccade.errors import BadInput
from saccade.synth.sample import (
    AnswerItem,
    BoxNumbers,
    CharBox,
    Clip,
    Part,
    Picture,
    PointNumbers,
    Said,
    Sample,
    SceneObject,
    Turn,
)
from saccade.types import Box

ROWS = "samples.jsonl"
_FIXED_DATE = (2025, 1, 1, 0, 0, 0)  # so that the same samples make the same file
Pixels = NDArray[np.uint8]


def write_samples(path: str | Path, samples: Iterable[Sample], *, jpeg_quality: int | None = None) -> int:
    """Write samples one by one into a new zip at `path`; their number comes back.

    Pictures are lossless WebP, or with `jpeg_quality` (1..95) the smaller of that and JPEG. A file that could not be
    finished is not left behind.
    """
    path, rows = Path(path), []
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".part")
    try:
        with zipfile.ZipFile(unfinished, "w") as archive:

            def keep(image: Pixels, name: str) -> str:
                data = encode(image, jpeg_quality)
                file = f"{name}.{'webp' if data.startswith(b'RIFF') else 'jpg'}"
                archive.writestr(zipfile.ZipInfo(file, _FIXED_DATE), data)  # pictures do not deflate
                return file

            for number, sample in enumerate(samples):
                name, row = f"{number:05d}", _row(sample)
                row["file"] = keep(sample.image, name)
                for index, picture in enumerate(sample.more):
                    row["more"][index]["file"] = keep(picture.image, f"{name}-{index + 1}")
                if sample.clip is not None:
                    frames = enumerate(sample.clip.frames)
                    row["clip"]["files"] = [keep(frame, f"{name}-frame{index:03d}") for index, frame in frames]
                rows.append(json.dumps(row, separators=(",", ":"), ensure_ascii=False, default=np.generic.item))
            info = zipfile.ZipInfo(ROWS, _FIXED_DATE)
            archive.writestr(info, "".join(f"{row}\n" for row in rows), zipfile.ZIP_DEFLATED, 9)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return len(rows)


def read_samples(path: str | Path, limit: int | None = None) -> Iterator[Sample]:
    """The first `limit` samples of a pack (all when None), in order. Raises BadInput when it is none."""
    pack = SamplePack(path)
    with pack.archive:
        for index in range(len(pack) if limit is None else min(limit, len(pack))):
            yield pack[index]


class SamplePack:
    """A pack opened for picking samples by number; rows stay compressed in memory until asked for.

    Raises BadInput when the file is no such pack.
    """

    def __init__(self, path: str | Path) -> None:
        try:
            self.archive = zipfile.ZipFile(path)
            with self.archive.open(ROWS) as lines:
                self._rows = [zlib.compress(line, 1) for line in lines]
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise BadInput(
                f"{path} is not a pack of drawn samples ({error})",
                hint="a pack is a zip of pictures and samples.jsonl, as write_samples makes it",
            ) from error

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Sample:
        row = json.loads(zlib.decompress(self._rows[index]))
        more = tuple(
            Picture(self._image(each["file"]), *_contents(each)) for each in row["more"]
        )  # fmt: skip
        clip = None
        if row["clip"] is not None:
            frames = np.stack([self._image(file) for file in row["clip"]["files"]])
            objects = tuple(tuple(map(_object, each)) for each in row["clip"]["objects"])
            clip = Clip(frames, row["clip"]["fps"], objects)
        turns, image = tuple(map(_turn, row["turns"])), self._image(row["file"])
        return Sample(image, turns, *_contents(row), row["meta"], more, clip, tuple(row["tools"]))

    def _image(self, file: str) -> Pixels:
        return decode(self.archive.read(file))


def open_pack(path: str | Path) -> SamplePack:
    """A pack that stays open; each process has its own, as an open file cannot be shared by reading workers."""
    return _open_pack(str(path), os.getpid())


@lru_cache(maxsize=8)
def _open_pack(path: str, process: int) -> SamplePack:
    return SamplePack(path)


def encode(image: Pixels, jpeg_quality: int | None = None) -> bytes:
    """A picture [H, W, 3] as lossless WebP, or the smaller of that and JPEG."""
    webp = io.BytesIO()
    Image.fromarray(image).save(webp, "WEBP", lossless=True, method=4)
    if jpeg_quality is None:
        return webp.getvalue()
    jpeg = io.BytesIO()
    Image.fromarray(image).save(jpeg, "JPEG", quality=jpeg_quality, optimize=True)
    return min(jpeg.getvalue(), webp.getvalue(), key=len)


def decode(data: bytes) -> Pixels:
    """The picture of a stored file, uint8 [H, W, 3]."""
    return np.array(Image.open(io.BytesIO(data)).convert("RGB"), dtype=np.uint8)


def _box_values(box: Box) -> list[Any]:
    """Corners and label; the rest only where there is any."""
    rest = [list(box.raw), list(box.flags), dict(box.attributes)]
    return [box.x0, box.y0, box.x1, box.y1, box.label, *(rest if any(rest) else ())]


def _box(values: Sequence[Any]) -> Box:
    x0, y0, x1, y1, label, *rest = values
    raw, flags, attributes = rest or ((), (), {})
    return Box(x0, y0, x1, y1, label, tuple(raw), tuple(flags), attributes)


def _contents_row(holder: Sample | Picture) -> dict[str, Any]:
    """What is known about one picture."""
    return {
        "chars": [[c.char, c.x0, c.y0, c.x1, c.y1, c.line, c.index] for c in holder.chars],
        "lines": [[text, *_box_values(box)] for text, box in holder.lines],
        "objects": [_object_values(thing) for thing in holder.objects],
    }


def _contents(
    row: Mapping[str, Any],
) -> tuple[tuple[CharBox, ...], tuple[tuple[str, Box], ...], tuple[SceneObject, ...]]:
    return (
        tuple(CharBox(*values) for values in row["chars"]),
        tuple((text, _box(values)) for text, *values in row["lines"]),
        tuple(map(_object, row["objects"])),
    )


def _object_values(thing: SceneObject) -> list[Any]:
    return [thing.shape, thing.colour, thing.size_word, *_box_values(thing.box)]


def _object(values: Sequence[Any]) -> SceneObject:
    return SceneObject(values[0], values[1], values[2], _box(values[3:]))


def _part_row(part: Part) -> dict[str, Any]:
    if isinstance(part, Said):
        row = {"said": part.text, "at": part.at and list(part.at), "line": part.line, "start": part.start,
               "escape": part.escape, "picture": part.picture}  # fmt: skip
        return {
            key: value for key, value in row.items() if value not in (None, "", 0) or key == "said" or key == "line"
        }
    if isinstance(part, BoxNumbers):
        return {"box": _box_values(part.box), "picture": part.picture, "separator": part.separator}
    return {"point": [part.x, part.y], "picture": part.picture, "separator": part.separator}


def _part(row: Mapping[str, Any]) -> Part:
    if "said" in row:
        at = row.get("at")
        return Said(row["said"], at and (at[0], at[1]), row.get("picture", 0), row.get("line"), row.get("start", 0),
                    row.get("escape", ""))  # fmt: skip
    if "box" in row:
        return BoxNumbers(_box(row["box"]), row["picture"], row["separator"])
    x, y = row["point"]
    return PointNumbers(x, y, row["picture"], row["separator"])


def _turn_row(turn: Turn) -> dict[str, Any]:
    return {
        "task": turn.task, "prompt": turn.prompt, "answer": turn.answer,
        "items": [[_box_values(item.box), item.key, item.value] for item in turn.items],
        "parts": [_part_row(part) for part in turn.parts], "truth": turn.truth,
    }  # fmt: skip


def _turn(row: Mapping[str, Any]) -> Turn:
    items = tuple(AnswerItem(_box(box), key, value) for box, key, value in row["items"])
    return Turn(row["task"], row["prompt"], row["answer"], items, tuple(map(_part, row["parts"])), row["truth"])


def _row(sample: Sample) -> dict[str, Any]:
    """A sample as plain JSON values, without its pixels."""
    clip = sample.clip
    return {
        "turns": [_turn_row(turn) for turn in sample.turns], **_contents_row(sample), "meta": sample.meta,
        "more": [_contents_row(picture) for picture in sample.more],
        "clip": clip and {"fps": clip.fps, "objects": [[_object_values(t) for t in frame] for frame in clip.objects]},
        "tools": list(sample.tools),
    }  # fmt: skip
