"""Names in messages: enough to find the source, nothing private."""

from __future__ import annotations

from pathlib import Path

import pytest

from saccade.media.naming import scheme_of, source_name, too_many_bytes


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (Path("/home/ada/secret plans/a.png"), "a.png"),
        ("/home/ada/secret plans/a.png", "a.png"),
        ("folder/", "folder"),
        ("file:///home/ada/a.png", "a.png"),
        ("C:\\Users\\ada\\a.png", "a.png"),
        (Path(), "this folder"),
        ("https://ada:pw@host.example:8443/dir/a.png?key=secret#part", "https://host.example:8443/dir/a.png"),
        ("http://[::1/a.png", "<http URL>"),
        ("data:image/png;base64,AAAA", "<data: URI>"),
        (b"abc", "<bytes>"),
        (None, "<NoneType>"),
        ("two\nlines\x1b[31m.png", "two?lines?[31m.png"),
    ],
)
def test_a_source_is_named_without_what_should_stay_private(source, name):
    assert source_name(source) == name


def test_long_names_are_cut():
    assert len(source_name("x" * 100_000)) == 80


@pytest.mark.parametrize(("text", "scheme"), [("HTTP://a", "http"), ("a.png", ""), ("C:\\a", ""), ("12:30.png", ""),
                                              ("data:,x", "data"), ("", "")])  # fmt: skip
def test_a_scheme_is_told_from_a_path(text, scheme):
    assert scheme_of(text) == scheme


def test_the_size_error_names_the_variable_to_raise():
    error = too_many_bytes(3 * 1024 * 1024, 1024 * 1024, "a.png", "max_file_bytes")
    assert (
        str(error)
        == "'a.png' has 3.0 MiB, more than the allowed 1.0 MiB; make it smaller or raise SACCADE_MAX_FILE_BYTES"
    )
    assert error.http_status == 413
