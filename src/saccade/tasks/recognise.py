"""Name what a picture shows, in several languages, with category, place, confidence and evidence.

Who a real person is stays untold unless the caller wants it: see `saccade.tasks.persons`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from saccade.errors import BadAnswer, BadMessages
from saccade.export.results import Exportable
from saccade.processing.coordinates import to_source
from saccade.processing.parse.boxes import BOX_KEYS, LABEL_KEYS, numbers_of
from saccade.processing.parse.json import as_list, read_json
from saccade.prompts.recognition import DOMAINS, recognise_prompt
from saccade.tasks.ask import Answerer
from saccade.tasks.languages import LANGUAGES, language_name, written_in
from saccade.tasks.looking import CLOSED, Look, Question, look_and_read, merged_flags
from saccade.tasks.naming import ABSENT, cleaned, says_absent
from saccade.tasks.persons import PERSON, PERSONS_ON, WITHHELD, is_real_person, names_nobody, without_names
from saccade.types import Box, Size

NO_BOX, NO_NAME, OTHER_LANGUAGE = "no-box", "name-missing", "other-language"
_MAX_TOKENS = 2048
_WORDS_FOR_SURE: Mapping[str, float] = {"certain": 0.95, "very high": 0.95, "high": 0.85, "medium": 0.5, "low": 0.2}
_EVIDENCE_KEYS = ("evidence", "reason", "reasoning", "explanation")
_CATEGORY_KEYS = ("category", "type", "kind", "class")
_PERSON_KEYS = ("real_person", "is_real_person", "is_person")
_UNNAMED = ("", "unknown", "n/a", "none", "null", "...", "未知")
_MOST_ITEMS, _LONGEST_NAME, _LONGEST_TEXT = 50, 120, 300


@dataclass(frozen=True, slots=True)
class Recognised:
    """One thing: its name by language code, None where it was not told in that language.

    `box` is in pixels of the caller's file. `confidence`, 0 to 1, is the model's own word and not a probability; such
    words are mostly too sure. `evidence` is what it saw. Flags: "no-box", "name-missing" (in some language),
    "other-language" (a name is not in its language's script), "person-withheld".
    """

    names: Mapping[str, str | None]
    category: str
    box: Box | None
    confidence: float | None
    evidence: str
    flags: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """In the first language in which there is one."""
        return next((name for name in self.names.values() if name), "")


@dataclass(frozen=True, slots=True)
class Recognition(Exportable):
    """What was recognised, in the model's order. Flags besides the usual: "said-absent", those of the entries, and
    "persons-on" where real persons may be named."""

    items: tuple[Recognised, ...]
    image_size: Size
    raw_text: str
    flags: tuple[str, ...] = ()

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The boxes of what has one, labelled with its name, category and all names in `attributes`."""
        return tuple(
            replace(item.box, label=item.name, attributes={"category": item.category, **item.names})
            for item in self.items
            if item.box is not None
        )

    def __len__(self) -> int:
        return len(self.items)


def recognise(
    answerer: Answerer,
    image: Any,
    what: str = "anything",
    *,
    languages: str | Sequence[str] = ("en", "zh"),
    persons: bool = False,
    **options: Any,
) -> Recognition:
    """Name the things of a kind in `image`.

    what: "anything", "landmark", "animal", "bird", "fish", "insect", "plant", "micro-organism", "product", "logo",
    "food", "character", "vehicle", "artwork", "person", or words of your own. languages: names or codes, the names
    come back under the codes. persons: whether real persons may be named; else they are "person", flagged
    "person-withheld". `options` are those of `ask`.

    An answer that cannot be read is asked for once more. Raises BadMessages for an unknown language, BadAnswer, and
    what `ask` raises.
    """
    kind = cleaned(what, "recognise").lower() if what.strip().lower() in DOMAINS else cleaned(what, "recognise")
    codes = _codes(languages)
    question = Question((image,), recognise_prompt(kind, codes, persons=persons))
    reader = _Reader(codes, kind, persons)
    own = {"schema": _schema(codes)}
    ((seen, found),) = look_and_read(answerer, [question], options, reader.read, max_tokens=_MAX_TOKENS, own=own)
    if isinstance(found, _Doubtful):
        found = found.entries, found.flags
    if isinstance(found, BadAnswer):
        raise found if persons else BadAnswer(found.message, hint=found.hint)  # its text could hold a name
    entries, flags = found
    if persons:
        items, raw_text = tuple(entry.item for entry in entries), seen.reply.text
        flags = (*flags, PERSONS_ON)
    else:
        items = withheld(entries)
        raw_text = json.dumps([_public(item) for item in items], ensure_ascii=False)
    return Recognition(items, seen.image_size, raw_text, merged_flags(seen.flags, flags, *(i.flags for i in items)))


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of an answer: the thing, all the names in it, and whether the policy takes it for a real person.

    None: it says nothing of that.
    """

    item: Recognised
    told: tuple[str, ...]
    is_person: bool | None


class _Doubtful(BadAnswer):
    """An answer with entries that do not say what they are of; they count as real persons if it stays so."""

    def __init__(self, entries: Sequence[_Entry], flags: tuple[str, ...], raw: str) -> None:
        super().__init__('not every entry has a "category" and "real_person"', raw=raw)
        self.entries, self.flags = entries, flags


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads answers about things of the kind `what`."""

    codes: Mapping[str, str]
    what: str
    persons: bool

    def read(self, seen: Look) -> tuple[Sequence[_Entry], tuple[str, ...]]:
        """The entries and the flags of reading them. Raises BadAnswer."""
        text = seen.reply.text
        try:
            parsed = read_json(text)
        except BadAnswer:
            if says_absent(text):
                return (), (ABSENT,)
            raise
        given = as_list(parsed.value)[:_MOST_ITEMS]
        given = given[:-1] if CLOSED in seen.reply.flags else given  # the engine's filling
        entries = [entry for one in given if isinstance(one, Mapping) and (entry := self._entry(one, seen)) is not None]
        if given and not entries:
            raise BadAnswer("the answer names nothing", raw=text)
        flags = merged_flags(parsed.flags, ("dropped",) if len(entries) < len(given) else ())
        if not self.persons and any(entry.is_person is None for entry in entries):
            raise _Doubtful(entries, flags, text)
        return entries, flags

    def _entry(self, given: Mapping[str, Any], seen: Look) -> _Entry | None:
        names = {code: self._name(given, code, language) for code, language in self.codes.items()}
        if not any(names.values()):
            loose = next((str(given[key]) for key in LABEL_KEYS if _is_named(given.get(key))), None)
            if loose is None:
                return None
            first = next((code for code, name in self.codes.items() if written_in(loose, name)), next(iter(self.codes)))
            names[first] = loose
        flags = []
        if not all(names.values()):
            flags.append(NO_NAME)
        if any(name and not written_in(name, self.codes[code]) for code, name in names.items()):
            flags.append(OTHER_LANGUAGE)
        box = _box(given, seen, next(name for name in names.values() if name))
        if box is None:
            flags.append(NO_BOX)
        told = next((given[key] for key in _PERSON_KEYS if isinstance(given.get(key), bool)), None)
        category = _text(given, _CATEGORY_KEYS) or (
            self.what if self.what in DOMAINS and self.what != "anything" else ""
        )
        evidence, confidence = _text(given, _EVIDENCE_KEYS), _confidence(given.get("confidence"))
        item = Recognised(names, category, box, confidence, evidence, tuple(flags))
        return _Entry(item, tuple(_names_in(given, self.codes)), is_real_person(category, told))

    def _name(self, given: Mapping[str, Any], code: str, language: str) -> str | None:
        """The name in one language, under any of the keys that models use for it."""
        for key in (f"name_{code}", f"{code}_name", code, f"name_{language.lower()}", f"{language.lower()}_name"):
            if _is_named(given.get(key)):
                return " ".join(given[key].split())
        names = given.get("names") or given.get("name")
        if isinstance(names, Mapping):
            return self._name({str(key).lower(): value for key, value in names.items()}, code, language)
        return None


def withheld(entries: Sequence[_Entry]) -> tuple[Recognised, ...]:
    """The things with real persons as "person": rules 3 and 4 of the policy."""
    hidden = [entry.is_person is not False and not all(map(names_nobody, entry.told)) for entry in entries]
    told = [name for entry, is_hidden in zip(entries, hidden, strict=True) if is_hidden for name in entry.told]
    return tuple(
        _as_person(entry.item) if is_hidden else _without(entry.item, told)
        for entry, is_hidden in zip(entries, hidden, strict=True)
    )


def _as_person(item: Recognised) -> Recognised:
    box = None if item.box is None else replace(item.box, label=PERSON)
    flags = merged_flags(tuple(flag for flag in item.flags if flag == NO_BOX), (WITHHELD,))
    return Recognised(dict.fromkeys(item.names, PERSON), PERSON, box, None, "", flags)


def _without(item: Recognised, told: Sequence[str]) -> Recognised:
    if not told:
        return item
    return replace(
        item,
        names={code: None if name is None else without_names(name, told) for code, name in item.names.items()},
        category=without_names(item.category, told),
        evidence=without_names(item.evidence, told),
        box=None if item.box is None else replace(item.box, label=without_names(item.box.label, told)),
    )


def _schema(codes: Mapping[str, str]) -> dict[str, Any]:
    """The form that the prompt shows, as a JSON schema with bounds that keep an answer from growing."""
    text = {"type": "string", "maxLength": _LONGEST_TEXT}
    entry = {
        "bbox_2d": {"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 99999}, "minItems": 4,
                    "maxItems": 4},
        **{f"name_{code}": {"type": "string", "maxLength": _LONGEST_NAME} for code in codes},
        "category": {"type": "string", "maxLength": _LONGEST_NAME}, "real_person": {"type": "boolean"},
        "evidence": text, "confidence": {"type": "number", "minimum": 0, "maximum": 1},
    }  # fmt: skip
    item = {"type": "object", "properties": entry, "required": list(entry), "additionalProperties": False}
    return {"type": "array", "items": item, "maxItems": _MOST_ITEMS}


def _codes(languages: str | Sequence[str]) -> dict[str, str]:
    """Code -> English name, in the caller's order. Raises BadMessages for none or an unknown one."""
    listed = languages.split(",") if isinstance(languages, str) else list(languages)
    names = [language_name(language) for language in listed]
    if not names:
        raise BadMessages("recognise was given no language", hint='for example ("en", "zh")')
    codes = {name: code for code, name in LANGUAGES.items()}
    return {codes[name]: name for name in names}


def _box(entry: Mapping[str, Any], seen: Look, label: str) -> Box | None:
    corners = next((found for key in BOX_KEYS if (found := numbers_of(entry.get(key))) is not None), None)
    if corners is None or len(corners) != 4:
        return None
    return to_source(
        corners, "box", source=seen.image_size, resized=seen.resized_size, profile=seen.profile, label=label
    )  # fmt: skip


def _confidence(value: Any) -> float | None:
    """0 to 1, from a number (of a hundred where it is above 1), a percentage or a word."""
    if isinstance(value, str):
        word = value.strip().casefold()
        if word in _WORDS_FOR_SURE:
            return _WORDS_FOR_SURE[word]
        numbers = numbers_of(value.strip().removesuffix("%"))
        value = numbers[0] / (100 if value.strip().endswith("%") else 1) if numbers and len(numbers) == 1 else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        return None
    return round(value / 100 if value > 1 else float(value), 4)


def _text(entry: Mapping[str, Any], keys: Sequence[str]) -> str:
    return next((" ".join(entry[key].split()) for key in keys if isinstance(entry.get(key), str)), "")


def _names_in(given: Mapping[str, Any], codes: Mapping[str, str]) -> list[str]:
    """Every text of an entry that may be a name, under whatever key, in nested entries too."""
    found = []
    for key, value in given.items():
        name = str(key).lower()
        if isinstance(value, Mapping):
            found += _names_in(value, codes)
        elif (
            _is_named(value) and name not in _CATEGORY_KEYS and ("name" in name or name in LABEL_KEYS or name in codes)
        ):
            found.append(" ".join(value.split()))
    return found


def _is_named(value: Any) -> bool:
    return isinstance(value, str) and value.strip().casefold() not in _UNNAMED


def _public(item: Recognised) -> dict[str, Any]:
    """An entry of `raw_text` where persons are withheld."""
    raw = None if item.box is None else list(item.box.raw)
    names = {f"name_{code}": name for code, name in item.names.items()}
    return {"bbox_2d": raw, **names, "category": item.category, "evidence": item.evidence,
            "confidence": item.confidence}  # fmt: skip
