"""What a trained network can be reused for: labeled pictures, linear probes of features, fine-tuning."""

from vizlib.training.changes import UnitChanges, WeightChanges, unit_changes, weight_changes
from vizlib.training.confusion import Confusion, answering
from vizlib.training.data import PictureSet, divided, few_of
from vizlib.training.drawn_sets import DRAWN_SETS, drawn
from vizlib.training.features import GRIDS, POOLS, Features, extracting, probe_layers
from vizlib.training.fine_tuning import fine_tune
from vizlib.training.folders import MAX_IN_FOLDER, picture_folder, uploaded
from vizlib.training.loading import Loading, load_partly
from vizlib.training.pairs import check_pair, with_old_head
from vizlib.training.settings import OPTIMIZERS, TuningSettings
from vizlib.training.similarity import Similarity, cka
from vizlib.training.tuning import Tuning

# The classes of results that may be kept on disk.
FRAMES: tuple[type, ...] = (Confusion, Features, Similarity, Tuning, UnitChanges)

__all__ = [
    "Confusion",
    "DRAWN_SETS",
    "FRAMES",
    "Features",
    "GRIDS",
    "Loading",
    "MAX_IN_FOLDER",
    "OPTIMIZERS",
    "POOLS",
    "PictureSet",
    "Similarity",
    "Tuning",
    "TuningSettings",
    "UnitChanges",
    "WeightChanges",
    "answering",
    "check_pair",
    "cka",
    "divided",
    "drawn",
    "extracting",
    "few_of",
    "fine_tune",
    "load_partly",
    "picture_folder",
    "probe_layers",
    "unit_changes",
    "uploaded",
    "weight_changes",
    "with_old_head",
]
