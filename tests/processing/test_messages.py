"""Every common form of a message is read, and what is not known is named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from saccade.errors import BadMessages
from saccade.processing.messages import normalise_messages
from saccade.types import Message, Part, ToolCall


def only_part(item: Any) -> Part:
    (message,) = normalise_messages([{"role": "user", "content": [item]}])
    (part,) = message.parts
    return part


def user(content: Any) -> list[dict[str, Any]]:
    return [{"role": "user", "content": content}]


def test_a_plain_text_is_one_user_message() -> None:
    assert normalise_messages("Hello") == (Message("user", (Part("text", "Hello"),)),)


@pytest.mark.parametrize(
    "item",
    [
        {"type": "image", "image": "a.png"},
        {"image": "a.png"},
        {"type": "image_url", "image_url": {"url": "a.png"}},
        {"type": "image_url", "image_url": "a.png"},
        {"image_url": {"url": "a.png"}},
        {"type": "input_image", "image_url": "a.png"},
        {"type": "image", "url": "a.png", "mime_type": "image/png"},
        {"type": "image", "path": "a.png"},
        {"type": "image", "source_type": "url", "url": "a.png"},
        {"type": "image", "image": {"url": "a.png"}, "uuid": "7"},
        {"type": "image", "image": "a.png", "video": None},
    ],
)
def test_a_picture_in_every_form(item: dict[str, Any]) -> None:
    item = {key: value for key, value in item.items() if value is not None}
    assert only_part(item) == Part("image", source="a.png")


@pytest.mark.parametrize(
    "item",
    [
        {"type": "image", "base64": "AAAA", "mime_type": "image/jpeg"},
        {"type": "image", "source_type": "base64", "data": "AAAA", "mime_type": "image/jpeg"},
    ],
)
def test_bare_base64_becomes_a_data_uri(item: dict[str, Any]) -> None:
    assert only_part(item).source == "data:image/jpeg;base64,AAAA"
    assert only_part({"type": "video", "base64": "AAAA"}).source == "data:video/mp4;base64,AAAA"


@pytest.mark.parametrize(
    "item",
    [
        {"type": "video", "video": "a.mp4", "fps": 1},
        {"video": "a.mp4", "fps": 1},
        {"type": "video_url", "video_url": {"url": "a.mp4"}, "fps": 1},
        {"type": "video_url", "video_url": {"url": "a.mp4", "fps": 1}},
        {"video_url": "a.mp4", "fps": 1},
    ],
)
def test_a_video_in_every_form(item: dict[str, Any]) -> None:
    assert only_part(item) == Part("video", source="a.mp4", options={"fps": 1})


def test_a_video_may_be_a_list_of_pictures() -> None:
    frames = ["0.png", {"type": "image", "image": "1.png"}, {"image_url": {"url": "2.png"}}]
    assert only_part({"type": "video", "video": frames, "sample_fps": 4}) == Part(
        "video", source=["0.png", "1.png", "2.png"], options={"sample_fps": 4}
    )


def test_pictures_in_memory_are_handed_on_untouched() -> None:
    for source in (b"bytes", Image.new("RGB", (2, 2)), np.zeros((2, 2, 3), np.uint8)):
        assert only_part({"type": "image", "image": source}).source is source


@pytest.mark.parametrize(
    "item",
    ["Hi", {"type": "text", "text": "Hi"}, {"text": "Hi"}, {"type": "input_text", "text": "Hi", "annotations": []}],
)
def test_a_text_in_every_form(item: Any) -> None:
    assert only_part(item) == Part("text", "Hi")


def test_options_beside_and_inside_are_merged_and_the_outer_wins() -> None:
    part = only_part(
        {"type": "image_url", "image_url": {"url": "a", "detail": "low", "max_pixels": 9}, "max_pixels": 4}
    )
    assert part.options == {"detail": "low", "max_pixels": 4}


def test_both_forms_may_be_mixed() -> None:
    (message,) = normalise_messages(
        user(["See", {"type": "image_url", "image_url": "a"}, {"image": "b"}, {"type": "text", "text": "!"}])
    )
    assert [part.kind for part in message.parts] == ["text", "image", "image", "text"]
    assert message.text == "See!"


@pytest.mark.parametrize(
    ("name", "role"),
    [("developer", "system"), ("human", "user"), ("ai", "assistant"), ("function", "tool"), ("tool", "tool")],
)
def test_roles_have_one_spelling(name: str, role: str) -> None:
    assert normalise_messages([{"role": name, "content": "x"}])[0].role == role


@pytest.mark.parametrize(
    "call",
    [
        {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}},
        {"id": "c1", "name": "f", "arguments": {"x": 1}},
        {"id": "c1", "name": "f", "args": {"x": 1}, "type": "tool_call"},
        ToolCall("f", {"x": 1}, "c1"),
    ],
)
def test_a_tool_call_in_every_form(call: Any) -> None:
    turns = normalise_messages([*user("go"), {"role": "assistant", "content": None, "tool_calls": [call]}])
    assert turns[1] == Message("assistant", (), (ToolCall("f", {"x": 1}, "c1"),))


def test_calls_and_reasoning_among_the_content_are_found() -> None:
    content = [
        {"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "ok"},
        {"type": "tool_call", "name": "f", "args": {}, "id": "c"},
    ]  # fmt: skip
    turns = normalise_messages([*user("go"), {"role": "assistant", "content": content}])
    assert turns[1] == Message("assistant", (Part("text", "ok"),), (ToolCall("f", {}, "c"),), "hm")


def test_reasoning_and_names_are_kept_and_empty_extras_are_not_minded() -> None:
    turns = normalise_messages(
        [
            {"role": "user", "content": "a", "name": "Ada", "weight": None},
            {"role": "assistant", "content": "b", "reasoning_content": "r", "refusal": None, "tool_calls": None},
            {"role": "tool", "content": "c", "tool_call_id": "1"},
        ]
    )
    assert turns[0].name == "Ada" and turns[1].reasoning == "r" and turns[1].tool_calls == ()


def test_what_is_normal_already_stays() -> None:
    message = Message("user", (Part("text", "x"),))
    assert normalise_messages([message]) == (message,)
    assert only_part(Part("text", "y")) == Part("text", "y")


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ("", "prompt is empty"),
        ([], "prompt is empty"),
        (user(""), "prompt is empty"),
        (user([]), "prompt is empty"),
        ({"role": "user", "content": "x"}, "must be a text or a list of messages, got dict"),
        (7, "got int"),
        (["x"], "message 0 must be an object with role and content, got str"),
        ([{"role": "king", "content": "x"}], "message 0 has the role 'king'; allowed roles: system"),
        ([{"content": "x"}], "the role None"),
        ([{"role": ["user"], "content": "x"}], "the role"),
        ([{"role": "user", "content": None}], "message 0 has no content"),
        ([{"role": "user", "content": 5}], "content of type int"),
        ([{"role": "user", "content": b"x"}], "content of type bytes"),
        ([{"role": "user", "contents": "x", "content": ""}], "unknown key 'contents'; allowed keys: role"),
        ([{"role": "user", "content": "x", "name": 5}], "must be texts"),
        (user([5]), "item 0 must be a text or an object, got int"),
        (user([{"type": "imgae", "image": "a"}]), "unknown type 'imgae'; allowed types: text"),
        (user([{"type": None, "image": "a"}]), "unknown type None"),
        (user([{"imgae": "a"}]), "unknown keys 'imgae'; allowed keys: type, text, image"),
        (user([{}]), r"unknown keys \(none\)"),
        (user(["x", {"image": "a", "max_pixel": 4}]), "item 1 has the unknown key 'max_pixel'; allowed keys of"),
        (user([{"image": "a", "fps": 4}]), "unknown key 'fps'; allowed keys of an image item"),
        (user([{"video": "a", "speed": 4}]), "unknown key 'speed'; allowed keys of a video item"),
        (user([{"text": "a", "bold": True}]), "unknown key 'bold'; allowed keys of a text item: text"),
        (user([{"type": "text", "text": 5}]), "text is int"),
        (user([{"type": "image"}]), "image media that has no source"),
        (user([{"type": "image", "image": None}]), "has no source"),
        (user([{"type": "image", "image": "a", "url": "b"}]), "names image and url"),
        (user([{"type": "image", "image": " "}]), "empty image source"),
        (user([{"type": "image", "image": ["a", "b"]}]), "a list as one picture"),
        (user([{"type": "video", "video": 3}]), "gives 3 as video source"),
        (user([{"type": "image", "file_id": "f"}]), "unknown key 'file_id'"),
        ([{"role": "assistant", "content": "", "tool_calls": [{}]}], "without a function name"),
        ([{"role": "assistant", "content": "", "tool_calls": ["f"]}], "without a function name"),
        ([{"role": "assistant", "content": "", "tool_calls": [{"name": "f", "arguments": "{"}]}], "are not JSON"),
        ([{"role": "assistant", "content": "", "tool_calls": [{"name": "f", "arguments": "[]"}]}], "must be an object"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named_in_one_line(messages: Any, words: str) -> None:
    with pytest.raises(BadMessages, match=words) as caught:
        normalise_messages(messages)
    assert "\n" not in str(caught.value)
