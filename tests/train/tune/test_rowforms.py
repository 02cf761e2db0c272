"""Rows of the three forms as conversations, and what is said of those that do not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from saccade.errors import BadMessages
from saccade.train.tune.rowforms import Conversation, read_row

HERE = Path("/data")


def read(row: Any) -> Conversation:
    (conversation,) = read_row(row, HERE)
    return conversation


def shown(conversation: Conversation) -> list[tuple[str, list[Any]]]:
    return [
        (message.role, [part.text if part.kind == "text" else (part.kind, part.source) for part in message.parts])
        for message in conversation.messages
    ]


def turns(*pairs: str) -> list[dict[str, str]]:
    return [{"from": ("human", "gpt")[i % 2], "value": text} for i, text in enumerate(pairs)]


def test_the_qwen_form_puts_pictures_where_the_marks_are():
    row = {"image": ["a.png", "b.png"], "conversations": turns("<image>\n<image>\nDo they match?", '{"match": true}')}
    assert shown(read(row)) == [
        ("user", [("image", "/data/a.png"), ("image", "/data/b.png"), "Do they match?"]),
        ("assistant", ['{"match": true}']),
    ]
    assert read(row).learn == (False, True)


def test_pictures_and_videos_keep_their_order_over_several_turns():
    row = {
        "system": "Be short.", "image": "a.png", "video": "v.mp4",
        "conversations": turns("<video> When?", "Now.", "And in <image> there?", "No."),
    }  # fmt: skip
    assert shown(read(row)) == [
        ("system", ["Be short."]),
        ("user", [("video", "/data/v.mp4"), "When?"]),
        ("assistant", ["Now."]),
        ("user", ["And in", ("image", "/data/a.png"), "there?"]),
        ("assistant", ["No."]),
    ]
    assert read(row).learn == (False, False, True, False, True)


def test_the_swift_form_keeps_its_text_and_its_objects():
    row = {
        "messages": [{"role": "user", "content": "<image>Find <ref-object> "},
                     {"role": "assistant", "content": "<bbox>"}],
        "images": [{"path": "/abs/a.png", "bytes": None}], "objects": {"ref": ["cat"], "bbox": [[1, 2, 3, 4]]},
    }  # fmt: skip
    assert shown(read(row))[0] == ("user", [("image", "/abs/a.png"), "Find <ref-object> "])
    assert read(row).objects == row["objects"]


def test_the_openai_form_brings_its_media_along():
    content = [{"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
               {"type": "text", "text": "What?"},
               {"type": "video", "video": ["f1.png", "f2.png"], "sample_fps": 2}]  # fmt: skip
    row = {"messages": [{"role": "user", "content": content}, {"role": "assistant", "content": "Yes"}]}
    assert shown(read(row))[0][1] == [
        ("image", "https://example.org/a.png"), "What?", ("video", ["/data/f1.png", "/data/f2.png"]),
    ]  # fmt: skip
    assert read(row).media[1].options == {"sample_fps": 2}


def test_items_without_a_source_take_the_rows_own_pictures():
    content = [{"type": "text", "text": "Here:"}, {"type": "image"}]
    row = {
        "messages": [{"role": "user", "content": content}, {"role": "assistant", "content": "Yes"}],
        "images": ["a.png"],
    }
    assert shown(read(row))[0][1] == ["Here:", ("image", "/data/a.png")]


def test_pictures_without_any_mark_come_before_the_first_question():
    row = {"images": ["a.png", "b.png"], "messages": [{"role": "system", "content": "S"},
           {"role": "user", "content": "What?"}, {"role": "assistant", "content": "Yes"}]}  # fmt: skip
    assert shown(read(row))[1] == ("user", [("image", "/data/a.png"), ("image", "/data/b.png"), "What?"])


def test_a_mark_in_an_answer_is_text():
    row = {"image": "a.png", "conversations": turns("<image>Write the tag.", "It is <image>.")}
    assert shown(read(row))[1] == ("assistant", ["It is <image>."])


def test_sources_that_are_no_paths_stay_as_they_are():
    for source in ("data:image/png;base64,AAAA", "http://example.org/a.png", "file:///a.png", "/abs/a.png"):
        assert read({"image": source, "conversations": turns("<image>?", "!")}).media[0].source == source
    assert read({"image": "../a.png", "conversations": turns("<image>?", "!")}).media[0].source == "/data/../a.png"


def test_tool_turns_become_calls_and_results():
    row = {
        "tools": '[{"type": "function", "function": {"name": "click", "parameters": {}}}]',
        "messages": [
            {"role": "user", "content": "Open it"},
            {"role": "assistant", "content": "I click."},
            {"role": "tool_call", "content": '{"name": "click", "arguments": {"x": 1}}'},
            {"role": "tool_call", "content": '{"name": "click", "arguments": {"x": 2}}'},
            {"role": "tool_response", "content": '{"ok": true}'},
            {"role": "assistant", "content": "Done."},
        ],
    }
    conversation = read(row)
    assert [message.role for message in conversation.messages] == ["user", "assistant", "tool", "assistant"]
    assert [dict(call.arguments) for call in conversation.messages[1].tool_calls] == [{"x": 1}, {"x": 2}]
    assert conversation.tools is not None and conversation.tools[0]["type"] == "function"
    assert conversation.learn == (False, True, False, True)


def test_an_answer_with_loss_false_is_not_learnt():
    messages = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "loss": False},
                {"role": "user", "content": "c"}, {"role": "assistant", "content": "d", "loss": True}]  # fmt: skip
    assert read({"messages": messages}).learn == (False, False, False, True)


def test_a_list_is_one_row_of_several_conversations():
    row = {"conversations": turns("a", "b")}
    assert len(read_row([row, row, row], HERE)) == 3


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("text", "a row must be an object, this is a str"),
        ([], "an empty list"),
        ({}, "neither messages nor conversations"),
        ({"conversations": []}, "neither messages nor conversations"),
        ({"conversations": ["a"]}, "turn 0 must be an object"),
        ({"conversations": [{"value": "a"}]}, "turn 0 does not say who speaks"),
        ({"conversations": [{"from": "human"}]}, "turn 0 has no text"),
        ({"conversations": [{"from": "martian", "value": "a"}, *turns("a", "b")]}, "has the role 'martian'"),
        ({"conversations": turns("a")}, "the row has no answer"),
        ({"messages": [{"role": "assistant", "content": "a", "loss": False}]}, "every answer of the row"),
        ({"conversations": turns("<image>a", "b")}, r"0 image\(s\) but 1 <image> mark\(s\)"),
        ({"image": ["a", "b"], "conversations": turns("<image>a", "b")}, r"2 image\(s\) but 1 <image>"),
        ({"video": "a", "conversations": turns("<video><video>a", "b")}, r"1 video\(s\) but 2 <video>"),
        ({"image": "a", "images": "b", "conversations": turns("a", "b")}, "both image and images"),
        ({"image": "a", "messages": [{"role": "assistant", "content": "a"}]}, "no question that they could stand in"),
        ({"audios": ["a.wav"], "conversations": turns("a", "b")}, "the row has audio"),
        ({"tools": "[", "conversations": turns("a", "b")}, "tools is not JSON"),
        ({"tools": {"a": 1}, "conversations": turns("a", "b")}, "tools must be a list"),
        ({"objects": 3, "conversations": turns("a", "b")}, "objects must be an object"),
        ({"messages": [{"role": "tool_call", "content": "{"}]}, "a tool call that is not JSON"),
        ({"messages": [{"role": "tool_call", "content": "3"}]}, "without name and arguments"),
        ({"messages": [{"role": "user", "content": 3}, {"role": "assistant", "content": "a"}]}, "content of type int"),
    ],
)  # fmt: skip
def test_rows_that_do_not_fit_are_said_in_one_sentence(row: Any, message: str):
    with pytest.raises(BadMessages, match=message) as caught:
        read_row(row, HERE)
    assert "\n" not in str(caught.value)
