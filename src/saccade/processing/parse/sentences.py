"""Sentences and words of an answer in prose: where they end, and texts cut there instead of in the middle."""

from __future__ import annotations

import re

ELLIPSIS = "…"
_END = re.compile(r"(?:(?<![.!?…])[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？]+[”’」』）]*)")
# What ends in a point without ending a sentence.
_SHORT = re.compile(
    r"(?:\b(?:Dr|Mr|Mrs|Ms|Prof|St|Jr|Sr|No|Nr|Fig|Tab|vol|vs|etc|ca|approx|bzw|z\. ?B|d\. ?h|e\.g|i\.e|p|pp|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)|\b[A-Z]|(?:^|\s)\d{1,2})\.$"
)
_LONGEST_SHORT = 12  # characters, with its point
_MARKS = re.compile(r"(?m)^\s{0,3}(?:#{1,6}\s+|[-*•·–]\s+|\d{1,2}[.)]\s+)")
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.{1,400}?)(?<=\S)\1|(?<![\w*])\*(?=\S)([^*\n]{1,400}?)(?<=\S)\*(?![\w*])")


def sentences_of(text: str) -> list[str]:
    """The sentences of `text`, each on one line; a line break between two ends one as well."""
    found = []
    for line in text.splitlines():
        start = 0
        for match in _END.finditer(line):
            tail = line[max(start, match.end() - _LONGEST_SHORT) : match.end()]
            if _SHORT.search(tail.rstrip()) and match.end() < len(line):
                continue
            found.append(line[start : match.end()])
            start = match.end()
        found.append(line[start:])
    return [" ".join(sentence.split()) for sentence in found if sentence.strip()]


def without_markdown(text: str) -> str:
    """`text` without heading signs, list marks and emphasis; its lines stay."""
    plain = _EMPHASIS.sub(lambda found: found[2] or found[3], text.replace("```", ""))
    return "\n".join(_MARKS.sub("", line).rstrip() for line in plain.splitlines()).strip()


def cut_at_words(text: str, most: int) -> str:
    """`text` in at most `most` characters: whole sentences where the first fits, else words and an ellipsis."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    kept = ""
    for sentence in sentences_of(text):
        longer = f"{kept} {sentence}".strip()
        if len(longer) > most:
            break
        kept = longer
    if kept:
        return kept
    head = text[: most - len(ELLIPSIS) + 1]
    words = head.rpartition(" ")[0] or head[:-1]  # one long word, or a script without spaces
    return words.rstrip(" ,;:-–(") + ELLIPSIS
