"""Questions about videos, and how their answers write times.

The wordings of events and moments are those of the Qwen3-VL video cookbook and of the reports' Charades-STA prompts.
Times are float seconds from the first frame.
"""

from __future__ import annotations

from typing import Literal

DESCRIBE_PROMPT = "Describe this video."
DESCRIBE_PROMPTS = (
    DESCRIBE_PROMPT,
    "Describe what happens in this video.",
    "Describe this video in two or three sentences.",
)
EVENTS_PROMPT = (
    "Localize a series of activity events in the video, output the start and end timestamp for each event, and "
    "describe each event with sentences. Provide the result in json format with 'mm:ss.ff' format for time depiction."
)
ABSENT_MOMENT = "The described content does not occur in the video."


def moment_prompt(query: str) -> str:
    """When something happens; the answer reads "The event happens in 00:12.00 - 00:15.00."."""
    return (
        f"Give the query: '{query}', when does the described content occur in the video? Use 'mm:ss.ff' as time format."
    )


def moment_seconds_prompt(query: str) -> str:
    """When something happens, asked as Charades-STA does; the answer reads "From 12.0s to 15.0s."."""
    return (
        f"Give the query: '{query}', when does the described content occur in the video? "
        "Please return the timestamp in seconds."
    )


def clock_prompt(place: Literal["start", "end"]) -> str:
    """The question for the clock on the screen."""
    return f"Read the clock at the {place} of the video."


def format_time(seconds: float) -> str:
    """ "01:32.40": minutes, seconds and hundredths; `seconds` must not be negative."""
    hundredths = round(seconds * 100)
    return f"{hundredths // 6000:02d}:{hundredths // 100 % 60:02d}.{hundredths % 100:02d}"
