"""What stands on buttons, fields, switches and tabs of drawn screens, in two disjoint sets: training and held-out.

Beside the fixed labels there are made-up ones of common words; every sixth word belongs to the held-out set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np

from saccade.synth import words
from saccade.synth.words import pick


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|"))


TRAIN_LABELS: Mapping[str, tuple[str, ...]] = {
    "button": _list(
        "OK|Cancel|Save|Send|Next|Back|Delete|Sign in|Log in|Sign up|Submit|Search|Add|Edit|Done|Close|Open|Yes|No"
        "|Continue|Buy now|Add to cart|Download|Upload|Retry|Reset|Start|Stop|Play|Join|Follow|Share|Print|Copy|Accept"
        "|Decline|Install|Update|Learn more|Get started|Try again|Create account|Sign out|New file|Book|Pay|Call|Go"
    ),
    "textbox": _list(
        "Name|Email|Password|Phone|Address|City|Country|Subject|Message|First name|Last name|User name|Company|Title"
        "|Date|Search|Comment|Age|Street|Zip code|Card number|Website|Amount|Notes|Birthday|Order number"
    ),
    "switch": _list(
        "Wi-Fi|Bluetooth|Airplane mode|Sound|Dark mode|Location|Notifications|Auto update|Vibration|Data saver|Hotspot"
        "|Night light|Auto rotate|Backup|Sync|Spell check|Face unlock|Do not disturb|Power saving|Touch sounds|Captions"
    ),
    "checkbox": _list(
        "Remember me|I agree|Keep me signed in|Send me news|Show hidden files|Bold|Italic|Use my location|Gift wrap"
        "|Do not ask again|Select all|Express delivery|Auto save|Word wrap|Show grid|Open in new tab|Ask me later"
    ),
    "radio": _list(
        "Small|Medium|Large|Daily|Weekly|Monthly|Male|Female|Card|Cash|Invoice|Low|Normal|High|Light|Dark|Automatic"
        "|Metric|Imperial|One way|Return|Standard|Economy|Business|Left|Right|Center|Never|Always|While using"
    ),
    "tab": _list(
        "Home|Search|Profile|Settings|Chats|Calls|Contacts|Photos|Albums|News|Music|Videos|Files|Recent|General|Details"
        "|Overview|Orders|Inbox|Sent|Map|Today|Week|Month|Friends|Groups|Popular|About|Reviews|View|Insert"
    ),
    "menu item": _list(
        "Account|Privacy|Security|Storage|Battery|Display|Language|Date and time|Accessibility|About phone|Apps|Help"
        "|Keyboard|Wallpaper|Network|Printers|Mouse|Users|File|Edit|View|Tools|Window|Open file|Save as|Rename"
        "|Properties"
        "|Cut|Paste|Undo|Redo|Find|Documents|Downloads|Pictures|Desktop|Payment|Password|Devices|Sounds"
    ),
    "link": _list(
        "Forgot password?|Read more|Contact us|Terms of use|Privacy policy|See all|Help center|About us|Careers|Blog"
        "|Sign up here|View details|Show all|Skip|Download the app|Press|Prices|Support|Our team|Sitemap"
    ),
    "dropdown": _list(
        "Language|Country|Currency|Sort by|Theme|Font|Size"
        "|Quality|Time zone|Category|Printer|Month|Year|Role"
    ),
    "slider": _list("Brightness|Volume|Zoom|Contrast|Speed|Text size|Opacity|Bass|Balance|Distance"),
    "heading": _list(
        "Settings|Messages|Sign in|Welcome back|My account|New message|Options|Preferences|Contacts"
        "|Shopping cart|Photos"
        "|Weather|Calendar|Notes|Music|Mail|Downloads|Delete file?|Save changes?|Error|Warning|Update available|Log in"
        "|Create account|Sound|Display|Network|Print|Export|Orders|Latest news|Find a flight|Contact us|Dashboard"
    ),
    "icon": _list(
        "Camera|Clock|Maps|Music|Mail|Phone|Photos|Notes"
        "|Weather|Store|Files|Games|Calculator|Radio|Books|Bank"
    ),
}  # fmt: skip
HELDOUT_LABELS: Mapping[str, tuple[str, ...]] = {
    "button": _list(
        "Apply|Dismiss|Confirm|Discard|Proceed|Register|Subscribe|Reply|Forward|Archive|Refresh|Replace|Connect|Finish"
        "|Place order|Check out|Remove|Allow|Block|Report|Skip tour|Enter|Record|Export all|Reserve"
    ),
    "textbox": _list("Nickname|Postcode|Coupon|Room|Reference|Quantity|Surname|State|Tax number|Delivery note|Guests"),
    "switch": _list(
        "Mobile data|Flashlight|Screen lock|Live captions"
        "|Smart reply|Always on|Mirror mode|Child lock|Roaming"
    ),
    "checkbox": _list("Stay logged in|Accept cookies|Print duplex|Include taxes|Show password|Notify me|Hide details"),
    "radio": _list("Hourly|Yearly|Bank transfer|Extra large|Both|Slow|Fast|None|Celsius|Fahrenheit|Compact|Wide"),
    "tab": _list("Library|Explore|Saved|Activity|Wallet|Updates|Browse|Team|Summary|History|Layout|Review|Live"),
    "menu item": _list(
        "Themes|Gestures|Backups|Permissions|Clipboard|Shortcuts"
        "|Developer|Duplicate|Move to|Pin|Mute|Zoom in"
    ),
    "link": _list("Lost your code?|Full story|Cookie settings|Imprint|Partners|Give feedback|Change address|Learn how"),
    "dropdown": _list("Region|Layout|Format|Paper|Account type|Weekday|Seat|Shipping"),
    "slider": _list("Sharpness|Treble|Warmth|Price limit|Blur|Gain"),
    "heading": _list(
        "Checkout|Your profile|File manager|Step two|Wallet"
        "|Booking|Choose a plan|Team members|Live scores|Toolbox"
    ),
    "icon": _list("Compass|Health|Recorder|Tickets|Translate|Reader|Painter|Alarm|Stocks|Travel"),
}  # fmt: skip


@lru_cache(maxsize=2)
def label_words(split: str) -> tuple[str, ...]:
    """The common words labels of a split are made of."""
    held_out = split != "train"
    return tuple(word for number, word in enumerate(words.common_words()) if (number % 6 == 5) == held_out)


def _made_up(rng: np.random.Generator, split: str, most_words: int) -> str:
    count = int(rng.integers(1, most_words + 1))
    text = " ".join(pick(rng, label_words(split)) for _ in range(count))
    text = text.capitalize() if rng.random() < 0.7 else text.title()
    return f"{text} {rng.integers(2, 100)}" if rng.random() < 0.08 else text


def label(
    rng: np.random.Generator, kind: str, split: str, used: set[str], fits: Callable[[str], bool] = lambda text: True
) -> str:
    """A label for an element of `kind` that is not in `used` (lower case; it is added) and that `fits`.

    Where nothing fits a single letter comes back, then letters with a digit.
    """
    fixed = (TRAIN_LABELS if split == "train" else HELDOUT_LABELS)[kind]
    for attempt in range(24):
        text = pick(rng, fixed) if rng.random() < 0.6 and attempt < 8 else _made_up(rng, split, 1 if attempt > 8 else 3)
        if attempt > 16:
            text = text[:3]
        if text.lower() not in used and fits(text):
            used.add(text.lower())
            return text
    text = next(f"{letter}{digit}" for digit in ("", *"123456789") for letter in "ABCDEFGHJKLMNPQRSTUVWXYZ"
                if f"{letter}{digit}".lower() not in used)  # fmt: skip
    used.add(text.lower())
    return text


def value(rng: np.random.Generator, name: str, split: str, fits: Callable[[str], bool]) -> str:
    """What somebody typed into the field `name`; empty when nothing fits."""
    for attempt in range(12):
        kind = name.lower()
        if "mail" in kind:
            text = f"{words.word(rng)}@{words.word(rng)}.{pick(rng, ('com', 'org', 'net', 'de'))}"
        elif "password" in kind:
            text = "*" * int(rng.integers(4, 11))
        elif "phone" in kind or "number" in kind:
            text = words.letters(rng, "0123456789", int(rng.integers(3, 11)))
        elif "date" in kind or "birthday" in kind:
            text = words.date(rng)
        elif rng.random() < 0.3:
            text = words.number(rng) if rng.random() < 0.6 else words.code(rng)
        else:
            text = _made_up(rng, split, 1 if attempt > 5 else 3)
        if fits(text):
            return text
    return ""


def sentence(rng: np.random.Generator, split: str, count: int) -> str:
    """`count` made-up words as a sentence."""
    text = " ".join(pick(rng, label_words(split)) for _ in range(count))
    return text.capitalize() + pick(rng, (".", ".", "?", "!", ""))
