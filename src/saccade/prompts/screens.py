"""Prompts about screens: what to click, what to type, where something stands, and the function the model calls.

Actions and argument names are those of the Qwen3-VL `computer_use` function, whose coordinates are thousandths of the
screen's sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ACTIONS = ("left_click", "type", "key", "scroll", "wait", "terminate")
COMPUTER_USE: Mapping[str, Any] = {
    "type": "function",
    "function": {
        "name": "computer_use",
        "description": "Mouse and keyboard.",
        "parameters": {
            "type": "object",
            "properties": {
                "action": {"enum": list(ACTIONS)},
                "coordinate": {"type": "array"},
                "text": {"type": "string"},
                "status": {"type": "string"},
            },
            "required": ["action"],
        },
    },
}
# What a person calls an element of each kind.
SPOKEN: Mapping[str, str] = {
    "button": "button", "textbox": "text box", "checkbox": "checkbox", "radio": "option", "switch": "switch",
    "dropdown": "list", "link": "link", "icon": "icon", "tab": "tab", "slider": "slider", "menu item": "menu item",
    "heading": "heading",
}  # fmt: skip
STATE_WORDS: Mapping[str, tuple[str, str]] = {  # yes, no
    "checkbox": ("ticked", "not ticked"), "radio": ("selected", "not selected"), "switch": ("on", "off"),
    "tab": ("selected", "not selected"),
}  # fmt: skip


def element(kind: str, name: str, quote: str = '"') -> str:
    """An element as prompts call it, e.g. `the button "Save"`."""
    return f"the {SPOKEN.get(kind, kind)} {quote}{name}{quote}"


def click_prompts(kind: str, name: str, state: bool | None = None) -> tuple[str, ...]:
    """Ways to ask for a click on an element; the first is the main one. `state` is whether it is on, ticked or chosen.

    Asking for a change names the state it shall have afterwards.
    """
    plain = (f"Click {element(kind, name)}.", f'Click "{name}".')
    if kind == "switch" and state is not None:
        return (*plain, f'Switch "{name}" {"off" if state else "on"}.')
    if kind == "checkbox" and state is not None:
        return (*plain, f'{"Untick" if state else "Tick"} "{name}".')
    if kind in ("radio", "tab") and state is False:
        return (*plain, f'{"Select" if kind == "radio" else "Open"} "{name}".')
    return plain


def toggle_prompt(kind: str, state: bool) -> str:
    """The follow-up after a question about a switch or checkbox whose state is known: change it."""
    if kind == "switch":
        return f"Switch it {'off' if state else 'on'}."
    return "Untick it." if state else "Tick it."


def type_prompt(text: str) -> str:
    """Asks to type a text where the cursor stands."""
    return f'Type "{text}".'


def key_prompt(key: str) -> str:
    """Asks to press one key, e.g. "Enter"."""
    return f"Press {key}."


def state_question(kind: str, name: str) -> str:
    """E.g. `Is the checkbox "Sound" ticked?`; the answer is yes or no."""
    return f"Is {element(kind, name)} {STATE_WORDS[kind][0]}?"


def there_question(kind: str, name: str) -> str:
    """E.g. `Is there a button "Save"?`; the answer is yes or no."""
    spoken = SPOKEN.get(kind, kind)
    return f'Is there {"an" if spoken[0] in "aeiou" else "a"} {spoken} "{name}"?'


def value_question(kind: str, name: str) -> str:
    """What a text box, a list or a row holds."""
    if kind == "textbox":
        return f"What is written in {element(kind, name)}?"
    if kind == "dropdown":
        return f"Which option is chosen in {element(kind, name)}?"
    return f'What stands beside "{name}"?'


TITLE_QUESTION = "What is the title of this screen?"
TAB_QUESTION = "Which tab is selected?"
OPTION_QUESTION = "Which option is selected?"
CLOCK_QUESTION = "What time does the status bar show?"


def place_question(kind: str, place: str) -> str:
    """E.g. `What does the button at the bottom say?`; `place` is "top" or "bottom"."""
    return f"What does the {SPOKEN.get(kind, kind)} at the {place} say?"
