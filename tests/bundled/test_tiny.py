"""What the bundled model can do, through the public face alone."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import saccade
from saccade.inspect.describe import describe
from saccade.inspect.verify import verify
from saccade.processing.parse.tools import read_tool_calls
from saccade.prompts.compare import VERDICTS
from saccade.prompts.screens import ACTIONS, COMPUTER_USE
from saccade.session import Model
from saccade.synth.heldout import read_set
from saccade.train.evaluate import run_eval
from saccade.train.rows import CLIP_MAX_PIXELS, CLIP_MIN_PIXELS
from tests.bundled.conftest import DEMO, TINY

ROOT = Path(__file__).parents[2]


def run(*arguments: str, cwd: Path | None = None, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "saccade", *arguments], capture_output=True, check=False, cwd=cwd, input=stdin,
        timeout=120, env={"PYTHONPATH": str(ROOT / "src"), "HOME": "/nonexistent", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip


def test_it_scores_what_its_card_says():
    """On the first pictures of four held-out sets, within three standard errors of so few pictures."""
    recorded = {(row["set"], row["measure"]): row for row in json.loads((TINY / "scores.json").read_text())["rows"]}
    rows = run_eval(saccade.load("tiny"), limit=26, sets=["ocr", "count", "point", "moment"])
    found = {(row.set, row.measure): row for row in rows}
    for measure in (("ocr", "CER"), ("count", "exact"), ("point", "point in box"), ("moment", "R@1 tIoU0.5")):
        card, here = recorded[measure], found[measure]
        error = (card["high"] - card["low"]) / 2 / 1.96 * (card["n"] / here.n) ** 0.5  # intervals are 95 % ones
        worse = here.value - card["value"] if measure[1] == "CER" else card["value"] - here.value
        assert worse <= 3 * error, (measure, here.value, card["value"], error)


def test_the_lines_it_reads_with_boxes_lie_in_the_picture(tiny: Model):
    result = tiny.ocr(DEMO / "words.png", boxes=True)
    assert result.image_size == saccade.types.Size(236, 400)
    assert len(result.boxes) >= 1
    for box in result.boxes:
        assert 0 <= box.x0 < box.x1 <= 400 and 0 <= box.y0 < box.y1 <= 236


def test_what_it_finds_lies_in_the_picture(tiny: Model):
    found = tiny.detect(DEMO / "shapes.png", "red circle")
    assert found.boxes and all(0 <= box.x0 < box.x1 <= 380 and 0 <= box.y0 < box.y1 <= 300 for box in found.boxes)


def test_it_counts_within_the_numbers_it_was_taught(tiny: Model):
    """Counting itself is measured by its score; a number of things in the picture is what this edition gives."""
    assert 0 <= tiny.count(DEMO / "count.png", "circles").count <= 12


def test_it_says_what_it_sees(tiny: Model):
    caption = tiny.caption(DEMO / "count.png")
    assert "circle" in caption.text.lower() and caption.flags == ()


def test_it_answers_in_a_fresh_process():
    done = run("ask", str(DEMO / "count.png"), "How many circles are there in the image?")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().isdigit()


def test_the_demo_reads_finds_counts_and_writes_its_picture(tmp_path: Path):
    done = run("demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode()
    assert "[read]" in text and "[find]" in text and re.search(r"circles: \d+", text)
    assert Image.open(tmp_path / "demo-out" / "overlay.png").size == (380, 300)
    entry = json.loads(run("demo", "--json", cwd=tmp_path).stdout)
    assert 0 <= entry["count"]["count"] <= 12 and entry["find"]["boxes"]


def test_a_tap_is_a_native_call(tiny: Model):
    sample = next(read_set("tap"))
    reply = tiny.ask(Image.fromarray(sample.image), sample.turns[0].prompt, tools=[dict(COMPUTER_USE)], max_tokens=96)
    (call,) = reply.tool_calls or read_tool_calls(reply.text).calls
    assert call.name == "computer_use" and call.arguments["action"] in ACTIONS
    assert all(0 <= value <= 1000 for value in call.arguments.get("coordinate", ()))


def test_two_pictures_are_compared_in_json(tiny: Model):
    sample = next(read_set("verify"))
    pictures = [Image.fromarray(shown.image) for shown in (sample, *sample.more)]
    reply = tiny.ask(*pictures, sample.turns[0].prompt, max_tokens=400)
    assert [seen.kind for seen in reply.media] == ["image", "image"]
    assert json.loads(reply.text)["answer"] in VERDICTS


def test_a_clip_is_answered_with_its_times(tiny: Model):
    sample = next(read_set("moment"))
    assert sample.clip is not None
    video = {"type": "video", "video": list(sample.clip.frames), "sample_fps": sample.clip.fps,
             "min_pixels": CLIP_MIN_PIXELS, "max_pixels": CLIP_MAX_PIXELS}  # fmt: skip
    question = {"type": "text", "text": sample.turns[0].prompt}
    reply = tiny.chat([{"role": "user", "content": [video, question]}], max_tokens=64)
    assert reply.media[0].kind == "video" and len(reply.media[0].frame_times) == len(sample.clip.frames)
    assert re.search(r"\d", reply.text)


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
