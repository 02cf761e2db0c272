"""The command `saccade`. `main` is its entry: exit 0, 1 for an error that was said in one line, 2 for wrong usage."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer

from saccade.cli import (
    asking,
    bench,
    cataloguing,
    comparing,
    demo,
    documents,
    exporting,
    extracting,
    looking,
    models,
    picturing,
    planning,
    studying,
    training,
    translating,
    tuning,
    writing,
)
from saccade.cli.output import drop_held_notes, notes_for_warnings
from saccade.errors import BadAnswer, SaccadeError

app = typer.Typer(
    name="saccade",
    help="Qwen-VL models on your own machine, giving back data instead of prose.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command("ask")(asking.ask_command)
app.command("chat")(asking.chat_command)
app.command("caption")(looking.caption_command)
app.command("ocr")(looking.ocr_command)
app.command("detect")(looking.detect_command)
app.command("point")(looking.point_command)
app.command("count")(looking.count_command)
app.command("keypoints")(looking.keypoints_command)
app.command("extract")(extracting.extract_command)
app.command("compare")(comparing.compare_command)
app.command("verify-images")(comparing.verify_images_command)
app.command("translate")(translating.translate_command)
app.command("product")(cataloguing.product_command)
app.command("recognise")(cataloguing.recognise_command)
app.command("design-review")(cataloguing.design_review_command)
app.command("parse")(documents.parse_command)
app.command("tables")(documents.tables_command)
app.command("chart")(documents.chart_command)
app.command("solve")(studying.solve_command)
app.command("report")(studying.report_command)
app.command("diagram")(studying.diagram_command)
app.command("story")(writing.story_command)
app.command("summary")(writing.summary_command)
app.command("picture-prompt")(writing.picture_prompt_command)
app.command("index")(picturing.index_command)
app.command("similar")(picturing.similar_command)
app.command("blur-faces")(picturing.blur_faces_command)
app.command("export")(exporting.export_command)
app.command("tokens")(planning.tokens_command)
app.command("plan")(planning.plan_command)
app.command("inspect")(models.inspect_command)
app.command("verify")(models.verify_command)
app.command("pull")(models.pull_command)
app.command("bench")(bench.bench_command)
app.command("demo")(demo.demo_command)
app.command("eval")(training.eval_command)
app.command("train")(tuning.train_command)


@app.callback(invoke_without_command=True)
def _root(version: bool = typer.Option(False, "--version", help="Show the version.")) -> None:
    if version:
        import saccade

        print(saccade.__version__)
        raise typer.Exit


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and end the process. Every SaccadeError becomes one line on stderr and exit 1."""
    notes_for_warnings()
    drop_held_notes()
    try:
        app(args=None if arguments is None else list(arguments), prog_name="saccade")
    except SaccadeError as error:
        answer = f"; it was {error.raw.strip()[:80]!r}" if isinstance(error, BadAnswer) and error.raw.strip() else ""
        print(f"saccade: error: {error}{answer}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        _flush()


def _flush() -> None:
    """Write out stdout; a reader that went away, as `head` does, is no reason to complain."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # What is left in the buffer must go somewhere, or Python reports it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
