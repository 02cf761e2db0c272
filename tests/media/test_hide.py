"""Hidden regions: gone for good inside, untouched outside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saccade.errors import BadInput
from saccade.media.hide import enlarged, hide_regions, open_to_hide, write_hidden
from saccade.settings import Settings
from saccade.types import Box

BOX = Box(40, 20, 100, 90)


def noise(mode: str = "RGB", width: int = 160, height: int = 120) -> Image.Image:
    rng = np.random.default_rng(3)
    return Image.fromarray(rng.integers(0, 256, (height, width, len(mode)), dtype=np.uint8), mode)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("method", ["pixelate", "blur", "fill"])
def test_outside_nothing_changes_and_inside_little_is_left(mode: str, method: str):
    image = noise(mode)
    hidden = hide_regions(image, [BOX], method=method)  # type: ignore[arg-type]
    assert hidden.mode == mode and image.tobytes() == noise(mode).tobytes()
    before, after = np.asarray(image), np.asarray(hidden)
    outside = np.ones(before.shape[:2], bool)
    outside[20:90, 40:100] = False
    assert (before[outside] == after[outside]).all()
    inside = after[20:90, 40:100, :3].astype(int)
    assert inside.std() < 0.35 * before[20:90, 40:100, :3].astype(int).std()
    if method != "blur":
        assert len(np.unique(inside.reshape(-1, 3), axis=0)) <= (36 if method == "pixelate" else 1)
    else:  # soft: no step from pixel to pixel
        assert np.abs(np.diff(inside, axis=1)).max() < 25


def test_what_is_left_hangs_on_coarse_means_alone():
    """Two pictures whose blocks have equal means give the same mosaic: nothing finer gets through."""
    one, other = np.full((96, 96, 3), 100, np.uint8), np.full((96, 96, 3), 100, np.uint8)
    other[::2] += 50
    other[1::2] -= 50
    box = [Box(0, 0, 96, 96)]
    for method in ("pixelate", "blur", "fill"):
        hidden = [np.asarray(hide_regions(Image.fromarray(a), box, method=method)) for a in (one, other)]  # type: ignore[arg-type]
        assert (hidden[0] == hidden[1]).all()


def test_a_silhouette_in_the_transparency_is_hidden_too():
    image = Image.new("RGBA", (96, 96), (200, 100, 50, 0))
    image.putpixel((48, 48), (200, 100, 50, 255))
    hidden = hide_regions(image, [Box(0, 0, 96, 96)])
    assert hidden.getpixel((48, 48))[3] < 255  # type: ignore[index]


def test_regions_grow_by_their_margin_and_stay_in_the_picture():
    assert enlarged(Box(10, 10, 30, 50), 100, 100) == Box(5, 0, 35, 60)
    assert enlarged(Box(-20, 90, 8, 300), 100, 100, margin=0) == Box(0, 86, 12, 100)
    assert enlarged(Box(50, 50, 50, 50), 100, 100) == Box(46, 46, 54, 54)


@pytest.mark.parametrize(
    "box", [Box(100, 0, 120, 9), Box(-9, 0, 0, 9), Box(0, 200, 9, 210), Box(9, 9, 3, 12), Box(0, 0, float("nan"), 9)]
)
def test_a_region_of_another_picture_is_refused(box: Box):
    with pytest.raises(BadInput, match="not in the picture of 100 x 100"):
        enlarged(box, 100, 100)


def test_a_file_is_opened_upright_with_its_transparency_and_without_its_metadata(tmp_path: Path):
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "taken at home"
    noise().save(tmp_path / "a.jpg", exif=exif)
    image = open_to_hide(tmp_path / "a.jpg", Settings())
    assert (image.size, image.mode, image.info) == ((120, 160), "RGB", {})
    write_hidden(image, tmp_path / "b.jpg")
    data = (tmp_path / "b.jpg").read_bytes()
    assert b"taken at home" not in data and b"Exif" not in data
    noise("RGBA").save(tmp_path / "c.png")
    kept = open_to_hide(tmp_path / "c.png", Settings())
    assert kept.mode == "RGBA" and kept.tobytes() == noise("RGBA").tobytes()
    Image.new("RGB", (9, 9), (1, 2, 3)).save(tmp_path / "d.png", transparency=(1, 2, 3))
    assert open_to_hide(tmp_path / "d.png", Settings()).getpixel((4, 4))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.tiff"])
def test_copies_are_written_to_the_bit(tmp_path: Path, name: str):
    write_hidden(noise(), tmp_path / "new" / name)
    with Image.open(tmp_path / "new" / name) as image:
        assert image.convert("RGB").tobytes() == noise().tobytes()


def test_what_cannot_be_written_is_said(tmp_path: Path):
    with pytest.raises(BadInput, match="cannot be written"):
        write_hidden(noise("RGBA"), tmp_path / "a.jpg")
    with pytest.raises(BadInput, match="cannot be written"):
        write_hidden(noise(), tmp_path / "a.nothing")
