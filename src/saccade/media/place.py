"""Whether a picture can be written to a place, told before anybody works for it."""

from __future__ import annotations

import os
from pathlib import Path

from PIL import Image

from saccade.errors import BadInput

HINT = "give a file name such as out.png"


def check_place(path: Path) -> None:
    """Raises BadInput where no picture can be written to `path`; folders on the way that are missing are no fault."""
    fault = _fault(path)
    if fault:
        raise BadInput(f"{str(path)!r} cannot be written: {fault}", hint=HINT)


def _fault(path: Path) -> str:
    nearest = next(one for one in path.absolute().parents if one.exists())
    if path.suffix.lower() not in Image.registered_extensions():
        return f"{path.suffix!r} is no ending of a picture" if path.suffix else "it has no ending that names a format"
    if path.is_dir():
        return "it is a folder"
    if not nearest.is_dir():
        return f"{nearest.name!r} is no folder"
    return "" if os.access(path if path.exists() else nearest, os.W_OK) else "that is not permitted"
