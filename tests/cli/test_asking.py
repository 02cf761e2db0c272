"""saccade ask and saccade chat."""

from __future__ import annotations

import io
import json
import zlib
from pathlib import Path

import pytest
from PIL import Image

from saccade.errors import EngineError
from saccade.types import MediaSeen, Reply, Size
from tests.cli.conftest import Run
from tests.clips import write_clip


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
    cut = Reply("4", finish_reason="length", reasoning="2 + 2")
    answers(cut, cut)
    outcome = run("ask", "2 + 2?", "--max-tokens", "9")
    assert outcome.out == "4\n"
    assert "2 + 2" in outcome.err and "the answer was cut: --max-tokens was reached" in outcome.err
    assert "the answer was cut: the end of the context was reached" in run("ask", "2 + 2?").err


def test_an_error_after_loading_is_still_one_line(run: Run, answers, picture: Path, tmp_path: Path):
    seen = MediaSeen("image", Size(120, 200), Size(128, 192), (1, 8, 12), 24)
    answers(EngineError("it broke"), Reply("no boxes here", media=(seen,)))
    outcome = run("ask", str(picture), "What?")
    assert (outcome.code, outcome.out, outcome.err) == (1, "", "saccade: error: it broke\n")
    drawn = run("ask", str(picture), "Where?", "--json", "--draw", str(tmp_path / "a.png"))
    assert (drawn.code, drawn.out) == (1, "")
    assert drawn.err == "saccade: error: the answer holds no boxes; it was 'no boxes here'\n"


def test_a_file_in_the_place_of_the_prompt_is_said(run: Run, answers, picture: Path):
    engine = answers("never")
    for arguments in ((str(picture),), (str(picture), "https://host/b.png"), ("missing.jpg",)):
        outcome = run("ask", *arguments)
        assert (outcome.code, outcome.out, len(outcome.err.splitlines())) == (1, "", 1)
        assert "the last argument must be the prompt" in outcome.err
    assert engine.loaded == []


def test_a_drawing_needs_one_picture(run: Run, answers, tmp_path: Path):
    engine = answers("never")
    outcome = run("ask", "Where?", "--draw", str(tmp_path / "a.png"))
    assert outcome.code == 1 and "--draw needs exactly one picture" in outcome.err
    assert engine.loaded == []


def test_videos_take_their_options_and_pictures_their_numbers(run: Run, answers, picture: Path, tmp_path: Path):
    write_clip(tmp_path / "a.mp4", 20)
    engine = answers("yes", "yes")
    options = ("--fps", "1", "--video-start", "0.5", "--video-end", "2")
    assert run("ask", str(picture), str(tmp_path / "a.mp4"), "What?", "--number", *options).code == 0
    image, video, _ = engine.requests[0].messages[0].parts
    assert (image.options, video.options) == ({}, {"fps": 1.0, "video_start": 0.5, "video_end": 2.0})
    assert engine.requests[0].prompt_options == {"add_vision_id": True}
    outcome = run("ask", str(picture), "What?", "--video-start", "1")
    assert (outcome.code, outcome.err) == (1, "saccade: error: --video-start is for videos, and none was given\n")


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


def test_chat_as_json_takes_orders_between_questions(run: Run, answers, tmp_path: Path):
    answers("One.", "Two.", "Three.")
    script = f"First?\n/save {tmp_path}/a.zip\n/undo\nSecond?\n/reset\nThird?\n"
    outcome = run("chat", "--json", stdin=script.encode())
    assert [turn["answer"]["text"] for turn in json.loads(outcome.out)["turns"]] == ["One.", "Two.", "Three."]
    assert "error" not in outcome.err and (tmp_path / "a.zip").is_file()


def test_chat_with_a_picture_on_the_command_line(run: Run, answers, picture: Path):
    engine = answers("A cat.", "Black.")
    run("chat", str(picture), stdin=b"What?\nColour?\n")
    assert [part.kind for part in engine.requests[1].messages[-1].parts] == ["text"]
    assert run("chat", "missing.png").code == 1


@pytest.mark.parametrize("text", ["caf\u00e9 \U0001f600", "line\nline"])
def test_any_text_can_be_shown(run: Run, answers, text: str):
    answers(text)
    assert run("ask", "Hi").out == text + "\n"
