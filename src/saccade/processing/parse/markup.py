"""A forgiving reader of HTML tags: any text becomes a tree, and what was wrong with it is counted.

Only known tags are tags; every other `<` is text, so a printed "a < b" or "<name@host>" is kept. Missing end tags are
added, stray ones dropped, a text that ends inside a tag loses that tag. Nothing is ever raised.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_DEPTH = 64  # elements inside elements; deeper ones are passed over

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = _HEADINGS | {"p", "div", "table", "ul", "ol", "figure", "section", "article", "blockquote", "pre", "hr"}
_VOID = frozenset({"img", "br", "hr", "col", "meta", "link", "input"})
_TAGS = _BLOCKS | _VOID | {
    "html", "head", "body", "title", "li", "thead", "tbody", "tfoot", "tr", "td", "th", "caption", "colgroup", "span",
    "b", "i", "u", "s", "em", "strong", "sub", "sup", "small", "code", "a", "style", "figcaption", "header", "footer",
    "main", "label", "button", "form",
}  # fmt: skip
# What an opening tag closes first, and where that search stops.
_CLOSES: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "li": (frozenset({"li", "p"}), frozenset({"ul", "ol"})),
    "td": (frozenset({"td", "th", "p"}), frozenset({"tr", "table"})),
    "th": (frozenset({"td", "th", "p"}), frozenset({"tr", "table"})),
    "tr": (frozenset({"tr", "td", "th", "caption", "p"}), frozenset({"table"})),
    **dict.fromkeys(("thead", "tbody", "tfoot"), (
        frozenset({"thead", "tbody", "tfoot", "tr", "td", "th", "caption", "p"}), frozenset({"table"}))),
    **dict.fromkeys(_BLOCKS, (
        _HEADINGS | {"p"}, frozenset({"td", "th", "li", "div", "body", "figure", "section", "article"}))),
}  # fmt: skip

_OPEN = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,11})(?=[\s/>]|\Z)")
_NAME = re.compile(r"[^\s=<>/\"']+")
_VALUE = re.compile(r"\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))")
_SPACE = re.compile(r"\s*")
_SKIPPED = re.compile(r"<!--.*?(?:-->|\Z)|<![A-Za-z][^<>]*>|<\?[^<>]*>", re.DOTALL)
_CUT_TAG = re.compile(r"</?(?:[A-Za-z][A-Za-z0-9]{0,11})?\Z")
_LONG_REFERENCE = re.compile(r"&#(?:\d{8,}|[xX][0-9A-Fa-f]{8,});?")  # to no character there is
_STYLE_END = re.compile(r"</style\s*>", re.IGNORECASE)


@dataclass(slots=True)
class Node:
    """An element: its tag in lower case, attributes, and what it holds, in order: texts (unescaped) and elements."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)

    def elements(self) -> Iterator[Node]:
        """The elements right below this one."""
        return (child for child in self.children if isinstance(child, Node))

    def walk(self) -> Iterator[Node]:
        """This element and all below it, in document order."""
        ahead = [self]
        while ahead:
            node = ahead.pop()
            yield node
            ahead += reversed(list(node.elements()))


@dataclass(slots=True)
class Markup:
    """The tree of a text (a nameless root) and its faults, in words, in order. `cut`: it ended inside something."""

    root: Node
    faults: list[str]
    cut: bool


def read_markup(text: str) -> Markup:
    """The tree of `text`."""
    builder = _Builder(text)
    position = 0
    while position < len(text):
        start = text.find("<", position)
        if start < 0:
            builder.say(text[position:])
            break
        builder.say(text[position:start])
        position = builder.tag(start)
    return builder.finish()


class _Builder:
    def __init__(self, text: str) -> None:
        self.text = text
        self.root = Node("")
        self.stack = [self.root]
        self.faults: list[str] = []
        self.cut = False

    def say(self, written: str) -> None:
        if written:
            self.stack[-1].children.append(_unescape(written))

    def tag(self, start: int) -> int:
        """Take in what begins with the `<` at `start`; where to go on comes back."""
        skipped = _SKIPPED.match(self.text, start)
        if skipped:
            return skipped.end()
        match = _OPEN.match(self.text, start)
        if match is None or match[2].lower() not in _TAGS:
            return self._plain(start)
        attributes: dict[str, str] = {}
        position = match.end()
        while True:
            position = _SPACE.match(self.text, position).end()  # type: ignore[union-attr]  # always matches
            here = self.text[position : position + 1]
            if here == "":
                self.cut = True
                self.faults.append(f"<{match[2]}> is cut off")
                return position
            if here == ">" or self.text.startswith("/>", position):
                break
            name = _NAME.match(self.text, position)
            if name is None:
                if here in "\"'" and self._open_to_the_end(position):
                    return len(self.text)
                if here == "<":
                    self.faults.append(f"<{match[2]}> is not closed by >")
                    position -= 1
                    break
                self.faults.append(f"a stray {here} in <{match[2]}>")
                position += 1
                continue
            value = _VALUE.match(self.text, name.end())
            position = value.end() if value else name.end()
            written = next((group for group in value.groups() if group is not None), "") if value else ""
            if value and value[3] is not None:
                self.faults.append(f"an attribute of <{match[2]}> is not in quotes")
            attributes.setdefault(name[0].lower(), _unescape(written))
        end = position + (2 if self.text.startswith("/>", position) else 1)
        tag = match[2].lower()
        if match[1]:
            self._close(tag)
        else:
            self._open(tag, attributes, closed=self.text.startswith("/>", position))
        if tag == "style" and not match[1]:
            style_end = _STYLE_END.search(self.text, end)
            return len(self.text) if style_end is None else style_end.start()
        return end

    def _plain(self, start: int) -> int:
        """A `<` that is text; at the very end it may be the beginning of a tag that never came."""
        if _CUT_TAG.match(self.text, start):
            self.cut = True
            self.faults.append("a tag is cut off")
            return len(self.text)
        self.faults.append("a bare <")
        self.say("<")
        return start + 1

    def _open_to_the_end(self, position: int) -> bool:
        """Whether the quote at `position` begins a value that never ends."""
        if self.text[position - 1] != "=" or self.text.find(self.text[position], position + 1) >= 0:
            return False
        self.cut = True
        self.faults.append("a tag is cut off")
        return True

    def _open(self, tag: str, attributes: dict[str, str], *, closed: bool) -> None:
        closes, stops = _CLOSES.get(tag, (frozenset(), frozenset()))
        outermost = None
        for depth in range(len(self.stack) - 1, 0, -1):
            around = self.stack[depth].tag
            if around in stops:
                break
            if around in closes:
                outermost = depth
        if outermost is not None:
            self._unclosed(outermost)
        if len(self.stack) > MAX_DEPTH:
            self.faults.append("elements are nested too deep")
            return
        node = Node(tag, attributes)
        self.stack[-1].children.append(node)
        if tag not in _VOID and not closed:
            self.stack.append(node)

    def _close(self, tag: str) -> None:
        if tag in _VOID:
            return
        for depth in range(len(self.stack) - 1, 0, -1):
            if self.stack[depth].tag == tag:
                self._unclosed(depth + 1)
                del self.stack[depth:]
                return
            if self.stack[depth].tag == "table" and tag not in ("html", "body"):
                break
        self.faults.append(f"</{tag}> closes nothing")

    def _unclosed(self, depth: int) -> None:
        """Close everything from `depth` up, none of which has its end tag."""
        self.faults += [f"<{node.tag}> is not closed" for node in self.stack[depth:]]
        del self.stack[depth:]

    def finish(self) -> Markup:
        self.cut = self.cut or len(self.stack) > 1
        self._unclosed(1)
        return Markup(self.root, self.faults, self.cut)


def _unescape(written: str) -> str:
    return html.unescape(_LONG_REFERENCE.sub("\ufffd", written) if "&#" in written else written)
