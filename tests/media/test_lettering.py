"""Labels in all scripts: which letters there are, how they are set, and what happens without raqm."""

from __future__ import annotations

import unicodedata
import warnings
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from saccade.errors import BadInput
from saccade.media import lettering
from saccade.media.lettering import FONT_FILES, Lettering, can_shape
from tests.media.overlays import SCRIPTS

FONTS = Path(str(files("saccade"))) / "assets/fonts/labels"
needs_raqm = pytest.mark.skipif(not can_shape(), reason="Pillow has no raqm here; see the tests without it")


def standard(coding: str, rows: range, cells: range) -> str:
    """The characters of a national standard's double-byte rows."""
    letters = (bytes([row, cell]).decode(coding, errors="ignore") for row in rows for cell in cells)
    return "".join(letter for letter in letters if len(letter) == 1)


COVERED = {
    "latin": "".join(map(chr, (*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x180)))),
    "vietnamese": "ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
    "greek": "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",
    "cyrillic": "".join(map(chr, range(0x400, 0x460))) + "ґҐәіқңөұүһ",
    "chinese, simplified (GB 2312 level 1)": standard("gb2312", range(0xB0, 0xD8), range(0xA1, 0xFF)),
    "chinese, traditional (Big5 level 1)": standard("big5", range(0xA4, 0xC6), range(0xA1, 0xFF)),
    "kana": "".join(map(chr, (*range(0x3041, 0x3097), *range(0x30A1, 0x30FF)))),
    "korean (KS X 1001)": standard("euc_kr", range(0xB0, 0xC9), range(0xA1, 0xFF)),
    "arabic": "".join(map(chr, (*range(0x621, 0x63B), *range(0x641, 0x64B)))) + "پچژکگیۀ٠١٢٣٤٥٦٧٨٩؟،",
    "devanagari": "".join(map(chr, range(0x904, 0x93A))) + "०१२३४५६७८९।",
    "hebrew": "".join(map(chr, range(0x5D0, 0x5EB))),
    "thai": "".join(map(chr, range(0xE01, 0xE2F))),
    "signs": "–—‘’“”…€₹₽₩°±×÷½¼¾→←↑↓✓©®™•",
}


def ink(line: lettering.Line) -> np.ndarray:
    image = Image.new("L", (line.width + 8, line.height + 8), 255)
    line.write(ImageDraw.Draw(image), 4, 4, 0)  # type: ignore[arg-type]
    return np.asarray(image) < 128


@pytest.mark.parametrize("script", COVERED)
def test_the_fonts_have_every_letter_of(script: str):
    letters = COVERED[script]
    writer = Lettering(16)
    assert len(letters) > 20
    missing = [letter for letter in letters if not writer.can_write(letter)]
    assert not missing, f"{len(missing)} of {len(letters)}: {missing[:20]}"


@pytest.mark.parametrize("shaped", [pytest.param(True, marks=needs_raqm), False], ids=["raqm", "without raqm"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_no_sign_for_a_missing_letter_is_drawn(script: str, shaped: bool):
    """Joined forms and conjuncts are glyphs of their own, which a font may lack though it has the letters."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is said without raqm has its own test
        line = Lettering(32, shaped=shaped).line(SCRIPTS[script])
    for run in line.runs:
        missing = pixels(run.font.getmask("\U0010ffff"))
        drawn = pixels(run.font.getmask(run.text, direction=run.direction))
        assert missing.any() and drawn.any()
        assert not holds(drawn, missing), run.text


def pixels(mask: Any) -> np.ndarray:
    """A mask that a font drew, as [height, width]."""
    return np.frombuffer(bytes(mask), np.uint8).reshape(mask.size[::-1])


def holds(picture: np.ndarray, part: np.ndarray) -> bool:
    """Whether `part` is somewhere in `picture`, at any whole offset."""
    if any(inner > outer for inner, outer in zip(part.shape, picture.shape, strict=True)):
        return False
    windows = np.lib.stride_tricks.sliding_window_view(picture, part.shape)
    return bool((windows == part).all(axis=(2, 3)).any())


def test_a_missing_letter_would_be_seen():
    font = Lettering(32).fonts[0]
    missing = pixels(font.getmask("\U0010ffff"))
    assert holds(pixels(font.getmask("ab\U0010ffffcd")), missing)


def test_the_fonts_are_small_renamed_and_come_with_their_licences():
    assert sum(file.stat().st_size for file in FONTS.iterdir()) <= 4 * 2**20
    for name in FONT_FILES:
        family, style = ImageFont.truetype(str(FONTS / name), 16).getname()
        assert family is not None and family.startswith("Saccade Labels") and style == "Regular"
        licence = (FONTS / f"{name.partition('-')[0]}.OFL.txt").read_text("utf-8")
        assert "SIL OPEN FONT LICENSE Version 1.1" in licence and "Copyright" in licence
        assert b"Reserved" not in (FONTS / name).read_bytes()


@needs_raqm
@pytest.mark.parametrize(
    ("text", "apart"),
    [("قطة", "ق ط ة"), ("क्षत्रिय", "क ् ष त ् र ि य"), ("لا", "ل ا")],
)
def test_letters_are_joined_as_their_script_joins_them(text: str, apart: str):
    writer = Lettering(32)
    single = sum(writer.line(letter).width for letter in apart.split() if unicodedata.category(letter) != "Mn")
    assert writer.line(text).width < single  # joined forms and conjuncts are narrower than the letters alone


@needs_raqm
def test_arabic_runs_to_the_left_and_numbers_in_it_do_not():
    writer = Lettering(32)
    number, whole = ink(writer.line("12")), ink(writer.line("قطة 12"))
    width = number.shape[1] - 8  # the number, as it is, stands at the left end
    assert np.array_equal(whole[:, 4 : 4 + width].any(0), number[:, 4 : 4 + width].any(0))


def test_a_text_of_several_fonts_is_set_in_its_order():
    line = Lettering(20).line("cat 猫 dog")
    assert [run.text.strip() for run in line.runs] == ["cat", "猫", "dog"]
    assert all(one.x + one.width <= two.x + 0.01 for one, two in zip(line.runs, line.runs[1:], strict=False))


def test_an_arabic_text_with_chinese_and_latin_words_keeps_their_order():
    line = Lettering(20).line("قطة 猫 cat")
    if can_shape():
        assert [run.text.strip() for run in line.runs] == ["猫 cat", "قطة"]


def test_all_labels_of_a_size_are_equally_high_unless_a_script_needs_more():
    writer = Lettering(24)
    assert writer.line("aceo").height == writer.line("Ag").height <= writer.line("ก๊").height


def test_what_no_font_has_loses_its_accent_or_becomes_a_question_mark():
    writer = Lettering(20)
    assert writer.writable("Café\n Maß ½") == "Café Maß ½"
    assert writer.writable("a 😀 b") == "a ? b"
    assert writer.writable("👩\u200d🚀 crew\ufe0f") == "?? crew"
    assert writer.writable("😀😀") == "" and writer.writable("?") == "?"


def test_a_long_text_is_cut_with_an_ellipsis():
    writer = Lettering(20)
    line = writer.line("a long label that does not fit", 100)
    assert line.width <= 100 and "".join(run.text for run in line.runs).endswith("…")
    assert writer.line("short", 400).width == writer.line("short").width


def test_without_raqm_that_is_said_once_and_arabic_still_reads(monkeypatch: pytest.MonkeyPatch):
    lettering._warn_once.cache_clear()
    writer = Lettering(32, shaped=False)
    with pytest.warns(UserWarning, match="no raqm"):
        line = writer.line("قطة صغيرة")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        writer.line("بيت"), writer.line("plain Latin")
    if can_shape():
        shaped = ink(Lettering(32).line("قطة صغيرة"))
        plain = ink(line)
        width = min(shaped.shape[1], plain.shape[1])
        assert abs(shaped.shape[1] - plain.shape[1]) <= 4
        assert (shaped.any(0)[:width] == plain.any(0)[:width]).mean() > 0.9  # the same letters at the same places


def test_a_font_file_is_asked_first_and_a_broken_one_refused(tmp_path: Path):
    own = Lettering(20, FONTS / FONT_FILES[1])
    assert [run.text for run in own.line("cat 猫").runs] == ["cat 猫"]
    (tmp_path / "bad.ttf").write_bytes(b"no font")
    with pytest.raises(BadInput, match=r"font 'bad\.ttf' cannot be read"):
        Lettering(20, tmp_path / "bad.ttf")
