"""What the bundled model can do, through the public face alone."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import saccade
from saccade.inspect.describe import describe
from saccade.inspect.verify import verify
from saccade.session import Model
from saccade.synth.demo import COUNT_SCENE, SHAPES_SCENE, SIGN_LINES
from saccade.train.metrics import edit_distance
from saccade.types import Box
from tests.bundled.conftest import DEMO

ROOT = Path(__file__).parents[2]


def run(*arguments: str, cwd: Path | None = None, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "saccade", *arguments], capture_output=True, check=False, cwd=cwd, input=stdin,
        timeout=120, env={"PYTHONPATH": str(ROOT / "src"), "HOME": "/nonexistent", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip


def expected_boxes() -> list[Box]:
    """Squares around the drawn shapes: the longer side is exact, the shorter may be less."""
    return [Box(x - side / 2, y - side / 2, x + side / 2, y + side / 2, f"{colour} {shape}")
            for shape, colour, x, y, side in SHAPES_SCENE]  # fmt: skip


def test_it_reads_the_sign(tiny: Model):
    text, truth = tiny.ocr(DEMO / "words.png").text, "\n".join(SIGN_LINES)
    assert edit_distance(text, truth) <= 0.1 * len(truth), text


def test_it_places_the_lines_of_the_sign(tiny: Model):
    result = tiny.ocr(DEMO / "words.png", boxes=True)
    assert result.image_size == saccade.types.Size(236, 400)
    assert len(result.boxes) == len(SIGN_LINES)
    assert [box.y0 for box in result.boxes] == sorted(box.y0 for box in result.boxes)
    for box in result.boxes:
        assert 0 <= box.x0 < box.x1 <= 400 and 0 <= box.y0 < box.y1 <= 236


def test_it_finds_the_shapes(tiny: Model):
    found = [box for one in expected_boxes() for box in tiny.detect(DEMO / "shapes.png", one.label).boxes]
    right = [one for one in expected_boxes() if any(box.iou(one) >= 0.5 and box.label == one.label for box in found)]
    assert len(right) >= 5, found


def test_it_counts_the_circles(tiny: Model):
    assert tiny.count(DEMO / "count.png", "circles").count == len(COUNT_SCENE)


def test_it_says_what_it_sees(tiny: Model):
    caption = tiny.caption(DEMO / "count.png")
    assert "circle" in caption.text.lower() and caption.flags == ()


def test_it_answers_in_a_fresh_process():
    done = run("ask", str(DEMO / "count.png"), "How many circles are there in the image?")
    assert done.returncode == 0, done.stderr
    assert b"7" in done.stdout


def test_the_demo_reads_finds_counts_and_writes_its_picture(tmp_path: Path):
    done = run("demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode()
    assert "[read]" in text and "[find]" in text and "7 circles" in text
    assert Image.open(tmp_path / "demo-out" / "overlay.png").size == (380, 300)
    entry = json.loads(run("demo", "--json", cwd=tmp_path).stdout)
    assert entry["count"]["count"] == 7 and len(entry["find"]["boxes"]) >= 5


def test_follow_ups_need_no_second_picture(tiny: Model):
    chat = tiny.session(max_tokens=60)
    chat.ask(DEMO / "count.png", "Describe this image in one sentence.")
    reply = chat.ask("How many circles are there in the image?")
    assert reply.usage.cached_tokens > reply.usage.media_tokens > 0


def test_a_crowd_gets_the_answers_it_gets_alone(tiny: Model):
    requests = [(DEMO / "count.png", "How many circles are there in the image?"),
                (DEMO / "words.png", "Read all the text in the image."), "Hello"]  # fmt: skip
    together = tiny.map(requests, max_tokens=80)
    assert [reply.token_ids for reply in together] == [
        tiny.map([request], max_tokens=80)[0].token_ids for request in requests
    ]
    assert asyncio.run(tiny.aio.ask(*requests[0])).text == together[0].text


@pytest.mark.parametrize("size", [(1, 1), (3000, 16), (16, 3000), (2000, 1500)])
def test_pictures_of_odd_sizes_are_answered(tiny: Model, size: tuple[int, int]):
    reply = tiny.ask(Image.new("RGB", size, "white"), "<|image_pad|> What is it?", max_tokens=4)
    assert (reply.media[0].source_size.width, reply.media[0].source_size.height) == size


def test_it_is_described_and_planned_without_loading_it():
    description = describe("tiny")
    assert description.parameters < 50_000_000
    done = run("plan", str(DEMO / "words.png"), "--json")
    planned = json.loads(done.stdout)
    assert not planned["text_is_estimated"] and planned["fits_context"]
    tokens = json.loads(run("tokens", str(DEMO / "words.png"), "--json").stdout)
    assert tokens[0]["tokens"] == planned["media_tokens"]


def test_it_is_the_same_in_the_reference_implementation():
    result = verify("tiny", prompts=4, max_tokens=12)
    assert result.passed, str(result)


def test_the_whole_command_works_on_it(tmp_path: Path):
    words, shapes = str(DEMO / "words.png"), str(DEMO / "shapes.png")
    for arguments in (
        ["caption", shapes], ["ocr", words], ["ocr", words, "--boxes", "--draw", str(tmp_path / "a.png")],
        ["detect", shapes, "red circle", "--draw", str(tmp_path / "b.png")], ["count", shapes, "red circles"],
        ["ask", "-", "Describe this image in one sentence."], ["inspect"], ["ask", "Hello", "--max-tokens", "5"],
    ):  # fmt: skip
        done = run(*arguments, "--json", stdin=(DEMO / "shapes.png").read_bytes())
        assert done.returncode == 0, (arguments, done.stderr)
        assert json.loads(done.stdout)
    assert Image.open(tmp_path / "a.png").size == (400, 236)
    assert Image.open(tmp_path / "b.png").size == (380, 300)
