"""saccade solve, report, diagram: problems, reports and charts of boxes and arrows, as data that is checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saccade.cli.extracting import named_schema
from saccade.cli.groups import takes_groups
from saccade.cli.options import DocumentFile, Draw, PageOptions, PictureFile, TaskOptions
from saccade.cli.output import note, plain, show, show_json, write_picture
from saccade.cli.steps import (
    check_choice,
    draw_pages,
    open_with_document,
    open_with_picture,
    open_with_pictures,
    result_object,
    say_flags,
    say_pages,
)

if TYPE_CHECKING:
    from saccade.tasks import ExamAnswer, LabResult, Score, Solution

_DIAGRAM_FORMATS = ("mermaid", "dot", "text")


@takes_groups
def solve_command(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="One or more pictures.")],
    question: Annotated[str | None, typer.Option("--question", "-q", help="Which problem, or more about it.")] = None,
    answer: Annotated[str, typer.Option(help="text, number or choice.")] = "text",
    choice: Annotated[
        list[str] | None, typer.Option("--choice", help="A text to choose from; give two or more of them.")
    ] = None,
    schema: Annotated[
        str | None, typer.Option(metavar="FILE", help="A JSON schema that the answer follows, instead of --answer.")
    ] = None,
    steps: Annotated[bool, typer.Option("--steps", help="Print the reasoning, a line for each step, first.")] = False,
    *,
    options: TaskOptions,
) -> None:
    """Solve the problem in a picture: the answer alone on stdout; what was computed again on stderr."""
    check_choice("--answer", answer, ("text", "number", "choice"))
    if schema is not None and (choice or answer != "text"):
        raise typer.BadParameter("--schema goes without --answer and --choice")
    want = answer if schema is None else named_schema(schema)
    model, parts = open_with_pictures(files, options, least=1)
    result = model.solve(parts, question, answer=want, choices=choice or None, **options.sampling)
    if options.as_json:
        show_json(plain(result) | {"answer": answer_object(result.answer)})
    else:
        show("\n".join([*(result.steps if steps else ()), _answer_line(result)]))
    if result.check is not None:
        agrees = "agrees" if result.check.agrees else "DISAGREES"
        note(f"computed again: {result.check.expression} = {result.check.value:.15g}, {agrees}")
    say_flags(result.flags)


def _answer_line(result: Solution) -> str:
    if isinstance(result.answer, float):
        return f"{result.answer:.15g} {result.unit}".rstrip()
    return result.answer if isinstance(result.answer, str) else result.text


def answer_object(answer: Any) -> Any:
    """An answer for JSON: the fields of a pydantic object, anything else as it is."""
    dump = getattr(answer, "model_dump", None)
    return plain(answer if dump is None else dump(mode="json"))


@takes_groups
def report_command(
    file: DocumentFile,
    kind: Annotated[str, typer.Option(help="exam, lab or medical.")],
    boxes: Annotated[bool, typer.Option("--boxes", help="Also find where each value stands.")] = False,
    draw: Draw = None,
    *,
    pages: PageOptions,
    options: TaskOptions,
) -> None:
    """Read a marked exam sheet, a laboratory report or another medical report, and check what can be computed.

    A line for each question or value; of a medical report its fields, and a disclaimer on stderr.
    """
    check_choice("--kind", kind, ("exam", "lab", "medical"))
    way: Any = kind
    model, source = open_with_document(file, pages, options)
    result = model.report(source, way, boxes=boxes or draw is not None, **asdict(pages), **options.sampling)
    if draw is not None:
        draw_pages(model, source, result, draw, pages.password)
    if options.as_json:
        show_json(plain(result))
    elif kind == "exam":
        score = [] if result.score is None else [_score_line(result.score)]
        show("\n".join([*map(_exam_line, result.questions), *score]))
    elif kind == "lab":
        show("\n".join(map(_lab_line, result.values)))
    else:
        show("\n".join(f"{name}: {_short(field.value)}" for name, field in result.fields.items() if field.value))
    for issue in result.issues:
        note(f"issue: {issue}")
    if result.disclaimer:
        note(result.disclaimer)
    say_pages(result.pages)
    say_flags(result.flags)


@takes_groups
def diagram_command(
    file: PictureFile,
    to: Annotated[str, typer.Option("--to", help="mermaid, dot or text (a line for each node and arrow).")] = "mermaid",
    draw: Draw = None,
    *,
    options: TaskOptions,
) -> None:
    """Turn a flow chart or another diagram into Mermaid, DOT or a list; --draw also finds where each box stands."""
    check_choice("--to", to, _DIAGRAM_FORMATS)
    model, part = open_with_picture(file, options)
    result = model.diagram(part, boxes=draw is not None, **options.sampling)
    lines = [
        *(f"{node.id}: {_short(node.text)} ({node.shape})" for node in result.nodes),
        *(f"{e.source} -> {e.target}{f': {_short(e.label)}' if e.label else ''}" for e in result.edges),
    ]
    if draw is not None:
        write_picture(model.draw(part.source, result), draw)
    if options.as_json:
        show_json(result_object(result, mermaid=result.mermaid(), dot=result.dot()))
    else:
        ways: dict[str, Callable[[], str]] = {
            "mermaid": result.mermaid, "dot": result.dot, "text": lambda: "\n".join(lines),
        }  # fmt: skip
        show(ways[to]().rstrip("\n"))
    say_flags(result.flags)


def _exam_line(one: ExamAnswer) -> str:
    points = (
        "" if one.points is None else f" {one.points:g}" + ("" if one.max_points is None else f"/{one.max_points:g}")
    )
    computed = "" if one.computed is None else f" (computed: {'right' if one.computed else 'wrong'})"
    return f"{one.number or '-'}: {one.verdict}{points} {_short(one.student_answer)}{computed}".rstrip()


def _points(points: float | None, most: float | None) -> str:
    return "-" if points is None else f"{points:g}" + ("" if most is None else f"/{most:g}")


def _score_line(score: Score) -> str:
    fits = {True: "they agree", False: "they DIFFER", None: "cannot be compared"}[score.agrees]
    printed, summed = _points(score.printed, score.printed_max), _points(score.summed, score.summed_max)
    return f"score: printed {printed}, summed {summed}, {fits}; {score.num_right} of {score.num_questions} right"


def _lab_line(one: LabResult) -> str:
    within = f" ({one.reference_range})" if one.reference_range else ""
    return f"{one.name or '-'}: {f'{one.value} {one.unit}'.strip() or '-'}{within} {one.level}"


def _short(value: Any) -> str:
    return " ".join(str(value).split())
