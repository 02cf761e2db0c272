"""Tree edit distance and TEDS against cases counted by hand and a plain recursion."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache

import numpy as np
import pytest

from saccade.processing.parse.tables import Table, read_table
from saccade.train.scoring.trees import Tree, teds, tree_distance

Written = tuple[str, tuple["Written", ...]]  # a tree as (label, children)


def tree(written: Written) -> Tree:
    return Tree(written[0], [tree(child) for child in written[1]])


def parse(text: str) -> Written:
    """f(a b(c)) as a tree of one-letter labels."""
    stack: list[list[Written]] = [[]]
    for char in text:
        if char == "(":
            stack.append([])
        elif char == ")":
            children = tuple(stack.pop())
            stack[-1][-1] = (stack[-1][-1][0], children)
        elif char != " ":
            stack[-1].append((char, ()))
    return stack[0][0]


def differs(a: Hashable, b: Hashable) -> float:
    return float(a != b)


@cache
def plain_distance(a: tuple[Written, ...], b: tuple[Written, ...]) -> float:
    """Distance of two forests by the recursion over their last trees, as the paper defines it."""
    if not a or not b:
        return float(sum(size(one) for one in (*a, *b)))
    (label_a, inner_a), (label_b, inner_b) = a[-1], b[-1]
    return min(
        plain_distance(a[:-1] + inner_a, b) + 1,
        plain_distance(a, b[:-1] + inner_b) + 1,
        plain_distance(a[:-1], b[:-1]) + plain_distance(inner_a, inner_b) + differs(label_a, label_b),
    )


def size(written: Written) -> int:
    return 1 + sum(size(child) for child in written[1])


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        ("f", "f", 0), ("f", "g", 1), ("f(a)", "f", 1), ("f(a b)", "f(b a)", 2), ("f(a b)", "f(a c b)", 1),
        ("f(d(a c(b)) e)", "f(c(d(a b)) e)", 2),  # the example of Zhang and Shasha
        ("a(b(c d))", "a(c d)", 1), ("a(b c)", "a(b(c))", 2),
    ],
)  # fmt: skip
def test_distances_counted_by_hand(a: str, b: str, distance: float) -> None:
    assert tree_distance(tree(parse(a)), tree(parse(b)), differs) == distance


def random_tree(rng: np.random.Generator, nodes: int) -> Written:
    children: list[Written] = []
    left = nodes - 1
    while left > 0:
        share = int(rng.integers(1, left + 1))
        children.append(random_tree(rng, share))
        left -= share
    return ("abc"[int(rng.integers(3))], tuple(children))


def test_distances_are_those_of_the_plain_recursion() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        a, b = (random_tree(rng, int(rng.integers(1, 8))) for _ in range(2))
        found = tree_distance(tree(a), tree(b), differs)
        assert found == plain_distance((a,), (b,)) == tree_distance(tree(b), tree(a), differs)


ROWS = [["Region", "Q1"], ["North", "12"], ["South", "14"]]  # 3 rows and 6 cells: 9 nodes


def test_teds_counted_by_hand() -> None:
    wanted = Table.from_rows(ROWS)
    assert teds(wanted, wanted) == 1
    assert teds(wanted, Table.from_rows(ROWS[:2])) == pytest.approx(1 - 3 / 9)  # a row and two cells are missing
    one_letter = [["Region", "Q1"], ["North", "12"], ["South", "15"]]
    assert teds(wanted, Table.from_rows(one_letter)) == pytest.approx(1 - 0.5 / 9)  # half of one cell's text
    assert teds(wanted, Table.from_rows([*ROWS, ["East", "1"]])) == pytest.approx(1 - 3 / 12)
    assert teds(wanted, Table.from_rows([["Region", ""], *ROWS[1:]])) == pytest.approx(1 - 1 / 9)
    assert teds(wanted, Table(())) == 0
    assert teds(Table(()), Table(())) == 1


def test_structure_alone_forgives_texts_and_spans_count_in_both() -> None:
    wanted = Table.from_rows(ROWS)
    assert teds(wanted, Table.from_rows([["x", "y"]] * 3), structure_only=True) == 1
    spanning = read_table('<table><tr><td colspan="2">Region</td></tr><tr><td>North</td><td>12</td></tr></table>')
    narrow = read_table("<table><tr><td>Region</td></tr><tr><td>North</td><td>12</td></tr></table>")
    for structure_only in (False, True):
        assert teds(spanning, narrow, structure_only=structure_only) == pytest.approx(1 - 1 / 5)


def test_head_cells_and_sections_are_cells_and_rows() -> None:
    plain = "<table><tr><td>a</td></tr><tr><td>b</td></tr></table>"
    headed = "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>"
    assert teds(read_table(plain), read_table(headed)) == 1
