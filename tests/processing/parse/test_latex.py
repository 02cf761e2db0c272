"""LaTeX tables."""

# ruff: noqa: E501  (answers as a model writes them)

from __future__ import annotations

import random

import pytest

from saccade.processing.parse.latex import latex_tables, plain_latex
from saccade.processing.parse.tables import read_table, read_tables

EXAMPLE = (
    r"\begin{tabular}{|l|r|} \hline Region & Q1 \\ \hline \multirow{2}{*}{North} & 12 \\ & 14 \\ \hline \end{tabular}"
)


def test_spans_and_head_are_read():
    table = read_table(EXAMPLE)
    assert table.rows == (("Region", "Q1"), ("North", "12"), ("", "14"))
    assert [(cell.text, cell.rowspan, cell.header) for cell in table.cells] == [
        ("Region", 1, True), ("Q1", 1, True), ("North", 2, False), ("12", 1, False), ("14", 1, False),
    ]  # fmt: skip


def test_columns_span_and_both_at_once():
    table = read_table(
        r"\begin{tabular}{lll}\toprule \multicolumn{2}{c}{Sales} & x \\ \cmidrule(lr){1-2}"
        r"\multicolumn{2}{c}{\multirow{2}{*}{both}} & 1 \\ \multicolumn{2}{c}{} & 2 \\ \bottomrule\end{tabular}"
    )
    spans = {cell.text: (cell.row, cell.column, cell.rowspan, cell.colspan) for cell in table.cells}
    assert spans == {
        "Sales": (0, 0, 1, 2),
        "x": (0, 2, 1, 1),
        "both": (1, 0, 2, 2),
        "1": (1, 2, 1, 1),
        "2": (2, 2, 1, 1),
    }


def test_escapes_nested_tables_and_breaks_in_cells():
    table = read_table(
        r"\begin{tabular}{ll} A \& B & 5\,\% \\[2pt] \begin{tabular}{c} in \\ side \end{tabular} & \textbf{10\_x} \\"
        r"\makecell{one \\ two} & $x_{1} \& y$ \\ \end{tabular}"
    )
    assert table.rows[0][0] == "A & B"
    assert table.rows[1] == ("in\nside", "10_x")
    assert table.rows[2][0] == "one\ntwo" and "x_{1}" in table.rows[2][1]


def test_several_tables_and_one_cut_short():
    first, second = read_tables(f"text {EXAMPLE} more \\begin{{tabular}}{{ll}} a & b \\\\ c & ")
    assert first.num_rows == 3 and second.rows[0] == ("a", "b")


@pytest.mark.parametrize("text", ["", r"\begin{tabular}", r"\begin{tabular}{", r"\begin{tabular}{l}\end{tabular}"])
def test_what_holds_no_cell_is_no_table(text: str):
    assert latex_tables(text) == []


def test_nothing_is_ever_raised():
    rng = random.Random(0)
    pieces = [r"\begin{tabular}{ll}", r"\end{tabular}", "&", r"\\", "{", "}", r"\multirow{2}{*}{", r"\multicolumn{9999}{c}",
              r"\hline", "a", r"\&", "\\", "[2pt]", "*", "$"]  # fmt: skip
    for _ in range(2000):
        text = "".join(rng.choice(pieces) for _ in range(rng.randrange(20)))
        latex_tables(text)
        plain_latex(text)
