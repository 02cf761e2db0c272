"""The face of a model, and conversations with it."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from saccade.engine.api import EngineInfo, EngineRequest
from saccade.engine.scripted import ScriptedEngine
from saccade.errors import BadInput, BadMedia, BadMessages, EngineError
from saccade.session import Model
from saccade.types import Box, Message, Part, Reply


def echo(request: EngineRequest) -> str | Exception:
    """The last words back, with the number of turns; an error for "fail"."""
    last = request.messages[-1].text
    return EngineError("it failed") if last == "fail" else f"{len(request.messages)}:{last}"


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine(echo)


@pytest.fixture
def model(engine: ScriptedEngine) -> Model:
    return Model(engine)


# --- Model ---------------------------------------------------------------------------------------------------------


def test_ask_and_chat_are_the_same_question(model: Model, engine: ScriptedEngine):
    model.ask("a.png", {"type": "image", "image": "b.png", "max_pixels": 784}, "Why?", seed=1)
    model.chat(
        [{"role": "user", "content": [
            {"type": "image", "image": "a.png"}, {"type": "image_url", "image_url": "b.png", "max_pixels": 784},
            {"type": "text", "text": "Why?"}]}],
        seed=1,
    )  # fmt: skip
    first, second = engine.requests
    assert first.messages == second.messages and first.params == second.params


def test_a_stream_is_checked_at_once_and_ends_with_the_reply(model: Model):
    with pytest.raises(BadMessages, match="did you mean 'seed'"):
        model.stream("Why?", sed=1)
    pieces = list(model.stream("Why?"))
    assert "".join(piece.text for piece in pieces) == "1:Why?"
    assert pieces[-1].reply is not None


def test_map_answers_in_order_whatever_form_a_request_has(model: Model):
    seen: list[tuple[int, int]] = []
    requests = [
        "one", ("a.png", "two"), [{"role": "user", "content": "three"}],
        {"messages": "four", "max_tokens": 1}, "five",
    ]  # fmt: skip
    replies = model.map(requests, concurrency=2, progress=lambda done, total: seen.append((done, total)))
    assert [reply.text for reply in replies] == ["1:one", "1:two", "1:three", "1", "1:five"]
    assert seen == [(2, 5), (4, 5), (5, 5)]


def test_map_hands_the_engine_whole_batches():
    sizes: list[int] = []

    class Batches(ScriptedEngine):
        def generate(self, requests):  # type: ignore[no-untyped-def]
            sizes.append(len(requests))
            return super().generate(requests)

    Model(Batches(echo)).map(["x"] * 5, concurrency=3)
    assert sizes == [3, 2]


def test_map_stops_at_the_first_error_or_gives_it_in_its_place(model: Model):
    with pytest.raises(EngineError, match="it failed"):
        model.map(["one", "fail", "two"])
    replies = model.map(["one", "fail", "two", ("alone",), [{"role": "nobody"}]], errors="return")
    assert [getattr(reply, "text", type(reply)) for reply in replies] == [
        "1:one", EngineError, "1:two", "1:alone", BadMessages,
    ]  # fmt: skip


@pytest.mark.parametrize("options", [{"concurrency": 0}, {"errors": "ignore"}])
def test_map_refuses_options_that_mean_nothing(model: Model, options: dict[str, object]):
    with pytest.raises(BadInput, match="map got"):
        model.map(["x"], **options)  # type: ignore[arg-type]


def test_map_of_nothing_is_nothing(model: Model):
    assert model.map([]) == []


def test_tasks_are_methods(picture: Path):
    model = Model(ScriptedEngine(["A cat.", "TEXT", "[]", "3"]))
    assert model.caption(picture).text == "A cat."
    assert model.ocr(picture).text == "TEXT"
    assert model.detect(picture, "cat").boxes == ()
    assert model.count(picture, "cats").count == 3


def test_draw_shows_the_boxes_of_a_result_or_a_list(model: Model, picture: Path):
    box = Box(20, 20, 100, 80, "cat")
    original = Image.open(picture)
    for result in ([box], type("Result", (), {"boxes": (box,)})()):
        drawn = model.draw(picture, result)
        assert drawn.size == original.size
        assert drawn.tobytes() != original.tobytes()
    assert model.draw(picture, []).tobytes() == original.tobytes()


def test_what_needs_the_model_here_says_so(model: Model):
    for call in (lambda: model.logits("x"), lambda: model.plan("x")):
        with pytest.raises(BadInput, match="needs a model on this machine"):
            call()


def test_a_model_closes_its_engine():
    class Closing(ScriptedEngine):
        closed = False

        def close(self) -> None:
            self.closed = True

    engine = Closing(["x"])
    with Model(engine) as model:
        assert repr(model) == "<saccade.Model scripted (qwen3-vl)>"
    assert engine.closed


def test_logits_have_a_row_for_every_prompt_token(random_model: Model, picture: Path):
    message = {"role": "user", "content": [{"type": "image", "image": str(picture)}, {"type": "text", "text": "Hi"}]}
    logits = random_model.logits([message])
    assert tuple(logits.shape) == (random_model.plan([message]).prompt_tokens, 448)
    assert str(logits.dtype) == "torch.float32"
    with pytest.raises(BadMessages, match="no option 'temperature'"):
        random_model.logits([message], temperature=1)


def test_one_answer_is_the_same_alone_and_in_a_crowd(random_model: Model, picture: Path):
    requests = [(picture, "What is it?"), "Hello", (picture, picture, "Compare.")]
    together = random_model.map(requests, max_tokens=6)
    alone = [random_model.map([request], max_tokens=6)[0] for request in requests]
    assert [reply.token_ids for reply in together] == [reply.token_ids for reply in alone]


# --- Session -------------------------------------------------------------------------------------------------------


def shown(engine: ScriptedEngine) -> list[tuple[str, str]]:
    return [(turn.role, turn.text) for turn in engine.requests[-1].messages]


def test_follow_ups_bring_all_that_was_said(model: Model, engine: ScriptedEngine, picture: Path):
    chat = model.session(system="Be brief.", max_tokens=9)
    chat.ask(picture, "What is this?")
    chat.ask("And its colour?", max_tokens=5)
    assert shown(engine) == [
        ("system", "Be brief."), ("user", "What is this?"), ("assistant", "2:What is this?"),
        ("user", "And its colour?"),
    ]  # fmt: skip
    assert [request.params.max_tokens for request in engine.requests] == [9, 5]
    assert [turn.role for turn in chat.history] == ["system", "user", "assistant", "user", "assistant"]


def test_a_picture_is_opened_once_and_kept(model: Model, engine: ScriptedEngine, tmp_path: Path):
    path = tmp_path / "a.png"
    Image.new("RGB", (40, 30), "red").save(path)
    chat = model.session()
    chat.ask(path, "What is this?")
    path.unlink()
    chat.ask("And now?")
    kept = engine.requests[-1].messages[0].parts[0].source
    assert (kept.size, kept.getpixel((0, 0))) == ((40, 30), (255, 0, 0))


def test_new_pictures_may_come_at_any_turn(model: Model, engine: ScriptedEngine, picture: Path):
    chat = model.session()
    chat.ask("Hello")
    chat.ask(picture, picture, "Compare.")
    assert [part.kind for part in engine.requests[-1].messages[-1].parts] == ["image", "image", "text"]


@pytest.mark.parametrize("question", [("fail",), ("missing.png", "What?"), ("",)])
def test_a_question_that_fails_leaves_no_trace(model: Model, question: tuple[str, ...]):
    chat = model.session()
    chat.ask("Hello")
    with pytest.raises((EngineError, BadMedia, BadMessages)):
        chat.ask(*question)
    assert len(chat.history) == 2
    assert chat.ask("Still there?").text == "3:Still there?"


def test_a_stream_left_early_counts_as_not_asked(model: Model):
    chat = model.session()
    pieces = chat.stream("one two three")
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert chat.history == ()
    assert chat.ask("again").text == "1:again"


def test_undo_takes_back_one_question_and_its_answer(model: Model):
    chat = model.session(system="Be brief.")
    chat.ask("one")
    chat.ask("two")
    assert chat.undo()
    assert [turn.text for turn in chat.history] == ["Be brief.", "one", "2:one"]
    assert chat.undo() and not chat.undo()
    assert [turn.role for turn in chat.history] == ["system"]


def test_reset_forgets_all_but_the_system_text(model: Model):
    chat = model.session(system="Be brief.")
    chat.ask("one")
    chat.reset()
    assert [turn.role for turn in chat.history] == ["system"]


def test_a_fork_goes_its_own_way(model: Model):
    chat = model.session(max_tokens=3)
    chat.ask("one")
    twin = chat.fork()
    twin.ask("two")
    assert (len(chat.history), len(twin.history), twin.options) == (2, 4, {"max_tokens": 3})


def test_a_session_answers_one_question_at_a_time(model: Model):
    chat = model.session()
    pieces = chat.stream("one two")
    next(pieces)
    for call in (lambda: chat.ask("now?"), chat.undo, chat.reset, chat.fork):
        with pytest.raises(BadInput, match="this session is answering another question"):
            call()
    list(pieces)
    assert chat.ask("now?").text == "3:now?"


def test_a_session_is_free_again_at_the_last_piece(model: Model):
    chat = model.session()
    pieces = chat.stream("one two")
    reply = next(piece.reply for piece in pieces if piece.reply is not None)
    assert [turn.text for turn in chat.history] == ["one two", reply.text]
    assert chat.undo() and chat.ask("again").text == "1:again"  # `pieces` is still held
    assert list(pieces) == []


def test_a_stream_may_change_threads(model: Model):
    chat = model.session()
    pieces = chat.stream("one")
    next(pieces)
    thread = threading.Thread(target=lambda: list(pieces))
    thread.start()
    thread.join()
    assert len(chat.history) == 2


def test_options_of_a_session_are_checked_when_it_is_made(model: Model):
    with pytest.raises(BadMessages, match="did you mean 'max_tokens'"):
        model.session(max_token=3)


def test_reasoning_and_tool_calls_stay_in_the_history(model: Model, engine: ScriptedEngine):
    engine._function = lambda request: Reply("4", reasoning="2 + 2")
    chat = model.session()
    chat.ask("2 + 2?")
    assert (chat.history[-1].text, chat.history[-1].reasoning) == ("4", "2 + 2")


def test_a_base_model_continues_the_conversations_text():
    engine = ScriptedEngine(echo, info=EngineInfo("base", "qwen2-vl", 4096, 0, is_base=True))
    with pytest.warns(UserWarning, match="base model"):
        assert Model(engine).session().ask("Once").flags == ("base-model",)


def test_a_follow_up_computes_only_what_is_new(random_model: Model, picture: Path):
    chat = random_model.session(max_tokens=6)
    first = chat.ask(picture, "What is this?")
    second = chat.ask("And its colour?")
    assert first.usage.cached_tokens == 0
    assert second.usage.cached_tokens >= first.usage.prompt_tokens
    fresh = random_model.chat([*chat.history[:-1]], max_tokens=6)
    assert second.token_ids == fresh.token_ids


def test_undo_fork_and_new_pictures_answer_as_a_fresh_conversation_does(random_model: Model, picture: Path):
    other = Image.new("RGB", (64, 64), "green")
    chat = random_model.session(max_tokens=5)
    chat.ask(picture, "What is this?")
    chat.ask("Hm?")
    chat.undo()
    twin = chat.fork()
    answers = [(chat, chat.ask(other, "And this?")), (twin, twin.ask("And why?"))]
    for session, reply in answers:
        assert reply.usage.cached_tokens > 0
        assert random_model.chat(session.history[:-1], max_tokens=5).token_ids == reply.token_ids


def test_a_picture_of_equal_size_is_not_taken_for_the_one_in_the_cache(random_model: Model):
    chat = random_model.session(max_tokens=5)
    red, green = Image.new("RGB", (64, 64), "red"), Image.new("RGB", (64, 64), "green")
    chat.ask(red, "What is this?")
    chat.undo()
    again = chat.ask(green, "What is this?")
    assert again.token_ids == random_model.ask(green, "What is this?", max_tokens=5).token_ids


def test_a_message_may_be_given_as_values_too(model: Model, engine: ScriptedEngine):
    message = Message("user", (Part("text", "Why?"),))
    model.chat([message, replace(message, role="assistant"), message])
    assert engine.requests[0].messages[0] is message
