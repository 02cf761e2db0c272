"""Prompts for reading text in pictures.

Wordings of the OCR examples in the Qwen2.5-VL and Qwen3-VL repositories.
"""

from __future__ import annotations

READ_PROMPT = "Read all the text in the image."
READ_ONLY_PROMPT = (
    "Please output only the text content from the image without any additional descriptions or formatting."
)
SPOT_PROMPT = "Spotting all the text in the image with line-level, and output in JSON format."
