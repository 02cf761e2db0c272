"""A model that knows the answers to drawn samples, and may be made to spoil them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from saccade.engine.api import EngineInfo, EngineRequest
from saccade.engine.scripted import ScriptedEngine
from saccade.families import family_profile
from saccade.processing.coordinates import to_model
from saccade.session import Model
from saccade.synth.sample import Sample, Turn, answer_text
from saccade.types import Reply, Size

FAMILY = "qwen3-vl"


def truth_text(sample: Sample, turn: Turn) -> str:
    """The true answer in the family's numbers."""

    def numbers(values: Sequence[float], picture: int) -> list[int]:
        pictures = [sample.image, *(more.image for more in sample.more)]
        size = Size(*(pictures[picture] if sample.clip is None else sample.clip.frames[0]).shape[:2])
        kind = "box" if len(values) == 4 else "point"
        return to_model(values, kind, source=size, resized=size, profile=family_profile(FAMILY))

    if turn.parts:
        return answer_text(turn.parts, numbers)
    if turn.answer is not None:
        return turn.answer
    corners = [(item, (item.box.x0, item.box.y0, item.box.x1, item.box.y1)) for item in turn.items]
    return json.dumps([{"bbox_2d": list(numbers(box, 0)), item.key: item.value} for item, box in corners])


def truthful_model(samples: Iterable[Sample], spoil: Callable[[str], str] = str) -> Model:
    """Its engine's `requests` tell what was asked. It knows a sample by the pixels of its first picture or frame."""
    known: dict[bytes, list[str]] = {}
    for sample in samples:
        first = sample.image if sample.clip is None else sample.clip.frames[0]
        known[first.tobytes() + sample.turns[0].prompt.encode()] = [truth_text(sample, turn) for turn in sample.turns]

    def answer(request: EngineRequest) -> Reply:
        first = request.messages[0]
        source = first.parts[0].source
        pixels = np.asarray(source[0] if isinstance(source, list) else source).tobytes()
        turn = sum(message.role == "assistant" for message in request.messages)
        return Reply(spoil(known[pixels + first.text.encode()][turn]))

    info = EngineInfo("truthful", FAMILY, context_length=4096, vocab_size=0)
    return Model(ScriptedEngine(answer, info=info), name="truthful")
