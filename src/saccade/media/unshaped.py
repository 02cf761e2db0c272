"""Lettering without a shaping library: what can honestly be done letter by letter.

Pillow shapes text through raqm where it finds that and fribidi. Elsewhere it sets one letter after the other from left
to right, which is right for Latin, Greek, Cyrillic, Chinese, Japanese, Korean, Georgian and Armenian. For the others
`arranged` changes the text first:

    Arabic            each letter becomes its joined form of Unicode's block Presentation Forms, lam-alef one sign
    right to left     the words are put in the order the eye finds them in (a small part of UAX #9: no nested runs)
    Indic             vowel signs written before their syllable move there; conjuncts stay apart, with the virama shown

So Arabic and Hebrew read as they should, Indic scripts are readable but not well set, and Thai has its tone marks at
one height.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Indic vowel signs that stand left of the syllable they are written after, and the signs that join consonants.
_LEFT_SIGNS = frozenset("\u093f\u09bf\u09c7\u09c8\u0bc6\u0bc7\u0bc8")
_TWO_PART_SIGNS = frozenset("\u09cb\u09cc\u0bca\u0bcb\u0bcc")  # one part on each side
_VIRAMAS = frozenset("\u094d\u09cd\u0bcd")
_NEEDS_SHAPING = ("ARABIC", "HEBREW", "DEVANAGARI", "BENGALI", "TAMIL", "THAI")
_FORMS = ("isolated", "initial", "medial", "final")


def needs_shaping(text: str) -> bool:
    """Whether `text` is in a script that is not simply written letter by letter."""
    return any(ord(letter) > 0x58F and unicodedata.name(letter, "").startswith(_NEEDS_SHAPING) for letter in text)


def is_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction runs to the left (UAX #9, rules P2 and P3)."""
    strong = (unicodedata.bidirectional(letter) for letter in text)
    return next((kind != "L" for kind in strong if kind in ("L", "R", "AL")), False)


def arranged(text: str) -> str:
    """`text` so that its letters one by one from left to right look as it should."""
    return in_visual_order(_signs_moved(joined(text)))


def joined(text: str) -> str:
    """Arabic letters in the forms they have beside their neighbours (Unicode, chapter 9.2, without its ligatures)."""
    forms = _presentation_forms()
    letters = list(text)
    result: list[str] = []
    for index, letter in enumerate(letters):
        if index and _is_lam_alef(letters, index):
            continue  # written with the lam before it
        own = forms.get(letter)
        if own is None:
            result.append(letter)
            continue
        before = _neighbour(letters, index, -1)
        joins_before = "initial" in forms.get(before, {}) and "final" in own
        after_at = _next_index(letters, index)
        if after_at is not None and _is_lam_alef(letters, after_at):
            ligature = forms[letter + letters[after_at]]
            result.append(ligature["final" if joins_before else "isolated"])
            continue
        joins_after = "initial" in own and "final" in forms.get(_neighbour(letters, index, 1), {})
        form = {(True, True): "medial", (True, False): "final", (False, True): "initial"}.get(
            (joins_before, joins_after), "isolated"
        )
        result.append(own.get(form, letter))
    return "".join(result)


def in_visual_order(text: str) -> str:
    """`text` from left to right as the eye finds it: words that run to the left are turned, numbers and others not."""
    clusters = _clusters(text)
    base = is_right_to_left(text)
    runs = _directions([cluster[0] for cluster in clusters], base)
    if not any(runs):
        return text
    spans: list[list[str]] = []
    turned: list[bool] = []
    for cluster, leftward in zip(clusters, runs, strict=True):
        if not turned or turned[-1] != leftward:
            spans.append([])
            turned.append(leftward)
        spans[-1].append(_mirrored(cluster) if leftward else cluster)
    lines = ["".join(reversed(span) if leftward else span) for span, leftward in zip(spans, turned, strict=True)]
    if base:
        return "".join(reversed(lines))
    return "".join(lines)


def _directions(letters: list[str], base: bool) -> list[bool]:
    """For each letter whether it runs to the left. What has no direction takes its neighbours', else the text's."""
    known: list[bool | None] = []
    for letter in letters:
        kind = unicodedata.bidirectional(letter)
        known.append(True if kind in ("R", "AL") else False if kind in ("L", "EN", "AN") else None)
    result: list[bool] = []
    for index, own in enumerate(known):
        if own is None:
            before = next((one for one in reversed(known[:index]) if one is not None), base)
            after = next((one for one in known[index + 1 :] if one is not None), base)
            own = before if before == after else base
        result.append(own)
    return result


def _mirrored(cluster: str) -> str:
    pairs = str.maketrans("()[]{}<>«»", ")(][}{><»«")
    return cluster.translate(pairs)


def _clusters(text: str) -> list[str]:
    """Letters with the marks on them."""
    clusters: list[str] = []
    for letter in text:
        if clusters and unicodedata.category(letter) in ("Mn", "Me", "Cf"):
            clusters[-1] += letter
        else:
            clusters.append(letter)
    return clusters


def _signs_moved(text: str) -> str:
    result: list[str] = []
    for letter in "".join(unicodedata.normalize("NFD", one) if one in _TWO_PART_SIGNS else one for one in text):
        if letter not in _LEFT_SIGNS:
            result.append(letter)
            continue
        start = len(result) - 1
        while start > 1 and result[start - 1] in _VIRAMAS:
            start -= 2
        result.insert(max(start, 0), letter)
    return "".join(result)


def _next_index(letters: list[str], index: int, step: int = 1) -> int | None:
    """The next letter that is not a mark on another."""
    at = index + step
    while 0 <= at < len(letters) and unicodedata.category(letters[at]) == "Mn":
        at += step
    return at if 0 <= at < len(letters) else None


def _neighbour(letters: list[str], index: int, step: int) -> str:
    at = _next_index(letters, index, step)
    return "" if at is None else letters[at]


def _is_lam_alef(letters: list[str], index: int) -> bool:
    return index > 0 and letters[index - 1] + letters[index] in _presentation_forms()


@lru_cache(maxsize=1)
def _presentation_forms() -> dict[str, dict[str, str]]:
    """Letter (or lam with alef) -> name of a form -> the sign for it, from Unicode's own decompositions."""
    forms: dict[str, dict[str, str]] = {}
    for code in (*range(0xFB50, 0xFBC2), *range(0xFBD3, 0xFC00), *range(0xFE80, 0xFEFD)):
        tag, *parts = unicodedata.decomposition(chr(code)).split() or [""]
        letters = "".join(chr(int(part, 16)) for part in parts)
        name = tag.strip("<>")
        if name in _FORMS and (len(letters) == 1 or (letters[0] == "\u0644" and len(letters) == 2)):
            forms.setdefault(letters, {}).setdefault(name, chr(code))
    return forms
