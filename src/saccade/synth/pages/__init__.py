"""Pictures of document pages, asked for as QwenVL HTML, as text, and by their parts."""

from saccade.synth.pages.world import draw_pages

__all__ = ["draw_pages"]
