"""What the name of a model means."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saccade.errors import BadCheckpoint
from saccade.inspect import source as sources
from saccade.inspect.source import bundled_folder, has_chat_form, local_folder, locate, model_files, read_config
from saccade.settings import Settings


def test_tiny_is_the_folder_in_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sources, "bundled_folder", lambda: tmp_path)
    with pytest.raises(BadCheckpoint, match="the bundled model is missing from this installation; reinstall"):
        local_folder("tiny")
    (tmp_path / "config.json").write_text("{}")
    assert local_folder("tiny") == tmp_path
    assert bundled_folder().parts[-3:] == ("saccade", "assets", "tiny")


def test_a_folder_of_that_name_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "tiny").mkdir()
    monkeypatch.chdir(tmp_path)
    assert local_folder("tiny") == Path("tiny")


def test_a_hub_id_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked = []

    def fetch(source: str, settings: Settings, *, revision: str | None, weights: bool, progress: object) -> Path:
        asked.append((source, revision, weights))
        return tmp_path

    monkeypatch.setattr("saccade.models.hub.fetch_model", fetch)
    settings = Settings(cache_dir=tmp_path / "cache")
    assert locate("org/name-7B.v1", settings, revision="abc") == tmp_path
    assert locate("Qwen/Qwen2.5-VL-3B-Instruct", settings) == tmp_path  # also one whose numbers are known
    assert model_files("org/name", settings) == tmp_path
    assert asked == [
        ("org/name-7B.v1", "abc", True), ("Qwen/Qwen2.5-VL-3B-Instruct", None, True), ("org/name", None, False),
    ]  # fmt: skip


def test_a_published_size_needs_no_files_and_a_kept_copy_comes_first(tmp_path: Path):
    settings = Settings(cache_dir=tmp_path)
    assert model_files("Qwen2.5-VL-3B", settings) is None
    assert model_files("Qwen/Qwen2.5-VL-3B-Instruct", settings) is None
    assert read_config("Qwen/Qwen2.5-VL-3B-Instruct", settings)[1] == "Qwen2.5-VL-3B"
    kept = tmp_path / "models" / "modelscope" / "Qwen--Qwen2.5-VL-3B-Instruct" / "master"
    kept.mkdir(parents=True)
    (kept / "saccade.json").write_text("{}")
    assert model_files("Qwen/Qwen2.5-VL-3B-Instruct", settings) == kept
    assert locate("Qwen/Qwen2.5-VL-3B-Instruct", settings) == kept


def test_a_folder_is_used_where_it_lies(tmp_path: Path):
    assert locate(tmp_path, Settings()) == tmp_path
    assert locate(str(tmp_path), Settings()) == tmp_path


@pytest.mark.parametrize(
    ("file", "content", "has"),
    [
        ("chat_template.json", "{}", True), ("chat_template.jinja", "", True),
        ("tokenizer_config.json", json.dumps({"chat_template": "{{ x }}"}), True),
        ("tokenizer_config.json", json.dumps({"chat_template": None}), False), ("config.json", "{}", False),
    ],
)  # fmt: skip
def test_a_chat_form_is_a_template_in_the_folder(tmp_path: Path, file: str, content: str, has: bool):
    (tmp_path / file).write_text(content)
    assert has_chat_form(tmp_path) is has
