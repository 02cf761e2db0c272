"""Public benchmarks, read from a user's own copy in their published files and scored with their published measures.

`read_benchmark("docvqa:/data/docvqa")` gives the conversations to ask; nothing is downloaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from saccade.errors import BadInput
from saccade.train.asking import Case
from saccade.train.benchmarks.folders import DataFolder
from saccade.train.benchmarks.grounding import read_refcoco, read_screenspot
from saccade.train.benchmarks.reading import read_chartqa, read_docvqa, read_infovqa, read_ocrbench, read_textvqa
from saccade.train.benchmarks.videos import read_charades, read_videomme


@dataclass(frozen=True, slots=True)
class Benchmark:
    """How a benchmark is read, what its main number is called, and how long an answer may be."""

    read: Callable[[DataFolder, int | None], Iterator[Case]]
    measure: str
    max_tokens: int = 128


BENCHMARKS: Mapping[str, Benchmark] = {
    "docvqa": Benchmark(read_docvqa, "ANLS"),
    "infovqa": Benchmark(read_infovqa, "ANLS"),
    "textvqa": Benchmark(read_textvqa, "VQA accuracy"),
    "chartqa": Benchmark(read_chartqa, "relaxed accuracy"),
    "ocrbench": Benchmark(read_ocrbench, "accuracy", 512),
    "refcoco": Benchmark(read_refcoco, "Acc@0.5"),
    "screenspot": Benchmark(read_screenspot, "click in box"),
    "videomme": Benchmark(read_videomme, "accuracy"),
    "charades": Benchmark(read_charades, "R@1 tIoU0.5"),
}


def read_benchmark(given: str, limit: int | None = None) -> list[Case]:
    """The conversations of "name:folder". Raises BadInput for an unknown name and for a folder without the data."""
    name, colon, folder = given.partition(":")
    if name not in BENCHMARKS or not colon or not folder:
        raise BadInput(f"{given!r} names no benchmark",
                       hint=f"give NAME:FOLDER, where NAME is one of {', '.join(BENCHMARKS)}")  # fmt: skip
    cases = list(BENCHMARKS[name].read(DataFolder(folder, name), limit))
    if not cases:
        raise BadInput(f"{name}: there is no question in {folder!r}", hint="is it the right folder?")
    return cases
