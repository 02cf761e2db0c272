"""Edit distance of ordered trees, and TEDS, the similarity of tables built on it.

Zhang and Shasha, "Simple fast algorithms for the editing distance between trees and related problems", SIAM J. Comput.
18 (1989). TEDS (Zhong et al., "Image-based table recognition", arXiv 1911.10683): table, rows and cells are a tree;
inserting or deleting a node costs 1; exchanging costs 1 where tags or spans differ, else the cells' edit distance by
the longer of their texts; TEDS = 1 - distance / nodes of the larger tree. As in the published program the table itself
is not counted among the nodes; head cells count as cells.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from saccade.processing.parse.tables import Table
from saccade.train.metrics import edit_distance, fold


@dataclass(slots=True)
class Tree:
    """A node: what it is, and the nodes below it in order."""

    label: Hashable
    children: list[Tree] = field(default_factory=list)

    @property
    def size(self) -> int:
        """The number of nodes."""
        return 1 + sum(child.size for child in self.children)


def tree_distance(a: Tree, b: Tree, exchange: Callable[[Hashable, Hashable], float]) -> float:
    """Least cost of turning `a` into `b`: inserting and deleting cost 1, another label `exchange(old, new)`."""
    labels_a, left_a, roots_a = _postorder(a)
    labels_b, left_b, roots_b = _postorder(b)
    costs = {(x, y): exchange(x, y) for x in set(labels_a) for y in set(labels_b)}
    distance = [[0.0] * len(labels_b) for _ in labels_a]
    for i in roots_a:
        for j in roots_b:
            _subtrees(i, j, labels_a, labels_b, left_a, left_b, costs, distance)
    return distance[-1][-1]


def _subtrees(
    i: int, j: int, labels_a: list[Hashable], labels_b: list[Hashable], left_a: list[int], left_b: list[int],
    costs: dict[tuple[Hashable, Hashable], float], distance: list[list[float]],
) -> None:  # fmt: skip
    """Distances of all subtrees on the leftmost paths of nodes i and j, from those of smaller ones."""
    start_a, start_b = left_a[i], left_b[j]
    rows, columns = i - start_a + 2, j - start_b + 2
    forest = [[0.0] * columns for _ in range(rows)]
    for row in range(1, rows):
        forest[row][0] = forest[row - 1][0] + 1
    for column in range(1, columns):
        forest[0][column] = forest[0][column - 1] + 1
    for row in range(1, rows):
        x = start_a + row - 1
        above, here, whole_a = forest[row - 1], forest[row], left_a[x] == start_a
        for column in range(1, columns):
            y = start_b + column - 1
            best = min(above[column], here[column - 1]) + 1
            if whole_a and left_b[y] == start_b:
                here[column] = min(best, above[column - 1] + costs[labels_a[x], labels_b[y]])
                distance[x][y] = here[column]
            else:
                here[column] = min(best, forest[left_a[x] - start_a][left_b[y] - start_b] + distance[x][y])


def _postorder(tree: Tree) -> tuple[list[Hashable], list[int], list[int]]:
    """Labels from the leaves up, each node's leftmost leaf, and the nodes that have a left sibling (and the root)."""
    labels: list[Hashable] = []
    left: list[int] = []

    def visit(node: Tree) -> int:
        first = None
        for child in node.children:
            leaf = visit(child)
            first = leaf if first is None else first
        labels.append(node.label)
        left.append(len(labels) - 1 if first is None else first)
        return left[-1]

    visit(tree)
    highest = {leaf: number for number, leaf in enumerate(left)}
    return labels, left, sorted(highest.values())


def teds(wanted: Table, given: Table, *, structure_only: bool = False) -> float:
    """Similarity of two tables, 0 to 1; `structure_only` compares rows, cells and spans alone (TEDS-S)."""
    a, b = _tree(given, structure_only), _tree(wanted, structure_only)
    nodes = max(a.size, b.size) - 1
    return max(0.0, 1.0 - tree_distance(a, b, _exchange) / nodes) if nodes else 1.0


def _tree(table: Table, structure_only: bool) -> Tree:
    rows: dict[int, Tree] = {number: Tree(("tr",)) for number in range(table.num_rows)}
    for cell in table.cells:
        text = "" if structure_only else fold(cell.text)
        rows[cell.row].children.append(Tree(("td", cell.rowspan, cell.colspan, text)))
    return Tree(("table",), list(rows.values()))


def _exchange(a: Hashable, b: Hashable) -> float:
    assert isinstance(a, tuple) and isinstance(b, tuple)
    if a[:3] != b[:3]:
        return 1.0
    if a[0] != "td" or a[3] == b[3]:
        return 0.0
    return edit_distance(a[3], b[3]) / max(len(a[3]), len(b[3]))
