"""Conversations on disk: what goes out comes back, and nothing else gets in."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from saccade.engine.scripted import ScriptedEngine
from saccade.errors import BadInput
from saccade.session import Model
from saccade.session_file import read_session, write_session
from saccade.settings import Settings
from saccade.types import Message, Part, ToolCall

SETTINGS = Settings()
PNG = io.BytesIO()
Image.new("RGB", (8, 8)).save(PNG, "PNG")


def test_a_conversation_comes_back_as_it_was(tmp_path: Path, picture: Path):
    image = Image.open(picture).convert("RGB")
    turns = [
        Message("system", (Part("text", "Be brief."),)),
        Message("user", (Part("image", source=image, options={"max_pixels": 784}), Part("text", "Wäs?"),)),
        Message("assistant", (Part("text", "A."),), (ToolCall("f", {"x": [1]}, "id1"),), "because", "bot"),
        Message("user", (Part("video", source=[image, image], options={"fps": 2.0}), Part("image", source=image))),
    ]  # fmt: skip
    write_session(tmp_path / "a.zip", turns, settings=SETTINGS)
    back = read_session(tmp_path / "a.zip", settings=SETTINGS)
    assert [turn.role for turn in back] == ["system", "user", "assistant", "user"]
    assert back[2] == turns[2] and back[0] == turns[0]
    shown = back[1].parts[0]
    assert (shown.source.tobytes(), dict(shown.options)) == (image.tobytes(), {"max_pixels": 784})
    assert [frame.tobytes() for frame in back[3].parts[0].source] == [image.tobytes()] * 2
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == ["media/0.png", "session.json"]  # one picture, shown four times


def test_video_bytes_are_kept_as_they_came(tmp_path: Path):
    turns = [Message("user", (Part("video", source=b"\x00\x00\x00\x20ftypisom"), Part("text", "?")))]
    write_session(tmp_path / "a.zip", turns, settings=SETTINGS)
    assert read_session(tmp_path / "a.zip", settings=SETTINGS) == turns


def test_a_loaded_session_goes_on(tmp_path: Path, picture: Path):
    engine = ScriptedEngine(lambda request: str(len(request.messages)))
    chat = Model(engine).session(system="Be brief.")
    chat.ask(picture, "One?")
    chat.save(tmp_path / "chat.zip")
    other = Model(engine).session().load(tmp_path / "chat.zip")
    assert other.ask("Two?").text == "4"
    other.reset()
    assert [turn.text for turn in other.history] == ["Be brief."]


def archive(path: Path, index: object, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("session.json", json.dumps(index))
        for name, data in files.items():
            file.writestr(name.replace("__", "/"), data)
    return path


def session(*parts: object, **changes: object) -> dict[str, object]:
    content = [{"role": "user", "parts": list(parts)}]
    return {"format": "saccade-session", "version": 1, "messages": content} | changes


@pytest.mark.parametrize(
    "index",
    [
        [], {}, {"format": "other"}, session({"kind": "text"}), session({"kind": "text", "text": 3}),
        session({"kind": "sound", "file": "media/0.png"}), session("text"), session({"kind": "image", "file": None}),
        session({"kind": "image", "file": "../../etc/passwd"}), session({"kind": "image", "file": "/etc/passwd"}),
        session({"kind": "image", "file": "media/1.png"}), session(messages=[{"role": "root", "parts": []}]),
        session(messages=3), session(messages=[{"role": "user", "parts": [], "name": 4}]),
        session(messages=[{"role": "user", "parts": [], "tool_calls": [3]}]),
        session({"kind": "image", "file": "media/0.png", "options": 3}),
    ],
)  # fmt: skip
def test_a_file_that_is_no_session_is_said(tmp_path: Path, index: object):
    path = archive(tmp_path / "a.zip", index, media__0_png=b"")
    with pytest.raises(BadInput, match="is not a saved session"):
        read_session(path, settings=SETTINGS)


def test_another_version_is_said(tmp_path: Path):
    path = archive(tmp_path / "a.zip", session(version=2))
    with pytest.raises(BadInput, match="session of another version"):
        read_session(path, settings=SETTINGS)


@pytest.mark.parametrize("data", [b"", b"not a zip", b"PK\x03\x04" + bytes(30)])
def test_what_is_no_zip_is_said(tmp_path: Path, data: bytes):
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(BadInput, match="is not a saved session"):
        read_session(tmp_path / "a.zip", settings=SETTINGS)


def test_missing_and_unwritable_files_are_said(tmp_path: Path):
    with pytest.raises(BadInput, match="there is no file"):
        read_session(tmp_path / "missing.zip", settings=SETTINGS)
    with pytest.raises(BadInput, match="cannot be written"):
        write_session(tmp_path / "no" / "folder.zip", [], settings=SETTINGS)


def test_a_file_that_swells_is_refused(tmp_path: Path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("session.json", json.dumps(session({"kind": "image", "file": "media/0.png"})))
        file.writestr("media/0.png", PNG.getvalue() + bytes(5_000_000))
    assert path.stat().st_size < 100_000
    with pytest.raises(BadInput, match="is not a saved session"):
        read_session(path, settings=Settings(max_file_bytes=1_000_000))
