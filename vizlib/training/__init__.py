"""What a trained network can be reused for: labeled pictures, linear probes of features, fine-tuning."""

from vizlib.training.answers import Answers, answering
from vizlib.training.changes import UnitChanges, WeightChanges, unit_changes, weight_changes
from vizlib.training.data import PictureSet, divided
from vizlib.training.drawn_sets import DRAWN_SETS, drawn
from vizlib.training.pairs import check_pair, with_old_head
from vizlib.training.similarity import Similarity, cka

__all__ = [
    "DRAWN_SETS",
    "FRAMES",
    "Answers",
    "PictureSet",
    "Similarity",
    "UnitChanges",
    "WeightChanges",
    "answering",
    "check_pair",
    "cka",
    "divided",
    "drawn",
    "unit_changes",
    "weight_changes",
    "with_old_head",
]

FRAMES = (Answers, Similarity, UnitChanges)  # the classes of results that may be kept on disk
