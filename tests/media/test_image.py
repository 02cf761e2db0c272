"""Pictures: every format and orientation becomes the same upright RGB; bad files are one sentence."""

from __future__ import annotations

import base64
import hashlib
import io
import struct
import subprocess
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from saccade.errors import BadMedia, FetchError, MediaTooLarge
from saccade.media.image import load_image, read_header
from saccade.settings import Settings
from saccade.types import Size
from tests.media.pictures import SETTINGS, array_of, colourful, encode

SOURCE = Path(__file__).parents[2] / "src"


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_of_size(height: int, width: int) -> bytes:
    """A PNG with an honest header and hardly any pixel data."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [png_chunk(b"IHDR", header), png_chunk(b"IDAT", zlib.compress(b"\0")), png_chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


# --- sources and formats ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM"])
def test_lossless_formats_give_the_very_pixels_and_their_true_name(form):
    options = {"lossless": True} if form == "WEBP" else {}
    data = encode(colourful(), form, **options)
    loaded = load_image(data, SETTINGS)
    assert loaded.format == form
    assert loaded.source_size == Size(20, 30)
    assert np.array_equal(np.asarray(loaded.image), np.asarray(colourful()))
    assert read_header(data, SETTINGS).size == Size(20, 30)


def test_jpeg_is_read_within_its_own_loss():
    pixels = array_of(encode(colourful(64, 64), "JPEG", quality=95)).astype(int)
    assert np.abs(pixels - np.asarray(colourful(64, 64)).astype(int)).mean() < 3


def test_every_form_of_source_gives_the_same_digest(tmp_path):
    data = encode(colourful(), "PNG")
    path = tmp_path / "a picture.png"
    path.write_bytes(data)
    sources = [
        data, bytearray(data), path, str(path), path.as_uri(), colourful(), np.asarray(colourful()),
        "data:image/png;base64," + base64.b64encode(data).decode(),
    ]  # fmt: skip
    digests = {load_image(source, SETTINGS).digest for source in sources}
    raw = np.asarray(colourful()).tobytes()
    assert digests == {hashlib.sha256(b"20x30:" + raw).hexdigest()}


def test_the_digest_of_a_tall_picture_does_not_depend_on_strips():
    pixels = np.random.default_rng(1).integers(0, 256, (3000, 1500, 3), np.uint8)
    assert load_image(pixels, SETTINGS).digest == hashlib.sha256(b"3000x1500:" + pixels.tobytes()).hexdigest()


def test_the_content_decides_and_not_the_name_or_label(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(encode(colourful(), "PNG"))
    assert load_image(path, SETTINGS).format == "PNG"
    label = "data:image/gif;base64," + base64.b64encode(encode(colourful(), "BMP")).decode()
    assert load_image(label, SETTINGS).format == "BMP"


@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 1)])
def test_a_gray_array_is_accepted(shape):
    gray = np.arange(600, dtype=np.uint16).astype(np.uint8).reshape(shape)
    assert np.array_equal(array_of(gray)[:, :, 1], gray.reshape(20, 30))


@pytest.mark.parametrize("array", [np.zeros((4, 4, 3), np.float32), np.zeros((4, 4, 2), np.uint8),
                                   np.zeros((0, 4, 3), np.uint8), np.zeros(7, np.uint8)])  # fmt: skip
def test_an_array_that_is_no_picture_is_refused_with_its_shape(array):
    with pytest.raises(BadMedia, match="shape"):
        load_image(array, SETTINGS)


def test_the_header_counts_frames_without_decoding_them():
    frames = [Image.new("L", (30, 20), value) for value in (0, 60, 120, 180, 240)]
    for form in ("GIF", "TIFF", "PNG", "WEBP"):
        data = encode(frames[0], form, save_all=True, append_images=frames[1:])
        assert read_header(data, SETTINGS).num_frames == 5, form
        assert array_of(data).max() == 0, form  # the first frame
    assert read_header(encode(colourful(), "JPEG"), SETTINGS).num_frames == 1


# --- orientation -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP", "JPEG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_once_and_the_header_agrees(form, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if form == "WEBP" else {"quality": 95} if form == "JPEG" else {}
    stored = colourful(48, 64)
    data = encode(stored, form, exif=exif, **options)
    stored.getexif()[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(stored)).astype(int)
    loaded = load_image(data, SETTINGS)
    assert loaded.source_size == Size(*expected.shape[:2])
    assert np.abs(np.asarray(loaded.image).astype(int) - expected).mean() < (6 if form == "JPEG" else 1e-9)
    header = read_header(data, SETTINGS)
    assert (header.size, header.orientation) == (loaded.source_size, orientation)
    opened = Image.open(io.BytesIO(data))
    assert load_image(opened, SETTINGS).digest == loaded.digest  # a picture in memory is turned as well
    assert load_image(opened, SETTINGS).digest == loaded.digest  # and once only, also the second time


def test_exif_behind_the_pixels_of_a_png_counts_for_header_and_pixels():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encode(colourful(), "PNG")
    late = data[:-12] + png_chunk(b"eXIf", exif.tobytes()[6:]) + data[-12:]
    assert read_header(late, SETTINGS).size == Size(30, 20)
    assert np.array_equal(array_of(late), np.rot90(np.asarray(colourful()), -1))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_broken_exif_does_not_stop_a_picture():
    data = encode(colourful(), "PNG", exif=b"Exif\0\0" + b"MM\0*\xff\xff\xff\xff garbage")
    assert np.array_equal(array_of(data), np.asarray(colourful()))


# --- refusals --------------------------------------------------------------------------------------------------------


def test_a_huge_picture_is_refused_from_its_header_in_a_tenth_of_a_second_without_torch(tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_of_size(30_000, 30_000))
    script = f"""
import resource, sys, time
from saccade.errors import MediaTooLarge
from saccade.media.image import load_image, read_header
from saccade.settings import Settings
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
for read in (read_header, load_image):
    try:
        read({str(path)!r}, Settings())
    except MediaTooLarge as error:
        assert "30000 x 30000" in str(error), error
    else:
        raise SystemExit("not refused")
seconds, grown = time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
assert seconds < 0.1, seconds
assert grown < 100_000, grown
assert "torch" not in sys.modules and "httpx" not in sys.modules
"""
    result = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True,
                            env={"PYTHONPATH": str(SOURCE)})  # fmt: skip
    assert result.returncode == 0, result.stderr


def test_a_picture_over_a_small_limit_is_refused_also_in_memory():
    small = Settings(max_image_pixels=599)
    for source in (colourful(), encode(colourful(), "PNG"), np.asarray(colourful())):
        with pytest.raises(MediaTooLarge, match="600 pixels"):
            load_image(source, small)
    assert load_image(colourful(), Settings(max_image_pixels=600)).source_size == Size(20, 30)


def test_no_warning_leaks_for_a_picture_between_pillows_limit_and_ours(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 400)  # colourful() has 600
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for form in ("PNG", "GIF", "TIFF", "JPEG", "WEBP"):
            data = encode(colourful(), form)
            assert read_header(data, SETTINGS).size == Size(20, 30)
            assert load_image(data, SETTINGS).source_size == Size(20, 30)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "PPM"])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_a_file_cut_short_is_bad_media_with_its_name(tmp_path, form, kept):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8))
    data = encode(noise, form)
    path = tmp_path / "holiday.bin"
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(BadMedia, match="holiday") as caught:
        load_image(path, SETTINGS)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_flipped_bytes_never_escape_as_another_error():
    generator = np.random.default_rng(3)
    outcomes = set()
    for form in ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "PPM"):
        data = np.frombuffer(encode(colourful(), form), np.uint8)
        for _ in range(60):
            damaged = data.copy()
            where = generator.integers(0, len(data), 4)
            damaged[where] = generator.integers(0, 256, 4)
            for read in (read_header, load_image):
                try:
                    read(damaged.tobytes(), SETTINGS)
                    outcomes.add("read")
                except BadMedia as error:
                    assert "\n" not in str(error)
                    outcomes.add("refused")
    assert outcomes == {"read", "refused"}


def test_a_text_file_named_png_is_not_a_picture(tmp_path):
    path = tmp_path / "notes.png"
    path.write_text("just some words\n")
    with pytest.raises(BadMedia, match=r"'notes.png' is not a picture: its content is text; allowed are JPEG, PNG"):
        load_image(path, SETTINGS)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"\0\0\0\x18ftypmp42....", "video"),
        (b"\x1aE\xdf\xa3....", "video"),
        (b"\x00" * 40, "something else"),
    ],
)
def test_other_contents_are_named(data, what):
    with pytest.raises(BadMedia, match=what):
        read_header(data, SETTINGS)


def test_formats_outside_the_list_are_refused_though_pillow_reads_them():
    for form in ("ICO", "PCX", "JPEG2000", "TGA"):
        with pytest.raises(BadMedia, match="not a picture"):
            load_image(encode(colourful(), form), SETTINGS)


def test_missing_files_and_folders_are_fetch_errors(tmp_path):
    with pytest.raises(FetchError, match=r"no file 'gone.png'") as caught:
        load_image(tmp_path / "gone.png", SETTINGS)
    assert str(tmp_path) not in str(caught.value)
    with pytest.raises(FetchError, match="is a folder"):
        load_image(str(tmp_path), SETTINGS)


def test_an_aspect_ratio_over_200_is_refused_with_the_ratio():
    assert load_image(Image.new("L", (2000, 10)), SETTINGS).source_size == Size(10, 2000)
    for source in (Image.new("L", (10, 2001)), encode(Image.new("L", (10, 2001)), "PNG")):
        with pytest.raises(BadMedia, match=r"aspect ratio of 200\.1.*crop it or pad"):
            load_image(source, SETTINGS)
        with pytest.raises(BadMedia, match="aspect ratio"):
            read_header(source, SETTINGS)


@pytest.mark.parametrize("source", [None, 7, ["a.png"], object()])
def test_a_thing_that_is_no_source_is_refused(source):
    with pytest.raises(BadMedia, match="is not a source"):
        load_image(source, SETTINGS)


def test_the_callers_picture_is_never_changed():
    mine = colourful()
    mine.getexif()[0x0112] = 6
    before = mine.tobytes()
    loaded = load_image(mine, SETTINGS)
    loaded.image.paste((0, 0, 0), (0, 0, 5, 5))
    plain = colourful()
    load_image(plain, SETTINGS).image.paste((0, 0, 0), (0, 0, 5, 5))
    assert mine.tobytes() == before and mine.getexif()[0x0112] == 6
    assert plain.tobytes() == before
