"""Where things are: RefCOCO, RefCOCO+, RefCOCOg, and ScreenSpot.

RefCOCO (Yu et al., arXiv 1608.00272) in the two JSON forms in use; the original pickles are never opened. Of Qwen-VL's
evaluation: refcoco_val.jsonl and so on, a line {"image", "sent", "bbox": [x0, y0, x1, y1], "height", "width"}. Of MDETR
(zenodo.org/record/4729015): finetune_refcoco_val.json, COCO's "images" with a "caption" each and "annotations" with
"image_id" and "bbox": [x, y, width, height]. Pictures are those of COCO train2014.
ScreenSpot (Cheng et al., arXiv 2401.10935): screenspot_desktop.json, _mobile, _web (also _v2), [{"img_filename",
"instruction", "bbox": [x, y, width, height], "data_type", "data_source"}], pictures in screenspot_imgs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from saccade.errors import BadAnswer, BadInput
from saccade.processing.parse.boxes import read_boxes
from saccade.processing.parse.points import read_points
from saccade.processing.parse.tools import coordinate_of, read_tool_calls
from saccade.prompts.scenes import find_prompt
from saccade.prompts.screens import COMPUTER_USE
from saccade.train.asking import Case, Question
from saccade.train.benchmarks.folders import DataFolder, box_of
from saccade.train.scoring.amounts import Scores, Shown, share
from saccade.train.scoring.places import inside
from saccade.types import Box, Part, Point

_COCO = ("train2014", "images", "coco/train2014", "images/train2014", "images/mscoco/images/train2014")


def read_refcoco(folder: DataFolder, limit: int | None = None) -> Iterator[Case]:
    """Share of phrases whose first box overlaps the true one by half; a row for each file, `limit` counts in each."""
    files = folder.annotations("*refcoco*.json*")
    for file in files:
        for number, (name, phrase, box) in enumerate(_referred(folder, file)[:limit]):
            media = folder.media(name, _COCO)
            prompt = find_prompt(" ".join(phrase.replace('"', "'").split()))
            question = Question("refcoco", prompt, partial(_score_box, box))
            yield Case((Part("image", source=media),), (question,), group=_split_name(file), id=str(number))


def _split_name(file: Path) -> str:
    return file.name.partition(".")[0].removeprefix("finetune_").removeprefix("REC_")


def _referred(folder: DataFolder, file: Path) -> list[tuple[str, str, list[float]]]:
    """(picture, phrase, box as corners) of every entry."""
    value = folder.read(file)
    if isinstance(value, Mapping):
        return _of_coco(folder, file, value)
    found = []
    for entry in folder.entries(file):
        box = box_of(folder.field(entry, "bbox"))
        found.append((str(folder.field(entry, "image", "img_path", "file_name")),
                      str(folder.field(entry, "sent", "expression", "caption")), box))  # fmt: skip
    return found


def _of_coco(folder: DataFolder, file: Path, value: Mapping[str, Any]) -> list[tuple[str, str, list[float]]]:
    images, annotations = value.get("images"), value.get("annotations")
    if not isinstance(images, list) or not isinstance(annotations, list):
        raise BadInput(f"refcoco: {file.name} has no images and annotations", hint="is it the annotation file?")
    boxes: dict[Any, list[float]] = {}
    for entry in annotations:
        x, y, width, height = box_of(folder.field(entry, "bbox"))
        boxes.setdefault(folder.field(entry, "image_id"), [x, y, x + width, y + height])
    return [
        (str(folder.field(image, "file_name")), str(folder.field(image, "caption")), boxes[image["id"]])
        for image in images
        if image.get("id") in boxes
    ]


def _score_box(wanted: list[float], answer: str, shown: Shown) -> Scores:
    try:
        boxes = read_boxes(answer, source=shown.source, resized=shown.resized, profile=shown.profile).boxes
    except BadAnswer:
        boxes = ()
    x0, y0, x1, y1 = wanted
    overlap = boxes[0].iou(Box(x0, y0, x1, y1)) if boxes else 0.0
    return {"Acc@0.5": share(overlap >= 0.5)}


def read_screenspot(folder: DataFolder, limit: int | None = None) -> Iterator[Case]:
    """Share of instructions whose click lands in the element; a row for each file, and `limit` counts in each."""
    for file in folder.annotations("screenspot*.json"):
        for number, entry in enumerate(folder.entries(file)[:limit]):
            x, y, width, height = box_of(folder.field(entry, "bbox"))
            media = folder.media(str(folder.field(entry, "img_filename")),
                                 ("screenspot_imgs", "screenspotv2_image", "images"))  # fmt: skip
            question = Question("screenspot", str(folder.field(entry, "instruction")),
                                partial(_score_click, [x, y, x + width, y + height],
                                        str(entry.get("data_type") or "")))  # fmt: skip
            group = file.stem.removeprefix("screenspot_")
            yield Case((Part("image", source=media),), (question,), (COMPUTER_USE,), group=group, id=str(number))


def _score_click(wanted: list[float], kind: str, answer: str, shown: Shown) -> Scores:
    point = clicked(answer, shown)
    hit = share(point is not None and inside(point, wanted))
    return {"click in box": hit, **({f"click in box, {kind}": hit} if kind else {})}


def clicked(answer: str, shown: Shown) -> Point | None:
    """Where an answer clicks: the coordinate of its first call, else its first point or the middle of its first box."""
    for call in read_tool_calls(answer).calls:
        point = coordinate_of(call.arguments, source=shown.source, resized=shown.resized, profile=shown.profile)
        if point is not None:
            return point
    try:
        points = read_points(answer, source=shown.source, resized=shown.resized, profile=shown.profile).points
    except BadAnswer:
        return None
    return points[0] if points else None
