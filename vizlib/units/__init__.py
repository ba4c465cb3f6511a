"""What a unit responds to among real pictures, and which part of a picture it sees."""

from vizlib.units.receptive_field import CROP, fed_classes, found_crops, found_pixels, seen_boxes
from vizlib.units.search import DrawnDigits, DrawnScenes, GivenPictures, Numbers, PictureSource, Survey, search

__all__ = [
    "CROP",
    "DrawnDigits",
    "DrawnScenes",
    "GivenPictures",
    "Numbers",
    "PictureSource",
    "Survey",
    "fed_classes",
    "found_crops",
    "found_pixels",
    "search",
    "seen_boxes",
]
