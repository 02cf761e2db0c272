r"""LaTeX `tabular` environments as rows of cells with spans; the notation of tables in QwenVL Markdown.

Read are `&`, `\\`, \multicolumn{n}{..}{text}, \multirow{n}{..}{text} in either nesting, rules, escaped signs and the
usual font commands; a `tabular` inside a cell is text. A text that ends in the middle keeps what is complete. Nothing
is ever raised.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

MAX_SPAN = 100  # rows or columns; a larger span is noise

_BEGIN = re.compile(r"\\begin\s*\{(tabularx?\*?|longtable|array)\}")
_END = re.compile(r"\\end\s*\{(?:tabularx?\*?|longtable|array)\}")
_BEGIN_OR_END = re.compile(rf"(?P<begin>{_BEGIN.pattern})|{_END.pattern}")
_BEGIN_INSIDE = re.compile(_BEGIN.pattern + r"(?:\s*\{[^{}]{0,40}\})?")
_RULES = re.compile(
    r"\\(?:hline|toprule|midrule|bottomrule|endhead|endfirsthead|endfoot|centering)(?![A-Za-z])"
    r"|\\c(?:line|midrule)\s{0,9}(?:\([^)]{0,9}\)\s{0,9})?\{[^{}]{0,20}\}"
)
_FULL_RULE = re.compile(r"\\(?:hline|midrule|toprule|bottomrule)(?![A-Za-z])")
_FONTS = re.compile(
    r"\\(?:textbf|textit|texttt|emph|underline|text|mathrm|mathbf|makecell|shortstack|thead)\s*\{([^{}]*)\}"
)
_ESCAPED = re.compile(r"\\([&%$#_{}])")
_SIGNS = {r"\textbackslash": "\\", r"\textasciitilde": "~", r"\textasciicircum": "^", "~": " ", r"\ ": " "}
_OPENING, _BRACE = re.compile(r"\s*\{"), re.compile(r"(?<!\\)[{}]")
_DIGITS = re.compile(r"\s*(\d{1,4})\s*")
_SPLIT = re.compile(
    r"\\\\(?:\s*\[[^\]]{0,12}\])?|\\tabularnewline(?![A-Za-z])|&|\\[&%$#_{}\\]|[{}]|\\(?:begin|end)\s*\{[a-z*]+\}"
)
_MOST_FONTS = 8  # commands inside commands


@dataclass(frozen=True, slots=True)
class LatexCell:
    """A written cell; one that a span above covers is written too, as an empty one."""

    text: str
    rowspan: int = 1
    colspan: int = 1
    header: bool = False


def latex_tables(text: str) -> list[list[list[LatexCell]]]:
    """The rows of every outermost tabular environment of `text`, in order."""
    tables = []
    for body in _bodies(text):
        rows = _read_rows(body)
        if rows:
            tables.append(rows)
    return tables


def has_latex_table(text: str) -> bool:
    return _BEGIN.search(text) is not None


def latex_end(text: str, start: int) -> int:
    """Where the environment that begins at or behind `start` ends; the end of the text when it never does."""
    depth = 0
    for mark in _BEGIN_OR_END.finditer(text, start):
        depth += 1 if mark["begin"] else -1
        if depth <= 0:
            return mark.end()
    return len(text)


def _bodies(text: str) -> Iterator[str]:
    position = 0
    while (begin := _BEGIN.search(text, position)) is not None:
        position = latex_end(text, begin.start())
        inside = text[begin.end() : position]
        last = None
        for last in _END.finditer(inside):  # noqa: B007  # the last one closes this environment
            pass
        complete = last is not None and last.end() == len(inside)
        inside = inside[: last.start()] if complete and last is not None else inside
        groups = 2 if begin[1].startswith("tabularx") or begin[1].endswith("*") else 1
        yield _without_groups(inside, groups)


def _without_groups(text: str, count: int) -> str:
    """`text` without its first `count` groups in braces (width, columns) and an option in brackets."""
    text = re.sub(r"\A\s*\[[^\]]{0,9}\]", "", text)
    for _ in range(count):
        group = _group(text, 0)
        if group is None:
            return text
        text = text[group[1] :]
    return text


def _group(text: str, start: int) -> tuple[str, int] | None:
    """The content of the group in braces at `start` (behind white space) and where it ends."""
    opening = _OPENING.match(text, start)
    if opening is None:
        return None
    depth = 1
    for brace in _BRACE.finditer(text, opening.end()):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return text[opening.end() : brace.start()], brace.end()
    return None


def _read_rows(body: str) -> list[list[LatexCell]]:
    pieces: list[list[list[str]]] = [[[]]]  # of every cell of every row
    depth = position = 0
    for match in _SPLIT.finditer(body):
        pieces[-1][-1].append(body[position : match.start()])
        position, token = match.end(), match[0]
        if token in ("{", "}"):
            depth = max(0, depth + (1 if token == "{" else -1))
        elif token.startswith(("\\begin", "\\end")):
            depth = max(0, depth + (1 if token.startswith("\\begin") else -1))
        if depth == 0 and token == "&":
            pieces[-1].append([])
        elif depth == 0 and token.startswith(("\\\\", "\\tabularnewline")):
            pieces.append([[]])
        else:
            pieces[-1][-1].append(token)
    pieces[-1][-1].append(body[position:])
    written = [["".join(cell) for cell in row] for row in pieces]
    ruled = [bool(_FULL_RULE.search(row[0])) for row in written]  # a rule stands before the row that it begins
    rows = [[_cell(cell) for cell in row] for row in written]
    kept = [index for index, row in enumerate(rows) if len(row) > 1 or row[0].text]
    if len(kept) > 1 and ruled[kept[1]] and not all(ruled[index] for index in kept[2:3]):
        rows[kept[0]] = [replace(cell, header=True) for cell in rows[kept[0]]]
    return [rows[index] for index in kept]


def _cell(written: str) -> LatexCell:
    text, rowspan, colspan = _RULES.sub(" ", written).strip(), 1, 1
    for _ in range(2):  # one inside the other, in either order
        for name in ("multicolumn", "multirow"):
            start = text.find("\\" + name)
            if start < 0:
                continue
            groups: list[str] = []
            position = start + len(name) + 1
            while len(groups) < 3 and (group := _group(text, position)) is not None:
                groups.append(group[0])
                position = group[1]
                skipped = re.compile(r"\s*(?:\*|\[[^\]]{0,9}\])").match(text, position)
                if name == "multirow" and len(groups) == 1 and skipped is not None:
                    position = skipped.end()  # \multirow{2}*{text}
                    groups += ["*"] if skipped[0].strip() == "*" else []
            digits = _DIGITS.fullmatch(groups[0]) if groups else None
            span = min(max(int(digits[1]), 1), MAX_SPAN) if digits else 1
            if name == "multicolumn":
                colspan = max(colspan, span)
            else:
                rowspan = max(rowspan, span)
            text = text[:start] + (groups[2] if len(groups) == 3 else "") + text[position:]
    return LatexCell(plain_latex(text), rowspan, colspan)


def plain_latex(text: str) -> str:
    """The text of a cell: fonts, rules and escapes undone; formulas in dollars stay as they are."""
    text = _BEGIN_INSIDE.sub(" ", _END.sub(" ", text))
    for _ in range(_MOST_FONTS):
        text, count = _FONTS.subn(r"\1", text)
        if not count:
            break
    text = text.replace("\\\\", "\n").replace(r"\newline", "\n")
    for sign, meant in _SIGNS.items():
        text = text.replace(sign, meant)
    if "$" not in text.replace("\\$", ""):
        text = re.sub(r"(?<!\\)[{}]", "", text)
    text = _ESCAPED.sub(r"\1", text)
    return "\n".join(line for line in (" ".join(part.split()) for part in text.split("\n")) if line)
