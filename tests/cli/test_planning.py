"""saccade tokens and saccade plan."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.clips import write_clip


def test_tokens_of_the_published_examples(run: Run):
    outcome = run("tokens", "1080x1920", "2160x3840", "--family", "qwen2-vl")
    assert outcome.out.splitlines() == [
        "1080x1920 -> 1092x1932, grid 1x78x138, 2691 tokens",
        "2160x3840 -> 2156x3836, grid 1x154x274, 10549 tokens",
    ]
    assert (outcome.code, outcome.err) == (0, "")


def test_tokens_as_json_in_the_order_asked(run: Run, picture: Path):
    entries = json.loads(run("tokens", "2160X3840", str(picture), "--family", "qwen3-vl", "--json").out)
    assert entries == [
        {"height": 2160, "width": 3840, "resized_height": 2176, "resized_width": 3840, "grid": [1, 136, 240],
         "tokens": 8160},
        {"height": 120, "width": 200, "resized_height": 224, "resized_width": 352, "grid": [1, 14, 22], "tokens": 77},
    ]  # fmt: skip


def test_tokens_follow_the_files_of_a_model(run: Run, checkpoint_folder: Path, tmp_path: Path):
    (tmp_path / "model").symlink_to(checkpoint_folder)
    assert "2691 tokens" in run("tokens", "1080x1920", "--model", str(tmp_path / "model")).out
    assert "2040 tokens" in run("tokens", "1080x1920", "--model", "Qwen3-VL-8B").out
    limited = run("tokens", "1080x1920", "--model", str(checkpoint_folder), "--max-pixels", str(1280 * 784))
    assert "728x1316, grid 1x52x94, 1222 tokens" in limited.out


def test_tokens_of_a_video_file(run: Run, tmp_path: Path):
    write_clip(tmp_path / "a.mp4", 20)
    (entry,) = json.loads(run("tokens", str(tmp_path / "a.mp4"), "--family", "qwen2.5-vl", "--json").out)
    assert (entry["height"], entry["width"], entry["grid"][0]) == (64, 96, 2)
    assert "a.mp4: 64x96 ->" in run("tokens", str(tmp_path / "a.mp4"), "--family", "qwen2.5-vl").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("missing.png", "--family", "qwen2-vl"), "there is no file 'missing.png'"),
        (("10x3000", "--family", "qwen2-vl"), "side ratio of 300"),
        (("0x10", "--family", "qwen2-vl"), "has no content"),
        (("10x10", "--family", "gpt"), "unknown model family 'gpt'"),
        (("10x10", "--family", "qwen2-vl", "--min-pixels", "100", "--max-pixels", "10"), "do not fit together"),
    ],
)
def test_what_cannot_be_counted_is_said(run: Run, arguments: tuple[str, ...], message: str):
    outcome = run("tokens", *arguments)
    assert (outcome.code, outcome.out) == (1, "")
    assert message in outcome.err and len(outcome.err.splitlines()) == 1


def test_a_plan_by_size_needs_no_weights(run: Run, picture: Path):
    outcome = run("plan", str(picture), "--size", "Qwen2.5-VL-7B", "--prompt", "What is it?", "--json")
    entry = json.loads(outcome.out)
    assert (entry["model"], entry["media_tokens"], entry["text_is_estimated"]) == ("Qwen2.5-VL-7B", 28, True)
    assert entry["total_bytes"] > entry["weight_bytes"] == 2 * 8_292_166_656
    assert entry["media"][0]["resized_size"] == {"height": 112, "width": 196}


def test_a_plan_for_a_folder_is_exact(run: Run, picture: Path, checkpoint_folder: Path):
    outcome = run("plan", str(picture), "--model", str(checkpoint_folder), "--max-tokens", "7")
    assert "120x200 -> 112x196, grid 1x8x14: 28 tokens" in outcome.out
    assert "answer       up to 7 tokens" in outcome.out and "estimated" not in outcome.out


def test_a_plan_with_a_trace_shows_every_stage(run: Run, picture: Path, checkpoint_folder: Path, tmp_path: Path):
    write_clip(tmp_path / "a.mp4", 20)
    call = (
        "plan",
        str(picture),
        str(tmp_path / "a.mp4"),
        "--nframes",
        "4",
        "--model",
        str(checkpoint_folder),
        "--trace",
    )
    text = run(*call).out
    for stage in ("frames     4 taken: 0, 6, 13, 19", "resize     to 112x196", "1 x 8 x 14 = 112", "1 x 4 x 7 = 28",
                  "times      of the 2 steps", "positions  rows", "<|image_pad|> x 28"):  # fmt: skip
        assert stage in text
    entry = json.loads(run(*call, "--json").out)
    assert entry["trace"]["prompt_tokens"] == entry["prompt_tokens"]
    assert [item["tokens"] for item in entry["trace"]["media"]] == [item["tokens"] for item in entry["media"]]


@pytest.mark.parametrize("arguments", [(), ("--size", "Qwen2-VL-2B", "--model", "x", "--prompt", "Hi")])
def test_a_plan_of_nothing_or_of_two_models_is_wrong_usage(run: Run, arguments: tuple[str, ...]):
    assert run("plan", *arguments).code == 2
    assert run("tokens", "1x1", "--family", "qwen2-vl", "--model", "tiny").code == 2
