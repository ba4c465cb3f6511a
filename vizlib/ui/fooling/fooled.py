"""A fooling image on screen: beside its original, what changed, and the file that was verified."""

from __future__ import annotations

import json
from math import isinf

import streamlit as st

from vizlib.fooling import Fooling
from vizlib.models import Classifier
from vizlib.pictures import read_recipe
from vizlib.render import difference
from vizlib.ui.shared import show
from vizlib.ui.shared.sidebar import Bench
from vizlib.ui.shared.words import percent, short


def verdict(model: Classifier, result: Fooling) -> None:
    """The badge: what the decoded file is, or how far the search came."""
    after, label = result.probabilities_after, result.label
    name = short(model.class_names[label])
    if result.success:
        st.success(
            f"**Verified: this file, decoded, is {name} with p = {percent(float(after[label]))}.** "
            f"SHA-256 `{result.sha256[:16]}…` · {result.gradients} gradients",
            icon=":material/verified:",
        )
        if result.note:
            st.info(result.note, icon=":material/info:")
    else:
        st.warning(f"**{result.note or 'Not found.'}**  \nMore steps, another method or another target may find one.")


def triple(here: Bench, result: Fooling) -> None:
    """Original, difference and fooled, each with what the network answers."""
    first, second, third = st.columns(3, gap="medium")
    before, after = (show.network_view(here.model, image) for image in (result.original, result.image))
    with first:
        _picture(here, before, "Original", result, result.original)
    with second:
        change, factor = difference(before, after)
        show.figure(change, f"Difference, magnified {factor:g} times; gray is unchanged")
        numbers(result)
    with third:
        words = "Fooled" if result.success else "Not fooled yet: the best try"
        _picture(here, after, words, result, result.image)


def _picture(here: Bench, view: show.Array, words: str, result: Fooling, file: show.Array) -> None:
    top = here.model.top(here.model.prepare(file))
    show.figure(view, f"{words}: {short(top[0].label)}, {percent(top[0].probability)}")
    show.bars(top, result.target, words)


def numbers(result: Fooling) -> None:
    """How large the change is, in the units of the field."""
    decibels = "no change" if isinf(result.psnr) else f"{result.psnr:.1f} dB"
    left, right = st.columns(2)
    left.metric("L2", f"{result.l2:.2f}", help="The length of the change; pixel values from 0 to 1.")
    right.metric(
        "Largest", f"{result.linf_levels} of 255", help="L-infinity: the largest change of a value, in levels."
    )
    left.metric(
        "Changed", f"{result.changed:.1%}", help="The share of the file's values (red, green, blue) that changed."
    )
    right.metric("PSNR", decibels, help="Peak signal-to-noise ratio: above 40 dB hardly anybody sees a difference.")


def save(result: Fooling, name: str) -> None:
    """The file as it was verified, and its recipe."""
    recipe = read_recipe(result.png) or {}
    height, width = result.image.shape[:2]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            f"Fooling image (PNG, {width} x {height})",
            result.png,
            file_name=f"filterscope_fooled_{_safe(name)}.png",
            mime="image/png",
            icon=":material/download:",
            on_click="ignore",
            key="fooled png",
        )
        st.download_button(
            "Recipe (JSON)",
            json.dumps(recipe, indent=2, sort_keys=True),
            file_name="filterscope_recipe.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
            key="fooled recipe",
        )
        change, factor = difference(result.original, result.image)
        show.save_png(f"Difference x {factor:g} (PNG)", change, "filterscope_difference", {**recipe, "factor": factor})
    st.caption(
        f"SHA-256 of the file: `{result.sha256}`. It holds exactly the pixels that were verified, and the recipe."
    )


def milestones(result: Fooling) -> None:
    """How soon the network was sure of noise."""
    if result.milestones:
        with st.container(horizontal=True):
            for goal, step in result.milestones:
                st.metric("has the highest score" if not goal else f"is {percent(goal)} sure", f"step {step}")


def _safe(name: str) -> str:
    return "".join(each if each.isalnum() else "_" for each in name.lower())
