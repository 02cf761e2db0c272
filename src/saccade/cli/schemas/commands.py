"""What each command prints with `--json`: the one list from which the published schemas are made.

A command that is not in it has no schema, and a test says so. `With` names a result and what the command adds to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NotRequired

from saccade import tasks
from saccade.cli.schemas import shapes
from saccade.cli.schemas.build import NoSchema, Schema, With, schema_of
from saccade.inspect.speed import Speed
from saccade.inspect.trace import Trace
from saccade.inspect.verify import Verification
from saccade.plan import Plan
from saccade.train.evaluate import Row
from saccade.types import Box

_BOXES = {"boxes": list[Box]}
_TIMED = {"time_s": float}
_PLAN_TOTALS = {"total_tokens": int, "total_bytes": int, "fits_context": bool}

PRINTED: Mapping[str, Any] = {
    "ask": shapes.ReplyObject | shapes.DocumentAnswerObject,
    "chat": shapes.ConversationObject,
    "caption": tasks.Caption,
    "ocr": tasks.OcrResult,
    "detect": tasks.Detections,
    "point": tasks.Points,
    "count": tasks.Count,
    "keypoints": tasks.Keypoints,
    "extract": shapes.ExtractionObject,
    "compare": tasks.Comparison,
    "verify-images": tasks.Verdict,
    "parse": shapes.DocumentObject,
    "tables": shapes.TablesObject,
    "chart": With(tasks.Chart, {"summary": str}),
    "translate": With(tasks.Translation, {"lines": list[shapes.TranslatedLineObject], **_BOXES}, less=("picture",)),
    "product": With(tasks.Product, _BOXES),
    "recognise": With(tasks.Recognition, _BOXES),
    "design-review": With(tasks.DesignReview, _BOXES),
    "solve": tasks.Solution,
    "report": tasks.Report,
    "diagram": With(tasks.Diagram, {**_BOXES, "mermaid": str, "dot": str}),
    "story": With(tasks.Story, {"text": str}),
    "summary": With(tasks.Summary, {"text": str}),
    "picture-prompt": tasks.PicturePrompt,
    "index": shapes.IndexObject,
    "similar": shapes.HitsObject | shapes.GroupsObject,
    "blur-faces": shapes.BlurredObject,
    "export": shapes.ExportObject,
    "tokens": list[shapes.TokensObject],
    "plan": With(Plan, {**_PLAN_TOTALS, "trace": NotRequired[Trace]}),
    "inspect": shapes.DescriptionObject,
    "verify": With(Verification, {"passed": bool}),
    "pull": shapes.PulledObject,
    "bench": Speed,
    "demo": With(
        shapes.DemoObject,
        {
            "read": (With(tasks.OcrResult, _TIMED), shapes.FailedStep),
            "find": (With(tasks.Detections, _TIMED), shapes.FailedStep),
            "count": (With(tasks.Count, _TIMED), shapes.FailedStep),
        },
    ),
    "eval": list[Row],
    "train": shapes.TrainedObject,
}


def command_names() -> list[str]:
    """Every command of `saccade`."""
    from saccade.cli.app import app

    return [command.name for command in app.registered_commands if command.name]


def command_schema(name: str) -> Schema:
    """The schema of what `saccade NAME --json` prints. Raises NoSchema, which says what to add where."""
    if name not in PRINTED:
        raise NoSchema(f"no schema describes the JSON of the command {name!r}: add its type to PRINTED in {__name__}")
    return schema_of(PRINTED[name], title=f"saccade {name} --json", description=_sentence(name))


def _sentence(name: str) -> str:
    """What a command does, in the first sentence of its help."""
    from saccade.cli.app import app

    command = next(one for one in app.registered_commands if one.name == name)
    text = " ".join((command.callback.__doc__ or "").split()) if command.callback else ""
    return f"{text.partition('. ')[0].rstrip('.')}."
