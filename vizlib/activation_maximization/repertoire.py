"""Settings from which comparisons with given pictures start, and the layers whose statistics are matched.

An inversion asks for every feature at its place, so the view of the picture stays still; statistics need only small
shifts. The values were chosen by looking at bundled/scenes (benchmarks/RESULTS.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from vizlib.layers import Objective, list_layers
from vizlib.models import Classifier

USUAL: Final[Mapping[str, Mapping[str, Any]]] = {
    "inversion": {"transforms": "none", "tv": 2.0},
    "statistics": {"transforms": "jitter", "tv": 0.5},
}  # by the kind of the terms, over the preset for units
_MOST_MATCHED: Final = 5  # layers whose statistics are matched


def usual_for(objective: Objective) -> Mapping[str, Any]:
    """The settings that a comparison with given pictures starts from, over the preset of the network's family."""
    found = [USUAL[each.kind] for each in objective.terms if each.kind in USUAL]
    return found[0] if found else {}


def matched_layers(model: Classifier) -> list[str]:
    """The layers whose statistics make a matched class picture: the stages, else some blocks or other layers."""
    layers = [each for each in list_layers(model) if each.spatial]
    for kinds in (("stage",), ("stage", "block"), ("stage", "block", "convolution")):
        found = [each.path for each in layers if each.kind in kinds]
        if len(found) > 1:
            break
    count = min(_MOST_MATCHED, len(found))
    return [found[(each + 1) * len(found) // count - 1] for each in range(count)]
