"""The controls of the page: which pictures, which features of the network, and which classifier is fitted on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import streamlit as st
import torch
from torch import Tensor

from vizlib.layers import activations, list_layers
from vizlib.models import Classifier
from vizlib.training import Linear, probe_layers
from vizlib.ui.linear_probe import questions
from vizlib.ui.shared import picture_set
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.picture_set import Choice
from vizlib.ui.shared.words import plain

RELU, OVER_C, LAYERS = "ReLU", "C", "Layers"  # views with controls of their own
CS = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0)
USUAL_C = 1e-2
TESTS = 20  # held-out pictures of each class of a drawn set
_AMOUNTS, _USUAL_AMOUNT = (5, 10, 20, 50), 20
_GRIDS = {"1": 1, "2 x 2": 2, "4 x 4": 4, "whole": None}
_SCALINGS = {"standardize": "standardized", "l2": "L2-normalized", "none": "as they are"}
_CLASSIFIERS = {"svm": "linear SVM", "logistic": "logistic regression"}
_PCA = (0, 16, 64, 128)
_PAIRS = 6  # activations whose input is measured, too
_BEFORE = ("normalization", "convolution", "linear")
_ABOUT_C = (
    "How much the classifier gives up a wide margin to get its training pictures right. A tiny C allows hardly any "
    "weights. The best C depends on the scaling of the features."
)


@dataclass(frozen=True)
class Asked:
    """What a visitor asks for."""

    sets: tuple[Choice, ...]
    view: str
    layers: tuple[str, ...]  # that are probed, from the input up
    layer: str  # that the views of one layer show
    pool: str
    grid: int | None
    fit: Linear
    c: float
    per_class: int  # pictures for training
    seed: int
    control: bool  # whether the same architecture with random weights is probed beside it


def ask(model: Classifier, views: Sequence[str]) -> Asked:
    """Draws the controls. views: what can be shown; the first one is shown at first."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        boxes = [st.container(width=width) for width in (185, 185, 110)]
        settings = st.popover("Settings", icon=":material/tune:")
        with st.popover("Questions", icon=":material/quiz:"):
            questions.draw(model)
    with settings:
        pool, grid = _features()
        seed, control = _repeats()
        fit = _fit(seed)
    with boxes[2]:
        per_class = _amount()
    chosen = _sets(model, (per_class, TESTS), boxes, st.container())
    sets = tuple(_drawn_again(each, seed) for each in chosen)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        view = linked().segmented_control("View", views, default=views[0], required=True, key="probe_view")
        layers = before_and_after(model) if view == RELU else usual_layers(model)
        layer = layers[-1] if view in (LAYERS, RELU) else _layer(layers)
        c = USUAL_C if view == OVER_C else _c()
    return Asked(sets, str(view), layers, layer, pool, grid, fit, c, per_class, seed, control and view != RELU)


def pictures(asked: Asked) -> None:
    """Draws some pictures of every class, and says what was left out."""
    for each in asked.sets:
        with st.expander(f"The pictures: {plain(each.name)}", icon=":material/photo_library:"):
            picture_set.notes(each)
            picture_set.strip(each)


def _sets(model: Classifier, counts: tuple[int, int], boxes: Sequence[Any], files: Any) -> tuple[Choice, ...]:
    gray = model.preprocessing.channels == 1
    with boxes[0]:
        first = picture_set.choose("probe_", "Pictures", "digits" if gray else "scenes", counts, files=files)
    with boxes[1]:
        usual = "real_digits" if gray else "textures"
        second = picture_set.choose("beside_", "Beside them", usual, counts, files=files, none=True)
    return tuple(each for each in (first, second) if each is not None)


def _drawn_again(chosen: Choice, seed: int) -> Choice:
    """A drawn set with other pictures for training; the same ones are held out."""
    parts = chosen.parts
    return picture_set.of_drawn(parts["set"], parts["per_class"], parts["tests"], seed) if "set" in parts else chosen


def _amount() -> int:
    words = "For training, of each class; of your own, as many as there are and are not held out."
    index = _AMOUNTS.index(_USUAL_AMOUNT)
    return int(linked().selectbox("Of each class", _AMOUNTS, index, key="probe_n", help=words))


def _layer(layers: Sequence[str]) -> str:
    return str(linked().selectbox("Layer", layers, len(layers) - 1, key="probe_layer", width=150))


def _c() -> float:
    return float(linked().select_slider("C", CS, USUAL_C, format_func=written, key="probe_c", help=_ABOUT_C))


def words(fit: Linear) -> str:
    """Such as "linear SVM on standardized features"."""
    scaled = "features as they are" if fit.scaling == "none" else f"{_SCALINGS[fit.scaling]} features"
    return f"{_CLASSIFIERS[fit.classifier]} on {scaled}{f', {fit.pca} by PCA' if fit.pca else ''}"


def written(c: float) -> str:
    """C as the slider and the axis write it."""
    return f"{c:g}"


def _features() -> tuple[str, int | None]:
    words = "Maps have many places. Pooling keeps the average or the maximum over all of them, or over each part."
    pool = linked().segmented_control(
        "Pooling", ["average", "maximum"], default="average", required=True, key="probe_pool", help=words
    )
    parts = linked().segmented_control("Parts", list(_GRIDS), default="1", required=True, key="probe_grid")
    return str(pool), _GRIDS[parts]


def _fit(seed: int) -> Linear:
    scaling = linked().segmented_control(
        "Scaling", list(_SCALINGS), default="standardize", required=True, format_func=_SCALINGS.__getitem__,
        key="probe_scaling",
    )  # fmt: skip
    pca = linked().segmented_control(
        "PCA to", _PCA, default=0, required=True, format_func=lambda each: str(each or "all"), key="probe_pca"
    )
    classifier = linked().segmented_control(
        "Classifier", list(_CLASSIFIERS), default="svm", required=True, format_func=_CLASSIFIERS.__getitem__,
        key="probe_classifier",
    )  # fmt: skip
    return Linear(str(classifier), str(scaling), int(pca) or None, seed)


def _repeats() -> tuple[int, bool]:
    seed = int(linked().number_input("Seed", 0, 999_999, 0, key="probe_seed", help="Another seed, other pictures."))
    words = "Without it, a page would credit the training with what any convolution does."
    control = bool(linked().toggle("Random weights beside it", True, key="probe_control", help=words))
    return seed, control


def usual_layers(model: Classifier) -> tuple[str, ...]:
    """The layers that are probed, from the input up."""
    return tuple(each.path for each in probe_layers(model))


def before_and_after(model: Classifier) -> tuple[str, ...]:
    """The last activations that are given the output of a layer, and of nothing else, each after that layer."""
    return _before_and_after(model, model.fingerprint)


@st.cache_data(max_entries=32, show_spinner=False)
def _before_and_after(_model: Classifier, fingerprint: str) -> tuple[str, ...]:
    layers = list_layers(_model)
    pairs = [
        (before.path, after.path)
        for before, after in pairwise(layers)
        if after.kind == "activation" and before.kind in _BEFORE and before.shape == after.shape
    ]
    noise = torch.rand(1, 3, *_model.input_size, generator=torch.Generator().manual_seed(0))
    seen = activations(_model, noise, [path for pair in pairs for path in pair]) if pairs else {}
    alone = [pair for pair in pairs if _leads(_model, *pair, seen)]  # not where a residual connection is added between
    return tuple(path for pair in alone[-_PAIRS:] for path in pair)


def _leads(model: Classifier, before: str, after: str, seen: Mapping[str, Tensor]) -> bool:
    """Whether the activation makes its output of this layer's alone."""
    with model.lock:
        return torch.equal(model.network.get_submodule(after)(seen[before].clone()), seen[after])
