"""Accuracy over the layers, for two sets of pictures, beside the same architecture with random weights."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from vizlib.ui.linear_probe import measured, runs
from vizlib.ui.linear_probe.controls import TESTS, Asked, words
from vizlib.ui.linear_probe.measured import ACCURACY, Measured
from vizlib.ui.shared import lines
from vizlib.ui.shared.lines import Axes, Line
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.slot import Slot
from vizlib.ui.shared.words import plain


def over_layers(here: Chosen, asked: Asked) -> None:
    """Probes the layers one after the other, and draws the accuracies so far."""
    axes, slot = _axes(asked.layers), Slot(st)
    found = runs.probed(here, asked, lambda so_far: lines.live(_over(asked, so_far), axes, slot.live()))
    if found is None:
        return
    measured.say_layers(found)
    lines.chart(_over(asked, found), axes, slot.rest(), "probe layers", "Accuracy over the layers")
    _explain(asked)


def relu(here: Chosen, asked: Asked) -> None:
    """Compares the features before and after activations."""
    if len(asked.layers) < 2:
        st.info("This network has no activation that stands directly after a layer of the same shape.")
        return
    axes = _axes(asked.layers[1::2])
    slot = Slot(st)
    found = runs.probed(here, asked, lambda so_far: lines.live(_sides(so_far), axes, slot.live()))
    if found is None:
        return
    measured.say_relu(found)
    lines.chart(_sides(found), axes, slot.rest(), "probe relu", "Accuracy before and after the ReLU")
    _explain(asked)


def _axes(layers: Sequence[str]) -> Axes:
    """The layers, evenly spaced."""
    ticks = list(enumerate(layers))
    return Axes("layer, from the input up", ACCURACY, (0, max(1, len(layers) - 1)), ticks=ticks)


def _over(asked: Asked, found: Sequence[Measured]) -> list[Line]:
    return [each.line([asked.layers.index(layer) for layer in each.places]) for each in found]


def _sides(found: Sequence[Measured]) -> list[Line]:
    """Two lines for each set: before the activations and after them."""
    halves = [(each.every_other(side), word) for each in found for side, word in enumerate(("before", "after"))]
    return [half.line(range(len(half.right)), f"{half.name}, {word}") for half, word in halves]


def _explain(asked: Asked) -> None:
    """What was done, in a sentence."""
    sets = " and ".join(f"{len(each.classes)} classes of {each.name}" for each in asked.sets)
    st.caption(
        f"For each layer, the network stays as it is, and a {plain(words(asked.fit))} (C = {asked.c:g}) learns to tell "
        f"apart {plain(sets)} from {asked.per_class:d} pictures of each class at most. Shaded and in brackets: "
        f"95 % intervals from the number of held-out pictures, {TESTS:d} of each class of a drawn set."
    )
