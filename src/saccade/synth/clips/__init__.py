"""Short silent clips of things that enter, leave, move, change colour, grow and shrink, with cuts and a clock.

A clip is planned first (`plan`), becomes a film that knows what every moment shows (`film`), and is drawn at exactly
the frames a model is shown (`paint`) or written as a file (`file`). Answers are read off the plan (`told`, `asked`).
"""

from __future__ import annotations

from saccade.synth.clips.draw import CLIP_TASKS as CLIP_TASKS
from saccade.synth.clips.draw import draw_clips as draw_clips
