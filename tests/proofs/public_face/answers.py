"""What a public function or command gives, written down again as an answer, for the measures that score answers.

`--json` prints one document per result; the same document is made of what a Python function returns, so that both
faces are scored alike. Places in it are pixels of the caller's file, and so are those of the answer written here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from saccade.cli.asking import reply_object
from saccade.cli.extracting import extraction_object
from saccade.cli.output import plain
from saccade.families import FamilyProfile, family_profile
from saccade.processing.parse.tables import Cell, Table
from saccade.synth.sample import Sample, Turn
from saccade.tasks import Extraction
from saccade.tasks.forms.tables import to_html
from saccade.train.asking import answer_text
from saccade.train.scoring import score_turn
from saccade.train.scoring.amounts import Scores, Shown
from saccade.types import Reply, Size, ToolCall
from tests.proofs.public_face.calls import own_field

PIXELS = family_profile("qwen2.5-vl")  # counts in pixels of what it is shown: here of the file itself

Document = Mapping[str, Any]


def document_of(result: Any) -> Document:
    """The document that the result's command prints with --json."""
    if isinstance(result, Extraction):
        return extraction_object(result)
    if isinstance(result, Reply):
        return reply_object(result)
    return result.as_dict() if hasattr(result, "as_dict") else plain(result)


def raw_text_of(document: Document) -> str:
    """The model's own words; calls that the engine took out of them are put back in their marks."""
    if "raw_text" in document:
        return str(document["raw_text"])
    if "text" in document:
        calls = tuple(ToolCall(call["name"], call["arguments"]) for call in document.get("tool_calls", ()))
        return answer_text(Reply(document["text"], tool_calls=calls))
    return "\n".join(page["raw_text"] for page in document["pages"])


def flags_of(document: Document) -> tuple[str, ...]:
    """What was forgiven or done to get the result."""
    return tuple(document["flags"])


def score_document(turn: Turn, document: Document | None, sample: Sample, profile: FamilyProfile) -> Scores:
    """The measures of `turn` of a result; None, where the call ended in an error, is an answer without anything."""
    write = _WRITERS.get(turn.task)
    if write is None:  # the model's own words, and so its own numbers
        return score_turn(turn, "" if document is None else raw_text_of(document), _shown(sample, profile))
    return score_turn(turn, "" if document is None else write(document, turn), _shown(sample, PIXELS))


def _shown(sample: Sample, profile: FamilyProfile) -> Shown:
    pictures = [sample.image, *(picture.image for picture in sample.more)]
    sizes = [Size(height=image.shape[0], width=image.shape[1]) for image in pictures]
    duration = None if sample.clip is None else len(sample.clip.frames) / sample.clip.fps
    return Shown(profile, [(size, size) for size in sizes], duration)


def _lines(document: Document, _: Turn) -> str:
    return _json([{"bbox_2d": _corners(box), "text_content": box["label"]} for box in document["boxes"]])


def _boxes(document: Document, _: Turn) -> str:
    return _json([{"bbox_2d": _corners(box), "label": box["label"], **box["attributes"]} for box in document["boxes"]])


def _points(document: Document, _: Turn) -> str:
    return _json([{"point_2d": [point["x"], point["y"]], "label": point["label"]} for point in document["points"]])


def _figures(document: Document, _: Turn) -> str:
    return _json([
        {"label": figure["label"] or "person",
         "keypoints": {name: point and [point["x"], point["y"]] for name, point in figure["points"].items()}}
        for figure in document["figures"]
    ])  # fmt: skip


def _table(document: Document, _: Turn) -> str:
    if not document["tables"]:
        return ""
    return to_html(Table(tuple(Cell(**cell) for cell in document["tables"][0]["cells"])))


def _verdict(document: Document, _: Turn) -> str:
    evidence = []
    for one in document["evidence"]:
        place = {} if one["box"] is None else {"bbox_2d": _corners(one["box"])}
        evidence.append({"image": one["image"], **place, "text_content": one["text"]})
    return _json({"evidence": evidence, "answer": document["answer"]})


def _card(document: Document, turn: Turn) -> str:
    """A product under the names that the question has for its fields."""
    own = {"title": document["title"], "brand": document["brand"], "category": (document["category"] or [None])[-1]}
    names = turn.truth["fields"]
    return _json({name: own.get(own_field(name) or "", document["attributes"].get(name)) for name in names})


def _corners(box: Mapping[str, Any]) -> Sequence[float]:
    return [box["x0"], box["y0"], box["x1"], box["y1"]]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


# Of results that are more than the model's words. The reader of charts takes the document of one as it is.
_WRITERS: Mapping[str, Callable[[Document, Turn], str]] = {
    "spot": _lines, "detect": _boxes, "find": _boxes, "point": _points, "keypoints": _figures,
    "count": lambda document, _: str(document["count"]), "extract": lambda document, _: _json(document["data"]),
    "tables": _table, "chart": lambda document, _: _json(document), "verify": _verdict, "product": _card,
}  # fmt: skip
