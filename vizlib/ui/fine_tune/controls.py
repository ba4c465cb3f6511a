"""The controls of the page: the pictures, what is compared, and how it is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from vizlib.layers import list_layers
from vizlib.models import Classifier
from vizlib.runs import limits
from vizlib.training import OPTIMIZERS
from vizlib.ui.fine_tune.plan import ALL, HEAD, SCRATCH, Load, Plan, Way
from vizlib.ui.shared import picture_set
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.picture_set import Choice

COMPARISON, ONE, BOARD = "Scratch, head, all", "One setting", "Four scenarios"
_PICTURES = (1, 2, 5, 10, 20, 50, 100)  # of each class
_TESTS = 30  # held-out pictures of each class of a drawn set
_SEEDS = {"One run": (0,), "Three seeds": (0, 1, 2)}
_LOAD = {"all": "everything", "up to": "up to a layer", "without": "all but one layer", "none": "nothing"}
_LEARN = {"head": "the head", "layer": "from a layer upwards", "all": "all layers"}
_NORM = {"auto": None, "frozen": True, "free": False}
_FACTORS = (1.0, 0.3, 0.1, 0.03)
_UNITS = ("stage", "block")
_MOST_STEPS = 1000


@dataclass(frozen=True)
class Asked:
    """What the controls say."""

    view: str  # COMPARISON, ONE or BOARD
    plans: Sequence[Plan]  # one, or those of the board: few pictures before many, similar before different


def choose(model: Classifier) -> Asked:
    """Draws the controls; returns what they say."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    below = st.container()
    with row:
        view = linked().segmented_control(
            "Compare", [COMPARISON, ONE, BOARD], default=COMPARISON, required=True, key="ft_runs", width="content"
        )
    if view == BOARD:
        return Asked(view, _board(row, below))
    with row:
        per_class = _count("Pictures per class", "ft_per_class", 20)
        pictures = _pictures("ft_", "Pictures", "insects", per_class, below)
        ways = _one(model) if view == ONE else [SCRATCH, HEAD, ALL]
        seeds, settings = _rest(model)
    return Asked(str(view), [Plan(pictures, per_class, ways, seeds, settings)])


def _board(row: Any, below: Any) -> list[Plan]:
    """Draws what the four scenarios need: two sets of pictures and two numbers of them."""
    with row:
        few, many = _count("Few are", "ft_few", 5), _count("Many are", "ft_many", 50)
        words = {"ft_": ("Similar to its own", "insects"), "ft_far_": ("Different", "textures")}
        plans = [(before, count) for count in (few, many) for before in words]
        drawn = {
            each: _pictures(each, label, usual, many, below) for each, (label, usual) in words.items()
        }  # fmt: skip
        seeds, settings = _rest(None)
    return [Plan(drawn[before], count, [SCRATCH, HEAD, ALL], seeds, settings) for before, count in plans]


def _count(label: str, key: str, usual: int) -> int:
    return int(linked().selectbox(label, _PICTURES, _PICTURES.index(usual), key=key, width=150))


def _pictures(before: str, label: str, usual: str, per_class: int, below: Any) -> Choice:
    found = picture_set.choose(before, label, usual, (per_class, _TESTS), files=below)
    assert found is not None  # there is no option for none
    return found


def _one(model: Classifier) -> list[Way]:
    """Draws what is loaded and what learns; returns that way with those that it is compared with."""
    layers = [each.path for each in list_layers(model) if each.kind in _UNITS]
    layers = layers or [each.path for each in list_layers(model)][:-1]
    load = linked().selectbox("Load", list(_LOAD), format_func=_LOAD.__getitem__, key="ft_load", width=170)
    loaded: Load = str(load)
    if load in ("up to", "without"):
        loaded = (str(load), str(linked().selectbox("Layer", layers, len(layers) // 2, key="ft_load_layer", width=150)))
    learn = linked().selectbox("Train", list(_LEARN), 2, format_func=_LEARN.__getitem__, key="ft_train", width=190)
    what = str(learn)
    if learn == "layer":
        what = str(linked().selectbox("From layer", layers, len(layers) - 1, key="ft_train_layer", width=150))
    return with_controls(what, loaded, layers)


def with_controls(what: str, load: Load, layers: Sequence[str]) -> list[Way]:
    """The way that was chosen, first, and what it has to be compared with: the same training of other weights.

    layers: those among which a gap can be, in running order.
    """
    if load == "none":
        return [SCRATCH] if what == "all" else [Way("Nothing loaded", what, "none"), SCRATCH]
    everything = Way("Everything loaded", what, "all")
    if load == "all":
        return [everything, SCRATCH]
    kind, path = load
    chosen = Way(f"Loaded {kind} {path}", what, load)
    if kind == "up to":
        return [chosen, everything, SCRATCH]
    at = layers.index(path)
    below = Way(f"Loaded up to {layers[at - 1]}", what, ("up to", layers[at - 1])) if at else SCRATCH
    return [chosen, everything, below]


def _rest(model: Classifier | None) -> tuple[Sequence[int], dict[str, Any]]:
    """Draws the controls that all views share; returns the seeds and the settings of `fine_tune`."""
    most, usual = limits.steps(_MOST_STEPS, 60)
    words = "One run may differ from the next by several points. Three seeds draw a band, and take three times as long."
    steps = int(linked().number_input("Steps", 4, most, usual, 10, key="ft_steps", width=140))
    seeds = linked().segmented_control(
        "Seeds", list(_SEEDS), default="One run", required=True, key="ft_seeds", help=words, width="content"
    )
    with st.popover("Settings", icon=":material/tune:"):
        settings = {"steps": steps, **_settings(model)}
    return _SEEDS[str(seeds)], settings


def _settings(model: Classifier | None) -> dict[str, Any]:
    left, right = st.columns(2)
    with left:
        rate = _log_slider("Rate of the head", "ft_rate", (1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 1.0), 0.01)
        words = "The body's rate is that of the head times this factor: a small one protects what it has learned."
        body = linked().select_slider("Factor of the body", _FACTORS[::-1], 0.3, key="ft_body", help=words)
        optimizer = linked().selectbox("Optimizer", OPTIMIZERS, key="ft_optimizer")
        words = "px. Smaller pictures train faster. The network's own size is 0."
        size = int(linked().number_input("Training size", 0, limits.side(512, 64)[0], 64, 16, key="ft_size", help=words))
    with right:
        batch = int(linked().select_slider("Batch", (2, 4, 8, 16, 32, 64), 32, key="ft_batch"))
        words = "Statistics and weights of batch normalization. Of tiny batches, statistics are noise. auto: frozen below 4."
        norm = linked().segmented_control(
            "Batch normalization", list(_NORM), default="auto", required=True, key="ft_norm", help=words
        )
        augment = linked().toggle("Augmentation", True, key="ft_augment", help="Crops, flips and changed colors.")
        words = "Stops when so many checks in a row were no better. 0: trains to the end. The best weights are kept."
        patience = int(linked().number_input("Early stopping after", 0, 20, 0, key="ft_patience", help=words))
    return {
        "rate": rate, "body_rate": float(body), "optimizer": str(optimizer), "size": size or None, "batch": batch,
        "freeze_norm": _NORM[str(norm)], "augment": bool(augment), "patience": patience or None,
    }  # fmt: skip


def _log_slider(label: str, key: str, values: Sequence[float], usual: float) -> float:
    return float(linked().select_slider(label, values, usual, key=key, format_func=lambda each: f"{each:g}"))
