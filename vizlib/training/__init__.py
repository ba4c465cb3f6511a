"""What a trained network can be reused for: labeled pictures, linear probes of features, fine-tuning."""

from vizlib.training.data import PictureSet, divided, few_of
from vizlib.training.drawn_sets import DRAWN_SETS, drawn
from vizlib.training.folders import MAX_IN_FOLDER, picture_folder, uploaded

__all__ = ["DRAWN_SETS", "MAX_IN_FOLDER", "PictureSet", "divided", "drawn", "few_of", "picture_folder", "uploaded"]
