"""What the maps explain: a class, by default the predicted one, or a unit inside the network."""

from __future__ import annotations

from vizlib.layers import find_layer, list_layers
from vizlib.models import Classifier
from vizlib.records import Prediction, Unit
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.words import class_index, class_options, short

_PREDICTED = "the predicted class"


def choose(model: Classifier, top: list[Prediction]) -> tuple[int | Unit, str]:
    """Draws the boxes; returns the target and its name."""
    inside = linked().segmented_control(
        "Explain", ["a class", "a unit inside"], default="a class", required=True, key="explain"
    )
    return _unit(model) if inside == "a unit inside" else _class(model, top)


def _class(model: Classifier, top: list[Prediction]) -> tuple[int, str]:
    options = [_PREDICTED, *class_options(model.class_names)]
    chosen = linked().selectbox("Class", options, key="target", help="Type to search.")
    index = top[0].index if chosen in (None, _PREDICTED) else class_index(chosen)
    return index, short(model.class_names[index])


def _unit(model: Classifier) -> tuple[Unit, str]:
    paths = [layer.path for layer in list_layers(model) if layer.kind in ("convolution", "block", "stage")]
    path = linked().selectbox("Layer of the unit", paths, index=len(paths) - 1, key="unit_layer")
    count = find_layer(model, path).shape[0]
    channel = int(linked().number_input("Channel", 0, count - 1, 0, key="unit_channel"))
    unit = Unit(path, channel)
    return unit, f"the mean of {unit}"
