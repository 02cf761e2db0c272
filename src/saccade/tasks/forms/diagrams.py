"""A diagram as code: Mermaid (mermaid.js.org) and DOT (graphviz.org), valid whatever its texts hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from saccade.processing.parse.flowchart import BRACKETS, ParsedEdge, ParsedNode

DIRECTIONS = ("TD", "LR", "BT", "RL")
_MERMAID_BRACKETS = {shape: (opening, closing) for opening, closing, shape in BRACKETS}
_DOT_SHAPES = {
    "rectangle": "box", "rounded": "box", "stadium": "oval", "subroutine": "box", "cylinder": "cylinder",
    "circle": "circle", "double circle": "doublecircle", "flag": "cds", "diamond": "diamond", "hexagon": "hexagon",
    "parallelogram": "parallelogram", "parallelogram alt": "parallelogram", "trapezoid": "trapezium",
    "trapezoid alt": "invtrapezium",
}  # fmt: skip
_DOT_STYLES = {"solid": "", "dotted": "dashed", "thick": "bold", "invisible": "invis"}
_ARROWS = {  # (line, arrow): the link
    ("solid", "end"): "-->", ("solid", "both"): "<-->", ("solid", "none"): "---",
    ("dotted", "end"): "-.->", ("dotted", "both"): "<-.->", ("dotted", "none"): "-.-",
    ("thick", "end"): "==>", ("thick", "both"): "<==>", ("thick", "none"): "===",
}  # fmt: skip
_PLAIN_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_RESERVED = frozenset((
    "end", "graph", "flowchart", "subgraph", "style", "class", "classdef", "click", "linkstyle", "default", "direction",
    "node", "edge", "strict", "digraph", "call", "href", "title",
))  # fmt: skip
# As numbers where Mermaid itself would read the sign; "#" first, for it begins all others.
_ESCAPES = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;", "\\": "#92;"}


def mermaid_code(direction: str, nodes: Sequence[ParsedNode], edges: Sequence[ParsedEdge]) -> str:
    """A flow chart: every text quoted and escaped, every id plain and used once.

    Of two nodes with one id the second gets a new one; links go to the first. A link to an id that no node has makes a
    node of that name.
    """
    nodes, names = _named(nodes, edges)
    lines = [f"flowchart {direction if direction in DIRECTIONS else 'TD'}"]
    groups = list(dict.fromkeys(node.group for node in nodes))
    for number, group in enumerate(groups):
        indent = "    " if not group else "        "
        lines += [] if not group else [f'    subgraph group{number}["{_title(group)}"]']
        lines += [f"{indent}{name}{_shaped(node)}" for node, name in zip(nodes, names, strict=True)
                  if node.group == group]  # fmt: skip
        lines += [] if not group else ["    end"]
    ids = _first_names(nodes, names)
    lines += [f"    {ids[edge.source]} {_link(edge)} {ids[edge.target]}" for edge in edges]
    return "\n".join(lines) + "\n"


def dot_code(direction: str, nodes: Sequence[ParsedNode], edges: Sequence[ParsedEdge]) -> str:
    """The same as a directed graph for Graphviz."""
    nodes, names = _named(nodes, edges)
    rank = {"TD": "TB"}.get(direction, direction) if direction in DIRECTIONS else "TB"
    lines = ["digraph {", f"    rankdir={rank}"]
    for group_number, group in enumerate(dict.fromkeys(node.group for node in nodes)):
        indent = "    " if not group else "        "
        lines += [] if not group else [f"    subgraph cluster{group_number} {{", f"        label={_quoted(group)}"]
        for node, name in zip(nodes, names, strict=True):
            if node.group == group:
                style = ", style=rounded" if node.shape == "rounded" else ""
                shape = _DOT_SHAPES.get(node.shape, "box")
                lines.append(f"{indent}{_quoted(name)} [label={_quoted(node.text)}, shape={shape}{style}]")
        lines += [] if not group else ["    }"]
    ids = _first_names(nodes, names)
    for edge in edges:
        told = [f"label={_quoted(edge.label)}"] if edge.label else []
        style = _DOT_STYLES.get(edge.line, "")
        told += [f"style={style}"] if style else []
        told += [] if edge.arrow == "end" else [f"dir={'both' if edge.arrow == 'both' else 'none'}"]
        more = f" [{', '.join(told)}]" if told else ""
        lines.append(f"    {_quoted(ids[edge.source])} -> {_quoted(ids[edge.target])}{more}")
    return "\n".join([*lines, "}"]) + "\n"


def _named(nodes: Sequence[ParsedNode], edges: Sequence[ParsedEdge]) -> tuple[list[ParsedNode], list[str]]:
    """All nodes, those that only links name included, and for each the id it is written with."""
    known = {node.id for node in nodes}
    ends = dict.fromkeys(end for edge in edges for end in (edge.source, edge.target))
    every = [*nodes, *(ParsedNode(end, end) for end in ends if end not in known)]
    # Ids that can stay as they are keep theirs, so that a made-up one never takes their place.
    names: dict[int, str] = {}
    taken: set[str] = set()
    for at, node in enumerate(every):
        if _is_plain(node.id) and node.id not in taken:
            names[at] = node.id
            taken.add(node.id)
    for at in range(len(every)):
        if at not in names:
            number = at + 1
            while f"n{number}" in taken:
                number += 1
            names[at] = f"n{number}"
            taken.add(names[at])
    return every, [names[at] for at in range(len(every))]


def _first_names(nodes: Iterable[ParsedNode], names: Iterable[str]) -> Mapping[str, str]:
    ids: dict[str, str] = {}
    for node, name in zip(nodes, names, strict=True):
        ids.setdefault(node.id, name)
    return ids


def _is_plain(name: str) -> bool:
    return _PLAIN_ID.fullmatch(name) is not None and name.casefold() not in _RESERVED and not name.startswith("group")


def _shaped(node: ParsedNode) -> str:
    opening, closing = _MERMAID_BRACKETS.get(node.shape, ("[", "]"))
    return f'{opening}"{_escaped(node.text) or " "}"{closing}'


def _title(group: str) -> str:
    return _escaped(group) or " "  # Mermaid takes no empty one


def _link(edge: ParsedEdge) -> str:
    if edge.line == "invisible":
        return "~~~"
    line = edge.line if edge.line in ("dotted", "thick") else "solid"
    arrow = _ARROWS[line, edge.arrow if edge.arrow in ("both", "none") else "end"]
    return f'{arrow}|"{_escaped(edge.label)}"|' if edge.label.strip() else arrow


def _escaped(text: str) -> str:
    lines = [" ".join(line.split()) for line in text.strip().splitlines()]
    return "<br/>".join("".join(_ESCAPES.get(sign, sign) for sign in line) for line in lines)


def _quoted(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "\\n".join(" ".join(line.split()) for line in plain.strip().splitlines()) + '"'
