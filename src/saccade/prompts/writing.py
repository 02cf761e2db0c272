"""Questions that want prose: a story over pictures, a summary of pages, a prompt for a program that makes pictures."""

from __future__ import annotations

from collections.abc import Mapping

# What each style of a story asks for.
STORY_STYLES: Mapping[str, str] = {
    "story": "Tell a story that goes with these {number} pictures, in their order.",
    "report": "Write a factual report on what these {number} pictures show, in their order. Say nothing that cannot be "
    "seen.",
    "diary": "Write a diary entry in the first person that goes with these {number} pictures, in their order.",
    "children": "Tell a story for small children, in short and easy sentences, that goes with these {number} pictures, "
    "in their order.",
}
STORY_LENGTHS: Mapping[str, str] = {
    "short": "one sentence", "medium": "two or three sentences", "long": "a paragraph of about six sentences",
}  # fmt: skip
_STORY_FORM = (
    "Write {length} for each picture, and leave no picture out. Begin every paragraph with the number of the picture "
    "it is about in brackets, as in [1]; where it is about several, as in [1, 2]."
)


def story_prompt(style: str, length: str, num_pictures: int, language: str = "") -> str:
    """The question for a text over pictures; `style` and `length` as in the tables above."""
    wishes = [STORY_STYLES[style].format(number=num_pictures), _STORY_FORM.format(length=STORY_LENGTHS[length])]
    return " ".join([*wishes, *([f"Write it in {language}."] if language else [])])


def page_summary_prompt(sentences: int, style: str, language: str = "") -> str:
    """The question for a summary of the page that is shown."""
    return " ".join(["Summarize what this page says.", *_summary_wishes(sentences, style, language)])


def merge_summaries_prompt(pages: Mapping[int, str], sentences: int, style: str, language: str = "") -> str:
    """The question for one summary from those of single pages, without pictures."""
    told = "\n".join(f"[{number}] {text}" for number, text in pages.items())
    wishes = _summary_wishes(sentences, style, language)
    cite = "End every sentence with the number of the page it comes from in brackets, as in [2] or [1, 3]."
    asked = " ".join(["Summarize the whole document.", *wishes, cite])
    return f"These are notes on the pages of one document.\n{told}\n{asked}"


def _summary_wishes(sentences: int, style: str, language: str) -> list[str]:
    one = "sentence" if sentences == 1 else "sentences"
    wishes = [f"Use at most {sentences} short, plain {one} that everybody understands."]
    if style == "bullets":
        wishes.append("Write each as a list item that begins with a dash.")
    return [*wishes, *([f"Answer in {language}."] if language else [])]


# What each generator is given: words as its makers' guides and model cards show them.
GENERATOR_WISHES: Mapping[str, str] = {
    "sdxl": "Write it as phrases with commas between them, the most important first, at most 60 words.",
    "flux": "Write it as one paragraph of plain sentences, at most 120 words.",
    "midjourney": "Write it as short phrases with commas between them, at most 60 words, without parameters.",
    "plain": "Write it as one paragraph of plain sentences, at most 120 words.",
}
DEFAULT_NEGATIVE = "blurry, low quality, deformed, watermark, signature"
_HAND_OVER = (
    "Write a prompt with which an image generator would make a picture like this one. Name the subject, the setting, "
    "the style, the light, the colours and the composition."
)


def hand_over_prompt(target: str, change: str = "", *, negative: bool = True) -> str:
    """The question for a prompt; `change` is what is to be different in the new picture."""
    wishes = [_HAND_OVER, GENERATOR_WISHES[target]]
    if change:
        wishes.append(f"In the new picture this is different: {change}")
    wishes.append('Answer with a line "Prompt: ..."')
    wishes[-1] += ' and a line "Negative prompt: ..." with what must not be in it.' if negative else "."
    return " ".join(wishes)
