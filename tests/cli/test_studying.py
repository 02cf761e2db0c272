"""saccade solve, report and diagram."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

LAB = json.dumps({"values": [{"name": "K", "value": "5.4", "unit": "mmol/L", "reference_range": "3.5-5.1"}]})
EXAM = json.dumps({
    "questions": [{"number": "1", "question": "7 × 8 =", "student_answer": "54", "mark": "right", "points": 2,
                   "max_points": 2}],
    "score": 2,
})  # fmt: skip
CHART = "flowchart TD\nA[Start] -- go --> B{Ok?}"


def test_solve_prints_the_answer_alone_and_says_what_was_computed(run: Run, answers, picture: Path):
    answers(*["1. 3 × 4 = 12\n2. done\n\\boxed{12 \\text{ cm}}"] * 2, "Answer: B", 'Answer: {"street": "Elm"}')
    outcome = run("solve", str(picture), "--answer", "number")
    assert outcome.out == "12 cm\n" and "computed again: 3 * 4 = 12, agrees" in outcome.err
    assert run("solve", str(picture), "--answer", "number", "--steps").out == "3 × 4 = 12\ndone\n12 cm\n"
    choice = ("--choice", "red", "--choice", "blue", "--json")
    assert json.loads(run("solve", str(picture), *choice).out)["answer"] == "blue"


def test_solve_takes_a_schema(run: Run, answers, picture: Path, tmp_path: Path):
    answers(*['Answer: {"street": "Elm"}'] * 2)
    schema = tmp_path / "place.json"
    schema.write_text('{"type": "object", "properties": {"street": {"type": "string"}}}')
    assert run("solve", str(picture), "--schema", str(schema)).out == '{"street": "Elm"}\n'
    assert json.loads(run("solve", str(picture), "--schema", str(schema), "--json").out)["answer"] == {"street": "Elm"}


def test_a_laboratory_report_comes_with_its_disclaimer(run: Run, answers, picture: Path):
    answers(LAB, LAB)
    outcome = run("report", str(picture), "--kind", "lab")
    assert outcome.out == "K: 5.4 mmol/L (3.5-5.1) high\n"
    assert "This is no medical advice and no diagnosis" in outcome.err
    entry = json.loads(run("report", str(picture), "--kind", "lab", "--json").out)
    assert entry["values"][0]["level"] == "high" and "no medical advice" in entry["disclaimer"]


def test_an_exam_is_printed_question_by_question_with_its_score(run: Run, answers, picture: Path):
    answers(EXAM)
    outcome = run("report", str(picture), "--kind", "exam")
    assert outcome.out == (
        "1: right 2/2 54 (computed: wrong)\nscore: printed 2, summed 2/2, they agree; 1 of 1 right\n"
    )
    assert "flags: mark-differs" in outcome.err and "advice" not in outcome.err


def test_a_medical_report_is_printed_field_by_field(run: Run, answers, picture: Path):
    answers('{"patient": "J. Doe", "impression": "Normal\\nchest."}')
    outcome = run("report", str(picture), "--kind", "medical")
    assert outcome.out == "patient: J. Doe\nimpression: Normal chest.\n" and "no diagnosis" in outcome.err


def test_a_diagram_is_written_in_three_ways_and_drawn(run: Run, answers, picture: Path, tmp_path: Path):
    lines = '[{"bbox_2d": [100, 100, 300, 200], "text_content": "Start"}]'
    answers(CHART, CHART, CHART, CHART, lines)
    assert run("diagram", str(picture)).out == ('flowchart TD\n    A["Start"]\n    B{"Ok?"}\n    A -->|"go"| B\n')
    assert run("diagram", str(picture), "--to", "text").out == "A: Start (rectangle)\nB: Ok? (diamond)\nA -> B: go\n"
    assert run("diagram", str(picture), "--to", "dot").out.startswith("digraph {\n")
    entry = json.loads(run("diagram", str(picture), "--json", "--draw", str(tmp_path / "out.png")).out)
    assert entry["nodes"][0]["box"]["x0"] == 20 and entry["mermaid"].startswith("flowchart")
    assert (tmp_path / "out.png").is_file()


@pytest.mark.parametrize(
    "arguments",
    [("solve",), ("report",), ("diagram", "--to", "poem"), ("report", "--kind", "poem"), ("solve", "--answer", "poem"),
     ("solve", "--answer", "number", "--schema", "x.json")],
)  # fmt: skip
def test_wrong_usage(run: Run, picture: Path, arguments: tuple[str, ...]):
    files = () if arguments == ("solve",) else (str(picture),)
    assert run(*arguments, *files).code == 2


def test_an_answer_that_cannot_be_read_is_one_line(run: Run, answers, picture: Path):
    answers("It is blue.", "Still blue.")
    outcome = run("solve", str(picture), "--answer", "number")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "saccade: error: the answer 'Still blue.' is no number; it was 'Still blue.'\n"
