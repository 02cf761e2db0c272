"""When one file counts as passed: the one table of thresholds, in per cent of the measure's own unit.

Measures are those of `saccade.train.scoring` (docs/eval.md says what each one counts).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from saccade.train.scoring.amounts import Scores

FALSE_ALARMS = "false alarms"  # of a question about something that is not there: any one fails the file


@dataclass(frozen=True, slots=True)
class Rule:
    """A file passes where `measure` is at least, or with `at_most` at most, `percent` per cent."""

    measure: str
    percent: int
    at_most: bool = False

    def holds(self, scores: Scores) -> bool:
        """Whether the scores of one answer pass; a measure that the question does not have is no hindrance."""
        if FALSE_ALARMS in scores and scores[FALSE_ALARMS].value > 0:
            return False
        if self.measure not in scores:
            return FALSE_ALARMS in scores
        value = 100 * scores[self.measure].value
        return value <= self.percent + 1e-9 if self.at_most else value >= self.percent - 1e-9

    def __str__(self) -> str:
        if self.percent == 100:
            return self.measure
        return f"{self.measure} {'<=' if self.at_most else '>='} {self.percent} %"


#                                   share of                        of the file's
RULES: Mapping[str, Rule] = {
    "ocr": Rule("CER", 10, at_most=True),  # edits              characters
    "spot": Rule("line F1", 80),  # lines read in their place    lines
    "detect": Rule("F1@0.5", 80),  # boxes                       things
    "point": Rule("point F1", 80),  # points inside              things
    "keypoints": Rule("PCK@0.1", 80),  # joints within a tenth   joints
    "count": Rule("exact", 100),  # right numbers                questions
    "caption": Rule("word F1", 80),  # words in common           words
    "vqa": Rule("exact", 100),  # right answers                  questions
    "extract": Rule("field F1", 80),  # values                   fields
    "product": Rule("field F1", 80),  # values                   fields
    "tables": Rule("TEDS", 80),  # alike as trees                tables
    "chart": Rule("value F1", 80),  # values within 5 %          values
    "parse": Rule("block F1@0.5", 80),  # blocks in their place  blocks
    "verify": Rule("accuracy", 100),  # right verdicts           pairs
    "events": Rule("F1@tIoU0.5", 80),  # stretches               events
    "moment": Rule("R@1 tIoU0.5", 100),  # stretches             questions
}
