"""Where sentences end."""

from __future__ import annotations

from saccade.processing.parse.sentences import cut_at_words, sentences_of, without_markdown


def test_sentences_end_where_they_end():
    text = 'Dr. Miller has 3.5 kg. He eats, e.g. No. 5, "alone." Yes!\nNew line。好。'
    assert sentences_of(text) == [
        "Dr. Miller has 3.5 kg.", 'He eats, e.g. No. 5, "alone."', "Yes!", "New line。", "好。",
    ]  # fmt: skip


def test_a_text_is_cut_behind_a_sentence_else_behind_a_word():
    assert cut_at_words("One two. Three four.", 100) == "One two. Three four."
    assert cut_at_words("One two. Three four.", 12) == "One two."
    assert cut_at_words("One two three four", 12) == "One two…" and cut_at_words("字" * 30, 10) == "字" * 9 + "…"
    assert all(len(cut_at_words("word, " * 40, most)) <= most for most in range(2, 200))


def test_markdown_is_taken_off():
    assert without_markdown("## A **b** _c_\n- *d* 2*3*4\n1. __e__") == "A b _c_\nd 2*3*4\ne"
