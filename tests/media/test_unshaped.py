"""Texts arranged for setting letter by letter."""

from __future__ import annotations

import unicodedata

import pytest

from saccade.media.unshaped import arranged, in_visual_order, is_right_to_left, joined, needs_shaping


def forms(text: str) -> list[str]:
    return [unicodedata.name(letter).replace("ARABIC LETTER ", "").replace("ARABIC LIGATURE ", "") for letter in text]


def test_arabic_letters_take_the_forms_of_their_places():
    assert forms(joined("قطة")) == ["QAF INITIAL FORM", "TAH MEDIAL FORM", "TEH MARBUTA FINAL FORM"]
    assert forms(joined("دار")) == ["DAL ISOLATED FORM", "ALEF ISOLATED FORM", "REH ISOLATED FORM"]
    assert forms(joined("گچ")) == ["GAF INITIAL FORM", "TCHEH FINAL FORM"]


def test_lam_and_alef_become_one_sign():
    assert forms(joined("لا")) == ["LAM WITH ALEF ISOLATED FORM"]
    assert forms(joined("سلام"))[1] == "LAM WITH ALEF FINAL FORM"


def test_marks_on_letters_do_not_part_them():
    plain = [letter for letter in joined("مُحمّد") if unicodedata.category(letter) != "Mn"]
    assert plain == list(joined("محمد"))


@pytest.mark.parametrize(
    ("text", "seen"),
    [("אבג", "גבא"), ("אב 12 גד", "דג 12 בא"), ("cat אבג dog", "cat גבא dog"), ("(אב)", "(בא)"),
     ("plain 12", "plain 12"), ("אב cat", "cat בא"), ("אב 3.5", "3.5 בא"), ("", "")],
)  # fmt: skip
def test_words_stand_where_the_eye_finds_them(text: str, seen: str):
    assert in_visual_order(text) == seen


def test_indic_vowel_signs_move_before_their_syllable():
    assert arranged("हि") == "िह"
    assert arranged("क्षि") == "िक्ष"
    assert arranged("কো") == "েকা"  # a sign of two parts, one on each side
    assert arranged("plain") == "plain"


def test_which_texts_need_shaping_and_which_run_to_the_left():
    assert [needs_shaping(text) for text in ("cat", "кот", "猫", "고양이", "قطة", "हि", "חתול", "แมว")] == [
        False
    ] * 4 + [True] * 4
    assert is_right_to_left("12 קטן") and not is_right_to_left("cat קטן") and not is_right_to_left("123")
