"""What a trained network can be reused for: labeled pictures, linear probes of features, fine-tuning."""

from vizlib.training.data import PictureSet, divided, few_of
from vizlib.training.drawn_sets import DRAWN_SETS, drawn
from vizlib.training.features import GRIDS, POOLS, Features, extracting, probe_layers
from vizlib.training.folders import MAX_IN_FOLDER, picture_folder, uploaded

__all__ = [
    "DRAWN_SETS",
    "FRAMES",
    "Features",
    "GRIDS",
    "MAX_IN_FOLDER",
    "POOLS",
    "PictureSet",
    "divided",
    "drawn",
    "extracting",
    "few_of",
    "picture_folder",
    "probe_layers",
    "uploaded",
]

FRAMES = (Features,)  # the classes of results that may be kept on disk
