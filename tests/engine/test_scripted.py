"""The scripted engine answers like an engine."""

from __future__ import annotations

import pytest

from saccade.engine.api import Engine, EngineRequest, SamplingParams
from saccade.engine.scripted import ScriptedEngine
from saccade.errors import BadInput, EngineError
from saccade.types import Message, Part, Reply


def _request(text: str = "How many cats?", **options: object) -> EngineRequest:
    message = Message("user", (Part("text", text),))
    return EngineRequest(messages=(message,), params=SamplingParams.from_options(options))


def test_answers_come_in_order_and_requests_are_kept() -> None:
    engine: Engine = (scripted := ScriptedEngine(["one", "two", "three"]))
    first, second = _request("a"), _request("b")
    assert [reply.text for reply in engine.generate([first, second])] == ["one", "two"]
    assert scripted.requests == [first, second]
    assert scripted.num_left == 1


def test_running_out_of_answers_is_an_engine_error() -> None:
    engine = ScriptedEngine([])
    with pytest.raises(EngineError, match="no answer left"):
        engine.generate([_request()])


def test_a_function_sees_the_request() -> None:
    engine = ScriptedEngine(lambda request: request.messages[0].text.upper())
    assert engine.generate([_request("cats")])[0].text == "CATS"


def test_replies_pass_unchanged_and_exceptions_are_raised() -> None:
    reply = Reply("half", finish_reason="length")
    engine = ScriptedEngine([reply, BadInput("no")])
    assert engine.generate([_request()]) == [reply]
    with pytest.raises(BadInput, match="no"):
        engine.generate([_request()])


def test_a_stream_is_the_answer_in_pieces() -> None:
    pieces = list(ScriptedEngine(["Two cats, one dog."]).stream(_request()))
    assert len(pieces) > 3
    assert "".join(piece.text for piece in pieces) == "Two cats, one dog."
    assert pieces[-1].reply is not None and pieces[-1].reply.text == "Two cats, one dog."


def test_stop_texts_max_tokens_and_usage_are_honoured() -> None:
    engine = ScriptedEngine(["one two three STOP four"] * 2)
    stopped = engine.generate([_request(stop="STOP")])[0]
    assert (stopped.text, stopped.finish_reason) == ("one two three ", "stop")
    cut = engine.generate([_request("a b c", max_tokens=2)])[0]
    assert (cut.text, cut.finish_reason) == ("one two", "length")
    assert (cut.usage.prompt_tokens, cut.usage.completion_tokens, cut.usage.total_tokens) == (3, 2, 5)


def test_tokens_go_there_and_back() -> None:
    engine = ScriptedEngine([])
    text = "Ein Bild, zwei  Katzen:\n你好!"
    assert engine.detokenize(engine.tokenize(text)) == text


def test_there_are_no_logits() -> None:
    with pytest.raises(EngineError, match="no logits"):
        ScriptedEngine([]).logits(None)  # type: ignore[arg-type]
