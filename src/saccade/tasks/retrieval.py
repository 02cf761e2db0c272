"""Find what belongs to a question in texts: ranking by words (BM25), and the lines that an answer was taken from.

BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009), with k1 = 1.2 and b = 0.75 and the
inverse document frequency that is never negative. Words are compared as letters and digits without case or accents;
Chinese, Japanese and Korean signs count one by one. It knows no synonyms: a question in other words finds nothing.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from saccade.types import Box

_K1, _B = 1.2, 0.75
_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+(?:[.,](?=\d)\d+)*")
_SHORT_ANSWER = 12  # terms; of a longer one single lines are parts
_COVERED = 0.6  # share of a short answer (by weight) that a line must hold
_MOSTLY = 0.7  # share of a line's terms that a long answer must hold
_LEAST_TERMS = 3  # of a line that is cited for a long answer
_MOST_CITATIONS = 3
# Words that an answer puts around what it says; none of them is looked up.
_EMPTY_WORDS = frozenset((
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "is", "it", "its", "of", "on", "or", "that",
    "the", "there", "this", "to", "was", "were", "with",
))  # fmt: skip


def terms(text: str) -> list[str]:
    """The words of a text in the order they come, folded."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(letter for letter in plain if not unicodedata.combining(letter)))


def bm25(query: str, texts: Sequence[str]) -> list[float]:
    """How well each text fits the query; 0 where it has none of its words."""
    counts = [Counter(terms(text)) for text in texts]
    lengths = [sum(count.values()) for count in counts]
    mean = max(sum(lengths) / max(len(lengths), 1), 1e-9)
    scores = [0.0] * len(texts)
    for word in dict.fromkeys(terms(query)):
        weight = _weight(sum(word in count for count in counts), len(texts))
        for at, (count, length) in enumerate(zip(counts, lengths, strict=True)):
            often = count[word]
            scores[at] += weight * often * (_K1 + 1) / (often + _K1 * (1 - _B + _B * length / mean))
    return scores


def _weight(holding: int, total: int) -> float:
    return math.log(1 + (total - holding + 0.5) / (holding + 0.5))


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page's text; `box` in page pixels, None where only the words are known."""

    page: int
    text: str
    box: Box | None = None


def lines_of_answer(answer: str, question: str, lines: Sequence[Line]) -> list[Line]:
    """The lines that hold a short answer, or that a long one repeats, best first; at most three, [] for none.

    Of lines that hold it alike, those come first that share more words with the question, then those whose
    neighbours do.
    """
    every = dict.fromkeys(terms(answer))
    wanted = [word for word in every if word not in _EMPTY_WORDS] or list(every)
    if not wanted or not lines:
        return []
    words = [set(terms(line.text)) for line in lines]
    weights = {word: _weight(sum(word in line for line in words), len(lines)) for word in wanted}
    asked = set(terms(question)) - set(wanted)
    found: list[tuple[float, float, int]] = []
    for at, line in enumerate(words):
        if not line:
            continue
        if len(wanted) <= _SHORT_ANSWER:
            fit = sum(weights[word] for word in wanted if word in line) / sum(weights.values())
            good = fit >= _COVERED
        else:
            fit = len(line & every.keys()) / len(line)
            good = fit >= _MOSTLY and len(line) >= _LEAST_TERMS
        if good:
            around = set().union(*words[max(0, at - 1) : at + 2]) if asked else set()
            found.append((-round(fit, 6), -len(asked & line) - len(asked & around) / 1000, at))
    best = sorted(found)
    if len(wanted) <= _SHORT_ANSWER and best:
        best = [entry for entry in best if entry[:2] == best[0][:2]]  # as good as the best only
    return [lines[at] for *_, at in best[:_MOST_CITATIONS]]
