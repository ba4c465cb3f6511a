"""Units among real pictures: which pictures excite them, and which part of a picture they see."""

from vizlib.units.receptive_field import CROP, fed_classes, found_crops, found_pixels, seen_boxes
from vizlib.units.search import (
    DrawnDigits,
    DrawnScenes,
    GivenPictures,
    Numbers,
    PhotographPieces,
    PictureSource,
    Survey,
    search,
    survey_recipe,
)

__all__ = [
    "CROP",
    "FRAMES",
    "DrawnDigits",
    "DrawnScenes",
    "GivenPictures",
    "Numbers",
    "PhotographPieces",
    "PictureSource",
    "Survey",
    "fed_classes",
    "found_crops",
    "found_pixels",
    "search",
    "seen_boxes",
    "survey_recipe",
]

FRAMES = (Survey,)  # the classes of results that may be kept on disk
