"""How thin is the ice? A picture, its fooled twin and a control are shaken alike, and one sees which answer holds.

A picture that was fooled lies just beyond a border of the network and mostly off all that pictures of its new class
look like: `sweep` turns one shake up and up, `surviving` counts the views under many mild ones that keep the class,
`averaging` lets the views vote, `noise_control` and `flipped_control` show that as large a change elsewhere does
nothing, `plane` draws the border itself, and `opinions` asks other networks.
"""

from vizlib.evaluation.average import Average, averaging
from vizlib.evaluation.control import flipped_control, noise_control
from vizlib.evaluation.opinions import Opinion, Opinions, gathering, opinions
from vizlib.evaluation.plane import Plane, across, at, line, plane
from vizlib.evaluation.shakes import SHAKES, Shake, find_shake
from vizlib.evaluation.survival import Rate, Survival, mild_settings, surviving, views
from vizlib.evaluation.sweep import Sweep, seen, sweep, sweeping
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
    "across",
    "at",
    "averaging",
    "find_shake",
    "flipped_control",
    "gathering",
    "line",
    "mild_settings",
    "noise_control",
    "opinions",
    "plane",
    "seen",
    "surviving",
    "sweep",
    "sweeping",
    "views",
]

# The classes of results that may be kept on disk.
FRAMES = (Average, Opinion, Opinions, Plane, Prediction, Rate, Survival, Sweep)
