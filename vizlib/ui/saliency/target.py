"""What the maps explain: a class, by default the predicted one, or a unit inside the network."""

from __future__ import annotations

import streamlit as st

from vizlib.layers import find_layer, list_layers
from vizlib.models import Classifier
from vizlib.records import Prediction, Unit
from vizlib.ui.shared import charts
from vizlib.ui.shared.backbone import NO_CLASSES
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.words import class_index, class_options, plain, short

_PREDICTED = "the predicted class"


def choose(model: Classifier, top: list[Prediction]) -> tuple[int | Unit, str]:
    """Draws the boxes; returns the target and its name. A backbone has no classes, so only units can be chosen."""
    if not model.has_classes:
        return _unit(model)
    inside = linked().segmented_control(
        "Explain", ["a class", "a unit inside"], default="a class", required=True, key="explain"
    )
    return _unit(model) if inside == "a unit inside" else _class(model, top)


def answer(model: Classifier, top: list[Prediction], target: int | Unit) -> None:
    """Draws the network's answer; of a backbone, that it has none."""
    if not model.has_classes:
        st.header("It gives features, no answer")
        st.markdown(f"{NO_CLASSES} The maps explain a unit inside it.")
        return
    st.header(f"It answers: {plain(short(top[0].label))}")
    charts.classes(top, target if isinstance(target, int) else None)


def _class(model: Classifier, top: list[Prediction]) -> tuple[int, str]:
    options = [_PREDICTED, *class_options(model.class_names)]
    chosen = linked().selectbox("Class", options, key="target", help="Type to search.")
    index = top[0].index if chosen in (None, _PREDICTED) else class_index(chosen)
    return index, short(model.class_names[index])


def _unit(model: Classifier) -> tuple[Unit, str]:
    layers = list_layers(model)
    usual = [layer for layer in layers if layer.kind in ("convolution", "block", "stage")]
    paths = [layer.path for layer in usual or layers]
    path = linked().selectbox("Layer of the unit", paths, index=len(paths) - 1, key="unit_layer")
    count = find_layer(model, path).shape[0]
    channel = int(linked().number_input("Channel", 0, count - 1, 0, key="unit_channel"))
    unit = Unit(path, channel)
    return unit, f"the mean of {unit}"
