"""Sources: paths, file:// and data: URIs, bytes, and URLs by way of a local server."""

from __future__ import annotations

import base64
import os
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image

from saccade.errors import BadMedia, FetchError, MediaTooLarge
from saccade.media.fetch import local_path, open_source, read_bytes
from saccade.media.image import load_image
from saccade.settings import Settings
from saccade.types import Size

SETTINGS = Settings()


def test_a_file_is_read_by_path_text_and_uri(tmp_path):
    path = tmp_path / "a name with ü and %20.bin"
    path.write_bytes(b"hello")
    for source in (path, str(path), path.as_uri(), path.as_uri().replace("file://", "FILE://localhost")):
        assert read_bytes(source, SETTINGS, kind="document") == b"hello"
        assert local_path(source, SETTINGS) == path
        with open_source(source, SETTINGS, kind="image") as file:
            assert file.read() == b"hello"


@pytest.mark.parametrize(
    ("uri", "data"),
    [
        ("data:image/png;base64,aGVsbG8=", b"hello"),
        ("data:;base64,aGVsbG8", b"hello"),
        ("DATA:image/png;charset=x;BASE64,aGVs\nbG8=\n", b"hello"),
        ("data:;base64,-_-_", b"\xfb\xff\xbf"),
        ("data:;base64,%2B%2F%2B%2F", b"\xfb\xff\xbf"),
        ("data:text/plain,a%20b", b"a b"),
    ],
)
def test_a_data_uri_is_decoded(uri, data):
    assert read_bytes(uri, SETTINGS, kind="image") == data


@pytest.mark.parametrize("uri", ["data:image/png;base64", "data:;base64,a", "data:;base64,a*b=", "data:;base64,é"])
def test_a_broken_data_uri_is_one_sentence(uri):
    with pytest.raises(BadMedia, match="data: URI"):
        read_bytes(uri, SETTINGS, kind="image")


def test_every_limit_belongs_to_its_kind(tmp_path):
    settings = Settings(max_download_bytes=10, max_file_bytes=20, max_video_bytes=30)
    path = tmp_path / "file.bin"
    path.write_bytes(b"x" * 21)
    as_uri = "data:;base64," + base64.b64encode(b"x" * 11).decode()
    for source in (b"x" * 11, memoryview(b"x" * 11), as_uri, "data:," + "x" * 11):
        with pytest.raises(MediaTooLarge, match="SACCADE_MAX_DOWNLOAD_BYTES"):
            read_bytes(source, settings, kind="image")
        assert read_bytes(source, settings, kind="video") == b"x" * 11
    for read in (read_bytes, open_source):
        with pytest.raises(MediaTooLarge, match="SACCADE_MAX_FILE_BYTES"):
            read(path, settings, kind="document")
    with pytest.raises(MediaTooLarge, match="SACCADE_MAX_VIDEO_BYTES"):
        read_bytes(b"x" * 31, settings, kind="video")
    path.write_bytes(b"x" * 40)
    with open_source(path, settings, kind="video") as file:  # a local video is streamed, so its length is free
        assert len(file.read()) == 40


def test_an_empty_source_is_refused(tmp_path):
    path = tmp_path / "empty.png"
    path.touch()
    for source in (b"", path, "data:,"):
        with pytest.raises(BadMedia, match="is empty"):
            load_image(source, SETTINGS)


def test_paths_that_give_no_file_are_fetch_errors_without_folders(tmp_path):
    fifo = tmp_path / "pipe.png"
    os.mkfifo(fifo)
    cases = [
        (fifo, "not a regular file"),
        (tmp_path, "is a folder"),
        (str(tmp_path) + "/", "is a folder"),
        (tmp_path / "none.png", "no file 'none.png'"),
        ("a\0b.png", "cannot be opened"),
        ("x" * 5000, "cannot be opened"),
        ("/dev/zero", "not a regular file"),
        ("ftp://host/a.png", "ftp://"),
        ("file://other/a.png", "another machine"),
    ]
    for source, words in cases:
        with pytest.raises(FetchError, match=words) as caught:
            read_bytes(source, SETTINGS, kind="image")
        assert str(tmp_path) not in str(caught.value)
        assert len(str(caught.value)) < 250


def test_local_files_can_be_forbidden(tmp_path):
    path = tmp_path / "secret.png"
    Image.new("RGB", (4, 4)).save(path)
    settings = Settings(allow_local_files=False)
    for source in (path, str(path), path.as_uri(), tmp_path / "missing.png"):
        with pytest.raises(FetchError, match="local files may not be read"):
            load_image(source, settings)
    assert load_image(path.read_bytes(), settings).source_size == Size(4, 4)


def test_a_url_is_fetched_judged_by_content_and_named_without_its_query(tmp_path):
    Image.new("RGB", (6, 4)).save(tmp_path / "picture.png")
    (tmp_path / "page.png").write_text("<html>login</html>")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        base = f"http://127.0.0.1:{server.server_port}"
        local = Settings(allow_private_hosts=True)
        assert load_image(f"{base}/picture.png", local).source_size == Size(4, 6)
        with pytest.raises(BadMedia, match="is not a picture: its content is text"):
            load_image(f"{base}/page.png", local)
        with pytest.raises(FetchError, match="status 404") as caught:
            load_image(f"{base}/none.png?key=secret", local)
        assert "secret" not in str(caught.value) and "none.png" in str(caught.value)
        with pytest.raises(FetchError, match="public internet"):
            load_image(f"{base}/picture.png", SETTINGS)
        with pytest.raises(MediaTooLarge):
            load_image(f"{base}/picture.png", Settings(allow_private_hosts=True, max_download_bytes=20))
    finally:
        server.shutdown()
        server.server_close()


def test_a_relative_path_with_a_colon_is_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("shot 12:30.bin").write_bytes(b"x")
    Path("ab:c.bin").write_bytes(b"y")
    assert read_bytes("shot 12:30.bin", SETTINGS, kind="image") == b"x"
    assert read_bytes("ab:c.bin", SETTINGS, kind="image") == b"y"
