"""Opening models: what is wired together, and what is refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

import saccade
from saccade import open as opening
from saccade.errors import BadCheckpoint, BadInput, UnknownModel
from saccade.inspect.source import read_config as read_model_config
from saccade.models.checkpoint import read_config
from saccade.models.config import ModelConfig
from saccade.session import Model
from saccade.settings import Settings


def test_a_folder_becomes_a_model_that_answers(random_model: Model, picture: Path, checkpoint_folder: Path):
    reply = random_model.ask(picture, "What is this?", max_tokens=4)
    assert reply.usage.completion_tokens >= 1
    assert (random_model.family, random_model.dtype, random_model.name) == (
        "qwen2.5-vl", "float32", str(checkpoint_folder),
    )  # fmt: skip
    seen = reply.media[0]
    assert (seen.source_size.height, seen.source_size.width, seen.tokens) == (120, 200, 28)


def test_the_limits_given_to_load_hold_for_every_picture(checkpoint_folder: Path, picture: Path):
    model = saccade.load(checkpoint_folder, device="cpu", dtype="float32", max_pixels=28 * 28 * 8)
    assert model.plan(picture).media_tokens <= 8


@pytest.mark.parametrize("dtype", ["int8", "int4"])
def test_dtypes_of_a_later_edition_are_refused(dtype: str):
    with pytest.raises(BadInput, match=f"'{dtype}' is not in this edition; use one of auto"):
        saccade.load("tiny", dtype=dtype)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dtype": "float8"}, "unknown dtype 'float8'"),
        ({"api_key": "secret"}, "api_key belongs to a server's address"),
    ],
)
def test_options_without_a_use_are_refused(options: dict[str, str], message: str):
    with pytest.raises(BadInput, match=message) as caught:
        saccade.load("tiny", **options)  # type: ignore[arg-type]
    assert "secret" not in str(caught.value)


def test_the_family_is_checked_against_the_checkpoint(checkpoint_folder: Path):
    with pytest.raises(BadInput, match=r"family 'qwen3-vl' was asked for, but the checkpoint is qwen2\.5-vl"):
        saccade.load(checkpoint_folder, family="qwen3-vl")
    assert saccade.load(checkpoint_folder, family="qwen2_5_vl", device="cpu").family == "qwen2.5-vl"


def test_a_prompt_read_in_chunks_is_answered_the_same(random_model: Model, picture: Path, checkpoint_folder: Path):
    chunked = saccade.load(checkpoint_folder, device="cpu", dtype="float32", prefill_chunk=5)
    call = (picture, "What is this?")
    assert chunked.ask(*call, max_tokens=6).token_ids == random_model.ask(*call, max_tokens=6).token_ids
    with pytest.raises(BadInput, match="prefill_chunk is 0; give at least 1"):
        saccade.load(checkpoint_folder, prefill_chunk=0)


def test_a_server_has_no_files_to_look_into():
    with pytest.raises(UnknownModel, match="is the address of a server, whose model has no files on this machine"):
        read_model_config("http://localhost:8000/v1?key=secret#name")


def test_a_published_size_says_how_to_get_it():
    with pytest.raises(UnknownModel, match=r"saccade pull Qwen/Qwen2\.5-VL-7B-Instruct"):
        saccade.load("qwen2.5-vl-7b")


@pytest.mark.parametrize("source", ["nothing-here", "a/b/c", "no such folder/with blanks"])
def test_a_name_that_is_nothing_says_what_would_be(source: str):
    with pytest.raises(UnknownModel, match=r"there is no model .*; try 'tiny', a folder"):
        saccade.load(source)


def test_a_folder_without_a_model_is_said(tmp_path: Path):
    with pytest.raises(BadCheckpoint, match=r"config\.json"):
        saccade.load(tmp_path)


def test_auto_dtype_on_a_cpu_follows_the_processor(checkpoint_folder: Path, monkeypatch: pytest.MonkeyPatch):
    config = ModelConfig.from_json(read_config(checkpoint_folder) | {"torch_dtype": "bfloat16"})

    def chosen(multiplies: bool, *, bundled: bool = False, dtype: str = "auto") -> str:
        monkeypatch.setattr(opening, "cpu_multiplies_bfloat16", lambda: multiplies)
        return opening._choose_dtype(dtype, "cpu", config, bundled=bundled)

    assert chosen(True) == "auto"
    assert chosen(False) == "float32"
    assert chosen(True, bundled=True) == "float32"
    assert chosen(False, dtype="bfloat16") == "bfloat16"


@pytest.mark.parametrize(
    ("text", "multiplies"),
    [
        ("processor : 0\nflags\t\t: fpu sse2 avx512f avx512_bf16\n", True),
        ("flags : fpu amx_bf16 amx_tile\n", True),
        ("Features : fp asimd bf16\n", True),
        ("flags : fpu sse2 avx2\nbugs : bf16\n", False),
        ("", False),
    ],
)
def test_bfloat16_instructions_are_read_off_the_processor(tmp_path: Path, text: str, multiplies: bool):
    (tmp_path / "cpuinfo").write_text(text)
    assert opening.cpu_multiplies_bfloat16(tmp_path / "cpuinfo") is multiplies
    assert opening.cpu_multiplies_bfloat16(tmp_path / "missing") is False


def test_defaults_come_from_the_settings(checkpoint_folder: Path, picture: Path):
    model = saccade.load(checkpoint_folder, settings=Settings(device="cpu", dtype="bfloat16", max_image_pixels=1000))
    assert model.dtype == "bfloat16"
    with pytest.raises(saccade.MediaTooLarge):
        model.ask(picture, "What?")
