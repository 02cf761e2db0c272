"""Ranking by words, and the lines an answer stands in."""

from __future__ import annotations

from saccade.tasks.retrieval import Line, bm25, lines_of_answer, terms


def test_words_are_folded():
    assert terms("Größe, CAFÉ 1,234.50 東京!") == ["grosse", "cafe", "1,234.50", "東", "京"]


def test_pages_with_rarer_words_of_the_question_come_first():
    texts = ["the invoice of the shop", "the total of the invoice is 5", "the weather", ""]
    scores = bm25("What is the invoice total?", texts)
    assert scores.index(max(scores)) == 1 and scores[0] > scores[2] > scores[3] == 0
    assert bm25("zebra", texts) == [0, 0, 0, 0] and bm25("x", []) == []


def test_the_same_word_weighs_more_on_a_short_page():
    short, long = bm25("lens", ["a lens", "a lens " + "and more words " * 20])
    assert short > long


def test_a_short_answer_is_found_in_the_line_that_fits_the_question():
    lines = [Line(1, "Subtotal 4.50"), Line(2, "Total due 4.50"), Line(2, "4 .50"), Line(3, "nothing")]
    assert lines_of_answer("4.50", "What is the total due?", lines) == [lines[1]]
    assert lines_of_answer("nine", "What?", lines) == [] and lines_of_answer("", "What?", lines) == []


def test_a_long_answer_cites_the_lines_it_repeats():
    lines = [Line(1, "The harbour was built in 1902"), Line(1, "of"), Line(2, "Cats sleep all day long")]
    answer = (
        "According to the text the harbour was built in 1902 by two engineers who had come from far away in the north."
    )
    assert lines_of_answer(answer, "When?", lines) == [lines[0]]
