"""Flow charts and other diagrams as data: nodes and edges, and from there as Mermaid or DOT.

    chart = diagram(model, "process.png", boxes=True)
    chart.nodes[0].text, chart.edges[0].label, chart.mermaid(), chart.dot()

The model is asked for Mermaid, which is read with tolerance and written anew, so that what comes out is valid whatever
came in. Places come from a second reading of the picture, line by line, in which each text is looked up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from saccade.errors import BadAnswer
from saccade.export.results import Exportable
from saccade.processing.parse.flowchart import ParsedEdge, ParsedNode
from saccade.processing.parse.mermaid import ParsedDiagram, read_mermaid
from saccade.prompts.diagrams import DIAGRAM_PROMPT
from saccade.prompts.text import SPOT_PROMPT
from saccade.tasks.ask import Answerer
from saccade.tasks.extraction.places import find_value
from saccade.tasks.forms.diagrams import dot_code, mermaid_code
from saccade.tasks.looking import Look, Question, look, look_and_read, merged_flags
from saccade.types import Box, Size

_MAX_TOKENS = 2048


@dataclass(frozen=True, slots=True)
class DiagramNode:
    """A node. `shape` is Mermaid's ("rectangle", "diamond", "stadium", "circle", "cylinder", ...), for a sequence
    diagram "participant"; `group` the title of the frame around it. `box` is in pixels of the caller's file, None where
    it was not looked for or not found.

    Flags: "undeclared" (only an edge names it; its id stands for its text), "duplicate-id" (the model gave its id to
    another node before; it has one of its own now), "not-in-picture" (its text was looked for and not found).
    """

    id: str
    text: str
    shape: str = "rectangle"
    box: Box | None = None
    group: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DiagramEdge:
    """An arrow from `source` to `target`, both ids of nodes. `line`: "solid", "dotted", "thick" or "invisible".

    `arrow`: "end", "both" or "none". Of a sequence diagram an edge is a message, and their order is that in time.
    """

    source: str
    target: str
    label: str = ""
    line: str = "solid"
    arrow: str = "end"


@dataclass(frozen=True, slots=True)
class Diagram(Exportable):
    """A diagram. `kind`: "flowchart", "sequence", or Mermaid's word for another, which is kept as text: `code`.

    `direction`: "TD", "LR", "BT", "RL". Flags besides the usual: "repaired", "no-header", "unread-lines", "open-group",
    "duplicate-id", "unknown-node", "kept-as-text", "no-boxes" (the second reading gave none).
    """

    kind: str
    direction: str
    nodes: tuple[DiagramNode, ...]
    edges: tuple[DiagramEdge, ...]
    code: str
    image_size: Size
    raw_text: str
    flags: tuple[str, ...] = ()

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The places of the nodes, labelled with their texts, for drawing."""
        return tuple(replace(node.box, label=node.text) for node in self.nodes if node.box is not None)

    def mermaid(self) -> str:
        """Valid Mermaid made from nodes and edges; of another kind than a flow chart the code as it came."""
        if self.kind != "flowchart":
            return self.code.strip() + "\n"
        return mermaid_code(self.direction, *self._parts())

    def dot(self) -> str:
        """The graph in DOT, the language of Graphviz."""
        return dot_code(self.direction, *self._parts())

    def _parts(self) -> tuple[list[ParsedNode], list[ParsedEdge]]:
        nodes = [ParsedNode(node.id, node.text, node.shape, node.group) for node in self.nodes]
        return nodes, [ParsedEdge(e.source, e.target, e.label, e.line, e.arrow) for e in self.edges]


def diagram(answerer: Answerer, image: Any, *, boxes: bool = False, **options: Any) -> Diagram:
    """The diagram in `image`. boxes: also find where each node's text stands (a second request).

    `options` are those of `ask`. An answer without Mermaid is asked for once more. Raises BadAnswer (holding the raw
    text), and what `ask` raises.
    """
    ((seen, parsed),) = look_and_read(
        answerer, [Question((image,), DIAGRAM_PROMPT)], options, _read, max_tokens=_MAX_TOKENS
    )
    if isinstance(parsed, BadAnswer):
        raise parsed
    made = diagram_of(parsed, image_size=seen.image_size, raw_text=seen.reply.text)
    made = replace(made, flags=merged_flags(seen.flags, made.flags))
    return _placed(answerer, image, made, options) if boxes and made.nodes else made


def diagram_of(parsed: ParsedDiagram, *, image_size: Size, raw_text: str) -> Diagram:
    """The diagram that an answer describes."""
    nodes = tuple(DiagramNode(n.id, n.text, n.shape, None, n.group, n.flags) for n in parsed.nodes)
    edges = tuple(DiagramEdge(e.source, e.target, e.label, e.line, e.arrow) for e in parsed.edges)
    return Diagram(parsed.kind, parsed.direction, nodes, edges, parsed.code, image_size, raw_text, parsed.flags)


def _read(seen: Look) -> ParsedDiagram:
    return read_mermaid(seen.reply.text)


def _placed(answerer: Answerer, image: Any, made: Diagram, options: Any) -> Diagram:
    """`made` with the places of its texts in a second reading."""
    try:
        lines = look(answerer, image, SPOT_PROMPT, options).boxes().boxes
    except BadAnswer:
        return replace(made, flags=merged_flags(made.flags, ("no-boxes",)))
    nodes = []
    for node in made.nodes:
        placed = find_value(" ".join(node.text.split()), "", lines)
        if placed is None:
            nodes.append(replace(node, flags=merged_flags(node.flags, ("not-in-picture",))))
        else:
            nodes.append(replace(node, box=replace(placed.box, label="")))
    return replace(made, nodes=tuple(nodes))
