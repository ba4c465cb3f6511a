"""What a trained network can be reused for: labeled pictures, linear probes of features, fine-tuning."""

from vizlib.training.data import PictureSet, divided, few_of
from vizlib.training.drawn_sets import DRAWN_SETS, drawn
from vizlib.training.fine_tuning import fine_tune
from vizlib.training.folders import MAX_IN_FOLDER, picture_folder, uploaded
from vizlib.training.loading import Loading, load_partly
from vizlib.training.settings import OPTIMIZERS, TuningSettings
from vizlib.training.tuning import Tuning

# The classes of results that may be kept on disk.
FRAMES: tuple[type, ...] = (Tuning,)

__all__ = [
    "DRAWN_SETS",
    "FRAMES",
    "Loading",
    "MAX_IN_FOLDER",
    "OPTIMIZERS",
    "PictureSet",
    "Tuning",
    "TuningSettings",
    "divided",
    "drawn",
    "few_of",
    "fine_tune",
    "load_partly",
    "picture_folder",
    "uploaded",
]
