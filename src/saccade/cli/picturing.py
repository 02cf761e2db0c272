"""saccade index, similar, blur-faces: work on pictures themselves rather than on what a model says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from saccade.cli.groups import takes_groups
from saccade.cli.options import Json, ModelOptions, PictureFile
from saccade.cli.output import check_place, note, plain, show, show_json
from saccade.cli.sources import checked_picture
from saccade.cli.steps import check_choice, say_flags, say_page
from saccade.errors import BadInput
from saccade.settings import Settings

IndexFolder = Annotated[Path, typer.Argument(metavar="INDEX", help="The folder of an index.")]


@takes_groups
def index_command(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Pictures, and folders of pictures.")],
    into: Annotated[
        Path, typer.Option("--into", metavar="INDEX", help="The index's folder; made, or brought up to date.")
    ],
    as_json: Json = False,
    *,
    options: ModelOptions,
) -> None:
    """Put pictures into an index, to search for similar ones; again later, only what is new or changed is looked at.

    Pictures whose files are gone are taken out. One that cannot be read is said and costs only itself.
    """
    from saccade.tasks.similarity import PictureIndex

    model = options.open(Settings.from_env())
    known = (into / "index.json").is_file()
    index = PictureIndex.load(into, model) if known else PictureIndex(model)
    gone = index.forget_missing()
    done = [index.add(file, progress=say_page) for file in files]
    index.save(into)
    counts = {kind: sum(len(getattr(one, kind)) for one in done) for kind in ("new", "changed", "unchanged")}
    failed = {name: why for one in done for name, why in one.failed.items()}
    if as_json:
        show_json({"index": str(into), "pictures": len(index), **counts, "gone": list(gone), "failed": failed})
    else:
        said = ", ".join(f"{number} {kind}" for kind, number in {**counts, "gone": len(gone)}.items() if number)
        show(f"{len(index)} pictures in {into} ({said or 'nothing to do'})")
    for why in failed.values():
        note(f"left out: {why}")


@takes_groups
def similar_command(
    index: IndexFolder,
    file: Annotated[str | None, typer.Argument(metavar="[FILE]", help="The picture to look for.")] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="How many pictures to show.")] = 10,
    duplicates: Annotated[
        bool, typer.Option("--duplicates", help="Groups of pictures that are alike instead.")
    ] = False,
    threshold: Annotated[
        float | None, typer.Option(min=-1, max=1, help="Cosine from which two pictures are alike. Default: 0.97.")
    ] = None,
    as_json: Json = False,
    *,
    options: ModelOptions,
) -> None:
    """Find the pictures of an index that are most like FILE: a line each, cosine and path, "=" for the same pixels."""
    from saccade.tasks.similarity import ALIKE, PictureIndex

    if (file is None) == (not duplicates):
        raise typer.BadParameter("give FILE or --duplicates, one of the two")
    if threshold is not None and not duplicates:
        raise typer.BadParameter("--threshold goes with --duplicates")
    settings = Settings.from_env()
    part = None if file is None else checked_picture(file, settings)
    opened = PictureIndex.load(index, options.open(settings))
    if part is not None:
        hits = opened.search(part, k)
        if as_json:
            show_json({"index": str(index), "hits": plain(hits)})
        else:
            show("\n".join(f"{'=' if hit.exact else ' '} {hit.score:.4f} {hit.name}" for hit in hits))
        return
    least = ALIKE if threshold is None else threshold
    groups = opened.groups(least)
    if as_json:
        pairs = plain(opened.duplicates(least))
        show_json({"index": str(index), "threshold": least, "groups": plain(groups), "pairs": pairs})
    else:
        show("\n\n".join("\n".join(names) for names in groups))
        note(f"{len(groups)} groups")


@takes_groups
def blur_faces_command(
    file: PictureFile,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="OUT.png", help="Where the copy goes.", callback=check_place)
    ],
    boxes: Annotated[
        Path | None, typer.Option(help="Faces from a file that `saccade export` reads, instead of the model's.")
    ] = None,
    method: Annotated[str, typer.Option(help="pixelate, blur or fill (one colour).")] = "pixelate",
    margin: Annotated[float, typer.Option(min=0, max=10, help="Of a face's sides, hidden around it as well.")] = 0.25,
    as_json: Json = False,
    *,
    options: ModelOptions,
) -> None:
    """Write a copy of a picture with its faces hidden, without metadata: one line per region, x0 y0 x1 y1."""
    from saccade.tasks.blur_faces import blur_faces

    check_choice("--method", method, ("pixelate", "blur", "fill"))
    settings = Settings.from_env()
    part = checked_picture(file, settings)
    way: dict[str, Any] = {"method": method, "margin": margin}
    if boxes is not None:
        result = blur_faces(None, part, boxes=_boxes_in(boxes), **way)
    else:
        result = blur_faces(options.open(settings), part, **way)
    result.save(out)
    note(f"wrote {out}")
    if as_json:
        regions = plain(result.boxes)
        show_json({"out": str(out), "boxes": regions, "image_size": plain(result.image_size), "flags": result.flags})
    else:
        show("\n".join(f"{box.x0:g} {box.y0:g} {box.x1:g} {box.y1:g}" for box in result.boxes))
    say_flags(result.flags)


def _boxes_in(path: Path) -> tuple[Any, ...]:
    from saccade.export import load

    pictures = load(path).pictures
    if len(pictures) != 1:
        raise BadInput(f"{path.name!r} is about {len(pictures)} pictures", hint="give the boxes of one picture")
    return pictures[0].boxes
