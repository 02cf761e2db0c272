"""What the pages of other programs say, and their files: documents for LibreOffice Writer, manual pages for groff.

The prose of prose.txt and the options of options.txt were written for these pages; dates, prices, codes and names in
them are drawn. A page is laid out so that its lines are about `LINE_PX` wide once its letters have their size.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np

from saccade.synth import words
from saccade.synth.words import pick

HERE = Path(__file__).parent
LINE_PX = 424.0  # of a picture at most 448 pixels wide
X_HEIGHT_PX = (8.0, 30.0)
_X_RATIO = 0.47  # x-height over font size, of a common face
_SURNAMES = ("Abbott", "Castel", "Dunmore", "Hjorth", "Kowal", "Lindgren", "Marsh", "Okoye", "Perrin", "Quill", "Sato")
_FACES = (
    "Liberation Serif", "Liberation Sans", "Liberation Mono", "DejaVu Sans", "DejaVu Serif", "Carlito", "Caladea",
    "Open Sans", "EB Garamond", "Gentium Plus", "PT Sans", "Linux Libertine O", "Vollkorn", "Cabin",
)  # fmt: skip
_PAPER_INK = (
    *[("#ffffff", "#000000")] * 6, ("#ffffff", "#1f3864"), ("#fffbe9", "#2b2118"), ("#eef4fb", "#10243f"),
    ("#f4f4f4", "#333333"), ("#1f2a36", "#f5f5f5"), ("#fdeeee", "#7a1414"),
)  # fmt: skip
_GROFF_FACES = {"T": "Times", "H": "Helvetica"}  # those that every reader of PDF brings


@dataclass(frozen=True, slots=True)
class Source:
    """One page before it is set: the program's input and what is printed on it, paragraph by paragraph.

    `size_pt` is the size of the running text, `x_height_px` the height its x is to have in the picture.
    """

    program: str  # "writer" or "man"
    content: str
    paragraphs: tuple[str, ...]
    x_height_px: float
    size_pt: float
    face: str
    layout: str
    options: tuple[str, ...] = ()  # of the command line


def make_source(index: int, seed: int) -> Source:
    """Page `index`: five of Writer, then four of groff, and so on."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, index]))
    low, high = X_HEIGHT_PX
    x_height = low * 1.04 * (0.94 * high / low / 1.04) ** float(rng.uniform())
    return (_writer if index % 9 < 5 else _manual)(rng, x_height)


# --- words -----------------------------------------------------------------------------------------------------------


def _prose(rng: np.random.Generator) -> str:
    """A paragraph with its gaps filled."""
    paragraphs = [text.replace("\n", " ").strip() for text in (HERE / "prose.txt").read_text("utf-8").split("\n\n")]
    made = {
        "clock": lambda: words.clock(rng).removesuffix(" AM").removesuffix(" PM"), "date": lambda: words.date(rng),
        "price": lambda: words.price(rng).lstrip("-"), "code": lambda: words.code(rng),
        "count": lambda: str(int(rng.integers(2, 200))), "surname": lambda: pick(rng, _SURNAMES),
        "phone": lambda: f"{words.letters(rng, '0123456789', 4)} {words.letters(rng, '0123456789', 5)}",
    }  # fmt: skip
    return re.sub(r"\{(\w+)\}", lambda gap: made[gap[1]](), pick(rng, paragraphs))


def _title(rng: np.random.Generator) -> str:
    return " ".join(words.word(rng) for _ in range(int(rng.integers(1, 4)))).capitalize()


# --- LibreOffice Writer ----------------------------------------------------------------------------------------------


def _writer(rng: np.random.Generator, x_height: float) -> Source:
    """A letter, report, notice, price list or minutes as a flat OpenDocument file, one page."""
    layout = pick(rng, ("letter", "report", "notice", "prices", "minutes"))
    face, (paper, ink) = pick(rng, _FACES), _PAPER_INK[int(rng.integers(len(_PAPER_INK)))]
    size = float(rng.choice((9.0, 10.0, 10.5, 11.0, 12.0)))
    width = LINE_PX * size * _X_RATIO / x_height  # points
    align = "center" if layout == "notice" else pick(rng, ("left", "left", "justify" if x_height < 14 else "left"))
    lines = _writer_lines(rng, layout)
    body = "".join(f'<text:p text:style-name="{style}">{_marked_up(text)}</text:p>' for style, text in lines)
    big = size * float(rng.uniform(1.15, 1.4))
    content = _FLAT.format(
        face=escape(face), ink=ink, paper=paper, size=size, big=big, width=width + 60, height=width * 2 + 900,
        align=align, spacing=int(rng.choice((100, 100, 115, 130))), tab=width,
        slant=pick(rng, ("normal", "normal", "italic")), weight=pick(rng, ("normal", "bold")),
    )  # fmt: skip
    return Source("writer", content.replace("@BODY@", body), tuple(text for _, text in lines), x_height, size, face,
                  layout)  # fmt: skip


def _writer_lines(rng: np.random.Generator, layout: str) -> list[tuple[str, str]]:
    """(style, text) of every paragraph."""
    if layout == "prices":
        goods = [(_title(rng), words.price(rng).lstrip("-")) for _ in range(14)]
        return [("Big", _title(rng)), *(("Item", f"{name}\t{price}") for name, price in goods)]
    if layout == "minutes":
        return [("Big", _title(rng)), *(("Body", f"{number}. {_prose(rng)}") for number in range(1, 7))]
    prose = [("Body", _prose(rng)) for _ in range(5)]
    if layout == "letter":
        head = [("Right", words.date(rng)), ("Body", f"{pick(rng, _SURNAMES)} & {pick(rng, _SURNAMES)}"),
                ("Body", words.address(rng)), ("Strong", f"Ref. {words.code(rng)}")]  # fmt: skip
        return [*head, *prose]
    if layout == "report":
        return [("Big", _title(rng)), *prose[:1], ("Strong", _title(rng)), *prose[1:3], ("Lean", prose[3][1]), prose[4]]
    return [("Big", _title(rng)), *prose]


def _marked_up(text: str) -> str:
    return escape(text).replace("\t", "<text:tab/>")


# A flat OpenDocument text (OASIS OpenDocument 1.2, part 1): one page layout, one master page, six paragraph styles.
_FLAT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"
 xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"
 office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.text">
<office:font-face-decls><style:font-face style:name="F" svg:font-family="'{face}'"/></office:font-face-decls>
<office:styles>
<style:style style:name="Body" style:family="paragraph">
<style:paragraph-properties fo:text-align="{align}" fo:margin-bottom="4pt" fo:line-height="{spacing}%"
 fo:hyphenation-ladder-count="no-limit"/>
<style:text-properties style:font-name="F" fo:font-size="{size}pt" fo:color="{ink}" fo:hyphenate="false"
 fo:language="zxx" fo:country="none"/>
</style:style>
<style:style style:name="Big" style:family="paragraph" style:parent-style-name="Body">
<style:text-properties fo:font-size="{big}pt" fo:font-weight="bold"/></style:style>
<style:style style:name="Strong" style:family="paragraph" style:parent-style-name="Body">
<style:text-properties fo:font-weight="bold"/></style:style>
<style:style style:name="Lean" style:family="paragraph" style:parent-style-name="Body">
<style:text-properties fo:font-style="{slant}" fo:font-weight="{weight}"/></style:style>
<style:style style:name="Right" style:family="paragraph" style:parent-style-name="Body">
<style:paragraph-properties fo:text-align="end"/></style:style>
<style:style style:name="Item" style:family="paragraph" style:parent-style-name="Body">
<style:paragraph-properties fo:text-align="left"><style:tab-stops>
<style:tab-stop style:position="{tab}pt" style:type="right"/></style:tab-stops></style:paragraph-properties>
</style:style>
</office:styles>
<office:automatic-styles><style:page-layout style:name="P"><style:page-layout-properties fo:page-width="{width}pt"
 fo:page-height="{height}pt" fo:margin="30pt" fo:background-color="{paper}"/></style:page-layout>
</office:automatic-styles>
<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="P"/></office:master-styles>
<office:body><office:text>@BODY@</office:text></office:body></office:document>
"""


# --- manual pages ----------------------------------------------------------------------------------------------------


def _manual(rng: np.random.Generator, x_height: float) -> Source:
    """A manual page of an invented command in the man macros, set by groff."""
    family, size = pick(rng, tuple(_GROFF_FACES)), int(rng.choice((10, 11, 12)))
    width = LINE_PX * size * _X_RATIO / x_height
    entries = [line.split("|") for line in (HERE / "options.txt").read_text("utf-8").splitlines()]
    command = pick(rng, tuple(dict.fromkeys(entry[0] for entry in entries)))
    own = [entry for entry in entries if entry[0] == command]
    title = f"{command} - {_title(rng).lower()}"
    printed, lines = [title], [f".TH {command.upper()} {int(rng.integers(1, 9))}", ".SH NAME", _roff(title)]
    if x_height > 14 or rng.random() < 0.5:  # few words to a line, with wide gaps if they were justified
        lines.append(".ad l")
    lines += [".nh", ".SH DESCRIPTION"]
    printed += ["NAME", "DESCRIPTION"]
    for _ in range(int(rng.integers(1, 4))):
        text = _prose(rng)
        lines += [".PP", _roff(text)]
        printed.append(text)
    lines.append(".SH OPTIONS")
    printed.append("OPTIONS")
    for place in rng.permutation(len(own)):
        _, names, text = own[int(place)]
        lines += [".TP", rf"\fB{_roff(names)}\fR", _roff(text)]
        printed += [names, text]
    # Left of the running text man leaves an indent of 7n, which counts as part of the line.
    length = width + 7 * 0.5 * size
    options = ("-f", family, f"-rS{size}", f"-rLL={length:.1f}p", "-rHY=0", "-P-p800p,2000p")
    order = _in_order(lines, printed)
    return Source("man", "\n".join(lines) + "\n", order, x_height, float(size), _GROFF_FACES[family], "man", options)


def _in_order(lines: Sequence[str], printed: Sequence[str]) -> tuple[str, ...]:
    """What is printed, in the order of the file."""
    by_line = {_roff(text): text for text in printed}
    plain = [line.removeprefix(".SH ").removeprefix(r"\fB").removesuffix(r"\fR") for line in lines]
    return tuple(by_line[line] for line in plain if line in by_line)


def _roff(text: str) -> str:
    """Text as groff prints it unchanged: no typographic quotes or dashes, no request at the start of a line."""
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq").replace("`", r"\(ga")
    text = text.replace("^", r"\(ha").replace("~", r"\(ti").replace('"', r"\(dq")
    return rf"\&{text}" if text.startswith((".", "'")) else text
