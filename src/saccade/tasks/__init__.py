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
    translate(model, "menu.jpg", "en")      the text in another language, line by line, and set in its place
    product(model, "a.jpg", taxonomy=[...]) a catalogue entry, with measured colours
    recognise(model, "a.jpg", "plant")      names in several languages
    design_review(model, "page.png")        findings, and measured palette and contrasts
    ask_document(model, "long.pdf", "...")  an answer with the page and the place it stands at
    solve(model, "homework.png")            the answer to a problem, the reasoning apart, its arithmetic checked
    report(model, "blood.pdf", "lab")       exam sheets and laboratory reports, sums and levels computed
    diagram(model, "process.png")           nodes and arrows, as Mermaid and DOT
    story(model, ["a.jpg", "b.jpg"])        a story whose passages know their pictures
    summary(model, "letter.pdf")            a few plain sentences with their pages
    picture_prompt(model, "a.jpg")          a prompt for a program that makes pictures
    embed(model, "a.jpg")                   a vector of a picture; `PictureIndex` searches many
    blur_faces(model, "a.jpg")              a copy with the faces hidden

The first argument is a model or an engine. All results are frozen; coordinates are pixels of the caller's file.
"""

# At once, not lazily: each function has its module's name and must stand in the package in its place.
from saccade.tasks.blur_faces import BlurredPicture, blur_faces
from saccade.tasks.caption import Caption, caption
from saccade.tasks.chart import Chart, chart
from saccade.tasks.compare import Comparison, compare
from saccade.tasks.count import Count, count
from saccade.tasks.design_review import Contrast, DesignReview, Finding, design_review
from saccade.tasks.detect import Detections, detect
from saccade.tasks.diagram import Diagram, DiagramEdge, DiagramNode, diagram
from saccade.tasks.document import Block, Document, Page
from saccade.tasks.document_plan import DocumentPlan, plan_document
from saccade.tasks.extract import extract
from saccade.tasks.extraction.result import Extraction, Field
from saccade.tasks.keypoints import Keypoints, keypoints
from saccade.tasks.long_document import Citation, DocumentAnswer, ask_document
from saccade.tasks.ocr import OcrResult, ocr
from saccade.tasks.parse import Figure, figure_crops, parse
from saccade.tasks.picture_prompt import PicturePrompt, picture_prompt
from saccade.tasks.point import Points, point
from saccade.tasks.product import Product, product
from saccade.tasks.recognise import Recognised, Recognition, recognise
from saccade.tasks.report import Report, report
from saccade.tasks.reports.exam import ExamAnswer, Score
from saccade.tasks.reports.lab import LabResult
from saccade.tasks.similarity import PictureIndex, embed
from saccade.tasks.solve import Solution, solve
from saccade.tasks.story import Passage, Story, story
from saccade.tasks.summary import Summary, SummarySentence, summary
from saccade.tasks.tables import FoundTable, Tables, tables
from saccade.tasks.translate import TranslatedLine, Translation, translate
from saccade.tasks.verify_images import Verdict, verify_images

__all__ = [
    "Block",
    "BlurredPicture",
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
    "PictureIndex",
    "Points",
    "Tables",
    "Verdict",
    "ask_document",
    "blur_faces",
    "chart",
    "compare",
    "embed",
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
    "Contrast",
    "DesignReview",
    "Finding",
    "Product",
    "Recognised",
    "Recognition",
    "TranslatedLine",
    "Translation",
    "design_review",
    "product",
    "recognise",
    "translate",
    "Diagram",
    "DiagramEdge",
    "DiagramNode",
    "ExamAnswer",
    "LabResult",
    "Passage",
    "PicturePrompt",
    "Report",
    "Score",
    "Solution",
    "Story",
    "Summary",
    "SummarySentence",
    "diagram",
    "picture_prompt",
    "report",
    "solve",
    "story",
    "summary",
]
