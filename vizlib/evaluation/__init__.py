"""How stable is the answer? A picture, its fooled twin and a control are changed alike: whose class stays?

A fooled picture is just beyond a decision border of the network, and mostly unlike the pictures of its new class.
`sweep` makes one shake stronger and stronger. `surviving` counts the mildly shaken views that keep the class;
`averaging` averages their probabilities. `noise_control` and `flipped_control` are changes of the same size that do
not fool. `plane` draws the decision border, and `opinions` asks other networks.
"""

from vizlib.evaluation.average import Average, averaging
from vizlib.evaluation.control import flipped_control, noise_control
from vizlib.evaluation.opinions import Opinion, Opinions, gathering, opinions
from vizlib.evaluation.plane import Plane, logits_along, perpendicular, picture_at, plane
from vizlib.evaluation.shakes import SHAKES, Shake, find_shake
from vizlib.evaluation.survival import Rate, Survival, mild_settings, surviving, views
from vizlib.evaluation.sweep import Sweep, shaken_view, sweep, sweeping
from vizlib.records import Prediction

__all__ = [
    "FRAMES",
    "SHAKES",
    "Average",
    "Opinion",
    "Opinions",
    "Plane",
    "Rate",
    "Shake",
    "Survival",
    "Sweep",
    "averaging",
    "find_shake",
    "flipped_control",
    "gathering",
    "logits_along",
    "mild_settings",
    "noise_control",
    "opinions",
    "perpendicular",
    "picture_at",
    "plane",
    "shaken_view",
    "surviving",
    "sweep",
    "sweeping",
    "views",
]

# The classes of results that may be kept on disk.
FRAMES = (Average, Opinion, Opinions, Plane, Prediction, Rate, Survival, Sweep)
