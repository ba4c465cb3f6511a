"""What a trained network can be reused for: labeled pictures, linear probes of features, fine-tuning."""

from vizlib.training.curve import COUNTS, LearningCurve, interval, learning_curve
from vizlib.training.data import PictureSet, divided, few_of
from vizlib.training.drawn_sets import DRAWN_SETS, drawn
from vizlib.training.embedding import EMBEDDINGS, embedding
from vizlib.training.features import GRIDS, POOLS, Features, extracting, probe_layers
from vizlib.training.fine_tuning import fine_tune
from vizlib.training.folders import MAX_IN_FOLDER, picture_folder, uploaded
from vizlib.training.linear import CLASSIFIERS, SCALINGS, Linear, pipeline
from vizlib.training.loading import Loading, load_partly
from vizlib.training.probe import Probe
from vizlib.training.probing import linear_probe, probing
from vizlib.training.settings import OPTIMIZERS, TuningSettings
from vizlib.training.tuning import Tuning
from vizlib.training.untrained import untrained

__all__ = [
    "CLASSIFIERS",
    "COUNTS",
    "DRAWN_SETS",
    "EMBEDDINGS",
    "FRAMES",
    "Features",
    "GRIDS",
    "LearningCurve",
    "Linear",
    "Loading",
    "MAX_IN_FOLDER",
    "OPTIMIZERS",
    "POOLS",
    "PictureSet",
    "Probe",
    "SCALINGS",
    "Tuning",
    "TuningSettings",
    "divided",
    "drawn",
    "embedding",
    "extracting",
    "few_of",
    "fine_tune",
    "interval",
    "learning_curve",
    "linear_probe",
    "load_partly",
    "picture_folder",
    "pipeline",
    "probe_layers",
    "probing",
    "untrained",
    "uploaded",
]

FRAMES = (Features, LearningCurve, Probe, Tuning)  # the classes of results that may be kept on disk
