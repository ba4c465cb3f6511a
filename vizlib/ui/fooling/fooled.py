"""A fooling image on screen: what was verified, the three pictures, and the answers before and after."""

from __future__ import annotations

from math import isinf

import streamlit as st
import torch
from torch import Tensor

from vizlib.fooling import Fooling
from vizlib.models import Classifier
from vizlib.records import Prediction
from vizlib.render import Array, difference
from vizlib.ui.shared import charts, live, show
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import percent, plain, share, short

_BARS = 5


def verdict(model: Classifier, result: Fooling) -> None:
    """Says in one sentence what the saved file is classified as, or how far the search came."""
    row = live.verdict()
    if result.success:
        name = plain(short(model.class_names[result.label]))
        sure = percent(float(result.probabilities_after[result.label]))
        left = "" if result.target is not None else plain(_left(model, result))
        row.success(f"**Verified: the saved file is {name}, {sure}{left}.**", icon=":material/verified:")
    else:
        other = " or another method" if result.target is None else ", another method or another target"
        row.warning(f"**{plain(result.note) or 'Not found.'}**  \nOther settings{other} may find one.")


def _left(model: Classifier, result: Fooling) -> str:
    """What an untargeted attack got away from; a label of its own may still be the first answer, below 50 %."""
    name = short(model.class_names[result.source])
    return ", below 50 %" if result.label == result.source else f", and no longer {name}"


def pictures(here: Chosen, result: Fooling) -> None:
    """Draws the original, the difference and the fooling image, with what the network says."""
    first, second, third = st.columns(3, gap="medium")
    before, after = (show.network_view(here.model, image) for image in (result.original, result.image))
    change, factor = difference(before, after)
    names = here.model.class_names
    was, became = result.probabilities_before, result.probabilities_after
    with first:
        show.figure(before, f"Original: {short(names[result.source])}, {percent(float(was[result.source]))}")
    with second:
        show.figure(change, magnified(factor))
    with third:
        show.figure(after, f"{reached(result)}: {short(names[result.label])}, {percent(float(became[result.label]))}")
    if result.success and result.note:
        st.caption(plain(result.note))


def reached(result: Fooling) -> str:
    """What a file is, in its caption. Another class than the target may be on top where the goal is not reached."""
    return "Fooled" if result.success else "Goal not reached, best attempt"


def magnified(factor: float) -> str:
    """What a picture of the difference is, in its caption."""
    return "Difference, not magnified" if factor == 1 else f"Difference, magnified {factor:g} times"


def answers(here: Chosen, result: Fooling) -> None:
    """Draws the answers to both files as two charts of the same classes, in the same order and on the same axis."""
    st.header("What does the network answer before and after?")
    shown = compared(result, torch.maximum(result.probabilities_before, result.probabilities_after))
    titles = ("Original", "Fooled" if result.success else "Best attempt")
    for column, title, image in zip(st.columns(2, gap="medium"), titles, (result.original, result.image)):
        with column:
            st.markdown(f"**{plain(title)}**")
            charts.classes(_answers(here.model, image, shown), _sought(result), title)


def compared(result: Fooling, shares: Tensor) -> list[int]:
    """The classes that both charts and the slider show: the original's, the target, and the most probable others.

    shares: (K,), the largest probability of each class among the files.
    """
    return list(dict.fromkeys([result.source, _sought(result), *shares.argsort(descending=True).tolist()]))[:_BARS]


def _sought(result: Fooling) -> int:
    """The target, or the class that took the original's place."""
    return result.target if result.target is not None else result.label


def _answers(model: Classifier, image: Array, shown: list[int]) -> list[Prediction]:
    every = {each.index: each for each in model.top(model.prepare(image), len(model.class_names))}
    return [every[index] for index in shown]


def sizes(result: Fooling) -> None:
    """Draws the size of the change as the field measures it."""
    st.markdown("Measured on the saved file, which holds red, green and blue for each pixel:")
    decibels = "no change" if isinf(result.psnr) else f"{result.psnr:.1f} dB"
    levels = f"{result.linf_levels:d} of 255"
    measures = (
        ("Values changed", share(result.changed), "The share of all red, green and blue values that changed."),
        ("Largest change", levels, "L-infinity: the largest change of one value, in levels."),
        ("L2, for values from 0 to 1", f"{result.l2:.2f}", "The length of the change of all values together."),
        ("PSNR", decibels, "Peak signal-to-noise ratio: above 40 dB hardly anybody sees a difference."),
    )
    with st.container(horizontal=True, gap="large"):
        for label, value, words in measures:
            show.measure(label, value, words, "content")


def milestones(result: Fooling) -> None:
    """Draws the steps at which the network reached each goal, for a run from noise."""
    if result.milestones:
        with st.container(horizontal=True):
            for goal, step in result.milestones:
                show.measure("has the highest score" if not goal else f"is {percent(goal)} sure", f"step {step:d}")
