"""Scores of answers that are text: readings, captions, short answers.

CER = edits / reference length over all questions together, after NFC and folding white space. ANLS (Biten et al., arXiv
1905.13648) = 1 - edits / longer length of the best accepted answer, 0 where that is below one half.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from saccade.errors import BadAnswer
from saccade.processing.parse.absence import read_count
from saccade.processing.parse.boxes import read_boxes
from saccade.processing.parse.numbers import number_of, read_number
from saccade.train.metrics import best_pairs, edit_distance, fold
from saccade.train.scoring.amounts import Amount, Scores, Shown, f1, share
from saccade.types import Box

LINE_CER = 0.1  # most edits per character of a line that counts as read

_AROUND = " .,;:!?\"'`*“”‘’"
_ARTICLE = re.compile(r"^(?:a|an|the)\s+(?=\S)")


def said(answer: str) -> str:
    """The answer itself, without the reasoning before it."""
    return answer.rpartition("</think>")[2].strip()


def score_reading(truth: Mapping[str, Any], answer: str, shown: Shown) -> Scores:
    """truth: {"text"}. CER, and the share of texts without any edit."""
    wanted, read = fold(truth["text"]), fold(said(answer))
    edits = edit_distance(wanted, read)
    return {"CER": share(edits, len(wanted)), "exact": share(edits == 0)}


def score_spotting(truth: Mapping[str, Any], answer: str, shown: Shown) -> Scores:
    """truth: {"lines": [{"text", "box"}]}. A line counts when its box overlaps by half and its text is read within
    `LINE_CER`; "box F1@0.5" asks for the box alone."""
    try:
        found: Sequence[Box] = read_boxes(
            answer, source=shown.source, resized=shown.resized, profile=shown.profile
        ).boxes  # fmt: skip
    except BadAnswer:
        found = ()
    lines = [(fold(line["text"]), Box(*line["box"])) for line in truth["lines"]]
    overlaps = {
        (i, j): overlap
        for i, box in enumerate(found)
        for j, (_, place) in enumerate(lines)
        if (overlap := box.iou(place)) >= 0.5
    }
    read = {(i, j): value for (i, j), value in overlaps.items()
            if edit_distance(fold(found[i].label), lines[j][0]) <= LINE_CER * len(lines[j][0])}  # fmt: skip
    return {
        "line F1": f1(len(best_pairs(read)), len(found), len(lines)),
        "box F1@0.5": f1(len(best_pairs(overlaps)), len(found), len(lines)),
    }


def score_caption(truth: Mapping[str, Any], answer: str, shown: Shown) -> Scores:
    """truth: {"text"}. Exact after `plain`, and F1 over words."""
    return {
        "exact": share(plain(truth["text"]) == plain(said(answer))),
        "word F1": word_f1(truth["text"], said(answer)),
    }


def score_answer(truth: Mapping[str, Any], answer: str, shown: Shown) -> Scores:
    """truth: {"answers": accepted texts}. Exact after `same_answer`'s normalisation, and ANLS."""
    given = said(answer)
    return {
        "exact": share(any(same_answer(wanted, given) for wanted in truth["answers"])),
        "ANLS": share(anls(truth["answers"], given)),
    }


def score_count(truth: Mapping[str, Any], answer: str, shown: Shown) -> Scores:
    """truth: {"count"}. Exact, and mean absolute error (of an answer without a number: the count itself)."""
    wanted = int(truth["count"])
    try:
        number, _ = read_count(answer)
    except BadAnswer:
        return {"exact": share(0), "MAE": share(wanted)}
    return {"exact": share(number == wanted), "MAE": share(abs(number - wanted))}


def plain(text: str) -> str:
    """NFKC, lower case, white space folded, without marks around it or an article before it."""
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split()).strip(_AROUND)
    return _ARTICLE.sub("", folded)


def same_answer(wanted: str, given: str) -> bool:
    """Whether two short answers say the same: equal after `plain`, or the same number, also in words up to twenty."""
    if plain(wanted) == plain(given):
        return True
    number = _number(wanted)
    return number is not None and number == _number(given)


def _number(text: str) -> float | None:
    text = plain(text)
    if text.isascii() and text.isalpha():
        try:
            return float(read_number(text)) if text not in ("no", "none") else None
        except BadAnswer:
            return None
    return number_of(text)


def anls(accepted: Iterable[str], given: str, threshold: float = 0.5) -> float:
    """The best normalised similarity of `given` to any accepted answer, 0 below `threshold`."""
    return max((_similarity(wanted, given, threshold) for wanted in accepted), default=0.0)


def _similarity(wanted: str, given: str, threshold: float) -> float:
    wanted, given = " ".join(wanted.lower().split()), " ".join(given.lower().split())
    longest = max(len(wanted), len(given))
    value = 1.0 - edit_distance(wanted, given) / longest if longest else 1.0
    return value if value >= threshold else 0.0


def word_f1(wanted: str, given: str) -> Amount:
    """Words in common, each as often as it stands in both."""
    first, second = (Counter(re.findall(r"\w+", text.casefold())) for text in (wanted, given))
    return f1((first & second).total(), second.total(), first.total())
