"""Pictures that look alike: vectors of pictures, and an index of them that can be searched, extended and kept.

    index = PictureIndex(model)
    index.add("photos")                         # a folder and those below it; again later: only what is new or changed
    index.search("query.png", k=5)              # the nearest first
    index.duplicates(), index.groups()
    index.save("photos.index"); PictureIndex.load("photos.index", model)

A vector is the mean of a picture's visual tokens, of length 1; how alike two are is their cosine, at most 1. What looks
alike to a model is its own affair, and so are the numbers: choose a threshold on pictures of your own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from saccade.errors import BadInput, SaccadeError
from saccade.media.fetch import open_source
from saccade.media.image import load_image, sniff_format
from saccade.settings import Settings
from saccade.tasks.ask import Answerer, engine_of, media_part
from saccade.tasks.index_files import Indexed, Kept, read_index, write_index
from saccade.tasks.looking import settings_of

Vectors = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]
PIXELS = 65_536  # every picture is shown at about this area, so that a smaller copy gives nearly the same vector
ALIKE = 0.97
_SAME_MODEL = 0.999  # cosine of one model's vectors of one picture, whatever it computes in
_BLOCK = 1024  # rows compared at once


def embed(answerer: Answerer, image: Any, *, min_pixels: int | None = None, max_pixels: int | None = None) -> Vectors:
    """The vector of a picture (or a video), float32 (width,), of length 1: the mean of its visual tokens.

    min_pixels, max_pixels: area limits of the picture. Raises EngineError for a model on a server, which gives none,
    and what opening the picture raises.
    """
    limits = {"min_pixels": min_pixels, "max_pixels": max_pixels}
    part = media_part(image)
    given = {**part.options, **{name: value for name, value in limits.items() if value is not None}}
    vectors: Vectors = engine_of(answerer).embed([replace(part, options=given)])
    return vectors[0]


@dataclass(frozen=True, slots=True)
class Added:
    """What `add` did, by name; `failed` says why. What is `unchanged` was in the index and was not looked at."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hit:
    """A picture that was found: its name, its cosine to the query, and whether it has the very same pixels."""

    name: str
    score: float
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures that look alike: names, cosine, and whether they have the very same pixels."""

    first: str
    second: str
    score: float
    exact: bool = False


class PictureIndex:
    """Vectors of pictures with their names; those of files are their whole paths."""

    def __init__(self, answerer: Answerer, *, pixels: int = PIXELS) -> None:
        """pixels: the area at which pictures are shown; the larger, the more detail counts and the longer it takes."""
        if isinstance(pixels, bool) or not isinstance(pixels, int) or pixels < 1:
            raise BadInput(f"pixels is {pixels!r}; it must be a whole number from 1")
        self.answerer, self.pixels = answerer, pixels
        self._rows: dict[str, tuple[Indexed, Vectors]] = {}
        self._by_digest: dict[str, Vectors] = {}
        self._stacked: Vectors | None = None

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def entries(self) -> tuple[Indexed, ...]:
        """All pictures, in the order they came."""
        return tuple(entry for entry, _ in self._rows.values())

    @property
    def vectors(self) -> Vectors:
        """Their vectors, (len(index), width)."""
        if self._stacked is None:
            self._stacked = np.array([vector for _, vector in self._rows.values()], dtype=np.float32)
        return self._stacked

    def add(self, source: Any, *, name: str | None = None, progress: Progress | None = None) -> Added:
        """Add a picture, or every picture in a folder and those below it, told by content; hidden ones are left out.

        A file whose bytes are those it was added with is not looked at again; a picture with the same pixels as another
        takes its vector. A picture in memory, or from a URL, needs a `name`. In a folder a picture that cannot be read
        costs only itself and stands in `failed`; a single one raises what opening it raises. progress(done, in all).
        """
        folder = _folder_of(source)
        if folder is None:
            kind, its_name = self._add_one(source, name)
            return _added({kind: [its_name]}, {})
        done: dict[str, list[str]] = {"new": [], "changed": [], "unchanged": []}
        failed: dict[str, str] = {}
        files = list(_picture_files(folder))
        for number, file in enumerate(files, start=1):
            try:
                kind, its_name = self._add_one(file, None)
                done[kind].append(its_name)
            except SaccadeError as error:
                failed[str(file.resolve())] = str(error)
            if progress is not None:
                progress(number, len(files))
        return _added(done, failed)

    def remove(self, name: str) -> None:
        """Take a picture out. Raises BadInput for a name that is not in the index."""
        if name not in self._rows:
            raise BadInput(f"{name!r} is not in the index", hint="names of files are their whole paths")
        del self._rows[name]
        self._stacked = None

    def forget_missing(self) -> tuple[str, ...]:
        """Take out the pictures whose files are no longer there; their names."""
        gone = tuple(entry.name for entry in self.entries if entry.file_digest and not Path(entry.name).is_file())
        for name in gone:
            self.remove(name)
        return gone

    def search(self, image: Any, k: int = 10) -> list[Hit]:
        """The `k` pictures most like `image`, which need not be in the index; the nearest first."""
        if isinstance(k, bool) or not isinstance(k, int) or k < 1:
            raise BadInput(f"k is {k!r}; it must be a whole number from 1")
        if not self._rows:
            return []
        loaded = load_image(media_part(image).source, settings_of(self.answerer))
        scores = np.minimum(self.vectors @ self._vector(loaded.image), 1.0)
        hits = [
            Hit(entry.name, float(score), entry.digest == loaded.digest)
            for entry, score in zip(self.entries, scores, strict=True)
        ]
        return sorted(hits, key=lambda hit: (not hit.exact, -hit.score, hit.name))[:k]

    def duplicates(self, threshold: float = ALIKE) -> list[Pair]:
        """Pairs of the same pixels, and pairs whose cosine is at least `threshold`; the most alike first."""
        entries = self.entries
        pairs = [
            Pair(entries[i].name, entries[j].name, score, entries[i].digest == entries[j].digest)
            for i, j, score in self._alike(threshold)
        ]
        return sorted(pairs, key=lambda pair: (not pair.exact, -pair.score, pair.first, pair.second))

    def groups(self, threshold: float = ALIKE) -> list[tuple[str, ...]]:
        """Names of pictures that hang together through `duplicates`, two or more each; the largest groups first."""
        leader = list(range(len(self)))

        def find(i: int) -> int:
            while leader[i] != i:
                leader[i] = i = leader[leader[i]]
            return i

        for i, j, _ in self._alike(threshold):
            leader[find(i)] = find(j)
        together: dict[int, list[str]] = {}
        for i, entry in enumerate(self.entries):
            together.setdefault(find(i), []).append(entry.name)
        groups = [tuple(sorted(names)) for names in together.values() if len(names) > 1]
        return sorted(groups, key=lambda names: (-len(names), names))

    def save(self, folder: str | Path) -> None:
        """Write the index into a folder: names as JSON, vectors as NPZ. What was there stays until this is whole."""
        info = engine_of(self.answerer).info
        write_index(Path(folder), Kept(info.name, info.family, self.pixels, self.entries, self.vectors, self._probe()))

    @classmethod
    def load(cls, folder: str | Path, answerer: Answerer) -> PictureIndex:
        """The index that `save` wrote, to go on with the same model. Nothing in it is ever run.

        Raises BadInput for a folder without an index or a damaged one, and where the model has another name, another
        width or, under the same name, other weights: vectors of two models cannot be compared.
        """
        kept = read_index(Path(folder))
        info = engine_of(answerer).info
        if (kept.model, kept.family) != (info.name, info.family):
            raise _another_model(f"is of {kept.model!r}, {kept.family}, and the model is {info.name!r}, {info.family}")
        index = cls(answerer, pixels=kept.pixels)
        probe = index._probe()
        if len(probe) != len(kept.probe):
            raise _another_model(f"has vectors of {len(kept.probe)} numbers, and the model's have {len(probe)}")
        if float(probe @ kept.probe) < _SAME_MODEL:
            raise _another_model(f"was made by other weights than {info.name!r} has now")
        for entry, row in zip(kept.entries, kept.vectors, strict=True):
            index._put(entry, row)
        return index

    # --- inside -------------------------------------------------------------------------------------------------------

    def _add_one(self, source: Any, name: str | None) -> tuple[str, str]:
        """Add one picture: which of `Added` it is, and its name."""
        part, settings = media_part(source), settings_of(self.answerer)
        is_file = isinstance(part.source, str | Path) and "://" not in str(part.source)
        if part.kind != "image" or (name is None and not (is_file and not str(part.source).startswith("data:"))):
            raise BadInput("an index takes pictures: files, or others with a name", hint='add(picture, name="...")')
        file_digest = ""
        if name is None:
            file_digest = _digest_of_file(part.source, settings)
            name = str(Path(part.source).resolve())
        before = self._rows.get(name)
        if before is not None and file_digest and before[0].file_digest == file_digest:
            return "unchanged", name
        loaded = load_image(part.source, settings)
        if before is not None and before[0].digest == loaded.digest:
            self._put(Indexed(name, loaded.digest, file_digest), before[1])
            return "unchanged", name
        known = self._by_digest.get(loaded.digest)
        self._put(Indexed(name, loaded.digest, file_digest), self._vector(loaded.image) if known is None else known)
        return ("new" if before is None else "changed"), name

    def _put(self, entry: Indexed, vector: Vectors) -> None:
        self._rows[entry.name] = (entry, vector)
        self._by_digest[entry.digest] = vector
        self._stacked = None

    def _vector(self, image: Any) -> Vectors:
        return embed(self.answerer, image, min_pixels=self.pixels, max_pixels=self.pixels)

    def _probe(self) -> Vectors:
        """The vector of one picture that is always the same: what tells weights from others of the same name."""
        ramp = np.arange(64, dtype=np.uint16)
        picture = np.stack([ramp[None] * ramp[:, None], ramp[None] * 3 + ramp[:, None], ramp[:, None] ** 2 + ramp], -1)
        return self._vector((picture % 256).astype(np.uint8))

    def _alike(self, threshold: float) -> Iterator[tuple[int, int, float]]:
        """Rows i < j that have the same pixels or a cosine of at least `threshold`, block by block."""
        if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not -1 <= threshold <= 1:
            raise BadInput(f"threshold is {threshold!r}; it must be a number from -1 to 1")
        vectors = self.vectors
        numbers: dict[str, int] = {}
        same = np.array([numbers.setdefault(entry.digest, len(numbers)) for entry in self.entries])
        for top in range(0, len(self), _BLOCK):
            for left in range(top, len(self), _BLOCK):
                scores = vectors[top : top + _BLOCK] @ vectors[left : left + _BLOCK].T
                equal = same[top : top + _BLOCK, None] == same[None, left : left + _BLOCK]
                for i, j in np.argwhere((scores >= threshold) | equal).tolist():
                    if top + i < left + j:
                        yield top + i, left + j, min(1.0, float(scores[i, j]))


def _added(done: Mapping[str, list[str]], failed: Mapping[str, str]) -> Added:
    new, changed, unchanged = (tuple(done.get(kind, ())) for kind in ("new", "changed", "unchanged"))
    return Added(new, changed, unchanged, failed)


def _folder_of(source: Any) -> Path | None:
    try:
        return Path(source) if isinstance(source, str | Path) and Path(source).is_dir() else None
    except (OSError, ValueError):  # no name at all, such as a data: URI
        return None


def _digest_of_file(source: Any, settings: Settings) -> str:
    digest = hashlib.sha256()
    with open_source(source, settings, kind="image") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _picture_files(folder: Path) -> Iterator[Path]:
    """Files below `folder` whose first bytes are a picture's, in the order of their names."""
    for path in sorted(folder.rglob("*")):
        if any(part.startswith(".") for part in path.relative_to(folder).parts) or not path.is_file():
            continue
        try:
            with path.open("rb") as file:
                head = file.read(32)
        except OSError:
            yield path  # said where it is opened
            continue
        if sniff_format(head) is not None:
            yield path


def _another_model(how: str) -> BadInput:
    return BadInput(f"this index {how}; vectors of two models cannot be compared",
                    hint="load the model it was made with, or make it anew")  # fmt: skip
