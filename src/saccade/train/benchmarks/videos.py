"""Questions about videos: Video-MME and Charades-STA.

Video-MME (Fu et al., arXiv 2405.21075): JSON or JSON Lines, a question each or grouped by video under "questions":
{"video_id", "duration": "short" | "medium" | "long", "videoID", "question_id", "question", "options": ["A. ...", ...],
"answer": "C"}; videos data/VIDEOID.mp4. The parquet file of the hub becomes such a file with one line of pandas.
Charades-STA (Gao et al., arXiv 1705.02101): charades_sta_test.txt, lines "AO8RW 0.0 6.9##a person ...", in seconds;
videos Charades_v1_480/AO8RW.mp4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from saccade.errors import BadInput
from saccade.prompts.video import moment_seconds_prompt
from saccade.train.asking import Case, Question
from saccade.train.benchmarks.folders import DataFolder, texts_of
from saccade.train.benchmarks.published import chosen_letter
from saccade.train.scoring.amounts import Scores, Shown, share
from saccade.train.scoring.text import said
from saccade.train.scoring.video import score_moment
from saccade.types import Part

_VIDEOS = (".mp4", ".mkv", ".webm", ".avi", ".MP4", "")
_LINE = re.compile(r"(\S+)\s+([\d.]+)\s+([\d.]+)\s*##\s*(.+)")
# Wording of the benchmark's own evaluation, without subtitles.
_CHOICE = (
    "Select the best answer to the following multiple-choice question based on the video. Respond with only the letter "
    "({letters}) of the correct option.\n{question}\n{options}\nThe best answer is:"
)


def read_videomme(folder: DataFolder, limit: int | None = None) -> Iterator[Case]:
    """Accuracy of multiple choice, without subtitles; a row for each length of video."""
    file = folder.annotations("*ideo*[mM][mM][eE]*.json*", "*.jsonl", "test*.json")[0]
    for entry in _questions(folder, file)[:limit]:
        options = _options(folder, entry)
        letters = [chr(ord("A") + number) for number in range(len(options))]
        prompt = _CHOICE.format(letters=", ".join(letters[:-1]) + f", or {letters[-1]}",
                                question=folder.field(entry, "question"), options="\n".join(options))  # fmt: skip
        wanted = str(folder.field(entry, "answer")).strip()[:1].upper()
        media = folder.media(str(folder.field(entry, "videoID", "youtube_id", "video_id")), ("data", "videos"), _VIDEOS)
        question = Question("videomme", prompt, partial(_score_choice, wanted, options))
        yield Case((Part("video", source=media),), (question,), group=str(entry.get("duration") or ""),
                   id=str(entry.get("question_id", "")))  # fmt: skip


def _questions(folder: DataFolder, file: Any) -> list[Mapping[str, Any]]:
    """Every question with what its video's entry says about both."""
    found: list[Mapping[str, Any]] = []
    for entry in folder.entries(file):
        inner = entry.get("questions")
        found += [{**entry, **question} for question in inner] if isinstance(inner, list) else [entry]
    return found


def _options(folder: DataFolder, entry: Mapping[str, Any]) -> list[str]:
    value = folder.field(entry, "options")
    options = [line for line in value.split("\n") if line.strip()] if isinstance(value, str) else texts_of(value)
    if not 2 <= len(options) <= 8:
        raise BadInput(f"videomme: a question has {len(options)} options", hint="2 to 8 are allowed")
    return [
        option if re.match(r"[A-H][.):]", option) else f"{chr(ord('A') + number)}. {option}"
        for number, option in enumerate(options)
    ]


def _score_choice(wanted: str, options: list[str], answer: str, shown: Shown) -> Scores:
    return {"accuracy": share(chosen_letter(said(answer), options) == wanted)}


def read_charades(folder: DataFolder, limit: int | None = None) -> Iterator[Case]:
    """R@1 at tIoU 0.3, 0.5 and 0.7, and mean tIoU."""
    file = folder.annotations("charades_sta_test.txt", "*charades_sta*.txt")[0]
    lines = [line for line in file.read_text("utf-8", errors="replace").splitlines() if line.strip()]
    for number, line in enumerate(lines[:limit]):
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise BadInput(f"charades: line {number + 1} of {file.name} reads {line[:60]!r}",
                           hint="expected 'VIDEO START END##sentence'")  # fmt: skip
        truth = {"start_s": float(match[2]), "end_s": float(match[3])}
        media = folder.media(match[1], ("Charades_v1_480", "Charades_v1", "videos"), _VIDEOS)
        query = match[4].strip().rstrip(".").replace("'", "\u2019")
        question = Question("charades", moment_seconds_prompt(query), partial(_score_stretch, truth))
        yield Case((Part("video", source=media),), (question,), id=str(number))


def _score_stretch(truth: Mapping[str, Any], answer: str, shown: Shown) -> Scores:
    """As published, times may lie past the video's end, as some of the true ones do."""
    return score_moment(truth, answer, replace(shown, duration_s=None))
