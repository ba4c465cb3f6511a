"""What a unit responds to among real pictures, and which part of a picture it sees."""

from vizlib.units.receptive_field import CROP, fed_classes, found_crops, found_pixels, seen_boxes
from vizlib.units.search import DrawnDigits, DrawnScenes, GivenPictures, Numbers, Source, Survey, search

__all__ = [
    "CROP",
    "FRAMES",
    "DrawnDigits",
    "DrawnScenes",
    "GivenPictures",
    "Numbers",
    "Source",
    "Survey",
    "fed_classes",
    "found_crops",
    "found_pixels",
    "search",
    "seen_boxes",
]

FRAMES = (Survey,)  # the classes of results that may be kept on disk
