"""The Mermaid code in a model's answer: what kind of diagram it is, and what it says.

Flow charts are read in full (see `flowchart`). Of a sequence diagram participants and messages are read, and lines
that are none of its statements are counted as faults. Every other kind is known by its head and kept as text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from saccade.errors import BadAnswer
from saccade.processing.parse.flowchart import LONGEST_LINE, ParsedEdge, ParsedNode, read_flowchart, text_of

_FENCE = re.compile(r"```[ \t]*(?:mermaid[ \t]*)?\r?\n(.*?)(?:\n[ \t]*```|\Z)", re.DOTALL | re.IGNORECASE)
_HEAD = re.compile(r"^\s*(?:graph|flowchart)(?:-elk)?(?:\s+(TB|TD|BT|RL|LR))?\s*(?:;|$|(?=\s))(.*)$", re.IGNORECASE)
OTHER_KINDS = ("sequenceDiagram", "classDiagram", "stateDiagram-v2", "stateDiagram", "erDiagram", "gantt", "pie",
               "mindmap", "journey", "timeline", "gitGraph", "quadrantChart", "requirementDiagram", "xychart-beta",
               "sankey-beta", "block-beta", "C4Context")  # fmt: skip
_OTHER_HEAD = re.compile(rf"^\s*({'|'.join(map(re.escape, OTHER_KINDS))})(?![\w-])", re.MULTILINE)
_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n.*?\n---[ \t]*\n", re.DOTALL)
_DIRECTIVE = re.compile(r"%%\{.*?\}%%", re.DOTALL)
_ANY_LINK = re.compile(r"-->|---|-\.->|==>|->|→")
_PARTICIPANT = re.compile(r"(?:create\s+)?(?:participant|actor)\s+(.+?)(?:\s+as\s+(.+))?$", re.IGNORECASE)
_MESSAGE = re.compile(r"(.+?)\s*(<<-?->>|-?-(?:>>|>|x|\))|->>?)\s*[-+]?\s*(.+?)\s*:\s*(.*)$")
_OPENS = re.compile(r"(?:loop|alt|opt|par|critical|break|rect|box)\b", re.IGNORECASE)
_GOES_ON = re.compile(
    r"(?:else|and|option|note|activate|deactivate|autonumber|title|destroy|links?|properties|details|accTitle|"
    r"accDescr)\b", re.IGNORECASE
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ParsedDiagram:
    """`kind`: "flowchart", "sequence", or Mermaid's own word for another. `code` is the code as the model wrote it."""

    kind: str
    direction: str
    nodes: tuple[ParsedNode, ...]
    edges: tuple[ParsedEdge, ...]
    code: str
    flags: tuple[str, ...] = ()


def read_mermaid(text: str) -> ParsedDiagram:
    """The diagram in an answer. Raises BadAnswer (holding `text`) where there is no Mermaid, or no node in it.

    Flags: "no-header" (taken for a flow chart), "kept-as-text" (of another kind), those of the flow chart, and for a
    sequence diagram "unread-lines", "open-group".
    """
    answer = text.rpartition("</think>")[2]
    code = _code_of(answer)
    lines = _lines(code)
    for at, line in enumerate(lines):
        head = _head(line)
        if head is not None:
            return _flowchart(text, code, head, lines[at + 1 :])
        other = _OTHER_HEAD.match(line)
        if other is not None:
            return _sequence(text, code, lines[at + 1 :]) if other[1] == "sequenceDiagram" else _kept(code, other[1])
    linked = [line for line in lines if _ANY_LINK.search(line)]
    if not linked:
        raise BadAnswer("the answer holds no Mermaid diagram", raw=text)
    chart = read_flowchart(linked)
    if not chart.edges:
        raise BadAnswer("the answer holds no Mermaid diagram", raw=text)
    flags = ("no-header", *chart.flags)
    return ParsedDiagram("flowchart", "TD", tuple(chart.nodes.values()), tuple(chart.edges), code, flags)


def _code_of(answer: str) -> str:
    """The fenced code that has a head, else the answer from its first head on."""
    for match in _FENCE.finditer(answer):
        if any(_head(line) or _OTHER_HEAD.match(line) for line in _lines(match[1])):
            return match[1].strip("\n")
    lines = answer.splitlines()
    for at, line in enumerate(lines):
        if _OTHER_HEAD.match(line) or _head(line):
            end = next((n for n, later in enumerate(lines[at:], at) if later.strip().startswith("```")), len(lines))
            return "\n".join(lines[at:end])
    fenced = _FENCE.search(answer)
    return fenced[1] if fenced is not None else answer.strip()


def _head(line: str) -> re.Match[str] | None:
    """ "graph TD" and not the sentence "Graph showing the process:"."""
    head = _HEAD.match(line)
    return head if head is not None and (head[1] is not None or not head[2].strip() or ";" in line) else None


def _lines(code: str) -> list[str]:
    plain = _DIRECTIVE.sub("", _FRONT_MATTER.sub("", code))
    stripped = (line.strip() for line in plain.splitlines())
    return [line for line in stripped if line and not line.startswith("%%")]


def _flowchart(text: str, code: str, head: re.Match[str], lines: list[str]) -> ParsedDiagram:
    chart = read_flowchart([head[2], *lines] if head[2].strip() else lines)
    if not chart.nodes:
        raise BadAnswer("the Mermaid code holds no node", raw=text)
    direction = {"TB": "TD"}.get((head[1] or "TD").upper(), (head[1] or "TD").upper())
    return ParsedDiagram("flowchart", direction, tuple(chart.nodes.values()), tuple(chart.edges), code,
                         tuple(chart.flags))  # fmt: skip


def _kept(code: str, kind: str) -> ParsedDiagram:
    return ParsedDiagram(kind, "", (), (), code, ("kept-as-text",))


def _sequence(text: str, code: str, lines: list[str]) -> ParsedDiagram:
    """Participants and messages in their order."""
    nodes: dict[str, ParsedNode] = {}
    edges, flags, depth = list[ParsedEdge](), list[str](), 0
    for line in lines:
        if len(line) > LONGEST_LINE:
            flags.append("unread-lines")
            continue
        participant, message = _PARTICIPANT.match(line), _MESSAGE.match(line)
        if participant is not None:
            name = participant[1].strip()
            nodes[name] = ParsedNode(name, text_of(participant[2] or name), "participant", declared=True)
        elif message is not None and not _GOES_ON.match(line):
            source, sign, target, said = (part.strip() for part in message.groups())
            for name in (source, target):
                nodes.setdefault(name, ParsedNode(name, name, "participant"))
            arrow = "both" if sign.startswith("<<") else "none" if sign in ("->", "-->") else "end"
            edges.append(ParsedEdge(source, target, text_of(said), "dotted" if "--" in sign else "solid", arrow))
        elif _OPENS.match(line):
            depth += 1
        elif line.casefold() == "end":
            depth -= 1
        elif not _GOES_ON.match(line):
            flags.append("unread-lines")
        if depth < 0:
            flags.append("unread-lines")
            depth = 0
    if not nodes:
        raise BadAnswer("the Mermaid code holds no participant", raw=text)
    flags += ["open-group"] if depth else []
    return ParsedDiagram("sequence", "", tuple(nodes.values()), tuple(edges), code, tuple(dict.fromkeys(flags)))
