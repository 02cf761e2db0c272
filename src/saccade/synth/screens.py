"""Web pages and dialogs shown by a real browser, with the true boxes of their elements from the page itself.

Rendering is slow, so pages are rendered once into a pack and asked about afresh whenever one is drawn. The pack keeps
what a page holds (elements, lines, characters); turns are made when it is picked.

    python -m saccade.synth.screens OUT.zip --split heldout --n 500      500 held-out pages in less than 8 MB
    python -m saccade.synth.screens OUT.zip --n 1500                     pages for training

This needs Chromium (`chromium` of Debian) and the `train` extra (playwright); reading a pack needs neither.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from saccade.errors import BadInput, MissingExtra
from saccade.synth import background, fonts, packs
from saccade.synth.fonts import Face
from saccade.synth.sample import Sample, Task
from saccade.synth.ui import dom, questions, webpages
from saccade.synth.ui.elements import Element, in_reading_order

SIDES_PX = {"train": (416, 640), "heldout": (416, 544)}  # held-out pages are smaller so that the pack stays small
LEAST_X_PX = 7.5  # as the browser measures it; asked for are 8.2 and more
_SEEDS = {"train": 20_250_102, "heldout": 77_002}
_ATTEMPTS = 40
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_LEAST_ELEMENTS, _MOST_CHARS = 3, 1100


def _launch(playwright: Any) -> Any:
    """The browser of this machine. Raises MissingExtra when there is none."""
    path = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        raise MissingExtra("no Chromium is installed", hint="run: scripts/apt_install.sh browser")
    return playwright.chromium.launch(
        executable_path=path, args=["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"]
    )


def _faces(split: str) -> dict[str, float]:
    """Font families of a split with the height of their x over the font size."""
    found = fonts.faces("seen" if split == "train" else "heldout")
    return {family[0].family: _plainest(family).x_height_ratio for family in found}


def _plainest(family: Sequence[Face]) -> Face:
    return min(family, key=lambda face: (face.style not in ("Regular", "Book", "Roman", "Medium"), face.style))


def render_pages(split: str, number: int, *, first: int = 0) -> Iterator[Sample]:
    """Pages `first` to `first + number` of a split, without turns, one by one.

    The same page of the same browser and fonts is always the same. Raises MissingExtra without playwright, a browser
    or fonts.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise MissingExtra("screens are rendered with playwright", hint="run: pip install 'saccade[train]'") from error
    ratios = _faces(split)
    with sync_playwright() as playwright:
        browser = _launch(playwright)
        tab = browser.new_page()
        known = tab.evaluate(dom.RESOLVES, list(ratios))
        families = [(family, ratio) for family, ratio in ratios.items() if family in known]
        try:
            for index in range(first, first + number):
                yield _render(tab, split, index, families)
        finally:
            browser.close()


def _render(tab: Any, split: str, index: int, families: Sequence[tuple[str, float]]) -> Sample:
    """One page: composed anew until nothing is cut off, covered or too small."""
    low, high = SIDES_PX[split]
    for attempt in range(_ATTEMPTS):
        rng = np.random.default_rng(np.random.SeedSequence([_SEEDS[split], index, attempt]))
        height, width = (int(side) for side in rng.integers(low // 8, high // 8 + 1, size=2) * 8)
        font, ratio = families[int(rng.integers(len(families)))]
        page = webpages.compose(rng, split, width, font, ratio)
        tab.set_viewport_size({"width": width, "height": height})
        tab.set_content(page.markup)
        found = tab.evaluate(dom.HARVEST)
        read = dom.read_page(found, height, width)
        if read is None or (found["smallest"] or 0) < LEAST_X_PX:
            continue
        elements, chars, lines, things = read
        if len(elements) < _LEAST_ELEMENTS or len(chars) > _MOST_CHARS:
            continue
        pixels = np.array(Image.open(io.BytesIO(tab.screenshot(type="png"))).convert("RGB"), dtype=np.uint8)
        meta = {
            "world": "screens", "split": split, "index": index, "layout": page.layout, "renderer": page.renderer,
            "x_height_px": round(page.x_height_px, 2), "font": font,
            "elements": [element.plain() for element in in_reading_order(elements, height)],
            "hidden": sorted(page.hidden), "clock": None,
        }  # fmt: skip
        return Sample(pixels, (), tuple(chars), tuple(lines), tuple(things), meta)
    raise AssertionError(f"no page {index} of {split} could be shown whole")


def asked(sample: Sample, rng: np.random.Generator, tasks: Sequence[Task] | None = None) -> Sample:
    """A drawn screen (of this world or of `phones`) with freshly chosen questions; see `questions.ask`."""
    meta = sample.meta
    elements = [Element.of(values) for values in meta["elements"]]
    scene = questions.Scene(
        elements, sample.lines, sample.image.shape[0], meta["split"], frozenset(meta["hidden"]), meta["clock"]
    )
    turns = questions.ask(rng, scene, tasks)
    return replace(sample, turns=turns, tools=questions.tools_for(turns))


def draw_screens(
    rng: np.random.Generator,
    *,
    pack: str | Path,
    tasks: Sequence[Task] | None = None,
    split: str = "train",
    distortion: float = 0.0,
    faces: Any = None,
    height: int | None = None,
    width: int | None = None,
) -> Sample:
    """A page of `pack` with freshly chosen questions, damaged a third as much as `distortion` (0..1) says.

    Pages keep their own size and fonts: `faces`, `height` and `width` are taken so that every world is called alike.
    Raises BadInput when the file is no pack of screens of `split`.
    """
    opened = packs.open_pack(pack)
    sample = opened[int(rng.integers(len(opened)))] if len(opened) else Sample(np.zeros((1, 1, 3), dtype=np.uint8), ())
    if sample.meta.get("split") != split or "elements" not in sample.meta:
        raise BadInput(
            f"{pack} holds no screens for {split}",
            hint=f"make some: python -m saccade.synth.screens OUT.zip --split {split}",
        )
    if distortion > 0:
        pixels, damage = background.spoil(
            rng, Image.fromarray(sample.image), distortion / 3, sample.meta["x_height_px"]
        )
        sample = replace(sample, image=pixels, meta={**sample.meta, **damage})
    return asked(sample, rng, tasks)


def write_pages(
    path: str | Path, split: str, number: int, *, jpeg_quality: int, tasks: Sequence[Task] | None = None
) -> int:
    """Render `number` pages into a pack; with `tasks` each has those turns, as held-out sets need them."""

    def pages() -> Iterator[Sample]:
        for index, sample in enumerate(render_pages(split, number)):
            if index % 100 == 0:
                print(f"{index} of {number} pages", file=sys.stderr, flush=True)
            rng = np.random.default_rng(np.random.SeedSequence([_SEEDS[split], index, _ATTEMPTS]))
            yield asked(sample, rng, tasks) if tasks else sample

    return packs.write_samples(path, pages(), jpeg_quality=jpeg_quality)


def main(arguments: Sequence[str] | None = None) -> None:
    """Render a pack; the module's docstring shows how."""
    parser = argparse.ArgumentParser(
        prog="python -m saccade.synth.screens", description="Render web pages into a pack."
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--split", choices=tuple(SIDES_PX), default="train")
    parser.add_argument("--n", type=int, default=1500, help="pages (default 1500)")
    parser.add_argument("--quality", type=int, help="JPEG quality where lossless is larger (default 88, held-out 75)")
    parser.add_argument("--tasks", default="click", help="turns of held-out pages, with commas (default click)")
    given = parser.parse_args(arguments)
    held_out = given.split == "heldout"
    tasks = tuple(given.tasks.split(",")) if held_out else None
    quality = given.quality or (75 if held_out else 88)
    number = write_pages(given.out, given.split, given.n, jpeg_quality=quality, tasks=tasks)
    print(f"{number} pages, {given.out.stat().st_size / 1e6:.1f} MB in {given.out}")


if __name__ == "__main__":
    main()
