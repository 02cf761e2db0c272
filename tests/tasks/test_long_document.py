"""Questions about documents: the plan, picking pages, and citing."""

from __future__ import annotations

from pathlib import Path

import pytest

from saccade.engine.api import EngineInfo, EngineRequest
from saccade.engine.scripted import ScriptedEngine
from saccade.errors import BadInput, BadMedia, BadMessages, ContextOverflow
from saccade.prompts.text import SPOT_PROMPT
from saccade.session import Model
from saccade.tasks import ask_document, plan_document
from saccade.tasks.long_document import DocumentAnswer
from saccade.types import Size
from tests.pdfs import ScanPage, TextPage, encrypted_pdf, jpeg, make_pdf, scans

WORDS = ["alpha harbour report", "the total due is 4.50", "gamma weather notes", "delta appendix pages"]


def engine_of(answer: object, context: int = 32768) -> ScriptedEngine:
    """Answers of a Qwen3-VL model with room for `context` tokens; a 200 x 300 page at 72 dpi costs 70."""
    info = EngineInfo("scripted", "qwen3-vl", context_length=context, vocab_size=0)
    return ScriptedEngine(answer, info=info)  # type: ignore[arg-type]


def texts() -> bytes:
    return make_pdf([TextPage([(line, 20, 250)]) for line in WORDS])


def num_pictures(request: EngineRequest) -> int:
    return sum(part.kind == "image" for message in request.messages for part in message.parts)


def test_the_plan_counts_each_page_from_its_header():
    plan = plan_document(engine_of([]), scans(3, corrupt=[2]), "What?", dpi=72)
    assert [page.tokens for page in plan.pages] == [70, 70, 70] and plan.media_tokens == 210
    assert plan.pages[0].size == Size(300, 200) and plan.fits_context
    assert plan.total_tokens == 210 + plan.text_tokens + plan.answer_tokens
    assert not plan_document(engine_of([], 300), scans(3), dpi=72).fits_context
    assert "DOES NOT FIT" in "\n".join(plan_document(engine_of([], 300), scans(3), dpi=72).lines())
    broken = plan_document(engine_of([]), make_pdf([ScanPage(jpeg(1)), None]), dpi=72)
    assert broken.pages[1].tokens == 0 and "broken" in broken.pages[1].error
    assert plan.as_dict()["pages"][2]["page"] == 3


def test_the_plan_of_a_model_on_this_machine_is_its_processors(random_model: Model, tmp_path: Path):
    (tmp_path / "a.pdf").write_bytes(scans(1))
    plan = random_model.plan_document(tmp_path / "a.pdf", dpi=72)
    from saccade.media.document import open_document

    with open_document(tmp_path / "a.pdf", random_model.settings, dpi=72) as opened:
        assert plan.pages[0].tokens == random_model.plan(opened.picture(1).image).media_tokens


def test_what_fits_is_shown_whole_and_the_answer_is_found_in_the_text_of_the_file():
    engine = engine_of(["4.50"])
    answer = ask_document(engine, texts(), "What is the total due?", dpi=72)
    assert (answer.text, answer.retrieved, answer.pages_shown, answer.flags) == ("4.50", False, (1, 2, 3, 4), ())
    (citation,) = answer.citations
    assert (citation.page, citation.text) == (2, "the total due is 4.50")
    assert citation.box is not None and 15 < citation.box.x0 < 25 and 35 < citation.box.y0 < 55
    message = engine.requests[0].messages[0]
    assert [part.text for part in message.parts if part.kind == "text"] == [
        "Page 1:\n", "Page 2:\n", "Page 3:\n", "Page 4:\n", "What is the total due?",
    ]  # fmt: skip


def test_what_does_not_fit_is_read_first_and_the_best_page_is_shown():
    engine = engine_of(["It is 4.50."], context=200)
    answer = ask_document(engine, texts(), "What is the total due?", dpi=72, max_tokens=20)
    assert answer.retrieved and answer.pages_shown == (2,) and len(engine.requests) == 1
    assert num_pictures(engine.requests[0]) == 1 and answer.citations[0].page == 2
    with pytest.raises(ContextOverflow, match="needs"):
        ask_document(engine, texts(), "What?", dpi=72, max_tokens=20, retrieve="never")


def test_scans_are_read_by_the_model_and_a_page_that_fails_costs_itself():
    def answer(request: EngineRequest) -> str:
        if request.messages[-1].text != SPOT_PROMPT:
            return "4.50"
        words = WORDS[len([one for one in engine.requests if one.messages[-1].text == SPOT_PROMPT]) - 1]
        return f'[{{"bbox_2d": [100, 100, 500, 200], "text_content": "{words}"}}]'

    engine = engine_of(answer, context=200)
    told: list[int] = []
    answered = ask_document(engine, scans(5, corrupt=[1]), "What is the total due?", dpi=72, max_tokens=20,
                            progress=lambda done, total: told.append(done))  # fmt: skip
    assert answered.pages_shown == (3,) and answered.flags == ("failed-pages",) and told == [1, 2, 3, 4, 5]
    (citation,) = answered.citations
    assert citation.box is not None and (citation.page, citation.box.x0, citation.box.y1) == (3, 20, 60)


def test_a_question_in_other_words_is_flagged():
    answer = ask_document(engine_of(["a zebra"], 200), texts(), "Zebra?", dpi=72, max_tokens=20)
    assert {"no-match", "no-citation"} <= set(answer.flags) and answer.pages_shown == (1,)


def test_most_pages_and_pages_chosen():
    answer = ask_document(engine_of(["x"]), texts(), "harbour and the total", dpi=72, max_pages=2)
    assert answer.retrieved and answer.pages_shown == (1, 2)
    answer = ask_document(engine_of(["see page 4"]), texts(), "appendix?", dpi=72, pages="3-4", cite="text")
    assert answer.pages_shown == (3, 4) and [one.page for one in answer.citations] == [4]


def test_a_page_too_large_for_the_context_is_shown_smaller():
    engine = engine_of(["x"], context=120)
    answer = ask_document(engine, scans(1), "What?", max_tokens=20, cite="none")
    assert "shrunk" in answer.flags
    limit = engine.requests[-1].prompt_options["max_pixels"]
    assert limit // 1024 + 20 + 32 <= 120


def test_scans_are_read_for_citing_on_request_and_an_absent_answer_is_cited_nowhere():
    spotted = '[{"bbox_2d": [100, 100, 500, 200], "text_content": "Total 4.50"}]'
    answer = ask_document(engine_of(["4.50", spotted]), scans(1), "Total?", dpi=72, cite="read")
    assert answer.citations[0].box is not None and answer.citations[0].text == "Total 4.50"
    assert ask_document(engine_of(["4.50"]), scans(1), "Total?", dpi=72).citations[0].box is None
    assert ask_document(engine_of(["not shown"]), scans(1), "Total?", dpi=72).citations == ()


def test_bad_input_is_one_error_each():
    engine = engine_of(["x"])
    with pytest.raises(BadMessages, match="empty"):
        ask_document(engine, texts(), "  ")
    for wrong in ({"retrieve": "maybe"}, {"cite": "all"}, {"nothing": 1}):
        with pytest.raises(BadMessages):
            ask_document(engine, texts(), "What?", **wrong)
    with pytest.raises(BadInput):
        ask_document(engine, texts(), "What?", max_pages=0)
    with pytest.raises(BadMedia, match="encrypted"):
        ask_document(engine, encrypted_pdf(), "What?")
    with pytest.raises(BadMedia, match="broken"):
        ask_document(engine, scans(1, corrupt=[1]), "What?")
    with pytest.raises(BadInput, match="broken"):
        ask_document(engine, make_pdf([None]), "What?")
    assert engine.requests == []


def test_ask_of_a_model_takes_a_document():
    model = Model(engine_of(["4.50", "plain"]))
    reply = model.ask(texts(), "What is the total due?", max_tokens=9)
    assert reply.text == "4.50" and isinstance(reply.data, DocumentAnswer) and reply.data.citations[0].page == 2
    assert model.ask("Hello").text == "plain"
