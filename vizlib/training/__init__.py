"""What a trained network can be reused for: labeled pictures, linear probes of features, fine-tuning."""

from vizlib.training.changes import UnitChanges, WeightChanges, unit_changes, weight_changes
from vizlib.training.confusion import Confusion, answering
from vizlib.training.curve import COUNTS, LearningCurve, interval, learning_curve
from vizlib.training.data import Pictures, PictureSet, divided, few_of
from vizlib.training.domains.adaptation import Adaptation
from vizlib.training.domains.adapting import adapt
from vizlib.training.domains.clouds import Clouds, clouds
from vizlib.training.drawn_sets import DRAWN_SETS, drawn
from vizlib.training.embedding import EMBEDDINGS, embedding
from vizlib.training.features import GRIDS, POOLS, Features, extracting, probe_layers
from vizlib.training.fine_tuning import fine_tune
from vizlib.training.folders import MAX_IN_FOLDER, picture_folder, uploaded
from vizlib.training.gan.frame import GanFrame
from vizlib.training.gan.judge import Measures, judge_of
from vizlib.training.gan.losses import LOSSES
from vizlib.training.gan.measures import frechet_distance, precision_recall
from vizlib.training.gan.prior import Deception, fool_judge
from vizlib.training.gan.settings import ONLY, PRESETS, GanSettings, Preset
from vizlib.training.gan.trained import Gan, open_gan
from vizlib.training.gan.training import train_gan
from vizlib.training.linear import CLASSIFIERS, SCALINGS, Linear, pipeline
from vizlib.training.loading import Loading, load_partly
from vizlib.training.pairs import check_pair, with_old_head
from vizlib.training.probe import Probe
from vizlib.training.probing import linear_probe, probing
from vizlib.training.settings import OPTIMIZERS, TuningSettings
from vizlib.training.similarity import Similarity, cka
from vizlib.training.tuning import Tuning
from vizlib.training.untrained import untrained

# The classes of results that may be kept on disk.
FRAMES: tuple[type, ...] = (
    Adaptation,
    Clouds,
    Confusion,
    Deception,
    Features,
    GanFrame,
    LearningCurve,
    Measures,
    Probe,
    Similarity,
    Tuning,
    UnitChanges,
)

__all__ = [
    "Adaptation",
    "CLASSIFIERS",
    "COUNTS",
    "Clouds",
    "Confusion",
    "DRAWN_SETS",
    "Deception",
    "EMBEDDINGS",
    "FRAMES",
    "Features",
    "GRIDS",
    "Gan",
    "GanFrame",
    "GanSettings",
    "LOSSES",
    "LearningCurve",
    "Linear",
    "Loading",
    "MAX_IN_FOLDER",
    "Measures",
    "ONLY",
    "OPTIMIZERS",
    "POOLS",
    "PRESETS",
    "PictureSet",
    "Pictures",
    "Preset",
    "Probe",
    "SCALINGS",
    "Similarity",
    "Tuning",
    "TuningSettings",
    "UnitChanges",
    "WeightChanges",
    "adapt",
    "answering",
    "check_pair",
    "cka",
    "clouds",
    "divided",
    "drawn",
    "embedding",
    "extracting",
    "few_of",
    "fine_tune",
    "fool_judge",
    "frechet_distance",
    "interval",
    "judge_of",
    "learning_curve",
    "linear_probe",
    "load_partly",
    "open_gan",
    "picture_folder",
    "pipeline",
    "precision_recall",
    "probe_layers",
    "probing",
    "train_gan",
    "unit_changes",
    "untrained",
    "uploaded",
    "weight_changes",
    "with_old_head",
]
