"""Faces are hidden before anyone sees a picture, or nothing is sent."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from saccade.engine.api import EngineInfo, EngineRequest
from saccade.engine.scripted import ScriptedEngine
from saccade.errors import BadAnswer, BadInput, BadMessages
from saccade.session import Model
from saccade.tasks import ask_document, blur_faces, caption, count, detect, extract, ocr, parse, tables, verify_images
from saccade.tasks.ask import ask
from saccade.types import Box, Message, Part, Reply
from tests.tasks.conftest import Scripted

FACE = '[{"bbox_2d": [250, 250, 500, 500], "label": "face"}]'  # (50, 30, 100, 60) of 200 x 120
HIDDEN = (slice(22, 68), slice(37, 113))  # with its margin


def pixels(source: Any) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(source).convert("RGB") if isinstance(source, str | Path) else source)


def shown(request: EngineRequest) -> list[np.ndarray[Any, Any]]:
    return [pixels(part.source) for turn in request.messages for part in turn.parts if part.kind == "image"]


def is_hidden(seen: np.ndarray[Any, Any], before: np.ndarray[Any, Any]) -> bool:
    changed = (seen != before).any(axis=2)
    outside = np.ones(changed.shape, bool)
    outside[HIDDEN] = False
    return bool(changed[HIDDEN].mean() > 0.95 and not changed[outside].any())


def finder(image: Image.Image) -> list[tuple[float, float, float, float]]:
    return [(50, 30, 100, 60)]


def test_a_copy_has_the_face_hidden_and_the_rest_as_it_was(scripted: Scripted, picture: Path, tmp_path: Path):
    copy = blur_faces(scripted(FACE), picture)
    assert is_hidden(np.asarray(copy.image), pixels(picture))
    assert copy.boxes == (Box(37, 22, 113, 68, "face"),) and copy.flags == ("faces-hidden",)
    copy.save(tmp_path / "safe.png")
    assert is_hidden(pixels(tmp_path / "safe.png"), pixels(picture))
    for other in (blur_faces(None, picture, detector=finder), blur_faces(None, picture, boxes=[Box(50, 30, 100, 60)])):
        assert other.image.tobytes() == copy.image.tobytes()
    assert blur_faces(None, picture, boxes=[]).flags == ("no-faces-found",)


def test_boxes_are_those_of_the_upright_picture(tmp_path: Path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (120, 60), "white").save(tmp_path / "a.png", exif=exif)
    seen = []
    copy = blur_faces(None, tmp_path / "a.png", detector=lambda image: seen.append(image.size) or [(0, 100, 60, 120)])
    assert seen == [(60, 120)] and (copy.image_size.height, copy.image_size.width) == (120, 60)


def test_transparency_stays_and_the_finder_sees_it_on_white(tmp_path: Path):
    Image.new("RGBA", (80, 60), (0, 0, 0, 0)).save(tmp_path / "a.png")
    seen: list[Any] = []
    copy = blur_faces(None, tmp_path / "a.png", detector=lambda image: seen.append(image.getpixel((0, 0))) or [])
    assert seen == [(255, 255, 255)] and copy.image.getpixel((0, 0)) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("I see a person.", "cannot be read"),
        ("I'm sorry, I cannot help with that.", "cannot be read"),
        (Reply(FACE, finish_reason="length"), "not whole"),
        (Reply(FACE, finish_reason="loop"), "not whole"),
        (FACE[:-1] + ', {"bbox_2d": [1, 2', "not whole"),
        ('[{"bbox_2d": [250, 250, 500, 500]}, {"bbox_2d": "left"}]', "not whole"),
    ],
)
def test_a_model_that_may_have_missed_faces_ends_the_call(scripted: Scripted, picture: Path, answer: Any, why: str):
    with pytest.raises(BadAnswer, match=f"may not have found all faces, and nothing was sent.*{why}"):
        blur_faces(scripted(answer), picture)
    engine = scripted(answer, "A cat.")
    with pytest.raises(BadAnswer, match="nothing was sent"):
        caption(engine, picture, blur_faces=True)
    assert len(engine.requests) == 1 and "face" in engine.requests[0].messages[0].text


@pytest.mark.parametrize("answer", ["[]", "There are no faces in the image."])
def test_no_face_is_an_answer(scripted: Scripted, picture: Path, answer: str):
    said = caption(scripted(answer, "A cat."), picture, blur_faces=True)
    assert (said.text, said.flags) == ("A cat.", ("no-faces-found",))


def broken(image: Image.Image) -> Any:
    raise RuntimeError("no camera")


@pytest.mark.parametrize(
    ("detector", "why"),
    [
        (broken, "failed, and nothing was sent: RuntimeError: no camera"),
        (lambda image: None, "failed"),
        (lambda image: [(1, 2, 3)], "failed"),
        (lambda image: ["face"], "failed"),
        (lambda image: [(500, 0, 510, 9)], "not in the picture"),
        ("yes", "give True, a model, or a function"),
    ],
)
def test_a_detector_that_fails_ends_the_call(scripted: Scripted, picture: Path, detector: Any, why: str):
    engine = scripted("A cat.")
    with pytest.raises(BadInput, match=why):
        caption(engine, picture, blur_faces=detector)
    assert not engine.requests


@pytest.mark.parametrize(
    "run",
    [
        lambda engine, picture: caption(engine, picture, blur_faces=finder),
        lambda engine, picture: detect(engine, picture, "cat", blur_faces=finder),
        lambda engine, picture: count(engine, picture, "cats", method="boxes", blur_faces=finder),
        lambda engine, picture: ocr(engine, picture, boxes=True, tile=2, rotate=180, blur_faces=finder),
        lambda engine, picture: ask(engine, picture, "What?", blur_faces=finder),
        lambda engine, picture: ask(engine, "What?", examples=[(picture, "What?", "x")], blur_faces=finder),
    ],
)
def test_no_task_shows_a_face(picture: Path, run: Any):
    before = pixels(picture)
    seen: list[np.ndarray[Any, Any]] = []

    def answer(request: EngineRequest) -> str:
        seen.extend(shown(request))
        return '[{"bbox_2d": [0, 0, 100, 100], "label": "cat", "text_content": "x"}]'

    run(ScriptedEngine(answer), picture)
    assert seen
    whole = seen[0] if len(seen) == 1 else np.concatenate([part[::-1, ::-1] for part in seen[::-1]])
    assert is_hidden(whole, before)


@pytest.mark.parametrize(
    "run",
    [
        lambda engine, picture: ask_document(engine, [picture, picture], "Who?", cite="read", blur_faces=finder),
        lambda engine, picture: extract(engine, picture, ["name"], boxes=True, min_score=1.0, blur_faces=finder),
        lambda engine, picture: parse(engine, [picture], blur_faces=finder),
        lambda engine, picture: tables(engine, picture, blur_faces=finder),
        lambda engine, picture: verify_images(engine, [picture, picture], ["name"], blur_faces=finder),
    ],
)
def test_neither_does_one_that_asks_several_times_about_pages(picture: Path, run: Any):
    before, seen = pixels(picture), list[np.ndarray[Any, Any]]()

    def answer(request: EngineRequest) -> str:
        seen.extend(shown(request))
        return '{"name": "Ann"}'

    with suppress(BadAnswer):
        run(ScriptedEngine(answer), picture)
    assert seen and all(is_hidden(one, before) for one in seen if one.shape == before.shape)
    for part in (one for one in seen if one.shape != before.shape):  # a strip of the hidden page
        face = before[HIDDEN][:8, :8]
        windows = np.lib.stride_tricks.sliding_window_view(part, face.shape).reshape(-1, *face.shape)
        assert not (windows == face).all(axis=(1, 2, 3)).any()


def test_a_loop_that_is_drawn_anew_does_not_look_for_faces_again(picture: Path):
    calls: list[int] = []
    engine = ScriptedEngine([Reply("a a a", finish_reason="loop"), "A cat."])
    said = caption(engine, picture, blur_faces=lambda image: calls.append(1) or finder(image))
    assert len(calls) == 1 and set(said.flags) == {"retried", "faces-hidden"}
    assert all(is_hidden(seen, pixels(picture)) for request in engine.requests for seen in shown(request))


def test_a_server_is_never_asked_to_find_the_faces(picture: Path):
    info = EngineInfo("far", "qwen3-vl", context_length=4096, vocab_size=0, elsewhere=True)
    far, near = ScriptedEngine(["A cat."], info=info), ScriptedEngine([FACE])
    with pytest.raises(BadInput, match="would show the faces to the server"):
        caption(far, picture, blur_faces=True)
    assert not far.requests
    assert caption(far, picture, blur_faces=Model(near)).flags == ("faces-hidden",)
    assert is_hidden(shown(far.requests[0])[0], pixels(picture))


def test_a_video_is_refused_and_its_frames_are_hidden(scripted: Scripted, picture: Path):
    engine = scripted("A cat.")
    frames = Message("user", (Part("video", source=[str(picture), str(picture)]), Part("text", "What?")))
    Model(engine).chat([frames], blur_faces=finder)
    sent = engine.requests[0].messages[0].parts[0].source
    assert len(sent) == 2 and all(is_hidden(np.asarray(frame), pixels(picture)) for frame in sent)
    film = replace(frames, parts=(Part("video", source="a.mp4"), frames.parts[1]))
    with pytest.raises(BadMessages, match="does not go with a video file"):
        Model(engine).chat([film], blur_faces=finder)


def test_a_conversation_keeps_only_hidden_pictures(scripted: Scripted, picture: Path, tmp_path: Path):
    engine, calls = scripted("A cat.", "Black.", "Again."), []
    session = Model(engine).session(blur_faces=lambda image: calls.append(1) or finder(image))
    session.ask(picture, "What?")
    assert session.ask("Its colour?").flags == ("faces-hidden",) and len(calls) == 1
    for request in engine.requests:
        assert is_hidden(shown(request)[0], pixels(picture))
    session.save(tmp_path / "chat.zip")
    again = Model(engine).session().load(tmp_path / "chat.zip")
    assert is_hidden(np.asarray(again.history[0].parts[0].source), pixels(picture))


def test_a_drawing_hides_them_too(picture: Path):
    model = Model(ScriptedEngine([]))
    assert is_hidden(np.asarray(model.draw(picture, [], blur_faces=finder)), pixels(picture))


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"boxes": [], "detector": finder}, "boxes and a detector"),
        ({"boxes": [], "method": "smear"}, "unknown method"),
        ({"boxes": [], "margin": -1}, "margin is -1"),
        ({}, "no way to find faces"),
    ],
)
def test_wrong_options_are_said(picture: Path, options: dict[str, Any], why: str):
    with pytest.raises(BadInput, match=why):
        blur_faces(None, picture, **options)
