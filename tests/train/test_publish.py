"""Publishing a run: the whole checkpoint, a card that says what it is, and a limit on the weight."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saccade.errors import BadCheckpoint, BadInput
from saccade.models.config import ModelConfig
from saccade.models.vlm import QwenVL
from saccade.models.weights import load_model
from saccade.processing.inputs import Processor
from saccade.synth.heldout import spec
from saccade.train import publish as publishing
from saccade.train.evaluate import Row
from saccade.train.folder import write_folder
from saccade.train.publish import CHECKPOINT_FILES, joined_curve, publish
from tests.train.conftest import micro_recipe

SCORES = [Row("ocr", "CER", 0.05, 0.04, 0.06, 300, "<= 3 %", "ocr")]


@pytest.fixture
def run(micro_folder: Path) -> Path:
    config = ModelConfig.from_json(json.loads((micro_folder / "config.json").read_text()))
    write_folder(micro_folder, QwenVL(config).state_dict())
    micro_recipe().write(micro_folder / "recipe.json")
    lines = [{"step": step, "stage": "all", "minutes": step / 100, "pictures": 30, "pictures_per_s": 50.0,
              "answer": 1.0} for step in range(1, 1001)]  # fmt: skip
    (micro_folder / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (micro_folder / "state.pt").write_bytes(b"not to be published")
    return micro_folder


def test_the_published_folder_is_whole_and_loads(run: Path, tmp_path: Path) -> None:
    target = tmp_path / "assets" / "tiny"
    publish(run, target, SCORES)
    wanted = {*CHECKPOINT_FILES, "recipe.json", "seed", "log.jsonl", "scores.json", "README.md"}
    assert {file.name for file in target.iterdir()} == wanted
    for name in (*CHECKPOINT_FILES, "recipe.json"):
        assert (target / name).read_bytes() == (run / name).read_bytes()
    load_model(target, device="cpu")
    assert Processor.from_folder(target).profile.name == "qwen3-vl"
    assert int((target / "seed").read_text()) == micro_recipe().seed
    scores = json.loads((target / "scores.json").read_text())
    assert scores["rows"][0]["measure"] == "CER" and scores["pictures"].endswith(f"version {spec()['version']}")


def test_the_log_is_thinned_to_its_own_lines(run: Path, tmp_path: Path) -> None:
    publish(run, tmp_path / "tiny")
    lines = (tmp_path / "tiny" / "log.jsonl").read_text().splitlines()
    whole = (run / "log.jsonl").read_text().splitlines()
    assert len(lines) == 400 and set(lines) <= set(whole)
    assert (lines[0], lines[-1]) == (whole[0], whole[-1])


def test_the_card_says_what_it_is_and_what_it_cost(run: Path, tmp_path: Path) -> None:
    publish(run, tmp_path / "tiny", SCORES, machine="two cores of a test")
    card = " ".join((tmp_path / "tiny" / "README.md").read_text().split())
    for part in ("not one of Qwen's models", "What it cannot do", "30,000 pictures", "10 minutes (0.2 hours)",
                 "two cores of a test",
                 str(micro_recipe().seed), "| ocr | CER | 5.0 % | 4.0 % to 6.0 % | 300 | <= 3 % |",
                 "2 vision blocks 32 wide", "2 decoder layers 32 wide", "Qwen3-VL", "The drawn worlds are shapes.",
                 "| 1000 | all | 10 | 30000 |"):  # fmt: skip
        assert part in card, part


def test_a_model_that_was_not_measured_says_so(run: Path, tmp_path: Path) -> None:
    publish(run, tmp_path / "tiny")
    assert "Not measured yet." in (tmp_path / "tiny" / "README.md").read_text()
    assert json.loads((tmp_path / "tiny" / "scores.json").read_text())["rows"] is None


def test_the_logs_of_earlier_runs_count_and_their_repeated_steps_do_not(run: Path, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier"
    earlier.mkdir()
    line = {"stage": "first", "pictures_per_s": 50.0, "answer": 1.0}
    lines = [{**line, "step": -9, "minutes": 2.0, "pictures": 100}, {**line, "step": 5, "minutes": 3.0, "pictures": 70}]
    (earlier / "log.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in lines).rstrip("\n"))
    points = joined_curve([earlier, run])
    assert [point.step for point in points[:3]] == [-9, 1, 2]  # step 5 was done anew
    assert points[-1].pictures == 100 + 30_000 and points[-1].minutes == pytest.approx(13.0)
    with pytest.raises(BadInput, match="there is no log at"):
        joined_curve([tmp_path / "nowhere"])


def test_an_unfinished_run_says_how_far_it_came(run: Path, tmp_path: Path) -> None:
    (run / "log.jsonl").write_text("".join((run / "log.jsonl").read_text().splitlines(keepends=True)[:3]))
    publish(run, tmp_path / "tiny")
    assert "3 of the recipe's 4 steps" in (tmp_path / "tiny" / "README.md").read_text()


def test_a_heavy_folder_is_refused_before_anything_is_written(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert publishing.MOST_BYTES == 40_000_000
    with (run / "model.safetensors").open("r+b") as file:
        file.truncate(40_000_000)
    with pytest.raises(BadCheckpoint, match=r"would weigh 40\.\d MB, at most 40 MB"):
        publish(run, tmp_path / "tiny", SCORES)
    assert not (tmp_path / "tiny").exists()


def test_what_is_no_run_is_refused(run: Path, tmp_path: Path) -> None:
    (run / "tokenizer.json").unlink()
    with pytest.raises(BadCheckpoint, match=r"lacks tokenizer\.json"):
        publish(run, tmp_path / "tiny")
    with pytest.raises(BadInput, match="is the run itself"):
        publish(run, run)
