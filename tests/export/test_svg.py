"""SVG and HTML overlays: well-formed, self-contained, in the right places, and safe to open."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from saccade.errors import BadInput
from saccade.export import Annotations, Picture, save
from saccade.export.svg import html_of, svg_of
from saccade.processing.parse.points import Figure
from saccade.types import Box, Point, Size

SVG = "{http://www.w3.org/2000/svg}"
EVIL = '"><script>alert(1)</script>\x00&'


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    Image.fromarray(rng.integers(0, 255, (60, 80, 3), dtype=np.uint8)).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def picture(source: Path | None = None, label: str = "قطة") -> Picture:
    corners = ((10.0, 10.0), (30.0, 12.0), (20.0, 30.0))
    boxes = (Box(1.5, 2, 40, 50, label), Box(10, 10, 30, 30, "sign", attributes={"polygon": corners}))
    figure = Figure({"neck": Point(50, 20), "hip": Point(50, 40)}, None, "man")
    return Picture("photo.png", Size(60, 80), boxes, (Point(70, 30, "dot"),), (figure,), source and str(source))


def test_shapes_stand_in_pixels_of_the_picture():
    root = ElementTree.fromstring(svg_of(picture(), picture="none"))
    assert root.get("viewBox") == "0 0 80 60"
    rect = root.find(f"{SVG}g[@id='item-1']/{SVG}rect")
    assert rect is not None and [rect.get(name) for name in ("x", "y", "width", "height")] == ["1.5", "2", "38.5", "48"]
    polygon = root.find(f"{SVG}g[@id='item-2']/{SVG}polygon")
    assert polygon is not None and polygon.get("points") == "10,10 30,12 20,30"
    assert len(root.findall(f"{SVG}g[@id='item-4']/{SVG}circle")) == 2  # the points of the figure
    texts = {text.text: text.attrib for text in root.iter(f"{SVG}text")}
    assert texts["قطة"]["direction"] == "rtl" and "direction" not in texts["sign"]


def test_the_picture_is_embedded_whole_and_upright(photo: Path, tmp_path: Path):
    turned = Image.open(photo)
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(tmp_path / "turned.png", exif=exif)
    page = Picture("turned.png", Size(80, 60), source=str(tmp_path / "turned.png"))
    reference = re.search(r'href="data:image/png;base64,([^"]+)"', svg_of(page))
    assert reference is not None
    embedded = Image.open(io.BytesIO(base64.b64decode(reference[1])))
    assert embedded.size == (60, 80)
    assert np.array_equal(np.asarray(embedded), np.rot90(np.asarray(turned.convert("RGB")), -1))
    with pytest.raises(BadInput, match="stored turned"):
        svg_of(page, picture="link")


def test_the_picture_can_be_linked_or_left_out(photo: Path):
    assert f'href="{photo.as_uri()}"' in svg_of(picture(photo), picture="link")
    assert "<image" not in svg_of(picture(photo), picture="none")


def test_a_picture_that_is_missing_or_another_one_is_said(photo: Path):
    with pytest.raises(BadInput, match=r"file of 'photo\.png' is not known; give image="):
        svg_of(picture())
    with pytest.raises(BadInput, match="80 x 60 pixels, its shapes were found on 8 x 6"):
        svg_of(Picture("photo.png", Size(6, 8), source=str(photo)))
    with pytest.raises(BadInput, match="unknown way 'paste'"):
        svg_of(picture(photo), picture="paste")  # type: ignore[arg-type]


def test_labels_and_names_cannot_break_out():
    page = Picture(EVIL, Size(60, 80), (Box(1, 2, 30, 40, EVIL),))
    for text in (svg_of(page, picture="none"), html_of(Annotations((page,), (EVIL,)), picture="none")):
        assert "<script" not in text and "\x00" not in text
    labels = [text.text for text in ElementTree.fromstring(svg_of(page, picture="none")).iter(f"{SVG}title")]
    assert labels == [EVIL.replace("\x00", "")]


def test_the_page_holds_all_pictures_and_loads_nothing(photo: Path, tmp_path: Path):
    pages = (picture(photo), picture(photo, "猫"))
    save(Annotations(pages, ()), tmp_path / "out.html")
    text = (tmp_path / "out.html").read_text("utf-8")
    assert text.count("<svg") == 2 and text.count("<li ") == 8 and "default-src 'none'" in text
    assert not re.findall(r'(?:src|href)="(?!data:)', text)
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_an_svg_shows_one_picture(tmp_path: Path):
    with pytest.raises(BadInput, match="an SVG shows one picture, and 2 came; use html"):
        save(Annotations((picture(), picture()), ()), tmp_path / "out.svg")
