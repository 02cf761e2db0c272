"""Tasks: typed answers about pictures, from any engine.

    caption(model, "a.jpg")                 one sentence about a picture
    ocr(model, "page.png", boxes=True)      the text in a picture, with a box per line
    detect(model, "a.jpg", ["cat", "dog"])  boxes of things
    point(model, "a.jpg", "cup")            points at them
    keypoints(model, "a.jpg", "person")     named points, such as joints
    count(model, "a.jpg", "coins")          how many
    extract(model, "a.pdf", ["total"])      named fields, typed, placed and checked
    compare(model, ["a.jpg", "b.jpg"])      what is different
    verify_images(model, ["a.jpg", "b.jpg"], ["house number"])    whether pictures agree
    parse(model, "page.pdf")                pages as blocks with kind, text, place and reading order
    tables(model, "page.png")               tables with their spans
    chart(model, "chart.png")               the data of a chart
    ask_document(model, "long.pdf", "...")  an answer with the page and the place it stands at

The first argument is a model or an engine. All results are frozen; coordinates are pixels of the caller's file.
"""

# At once, not lazily: each function has its module's name and must stand in the package in its place.
from saccade.tasks.caption import Caption, caption
from saccade.tasks.chart import Chart, chart
from saccade.tasks.compare import Comparison, compare
from saccade.tasks.count import Count, count
from saccade.tasks.detect import Detections, detect
from saccade.tasks.document import Block, Document, Page
from saccade.tasks.extract import extract
from saccade.tasks.extraction.result import Extraction, Field
from saccade.tasks.keypoints import Keypoints, keypoints
from saccade.tasks.long_document import Citation, DocumentAnswer, DocumentPlan, ask_document, plan_document
from saccade.tasks.ocr import OcrResult, ocr
from saccade.tasks.parse import Figure, figure_crops, parse
from saccade.tasks.point import Points, point
from saccade.tasks.tables import FoundTable, Tables, tables
from saccade.tasks.verify_images import Verdict, verify_images

__all__ = [
    "Block",
    "Chart",
    "Citation",
    "Comparison",
    "Document",
    "DocumentAnswer",
    "DocumentPlan",
    "Extraction",
    "Field",
    "Figure",
    "FoundTable",
    "Keypoints",
    "Page",
    "Points",
    "Tables",
    "Verdict",
    "ask_document",
    "chart",
    "compare",
    "extract",
    "figure_crops",
    "keypoints",
    "parse",
    "plan_document",
    "point",
    "tables",
    "Caption",
    "Count",
    "Detections",
    "OcrResult",
    "caption",
    "count",
    "detect",
    "ocr",
    "verify_images",
]
