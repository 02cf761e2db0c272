"""The policy on naming people, in one place.

Saccade does not say who a real person is unless the caller asks for that with `persons=True`. Then the result says so
with the flag "persons-on". Without it:

1. The model is told not to name real persons (`saccade.prompts.recognition.NO_NAMES`).
2. An entry is of a real person when the model says so or when its category is a word for people. It is not when its
   category is a word for invented figures or for something else. One that has no category, and of which the model did
   not say that it is of no real person, is asked for once more, and then taken for one: in doubt it is a person.
3. Such an entry keeps its box. Its names, in every language, become "person"; its evidence and confidence are dropped,
   because they would tell; it has the flag "person-withheld", and so has the result. A name that is but a word for
   people, such as "woman", stays.
4. The names that were taken out are also taken out of all other texts of the result, and `raw_text` becomes the entries
   as they are after all this. An answer that cannot be read is not shown in the error.

What is not covered: a name that stands as text in the picture (on a shirt, under a photo) and is read by `ocr`, and
free questions to the model through `ask`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

PERSON, WITHHELD, PERSONS_ON = "person", "person-withheld", "persons-on"

_PEOPLE = frozenset((
    "person", "persons", "people", "man", "men", "woman", "women", "boy", "girl", "child", "children", "human",
    "humans", "celebrity", "celebrities", "face", "portrait", "actor", "actress", "singer", "musician", "rapper",
    "dancer", "politician", "president", "minister", "athlete", "player", "footballer", "sportsman", "sportswoman",
    "artist", "author", "writer", "journalist", "scientist", "businessman", "businesswoman", "entrepreneur",
    "influencer", "presenter", "comedian", "director", "activist", "soldier", "crowd", "couple",
))  # fmt: skip
_PEOPLE_ZH = (
    "人物", "名人", "明星", "演员", "歌手", "男人", "女人", "男子", "女子", "男性", "女性", "儿童", "孩子", "运动员",
    "球员", "政治家", "作家", "科学家", "企业家", "真人",
)  # fmt: skip
_INVENTED = frozenset((
    "character", "fictional", "cartoon", "anime", "manga", "mascot", "comic", "superhero", "puppet", "doll", "toy",
    "statue", "sculpture", "figurine",
))  # fmt: skip
_INVENTED_ZH = ("虚构", "角色", "动漫", "卡通", "吉祥物", "玩偶", "雕像")
_SURELY_REAL = frozenset({"real", "person", "human"})
_LEAST_NAME = 3  # letters of a word of a name that is taken out of other texts on its own
_NO_NAMES = frozenset({"The", "And", "Von", "Van", "Der", "Del", "Dos", "Los", "Las"})


def is_real_person(category: str, told: bool | None) -> bool | None:
    """Rule 2, of an entry's category ("" for none) and what the model said of it (None for nothing).

    None: neither is known.
    """
    if told is True:
        return True
    if not category.strip():
        return told
    words = set(_words(category))
    is_invented = words & _INVENTED or any(word in category for word in _INVENTED_ZH)
    if is_invented and not words & _SURELY_REAL and "真人" not in category:
        return False
    return bool(words & _PEOPLE) or category.strip() == "人" or any(word in category for word in _PEOPLE_ZH)


def names_nobody(name: str) -> bool:
    """Whether a name is but a word for people, such as "woman": nothing to withhold."""
    return all(word in _PEOPLE or word in _PEOPLE_ZH or word in ("a", "the", "young", "old") for word in _words(name))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def without_names(text: str, names: Iterable[str]) -> str:
    """`text` with every one of `names` as "person": whole, and each longer word of it that begins with a capital."""
    parts = {name for name in names if name.strip() and name.casefold() != PERSON}
    parts |= {
        word
        for name in parts
        for word in name.split()
        if len(word) >= _LEAST_NAME and word[0].isupper() and word not in _NO_NAMES and word != name
    }
    for part in sorted(parts, key=len, reverse=True):
        edge_before, edge_after = (r"\b" if part[at].isascii() and part[at].isalnum() else "" for at in (0, -1))
        text = re.sub(f"{edge_before}{re.escape(part)}{edge_after}", PERSON, text, flags=re.IGNORECASE)
    return text
