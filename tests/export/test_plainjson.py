"""What `--json` prints, read back."""

from __future__ import annotations

import json
from pathlib import Path

from saccade.cli.output import plain
from saccade.export import load
from saccade.processing.parse.points import Figure
from saccade.tasks.detect import Detections
from saccade.tasks.keypoints import Keypoints
from saccade.types import Box, Point, Size

BOX = Box(1, 2, 3, 4, "cat", (10.0, 20.0, 30.0, 40.0), ("clamped",), {"colour": "red"})


def test_what_a_command_printed_is_read_whole(tmp_path: Path):
    (tmp_path / "street.json").write_text(json.dumps(plain(Detections((BOX,), Size(9, 12), "raw"))))
    picture = load(tmp_path / "street.json").pictures[0]
    assert (picture.name, picture.size, picture.boxes) == ("street", Size(9, 12), (BOX,))


def test_a_list_and_a_folder_of_results_are_several_pictures(tmp_path: Path):
    entry = plain(Detections((BOX,), Size(9, 12), "raw"))
    (tmp_path / "a.json").write_text(json.dumps([entry, {**entry, "file": "named.png"}]))
    (tmp_path / "b.json").write_text(json.dumps(entry))
    assert [one.name for one in load(tmp_path).pictures] == ["a-1", "named.png", "b"]


def test_figures_are_read_once(tmp_path: Path):
    figure = Figure({"head": Point(1, 2, "head"), "neck": None}, Box(0, 0, 5, 5), "man")
    (tmp_path / "a.json").write_text(json.dumps(plain(Keypoints((figure,), Size(9, 9), ""))))
    picture = load(tmp_path / "a.json").pictures[0]
    assert picture.figures == (figure,) and not picture.boxes and not picture.points
