"""A fooling image on screen: the image beside its original, how much changed, and the verified file."""

from __future__ import annotations

from math import isinf

import streamlit as st

from vizlib.fooling import Fooling
from vizlib.models import Classifier
from vizlib.pictures import read_recipe
from vizlib.render import Array, difference
from vizlib.ui.shared import charts, save, show
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import percent, plain, share, short


def verdict(model: Classifier, result: Fooling) -> None:
    """Draws what the decoded file is classified as, or how far the search came."""
    after, label = result.probabilities_after, result.label
    name = plain(short(model.class_names[label]))
    if result.success:
        st.success(
            f"**Verified: this file, decoded, is {name} with p = {percent(float(after[label]))}.** "
            f"SHA-256 `{result.sha256:.16}…` · {result.gradients:d} gradients",
            icon=":material/verified:",
        )
        if result.note:
            st.info(plain(result.note), icon=":material/info:")
    else:
        st.warning(
            f"**{plain(result.note) or 'Not found.'}**  \nMore steps, another method or another target may find one."
        )


def comparison(here: Chosen, result: Fooling) -> None:
    """Draws the original, the difference and the fooling image, with the network's answers."""
    first, second, third = st.columns(3, gap="medium")
    before, after = (show.network_view(here.model, image) for image in (result.original, result.image))
    with first:
        _picture(here, before, "Original", result, result.original)
    with second:
        change, factor = difference(before, after)
        show.figure(change, f"Difference, magnified {factor:g} times. Gray is unchanged.")
        numbers(result)
    with third:
        words = "Fooled" if result.success else "Not fooled yet, best attempt"
        _picture(here, after, words, result, result.image)


def _picture(here: Chosen, view: Array, words: str, result: Fooling, file: Array) -> None:
    top = here.model.top(here.model.prepare(file))
    show.figure(view, f"{words}: {short(top[0].label)}, {percent(top[0].probability)}")
    charts.classes(top, result.target, words)


def numbers(result: Fooling) -> None:
    """Draws the size of the change as the field measures it."""
    decibels = "no change" if isinf(result.psnr) else f"{result.psnr:.1f} dB"
    left, right = st.columns(2)
    left.metric("L2", f"{result.l2:.2f}", help="The length of the change, with pixel values from 0 to 1.")
    right.metric(
        "Largest", f"{result.linf_levels:d} of 255", help="L-infinity: the largest change of a value, in levels."
    )
    left.metric(
        "Changed", share(result.changed), help="The share of the file's values (red, green, blue) that changed."
    )
    right.metric("PSNR", decibels, help="Peak signal-to-noise ratio: above 40 dB hardly anybody sees a difference.")


def save_files(result: Fooling, name: str) -> None:
    """Draws the buttons that save the verified file, its recipe and the difference."""
    recipe = read_recipe(result.png) or {}
    height, width = result.image.shape[:2]
    with st.container(horizontal=True, vertical_alignment="center"):
        label, file_name = f"Fooling image (PNG, {width} x {height})", f"filterscope_fooled_{safe_name(name)}.png"
        save.save_file(label, result.png, file_name, "image/png", "fooled png")
        save.save_json("Recipe (JSON)", recipe, "filterscope_recipe")
        change, factor = difference(result.original, result.image)
        save.save_png(f"Difference x {factor:g} (PNG)", change, "filterscope_difference", {**recipe, "factor": factor})
    st.caption(
        f"SHA-256 of the fooling image: `{result.sha256:s}`. The file holds exactly the verified pixels, and the "
        "recipe."
    )


def milestones(result: Fooling) -> None:
    """Draws the steps at which the network reached each goal, for a run from noise."""
    if result.milestones:
        with st.container(horizontal=True):
            for goal, step in result.milestones:
                st.metric("has the highest score" if not goal else f"is {percent(goal)} sure", f"step {step:d}")


def safe_name(name: str) -> str:
    return "".join(each if each.isalnum() else "_" for each in name.lower())
