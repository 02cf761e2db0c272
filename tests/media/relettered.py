"""A sign and a menu with their text replaced, in four scripts: kept as pictures that were looked at.

`python -m tests.media.relettered` draws them anew, to be looked at again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from saccade.media.lettering import Lettering
from saccade.media.reletter import Replacement, reletter
from saccade.types import Box

GOLDEN = Path(__file__).parent / "golden"
# Text, left (None: centred), top, colour, size of letters.
_LINES = (
    ("OPEN DAILY", None, 30, (255, 255, 255), 40),
    ("Closed on Sundays", None, 88, (255, 220, 80), 28),
    ("Please ring the bell", None, 130, (255, 255, 255), 20),
    ("Soup of the day", 30, 190, (40, 40, 40), 20),
    ("House wine, red or white", 30, 222, (150, 20, 30), 20),
    ("Coffee", 30, 254, (40, 40, 40), 20),
)  # fmt: skip
_STEP = ("Mind", "the", "step")
TEXTS: Mapping[str, Sequence[str]] = {
    "latin": ("Täglich geöffnet", "Sonntags geschlossen", "Bitte klingeln Sie", "Tagessuppe", "Hauswein, rot oder weiß",
              "Kaffee", "Vorsicht Stufe, bitte nicht stolpern"),
    "cjk": ("每日营业", "周日休息", "请按门铃", "今日例汤", "自制葡萄酒（红或白）", "咖啡", "小心台阶，请不要绊倒。"),
    "arabic": ("مفتوح يوميا", "مغلق أيام الأحد", "من فضلك اقرع الجرس", "حساء اليوم", "نبيذ المنزل، أحمر أو أبيض",
               "قهوة", "انتبه إلى الدرجة رقم 12 من فضلك"),
    "devanagari": ("प्रतिदिन खुला", "रविवार को बंद", "कृपया घंटी बजाएँ", "आज का सूप", "घर की शराब, लाल या सफ़ेद", "कॉफ़ी",
                   "सीढ़ी पर सावधान रहें"),
}  # fmt: skip


def sign() -> tuple[Image.Image, tuple[Box, ...]]:
    """480 x 300 pixels: a shaded board, a menu, a red notice; and the boxes of their lines with the text as label."""
    image = Image.new("RGB", (480, 300), (235, 230, 220))
    shade = np.full((170, 480, 3), 110, dtype=np.uint8)
    shade[..., 0] = np.linspace(20, 90, 480)[None]
    shade[..., 1] = np.linspace(60, 120, 170)[:, None]
    image.paste(Image.fromarray(shade), (0, 0))
    draw, boxes = ImageDraw.Draw(image), []
    for text, left, top, colour, size in _LINES:
        line = Lettering(size).line(text)
        x = (image.width - line.width) // 2 if left is None else left
        line.write(draw, x, top, colour)
        boxes.append(Box(x, top, x + line.width, top + line.height, text))
    draw.rectangle((330, 182, 465, 290), fill=(200, 40, 40))
    for row, word in enumerate(_STEP):
        Lettering(26).line(word).write(draw, 345, 190 + 32 * row, (255, 255, 255))
    boxes.append(Box(338, 186, 458, 286, " ".join(_STEP)))
    return image, tuple(boxes)


def relettered(script: str, *, shaped: bool | None = None) -> tuple[Image.Image, tuple[tuple[str, ...], ...]]:
    image, boxes = sign()
    replacements = [Replacement(box, box.label, text) for box, text in zip(boxes, TEXTS[script], strict=True)]
    return reletter(image, replacements, shaped=shaped)


if __name__ == "__main__":
    for name in TEXTS:
        relettered(name)[0].save(GOLDEN / f"sign-{name}.png", optimize=True)
