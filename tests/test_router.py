"""The router: the right model for each request, and the larger one where the small one failed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from saccade import Router, Rule
from saccade.engine.scripted import ScriptedEngine
from saccade.errors import BadAnswer, BadInput, EngineError
from saccade.session import Model
from saccade.types import Reply

BOX = '[{"bbox_2d": [0, 0, 500, 500], "label": "cat"}]'


def scripted(*answers: Any, name: str = "scripted") -> Model:
    return Model(ScriptedEngine(list(answers)), name=name)


def test_each_task_goes_to_its_model_and_the_rest_to_the_default(picture: Path):
    small, large = scripted("Hello", name="small"), scripted("A cat.", "Two.", name="large")
    router = Router({"ocr": small, "default": large})
    assert router.why == ""
    assert router.ocr(picture).text == "Hello" and router.why == "ocr -> small: ocr goes there"
    assert router.caption(picture).text == "A cat." and router.ask("How many?").text == "Two."
    assert router.why == "ask -> large: no rule fits, so the default"
    assert [(choice.task, choice.model) for choice in router.log] == [
        ("ocr", "small"), ("caption", "large"), ("ask", "large"),
    ]  # fmt: skip
    assert router.engine is large.engine and "small" in repr(router)


def test_rules_look_at_the_size_and_the_tokens_of_the_pictures(picture: Path, tmp_path: Path):
    Image.new("RGB", (1000, 800)).save(tmp_path / "large.png")
    (tmp_path / "page.pdf").write_bytes(b"%PDF-1.4")
    small, large = scripted("x", name="small"), scripted("x", name="large")
    by_pixels = Router(
        [Rule("s", ("ask", "compare", "caption"), max_pixels=30_000)], models={"s": small}, default=large
    )
    by_tokens = Router([{"model": "s", "max_tokens": 100}], models={"s": small}, default=large)
    for router in (by_pixels, by_tokens):
        assert router.choose("ask", picture, "What?").model == "s"
        assert router.choose("caption", picture).model == "s"
        assert router.choose("ask", tmp_path / "large.png", "What?").model == "large"
        assert router.choose("compare", [picture, tmp_path / "large.png"]).model == "large"
        assert router.choose("ask", "What?").model == "large"  # no picture, no size
        assert router.choose("caption", tmp_path / "page.pdf").model == "large"
        assert router.choose("caption", tmp_path / "nothing.png").model == "large"
    messages = [{"role": "user", "content": [{"type": "image", "image": str(picture)}, {"type": "text", "text": "?"}]}]
    assert "no more than 100 tokens" in by_tokens.choose("chat", messages).why
    assert by_pixels.choose("caption", picture).why == "caption goes there and no picture has more than 30000 pixels"
    assert by_pixels.choose("ocr", picture).model == "large"


def test_models_are_loaded_when_they_are_first_needed(monkeypatch: pytest.MonkeyPatch):
    loaded: list[Any] = []

    def load(source: str, **options: Any) -> Model:
        options.pop("settings")
        loaded.append((source, options))
        return scripted("a", "b", name=source)

    monkeypatch.setattr("saccade.open.load", load)
    router = Router(
        {"ocr": "tiny", "default": "far"}, device="cpu", models={"far": {"source": "http://h/v1", "family": "qwen2-vl"}}
    )
    assert loaded == [] and router.choose("ocr").model == "tiny" and loaded == []
    router.ask("Hi"), router.ask("Hi")
    assert loaded == [("http://h/v1", {"device": "cpu", "family": "qwen2-vl"})]
    router.close()
    with pytest.raises(BadInput, match="entry 'colour'"):
        Router({"default": "x"}, models={"x": {"source": "tiny", "colour": 1}}).ask("Hi")
    with pytest.raises(BadInput, match="no source"):
        Router({"default": "x"}, models={"x": {}}).ask("Hi")


def test_what_the_small_model_fails_at_is_asked_of_the_large_one(picture: Path):
    small, large = scripted("A cat sits there."), scripted(BOX, name="large")
    router = Router({"detect": small, "default": large}, escalate=True)
    found = router.detect(picture, "cat")
    assert len(found.boxes) == 1 and found.flags == ("escalated",) and "could not be used" in router.why
    assert [choice.model for choice in router.log] == ["scripted", "large"]


def test_a_flagged_answer_is_asked_for_again_and_kept_where_that_fails(picture: Path):
    cut = Reply("the the", finish_reason="length")
    router = Router({"caption": scripted(cut), "default": scripted("the theory", name="large")}, escalate=True)
    said = router.caption(picture)
    assert (said.text, said.flags) == ("the theory", ("escalated",)) and "was truncated" in router.why
    down = scripted(EngineError("no answer"), name="large")
    said = Router({"caption": scripted(cut), "default": down}, escalate=True).caption(picture)
    assert said.text == "the the" and said.flags == ("truncated", "not-escalated")
    both = Router({"detect": scripted("No idea."), "default": scripted("Nor I.", name="large")}, escalate=True)
    with pytest.raises(BadAnswer):
        both.detect(picture, "cat")


def test_without_escalation_an_answer_stands_as_it_came(picture: Path):
    cut = Reply("the the", finish_reason="length")
    said = Router({"caption": scripted(cut), "default": scripted(name="large")}).caption(picture)
    assert said.flags == ("truncated",)
    fine = Router({"caption": scripted("A cat."), "default": scripted(name="large")}, escalate=True).caption(picture)
    assert fine.flags == ()
    picky = Router({"caption": scripted(cut), "default": scripted(name="l")}, escalate=True, escalate_on=["loop"])
    assert picky.caption(picture).flags == ("truncated",)


def test_sessions_streams_and_the_awaitable_face_are_there(picture: Path):
    router = Router({"session": scripted("in talk", name="talker"), "default": scripted("one two", "A cat.")})
    assert router.session().ask("Hi").text == "in talk"
    assert "".join(piece.text for piece in router.stream("Hi")) == "one two"
    assert asyncio.run(router.aio.caption(picture)).text == "A cat."
    assert router.family == "qwen3-vl" and router.processor is None  # the default model's
    with pytest.raises(AttributeError, match="no 'sing'"):
        router.sing("x")


@pytest.mark.parametrize(
    ("rules", "options", "why"),
    [
        ({"ocr": "tiny"}, {}, "no default model"),
        ({"sing": "tiny", "default": "tiny"}, {}, "'sing', which is no task"),
        ({"default": 7}, {}, "7 is no model"),
        ({"default": ""}, {}, "is no model"),
        ("tiny", {"default": "tiny"}, "rules are a str"),
        ([{"tasks": ["ocr"]}], {"default": "tiny"}, "is no rule"),
        ([{"model": "tiny", "colour": 1}], {"default": "tiny"}, "is no rule"),
        ([{"model": "tiny", "max_tokens": 0}], {"default": "tiny"}, "max_tokens of a rule is 0"),
    ],
)
def test_rules_that_cannot_be_used_are_said(rules: Any, options: dict[str, Any], why: str):
    with pytest.raises(BadInput, match=why):
        Router(rules, **options)


def test_a_file_says_the_same(tmp_path: Path):
    path = tmp_path / "router.json"
    path.write_text(json.dumps({"ocr": "tiny", "default": "far", "escalate": True}))
    router = Router.from_file(path)
    assert router.rules == (Rule("tiny", ("ocr",)),) and router.default == "far" and router.escalate
    rules = [{"model": "s", "tasks": ["ocr", "caption"], "max_pixels": 9}]
    path.write_text(json.dumps({"models": {"s": "tiny"}, "rules": rules, "default": "s", "escalate_on": ["loop"]}))
    router = Router.from_file(path)
    assert router.rules == (Rule("s", ("ocr", "caption"), max_pixels=9),) and router.escalate_on == ("loop",)
    for text, why in [("{", "is not JSON"), ("[]", "holds no object"), ('{"rules": [], "x": 1}', "unknown entry 'x'"),
                      ('{"rules": []}', "no default")]:  # fmt: skip
        path.write_text(text)
        with pytest.raises(BadInput, match=why):
            Router.from_file(path)
    with pytest.raises(BadInput, match="cannot be read"):
        Router.from_file(tmp_path / "none.json")
