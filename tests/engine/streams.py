"""Made-up answers for the loop guard: a hundred that loop and five hundred tables with many equal cells."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator

_PIECE = re.compile(r"[0-9]| ?[^\W\d_]{1,7}| ?[^\w\s]{1,3}\n?|\n{1,2}|[ \t]+\n|\s+(?!\S)|\s|_{1,4}|.", re.S)

_PROSE = """the picture shows a small red car next to an old house with two windows and one door while people walk
along the street in front of shops that sell bread coffee flowers and newspapers on a quiet morning"""
_WORDS = _PROSE.split()
_LABELS = ("car", "person", "chair", "window", "traffic light", "bottle")
_FILLERS = ("0", "-", "", "N/A", "0.00", "yes", "1", "0%", "—", "null", "x", "12")


def pieces(text: str) -> list[str]:
    """The text in pieces about the size of a checkpoint's tokens: digits alone, words with their space."""
    return _PIECE.findall(text)


def _sentence(rng: random.Random, low: int = 5, high: int = 14) -> str:
    return " ".join(rng.choice(_WORDS) for _ in range(rng.randint(low, high))).capitalize() + "."


def _box(rng: random.Random) -> list[int]:
    x, y = rng.randint(0, 800), rng.randint(0, 800)
    return [x, y, x + rng.randint(5, 199), y + rng.randint(5, 199)]


def _record(rng: random.Random, box: list[int], label: str, *, pretty: bool = False) -> str:
    text = json.dumps({"bbox_2d": box, "label": label})
    return "\n\t" + text + "," if pretty else text + ", "


def _html_row(cells: list[str], mark: str = "td", gap: str = "") -> str:
    return f"<tr>{gap}" + gap.join(f"<{mark}>{cell}</{mark}>" for cell in cells) + f"{gap}</tr>\n"


def _markdown_row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"


def looping_answers(seed: int = 1, per_kind: int = 4) -> Iterator[tuple[str, str, str]]:
    """(kind, what comes before the loop, one long loop): 25 kinds, `per_kind` answers each."""
    rng = random.Random(seed)
    for turn in range(per_kind):
        prose = " ".join(_sentence(rng) for _ in range(rng.randint(0, 4)))
        sentence, label, box = _sentence(rng), rng.choice(_LABELS), _box(rng)
        rows = "".join(_markdown_row([rng.choice(_WORDS), str(rng.randint(0, 99)), "-"]) for _ in range(3))
        boxes = "```json\n[" + "".join(_record(rng, _box(rng), label, pretty=True) for _ in range(3))
        columns = rng.randint(2, 4)
        yield "one character", prose, rng.choice("!._-=*0aA") * 9000
        yield "line ends", prose, "\n" * 9000
        yield "one word", prose, (" " + rng.choice(_WORDS)) * 600
        yield "phrase", prose, (", " + " ".join(rng.sample(_WORDS, 3))) * 250
        yield "sentence", prose, (" " + sentence) * 100
        yield "two sentences", prose, f" {_sentence(rng)} {sentence}" * 60
        yield "paragraph", prose, ("\n\n" + " ".join(_sentence(rng, 8, 10) for _ in range(4))) * 30
        yield "line", prose, ("\n" + sentence) * 100
        yield "the same box", boxes, _record(rng, box, label, pretty=True) * 60
        yield "the same box in one line", "[", _record(rng, box, label) * 60
        yield "box tokens", "", f"<|box_start|>({box[0]},{box[1]}),({box[2]},{box[3]})<|box_end|>" * 60
        yield "digits", prose, " " + str(rng.randint(0, 9)) * 900
        yield "periodic digits", "0.", str(rng.randint(10**5, 10**6)) * 200
        yield "numbered yes", prose, "".join(f"{i}. {label}\n" for i in range(1, 300))
        yield "numbered sentence", prose, "".join(f"\nStep {i}: {sentence}" for i in range(1, 100))
        yield "counting", "The numbers are ", "".join(f"{i}, " for i in range(turn, 300))
        yield "box without end", '{"bbox_2d": [', "".join(f"{i}, " for i in range(0, 9000, 10 * (turn + 1)))
        yield "zeros without end", '{"values": [', "0, " * 300
        yield "sliding box", boxes, "".join(_record(rng, [v + 10 * i for v in box], label) for i in range(60))
        yield "empty cells", "<table><tr><th>A</th><th>B</th></tr><tr>", "<td></td>" * 300
        yield "row without end", rows, "| " + f"{turn} | " * 300
        yield "the same row", rows, _markdown_row(rng.sample(_WORDS, columns + 1)) * 60
        yield "empty rows", rows, _markdown_row([""] * columns) * 200
        yield (
            "located paragraph",
            "<html><body>",
            f'<p data-bbox="{box[0]} {box[1]} {box[2]} {box[3]}">{sentence}</p>' * 60,
        )
        yield "another script", "图中", "我不知道这是什么意思，" * 100


def table_answers(seed: int = 2, count: int = 500) -> Iterator[tuple[str, str]]:
    """(kind, answer): tables, lists and box lists with many equal cells, of up to 20 rows by 8 columns or 60 boxes."""
    rng = random.Random(seed)
    kinds = (_html, _markdown, _latex, _csv, _spaced, _json_records, _json_matrix, _json_boxes, _json_arrays)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        yield kind.__name__.strip("_"), kind(rng)


def _grid(rng: random.Random) -> list[list[str]]:
    """Rows of cells: all equal, mostly equal, numbered, labelled, or two kinds of rows by turns."""
    rows, columns = rng.randint(2, 20), rng.randint(2, 8)
    filler, style = rng.choice(_FILLERS), rng.choice(("all", "most", "numbered", "labelled", "turns", "years"))
    grid = [[filler] * columns for _ in range(rows)]
    other = rng.choice(_FILLERS)
    for i, row in enumerate(grid):
        if style == "most":
            row[:] = [other if rng.random() < 0.15 else cell for cell in row]
        elif style == "numbered":
            row[0] = str(i + 1)
        elif style == "years":
            row[0] = str(1990 + i)
        elif style == "labelled":
            row[0] = rng.choice(_WORDS)
        elif style == "turns" and i % 2:
            row[:] = [other] * columns
    return grid


def _header(rng: random.Random, grid: list[list[str]]) -> list[str]:
    return [rng.choice(_WORDS) for _ in grid[0]]


def _html(rng: random.Random) -> str:
    grid = _grid(rng)
    gap = rng.choice(("", "", "\n", "\n  "))
    head = _html_row(_header(rng, grid), "th", gap) if rng.random() < 0.7 else ""
    return "<table>\n" + head + "".join(_html_row(row, gap=gap) for row in grid) + "</table>"


def _markdown(rng: random.Random) -> str:
    grid = _grid(rng)
    return _markdown_row(_header(rng, grid)) + _markdown_row(["---"] * len(grid[0])) + "".join(map(_markdown_row, grid))


def _latex(rng: random.Random) -> str:
    rows = "".join(" & ".join(row) + " \\\\\n" + rng.choice(("", "\\hline\n")) for row in _grid(rng))
    return "\\begin{tabular}{lll}\n" + rows + "\\end{tabular}"


def _csv(rng: random.Random) -> str:
    grid = _grid(rng)
    separator = rng.choice((",", ";", "\t", ", "))
    return "\n".join(separator.join(row) for row in [_header(rng, grid), *grid])


def _spaced(rng: random.Random) -> str:
    grid = [[cell or "." for cell in row] for row in _grid(rng)]
    return "\n".join("   ".join(row) for row in grid if len(row) > 2)


def _json_records(rng: random.Random) -> str:
    grid = _grid(rng)
    keys = [f"{word}{i}" for i, word in enumerate(_header(rng, grid))]
    rows = [dict(zip(keys, row, strict=True)) for row in grid]
    return json.dumps({"rows": rows}, indent=rng.choice((None, 2)))


def _json_matrix(rng: random.Random) -> str:
    grid: list[list[object]] = [[int(c) if c.isdigit() else c for c in row] for row in _grid(rng)]
    if rng.random() < 0.5:
        return json.dumps(grid)
    return "[\n" + ",\n".join("  " + json.dumps(row) for row in grid) + "\n]"


def _json_arrays(rng: random.Random) -> str:
    length = rng.randint(5, 40)
    start = rng.choice((0, 1, 1980, 2000))
    values = rng.choice(([0] * length, [1.5] * length, [rng.choice((0, 0, 0, 1)) for _ in range(length)]))
    return json.dumps({"x": list(range(start, start + length)), "y": values, "z": [""] * length})


def _json_boxes(rng: random.Random) -> str:
    label, style, indent = (
        rng.choice(_LABELS),
        rng.choice(("near", "row", "lines", "grid")),
        rng.choice((None, 0, "\t")),
    )
    box, found = _box(rng), []
    for i in range(rng.randint(10, 60)):
        x, y = (i % 12, i // 12)
        if style == "near":
            now = [v + rng.randint(-3, 3) for v in box]
        elif style == "row":
            now = [20 * i, box[1], 20 * i + 15, box[3]]
        elif style == "lines":
            now = [box[0], 16 * i, box[2], 16 * i + 12]
        else:
            now = [80 * x, 60 * y, 80 * x + 70, 60 * y + 50]
        found.append({"bbox_2d": now, "label": label if rng.random() < 0.9 else f"{label} {i}"})
    if indent is None and rng.random() < 0.7:
        return "```json\n[\n" + ",\n".join("\t" + json.dumps(item) for item in found) + "\n]\n```"
    return json.dumps(found, indent=indent)
