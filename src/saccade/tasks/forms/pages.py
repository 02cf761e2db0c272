"""Pages written out: QwenVL HTML (to come back in unchanged), clean HTML, Markdown, plain values.

The functions know a page by its fields alone, so that `saccade.tasks.document` can call them.
"""

from __future__ import annotations

import html as html_module
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from saccade.errors import BadInput
from saccade.families import FamilyProfile
from saccade.processing.coordinates import to_model
from saccade.processing.parse.tables import Table
from saccade.tasks.forms.tables import to_html, to_latex, to_markdown
from saccade.types import Box, Size

if TYPE_CHECKING:
    from saccade.tasks.document import Block, Page

TableNotation = Literal["auto", "pipe", "html", "latex"]
_FORMATS = {"music": ' format="abc notation"', "chemistry": ' format="smile"'}
_CLASSES = {"image": "image", "chart": "chart", "formula": "formula", "music": "music sheet",
            "chemistry": "chemical formula"}  # fmt: skip
_PICTURES = frozenset(_CLASSES)


def qwenvl_page(page: Page, profile: FamilyProfile, *, keep_raw: bool) -> str:
    """The page as `<html><body> ... </body></html>`, a block on each line.

    With `keep_raw` boxes keep the numbers the model wrote; else, and for boxes that have none, they are computed.
    """
    writer = _QwenWriter(page, profile, keep_raw)
    lines = [writer.block(block) for block in page.blocks]
    return "\n".join(["<html><body>", *lines, "</body></html>"])


class _QwenWriter:
    def __init__(self, page: Page, profile: FamilyProfile, keep_raw: bool) -> None:
        self._page, self._profile, self._keep_raw = page, profile, keep_raw
        self._tables = 0

    def block(self, block: Block) -> str:
        box = self._place(block.box)
        if block.kind == "list":
            tag = block.tag or "ul"
            return f"<{tag}{box}>{''.join(map(self.block, block.children))}</{tag}>"
        if block.kind == "list item":
            inner = "".join(map(self.block, block.children))
            return f"<li{box}>{_escaped(_own_text(block))}{inner}</li>"
        if block.kind == "table":
            self._tables += 1
            name = html_module.escape(block.html_class or f"table{self._tables}")
            table = block.table or Table(())
            return to_html(table, attributes=f' class="{name}"{box}', caption=block.caption)
        if block.kind in _PICTURES:
            return self._picture(block, box)
        tag = block.tag or (f"h{block.level or 1}" if block.kind == "heading" else "p")
        return f"<{tag}{box}>{_escaped(block.text)}</{tag}>"

    def _picture(self, block: Block, box: str) -> str:
        name = html_module.escape(block.html_class or _CLASSES[block.kind] + (" caption" if block.children else ""))
        image = f"<img{self._place(block.image_box or block.box)}/>" if block.image_box or block.box else "<img/>"
        inner = "".join(f"<p{self._place(child.box)}>{_escaped(child.text)}</p>" for child in block.children)
        if block.table is not None:
            inner = to_html(block.table) + inner
        elif block.text and not block.children:
            tag = "p" if block.kind == "image" else "div"
            inner = f"<{tag}>{_escaped(block.text)}</{tag}>"
        return f'<div class="{name}"{_FORMATS.get(block.kind, "")}{box}>{image}{inner}</div>'

    def _place(self, box: Box | None) -> str:
        if box is None:
            return ""
        numbers = [round(value) for value in box.raw] if self._keep_raw and len(box.raw) == 4 else None
        size, resized = self._page.image_size, self._page.resized_size
        if numbers is None:
            if size is None or resized is None:
                return ""
            numbers = to_model([box.x0, box.y0, box.x1, box.y1], "box", source=size, resized=resized,
                               profile=self._profile)  # fmt: skip
        return f' data-bbox="{" ".join(map(str, numbers))}"'


def _own_text(block: Block) -> str:
    """The text of a list item without that of the lists inside it, which ends it."""
    text = block.text
    for child in reversed(block.children):
        text = text.removesuffix(child.text).rstrip("\n")
    return text


def _escaped(text: str) -> str:
    return html_module.escape(text, quote=False).replace("\n", "<br/>")


# --- clean HTML ------------------------------------------------------------------------------------------------------


def clean_html(pages: Sequence[Page], *, title: str = "", boxes: bool = False) -> str:
    """One HTML 5 document; a section for each page where there are several."""
    body = []
    for page in pages:
        lines = [_clean_block(block, boxes) for block in page.blocks]
        if page.status == "failed":
            lines = [f"<!-- page {page.number} could not be read -->"]
        body += [f'<section id="page-{page.number}">', *lines, "</section>"] if len(pages) > 1 else lines
    head = f'<head><meta charset="utf-8"><title>{_escaped(title or "Document")}</title></head>'
    return "\n".join(["<!DOCTYPE html>", "<html>", head, "<body>", *body, "</body>", "</html>"])


def _clean_block(block: Block, boxes: bool) -> str:
    place = (
        f' data-bbox="{" ".join(f"{value:.1f}" for value in place_dict(block.box)["box"])}"'
        if boxes and block.box
        else ""
    )
    if block.kind == "list":
        tag = block.tag or "ul"
        return f"<{tag}{place}>{''.join(_clean_block(child, boxes) for child in block.children)}</{tag}>"
    if block.kind == "list item":
        inner = "".join(_clean_block(child, boxes) for child in block.children)
        return f"<li{place}>{_escaped(_own_text(block))}{inner}</li>"
    if block.kind == "table":
        return to_html(block.table or Table(()), attributes=place, caption=block.caption)
    if block.kind == "chart" and block.table is not None:
        return f"<figure{place}>{to_html(block.table)}{_figcaption(block)}</figure>"
    if block.kind == "image":
        said = block.caption or _escaped(block.text)
        return f'<figure{place} class="image">{f"<figcaption>{_escaped(said)}</figcaption>" if said else ""}</figure>'
    if block.kind in _PICTURES:
        return f'<pre{place} class="{block.kind}">{_escaped(block.text)}</pre>'
    tag = f"h{block.level or 1}" if block.kind == "heading" else "p"
    return f"<{tag}{place}>{_escaped(block.text)}</{tag}>"


def _figcaption(block: Block) -> str:
    return f"<figcaption>{_escaped(block.caption)}</figcaption>" if block.caption else ""


# --- Markdown --------------------------------------------------------------------------------------------------------


def markdown_page(page: Page, notation: TableNotation) -> str:
    """The page as Markdown; formulas between `$$`, pictures as their caption in an empty image."""
    if notation not in ("auto", "pipe", "html", "latex"):
        raise BadInput(f"unknown table notation {notation!r}", hint="use auto, pipe, html or latex")
    return "\n\n".join(piece for block in page.blocks for piece in _markdown_block(block, notation) if piece)


def _markdown_block(block: Block, notation: TableNotation) -> Iterator[str]:
    if block.kind == "heading":
        yield f"{'#' * (block.level or 1)} {' '.join(block.text.split())}"
    elif block.kind == "list":
        yield "\n".join(_markdown_items(block, 0))
    elif block.kind in ("table", "chart") and block.table is not None:
        yield markdown_table(block.table, notation)
        yield f"*{block.caption}*" if block.caption else ""
    elif block.kind in ("image", "chart"):
        yield f"![{' '.join((block.caption or block.text).split())}]()"
    elif block.kind == "formula":
        yield f"$$\n{block.text}\n$$"
    elif block.kind in ("music", "chemistry"):
        yield f"```{'abc' if block.kind == 'music' else 'smiles'}\n{block.text}\n```"
    else:
        yield block.text


def _markdown_items(block: Block, depth: int) -> Iterator[str]:
    for number, item in enumerate(block.children, start=1):
        if item.kind == "list":
            yield from _markdown_items(item, depth + 1)
            continue
        mark = f"{number}." if block.tag == "ol" else "-"
        yield f"{'  ' * depth}{mark} {' '.join(_own_text(item).split())}"
        for inner in item.children:
            yield from _markdown_items(inner, depth + 1)


def markdown_table(table: Table, notation: TableNotation) -> str:
    """A table for Markdown in the notation wanted."""
    spans = any(cell.rowspan > 1 or cell.colspan > 1 for cell in table.cells)
    if notation == "latex":
        return to_latex(table)
    return to_html(table) if notation == "html" or (notation == "auto" and spans) else to_markdown(table)


# --- plain values ----------------------------------------------------------------------------------------------------


def page_dict(page: Page) -> dict[str, Any]:
    """A page as plain values."""
    return {
        "page": page.number, "status": page.status, "flags": list(page.flags), "faults": list(page.faults),
        "error": page.error, "image_size": size_dict(page.image_size), "dpi": page.dpi,
        "blocks": [block_dict(block) for block in page.blocks], "raw_text": page.raw_text,
    }  # fmt: skip


def block_dict(block: Block) -> dict[str, Any]:
    """A block as plain values: what every one has, and the rest where it is there."""
    entry: dict[str, Any] = {"kind": block.kind, "text": block.text, "page": block.page, "order": block.order,
                             **place_dict(block.box)}  # fmt: skip
    if block.level:
        entry["level"] = block.level
    if block.caption:
        entry["caption"] = block.caption
    if block.table is not None:
        entry["table"] = {"html": to_html(block.table), "rows": [list(row) for row in block.table.rows]}
    if block.children:
        entry["children"] = [block_dict(child) for child in block.children]
    return entry


def size_dict(size: Size | None) -> dict[str, int] | None:
    """A size as plain values; None for none."""
    return None if size is None else {"height": size.height, "width": size.width}


def place_dict(box: Box | None) -> dict[str, Any]:
    """A box as [x0, y0, x1, y1] with the model's own numbers and what was done to them; empty lists for none."""
    if box is None:
        return {"box": [], "raw": [], "box_flags": []}
    return {"box": [box.x0, box.y0, box.x1, box.y1], "raw": list(box.raw), "box_flags": list(box.flags)}
