"""Prompt for a review of a user interface or a graphic. Colours and contrast are measured and not asked for."""

from __future__ import annotations

AREAS = ("layout", "hierarchy", "alignment", "spacing", "typography", "colour", "imagery", "icons", "consistency",
         "content", "accessibility", "other")  # fmt: skip
SEVERITIES = ("low", "medium", "high")

REVIEW_PROMPT = (
    "Review the design of this user interface or graphic. Answer in JSON format like this: "
    '{"style": "...", "hierarchy": ["...", "..."], "findings": [{"area": "...", "severity": "...", "finding": "...", '
    '"suggestion": "...", "bbox_2d": [x1, y1, x2, y2]}]}. "style" is the style in a few words, "hierarchy" is what the '
    f'eye meets first, second and third. "area" is one of {", ".join(AREAS)}; "severity" is one of '
    f"{', '.join(SEVERITIES)}. Give the findings that matter most, at most ten, and no contrast ratios or colour codes."
)
