"""Published measures by their published rules."""

from __future__ import annotations

import pytest

from saccade.train.benchmarks.published import (
    chosen_letter,
    contains_answer,
    relaxed_correct,
    vqa_accuracy,
    vqa_words,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The Red  Car.", "red car"),
        ("two", "2"),
        ("None", "0"),
        ("dont", "don't"),
        ("1,000", "1000"),
        ("3.14", "3.14"),
        ("end.", "end"),
        ("rock-n-roll", "rock n roll"),
        ("yes!", "yes "),
        ("bob's", "bob 's"),
        ("a\nb", "b"),
        ("what?", "what"),
    ],
)
def test_answers_are_normalised_as_the_vqa_program_does(text: str, words: str) -> None:
    assert vqa_words(text) == words.strip()


def test_agreement_leaves_each_person_out() -> None:
    people = ["red"] * 3 + ["blue"] * 7
    # three times two others agree, seven times three do
    assert vqa_accuracy(people, "Red") == pytest.approx((3 * 2 / 3 + 7) / 10)
    assert vqa_accuracy(people, "the blue") == 1 and vqa_accuracy(people, "green") == 0
    assert vqa_accuracy(["x"] + ["y"] * 9, "x") == pytest.approx(9 / 30)


@pytest.mark.parametrize(
    ("wanted", "given", "right"),
    [
        ("100", "105", True),
        ("100", "106", False),
        ("10%", "0.104", True),
        ("10%", "10.2%", True),
        ("Yes", "yes", True),
        ("No", "yes", False),
        ("0", "0", True),
        ("0", "0.0", False),
        ("2019", "2020", True),
        ("12", "twelve", False),
        ("-5", "-5.2", True),
        ("nan", "NaN", True),
    ],
)
def test_relaxed_accuracy_keeps_its_odd_cases(wanted: str, given: str, right: bool) -> None:
    assert relaxed_correct(wanted, given) is right


def test_containment() -> None:
    assert contains_answer(["HELLO"], "It says\nhello.") and not contains_answer(["hello"], "help")
    assert contains_answer(["a b"], "A\nB")
    assert contains_answer(["x ^ 2"], "$x^2$", formula=True) and not contains_answer(["X^2"], "x^2", formula=True)


OPTIONS = ["A. Apples.", "B. Candles.", "C. Berries.", "D. All the same."]


@pytest.mark.parametrize(
    ("given", "letter"),
    [("C", "C"), ("C.", "C"), ("(B) Candles", "B"), ("The best answer is: D", "D"), ("Answer: b", "B"), ("**A**", "A"),
     ("A tree with candles hangs there", "B"), ("Berries", "C"), ("E", ""), ("none of them", ""), ("", ""),
     ("<think>A or B</think>C", "C"), ("Option C is right", "C"), ("apples and berries", "")],
)  # fmt: skip
def test_the_letter_an_answer_chooses(given: str, letter: str) -> None:
    assert chosen_letter(given, OPTIONS) == letter
