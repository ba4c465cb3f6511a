"""Which pictures the classifier of one layer gets wrong, and which pixels it looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

import vizlib
from vizlib.render import contact_sheet, overlay, scale_of, to_image, wide_columns
from vizlib.ui.linear_probe import runs, taking
from vizlib.ui.linear_probe.controls import Asked
from vizlib.ui.linear_probe.fitted import Fitted
from vizlib.ui.linear_probe.measured import begun
from vizlib.ui.shared import confusion, live, picture_set, show
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain, share, short
from vizlib.ui.widgets.sheet import Tiles, sheet

_MOST, _TILE = 40, 96  # pictures that are shown, and px of each
_WIDEST = 200  # px of a picture on the page: enlarged further, it would only show its pixels
_PICK = "probe mistake"  # in the session: (the run's key, the picture's number among the held-out ones)


def draw(here: Chosen, asked: Asked) -> None:
    """Fits the layer's classifier for each set, and draws what it confuses."""
    found = runs.fitted(here, asked)
    if found is None:
        return
    live.verdict().markdown("  \n".join(summary(each) for each in found))
    for tab, fitted in zip(st.tabs([plain(each.data.name) for each in found]), found):
        with tab:
            _one(here, fitted)
            taking.draw(here, fitted)


def summary(fitted: Fitted) -> str:
    """How many are wrong, and which two classes are confused most often."""
    wrong, count = int((~fitted.right).sum()), len(fitted.right)
    name = plain(begun(fitted.data.name))
    said = f"**{name}**: {wrong:d} of {count:d} held-out pictures are wrong ({share(wrong / count)})"
    if not wrong:
        return f"{said}."
    table = fitted.confusion - np.diag(np.diag(fitted.confusion))
    true, taken = np.unravel_index(int(table.argmax()), table.shape)
    one, other = fitted.data.classes[true], fitted.data.classes[taken]
    times = "once" if table.max() == 1 else f"{int(table.max()):d} times"
    return f"{said}; most often **{plain(one)}** is taken for **{plain(other)}**, {times:s}."


def _one(here: Chosen, fitted: Fitted) -> None:
    left, right = st.columns([5, 6], gap="large")
    with left:
        st.header("What is taken for what")
        key = f"probe confusion {fitted.data.name}"
        confusion.draw(fitted.confusion, fitted.data.classes, (), "taken for", key)
    with right:
        _wrong(here, fitted)


def _wrong(here: Chosen, fitted: Fitted) -> None:
    """The wrong pictures, surest first; the one that is clicked is explained."""
    order = fitted.wrong[:_MOST]
    st.header("The wrong pictures, surest first")
    if not len(order):
        st.caption("None of the held-out pictures is wrong.")
        return
    across = min(8, wide_columns(len(order)))
    tiles = np.stack([picture_set.tile(fitted.data, each, _TILE) for each in order])
    image, grid = contact_sheet(tiles, across, _TILE, 6, 128)
    kept: Any = st.session_state.get(_PICK)
    picked = order.index(kept[1]) if kept and kept[0] == fitted.key and kept[1] in order else 0
    labels = [f"{place + 1}: {fitted.said(each)}" for place, each in enumerate(order)]

    def pick(index: int) -> None:
        st.session_state[_PICK] = (fitted.key, order[index])

    hint = "Click a picture to see which pixels the classifier looked at."
    place = st.container(width=across * _WIDEST)
    with place:
        sheet(image, grid, Tiles("Wrong pictures", hint, labels, picked), f"probe wrong {fitted.data.name}", pick)
    _explained(here, fitted, order[picked])


def _explained(here: Chosen, fitted: Fitted, which: int) -> None:
    """The picture with the evidence for the class that it was taken for, and for its own."""
    model = fitted.model
    pixels = model.prepare(fitted.data.pictures[which])
    names, (taken, true) = fitted.data.classes, fitted.classes_of(which)
    st.markdown(f"**{plain(fitted.said(which))}**")
    image = to_image(pixels)[0]
    columns_ = st.columns(3)
    show.figure(image, "As the network sees it", columns_[0])
    for column, target, word in zip(columns_[1:], (taken, true), ("what it was taken for", "its own class")):
        values = vizlib.saliency(model, pixels, "guided", target)[0].cpu().numpy()
        painted = overlay(image, values, False, 0.7, scale_of(values))
        show.figure(painted, f"Evidence for {short(names[target])}, {word}", column)
