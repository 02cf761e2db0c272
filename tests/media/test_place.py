"""Places where a picture can and cannot be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from saccade.errors import BadInput
from saccade.media.place import check_place


def test_new_folders_and_files_that_are_there_are_fine(tmp_path: Path):
    (tmp_path / "old.png").write_bytes(b"old")
    for name in ("old.png", "new.jpg", "a/b/c.webp"):
        check_place(tmp_path / name)
    check_place(Path("out.png"))
    assert [one.name for one in tmp_path.iterdir()] == ["old.png"]


@pytest.mark.parametrize(
    ("name", "fault"),
    [("out.unknown", "'.unknown' is no ending of a picture"), ("out", "it has no ending"),
     ("folder.png", "it is a folder"), ("file/out.png", "'file' is no folder")],
)  # fmt: skip
def test_a_place_where_nothing_can_be_written_is_said(tmp_path: Path, name: str, fault: str):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BadInput, match=f"cannot be written: {fault}.*; give a file name such as out.png"):
        check_place(tmp_path / name)


def test_a_folder_without_permission_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(BadInput, match="that is not permitted"):
        check_place(tmp_path / "out.png")
