"""The sections of the bundled model's card, each as Markdown from what is known about the model."""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from saccade.errors import BadInput
from saccade.synth.fonts import HELDOUT_FAMILIES, SEEN_FAMILIES
from saccade.synth.heldout import set_names, set_spec, spec
from saccade.train.curve import CurvePoint, thinned
from saccade.train.evaluate import Row
from saccade.train.failures import Failure

PICTURES = "img"  # folder of docs/ that the failures are drawn into
_FAMILIES = {"qwen2_vl": "Qwen2-VL", "qwen2_5_vl": "Qwen2.5-VL", "qwen3_vl": "Qwen3-VL"}
_TASKS = {
    "ocr": "read printed Latin text, lines and paragraphs", "spot": "say where each line of text stands",
    "find": "say where a word stands", "detect": "find things by kind, colour and size, also when there are none",
    "point": "point at things", "click": "click the asked element of a page or dialog",
    "tap": "tap the asked element of a phone screen", "count": "count up to twelve things",
    "extract": "fields of invoices, receipts, forms, cards and tickets as JSON, null for what is not there",
    "tables": "tables as HTML or CSV", "chart": "the values of bar, line and pie charts",
    "parse": "a page as QwenVL HTML with boxes", "verify": "compare two pictures and say why",
    "events": "what happens in a short clip, and when", "moment": "find the moment of an event in a clip",
    "vqa": "short questions about scenes, papers, charts and tables, with a second turn",
    "keypoints": "joints of stick figures", "caption": "one sentence about a simple scene",
    "product": "the fields of a product card",
}  # fmt: skip
_WORLDS = {
    "text": "lines of words, numbers, codes and random strings", "shapes": "plain coloured shapes",
    "paragraphs": "running text and signs, also with accents", "scenes": "shapes, houses, cars, trees, stick figures",
    "charts": "bars, lines, pies", "tables": "tables with and without rules, spanning cells",
    "papers": "invoices, receipts, forms, business cards, tickets, product cards",
    "pages": "pages of headings, paragraphs, lists, tables and figures", "phones": "phone screens",
    "screens": "web pages and dialogs rendered by Chromium", "pairs": "two scenes, or a label and a door",
    "clips": "short clips of things that enter, leave, move and change",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Made:
    """All that a card is written from; `proofs` are the files of docs/proofs by name, `num_bytes` the weights'."""

    config: Mapping[str, Any]
    recipe: Mapping[str, Any]
    seed: int
    points: Sequence[CurvePoint]
    scores: Mapping[str, Any]
    num_parameters: int
    num_bytes: int
    proofs: Mapping[str, Mapping[str, Any]]

    @property
    def rows(self) -> list[Row]:
        return [Row(**row) for row in self.scores.get("rows") or ()]

    @property
    def failures(self) -> list[Failure]:
        return [Failure(**entry) for entry in self.scores.get("failures") or ()]

    @property
    def spent(self) -> tuple[float, int]:
        """Minutes and pictures of the whole training: as published, else as far as the log tells."""
        last = self.points[-1] if self.points else None
        minutes = self.scores.get("minutes", last.minutes if last else 0.0)
        return float(minutes), int(self.scores.get("pictures_seen", last.pictures if last else 0))


def paragraph(text: str) -> str:
    """Running text in lines of at most 120 characters."""
    return textwrap.fill(" ".join(text.split()), 120, break_long_words=False, break_on_hyphens=False)


def intro(made: Made) -> str:
    text = made.config.get("text_config", made.config)
    vision = made.config["vision_config"]
    family = _FAMILIES.get(made.config["model_type"], made.config["model_type"])
    return paragraph(
        "Saccade's own small model, so that everything works offline from the first minute. It has the architecture of "
        f"the {family} family with small numbers ({vision['depth']} vision blocks {vision['hidden_size']} wide, "
        f"{text['num_hidden_layers']} decoder layers {text['hidden_size']} wide, {text['vocab_size']} tokens, "
        f"{made.num_parameters / 1e6:.1f} million parameters, {made.num_bytes / 1e6:.1f} MB in bfloat16) and a "
        "tokenizer of its own. **It is not one of Qwen's models**, holds none of their weights, and its scores say "
        "nothing about theirs and are never set beside them."
    )


def abilities(made: Made) -> str:
    """What it was to learn, and what was measured of each."""
    drawn = ", ".join(sorted(world_shares(made.recipe)))
    head = paragraph(
        "Drawn pictures, pairs of pictures and short silent clips, with questions and answers in the family's own "
        f"forms. The drawn worlds are {drawn}."
    )
    by_set: dict[str, list[str]] = {}
    for row in made.rows:
        if row.target:
            state = "reached" if reached(row) else "not reached"
            by_set.setdefault(row.set, []).append(f"{row.measure} {_shown(row)} ({row.target} {state})")
    lines = [f"- {_TASKS.get(name, name)}: {'; '.join(told)}" for name, told in by_set.items()]
    return "\n".join([head, "", *lines]).strip()


def limits(made: Made) -> str:
    text = paragraph(
        "Everything else. It has never seen a photograph, handwriting, a filmed video or a script other than Latin, "
        "and no picture that was not drawn or rendered by a program. It knows nothing about the world, does not "
        "converse, reason, translate or follow free instructions. It sees pictures at the size of 640 x 640 pixels at "
        "most; letters whose x is lower than 8 pixels there were never taught. It exists for demonstrations, tests and "
        "teaching, not for work on real pictures; for that, load a published checkpoint."
    )
    missed = [row for row in made.rows if row.target and not reached(row)]
    if not missed:
        return text
    names = ", ".join(f"{row.set} ({row.measure})" for row in missed)
    short = f"Of what it was trained to do it falls short of the target in {len(missed)} measures: {names}."
    return f"{text}\n\n{paragraph(short)}"


def origin(made: Made) -> str:
    planned = sum(stage["steps"] for stage in made.recipe["stages"])
    done = made.points[-1].step if made.points else 0
    length = f"{done} steps" if done >= planned else f"{done} of the recipe's {planned} steps"
    minutes, pictures = made.spent
    return paragraph(
        "All training data are pictures drawn by Saccade with exact answers: no photograph, no text from the web, no "
        "output of another model, nobody's data. Every picture follows from the seed "
        f"({made.seed}), `recipe.json` and the installed typefaces. Training took {length}, {pictures:,} pictures and "
        f"{minutes:.0f} minutes ({minutes / 60:.1f} hours) on {made.scores.get('machine') or 'CPU cores'}, from random "
        "weights. `log.jsonl` beside the weights is the log, thinned."
    )


def worlds(recipe: Mapping[str, Any]) -> str:
    """A table of how much of what was drawn."""
    lines = ["| world | share of the draws | what it draws |", "|---|---|---|"]
    for name, share in world_shares(recipe).items():
        lines.append(f"| {name} | {100 * share:.1f} % | {_WORLDS.get(name, '')} |")
    return "\n".join(lines)


def world_shares(recipe: Mapping[str, Any]) -> dict[str, float]:
    """How often each world is drawn over all steps, largest first; a canvas takes only what fits on it."""
    total: dict[str, float] = {}
    for stage in recipe["stages"]:
        looking = stage.get("looking")
        for part, steps in ((stage, 1 / 3), (looking, 2 / 3)) if looking else ((stage, 1.0),):
            for rows, columns in part["sizes"]:
                fitting = [mix for mix in part["mixes"] if _fits(mix, rows * columns)]
                whole = sum(mix["weight"] for mix in fitting)
                for mix in fitting:
                    share = stage["steps"] * steps / len(part["sizes"]) * mix["weight"] / whole
                    total[mix["world"]] = total.get(mix["world"], 0.0) + share
    everything = sum(total.values())
    return {name: share / everything for name, share in sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))}


def _fits(mix: Mapping[str, Any], cells: int) -> bool:
    low, high = mix.get("cells", (1, cells))
    return bool(low <= cells <= high)


def heldout_rule() -> str:
    return paragraph(
        "The held-out sets are fixed by a file (`src/saccade/synth/heldout.json`, "
        f"version {spec()['version']}, seed {spec()['seed']}): {_plain(spec()['about'])}. Text is set in "
        f"{len(HELDOUT_FAMILIES)} families of typefaces that training never uses (it uses {len(SEEN_FAMILIES)}; the "
        "held-out ones come with the package). Training and held-out pictures come from disjoint seeds. The file was "
        "committed before the decoder's training; the code that draws still changed in small ways during the second "
        "edition's training, and the browser pages were rendered during it, none of them trained on."
    )


def by_stage(points: Sequence[CurvePoint], most: int = 3) -> list[CurvePoint]:
    """At most `most` points of every stage, in the order of their steps."""
    stages: dict[str, list[CurvePoint]] = {}
    for point in points:
        stages.setdefault(point.stage, []).append(point)
    chosen = [point for each in stages.values() for point in thinned(each, most)]
    return sorted(chosen, key=lambda point: point.step)


# --- scores ----------------------------------------------------------------------------------------------------------


def reached(row: Row) -> bool:
    """Whether a score meets its target, such as "<= 3 %", ">= 90 %" or "100 %". Raises BadInput for another form."""
    match = re.fullmatch(r"(<=|>=)?\s*([\d.]+)\s*(%?)", row.target.strip())
    if match is None:
        raise BadInput(f"the target {row.target!r} cannot be read", hint='write it as ">= 90 %"')
    wanted = float(match[2]) / (100 if match[3] else 1)
    return row.value <= wanted if match[1] == "<=" else row.value >= wanted


def _shown(row: Row, value: float | None = None) -> str:
    value = row.value if value is None else value
    counts = row.measure in ("MAE", "false boxes per absent question")
    return f"{value:.2f}" if counts else f"{100 * value:.1f} %"


def score_line(row: Row, *, with_task: bool) -> str:
    """One line of the table of scores."""
    measure = f"{row.task}: {row.measure}" if with_task else row.measure
    state = "" if not row.target else "yes" if reached(row) else "no"
    interval = f"{_shown(row, row.low)} to {_shown(row, row.high)}"
    return f"| {row.set} | {measure} | {_shown(row)} | {interval} | {row.n} | {row.target} | {state} |"


def score_lines(rows: Sequence[Row]) -> Iterator[str]:
    """Two tables: measures with a target, then all others."""
    tasks: dict[str, set[str]] = {}
    for row in rows:
        tasks.setdefault(row.set, set()).add(row.task)
    for wanted in (True, False):
        chosen = [row for row in rows if bool(row.target) is wanted]
        if chosen:
            yield "| set | measure | score | 95 % interval | n | target | reached |\n|---|---|---|---|---|---|---|"
            yield from (score_line(row, with_task=len(tasks[row.set]) > 1) for row in chosen)
            yield ""


def scores(made: Made) -> str:
    if not made.rows:
        return "Not measured yet."
    head = paragraph(
        "Held-out drawn pictures, never trained on, in typefaces and, but for plain lines of "
        "text, layouts, names and wordings that training never used; greedy decoding, 95 % bootstrap intervals. First "
        "what has a target, then the rest."
    )
    return "\n".join([head, "", *score_lines(made.rows)]).rstrip()


def difficulty(made: Made) -> str:
    asked = [name for name in dict.fromkeys(row.set for row in made.rows) if name in set_names()] or set_names()
    lines = ["| set | samples | what is in it |", "|---|---|---|"]
    lines += [f"| {name} | {set_spec(name)['n']} | {set_spec(name)['difficulty']} |" for name in asked]
    return "\n".join(lines)


# --- proofs and failures ---------------------------------------------------------------------------------------------


def cross_renderer(made: Made) -> str:
    head = paragraph(
        "Reading pieces of 200 pages that no renderer of the training pictures made: documents of LibreOffice Writer "
        "and manual pages set by groff, both through PDF and PDFium; x-height 8-30 px, one to ten lines."
    )
    run = "```sh\npython -m pytest -m slow tests/proofs/test_cross_renderer.py\n```"
    proof = made.proofs.get("cross_renderer")
    if proof is None:
        return f"{head}\n\nNot measured yet.\n\n{run}"
    lines = ["| pages | measure | score | 95 % interval | n | target |", "|---|---|---|---|---|---|"]
    named = [("all", row, proof["target"] if row["measure"] == "CER" else "") for row in proof["rows"]]
    named += [(name, row, "") for name, row in proof["parts"].items()]
    for name, row, target in named:
        interval = f"{100 * row['low']:.1f} % to {100 * row['high']:.1f} %"
        lines.append(f"| {name} | {row['measure']} | {100 * row['value']:.1f} % | {interval} | {row['n']} | {target} |")
    return "\n".join([head, "", *lines, "", run])


def lora(made: Made) -> str:
    head = paragraph(
        "A LoRA adapter trained with `saccade train --lora` on 200 rows of something that training never showed, "
        "beside drawn rows of old tasks so that these are not forgotten, and asked about 200 others before and "
        "after: fields of a courier's label without field names (`label`), things with stripes (`striped`), a "
        "date in the form of air tickets (`date`). What other tasks lose is counted in points on the first "
        "questions of four held-out sets."
    )
    run = "```sh\npython -m tests.proofs.lora_tasks.run label        # or striped, date\n```"
    proof = made.proofs.get("lora_tasks")
    if proof is None:
        return f"{head}\n\nNot measured yet.\n\n{run}"
    lines = ["| task | measure | before | after | gained | training | others lose |", "|---|---|---|---|---|---|---|"]
    for name, task in proof["tasks"].items():
        before, after = (f"{100 * task[when]['value']:.1f} %" for when in ("before", "after"))
        others = ", ".join(f"{other} {points:+.1f}" for other, points in task["others_points_lost"].items())
        lines.append(
            f"| {name} | {task['after']['measure']} | {before} | {after} | {task['points_gained']:.1f} points | "
            f"{task['train_seconds'] / 60:.1f} min | {others} |"
        )
    return "\n".join([head, "", *lines, "", f"Asked for: {_plain(proof['target'])}.", "", run])


def failures(made: Made) -> str:
    if not made.failures:
        return "Not collected yet."
    head = paragraph(
        "The worst answers of each set, by the measure that its task is judged by. Where a question is about places, "
        "the true ones are green and the answered ones orange; coordinates are thousandths of the sides."
    )
    lines = [head, "", "| picture | set and question | wanted | answered |", "|---|---|---|---|"]
    for failure in made.failures:
        lines.append(
            f"| ![{failure.set}]({PICTURES}/{failure.picture}) | {failure.set} {failure.index}, {failure.measure} "
            f"{100 * failure.score:.0f} %: {_cell(failure.prompt, 110)} | {_cell(failure.truth)} | "
            f"{_cell(failure.answer)} |"
        )
    return "\n".join(lines)


def _cell(text: str, most: int = 170) -> str:
    """A text as a cell of a table: on one line, nothing in it read as Markdown or HTML, cut where it is long."""
    flat = " ".join(text.split())
    flat = flat if len(flat) <= most else f"{flat[: most - 3].rstrip()}..."
    return "(nothing)" if not flat else re.sub(r"([|\\`*_\[\]~])", r"\\\1", html.escape(flat, quote=False))


def _plain(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
