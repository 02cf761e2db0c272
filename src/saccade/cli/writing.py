"""saccade story, summary, picture-prompt: texts about pictures and pages that say what they come from."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from saccade.cli.groups import takes_groups
from saccade.cli.options import DocumentFile, PageOptions, PictureFile, PictureFiles, TaskOptions
from saccade.cli.output import note, plain, show, show_json
from saccade.cli.steps import (
    check_choice,
    finish,
    open_with_document,
    open_with_picture,
    open_with_pictures,
    say_flags,
    say_page,
    say_pages,
)

Language = Annotated[str | None, typer.Option(help="Language of the text, as in German or de.")]


@takes_groups
def story_command(
    files: PictureFiles,
    style: Annotated[str, typer.Option(help="story, report, diary or children.")] = "story",
    length: Annotated[str, typer.Option(help="short, medium or long.")] = "medium",
    language: Language = None,
    *,
    options: TaskOptions,
) -> None:
    """Tell a story, or write a report, over several pictures: each line begins with the pictures it speaks of."""
    check_choice("--style", style, ("story", "report", "diary", "children"))
    check_choice("--length", length, ("short", "medium", "long"))
    way: dict[str, Any] = {"style": style, "length": length, "language": language}
    model, parts = open_with_pictures(files, options)
    result = model.story(parts, **way, **options.sampling)
    if options.as_json:
        show_json(plain(result) | {"text": result.text})
    else:
        show("\n".join([*([result.title] if result.title else []), *map(_marked, result.passages)]))
    if result.left_out:
        note(f"not told of: picture {', '.join(map(str, result.left_out))}")
    say_flags(result.flags)


@takes_groups
def summary_command(
    file: DocumentFile,
    style: Annotated[str, typer.Option(help="plain or bullets.")] = "plain",
    sentences: Annotated[int, typer.Option(min=1, max=50, help="Most sentences.")] = 3,
    language: Language = None,
    kind: Annotated[str, typer.Option(help="page, or chart: computed from its data.")] = "page",
    *,
    pages: PageOptions,
    options: TaskOptions,
) -> None:
    """Say in a few plain sentences what a page or document says; on stderr the pages each comes from."""
    check_choice("--style", style, ("plain", "bullets"))
    check_choice("--kind", kind, ("page", "chart"))
    way: dict[str, Any] = {"style": style, "sentences": sentences, "language": language, "kind": kind}
    model, source = open_with_document(file, pages, options)
    result = model.summary(source, progress=say_page, **way, **asdict(pages), **options.sampling)
    if options.as_json:
        show_json(plain(result) | {"text": result.text})
    else:
        show(result.text)
    if len(result.pages) > 1:
        for number, sentence in enumerate(result.sentences, start=1):
            note(f"sentence {number}: page {', '.join(map(str, sentence.pages)) or 'unknown'}")
    say_pages(result.pages)
    say_flags(result.flags)


@takes_groups
def picture_prompt_command(
    file: PictureFile,
    target: Annotated[str, typer.Option("--for", help="sdxl, flux, midjourney or plain.")] = "sdxl",
    change: Annotated[str | None, typer.Option(help='What is to be different, as in "at night".')] = None,
    *,
    options: TaskOptions,
) -> None:
    """Write the prompt with which an image generator would make such a picture. Saccade itself makes no pictures."""
    check_choice("--for", target, ("sdxl", "flux", "midjourney", "plain"))
    way: dict[str, Any] = {"for_": target, "change": change}
    model, part = open_with_picture(file, options)
    result = model.picture_prompt(part, **way, **options.sampling)
    finish(model, part, result, result.text, options)


def _marked(passage: Any) -> str:
    return f"[{', '.join(map(str, passage.pictures)) or '-'}] {passage.text}"
