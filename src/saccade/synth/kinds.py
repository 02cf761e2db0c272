"""What a drawn thing can be: the shapes and everything on pages, charts, screens and clips.

The vision tower's throw-away training head names the kind of whatever covers a spot, so a new kind goes to the end.
"""

from __future__ import annotations

from saccade.synth.outlines import SHAPES

KINDS: tuple[str, ...] = (
    *SHAPES,
    # pages
    "heading", "paragraph", "list", "table", "figure", "caption", "field", "stamp", "photo", "logo",
    # charts
    "bar", "slice", "marker", "axis label", "legend entry",
    # screens
    "button", "textbox", "checkbox", "radio", "switch", "dropdown", "link", "icon", "tab", "slider", "menu item",
    # scenes and clips
    "person", "joint", "house", "car", "tree", "clock", "sign",
)  # fmt: skip
