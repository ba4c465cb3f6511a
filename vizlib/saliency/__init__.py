"""Which pixels matter? One file per paper; each method measures how much every pixel matters to a score.

The score is the logit of a class or the value of an inner unit. Maps are (N, H, W), raw: `render` scales them for
display.
"""

from vizlib.saliency.doubts import DoubtfulMap
from vizlib.saliency.entry import GROUPS, MapMethod, Passes
from vizlib.saliency.estimate import Estimate
from vizlib.saliency.explaining import explain, explaining, saliency
from vizlib.saliency.gradients.integrated_gradients import baseline_of
from vizlib.saliency.menu import MENU, MethodName, saliency_methods
from vizlib.saliency.query import Query, score

__all__ = [
    "FRAMES",
    "GROUPS",
    "MENU",
    "DoubtfulMap",
    "Estimate",
    "MapMethod",
    "MethodName",
    "Passes",
    "Query",
    "baseline_of",
    "explain",
    "explaining",
    "saliency",
    "saliency_methods",
    "score",
]

FRAMES = (Estimate,)  # the classes of results that may be kept on disk
