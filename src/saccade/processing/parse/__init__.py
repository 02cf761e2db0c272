"""Readers of model answers: tolerant of what models write, strict about what they hand on."""
