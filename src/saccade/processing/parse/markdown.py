r"""QwenVL Markdown: a page as blocks, in which pictures and tables alone have a place.

Form (Qwen3-VL report, arXiv 2511.21631): ordinary Markdown; before a table or in place of a picture stands a comment
`<!-- Table (x1, y1, x2, y2) -->` or `<!-- Image (x1, y1, x2, y2) -->`; tables are LaTeX `tabular`, also pipes or HTML
are read; formulas stand in `$$` or `\[ \]`. Any text is Markdown, so only an empty answer is a BadAnswer.
"""

from __future__ import annotations

import re
from dataclasses import replace

from saccade.errors import BadAnswer
from saccade.families import FamilyProfile
from saccade.processing.coordinates import to_source
from saccade.processing.parse.boxes import numbers_of
from saccade.processing.parse.html import BlockKind, HtmlBlock, ParsedHtml
from saccade.processing.parse.latex import has_latex_table, latex_end
from saccade.processing.parse.tables import Table, read_table
from saccade.types import Box, Size

_FENCE = re.compile(r"\A```[ \t]*(?:markdown|md)?[ \t]*\r?\n(.*?)(?:\n?```[ \t]*\Z|\Z)", re.DOTALL | re.IGNORECASE)
_PLACE = re.compile(r"<!--\s*(image|table|figure|chart)\s*\(?([^()<>]{0,80})\)?\s*(-->|\Z)", re.IGNORECASE)
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*")
_ITEM = re.compile(r"([-*+•]|\d{1,4}[.)])\s+(\S.*)")
_IMAGE = re.compile(r"!\[([^\]]{0,1000})\]\([^()]{0,2000}\)")
_MATH = re.compile(r"\s*(?:\$\$(.*?)\$\$|\\\[(.*?)\\\])\s*", re.DOTALL)
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

    def read(self, text: str) -> None:
        """Cut out places and tables, which may run over many lines; what is between them is plain Markdown."""
        position = 0
        while position < len(text):
            start, end, kind = self._next_special(text, position)
            self._plain(text[position:start])
            piece = text[start:end]
            if kind == "place":
                self._place(piece)
            elif kind == "table":
                self._table(piece)
            position = max(end, position + 1)
        self._drop_waiting_place()

    def _next_special(self, text: str, position: int) -> tuple[int, int, str]:
        found = []
        place = _PLACE.search(text, position)
        if place is not None:
            found.append((place.start(), place.end(), "place"))
        latex = re.compile(r"\\begin\s*\{(?:tabularx?\*?|longtable)\}").search(text, position)
        if latex is not None:
            found.append((latex.start(), latex_end(text, latex.start()), "table"))
        html = _HTML_TABLE.search(text, position)
        if html is not None:
            found.append((html.start(), html.end(), "table"))
        return min(found, default=(len(text), len(text), ""))

    def _place(self, piece: str) -> None:
        self._drop_waiting_place()
        match = _PLACE.match(piece)
        assert match is not None
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
        self.blocks.append(HtmlBlock(kind, "", box, html_class=kind, tag="div", image_box=box))

    def _table(self, piece: str) -> None:
        if has_latex_table(piece) and "\\end" not in piece[-40:]:
            self.flags.append("truncated")
        try:
            self._add_table(read_table(piece))
        except BadAnswer:
            self._plain(re.sub(r"\\begin\s*\{", "{", piece))

    def _add_table(self, table: Table) -> None:
        text = "\n".join(" ".join(cell for cell in row if cell) for row in table.rows)
        self.blocks.append(HtmlBlock("table", text, self._table_box, table=table, tag="table"))
        self._table_box = None

    def _drop_waiting_place(self) -> None:
        """A place without a table behind it is a table all the same, seen but not read."""
        if self._table_box is not None:
            self.blocks.append(HtmlBlock("table", "", self._table_box, tag="table"))
            self._table_box = None
            self.flags.append("truncated")

    def _plain(self, text: str) -> None:
        position = 0
        for match in _MATH.finditer(text):
            self._lines(text[position : match.start()])
            said = (match[1] or match[2] or "").strip()
            if said:
                self.blocks.append(HtmlBlock("formula", said, html_class="formula", tag="div"))
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
                self.blocks.append(HtmlBlock("heading", heading[2], None, len(heading[1]), tag=f"h{len(heading[1])}"))
            elif item:
                self._item("ol" if item[1][0].isdigit() else "ul", item[2])
            elif image:
                self.blocks.append(HtmlBlock("image", image[1].strip(), html_class="image", tag="div"))

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
        self.blocks.append(HtmlBlock("paragraph", said, tag="p"))

    def _item(self, tag: str, text: str) -> None:
        item = HtmlBlock("list item", text, tag="li")
        last = self.blocks[-1] if self.blocks else None
        if last is not None and last.kind == "list" and last.tag == tag:
            self.blocks[-1] = replace(last, text=f"{last.text}\n{text}", children=(*last.children, item))
        else:
            self.blocks.append(HtmlBlock("list", text, children=(item,), tag=tag))
