"""Results in other programs' formats, and back.

    save(result, "out.json", format="coco", images="street.jpg")    one result, or a list with as many images
    load("out.json")                                                pictures with their boxes, points and figures

coco, csv, html and json are one file for all pictures, svg one file for one; labelme, voc and yolo are folders. What a
format has no place for is refused, never left out silently; polygons become boxes where there are no polygons.
"""

from saccade.export.formats import FORMATS, READABLE, find_format, load, save
from saccade.export.pictures import Annotations, Picture, annotations_of

__all__ = ["FORMATS", "READABLE", "Annotations", "Picture", "annotations_of", "find_format", "load", "save"]
