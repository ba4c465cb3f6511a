"""What the maps explain: a class, by default the predicted one, or a unit inside the network."""

from __future__ import annotations

import streamlit as st

from vizlib.layers import find_layer, list_layers
from vizlib.models import Classifier
from vizlib.records import Prediction, Unit
from vizlib.render import outline
from vizlib.ui.shared import charts, class_choice, show
from vizlib.ui.shared.backbone import NO_CLASSES
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain, short

_BOX = 140  # px, of a box for a number
_PREDICTED = "the predicted class"


def choose(model: Classifier, top: list[Prediction]) -> tuple[int | Unit, str]:
    """Draws the boxes; returns the target and its name. A backbone has no classes, so only units can be chosen."""
    if not model.has_classes:
        return _unit(model)
    kinds = ["a class", "a unit inside"]
    inside = linked().segmented_control(
        "Explain", kinds, default=kinds[0], required=True, key="explain", width="content"
    )
    return _unit(model) if inside == "a unit inside" else of_class(model, top)


def answer(here: Chosen, top: list[Prediction], target: int | Unit) -> bool:
    """Draws the picture and the network's answer to it; returns whether the drawn object's outline is wanted."""
    place = st.empty()
    outlined = here.mask is not None and linked().toggle("Outline the object", key="outline")
    picture = outline(here.image, here.mask) if outlined and here.mask is not None else here.image
    show.figure(picture, f"The picture as {here.name} sees it ({here.subject.title})", place)
    if here.model.has_classes:
        st.header(f"It answers: {plain(short(top[0].label))}")
        charts.classes(top, target if isinstance(target, int) else None)
    else:
        st.header("It gives features, no answer")
        st.markdown(f"{NO_CLASSES} The maps explain a unit inside it.")
    return outlined


def of_class(model: Classifier, top: list[Prediction], key: str = "target") -> tuple[int, str]:
    """Draws the box of the class; returns its number and its name."""
    option = class_choice.choose("Class", model.class_names, key, [_PREDICTED])
    index = top[0].index if option == _PREDICTED else class_choice.number_of(option)
    return index, short(model.class_names[index])


def _unit(model: Classifier) -> tuple[Unit, str]:
    layers = list_layers(model)
    usual = [layer for layer in layers if layer.kind in ("convolution", "block", "stage")]
    paths = [layer.path for layer in usual or layers]
    path = linked().selectbox("Layer of the unit", paths, index=len(paths) - 1, key="unit_layer")
    count = find_layer(model, path).shape[0]
    channel = int(linked().number_input("Channel", 0, count - 1, 0, key="unit_channel", width=_BOX))
    unit = Unit(path, channel)
    return unit, f"the mean of {unit}"
