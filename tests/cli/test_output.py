"""What goes to stdout, and in which form."""

from __future__ import annotations

import io
import sys

import pytest

from saccade.cli.output import plain, show
from saccade.types import Box, Size


def test_frozen_values_become_json_objects():
    box = Box(1, 2, 3, 4, "x", attributes={"a": (1, float("nan"))})
    assert plain({"box": box, 3: b"\x01", "s": {Size(1, 2)}, "o": object}) == {
        "box": {"x0": 1, "y0": 2, "x1": 3, "y1": 4, "label": "x", "raw": [], "flags": [],
                "attributes": {"a": [1, None]}},
        "3": "01", "s": [{"height": 1, "width": 2}], "o": "<class 'object'>",
    }  # fmt: skip


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "text", "shown"),
    [
        (Terminal(io.BytesIO(), encoding="utf-8"), "a\x1b[2Jb\tc\n", "a?[2Jb\tc\n\n"),
        (io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), "a\x1bb", "a\x1bb\n"),
        (io.TextIOWrapper(io.BytesIO(), encoding="ascii"), "café", "caf?\n"),
    ],
)
def test_texts_from_pictures_do_not_steer_a_terminal(
    monkeypatch: pytest.MonkeyPatch, stream: io.TextIOWrapper, text: str, shown: str
):
    monkeypatch.setattr(sys, "stdout", stream)
    show(text)
    assert stream.buffer.getvalue().decode() == shown  # type: ignore[attr-defined]
