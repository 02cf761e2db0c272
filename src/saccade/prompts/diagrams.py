"""The question for a diagram as Mermaid, the notation that models know best; its syntax is that of mermaid.js.org."""

from __future__ import annotations

DIAGRAM_PROMPT = (
    "Turn the diagram in the image into Mermaid code. Write every box with its text and its shape, and every arrow "
    "with its direction and its label. Answer with the code alone."
)
