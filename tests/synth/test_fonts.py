from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from saccade.errors import MissingExtra
from saccade.synth import fonts
from saccade.synth.fonts import Face

Families = tuple[tuple[Face, ...], ...]


def test_seen_and_heldout_families_are_disjoint_and_many() -> None:
    assert not set(fonts.SEEN_FAMILIES) & set(fonts.HELDOUT_FAMILIES)
    assert len(set(fonts.SEEN_FAMILIES)) == len(fonts.SEEN_FAMILIES) >= 40
    assert len(set(fonts.HELDOUT_FAMILIES)) == len(fonts.HELDOUT_FAMILIES) >= 8


def test_the_x_height_asked_for_is_the_x_height_drawn(families: Families) -> None:
    for family in families[:12]:
        for x_height in (9.0, 24.0):
            _, top, _, bottom = fonts.sized_font(family[0], x_height).glyph_box("x")
            assert abs((bottom - top) - x_height) <= 1.5, (family[0].family, x_height, bottom - top)


def test_pens_add_up_to_the_length_of_the_whole_line(families: Families) -> None:
    text = "AVA To, fiji 1.75 (WAXY)"
    for family in families[:12]:
        font = fonts.sized_font(family[0], 12)
        assert abs(font.pens(text)[-1] - font.font.getlength(text)) <= 1.0


def test_every_face_draws_upper_and_lower_case_apart(families: Families) -> None:
    for family in families[:12]:
        font = fonts.sized_font(family[0], 24).font
        drawn = {char: bytes(font.getmask(char)) for char in fonts.PRINTABLE}
        assert all(drawn.values())
        assert all(drawn[char] != drawn[char.upper()] for char in "aegr")


def test_families_are_chosen_evenly_however_many_styles_they_have() -> None:
    one, many = Face("a.ttf", "One", "Regular", 0.5), Face("b.ttf", "Many", "Bold", 0.5)
    rng = np.random.default_rng(0)
    chosen = [fonts.choose_face(rng, ((one,), (many,) * 9)).family for _ in range(400)]
    assert 150 < chosen.count("One") < 250


def test_a_text_file_named_like_a_font_is_not_usable(tmp_path: Path) -> None:
    path = tmp_path / "fake.ttf"
    path.write_text("no font")
    assert fonts.usable(path) is None


def test_no_fonts_at_all_is_an_error_that_names_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_index", lambda font_set: {})
    with pytest.raises(MissingExtra, match="no seen fonts are installed") as raised:
        fonts.faces("seen")
    assert raised.value.hint == f"run: {fonts.APT_LINE}"


def test_held_out_typefaces_come_with_the_package_and_their_licenses() -> None:
    found = fonts.faces("heldout")
    assert [family[0].family for family in found] == list(fonts.HELDOUT_FAMILIES)
    folder = files("saccade") / "assets" / "fonts" / "heldout"
    shipped = {Path(face.path).name for family in found for face in family}
    assert shipped == {entry.name for entry in folder.iterdir() if entry.name.endswith((".ttf", ".otf"))}
    assert all(Path(face.path).parent == Path(str(folder)) for family in found for face in family)
    licenses = [entry.read_text("utf-8") for entry in folder.iterdir() if entry.name.endswith(".copyright.txt")]
    assert len(licenses) >= 8 and all("License" in text or "license" in text for text in licenses)
