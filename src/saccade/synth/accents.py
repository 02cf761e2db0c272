"""Latin letters with accents: words that have them, and which of them a typeface can print.

The letters are those of the languages of western, central and northern Europe and of Turkish, composed (NFC).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from PIL import ImageFont

from saccade.synth.fonts import Face
from saccade.synth.words import pick

VARIANTS: Mapping[str, str] = {
    "a": "áàâäãåæą", "c": "çćč", "d": "ď", "e": "éèêëęě", "g": "ğ", "i": "íìîï", "l": "ł", "n": "ñńň", "o": "óòôöõøőœ",
    "r": "ř", "s": "śšßş", "t": "ť", "u": "úùûüůű", "y": "ýÿ", "z": "źžż",
}  # fmt: skip
_CAPITAL_OF = {small: small.upper() for letters in VARIANTS.values() for small in letters if len(small.upper()) == 1}
LETTERS = "".join(VARIANTS.values()) + "".join(_CAPITAL_OF.values())
# Words and names of several languages; half of the accented words are made up from English ones instead.
TRAIN_WORDS: tuple[str, ...] = (
    "café", "crème", "château", "garçon", "déjà", "élève", "forêt", "hôtel", "île", "maïs", "naïve", "cœur", "sœur",
    "fête", "goût", "pâté", "façade", "tête", "été", "où", "Genève", "Nîmes", "über", "grün", "schön", "Straße",
    "Größe", "Köln", "München", "Bäcker", "Käse", "Tür", "weiß", "süß", "Öl", "Übung", "señor", "mañana", "niño",
    "año", "español", "corazón", "jamón", "camión", "día", "aquí", "Perú", "Málaga", "São", "coração", "pão", "maçã",
    "avô", "você", "não", "açúcar", "lição", "città", "perché", "però", "più", "caffè", "smörgåsbord", "Göteborg",
    "Malmö", "kött", "blåbär", "fjäll", "Ålesund", "Tromsø", "blå", "smør", "rødgrød", "København", "brød", "æble",
    "hygge", "Łódź", "żółty", "świat", "Gdańsk", "źródło", "dzień", "łąka", "čaj", "Plzeň", "říčka", "město", "žlutý",
    "kůň", "tělo", "šest", "çay", "güneş", "dağ", "teşekkür", "őszi", "fűszer", "gyümölcs", "víz", "tűz", "şehir",
    "crêpe", "rosé", "Noël",
)  # fmt: skip
HELDOUT_WORDS: tuple[str, ...] = (
    "pêche", "légume", "marché", "français", "œuvre", "château-fort", "Zürich", "Gemüse", "fünf", "Fuß", "Mädchen",
    "peña", "cañón", "álbum", "irmão", "bênção", "università", "mjölk", "ånger", "sjømann", "købmand", "Kraków",
    "książka", "náměstí", "dvůr", "çiçek", "kütüphane", "erdő", "hús",
)  # fmt: skip
_REFERENCE_PX = 28


@lru_cache(maxsize=1024)
def printable(face: Face) -> frozenset[str]:
    """The accented letters that a face has glyphs of its own for."""
    font = ImageFont.truetype(face.path, _REFERENCE_PX, layout_engine=ImageFont.Layout.BASIC)

    def drawn(char: str) -> tuple[bytes, tuple[int, int]]:
        mask, (left, top) = font.getmask2(char, mode="L", anchor="ls")
        return bytes(mask) if any(mask.size) else b"", (left, top)

    missing = drawn("\U0010fffd")
    glyphs = {char: drawn(char) for char in LETTERS}
    plain = {drawn(base) for small in VARIANTS for base in (small, small.upper())}
    known = list(glyphs.values())
    return frozenset(
        char
        for char, glyph in glyphs.items()
        if any(glyph[0]) and glyph[0] != missing[0] and glyph not in plain and known.count(glyph) == 1
    )


def accented(rng: np.random.Generator, text: str, fraction: float, face: Face, split: str = "train") -> str:
    """`text` with about `fraction` of its words turned into ones with accents that `face` can print."""
    able = printable(face)
    if not able:
        return text
    words = text.split(" ")
    for number, word in enumerate(words):
        if not word.isascii() or not any(char.isalpha() for char in word) or rng.random() >= fraction:
            continue
        words[number] = _borrowed(rng, word, able, split) if rng.random() < 0.5 else _decorated(rng, word, able)
    return " ".join(words)


def _borrowed(rng: np.random.Generator, word: str, able: frozenset[str], split: str) -> str:
    """A word of the list in the case of `word`, with its last mark; `word` where a letter is missing."""
    core = word.rstrip(".,;:!?")
    new = pick(rng, TRAIN_WORDS if split == "train" else HELDOUT_WORDS)
    if not core.isalpha():
        return word
    if len(core) > 1 and core.isupper() and "ß" not in new:
        new = new.upper()
    elif core[0].isupper():
        new = new[0].upper() + new[1:]
    fits = all(char.isascii() or char in able for char in new)
    return new + word[len(core) :] if fits else word


def _decorated(rng: np.random.Generator, word: str, able: frozenset[str]) -> str:
    """`word` with an accent on one or two of its letters."""
    letters = list(word)
    places = [place for place, char in enumerate(letters) if char.lower() in VARIANTS]
    for place in rng.permutation(len(places))[: 1 + int(rng.random() < 0.25)].tolist():
        char = letters[places[place]]
        choices = [new if char.islower() else _CAPITAL_OF.get(new, "") for new in VARIANTS[char.lower()]]
        choices = [new for new in choices if new in able]
        if choices:
            letters[places[place]] = pick(rng, choices)
    return "".join(letters)
