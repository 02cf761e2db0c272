r"""QwenVL Markdown: a page as blocks, in which pictures and tables alone have a place.

Form (Qwen3-VL report, arXiv 2511.21631): ordinary Markdown; before a table or in place of a picture stands a comment
`<!-- Table (x1, y1, x2, y2) -->` or `<!-- Image (x1, y1, x2, y2) -->`; tables are LaTeX `tabular`, also pipes or HTML
are read; formulas stand in `$$` or `\[ \]`. Any text is Markdown, so only an empty answer is a BadAnswer.
"""

from __future__ import annotations

import re

from saccade.errors import BadAnswer
from saccade.families import FamilyProfile
from saccade.processing.coordinates import to_source
from saccade.processing.parse.boxes import numbers_of
from saccade.processing.parse.html import BlockKind, HtmlBlock, ParsedHtml
from saccade.processing.parse.latex import has_latex_table, latex_end
from saccade.processing.parse.tables import Table, read_table
from saccade.types import Box, Size

_FENCE = re.compile(r"\A```[ \t]*(?:markdown|md)?[ \t]*\r?\n(.*?)(?:\n?```[ \t]*\Z|\Z)", re.DOTALL | re.IGNORECASE)
_PLACE = re.compile(r"<!--\s{0,9}(image|table|figure|chart)\s{0,9}\(?([^()<>]{0,80})\)?\s{0,9}(-->|\Z)", re.IGNORECASE)
_HEADING = re.compile(r"(#{1,6})\s+(\S.*)")
_ITEM = re.compile(r"([-*+•]|\d{1,4}[.)])\s+(\S.*)")
_IMAGE = re.compile(r"!\[([^\]]{0,1000})\]\([^()]{0,2000}\)")
_MATH = re.compile(r"\$\$(.*?)\$\$|(?<!\\)\\\[((?:[^\\]|\\[^\[\]])*)\\\]", re.DOTALL)
_LATEX_TABLE = re.compile(r"\\begin\s*\{(?:tabularx?\*?|longtable)\}")
_HTML_TABLE = re.compile(r"<table\b.*?(?:</table\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


def read_markdown(text: str, *, source: Size, resized: Size, profile: FamilyProfile) -> ParsedHtml:
    """The blocks of the answer `text` about a picture of size `source`, shown to the model at size `resized`.

    Flags: "fenced", "truncated" (a table or comment that never ends), "dropped" (a place that could not be read),
    "no-boxes". Raises BadAnswer (holding `text`) when it is empty.
    """
    answer = text.rpartition("</think>")[2].strip()
    flags = []
    fence = _FENCE.match(answer)
    if fence is not None:
        answer = fence[1].strip()
        flags.append("fenced")
    reader = _Reader(source, resized, profile)
    reader.read(answer)
    if not reader.blocks:
        raise BadAnswer("the answer is empty where a page was expected", raw=text)
    flags += reader.flags
    if not any(block.box for block in reader.blocks):
        flags.append("no-boxes")
    return ParsedHtml(tuple(reader.blocks), tuple(dict.fromkeys(flags)))


class _Reader:
    def __init__(self, source: Size, resized: Size, profile: FamilyProfile) -> None:
        self._source, self._resized, self._profile = source, resized, profile
        self.blocks: list[HtmlBlock] = []
        self.flags: list[str] = []
        self._table_box: Box | None = None  # of a place that waits for its table
        self._items: list[str] = []  # of a list that may go on
        self._items_tag = ""

    def read(self, text: str) -> None:
        """Cut out places and tables, which may run over many lines; what is between them is plain Markdown."""
        patterns = (_PLACE, _LATEX_TABLE, _HTML_TABLE)
        ahead = [pattern.search(text) for pattern in patterns]  # the next of each, so that none is looked for twice
        position = 0
        while any(ahead):
            for number, match in enumerate(ahead):
                if match is not None and match.start() < position:
                    ahead[number] = patterns[number].search(text, position)
            match = min((match for match in ahead if match), key=lambda match: match.start(), default=None)
            if match is None:
                break
            self._plain(text[position : match.start()])
            position = latex_end(text, match.start()) if match.re is _LATEX_TABLE else match.end()
            if match.re is _PLACE:
                self._place(match)
            else:
                self._table(text[match.start() : position])
        self._plain(text[position:])
        self._drop_waiting_place()
        self._end_list()

    def _place(self, match: re.Match[str]) -> None:
        self._drop_waiting_place()
        if not match[3]:
            self.flags.append("truncated")
            return
        numbers = numbers_of(match[2].strip(" ()")) if match[2].strip(" ()") else None
        box = None
        if numbers is not None and len(numbers) == 4:
            box = to_source(numbers, "box", source=self._source, resized=self._resized, profile=self._profile)
        else:
            self.flags.append("dropped")
        name = match[1].lower()
        if name == "table":
            self._table_box = box
            return
        kind: BlockKind = "chart" if name == "chart" else "image"
        self._add(HtmlBlock(kind, "", box, html_class=kind, tag="div", image_box=box))

    def _table(self, piece: str) -> None:
        if has_latex_table(piece) and "\\end" not in piece[-40:]:
            self.flags.append("truncated")
        try:
            self._add_table(read_table(piece))
        except BadAnswer:
            self._plain(re.sub(r"\\begin\s*\{", "{", piece))

    def _add_table(self, table: Table) -> None:
        text = "\n".join(" ".join(cell for cell in row if cell) for row in table.rows)
        self._add(HtmlBlock("table", text, self._table_box, table=table, tag="table"))
        self._table_box = None

    def _drop_waiting_place(self) -> None:
        """A place without a table behind it is a table all the same, seen but not read."""
        if self._table_box is not None:
            self._add(HtmlBlock("table", "", self._table_box, tag="table"))
            self._table_box = None
            self.flags.append("truncated")

    def _plain(self, text: str) -> None:
        position = 0
        for match in _MATH.finditer(text):
            self._lines(text[position : match.start()])
            said = (match[1] or match[2] or "").strip()
            if said:
                self._add(HtmlBlock("formula", said, html_class="formula", tag="div"))
            position = match.end()
        self._lines(text[position:])

    def _lines(self, text: str) -> None:
        run: list[str] = []
        for line in [*_COMMENT.sub("", text).split("\n"), ""]:
            piece = line.strip()
            heading, item, image = _HEADING.fullmatch(piece), _ITEM.fullmatch(piece), _IMAGE.fullmatch(piece)
            if piece and not (heading or item or image):
                run.append(piece)
                continue
            self._paragraph(run)
            run = []
            if heading:
                said = heading[2].rstrip().rstrip("#").rstrip()
                self._add(HtmlBlock("heading", said, None, len(heading[1]), tag=f"h{len(heading[1])}"))
            elif item:
                self._item("ol" if item[1][0].isdigit() else "ul", item[2])
            elif image:
                self._add(HtmlBlock("image", image[1].strip(), html_class="image", tag="div"))

    def _paragraph(self, lines: list[str]) -> None:
        if not lines:
            return
        said = "\n".join(lines)
        if all("|" in line for line in lines) and len(lines) > 1:
            try:
                self._add_table(read_table(said))
                return
            except BadAnswer:
                pass
        self._add(HtmlBlock("paragraph", said, tag="p"))

    def _item(self, tag: str, text: str) -> None:
        if tag != self._items_tag:
            self._end_list()
        self._items_tag = tag
        self._items.append(text)

    def _end_list(self) -> None:
        if self._items:
            children = tuple(HtmlBlock("list item", text, tag="li") for text in self._items)
            block = HtmlBlock("list", "\n".join(self._items), children=children, tag=self._items_tag)
            self.blocks.append(block)
        self._items, self._items_tag = [], ""

    def _add(self, block: HtmlBlock) -> None:
        self._end_list()
        self.blocks.append(block)
