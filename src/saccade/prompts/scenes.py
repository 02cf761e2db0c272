"""Prompts about things in pictures: describe, find, point, count, name joints, answer in a word.

Detection, pointing and captions are worded as in the Qwen3-VL report (arXiv 2511.21631, appendix) and its examples; the
coordinate system is never explained. Names go in as they are: quotes in them are the caller's to clean.
"""

from __future__ import annotations

from collections.abc import Sequence

CAPTION_PROMPT = "Describe this image in one sentence."
SHORT_PROMPT = "Describe this image."
DETAILED_PROMPT = "Describe this image in detail."
WHERE_PROMPT = "Where are they? Report bbox coordinates in JSON format."  # after a question about some things
SHORT_ANSWER = "Answer the question using a single word or phrase."
JOINTS: tuple[str, ...] = (
    "head", "neck", "left shoulder", "right shoulder", "left elbow", "right elbow", "left hand", "right hand", "hip",
    "left knee", "right knee", "left foot", "right foot",
)  # fmt: skip


def find_prompt(description: str) -> str:
    """The grounding question for a phrase, e.g. "the word 'exit'"."""
    return (
        f'Locate every object that matches the description "{description}" in the image. '
        "Report bbox coordinates in JSON format."
    )


def detect_prompt(categories: Sequence[str]) -> str:
    """The detection question for a list of category names."""
    return (
        "Locate every instance that belongs to the following categories: "
        f'"{", ".join(categories)}". Report bbox coordinates in JSON format.'
    )


def attributes_prompt(categories: Sequence[str], attributes: Sequence[str]) -> str:
    """The detection question that wants further keys beside the label, e.g. "color" and "size"."""
    keys = "".join(f', "{name}": "..."' for name in attributes)
    return (
        "Locate every instance that belongs to the following categories: "
        f'"{", ".join(categories)}". Report bbox coordinates, {" and ".join(attributes)} in JSON format like this: '
        f'{{"bbox_2d": [x1, y1, x2, y2], "label": "..."{keys}}}'
    )


def point_prompt(categories: Sequence[str]) -> str:
    """The pointing question for one or several names."""
    return (
        f"Locate every {', '.join(categories)} with points, report their point coordinates in JSON format like this: "
        '{"point_2d": [x, y], "label": "..."}'
    )


def short_point_prompt(categories: Sequence[str]) -> str:
    """The pointing question in the report's shorter wording."""
    return f"Point to every {', '.join(categories)} in the image. Output the point coordinates in JSON format."


def xml_point_prompt(categories: Sequence[str]) -> str:
    """The pointing question in the wording of the Qwen2.5-VL examples, whose answers are XML."""
    return f"point to the {', '.join(categories)}, output its coordinates in XML format <points x y>object</points>"


def keypoints_prompt(subject: str, names: Sequence[str] = JOINTS) -> str:
    """The question for named points of every `subject`; left and right are the subject's own."""
    return (
        f'Locate the keypoints "{", ".join(names)}" of every {subject} in the image. Report their point coordinates in '
        'JSON format like this: {"label": "...", "keypoints": {"name": [x, y]}}'
    )


def count_prompt(plural: str) -> str:
    """The counting question; `plural` is what is counted, e.g. "red circles"."""
    return f"How many {plural} are there in the image?"


NOT_SHOWN = "not shown"  # the short answer to a question about something that is not there


def short_answer_prompt(question: str) -> str:
    """A question that wants one word or a phrase, in the wording of the DocVQA and ChartQA evaluations."""
    return f"{question}\n{SHORT_ANSWER}"
