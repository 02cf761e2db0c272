"""Tasks: typed answers about pictures, from any engine.

    caption(model, "a.jpg")                 one sentence about a picture
    ocr(model, "page.png", boxes=True)      the text in a picture, with a box per line
    detect(model, "a.jpg", ["cat", "dog"])  boxes of things
    count(model, "a.jpg", "coins")          how many

The first argument is a model or an engine. All results are frozen; coordinates are pixels of the caller's file.
"""

# At once, not lazily: each function has its module's name and must stand in the package in its place.
from saccade.tasks.caption import Caption, caption
from saccade.tasks.count import Count, count
from saccade.tasks.detect import Detections, detect
from saccade.tasks.ocr import OcrResult, ocr

__all__ = ["Caption", "Count", "Detections", "OcrResult", "caption", "count", "detect", "ocr"]
