"""Make the two fonts that write the labels of overlays: `python scripts/make_label_fonts.py FOLDER` (needs fonttools).

FOLDER holds Debian's fonts-noto-core and fonts-noto-cjk as installed or unpacked. "Saccade Labels Sans" joins the
alphabetic scripts of Noto Sans; "Saccade Labels CJK" is Noto Sans CJK (Japanese forms) with the characters that the
national standards call frequent: level 1 of GB 2312 (3,755), of JIS X 0208 (2,965) and of Big5 (5,401), the 2,350
syllables of KS X 1001, and kana. Both are under the SIL Open Font License 1.1, which stands beside them; no name that
a licence reserves is used.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from fontTools import merge, subset
from fontTools.ttLib import TTCollection, TTFont

TARGET = Path(__file__).parents[1] / "src/saccade/assets/fonts/labels"

COMMON = [*range(0x20, 0x7F), *range(0xA0, 0x180)]
LATIN = [
    *COMMON, *range(0x180, 0x250), *range(0x2B0, 0x370), *range(0x370, 0x400), *range(0x400, 0x530),
    *range(0x1E00, 0x1F00), *range(0x1F00, 0x2000), *range(0x2000, 0x2070), *range(0x2070, 0x20C0),
    *range(0x2100, 0x2190), 0x25CC, 0xFFFD,
]  # fmt: skip
SCRIPTS = {  # file of Noto Sans -> code points
    "": LATIN,
    "Symbols2": [*range(0x25A0, 0x2600), 0x2713, 0x2714, 0x2717, 0x2718],
    "Arabic": [*range(0x600, 0x700), *range(0x750, 0x780), *range(0xFB50, 0xFDD0), *range(0xFE70, 0xFEFF),
               0x200C, 0x200D, 0x25CC],
    "Devanagari": [*range(0x900, 0x980), 0x200C, 0x200D, 0x20B9, 0x25CC],
    "Hebrew": [*range(0x590, 0x600), 0x25CC],
    "Thai": [*range(0xE00, 0xE80), 0x25CC],
    "Bengali": [*range(0x980, 0xA00), 0x25CC],
    "Tamil": [*range(0xB80, 0xC00), 0x25CC],
    "Georgian": list(range(0x10A0, 0x1100)),
    "Armenian": list(range(0x530, 0x590)),
}  # fmt: skip


def main(folder: Path) -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        parts = []
        for script, points in SCRIPTS.items():
            font = TTFont(_find(folder, f"NotoSans{script}-Regular.ttf"))
            parts.append(_save(_cut(font, points), Path(work) / f"{script or 'Latin'}.ttf"))
        joined = merge.Merger().merge([str(part) for part in parts])
    _name(joined, "Saccade Labels Sans", "Copyright 2010, 2012-2020 Google Inc., 2015-2020 Google LLC")
    _save(joined, TARGET / "SaccadeLabelsSans-Regular.ttf")

    collection = TTCollection(str(_find(folder, "NotoSansCJK-Regular.ttc")))
    japanese = next(font for font in collection.fonts if font["name"].getDebugName(1) == "Noto Sans CJK JP")
    cjk = _cut(japanese, sorted(cjk_points()), features=["ccmp"])
    _name(cjk, "Saccade Labels CJK", "Copyright 2014-2021 Adobe (http://www.adobe.com/)")
    _save(cjk, TARGET / "SaccadeLabelsCJK-Regular.otf")


def cjk_points() -> set[int]:
    """Code points of the CJK font."""
    points = {*COMMON[:95], *range(0x2010, 0x2028), *range(0x3000, 0x3100), *range(0x31F0, 0x3200)}
    points |= {
        *range(0xFF01, 0xFFE7),
        *range(0x2190, 0x2194),
        0x21D2,
        0x20A9,
        0xA5,
        0x203B,
        0x2605,
        0x2606,
        *range(0x2460, 0x2474),
    }
    points |= set(_decoded("gb2312", range(0xB0, 0xD8), range(0xA1, 0xFF)))
    points |= set(_decoded("shift_jis", range(0x88, 0x98), range(0x40, 0xFD), first="亜", last="腕"))
    points |= set(_decoded("big5", range(0xA4, 0xC7), [*range(0x40, 0x7F), *range(0xA1, 0xFF)], last="籲"))
    points |= {code for code in range(0xAC00, 0xD7A4) if _fits(chr(code))}
    return points


def _fits(syllable: str) -> bool:
    """Whether KS X 1001 has the syllable itself (Python writes the others as eight bytes of letters)."""
    return len(syllable.encode("euc_kr", errors="ignore")) == 2


def _decoded(coding: str, rows: Iterable[int], cells: Iterable[int], first: str = "", last: str = "") -> Iterable[int]:
    low = int.from_bytes(first.encode(coding), "big") if first else 0
    high = int.from_bytes(last.encode(coding), "big") if last else 0xFFFF
    for row in rows:
        for cell in cells:
            if low <= row << 8 | cell <= high:
                text = bytes([row, cell]).decode(coding, errors="ignore")
                if len(text) == 1 and ord(text) > 0x7F:
                    yield ord(text)


def _find(folder: Path, name: str) -> Path:
    found = next(folder.rglob(name), None)
    if found is None:
        sys.exit(f"{name} is not under {folder}; apt-get install fonts-noto-core fonts-noto-cjk")
    return found


def _cut(font: TTFont, points: Iterable[int], features: list[str] | None = None) -> TTFont:
    """The font with these characters and what shaping makes of them, without hints; of all `features` by default."""
    options = subset.Options(hinting=False, desubroutinize=False, notdef_outline=True, glyph_names=False)
    if features is not None:
        options.layout_features = features
    options.drop_tables += ["VORG", "vhea", "vmtx", "meta", "DSIG", "BASE"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=points)
    cutter.subset(font)
    return font


def _name(font: TTFont, family: str, copyright_notice: str) -> None:
    """One family name, the copyright and the licence; nothing of the old names stays."""
    compact = family.replace(" ", "")
    texts = {
        0: copyright_notice, 1: family, 2: "Regular", 3: f"{compact}-Regular 1", 4: f"{family} Regular",
        5: "Version 1.000", 6: f"{compact}-Regular",
        13: "This Font Software is licensed under the SIL Open Font License, Version 1.1.",
        14: "https://openfontlicense.org",
    }  # fmt: skip
    font["name"].names = []
    for number, text in texts.items():
        font["name"].setName(text, number, 3, 1, 0x409)
    if "CFF " in font:
        table = font["CFF "].cff
        table.fontNames = [f"{compact}-Regular"]
        top = table.topDictIndex[0]
        top.FamilyName, top.FullName, top.Weight = family, f"{family} Regular", "Regular"
        top.Notice = top.Copyright = copyright_notice
        for number, inner in enumerate(getattr(top, "FDArray", [])):
            inner.FontName = f"{compact}-{number}"


def _save(font: TTFont, path: Path) -> Path:
    font.recalcTimestamp = False
    font.save(path)
    return path


if __name__ == "__main__":
    main(Path(sys.argv[1]))
