"""What a trained network can be reused for: labeled pictures, linear probes of features, fine-tuning."""

from vizlib.training.data import PictureSet, divided
from vizlib.training.drawn_sets import DRAWN_SETS, drawn

__all__ = ["DRAWN_SETS", "PictureSet", "divided", "drawn"]
