"""Hostile answers for every reader, and what reading them costs.

`fuzz_input(number)` is always the same for a number: first every seed cut at every byte, then seeds that were mutated,
tokens of the grammars in a heap, short pieces repeated up to thousands of times between a beginning and an end that
make a matcher try again, brackets nested to 10,000, and numbers of up to 10,000 digits. Seeds are the recorded answers
and answers of the bundled model (bundled.json).
"""

from __future__ import annotations

import json
import random
import signal
import time
from bisect import bisect_right
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from saccade.errors import SaccadeError
from saccade.families import FAMILIES
from tests.processing.parse.readers import READERS

LIMIT_S = 0.05  # CPU time per input that all but a few must stay under
_GIVE_UP_S = 20.0
_LONGEST = 40_000  # characters
_DEEPEST = 10_000
_FOLDER = Path(__file__).parent
_NAMES = tuple(READERS["qwen3-vl"])

# Pieces of the grammars, with what may follow them. Every reader meets those of the others too.
_TOKENS = (
    "{", "}", "[", "]", "\"", "'", ":", ",", "，", "“", "”", "\\", "\\\"", "\\u", "\\ud800", "//", "/*", "*/", "#",
    "NaN", "null", "True", "\"bbox_2d\": [1, 2, 3, 4]", "{\"bbox_2d\":", "\"label\": \"a\"", "```", "```json\n",
    "```html\n", "`", "<think>", "</think>", "<", ">", "</", "/>", "=", "<p>", "</p>", "<p data-bbox=\"1 2 3 4\">",
    "<p data-bbox='", "<html><body>", "</body></html>", "<div class='image'>", "<ul>", "<li>", "<table>", "</table>",
    "<tr>", "<td>", "<td rowspan=\"99\" colspan=\"99\">", "<style>", "<!--", "-->", "<!-- Table (1, 2, 3, 4) -->",
    "<!-- image", "<br>", "&amp;", "&#x41;", "&#99999999999;", "<points x1='1' y1='2'", "</points>", "<|box_start|>",
    "<|box_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "(1,2),(3,4)", "(1,2)", "<ref>", "</ref>", "<box>",
    "</box>", "\\begin{tabular}{l}", "\\end{tabular}", "\\begin{tabularx}", "&", "\\\\", "\\hline", "\\cline",
    "\\multirow{2}{*}{", "\\multicolumn{9}{c}{", "\\textbf{", "\\end", "\\begin", "$", "$$", "\\[", "\\]", "\\(",
    "# ", "- ", "1. ", "* ", "|", "|-", "|-|", "---", "![", "](", "[x](y)", ";", "\t", "\n", "\r\n", "\n\n", " ",
    "\u00a0", "\u3000", "00:12", "-", "–", "~", "to ", " and ", "1s ", "12.5 seconds", "<3.0 seconds>", "秒", "٣",
    "1", "9", "1,", "1,111", "1.", ".", "1 ", "e9", "e999", "+", "$1", "%", "k", "Mar 3, 2024", "2024-01-02",
    "3/4/2024", "twelve ", "no ", "<tool_call>", "</tool_call>", "{\"name\": \"f\", \"arguments\": {",
    "<function=f>", "<parameter=a>", "</parameter>", "<code>", "</code>", "✿FUNCTION✿:", "✿ARGS✿:", "✿", "a",
    "word ", "\u0000", "\ud800", "\udc00", "\ufeff", "\u200b", "\u200f", "\u202e", "שלום", "مرحبا", "猫",
    "\ud83d\udc69\u200d\ud83d\ude80", "\u0301", "\u2028", "\u0085", "\u001c", "\uffff", "İ", "ß", "²", "&#",
    "<points ", "<table", "</html", "<html", "does not ", "\\boxed{", "Answer: ", "flowchart TD\n", "A[x] --> B",
    "A", "-->|x|", "subgraph ", "sequenceDiagram\n", "[1] ", "picture 2", "Step 1: ", "= ", "×", "2 + 3 = 5",
    "\\frac{1}{2}", "^", "sqrt(", "3.5-5.1", "< 5.0", "5.4 H", "cm", "**", "_", ". ", "? ", "…",
)  # fmt: skip
_SEEDS_OF_VALUES = (
    ("date", "Invoice of 12 March 2024, due 2024-04-11"), ("date", "le 3 févr. 2023"), ("date", "04.05.99"),
    ("number", "1.234,50 EUR"), ("number", "(1,234.50)"), ("number", "~ 3.2e6 %"),
    ("whole number", "There are twelve."),
    ("numbers of", "(12, 34), (56.5, -78)"), ("latex text", "\\textbf{a \\emph{b}} \\\\ 5\\% of ~ \\$3 {x}"),
    ("latex", "\\begin{longtable}{ll} \\toprule a & \\multicolumn{2}{c}{b} \\\\ \\midrule 1 & 2 \\\\ \\end{longtable}"),
    ("tables", "| a | b |\n|---|:-:|\n| 1 \\| 2 | x<br>y |"), ("tables", 'a;b\n"1; 2";3\n'), ("tables", "a\tb\n1\t2"),
    ("tables", '[["a", "b"], [1, null]]'), ("tables", '[{"a": 1, "b": [2]}, {"a": "x"}]'),
    ("chart", '{"kind": "bar chart", "series": [{"name": "x", "points": {"a": "~1", "b": 2}}]}'),
    ("mermaid", "```mermaid\nflowchart TD\n A([Start]) --> B{\"Paid?\"} -- no --> C & D\n subgraph g [Office]\n end"),
    ("mermaid", "sequenceDiagram\n participant A as Ann\n A->>B: hello\n B-->>A: 5 < 6\n"),
    ("passages", "[1] A dog wakes up.\n\n[2, 3] It runs (picture 2).\n**Picture 4:** It sleeps."),
    ("solution", "<think>3 × 4 = 12</think>\nThe area is 4 cm × 3 cm = 12 cm².\n\\boxed{12}"),
    ("count", "There are no visible cats."), ("absent", "Nothing was found."), ("verdict", "does not match"),
    ("steps", "Step 1: add.\n2. multiply\n- done"), ("sentences", "## One. Two! 三。 **Four**… five?"),
    ("arithmetic", "\\frac{1}{2} + 25% × (3 - 4)^2"), ("check of arithmetic", "Area = 4 cm × 3 cm = 12 cm²"),
    ("quantity", "x = $1,250.50 kg"), ("range", "M: 13.5-17.5 F: 12-15.5 g/dl"), ("measured", "<0.01 H"),
    ("chart", "pie,Sales\nlabel,value\nA,~12 %\nB,1.234,5"),
)  # fmt: skip

_SWAPS = (
    ('"', "'"), ('"', "“"), ("\n", ""), (" ", ""), (",", ""), ("}", ""), (">", ""), ("0", "9" * 40), ("1", "-"),
    ("<", "&lt;"), ("[", "[["),
)  # fmt: skip
_NESTS = (
    ("[", "]"), ('{"a":', "}"), ("[1,", "]"), ("{", "}"), ('[{"a":', "}]"), ("(", ")"), ("<div>", "</div>"), ("{", ""),
    ("<ul><li>", "</li></ul>"), ("<table><tr><td>", "</td></tr></table>"), ("\\textbf{", "}"), ("```\n", "```"),
    ("\\begin{tabular}{l}", "\\end{tabular}"), ("<think>", "</think>"), ("<tool_call>", "</tool_call>"),
    ("<div class='chart'>", "</div>"), ('{"name":"f","arguments":', "}"), ("\\multirow{2}{*}{", "}"), ("2^(", ")"),
    ("\\frac{1}{", "}"), ("\\boxed{", "}"), ("subgraph a\n", "end\n"), ("A --> B[", "]"),
)  # fmt: skip


@cache
def seeds() -> tuple[tuple[str, str], ...]:
    """(reader, answer) of everything that is known to be written."""
    recorded = json.loads((_FOLDER / "recorded.json").read_text("utf-8"))
    bundled = json.loads((_FOLDER / "bundled.json").read_text("utf-8"))
    return tuple((case["reader"], case["text"]) for case in (*recorded, *bundled)) + _SEEDS_OF_VALUES


@cache
def _cuts() -> tuple[int, ...]:
    """How many cuts there are up to and with each seed: one at every byte of its UTF-8."""
    return tuple(accumulate(len(text.encode()) for _, text in seeds()))


def num_cuts() -> int:
    return _cuts()[-1]


def fuzz_input(number: int) -> tuple[str, str, str]:
    """(reader, family, answer) number `number`."""
    if number < num_cuts():
        at = bisect_right(_cuts(), number)
        reader, text = seeds()[at]
        data = text.encode()
        family = tuple(FAMILIES)[number % len(FAMILIES)]
        return reader, family, data[: number - (_cuts()[at] - len(data))].decode("utf-8", "replace")
    rng = random.Random(number)
    reader, seed = rng.choice(seeds())
    make = rng.choices((_mutated, _heap, _repeated, _nested, _digits), (8, 3, 5, 1, 1))[0]
    text = make(seed, rng)
    if make is not _mutated or rng.random() < 0.4:
        reader = rng.choice(_NAMES)
    return reader, rng.choice(tuple(FAMILIES)), text[:_LONGEST]


def _mutated(seed: str, rng: random.Random) -> str:
    text = seed
    for _ in range(rng.randint(1, 6)):
        start, length = rng.randint(0, len(text)), rng.choice((0, 1, 1, 2, 5, 20, 100))
        piece = text[start : start + length]
        match rng.randrange(8):
            case 0:
                text = text[:start] + text[start + length :]
            case 1:
                text = text[:start] + piece * rng.choice((2, 2, 3, 50)) + text[start + length :]
            case 2 | 3:
                text = text[:start] + rng.choice(_TOKENS) + text[start + length :]
            case 4:
                other = rng.choice(seeds())[1]
                text = text[:start] + other[rng.randint(0, len(other)) :][:500]
            case 5:
                text = text.replace(*rng.choice(_SWAPS))
            case 6:
                text = rng.choice(("<think>", "```json\n", "```", "Answer: ", "\ufeff")) + text
            case 7:
                text = text.encode("utf-8", "replace")[: rng.randint(0, len(text))].decode("utf-8", "replace")
    return text


def _heap(_: str, rng: random.Random) -> str:
    chosen = rng.sample(_TOKENS, rng.randint(1, 12))
    return "".join(rng.choices(chosen, k=rng.choice((3, 10, 30, 100, 300))))


def _repeated(seed: str, rng: random.Random) -> str:
    """Something that begins a match, one or two pieces many times, something that ends or spoils it."""
    begin = rng.choice(
        ("", rng.choice(_TOKENS), rng.choice(_TOKENS) + rng.choice(_TOKENS), seed[: rng.randint(0, 200)])
    )
    end = rng.choice(("", "", rng.choice(_TOKENS), "x", "}", "|"))
    text = begin
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        piece = "".join(rng.choices(_TOKENS, k=rng.choice((1, 1, 1, 2, 2, 3, 4))))
        text += piece * _log_uniform(rng, _LONGEST // len(piece))
    return text[: _LONGEST - len(end)] + end


def _nested(_: str, rng: random.Random) -> str:
    opening, closing = rng.choice(_NESTS)
    depth = _log_uniform(rng, min(_DEEPEST, _LONGEST // max(1, len(opening + closing))))
    inside = rng.choice(("", "1", '"bbox_2d": [1, 2, 3, 4]', "text"))
    return opening * depth + inside + closing * rng.choice((depth, depth, depth - 1, 0))


def _digits(seed: str, rng: random.Random) -> str:
    """The seed with its numbers replaced by huge, tiny and odd ones."""
    length = _log_uniform(rng, 10_000)
    number = rng.choice((
        str(rng.randrange(10)) * length, "0." + "3" * length, "1" + ",000" * (length // 9), "1e" + "9" * (length % 10),
        "-0", "٣" * (length % 50 + 1), "１２", "²", "1_000_000", "-" + "9" * 400, "1e-400",
    ))  # fmt: skip
    for digit in "0123456789":
        seed = seed.replace(digit, "\0")
    return seed.replace("\0", number) if rng.random() < 0.7 else number


def _log_uniform(rng: random.Random, largest: int) -> int:
    return round(max(1, largest) ** rng.random())


@dataclass
class Tally:
    """What reading a lot of inputs came to. Times are CPU seconds; `worst` and `slow` hold (seconds, number)."""

    inputs: int = 0
    cuts: int = 0  # of a seed at one of its bytes
    refused: int = 0  # our own error
    characters: int = 0
    longest: int = 0
    seconds: float = 0.0
    failures: list[tuple[int, str]] = field(default_factory=list)
    slow: list[tuple[float, int]] = field(default_factory=list)
    worst: tuple[float, int] = (0.0, -1)

    def add(self, other: Tally) -> None:
        self.inputs += other.inputs
        self.cuts += other.cuts
        self.refused += other.refused
        self.characters += other.characters
        self.longest = max(self.longest, other.longest)
        self.seconds += other.seconds
        self.failures += other.failures
        self.slow += other.slow
        self.worst = max(self.worst, other.worst)

    def figures(self) -> dict[str, Any]:
        """The proof's numbers, with the slowest input in words."""
        reader, family, text = fuzz_input(self.worst[1])
        return {
            "inputs": self.inputs, "readers": len(_NAMES), "seeds": len(seeds()), "cuts_at_every_byte": self.cuts,
            "characters": self.characters, "longest_input_chars": self.longest,
            "answered": self.inputs - self.refused - len(self.failures), "refused_by_our_own_error": self.refused,
            "foreign_exceptions": len(self.failures), "cpu_seconds": round(self.seconds, 1),
            "limit_ms": LIMIT_S * 1000, "over_limit": len(self.slow),
            "under_limit": round(1 - len(self.slow) / self.inputs, 7),
            "worst": {"ms": round(self.worst[0] * 1000, 2), "number": self.worst[1], "reader": reader, "family": family,
                      "characters": len(text), "begins": ascii(text[:80]), "ends": ascii(text[-80:])},
        }  # fmt: skip


def run(numbers: Iterable[int]) -> Tally:
    """Read the inputs of these numbers. A reader that runs away is stopped and counts as a failure."""
    tally = Tally()
    with _stopping_runaways():
        for number in numbers:
            reader, family, text = fuzz_input(number)
            read = READERS[family][reader]
            signal.setitimer(signal.ITIMER_VIRTUAL, _GIVE_UP_S)
            started = time.process_time()
            try:
                read(text)
            except SaccadeError as error:
                tally.refused += 1
                if "\n" in str(error) or len(str(error)) > 1000:
                    tally.failures.append((number, f"{reader}: an error of many lines"))
            except Exception as error:
                tally.failures.append((number, f"{reader}: {error!r:.200}"))
            seconds = time.process_time() - started
            tally.inputs += 1
            tally.cuts += number < num_cuts()
            tally.characters += len(text)
            tally.longest = max(tally.longest, len(text))
            tally.seconds += seconds
            tally.worst = max(tally.worst, (seconds, number))
            if seconds > LIMIT_S:
                tally.slow.append((seconds, number))
    return tally


@contextmanager
def _stopping_runaways() -> Any:
    def stop(*_: object) -> None:
        raise TimeoutError(f"still reading after {_GIVE_UP_S:g} s")

    before = signal.signal(signal.SIGVTALRM, stop)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
