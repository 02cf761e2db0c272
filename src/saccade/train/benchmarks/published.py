"""The published measures of the public benchmarks, as their evaluation programs compute them.

ANLS and boxes are those of `saccade.train.scoring`. A benchmark's own program decides where it differs from ours: its
normalisation is kept, odd cases included, so that numbers can be set beside published ones.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_NUMBERS = {
    "none": "0", "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10",
}  # fmt: skip
_ARTICLES = frozenset({"a", "an", "the"})
# Contractions that are also accepted without their apostrophe (VQA evaluation, Agrawal et al., arXiv 1505.00468).
_CONTRACTED = (
    "ain't aren't can't could've couldn't didn't doesn't don't hadn't hasn't haven't he'd he's how'd how'll how's i'm "
    "i've isn't it'd it'll ma'am mightn't might've mustn't must've needn't not've o'clock oughtn't shan't should've "
    "shouldn't that's there'd there're there's they'd they'll they're they've wasn't we've weren't what'll what're "
    "what's what've when's where'd where's where've who'd who'll who's who've why'll why're why's won't would've "
    "wouldn't y'all you'd you'll you're you've"
)
_CONTRACTIONS = {word.replace("'", ""): word for word in _CONTRACTED.split()}
_MARKS = ';/[]"{}()=+\\_-><@`,?!'
_POINT_OF_NO_NUMBER = re.compile(r"\.(?!\d)")


def vqa_words(text: str) -> str:
    """An answer as the VQA and TextVQA programs compare it: lower case, hardly a mark, no articles, digits to ten.

    A mark vanishes from a text in which it once stands beside a space, and becomes a space in any other.
    """
    text = text.lower().replace(",", "").replace("?", "").replace("'s", " 's").strip()
    text = text.replace("\n", " ").replace("\t", " ").strip()
    cleaned = text
    for mark in _MARKS:
        cleaned = cleaned.replace(mark, "" if mark + " " in text or " " + mark in text else " ")
    cleaned = _POINT_OF_NO_NUMBER.sub("", cleaned)
    words = [_NUMBERS.get(word, word) for word in cleaned.split()]
    return " ".join(_CONTRACTIONS.get(word, word) for word in words if word not in _ARTICLES)


def vqa_accuracy(people: Sequence[str], given: str) -> float:
    """Agreement with ten people's answers: the mean over leaving each one out of min(1, equal answers / 3)."""
    answer, others = vqa_words(given), [vqa_words(text) for text in people]
    equal = sum(text == answer for text in others)
    return sum(min(1.0, (equal - (text == answer)) / 3) for text in others) / len(others) if others else 0.0


def relaxed_correct(wanted: str, given: str, tolerance: float = 0.05) -> bool:
    """ChartQA's relaxed accuracy (Masry et al., arXiv 2203.10244): a number within 5 % of the wanted one, else equal
    texts in lower case. A percent sign divides by 100; a wanted zero is compared as text."""
    wanted, given = wanted.strip(), given.strip()
    number, told = _float(wanted), _float(given)
    if number and told is not None:
        return abs(told - number) / abs(number) <= tolerance
    return wanted.lower() == given.lower()


def _float(text: str) -> float | None:
    try:
        value = float(text.rstrip("%")) / 100 if text.endswith("%") else float(text)
    except ValueError:
        return None
    return value if value - value == 0 else None  # neither infinite nor NaN


def contains_answer(accepted: Sequence[str], given: str, *, formula: bool = False) -> bool:
    """OCRBench (Liu et al., arXiv 2305.07895): whether an accepted answer is contained, in lower case; of a formula in
    its own case, without spaces."""
    if formula:
        told = given.strip().replace("\n", " ").replace(" ", "")
        return any(text.strip().replace("\n", " ").replace(" ", "") in told for text in accepted)
    told = given.lower().strip().replace("\n", " ")
    return any(text.lower().strip().replace("\n", " ") in told for text in accepted)


_LETTER = re.compile(r"(?:^|[\s(\[:*\"'])([A-H])(?=$|[\s).,:;\]*\"'])")
_LEAD = re.compile(
    r"(?:best|correct|final)?\s*(?:answer|option|choice)\s*(?:is|:)*\s*[:(*\s]*([A-H])(?![a-z])", re.IGNORECASE
)


def chosen_letter(given: str, options: Sequence[str]) -> str:
    """The letter of the option an answer chooses: said outright, first letter that stands alone, or the option's own
    words. "" where none is."""
    text = given.rpartition("</think>")[2].strip()
    letters = [chr(ord("A") + number) for number in range(len(options))]
    lead = _LEAD.search(text)
    if lead and lead[1].upper() in letters:
        return lead[1].upper()
    for match in _LETTER.finditer(text):
        # "A" before a word is more often the article.
        if match[1] in letters and not (match[1] == "A" and re.match(r"\s+[a-z]", text[match.end() :])):
            return match[1]
    plain = [re.sub(r"^[A-H][.):]\s*", "", option).strip().rstrip(".").lower() for option in options]
    said = [letter for letter, words in zip(letters, plain, strict=True) if words and words in text.lower()]
    return said[0] if len(said) == 1 else ""
