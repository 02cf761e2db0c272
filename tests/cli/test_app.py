"""The entry: exit codes, one line per error, quick help."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import saccade
from saccade.cli.app import app, main
from saccade.errors import BadAnswer
from tests.cli.conftest import Run

ROOT = Path(__file__).parents[2]
COMMANDS = {"ask", "chat", "caption", "ocr", "detect", "point", "count", "keypoints", "extract", "parse", "tables",
            "chart", "compare", "verify-images", "export", "pull", "demo", "plan", "tokens", "inspect", "verify",
            "eval", "train", "bench", "translate", "product", "recognise", "design-review", "index", "similar",
            "blur-faces", "solve", "report",
            "diagram", "story", "summary", "picture-prompt"}  # fmt: skip


def process(
    *arguments: str, code: str = "from saccade.cli.app import main; main()"
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, timeout=60,
        env={"PYTHONPATH": str(ROOT / "src"), "HOME": "/nonexistent"},
    )  # fmt: skip


def test_every_command_is_there_with_a_sentence_and_json(run: Run):
    names = {command.name for command in app.registered_commands}
    assert names == COMMANDS
    for name in sorted(COMMANDS):
        outcome = run(name, "--help")
        assert outcome.code == 0
        assert "--json" in outcome.out, name


def test_a_said_error_is_one_line_and_exit_1():
    done = process("ask", "missing.png", "What?")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "saccade: error: there is no file 'missing.png'; check the path\n"


@pytest.mark.parametrize("arguments", [("nonsense",), ("tokens",), ("tokens", "--what"), ("count", "a.png")])
def test_wrong_usage_is_exit_2(run: Run, arguments: tuple[str, ...]):
    outcome = run(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert "Traceback" not in outcome.err


def test_help_and_tokens_load_neither_torch_nor_more_than_they_need():
    code = (
        "import sys\nfrom saccade.cli.app import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "print(*sorted({'torch', 'transformers', 'av', 'httpx'} & set(sys.modules)), file=sys.stderr)"
    )
    for arguments in (("--help",), ("tokens", "1080x1920", "--family", "qwen2-vl"), ("plan", "--size", "Qwen2-VL-2B",
                      "--prompt", "Hi"), ("inspect", "Qwen2-VL-2B")):  # fmt: skip
        done = process(*arguments, code=code)
        assert done.returncode == 0, done.stderr
        assert done.stderr.strip() == "", arguments


def test_the_version_is_told(run: Run):
    assert run("--version").out.strip() == saccade.__version__


def test_a_reader_that_goes_away_is_no_error():
    code = (
        "import subprocess, sys\n"
        "many = ['100x100'] * 5000\n"
        "run = [sys.executable, '-c', 'from saccade.cli.app import main; main()', 'tokens', '--family', 'qwen2-vl']\n"
        "one = subprocess.Popen([*run, *many], stdout=subprocess.PIPE, stderr=subprocess.PIPE)\n"
        "one.stdout.readline(); one.stdout.close()\n"
        "sys.stderr.write(one.stderr.read().decode())"
    )
    assert process(code=code).stderr == ""


def test_an_interrupt_ends_without_a_traceback(run: Run, monkeypatch: pytest.MonkeyPatch):
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("saccade.inspect.describe.describe", interrupt)
    outcome = run("inspect", "tiny")
    assert outcome.code == 130
    assert "Traceback" not in outcome.err


def test_an_answer_that_cannot_be_read_is_shown_in_short(run: Run, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object, **__: object) -> None:
        raise BadAnswer("the answer holds no boxes", raw="sorry\n" * 100)

    monkeypatch.setattr("saccade.inspect.describe.describe", fail)
    outcome = run("inspect", "tiny")
    assert outcome.code == 1
    assert outcome.err.startswith("saccade: error: the answer holds no boxes; it was 'sorry\\nsorry")
    assert len(outcome.err.splitlines()) == 1


def test_warnings_become_notes(run: Run, monkeypatch: pytest.MonkeyPatch):
    def warn(*_: object, **__: object) -> None:
        warnings.warn("mind\nthe gap", stacklevel=1)
        raise BadAnswer("x")

    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)  # put back at the end
    monkeypatch.setattr("saccade.inspect.describe.describe", warn)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert "saccade: mind the gap\n" in run("inspect", "tiny").err


def test_main_takes_the_arguments_of_the_process(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(sys, "argv", ["saccade", "tokens", "28x28", "--family", "qwen2-vl"])
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    assert "4 tokens" in capsys.readouterr().out


def test_the_page_about_the_commands_is_up_to_date():
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "make_cli_docs.py"), "--check"], capture_output=True, text=True,
        check=False, env={"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
