"""Pictures of one table, asked for as HTML, as CSV, and by its cells."""

from saccade.synth.tables.world import draw_tables

__all__ = ["draw_tables"]
