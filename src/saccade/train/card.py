"""The card of the bundled model: `python -m saccade.train.card [EVAL.json ...]`, run in a checkout.

EVAL.json is what `saccade eval --out` wrote, in one file or several with some sets each: its scores and worst answers
go into scores.json beside the weights and into pictures in docs/img. The card itself follows from files alone:
config.json, recipe.json, log.jsonl, seed and scores.json of the model, heldout.json, and the proofs in docs/proofs. It
is written twice: in short as README.md beside the weights, in full as docs/model-card.md.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from saccade.errors import BadCheckpoint, BadInput, SaccadeError
from saccade.models.checkpoint import read_header
from saccade.synth.heldout import set_names, spec
from saccade.train import card_parts as parts
from saccade.train.card_parts import PICTURES, Made
from saccade.train.curve import CurvePoint, read_curve, table
from saccade.train.evaluate import Row
from saccade.train.failures import draw, worst

PROOFS = ("cross_renderer", "lora_tasks")
SPENT = ("minutes", "pictures_seen", "machine", "curve")  # what scores.json keeps from one measurement to the next


def read_made(assets: Path, docs: Path | None = None) -> Made:
    """Everything in the model's folder and in docs/proofs. Raises BadCheckpoint for a folder that is not published."""
    try:
        config, recipe, scores = (
            json.loads((assets / name).read_text("utf-8")) for name in ("config.json", "recipe.json", "scores.json")
        )
        seed = int((assets / "seed").read_text("utf-8"))
        num_bytes = (assets / "model.safetensors").stat().st_size
    except (OSError, ValueError) as error:
        raise BadCheckpoint(f"{assets} is no published model: {error}", hint="publish a run into it first") from error
    files = {} if docs is None else {name: docs / "proofs" / f"{name}.json" for name in PROOFS}
    proofs = {name: json.loads(file.read_text("utf-8")) for name, file in files.items() if file.is_file()}
    count = sum(math.prod(info.shape) for info in read_header(assets / "model.safetensors").values())
    curve = scores.get("curve")
    points = read_curve(assets) if curve is None else [CurvePoint(**entry, line="") for entry in curve]
    return Made(config, recipe, seed, points, scores, count, num_bytes, proofs)


def curve_entry(point: CurvePoint) -> dict[str, Any]:
    """A point as scores.json keeps it: the thinned log beside it does not tell sums."""
    return {"step": point.step, "stage": point.stage, "minutes": round(point.minutes, 1), "pictures": point.pictures,
            "measures": point.measures}  # fmt: skip


def short_card(made: Made) -> str:
    """README.md beside the weights."""
    return _joined(
        "# tiny: the model in the package", parts.intro(made),
        "## What it was trained to do", parts.abilities(made),
        "## What it cannot do", parts.limits(made),
        "## How it was made", parts.origin(made), _curve(made),
        "## Scores", parts.scores(made),
        parts.paragraph("`saccade eval` measures them again. What the held-out sets hold, how hard they are, and the "
                        "worst answers with their pictures stand in docs/model-card.md of the repository."),
    )  # fmt: skip


def full_card(made: Made) -> str:
    """docs/model-card.md."""
    return _joined(
        "# Model card of the bundled model", parts.intro(made),
        "## What it was trained to do", parts.abilities(made),
        "## What it cannot do", parts.limits(made),
        "## Data and compute", parts.origin(made), parts.worlds(made.recipe), parts.heldout_rule(),
        "## Learning curve", _curve(made),
        parts.paragraph("The shares are those of training pictures: characters, things and digits of coordinates named "
                        "right by throw-away heads on the vision tower, tokens of the answers predicted, and how often "
                        "the decoder looks at the cell where the next token stands."),
        "## Scores", parts.scores(made),
        "```sh\nsaccade eval tiny --out EVAL.json            # measures them again\n"
        "python -m saccade.train.card EVAL.json       # writes this card from them\n```",
        "### How hard the held-out sets are", parts.difficulty(made),
        "## Pages of other programs", parts.cross_renderer(made),
        "## Further training", parts.lora(made),
        "## Failures", parts.failures(made),
    )  # fmt: skip


def _curve(made: Made) -> str:
    points = parts.by_stage(made.points)
    return table(points, len(points))


def _joined(*sections: str) -> str:
    return "\n\n".join(sections) + "\n"


def merged(reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Reports over different sets as one. Raises BadInput when they are of two models or ask one set twice."""
    whole: dict[str, Any] = {**reports[0], "rows": [], "answers": {}}
    for report in reports:
        if not {"rows", "answers", "family"} <= set(report):
            raise BadInput("this is not a report of saccade eval", hint="write one with saccade eval --out EVAL.json")
        if any(report.get(key) != whole.get(key) for key in ("model", "family", "heldout_version")):
            raise BadInput(
                "the reports are not of one model and one version of the held-out sets", hint="measure again"
            )
        twice = sorted(set(report["answers"]) & set(whole["answers"]))
        if twice:
            raise BadInput(f"the set {twice[0]!r} is in two reports", hint="give one of them")
        whole["rows"] += report["rows"]
        whole["answers"] |= report["answers"]
    order = {name: place for place, name in enumerate(set_names())}
    whole["rows"].sort(key=lambda row: order.get(row["set"], len(order)))
    whole["answers"] = dict(sorted(whole["answers"].items(), key=lambda pair: order.get(pair[0], len(order))))
    return whole


def take_measurement(report: Mapping[str, Any], assets: Path, docs: Path) -> None:
    """Put the rows and worst answers of a measurement into scores.json, and pictures of the latter into docs/img.

    `report` is what `merged` gives. Raises BadInput when it is of held-out sets of another version.
    """
    if report.get("heldout_version") != spec()["version"]:
        raise BadInput("the report was measured on held-out sets of another version", hint="measure again")
    failures = draw(worst(report), docs / PICTURES, report["family"])
    file = assets / "scores.json"
    before = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    after = {
        "pictures": heldout_name(), **{key: before[key] for key in SPENT if key in before},
        "rows": [asdict(Row(**row)) for row in report["rows"]], "failures": [asdict(failure) for failure in failures],
    }  # fmt: skip
    file.write_text(json.dumps(after, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def heldout_name() -> str:
    """What scores.json says of the pictures that were asked about."""
    return f"saccade held-out sets, version {spec()['version']}"


def write_cards(assets: Path, docs: Path) -> None:
    """Write both cards from what lies in `assets` and `docs`. Raises BadCheckpoint."""
    made = read_made(assets, docs)
    (assets / "README.md").write_text(short_card(made), encoding="utf-8")
    (docs / "model-card.md").write_text(full_card(made), encoding="utf-8")


def main() -> None:
    """Command line of this module."""
    parser = argparse.ArgumentParser(prog="python -m saccade.train.card", description=__doc__)
    parser.add_argument("report", type=Path, nargs="*", help="what saccade eval --out wrote; without it texts alone")
    parser.add_argument("--assets", type=Path, default=Path("src/saccade/assets/tiny"), help="the published model")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="where the full card and its pictures go")
    options = parser.parse_args()
    try:
        if options.report:
            reports = [json.loads(file.read_text("utf-8")) for file in options.report]
            take_measurement(merged(reports), options.assets, options.docs)
        write_cards(options.assets, options.docs)
    except (OSError, ValueError, SaccadeError) as error:
        sys.exit(f"saccade: {error}")


if __name__ == "__main__":
    main()
