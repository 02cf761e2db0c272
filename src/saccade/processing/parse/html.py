"""QwenVL HTML: a page as blocks with kind, text and place, in pixels of the caller's picture.

Form (Qwen2.5-VL report, arXiv 2502.13923, section on document parsing): `<html><body>` around headings, paragraphs,
lists, tables and `<div class="image | chart | formula | ...">`, each with data-bbox="x1 y1 x2 y2". The reader takes
whatever comes near it: no wrapper, missing end tags, commas or fractions in boxes, a text that ends in the middle.
`html_faults` judges strictly, and apart. Only BadAnswer is ever raised.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from saccade.errors import BadAnswer
from saccade.families import FamilyProfile
from saccade.processing.coordinates import to_source
from saccade.processing.parse.boxes import numbers_of
from saccade.processing.parse.markup import Markup, Node, read_markup
from saccade.processing.parse.tables import Table, table_of, text_of
from saccade.types import Box, Size

BlockKind = Literal[
    "heading", "paragraph", "list", "list item", "table", "image", "caption", "chart", "formula", "music", "chemistry"
]

_FENCE = re.compile(r"```[ \t]{0,9}(?:html[ \t]{0,9})?\r?\n(.*?)(?:\n[ \t]*```|\Z)", re.DOTALL | re.IGNORECASE)
_TAGS: dict[str, BlockKind] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"), "p": "paragraph", "pre": "paragraph",
    "blockquote": "paragraph", "ul": "list", "ol": "list", "li": "list item", "table": "table", "img": "image",
    "figcaption": "caption", "caption": "caption",
}  # fmt: skip
_CONTAINERS = frozenset({"html", "body", "div", "section", "article", "main", "header", "footer", "span", "form", ""})


@dataclass(frozen=True, slots=True)
class HtmlBlock:
    """One block. `level` is that of a heading; `rows` and spans of a table or a chart's data are in `table`.

    A list holds its items in `children`, an item the lists inside it, a picture or table its caption or the text in
    it. `tag` is the element it was written as, `image_box` the place of the `<img>` inside.
    """

    kind: BlockKind
    text: str
    box: Box | None = None
    level: int = 0
    table: Table | None = None
    children: tuple[HtmlBlock, ...] = ()
    html_class: str = ""
    tag: str = field(default="", compare=False)
    image_box: Box | None = field(default=None, compare=False)

    def walk(self) -> Iterator[HtmlBlock]:
        """This block and those inside it."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class ParsedHtml:
    """Blocks in the model's order. `flags`: "fenced", "prose", "truncated", "repaired", "no-wrapper", "no-boxes",
    "dropped" (a box that could not be read)."""

    blocks: tuple[HtmlBlock, ...]
    flags: tuple[str, ...] = ()

    def walk(self) -> Iterator[HtmlBlock]:
        for block in self.blocks:
            yield from block.walk()

    @property
    def text(self) -> str:
        """The text of all blocks, a line each."""
        return "\n".join(block.text for block in self.blocks if block.text)


def read_html(text: str, *, source: Size, resized: Size, profile: FamilyProfile) -> ParsedHtml:
    """The blocks of the answer `text` about a picture of size `source`, shown to the model at size `resized`.

    Raises BadAnswer (holding `text`) when it holds no element at all.
    """
    body, flags = _body(text)
    markup = read_markup(body)
    if not any(node.tag for node in markup.root.walk()):
        raise BadAnswer("the answer holds no HTML", raw=text)
    reader = _BlockReader(source, resized, profile)
    blocks = tuple(reader.blocks(markup.root))
    tags = {node.tag for node in markup.root.walk()}
    if markup.cut:
        flags.append("truncated")
    if markup.faults:
        flags.append("repaired")
    if "body" not in tags and "html" not in tags:
        flags.append("no-wrapper")
    if blocks and not any(block.box for top in blocks for block in top.walk()):
        flags.append("no-boxes")
    if reader.dropped:
        flags.append("dropped")
    return ParsedHtml(blocks, tuple(dict.fromkeys(flags)))


def html_faults(text: str) -> tuple[str, ...]:
    """What keeps an answer from being well-formed QwenVL HTML, in words; () when nothing does.

    Well-formed: one `<html><body> ... </body></html>` and nothing around it but a fence, every element closed in its
    turn, attributes in quotes, no bare `<`, and every data-bbox four whole numbers.
    """
    body, flags = _body(text)
    markup = read_markup(body)
    faults = [*markup.faults, *(_wrapper_faults(markup))]
    if "prose" in flags:
        faults.append("text before the first tag or behind the last")
    for node in markup.root.walk():
        numbers = node.attributes.get("data-bbox")
        if numbers is not None and not re.fullmatch(r"\d{1,6}( \d{1,6}){3}", numbers):
            faults.append(f"data-bbox of <{node.tag}> is {numbers[:40]!r}")
    return tuple(faults)


def well_formed(text: str) -> bool:
    """Whether an answer is QwenVL HTML without any fault."""
    return not html_faults(text)


def _body(text: str) -> tuple[str, list[str]]:
    answer = text.rpartition("</think>")[2].strip()
    flags = []
    fence = _FENCE.search(answer)
    if fence and "<" in fence[1]:
        flags.append("fenced")
        around = answer[: fence.start()] + answer[fence.end() :]
        if around.strip():
            flags.append("prose")
        answer = fence[1].strip()
    whole = re.search(r"<html\b.*?(?:</html\s*>|\Z)", answer, re.DOTALL | re.IGNORECASE)
    if whole and whole[0] != answer:
        flags.append("prose")
        answer = whole[0]
    return answer, list(dict.fromkeys(flags))


def _wrapper_faults(markup: Markup) -> list[str]:
    top = [child for child in markup.root.children if not (isinstance(child, str) and not child.strip())]
    if len(top) != 1 or not isinstance(top[0], Node) or top[0].tag != "html":
        return ["no <html> around the whole"]
    inside = [child for child in top[0].children if not (isinstance(child, str) and not child.strip())]
    bodies = [child for child in inside if isinstance(child, Node) and child.tag == "body"]
    if len(bodies) != 1 or any(isinstance(child, str) or child.tag not in ("head", "body") for child in inside):
        return ["no <body> around the blocks"]
    return []


class _BlockReader:
    def __init__(self, source: Size, resized: Size, profile: FamilyProfile) -> None:
        self.source, self.resized, self.profile = source, resized, profile
        self.dropped = False

    def blocks(self, node: Node) -> Iterator[HtmlBlock]:
        """The blocks inside a container; text between them is a paragraph without a place."""
        loose: list[Node | str] = []
        for child in [*node.children, Node("p")]:
            if isinstance(child, str) or not self._is_block(child):
                loose.append(child)
                continue
            text = text_of(Node("p", children=loose)) if loose else ""
            if text:
                yield HtmlBlock("paragraph", text, tag="p")
            loose = []
            if child.tag in _TAGS or _div_kind(child):
                block = self.block(child)
                if block.text or block.box or block.children or block.table:
                    yield block
            elif child.tag in ("div", "figure") and self._leaf(child):
                yield HtmlBlock("paragraph", text_of(child), self.box(child), tag="p")
            else:
                yield from self.blocks(child)

    def _is_block(self, node: Node) -> bool:
        return node.tag in _TAGS or node.tag == "figure" or (node.tag in _CONTAINERS and node.tag != "span")

    def _leaf(self, node: Node) -> bool:
        """A plain element with a place and nothing but text in it."""
        return "data-bbox" in node.attributes and not any(self._is_block(child) for child in node.elements())

    def block(self, node: Node) -> HtmlBlock:
        kind = _div_kind(node) or _TAGS[node.tag]
        box, name, tag = self.box(node), node.attributes.get("class", ""), node.tag
        if kind == "list":
            items = tuple(self.block(child) for child in node.elements() if child.tag in ("li", "ul", "ol"))
            return HtmlBlock(kind, "\n".join(item.text for item in items if item.text), box, children=items, tag=tag)
        if kind == "table":
            table = table_of(node)
            text = "\n".join(" ".join(cell for cell in row if cell) for row in table.rows)
            return HtmlBlock(kind, text, box, table=table, children=self._captions(node), html_class=name, tag=tag)
        if kind in ("heading", "paragraph", "list item", "caption"):
            level = int(node.tag[1]) if kind == "heading" else 0
            inner = [child for child in node.elements() if kind == "list item" and child.tag in ("ul", "ol")]
            return HtmlBlock(kind, text_of(node), box, level, children=tuple(map(self.block, inner)), tag=tag)
        return self._picture(node, kind, box, name)

    def _picture(self, node: Node, kind: BlockKind, box: Box | None, name: str) -> HtmlBlock:
        """A picture, chart, formula and the like: its place may stand on the `<img>`, its data in a table."""
        image = next((inner for inner in node.walk() if inner.tag == "img"), None)
        table = next((inner for inner in node.walk() if inner.tag == "table"), None)
        children = self._captions(node)
        image_box = self.box(image) if image is not None and image is not node else None
        box = image_box if box is None else box
        text = text_of(node)
        if not text and image is not None:
            text = image.attributes.get("alt", "").strip()
        data = None if table is None else table_of(table)
        return HtmlBlock(kind, text, box, 0, data, children, name, node.tag, image_box)

    def _captions(self, node: Node) -> tuple[HtmlBlock, ...]:
        return tuple(
            HtmlBlock("caption", text_of(inner), self.box(inner), tag=inner.tag)
            for inner in node.elements() if inner.tag in ("p", "figcaption", "caption") and text_of(inner)
        )  # fmt: skip

    def box(self, node: Node) -> Box | None:
        """The element's place: data-bbox of four numbers, or data-polygon of eight or more, the box around them."""
        for name, least in (("data-bbox", 4), ("data-polygon", 6), ("bbox", 4)):
            written = node.attributes.get(name)
            if written is None:
                continue
            numbers = numbers_of(written)
            if numbers is None or len(numbers) < least or len(numbers) % 2 or (least == 4 and len(numbers) != 4):
                self.dropped = True
                return None
            if least == 6:
                numbers = [min(numbers[0::2]), min(numbers[1::2]), max(numbers[0::2]), max(numbers[1::2])]
            return to_source(numbers, "box", source=self.source, resized=self.resized, profile=self.profile)
        return None


def _div_kind(node: Node) -> BlockKind | None:
    """What a `<div>` is by the words of its class, in any order."""
    if node.tag == "figure":
        return "image"
    if node.tag != "div":
        return None
    words = set(re.split(r"[\s.]+", node.attributes.get("class", "").lower()))
    if {"chemical"} & words:
        return "chemistry"
    for word, kind in (("formula", "formula"), ("music", "music"), ("chart", "chart"), ("image", "image")):
        if word in words:
            return kind  # type: ignore[return-value]
    return None
