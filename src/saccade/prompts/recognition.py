"""Prompts for naming what a picture shows. The form with a box and a name per language is that of the recognition
example in the Qwen3-VL repository; category, evidence and confidence are added to it."""

from __future__ import annotations

from collections.abc import Mapping

# What can be asked for by a short word, as the prompt says it; other words go in as they are.
DOMAINS: Mapping[str, str] = {
    "anything": "everything that you can name",
    "landmark": "landmarks, buildings and places",
    "animal": "animals, with their species or breed",
    "bird": "birds, with their species",
    "fish": "fish, with their species",
    "insect": "insects, with their species",
    "plant": "plants and flowers, with their species",
    "micro-organism": "micro-organisms, with their species or kind",
    "product": "products, with brand and model",
    "logo": "logos and brands",
    "food": "food and dishes",
    "character": "fictional characters from films, series, comics and games",
    "vehicle": "vehicles, with make and model",
    "artwork": "works of art, with their makers",
    "person": "people",
}
NO_NAMES = 'Never name or hint at the identity of a real person: such a person is called "person".'
WITH_NAMES = "Name a real person only where you are sure."


def recognise_prompt(what: str, languages: Mapping[str, str], *, persons: bool) -> str:
    """The question for things of a kind, with their names in `languages` (code -> English name)."""
    names = ", ".join(f'"name_{code}": "..."' for code in languages)
    return (
        f"Identify {DOMAINS.get(what, what)} in the image and return their bounding box and their name in "
        f"{' and '.join(languages.values())} in JSON format like this: "
        f'[{{"bbox_2d": [x1, y1, x2, y2], {names}, "category": "...", "real_person": false, "evidence": "...", '
        '"confidence": 0.0}]. "evidence" is what in the image shows it, "confidence" is from 0 to 1. Use the general '
        f"name where you are not sure of the exact one. {WITH_NAMES if persons else NO_NAMES}"
    )
