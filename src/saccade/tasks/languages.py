"""Languages by name and code, and whether a text can be in one of them, judged by its letters."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from saccade.errors import BadMessages

LANGUAGES: Mapping[str, str] = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek",
    "en": "English", "es": "Spanish", "et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French",
    "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "mr": "Marathi", "ms": "Malay",
    "ne": "Nepali", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish", "sw": "Swahili",
    "ta": "Tamil", "te": "Telugu", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese",
    "zh": "Chinese",
}  # fmt: skip
# The scripts a language is written in, as Unicode names begin; every other one is written in LATIN.
_SCRIPTS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("Arabic", "Persian", "Urdu"), ("ARABIC",)),
    **dict.fromkeys(("Bulgarian", "Russian", "Ukrainian"), ("CYRILLIC",)),
    "Serbian": ("CYRILLIC", "LATIN"), "Greek": ("GREEK",), "Hebrew": ("HEBREW",), "Bengali": ("BENGALI",),
    **dict.fromkeys(("Hindi", "Marathi", "Nepali"), ("DEVANAGARI",)),
    "Tamil": ("TAMIL",), "Telugu": ("TELUGU",), "Thai": ("THAI",),
    "Chinese": ("CJK",), "Japanese": ("CJK", "HIRAGANA", "KATAKANA"), "Korean": ("HANGUL", "CJK"),
}  # fmt: skip
_NAMES = {name.lower(): name for name in LANGUAGES.values()}


def language_name(language: str) -> str:
    """The English name of a language given by name or by code ("de", "pt-BR"). Raises BadMessages."""
    given = " ".join(str(language).split()).lower()
    name = _NAMES.get(given) or LANGUAGES.get(given.replace("_", "-").partition("-")[0])
    if name is None:
        raise BadMessages(f"unknown language {language!r}", hint="give an English name or a code, such as German or de")
    return name


def written_in(text: str, language: str) -> bool:
    """Whether at least half of the letters are of the language's script; a text without letters is."""
    letters = [character for character in text if character.isalpha()]
    scripts = _SCRIPTS.get(language, ("LATIN",))
    fitting = sum(unicodedata.name(letter, "").startswith(scripts) for letter in letters)
    return 2 * fitting >= len(letters)
