"""Small PDF files written by hand: pages of text, pages that are one scanned picture, and broken ones."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class TextPage:
    """Lines of Helvetica, each at (x, y) in points from the lower left."""

    lines: Sequence[tuple[str, float, float]]
    size: tuple[float, float] = (200.0, 300.0)
    rotate: int = 0


@dataclass(frozen=True)
class ScanPage:
    """One JPEG over the whole page."""

    jpeg: bytes
    size: tuple[float, float] = (200.0, 300.0)
    rotate: int = 0
    stored: bytes = b""  # what is written in its place, for a broken one


def jpeg(seed: int, height: int = 60, width: int = 40) -> bytes:
    """A small JPEG of seeded noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def make_pdf(pages: Sequence[TextPage | ScanPage | None]) -> bytes:
    """The bytes of a PDF; None is a page whose object is missing."""
    objects: list[bytes] = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = []
    for page in pages:
        if page is None:
            kids.append(b"9999 0 R")
            continue
        width, height = page.size
        if isinstance(page, TextPage):
            said = " ".join(f"BT /F1 12 Tf {x} {y} Td ({text}) Tj ET" for text, x, y in page.lines)
            resources = b"<</Font<</F1 3 0 R>>>>"
            content = said.encode("latin-1")
        else:
            data = page.stored or page.jpeg
            picture = Image.open(io.BytesIO(page.jpeg))
            head = (f"<</Type/XObject/Subtype/Image/Width {picture.width}/Height {picture.height}/ColorSpace/DeviceRGB"
                    f"/BitsPerComponent 8/Filter/DCTDecode/Length {len(data)}>>")  # fmt: skip
            objects.append(head.encode() + b"\nstream\n" + data + b"\nendstream")
            resources = f"<</XObject<</Im {len(objects)} 0 R>>>>".encode()
            content = f"q {width} 0 0 {height} 0 0 cm /Im Do Q".encode()
        packed = zlib.compress(content)
        objects.append(f"<</Length {len(packed)}/Filter/FlateDecode>>\nstream\n".encode() + packed + b"\nendstream")
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {width} {height}]/Rotate {page.rotate}"
            f"/Contents {len(objects)} 0 R/Resources ".encode() + resources + b">>"
        )  # fmt: skip
        kids.append(f"{len(objects)} 0 R".encode())
    objects[1] = b"<</Type/Pages/Kids[" + b" ".join(kids) + f"]/Count {len(kids)}>>".encode()
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n".encode() + body + b"\nendobj\n")
    start = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    out.write(b"".join(f"{place:010d} 00000 n \n".encode() for place in places))
    out.write(f"trailer\n<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def encrypted_pdf() -> bytes:
    """A PDF whose user password is not empty (standard handler, revision 2); its keys open nothing."""
    data = make_pdf([TextPage([("secret", 20, 250)])])
    lock = b"/Encrypt<</Filter/Standard/V 1/R 2/O<" + b"11" * 32 + b">/U<" + b"22" * 32 + b">/P -4>>/ID[<00><00>]"
    return data.replace(b"/Root 1 0 R>>", b"/Root 1 0 R" + lock + b">>")


def scans(num_pages: int, *, corrupt: Sequence[int] = ()) -> bytes:
    """Scanned pages of noise; the pictures of the pages `corrupt` (from 1) are nonsense behind their header."""
    pages = []
    for number in range(1, num_pages + 1):
        data = jpeg(number)
        pages.append(ScanPage(data, stored=data[:20] + bytes(len(data) - 20) if number in corrupt else b""))
    return make_pdf(pages)
