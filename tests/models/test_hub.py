"""Fetching models from a hub on this machine: resumed, checked, kept, and refused in one sentence."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from saccade.errors import BadCheckpoint, UnknownModel
from saccade.models import download as download_module
from saccade.models import hub as hub_module
from saccade.models.hub import fetch_model, kept_copy
from saccade.models.weights import load_model
from saccade.settings import Settings
from tests.checkpoints import write_checkpoint
from tests.models.fake_hub import COMMIT, MODEL, FakeHub, running

WEIGHTS = "model.safetensors"
HUBS = ("huggingface", "modelscope")


@pytest.fixture(autouse=True)
def _no_waiting_no_real_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(download_module.time, "sleep", lambda seconds: None)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "shared"))


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    content = random.Random(0).randbytes(300_000)
    with running(FakeHub({"config.json": b"{}", WEIGHTS: content, "merges.txt": b"a b\n", "empty.txt": b""})) as served:
        yield served


def _settings(hub: FakeHub, tmp_path: Path, **changes: Any) -> Settings:
    settings = Settings(cache_dir=tmp_path / "cache", hub_endpoint=hub.address, modelscope_endpoint=hub.address)
    return dataclasses.replace(settings, **changes)


def _content(folder: Path) -> dict[str, bytes]:
    hidden = ("saccade.json", ".lock")
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name not in hidden}


@pytest.mark.parametrize("name", HUBS)
def test_a_model_arrives_whole_and_runs_from_its_folder(tmp_path: Path, name: Any) -> None:
    written = write_checkpoint(tmp_path / "source", "qwen3-vl", shards=2)
    files = {path.name: path.read_bytes() for path in written.folder.iterdir()}
    with running(FakeHub(files)) as served:
        folder = fetch_model(MODEL, _settings(served, tmp_path), hub=name)
    assert _content(folder) == files
    assert load_model(folder, device="cpu").config.family == "qwen3-vl"


@pytest.mark.parametrize("name", HUBS)
def test_plans_and_prompts_need_no_weights(hub: FakeHub, tmp_path: Path, name: Any) -> None:
    settings = _settings(hub, tmp_path)
    assert kept_copy(MODEL, settings, hub=name, weights=False) is None
    folder = fetch_model(MODEL, settings, hub=name, weights=False)
    assert (folder / "config.json").exists() and not hub.asked_for(WEIGHTS)
    assert kept_copy(MODEL, settings, hub=name, weights=False) == folder
    assert kept_copy(MODEL, settings, hub=name) is None
    asked = len(hub.requests)
    assert fetch_model(MODEL, settings, hub=name, weights=False) == folder and len(hub.requests) == asked
    assert fetch_model(MODEL, settings, hub=name) == folder  # only what is missing comes now
    assert len(hub.asked_for(WEIGHTS)) == 1 and len(hub.asked_for("merges.txt")) == 1
    assert kept_copy(MODEL, settings, hub=name) == folder


@pytest.mark.parametrize("name", HUBS)
def test_pickles_code_and_subfolders_stay_away(hub: FakeHub, tmp_path: Path, name: Any) -> None:
    wanted = dict(hub.files)
    hub.files |= {
        "pytorch_model.bin": b"x", "modeling.py": b"x", "README.md": b"x", "onnx/config.json": b"x",
        "../escape.json": b"x", ".hidden.json": b"x", "/abs.json": b"x",
    }  # fmt: skip
    folder = fetch_model(MODEL, _settings(hub, tmp_path), hub=name)
    assert _content(folder) == wanted
    assert not list(tmp_path.rglob("*escape*"))


@pytest.mark.parametrize("name", HUBS)
def test_a_broken_connection_is_taken_up_where_it_broke(hub: FakeHub, tmp_path: Path, name: Any) -> None:
    hub.cuts[WEIGHTS] = [100_000, 50_000]
    folder = fetch_model(MODEL, _settings(hub, tmp_path), hub=name)
    assert _content(folder) == hub.files
    assert hub.asked_for(WEIGHTS) == [None, "bytes=100000-", "bytes=150000-"]


@pytest.mark.parametrize("name", HUBS)
def test_a_later_run_goes_on_where_the_first_gave_up(hub: FakeHub, tmp_path: Path, name: Any) -> None:
    hub.cuts[WEIGHTS] = [120_000, 0, 0, 0, 0, 0, 0, 0]
    with pytest.raises(BadCheckpoint, match=r"stopped at 120000 of 300000 bytes.*same command again"):
        fetch_model(MODEL, _settings(hub, tmp_path), hub=name)
    hub.cuts.clear()
    hub.requests.clear()
    folder = fetch_model(MODEL, _settings(hub, tmp_path), hub=name)
    assert hub.asked_for(WEIGHTS) == ["bytes=120000-"]
    assert _content(folder) == hub.files


def test_a_hub_without_ranges_sends_the_file_anew(hub: FakeHub, tmp_path: Path) -> None:
    hub.cuts[WEIGHTS], hub.ranges = [100_000], False
    assert _content(fetch_model(MODEL, _settings(hub, tmp_path))) == hub.files


@pytest.mark.parametrize("name", HUBS)
@pytest.mark.parametrize("file", [WEIGHTS, "merges.txt"])  # on Hugging Face one has a SHA-256, one git's checksum
def test_a_damaged_file_is_noticed_and_fetched_again(hub: FakeHub, tmp_path: Path, name: Any, file: str) -> None:
    hub.damaged[file] = 1
    assert _content(fetch_model(MODEL, _settings(hub, tmp_path), hub=name)) == hub.files
    assert hub.asked_for(file) == [None, None]


@pytest.mark.parametrize("name", HUBS)
def test_a_file_that_stays_damaged_is_refused_and_not_kept(hub: FakeHub, tmp_path: Path, name: Any) -> None:
    hub.damaged[WEIGHTS] = 99
    with pytest.raises(BadCheckpoint, match=r"model\.safetensors does not match its checksum"):
        fetch_model(MODEL, _settings(hub, tmp_path), hub=name)
    assert not list(tmp_path.rglob(f"{WEIGHTS}*"))


def test_a_busy_hub_is_asked_again_and_a_refusing_one_is_not(hub: FakeHub, tmp_path: Path) -> None:
    hub.statuses = [503, 429]
    assert _content(fetch_model(MODEL, _settings(hub, tmp_path))) == hub.files
    hub.statuses, hub.files[WEIGHTS] = [404] * 9, b"new"
    with pytest.raises(BadCheckpoint, match="the hub answered 404"):
        fetch_model(MODEL, _settings(hub, tmp_path), refresh=True)


@pytest.mark.parametrize("name", HUBS)
def test_a_complete_copy_needs_no_network(hub: FakeHub, tmp_path: Path, name: Any) -> None:
    settings = _settings(hub, tmp_path)
    folder = fetch_model(MODEL, settings, hub=name)
    hub.requests.clear()
    assert fetch_model(MODEL, settings, hub=name) == folder
    assert hub.requests == []


def test_a_refresh_brings_what_changed_and_drops_what_is_gone(hub: FakeHub, tmp_path: Path) -> None:
    settings = _settings(hub, tmp_path)
    fetch_model(MODEL, settings)
    hub.requests.clear()
    hub.files["config.json"] = b'{"new": 1}'
    del hub.files["merges.txt"]
    folder = fetch_model(MODEL, settings, refresh=True)
    assert _content(folder) == hub.files
    assert hub.asked_for(WEIGHTS) == [] and hub.asked_for("config.json") == [None]


def test_an_interrupted_refresh_does_not_pass_for_complete(hub: FakeHub, tmp_path: Path) -> None:
    settings = _settings(hub, tmp_path)
    fetch_model(MODEL, settings)
    hub.files[WEIGHTS], hub.statuses = b"another", [404] * 9
    with pytest.raises(BadCheckpoint):
        fetch_model(MODEL, settings, refresh=True)
    hub.statuses.clear()
    assert _content(fetch_model(MODEL, settings)) == hub.files


def test_revisions_lie_side_by_side(hub: FakeHub, tmp_path: Path) -> None:
    settings = _settings(hub, tmp_path)
    main, pinned = fetch_model(MODEL, settings), fetch_model(MODEL, settings, revision=COMMIT)
    assert main.name == "main" and pinned.name == COMMIT and main.parent == pinned.parent


def test_a_private_model_needs_the_token(hub: FakeHub, tmp_path: Path) -> None:
    hub.token = "hf_secret"
    with pytest.raises(UnknownModel, match="HF_TOKEN") as caught:
        fetch_model(MODEL, _settings(hub, tmp_path, hub_token="hf_wrong"))
    assert "hf_wrong" not in str(caught.value)
    assert fetch_model(MODEL, _settings(hub, tmp_path, hub_token="hf_secret")).is_dir()


def test_progress_counts_up_to_each_file_size(hub: FakeHub, tmp_path: Path) -> None:
    seen: dict[str, list[tuple[int, int]]] = {}
    fetch_model(
        MODEL, _settings(hub, tmp_path), progress=lambda n, done, size: seen.setdefault(n, []).append((done, size))
    )
    assert seen[WEIGHTS][-1] == (300_000, 300_000)
    assert [done for done, _ in seen[WEIGHTS]] == sorted(done for done, _ in seen[WEIGHTS])


def test_a_copy_in_the_other_tools_cache_is_used(hub: FakeHub, tmp_path: Path) -> None:
    repository = tmp_path / "shared" / "models--Qwen--Tiny-VL"
    snapshot = repository / "snapshots" / COMMIT
    write_checkpoint(snapshot, "qwen2-vl")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    assert fetch_model(MODEL, _settings(hub, tmp_path)) == snapshot
    (snapshot / WEIGHTS).unlink()  # not complete any more
    assert fetch_model(MODEL, _settings(hub, tmp_path)) != snapshot


@pytest.mark.parametrize(
    ("source", "options", "words"),
    [
        ("Qwen/Nothing", {}, "has no public model 'Qwen/Nothing'; check the spelling"),
        ("Qwen/Nothing", {"hub": "modelscope"}, "has no public model 'Qwen/Nothing'"),
        ("Qwen/Gated", {}, "only for those who asked for access"),
        (MODEL, {"revision": "v9"}, "has no revision 'v9'"),
        (MODEL, {"revision": "../../x"}, "is not a revision"),
        ("just-a-name", {}, "neither a folder nor a model id"),
        ("../etc/passwd", {}, "neither a folder nor a model id"),
        ("a/../b", {}, "neither a folder nor a model id"),
    ],
)
def test_an_unknown_model_is_said(
    hub: FakeHub, tmp_path: Path, source: str, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(UnknownModel, match=words):
        fetch_model(source, _settings(hub, tmp_path), **options)


def test_weights_in_pickles_alone_are_refused_before_a_download(hub: FakeHub, tmp_path: Path) -> None:
    hub.files = {"config.json": b"{}", "pytorch_model.bin": b"x"}
    with pytest.raises(BadCheckpoint, match="has no safetensors weights"):
        fetch_model(MODEL, _settings(hub, tmp_path))
    assert hub.asked_for("config.json") == []


@pytest.mark.parametrize("name", HUBS)
def test_without_a_network_a_local_folder_is_advised(tmp_path: Path, name: Any) -> None:
    closed = FakeHub(address="http://127.0.0.1:9")  # the discard port: nothing listens
    with pytest.raises(BadCheckpoint, match=r"127\.0\.0\.1 cannot be reached: .*hand a local folder"):
        fetch_model(MODEL, _settings(closed, tmp_path), hub=name)


def test_a_full_disk_is_said_before_the_download(hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = hub_module.shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(hub_module.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(BadCheckpoint, match=r"needs 0\.00 GB on the disk of .* SACCADE_CACHE"):
        fetch_model(MODEL, _settings(hub, tmp_path))
    assert hub.asked_for(WEIGHTS) == []


def test_something_else_than_a_hub_is_noticed(hub: FakeHub, tmp_path: Path) -> None:
    hub.files = {}
    with pytest.raises(BadCheckpoint, match="no safetensors"):
        fetch_model(MODEL, _settings(hub, tmp_path))
