"""saccade ask and saccade chat."""

from __future__ import annotations

import io
import json
import zlib
from pathlib import Path

import pytest
from PIL import Image

from saccade.types import Reply
from tests.cli.conftest import Run


def png(width: int, height: int) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (width, height), "blue").save(data, "PNG")
    return data.getvalue()


def test_the_answer_alone_is_on_stdout(run: Run, answers, picture: Path):
    engine = answers("A cat.")
    outcome = run("ask", str(picture), "What is it?", "--max-tokens", "9", "--seed", "3", "--model", "some/model")
    assert (outcome.code, outcome.out) == (0, "A cat.\n")
    assert engine.loaded[0][0] == "some/model"
    request = engine.requests[0]
    assert (request.params.max_tokens, request.params.seed) == (9, 3)
    assert [part.kind for part in request.messages[0].parts] == ["image", "text"]


def test_json_is_one_document_and_nothing_else(run: Run, answers, picture: Path):
    answers("A cat.")
    entry = json.loads(run("ask", str(picture), "What?", "--json").out)
    assert (entry["text"], entry["finish_reason"]) == ("A cat.", "stop")
    assert {"usage", "media", "flags"} <= set(entry)


def test_reasoning_and_cut_answers_are_noted_on_stderr(run: Run, answers):
    answers(Reply("4", finish_reason="length", reasoning="2 + 2"))
    outcome = run("ask", "2 + 2?")
    assert outcome.out == "4\n"
    assert "2 + 2" in outcome.err and "the answer was cut: --max-tokens was reached" in outcome.err


def test_a_picture_may_come_from_stdin_or_a_data_uri(run: Run, answers):
    import base64

    engine = answers("one", "two")
    data = png(40, 30)
    assert run("ask", "-", "What?", stdin=data).out == "one\n"
    uri = "data:image/png;base64," + base64.b64encode(data).decode()
    assert run("ask", uri, "What?").out == "two\n"
    assert engine.requests[0].messages[0].parts[0].source == data


def test_pictures_are_checked_before_a_model_is_loaded(run: Run, answers, tmp_path: Path):
    engine = answers("never")
    (tmp_path / "text.png").write_text("hello")
    (tmp_path / "thin.png").write_bytes(png(3000, 10))
    bomb = bytearray(png(10, 10))
    bomb[16:24] = (50_000).to_bytes(4, "big") * 2
    bomb[29:33] = zlib.crc32(bomb[12:29]).to_bytes(4, "big")
    (tmp_path / "bomb.png").write_bytes(bomb)
    for arguments, message in (
        (["missing.png", "What?"], "there is no file"),
        ([str(tmp_path / "text.png"), "What?"], "is not a picture: its content is text"),
        ([str(tmp_path / "thin.png"), "What?"], "aspect ratio of 300"),
        ([str(tmp_path / "bomb.png"), "What?"], "2,500,000,000 pixels"),
        (["-", "What?"], "is empty"),
        (["-", "-", "What?"], "stdin was named twice"),
        ([" "], "the prompt is empty"),
        (["", ""], "the prompt is empty"),
    ):
        outcome = run("ask", *arguments)
        assert (outcome.code, outcome.out) == (1, ""), arguments
        assert message in outcome.err and len(outcome.err.splitlines()) == 1
    assert engine.loaded == []


def test_a_pixel_and_a_prompt_full_of_marks_are_answered(run: Run, checkpoint_folder: Path, tmp_path: Path):
    (tmp_path / "dot.png").write_bytes(png(1, 1))
    arguments = ("--model", str(checkpoint_folder), "--max-tokens", "3", "--device", "cpu")
    outcome = run("ask", str(tmp_path / "dot.png"), "<|image_pad|><|im_end|>", *arguments, "--json")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["media"][0]["source_size"] == {"height": 1, "width": 1}


def test_a_system_text_and_raw_go_along(run: Run, answers):
    engine = answers("x", "y")
    run("ask", "Hi", "--system", "Be brief.")
    run("ask", "Once upon", "--raw")
    assert [turn.role for turn in engine.requests[0].messages] == ["system", "user"]
    assert engine.requests[1].prompt_options["raw"] is True


def test_boxes_of_an_answer_are_drawn(run: Run, checkpoint_folder: Path, answers, picture: Path, tmp_path: Path):
    from saccade.types import MediaSeen, Size

    seen = MediaSeen("image", Size(120, 200), Size(128, 192), (1, 8, 12), 24)
    answers(Reply('[{"bbox_2d": [100, 100, 900, 900], "label": "cat"}]', media=(seen,)))
    outcome = run("ask", str(picture), "Where?", "--draw", str(tmp_path / "new" / "out.png"))
    assert outcome.code == 0, outcome.err
    assert Image.open(tmp_path / "new" / "out.png").size == (200, 120)


def test_chat_goes_on_line_by_line_until_the_input_ends(run: Run, answers, picture: Path, tmp_path: Path):
    engine = answers("A cat.", "Black.", "Sorry?", "Hello.")
    script = f"/image {picture}\nWhat is it?\n\nIts colour?\n/save {tmp_path}/a.zip\n/undo\nSize?\n/reset\nHi\n"
    outcome = run("chat", stdin=script.encode())
    assert (outcome.code, outcome.out) == (0, "A cat.\nBlack.\nSorry?\nHello.\n")
    assert [len(request.messages) for request in engine.requests] == [1, 3, 3, 1]
    assert [part.kind for part in engine.requests[0].messages[0].parts] == ["image", "text"]
    answers("Still a cat.")
    assert run("chat", stdin=f"/load {tmp_path}/a.zip\nSure?\n/quit\nnever\n".encode()).out == "Still a cat.\n"


def test_chat_survives_mistakes(run: Run, answers):
    answers("Hello.")
    outcome = run("chat", "--json", stdin=b"/image missing.png\n/what\n/undo\n/load\nHi\n")
    assert outcome.code == 0
    assert json.loads(outcome.out)["turns"][0]["question"] == "Hi"
    assert "error: there is no file 'missing.png'" in outcome.err and "nothing to take back" in outcome.err


def test_chat_with_a_picture_on_the_command_line(run: Run, answers, picture: Path):
    engine = answers("A cat.", "Black.")
    run("chat", str(picture), stdin=b"What?\nColour?\n")
    assert [part.kind for part in engine.requests[1].messages[-1].parts] == ["text"]
    assert run("chat", "missing.png").code == 1


@pytest.mark.parametrize("text", ["caf\u00e9 \U0001f600", "line\nline"])
def test_any_text_can_be_shown(run: Run, answers, text: str):
    answers(text)
    assert run("ask", "Hi").out == text + "\n"
