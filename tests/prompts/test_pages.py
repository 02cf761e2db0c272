from __future__ import annotations

from saccade.prompts import pages


def test_the_trained_requests_keep_their_exact_wording() -> None:
    assert pages.PARSE_HTML[0] == "qwenvl html"
    assert pages.HTML_OPENING + pages.HTML_CLOSING == "```html\n<html><body>\n</body></html>\n```"


def test_both_notations_have_a_first_and_a_second_request() -> None:
    for wordings in (pages.TABLE_PROMPTS, pages.TABLE_AGAIN):
        assert set(wordings) == {"html", "csv"} and all(1 <= len(each) <= 3 for each in wordings.values())
    spoken = [
        text for wordings in (pages.TABLE_PROMPTS, pages.TABLE_AGAIN) for each in wordings.values() for text in each
    ]
    assert len(set(spoken)) == len(spoken)


def test_questions_hold_the_names_they_are_given() -> None:
    assert pages.cell("price", "Oak")[0] == "What is the price of Oak?"
    assert all("price" in wording and "Oak" in wording for wording in pages.cell("price", "Oak"))
    assert (
        pages.how_many("lists") == "How many lists are there?" and pages.and_how_many("lists") == "And how many lists?"
    )
    assert pages.largest("item", "price") == "Which item has the highest price?"
