"""Our templates write what the published ones write, character by character."""

from __future__ import annotations

from typing import Any

import pytest

from saccade.families import FAMILIES
from saccade.processing.chat import ChatTemplate

V = "<|vision_start|><|image_pad|><|vision_end|>"
U = "<|vision_start|><|video_pad|><|vision_end|>"
SYSTEM = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
ASK = "<|im_start|>assistant\n"
IMAGE, VIDEO = {"type": "image", "image": "a.png"}, {"type": "video", "video": "a.mp4"}
WEATHER = {
    "type": "function",
    "function": {"name": "get_weather", "description": "Wetter für eine Stadt", "parameters": {"type": "object"}},
}
TOOLS = (
    "# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n"
    '{"type": "function", "function": {"name": "get_weather", "description": "Wetter für eine Stadt", '
    '"parameters": {"type": "object"}}}\n'
    "</tools>\n\nFor each function call, return a json object with function name and arguments within "
    '<tool_call></tool_call> XML tags:\n<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n'
    "</tool_call>"
)


def user(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content[0] if content and isinstance(content[0], str) else list(content)}


def turn(role: str, text: str) -> str:
    return f"<|im_start|>{role}\n{text}<|im_end|>\n"


def text(value: str) -> dict[str, str]:
    return {"type": "text", "text": value}


@pytest.mark.parametrize("family", ["qwen2-vl", "qwen2.5-vl"])
class TestQwen2:
    def render(self, family: str, messages: list[dict[str, Any]], **options: Any) -> str:
        return ChatTemplate.builtin(family).render_text(messages, **options)

    def test_text(self, family: str) -> None:
        assert self.render(family, [user("Hello")]) == SYSTEM + turn("user", "Hello") + ASK

    def test_picture_and_text(self, family: str) -> None:
        found = self.render(family, [user(IMAGE, text("Describe."))])
        assert found == SYSTEM + turn("user", V + "Describe.") + ASK

    def test_two_pictures_with_numbers(self, family: str) -> None:
        found = self.render(family, [user(IMAGE, IMAGE, text("Compare."))], add_vision_id=True)
        assert found == SYSTEM + turn("user", f"Picture 1: {V}Picture 2: {V}Compare.") + ASK

    def test_everything_mixed_with_numbers(self, family: str) -> None:
        found = self.render(family, [user(text("A"), IMAGE, VIDEO, IMAGE, text("B"))], add_vision_id=True)
        assert found == SYSTEM + turn("user", f"APicture 1: {V}Video 1: {U}Picture 2: {V}B") + ASK

    def test_own_system_text(self, family: str) -> None:
        found = self.render(family, [{"role": "system", "content": "Be brief."}, user("Hello")])
        assert found == turn("system", "Be brief.") + turn("user", "Hello") + ASK

    def test_several_turns(self, family: str) -> None:
        messages = [user(IMAGE, text("Q1")), {"role": "assistant", "content": "A1"}, user("Q2")]
        expected = SYSTEM + turn("user", V + "Q1") + turn("assistant", "A1") + turn("user", "Q2") + ASK
        assert self.render(family, messages) == expected

    def test_a_tool_message_is_a_turn_like_any(self, family: str) -> None:
        messages = [user("Hello"), {"role": "tool", "content": '{"t": 20}'}]
        assert self.render(family, messages).endswith(turn("tool", '{"t": 20}') + ASK)

    def test_tools_are_appended_to_the_system_text(self, family: str) -> None:
        found = self.render(family, [user("Weather in Paris?")], tools=[WEATHER])
        first = turn("system", "You are a helpful assistant.\n\n" + TOOLS)
        assert found == first + turn("user", "Weather in Paris?") + ASK
        own = self.render(family, [{"role": "system", "content": "Sys."}, user("Hi")], tools=[WEATHER])
        assert own == turn("system", "Sys.\n\n" + TOOLS) + turn("user", "Hi") + ASK

    def test_calls_and_results_become_text(self, family: str) -> None:
        call = {"function": {"name": "get_weather", "arguments": {"city": "Paris"}}}
        messages = [
            user("Weather?"),
            {"role": "assistant", "content": "Let me see.", "tool_calls": [call, call]},
            {"role": "tool", "content": '{"t": 20}'},
            {"role": "tool", "content": [IMAGE, text("map")]},
        ]
        written = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>'
        results = f'<tool_response>\n{{"t": 20}}\n</tool_response>\n<tool_response>\n{V}map\n</tool_response>'
        expected = SYSTEM + turn("user", "Weather?") + turn("assistant", f"Let me see.\n{written}\n{written}")
        assert self.render(family, messages) == expected + turn("user", results) + ASK

    def test_without_the_generation_prompt(self, family: str) -> None:
        assert self.render(family, [user("Hi")], add_generation_prompt=False) == SYSTEM + turn("user", "Hi")


@pytest.mark.parametrize("family", ["qwen3-vl", "qwen3-vl-moe"])
class TestQwen3:
    def render(self, family: str, messages: list[dict[str, Any]], **options: Any) -> str:
        return ChatTemplate.builtin(family).render_text(messages, **options)

    def test_text_has_no_default_system(self, family: str) -> None:
        assert self.render(family, [user("Hello")]) == turn("user", "Hello") + ASK

    def test_own_system_text(self, family: str) -> None:
        found = self.render(family, [{"role": "system", "content": "Be brief."}, user("Hello")])
        assert found == turn("system", "Be brief.") + turn("user", "Hello") + ASK

    def test_everything_mixed_with_numbers(self, family: str) -> None:
        found = self.render(family, [user(text("A"), IMAGE, VIDEO, IMAGE, text("B"))], add_vision_id=True)
        assert found == turn("user", f"APicture 1: {V}Video 1: {U}Picture 2: {V}B") + ASK

    def test_tools(self, family: str) -> None:
        found = self.render(family, [user("Weather in Paris?")], tools=[WEATHER])
        assert found == turn("system", TOOLS) + turn("user", "Weather in Paris?") + ASK
        own = self.render(family, [{"role": "system", "content": "Sys."}, user("Hi")], tools=[WEATHER])
        assert own == turn("system", "Sys.\n\n" + TOOLS) + turn("user", "Hi") + ASK

    def test_a_call_without_text(self, family: str) -> None:
        call = {"name": "get_weather", "arguments": {"city": "Paris"}}
        found = self.render(family, [user("W?"), {"role": "assistant", "content": "", "tool_calls": [call]}])
        written = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>'
        assert found == turn("user", "W?") + turn("assistant", written) + ASK

    def test_text_and_two_calls(self, family: str) -> None:
        calls = [{"name": "a", "arguments": {"x": 1}}, {"function": {"name": "b", "arguments": '{"y": 2}'}}]
        messages = [user("W?"), {"role": "assistant", "content": "Let me check.", "tool_calls": calls}]
        expected = (
            'Let me check.\n<tool_call>\n{"name": "a", "arguments": {"x": 1}}\n</tool_call>\n'
            '<tool_call>\n{"name": "b", "arguments": {"y": 2}}\n</tool_call>'
        )
        assert self.render(family, messages) == turn("user", "W?") + turn("assistant", expected) + ASK

    def test_results_that_follow_one_another_share_a_turn(self, family: str) -> None:
        messages = [
            user("W?"),
            {"role": "tool", "content": '{"t": 20}'},
            {"role": "tool", "content": [IMAGE, text("map")]},
            user("And?"),
            {"role": "tool", "content": "x"},
        ]
        results = f'<tool_response>\n{{"t": 20}}\n</tool_response>\n<tool_response>\n{V}map\n</tool_response>'
        single = "<tool_response>\nx\n</tool_response>"
        expected = turn("user", "W?") + turn("user", results) + turn("user", "And?") + turn("user", single) + ASK
        assert self.render(family, messages) == expected

    def test_later_system_messages_are_dropped(self, family: str) -> None:
        found = self.render(family, [user("a"), {"role": "system", "content": "late"}, user("b")])
        assert found == turn("user", "a") + turn("user", "b") + ASK

    def test_system_and_assistant_show_only_their_text(self, family: str) -> None:
        messages = [
            {"role": "system", "content": [IMAGE, text("S")]},
            {"role": "assistant", "content": [IMAGE, text("A")]},
        ]
        assert self.render(family, messages) == turn("system", "S") + turn("assistant", "A") + ASK

    def test_a_think_block_in_an_answer_is_left_alone(self, family: str) -> None:
        answer = "<think>\nhm\n</think>\n\nyes"
        found = self.render(family, [user("a"), {"role": "assistant", "content": answer}])
        assert found == turn("user", "a") + turn("assistant", answer) + ASK


@pytest.mark.parametrize("family", ["qwen3-vl", "qwen3-vl-moe"])
class TestQwen3Thinking:
    def render(self, family: str, messages: list[dict[str, Any]], **options: Any) -> str:
        return ChatTemplate.builtin(family, thinking=True).render_text(messages, **options)

    def test_the_generation_prompt_opens_the_reasoning(self, family: str) -> None:
        assert self.render(family, [user("Hi")]) == turn("user", "Hi") + ASK + "<think>\n"

    @pytest.mark.parametrize(
        "answer",
        [{"content": "<think>\nhm\n</think>\n\nyes"}, {"content": "yes", "reasoning_content": "hm"}],
        ids=["inside", "apart"],
    )
    def test_reasoning_is_shown_after_the_last_question_only(self, family: str, answer: dict[str, str]) -> None:
        message = {"role": "assistant", **answer}
        shown = turn("assistant", "<think>\nhm\n</think>\n\nyes")
        assert self.render(family, [user("a"), message], add_generation_prompt=False) == turn("user", "a") + shown
        found = self.render(family, [user("a"), message, user("b")])
        assert found == turn("user", "a") + turn("assistant", "yes") + turn("user", "b") + ASK + "<think>\n"

    def test_the_final_answer_has_a_reasoning_block_even_without_reasoning(self, family: str) -> None:
        found = self.render(family, [user("a"), {"role": "assistant", "content": "yes"}], add_generation_prompt=False)
        assert found == turn("user", "a") + turn("assistant", "<think>\n\n</think>\n\nyes")

    def test_calls_after_the_question_keep_their_reasoning(self, family: str) -> None:
        call = {"name": "f", "arguments": {}}
        messages = [
            user("a"),
            {"role": "assistant", "content": "", "reasoning_content": "need f", "tool_calls": [call]},
            {"role": "tool", "content": "1"},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "content": "2"},
        ]
        written = '<tool_call>\n{"name": "f", "arguments": {}}\n</tool_call>'
        expected = (
            turn("user", "a")
            + turn("assistant", f"<think>\nneed f\n</think>\n\n{written}")
            + turn("user", "<tool_response>\n1\n</tool_response>")
            + turn("assistant", written)
            + turn("user", "<tool_response>\n2\n</tool_response>")
        )
        assert self.render(family, messages) == expected + ASK + "<think>\n"

    def test_later_system_messages_are_turns(self, family: str) -> None:
        found = self.render(family, [user("a"), {"role": "system", "content": "late"}])
        assert found == turn("user", "a") + turn("system", "late") + ASK + "<think>\n"

    def test_tools(self, family: str) -> None:
        found = self.render(family, [{"role": "system", "content": "Sys."}, user("Hi")], tools=[WEATHER])
        assert found == turn("system", "Sys.\n\n" + TOOLS) + turn("user", "Hi") + ASK + "<think>\n"


def test_every_family_has_a_template() -> None:
    for family in FAMILIES:
        assert ChatTemplate.builtin(family).render_text("x").endswith(ASK)
