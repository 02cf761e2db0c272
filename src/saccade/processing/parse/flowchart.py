"""Mermaid flow charts, as models write them: nodes with shapes, links with labels, chains, groups.

    flowchart TD
        A([Start]) --> B{"Paid?"} -- no --> C[Send reminder] & D[Wait]
        subgraph g [Office] ... end

Beyond Mermaid it takes texts with brackets or quotes in them that are not quoted, `->` and `→` for `-->`, and
`-->|text|>`; "repaired" says so. Styles and clicks are passed over; a line that is none of all this is "unread-lines".
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field, replace

SHAPES = ("rectangle", "rounded", "stadium", "subroutine", "cylinder", "circle", "double circle", "flag", "diamond",
          "hexagon", "parallelogram", "parallelogram alt", "trapezoid", "trapezoid alt")  # fmt: skip
# (opening, closing, shape), longer openings first.
BRACKETS = (
    ("(((", ")))", "double circle"), ("([", "])", "stadium"), ("((", "))", "circle"), ("[[", "]]", "subroutine"),
    ("[(", ")]", "cylinder"), ("{{", "}}", "hexagon"), ("[/", "/]", "parallelogram"), ("[/", "\\]", "trapezoid"),
    ("[\\", "\\]", "parallelogram alt"), ("[\\", "/]", "trapezoid alt"), (">", "]", "flag"), ("[", "]", "rectangle"),
    ("(", ")", "rounded"), ("{", "}", "diamond"),
)  # fmt: skip
_NAMED_SHAPES = {
    "rect": "rectangle", "rounded": "rounded", "stadium": "stadium", "terminal": "stadium", "pill": "stadium",
    "subproc": "subroutine", "fr-rect": "subroutine", "cyl": "cylinder", "database": "cylinder", "db": "cylinder",
    "circle": "circle", "circ": "circle", "dbl-circ": "double circle", "diam": "diamond", "diamond": "diamond",
    "decision": "diamond", "question": "diamond", "hex": "hexagon", "hexagon": "hexagon", "lean-r": "parallelogram",
    "in-out": "parallelogram", "lean-l": "parallelogram alt", "trap-b": "trapezoid", "trap-t": "trapezoid alt",
    "odd": "flag",
}  # fmt: skip

_ID = re.compile(r"[^\W\d_][\w]*(?:[-.](?=\w)\w+)*|\d\w*|_\w+", re.UNICODE)
_LINK = re.compile(
    r"(?P<back><|o(?=--|==|-\.)|x(?=--|==|-\.))?"
    r"(?:(?P<dotted>-\.+-)(?P<dot_head>[>xo])?|(?P<thick>={2,})(?P<thick_head>[>xo])?"
    r"|(?P<hidden>~{3,})|(?P<solid>-{2,})(?P<solid_head>>|[xo](?=[\s|]|$))?|(?P<odd>-+>|→|⟶|=>))"
)
_LABELLED = re.compile(
    r"(?P<back><)?(?:--\s*(?![->])(?P<solid>[^\n|]*?)\s*-{2,}(?P<solid_head>[>xo])?"
    r"|-\.\s*(?![->.])(?P<dotted>[^\n|]*?)\s*\.+-(?P<dot_head>[>xo])?"
    r"|==\s*(?![=>])(?P<thick>[^\n|]*?)\s*={2,}(?P<thick_head>[>xo])?)"
)
_PIPED = re.compile(r"\s*\|\s*(?P<quote>\"?)(?P<label>.*?)(?P=quote)\s*\|(?P<extra>>)?")
_AFTER_TEXT = re.compile(r"\s*(?:$|;|&|:::|@|<?--|<?==|<?-\.|~~~|->|→|[ox]--)")
_PASSED_OVER = re.compile(
    r"(?:style|classDef|class|click|linkStyle|direction|accTitle|accDescr|title)\b", re.IGNORECASE
)
_SUBGRAPH = re.compile(r"subgraph\s*(?P<rest>.*)", re.IGNORECASE)
_CLASS = re.compile(r"\s*:::\s*[\w-]+")
_ATTRIBUTES = re.compile(r"\s*@\{(?P<inside>[^{}]*)\}")
_ATTRIBUTE = re.compile(r"(\w+)\s*:\s*(\"[^\"]*\"|'[^']*'|[^,]+)")
_ENTITY = re.compile(r"#(\w{2,8});")
_BREAK = re.compile(r"<br\s*/?>|\\n", re.IGNORECASE)
_JOINED = re.compile(r"\s*&\s*")
_QUOTED = re.compile(r'\s*"[^"]*"\s*')
_MOST_NODES = 2000
LONGEST_LINE = 1000  # characters


@dataclass(frozen=True, slots=True)
class ParsedNode:
    """A node; `declared` where it was written with a text, not only named in a link. `group`: its subgraph's title."""

    id: str
    text: str
    shape: str = "rectangle"
    group: str = ""
    declared: bool = False
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedEdge:
    """A link between two ids. `line`: solid, dotted, thick or invisible; `arrow`: end, both or none."""

    source: str
    target: str
    label: str = ""
    line: str = "solid"
    arrow: str = "end"


@dataclass(slots=True)
class Flowchart:
    """What was read; `flags` name what was forgiven or does not fit together."""

    nodes: dict[str, ParsedNode] = field(default_factory=dict)
    edges: list[ParsedEdge] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)


def read_flowchart(lines: list[str]) -> Flowchart:
    """The chart that the statements below the head describe; never raises."""
    reader = _Reader()
    for line in lines:
        if len(line) > LONGEST_LINE:
            reader.flag("unread-lines")
            continue
        for statement in _statements(line):
            reader.statement(statement)
    reader.finish()
    return reader.chart


class _Reader:
    """One chart on its way. `_now` is the id that a name means at this place, after a second node took it."""

    def __init__(self) -> None:
        self.chart = Flowchart()
        self._groups: list[str] = []
        self._now: dict[str, str] = {}
        self._twins: dict[str, int] = {}  # the number that the last of them got

    def flag(self, name: str) -> None:
        if name not in self.chart.flags:
            self.chart.flags.append(name)

    def statement(self, text: str) -> None:
        group = _SUBGRAPH.fullmatch(text)
        if group is not None:
            self._groups.append(self._group_title(group["rest"].strip()))
        elif text.casefold() == "end":
            if self._groups:
                self._groups.pop()
            else:
                self.flag("unread-lines")
        elif not _PASSED_OVER.match(text) or _LINK.search(text):
            self._chain(text)

    def finish(self) -> None:
        if self._groups:
            self.flag("open-group")
        declared = any(node.declared for node in self.chart.nodes.values())
        for name, node in self.chart.nodes.items():
            if declared and not node.declared:  # where nothing has a text, the ids are the texts
                self.chart.nodes[name] = replace(node, flags=(*node.flags, "undeclared"))
                self.flag("unknown-node")

    def _group_title(self, rest: str) -> str:
        match = _ID.match(rest)
        titled = rest[match.end() :].strip() if match is not None else rest
        if titled[:1] == "[" and titled[-1:] == "]":
            return text_of(titled[1:-1])
        return text_of(rest)

    def _chain(self, text: str) -> None:
        """ "A & B --> C --> D"."""
        left, position = self._operands(text, 0)
        if not left:
            self.flag("unread-lines")
            return
        while position < len(text):
            link = self._link(text, position)
            if link is None:
                self.flag("unread-lines")
                return
            label, line, arrow, backwards, position = link
            right, position = self._operands(text, position)
            if not right:
                self.flag("unread-lines")
                return
            for one in left:
                for other in right:
                    ends = (other, one) if backwards else (one, other)
                    self.chart.edges.append(ParsedEdge(*ends, label, line, arrow))
            left = right

    def _operands(self, text: str, position: int) -> tuple[list[str], int]:
        names: list[str] = []
        while True:
            name, end = self._node(text, position)
            if name is None:
                return [], position
            names.append(name)
            joined = _JOINED.match(text, end)
            if joined is None:
                return names, _spaces(text, end)
            position = joined.end()

    def _node(self, text: str, position: int) -> tuple[str | None, int]:
        position = _spaces(text, position)
        match = _ID.match(text, position)
        if match is None or len(self.chart.nodes) >= _MOST_NODES:
            return None, position
        name, end = match[0], match.end()
        written, shape, end = self._shape(text, end)
        attributes = _ATTRIBUTES.match(text, end)
        if attributes is not None:
            end = attributes.end()
            told = {key: text_of(value) for key, value in _ATTRIBUTE.findall(attributes["inside"])}
            shape = _NAMED_SHAPES.get(told.get("shape", ""), shape)
            written = told.get("label", written)
        styled = _CLASS.match(text, end)
        return self._known(name, written, shape), styled.end() if styled is not None else end

    def _known(self, name: str, written: str | None, shape: str) -> str:
        """The id under which a node is kept: its own, or where another text was given under it before, a new one."""
        group = self._groups[-1] if self._groups else ""
        key = self._now.get(name, name)
        old = self.chart.nodes.get(key)
        if old is None:
            self.chart.nodes[key] = ParsedNode(key, name if written is None else written, shape, group,
                                               written is not None)  # fmt: skip
        elif written is not None and not old.declared:
            self.chart.nodes[key] = ParsedNode(key, written, shape, old.group or group, True, old.flags)
        elif written is not None and old.text != written:
            self.flag("duplicate-id")
            number = self._twins.get(name, 2)
            while f"{name}_{number}" in self.chart.nodes:
                number += 1
            self._twins[name] = number
            key = self._now[name] = f"{name}_{number}"
            self.chart.nodes[key] = ParsedNode(key, written, shape, group, True, ("duplicate-id",))
        elif group and not old.group:
            self.chart.nodes[key] = replace(old, group=group)
        return key

    def _shape(self, text: str, position: int) -> tuple[str | None, str, int]:
        """The text in brackets at `position`, its shape, and where it ends; (None, ...) where there is no bracket."""
        for opening, closing, shape in BRACKETS:
            if not text.startswith(opening, position):
                continue
            start = position + len(opening)
            end = self._closing(text, start, closing)
            if end is None:
                continue
            inside = text[start:end]
            quoted = inside.strip().startswith('"') and inside.strip().endswith('"') and len(inside.strip()) > 1
            if not quoted and re.search(r"[\[\](){}\"]", inside):
                self.flag("repaired")
            return text_of(inside), shape, end + len(closing)
        return None, "rectangle", position

    @staticmethod
    def _closing(text: str, start: int, closing: str) -> int | None:
        """Where the brackets close: behind the quotes, else the first place that the statement can go on from."""
        quoted = _QUOTED.match(text, start)
        if quoted is not None and text.startswith(closing, quoted.end()):
            return quoted.end()
        end = text.find(closing, start)
        while end >= 0:
            if _AFTER_TEXT.match(text, end + len(closing)):
                return end
            end = text.find(closing, end + 1)
        return None

    def _link(self, text: str, position: int) -> tuple[str, str, str, bool, int] | None:
        """(label, line, arrow, points backwards, end) of the link at `position`."""
        plain = _LINK.match(text, position)
        labelled = None
        if plain is None or ((plain["solid"] or plain["thick"]) and not (plain["solid_head"] or plain["thick_head"])):
            labelled = _LABELLED.match(text, position)
        match = labelled if labelled is not None and (plain is None or labelled.end() > plain.end()) else plain
        if match is None:
            return None
        found = match.groupdict()
        line = "dotted" if found["dotted"] is not None else "thick" if found["thick"] is not None else "solid"
        line = "invisible" if found.get("hidden") else line
        head = found["solid_head"] or found["dot_head"] or found["thick_head"] or (">" if found.get("odd") else "")
        if found.get("odd"):
            self.flag("repaired")
        back = found["back"] or ""
        label = ""
        if match is labelled:
            label = text_of(found["solid"] or found["dotted"] or found["thick"] or "")
        end = match.end()
        piped = _PIPED.match(text, end)
        if piped is not None:
            label, end = text_of(piped["label"]), piped.end()
            if piped["extra"]:
                self.flag("repaired")
        arrow = "both" if back and head else "end" if back or head else "none"
        return label, line, arrow, bool(back) and not head, end


def _statements(line: str) -> list[str]:
    """The statements of a line: a semicolon ends one unless it stands in brackets, quotes or pipes."""
    found, start, depth, quoted = [], 0, 0, False
    for position, sign in enumerate(line):
        if sign == '"':
            quoted = not quoted
        elif not quoted and sign in "[({":
            depth += 1
        elif not quoted and sign in "])}":
            depth = max(0, depth - 1)
        elif sign == ";" and not quoted and depth == 0 and not re.search(r"[#&]\w{2,8}$", line[:position]):
            found.append(line[start:position])
            start = position + 1
    found.append(line[start:])
    return [statement.strip() for statement in found if statement.strip()]


def text_of(written: str) -> str:
    """A text without its quotes, entities as signs, `<br>` as a line break."""
    text = written.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'`":
        text = text[1:-1].strip()
    if len(text) > 1 and text[0] == text[-1] == "`":  # a Markdown string
        text = text[1:-1].strip()
    text = _ENTITY.sub(lambda found: f"&#{found[1]};" if found[1].isdigit() else f"&{found[1]};", text)
    lines = _BREAK.split(html.unescape(text))
    return "\n".join(" ".join(line.split()) for line in lines).strip()


def _spaces(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position
