"""Each command once or more with --json: its arguments, the answers that its model gives, and what must be in the way.

{picture}, {other}, {pdf}, {folder}, {work}, {checkpoint} and {result} are files and folders of the test.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_CAT = '[{"bbox_2d": [100, 100, 500, 500], "label": "cat", "color": "red"}]'
_LINES = '[{"bbox_2d": [100, 100, 900, 300], "text_content": "Total 4.50"}]'
_POINT = '[{"point_2d": [500, 500], "label": "cat"}]'
_JOINTS = '[{"bbox_2d": [0, 0, 500, 500], "label": "person", "keypoints": {"head": [100, 100], "neck": "unvisible"}}]'
_PAGE = (
    '<html><body>\n<h1 data-bbox="0 0 500 100">Title</h1>\n<ul data-bbox="0 100 500 200"><li>a</li></ul>\n'
    '<table data-bbox="0 300 500 500"><tr><th>a</th></tr><tr><td>1</td></tr></table>\n</body></html>'
)
_TABLE = '<table><tr><th colspan="2">a</th></tr><tr><td>1</td><td>2</td></tr></table>'
_CHART = '{"type": "bar", "title": "Sales", "x": "month", "y": "EUR", "data": [["Jan", 3], ["Feb", "~4"]]}'
_VERDICT = (
    '{"evidence": [{"image": 1, "bbox_2d": [0, 0, 500, 500], "text_content": "27B"}, '
    '{"image": 2, "bbox_2d": [0, 0, 500, 500], "text_content": "27B"}], "answer": "match", "reason": "The same."}'
)
_PRODUCT = '{"product": "Mug", "brand": null, "category": "Home > mug", "barcode": "4006381333931"}'
_TOWER = (
    '[{"bbox_2d": [0, 0, 500, 500], "name_en": "Eiffel Tower", "name_zh": null, "category": "landmark", '
    '"real_person": false, "evidence": "iron", "confidence": 0.9}]'
)
_REVIEW = (
    '{"style": "flat", "hierarchy": ["logo"], "findings": [{"area": "spacing", "severity": "low", "finding": "Tight.", '
    '"suggestion": "More room.", "bbox_2d": [0, 0, 500, 500]}]}'
)
_LAB = '{"values": [{"name": "K", "value": "5.4", "unit": "mmol/L", "reference_range": "3.5-5.1"}]}'
_EXAM = (
    '{"questions": [{"number": "1", "question": "2 + 2 =", "student_answer": "4", "correct_answer": null, '
    '"mark": "right", "points": "1", "max_points": "1"}], "score": "1/1"}'
)
_VALUES = '[{"bbox_2d": [100, 100, 900, 200], "text_content": "K 5.4 mmol/L 3.5-5.1"}]'
_START = '[{"bbox_2d": [100, 100, 300, 200], "text_content": "Start"}]'
_FLOW = "flowchart TD\nA([Start]) --> B{Paid?}\nB -- no --> A"
_PROMPT = '{"prompt": "a red mug on a table, studio light", "negative_prompt": "blurry"}'
_DEMO = ("SIGN", '[{"bbox_2d": [100, 100, 300, 400], "label": "red circle"}]', "I see a star.", "7")


@dataclass(frozen=True)
class JsonRun:
    """One call of a command. `prepare` puts a stand-in in the place of what takes minutes."""

    arguments: tuple[str, ...]
    answers: tuple[str, ...] = ()
    stdin: bytes = b""
    prepare: Callable[[pytest.MonkeyPatch, Path], None] | None = None
    code: int = 0


def _verify(monkeypatch: pytest.MonkeyPatch, _: Path) -> None:
    from saccade.inspect.verify import LayerDifference, Verification

    result = Verification(
        "x", "qwen2-vl", "float32", "reference", (LayerDifference("layer 0", 1e-6, 3.0),), 2.0, 2, 1, 1e-3, ("one",)
    )
    monkeypatch.setattr("saccade.inspect.verify.verify", lambda *_, **__: result)


def _fetch(monkeypatch: pytest.MonkeyPatch, work: Path) -> None:
    monkeypatch.setattr("saccade.models.hub.fetch_model", lambda *_, **__: work)


def _tune(monkeypatch: pytest.MonkeyPatch, work: Path) -> None:
    summary = {"folder": str(work), "result": "adapter", "steps": 3, "of": 9, "loss": None, "stopped": True}
    monkeypatch.setattr("saccade.train.tune.run.tune", lambda *_, **__: {**summary, "leads": True})


def _train(monkeypatch: pytest.MonkeyPatch, _: Path) -> None:
    monkeypatch.setattr("saccade.train.run.train", lambda *_, **__: None)


def _eval(monkeypatch: pytest.MonkeyPatch, _: Path) -> None:
    from saccade.train.evaluate import Row

    row = Row("count", "exact", 0.5, 0.4, 0.6, 10)
    monkeypatch.setattr("saccade.train.evaluate.run_eval", lambda *_, **__: [row])


def _speed(monkeypatch: pytest.MonkeyPatch, _: Path) -> None:
    from saccade.inspect.speed import Speed

    monkeypatch.setattr("saccade.inspect.speed.measure", lambda *_, **__: Speed("x", (28, 28), 9, 2, 1, 0.1, 9.0))


def _lines(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


_LAUNCH = ("{picture}", "{other}")
RESULT: Mapping[str, Any] = {
    "boxes": [{"x0": 1, "y0": 2, "x1": 30, "y1": 40, "label": "cat"}], "image_size": {"height": 120, "width": 200},
    "raw_text": "", "flags": [],
}  # fmt: skip

RUNS: Mapping[str, tuple[JsonRun, ...]] = {
    "ask": (
        JsonRun(("{picture}", "What?"), ("A cat.",)),
        JsonRun(("Call it.",), ('<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call>',)),
        JsonRun(("{pdf}", "What is the title?", "--dpi", "72"), ("Hello",)),
    ),
    "chat": (JsonRun(("{picture}",), ("A cat.", "Red."), _lines("What?", "Which colour?")),),
    "caption": (JsonRun(("{picture}", "--language", "de", "--max-words", "9"), ("Eine Katze.",)),),
    "ocr": (
        JsonRun(("{picture}", "--boxes"), (_LINES,)),
        JsonRun(("{picture}", "--fields", "total"), ('{"total": 4}',)),
    ),
    "detect": (
        JsonRun(("{picture}", "cat", "--attributes", "color"), (_CAT,)),
        JsonRun(("{picture}", "cat"), ("There is none.",)),
    ),
    "point": (JsonRun(("{picture}", "cat"), (_POINT,)),),
    "count": (JsonRun(("{picture}", "cats", "--method", "all"), ("1", _CAT, _POINT)),),
    "keypoints": (JsonRun(("{picture}", "--names", "head, neck"), (_JOINTS,)),),
    "extract": (
        JsonRun(("{picture}", "total, date", "--boxes", "--once"), ('{"total": "4.50", "date": null}', _LINES)),
        JsonRun(("{pdf}", "--schema", "receipt", "--once", "--dpi", "72"), ('{"merchant": "A", "total": 4.5}',) * 4),
    ),
    "compare": (JsonRun(_LAUNCH, ("A cup is gone.",)), JsonRun((*_LAUNCH, "-q", "Which?"), ("The first.",))),
    "verify-images": (
        JsonRun((*_LAUNCH, "--fields", "house number"), (_VERDICT,)),
        JsonRun((*_LAUNCH, "--claim", "It is."), (_VERDICT,)),
    ),
    "translate": (
        JsonRun(("{picture}", "--to", "de"), (_LINES, '{"1": "Summe 4.50"}')),
        JsonRun(("{picture}", "--to", "ar", "--draw", "{work}/out.png"), (_LINES, '{"1": "مفتوح"}')),
    ),
    "product": (JsonRun(("{picture}", "--taxonomy", "Home > mug", "--describe"), (_PRODUCT, "A mug.")),),
    "recognise": (JsonRun(("{picture}", "landmark"), (_TOWER,)),),
    "design-review": (JsonRun(("{picture}",), (_REVIEW, _LINES)), JsonRun(("{picture}", "--no-text"), (_REVIEW,))),
    "solve": (
        JsonRun(("{picture}", "--answer", "number"), ("3 + 4 = 7\n\\boxed{7 cm}",)),
        JsonRun(("{picture}", "--choice", "red", "--choice", "blue"), ("Answer: B",)),
    ),
    "report": (
        JsonRun(("{picture}", "--kind", "lab", "--boxes"), (_LAB, _VALUES)),
        JsonRun(("{picture}", "--kind", "exam", "--boxes"), (_EXAM, _LINES)),
        JsonRun(("{picture}", "--kind", "medical"), ('{"patient": "A"}',) * 3),
    ),
    "diagram": (JsonRun(("{picture}", "--draw", "{work}/out.png"), (_FLOW, _START)),),
    "story": (JsonRun(_LAUNCH, ("[1] A dog.\n[2] It runs.",)),),
    "summary": (JsonRun(("{pdf}", "--dpi", "72", "--pages", "1"), ("It is open daily. [1]",) * 3),),
    "picture-prompt": (JsonRun(("{picture}", "--for", "sdxl", "--change", "at night"), (_PROMPT,)),),
    "parse": (JsonRun(("{picture}",), (_PAGE,)), JsonRun(("{pdf}", "--dpi", "72"), (_PAGE, _PAGE))),
    "tables": (JsonRun(("{picture}",), (_TABLE,)), JsonRun(("{pdf}", "--dpi", "72"), (_PAGE, _PAGE))),
    "chart": (JsonRun(("{picture}",), (_CHART,)),),
    "index": (JsonRun(("{folder}", "--into", "{work}/index")),),
    "similar": (
        JsonRun(("{index}", "{picture}")),
        JsonRun(("{index}", "--duplicates")),
    ),
    "blur-faces": (JsonRun(("{picture}", "--out", "{work}/out.png"), (_CAT,)),),
    "export": (JsonRun(("{result}", "--to", "csv", "--out", "{work}/out.csv")),),
    "tokens": (JsonRun(("1080x1920", "{picture}", "--family", "qwen2-vl")),),
    "plan": (
        JsonRun(("--size", "Qwen2-VL-2B", "--prompt", "Hi", "{picture}")),
        JsonRun(("--model", "{checkpoint}", "--prompt", "Hi", "--trace", "{picture}", "{pdf}")),
    ),
    "inspect": (JsonRun(("Qwen3-VL-30B-A3B",)), JsonRun(("{checkpoint}",))),
    "verify": (JsonRun(("x",), prepare=_verify, code=1),),
    "pull": (JsonRun(("a/b",), prepare=_fetch),),
    "bench": (JsonRun((), prepare=_speed),),
    "demo": (
        JsonRun(("--out", "{work}"), (_DEMO[0], _DEMO[1], _DEMO[1], _DEMO[3])),
        JsonRun(("--out", "{work}"), _DEMO),
    ),
    "eval": (JsonRun((), prepare=_eval),),
    "train": (
        JsonRun(("--data", "{rows}", "--base", "{checkpoint}", "--out", "{work}/o"), prepare=_tune),
        JsonRun(("{work}",), prepare=_train),
    ),
}


def write_inputs(work: Path) -> dict[str, str]:
    """Small files for the placeholders that no fixture makes."""
    rows = work / "rows.jsonl"
    said = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "You"}]
    rows.write_text(json.dumps({"messages": said}) + "\n")
    result = work / "result.json"
    result.write_text(json.dumps(RESULT))
    return {"rows": str(rows), "result": str(result), "work": str(work)}
