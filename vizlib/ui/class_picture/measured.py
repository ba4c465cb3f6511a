"""What a drawing and its control have reached, in one sentence: of features, strengths and the network's answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st
import torch
from PIL import Image
from torch import Tensor

from vizlib.batch.saved.repertoire import DREAM, INVERSION
from vizlib.layers import Objective, caricature, inversion, values_of, whole_layer
from vizlib.models import Classifier
from vizlib.synthetic import HELD_OUT_SEED, draw_scene
from vizlib.ui.shared import live
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import number, percent, plain, share, short

_OTHERS = 8  # drawn scenes that a picture's features are compared with


def tell(key: str, here: Chosen, recipe: dict[str, Any], pictures: Sequence[Tensor]) -> None:
    """Draws the sentence in the page's row. key: of both runs. pictures: the drawn one and its control (1, 3, H, W)."""
    if recipe["what"] == INVERSION:
        _tell_inverted(recipe["layer"], _inverted(key, here, recipe["layer"], pictures))
    else:
        goal = whole_layer(recipe["layer"]) if recipe["what"] == DREAM else caricature(recipe["layer"], here.pixels)
        _tell_amplified(here, _amplified(key, here, goal, pictures), pictures)


def _tell_inverted(layer: str, found: Sequence[float]) -> None:
    far, usual, own, control = found
    live.verdict().markdown(
        f"The features at **{plain(layer)}** are **{share(far)}** away from the original's (the squared distance, as a "
        f"share of their square); other drawn scenes are {share(usual)} away. The pixels correlate with the original's "
        f"by **{number(own)}**, with random weights by {number(control)}."
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _inverted(key: str, _here: Chosen, layer: str, _pictures: Sequence[Tensor]) -> list[float]:
    """How far the features are, how far those of other scenes, and how the pixels of both pictures correlate."""
    goal = inversion(layer, _here.pixels)
    far = -_value(_here.model, goal, _pictures[0])
    usual = -float(values_of(_here.model, goal, _others(_here.model)).mean())
    return [far, usual, *(_correlation(each, _here.pixels) for each in _pictures)]


def _tell_amplified(here: Chosen, times: Sequence[float], pictures: Sequence[Tensor]) -> None:
    answers = ""
    if here.model.has_classes:
        top = here.model.top(here.pixels)[0]
        found = [float(here.model.predict(each.to(here.model.device))[0, top.index]) for each in pictures]
        answers = (
            f"The probability of {short(top.label)} is {percent(top.probability)} for the original, "
            f"{percent(found[0])} for this picture and {percent(found[1])} for the control."
        )
    live.verdict().markdown(
        f"The network's own layer responds **{number(times[0])} times** as strongly to this picture as to the "
        f"original, and {number(times[1])} times as strongly to the control. {plain(answers)}"
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _amplified(key: str, _here: Chosen, _goal: Objective, _pictures: Sequence[Tensor]) -> list[float]:
    """How many times as strong the layer's response to each picture is as to the original, in the network itself."""
    before = max(_value(_here.model, _goal, _here.pixels), 1e-12)
    return [_value(_here.model, _goal, each) / before for each in _pictures]


def _value(model: Classifier, goal: Objective, pixels: Tensor) -> float:
    return float(values_of(model, goal, pixels.to(model.device))[0])


def _correlation(one: Tensor, other: Tensor) -> float:
    """Of the pixel values of two pictures of one size, -1 to 1."""
    return float(torch.corrcoef(torch.stack([one.flatten(), other.to(one.device).flatten()]))[0, 1].nan_to_num())


def _others(model: Classifier) -> Tensor:
    scenes = [draw_scene(HELD_OUT_SEED + 1000 + each).image for each in range(_OTHERS)]
    return torch.cat([model.prepare(Image.fromarray(each)) for each in scenes]).to(model.device)
