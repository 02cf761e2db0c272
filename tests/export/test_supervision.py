"""supervision's classes, out and back in; with a stand-in where the package is not installed."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from saccade.errors import BadInput, MissingExtra
from saccade.export import Annotations, save
from saccade.export import supervision as ours
from saccade.processing.parse.points import Figure
from saccade.tasks.detect import Detections
from saccade.tasks.keypoints import Keypoints
from saccade.types import Box, Point, Size
from tests.export.conftest import StandInDetections, example

RESULT = Detections((Box(1.25, 2, 4000, 30, "dog", attributes={"score": 0.5}),
                     Box(5, 6, 7, 8, "猫", attributes={"score": 0.25})), Size(3000, 4096), "")  # fmt: skip
FIGURE = Figure({"head": Point(5, 6, "head"), "neck": None}, None, "man")


@dataclass
class _KeyPoints:
    """The fields of supervision.KeyPoints that we fill."""

    xy: Any
    class_id: Any = None
    confidence: Any = None
    data: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(params=["the package", "a stand-in"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    if request.param == "the package":
        return pytest.importorskip("supervision", reason="supervision comes with the dev extra")
    stand_in = SimpleNamespace(Detections=StandInDetections, KeyPoints=_KeyPoints)
    monkeypatch.setitem(sys.modules, "supervision", stand_in)  # type: ignore[arg-type]
    return stand_in


def test_boxes_go_out_and_come_back(library: Any):
    found = ours.to_supervision(RESULT, labels=["猫", "dog"])
    assert isinstance(found, library.Detections)
    assert found.class_id.tolist() == [1, 0] and found.data["class_name"].tolist() == ["dog", "猫"]
    assert found.confidence.tolist() == [0.5, 0.25]
    back = ours.from_supervision(found, RESULT.image_size)
    assert [(box.x0, box.x1, box.label, box.attributes) for box in back.boxes] == [
        (1.25, 4000, "dog", {"score": 0.5}), (5, 7, "猫", {"score": 0.25}),
    ]  # fmt: skip


def test_boxes_without_scores_have_no_confidence_and_none_are_empty(library: Any):
    bare = Detections((Box(1, 2, 3, 4, "x"),), Size(9, 9), "")
    assert ours.to_supervision(bare).confidence is None
    assert len(ours.to_supervision(Detections((), Size(9, 9), "")).xyxy) == 0


def test_labels_name_bare_class_numbers(library: Any):
    found = library.Detections(xyxy=np.array([[1.0, 2, 3, 4], [1, 2, 3, 4]]), class_id=np.array([1, 7]))
    assert [box.label for box in ours.from_supervision(found, Size(9, 9), labels=["a", "b"]).boxes] == ["b", "7"]


def test_figures_go_out_and_come_back(library: Any):
    found = ours.to_supervision_keypoints(Keypoints((FIGURE,), Size(9, 9), ""))
    assert found.xy.tolist() == [[[5, 6], [0, 0]]]
    back = ours.from_supervision_keypoints(found, Size(9, 9), ["head", "neck"])
    assert back.figures == (FIGURE,)
    with pytest.raises(BadInput, match="2 keypoints came with 1 names"):
        ours.from_supervision_keypoints(found, Size(9, 9), ["head"])


def test_several_pictures_and_points_are_refused(library: Any):
    with pytest.raises(BadInput, match="hold boxes, and points came"):
        ours.to_supervision(Keypoints((FIGURE,), Size(9, 9), ""))
    with pytest.raises(BadInput, match="holds one picture, and 2 came"):
        ours.to_supervision([RESULT, RESULT])


def test_without_the_package_the_command_to_install_it_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "supervision", None)
    with pytest.raises(MissingExtra, match=r"pip install 'saccade\[data\]'"):
        ours.to_supervision(RESULT)


@pytest.mark.parametrize("form", ["coco", "yolo"])
def test_its_own_readers_find_the_boxes_of_our_files(form: str, tmp_path: Path):
    library = pytest.importorskip("supervision", reason="supervision comes with the dev extra")
    given = example(5, count=4, points=False, figures=False)
    pictures = {f"{at}.png": replace(picture, name=f"{at}.png") for at, picture in enumerate(given.pictures)}
    for name, picture in pictures.items():
        (tmp_path / "images").mkdir(exist_ok=True)
        Image.new("L", (picture.size.width, picture.size.height)).save(tmp_path / "images" / name)
    place = tmp_path / ("out.json" if form == "coco" else "out")
    save(Annotations(tuple(pictures.values()), given.labels), place, format=form)
    read = library.DetectionDataset
    found = (
        read.from_coco(str(tmp_path / "images"), str(place))
        if form == "coco"
        else read.from_yolo(str(tmp_path / "images"), str(place / "labels"), str(place / "data.yaml"))
    )
    assert len(found) == len(pictures)
    for path, _, detections in found:
        boxes = pictures[Path(path).name].boxes
        corners = np.array([(box.x0, box.y0, box.x1, box.y1) for box in boxes]).reshape(-1, 4)
        np.testing.assert_allclose(detections.xyxy, corners, atol=0.5)
        names = [] if not boxes else [found.classes[number] for number in detections.class_id]
        assert names == [box.label for box in boxes]
