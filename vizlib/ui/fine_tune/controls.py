"""The controls of the page: the pictures, what is compared, and how it is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from vizlib.batch.kinds.fine_tuning import SIDE, USUAL, side_of
from vizlib.layers import list_layers
from vizlib.models import Classifier
from vizlib.runs import limits
from vizlib.training import OPTIMIZERS
from vizlib.ui.fine_tune.plan import ALL, HEAD, SCRATCH, Load, Plan, Way
from vizlib.ui.shared import picture_set
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.picture_set import Choice
from vizlib.ui.shared.words import plain

COMPARISON, ONE, BOARD = "Scratch, head, all", "One setting", "Four scenarios"
_PICTURES = (1, 2, 5, 10, 20, 50, 100)  # of each class
_TESTS = 20  # held-out pictures of each class of a drawn set
_SEEDS = {"One": (0,), "Three": (0, 1, 2)}
_LOAD = {"all": "everything", "up to": "up to a layer", "without": "all but one layer", "none": "nothing"}
_LEARN = {"head": "the head", "layer": "from a layer upwards", "all": "all layers"}
_NORM = {"auto": None, "frozen": True, "free": False}
_RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 1.0)  # the last one is too high, to see what it does
_FACTORS = (1.0, 0.3, 0.1, 0.03)
_BATCHES = (2, 4, 8, 16, 32, 64)
_SIZES = {"64 px": SIDE, "128 px": 128, "as usual": None}
_UNITS = ("block", "stage")
_MOST_STEPS = 1000


@dataclass(frozen=True)
class Asked:
    """What the controls say."""

    view: str  # COMPARISON, ONE or BOARD
    plans: Sequence[Plan]  # one, or those of the board: few pictures before many, similar before different


def choose(model: Classifier) -> Asked:
    """Draws the controls; returns what they say."""
    what, how = (st.container(horizontal=True, vertical_alignment="bottom") for _ in range(2))
    below = st.container()
    with how:
        view = linked().segmented_control(
            "Compare", [COMPARISON, ONE, BOARD], default=COMPARISON, required=True, key="ft_runs", width="content"
        )
    if view == BOARD:
        return Asked(view, _board(model, what, how, below))
    with what:
        per_class = _count("Pictures per class", "ft_per_class", 20)
        pictures = _pictures("ft_", "Pictures", "insects", per_class, below)
    with how:
        ways = _one(model) if view == ONE else [SCRATCH, HEAD, ALL]
        seeds, settings = _rest(model)
    return Asked(str(view), [Plan(pictures, per_class, ways, seeds, settings, _knows(model, pictures))])


def _board(model: Classifier, what: Any, how: Any, below: Any) -> list[Plan]:
    """Draws what the four scenarios need: two sets of pictures and two numbers of them."""
    with what:
        few, many = _count("Few are", "ft_few", 5), _count("Many are", "ft_many", 50)
        words = {"ft_": ("Similar to its own", "insects"), "ft_far_": ("Different", "textures")}
        plans = [(before, count) for count in (few, many) for before in words]
        drawn = {each: _pictures(each, label, usual, many, below) for each, (label, usual) in words.items()}
    with how:
        seeds, settings = _rest(model)
    ways = [SCRATCH, HEAD, ALL]
    return [Plan(drawn[each], count, ways, seeds, settings, _knows(model, drawn[each])) for each, count in plans]


def _knows(model: Classifier, pictures: Choice) -> bool:
    return list(pictures.classes) == model.class_names


def _count(label: str, key: str, usual: int) -> int:
    return int(linked().selectbox(plain(label), _PICTURES, _PICTURES.index(usual), key=key, width=150))


def _pictures(before: str, label: str, usual: str, per_class: int, below: Any) -> Choice:
    found = picture_set.choose(before, label, usual, (per_class, _TESTS), files=below)
    assert found is not None  # there is no option for none
    return found


def _one(model: Classifier) -> list[Way]:
    """Draws what is loaded and what learns; returns that way with those that it is compared with."""
    layers = units(model)
    load = linked().selectbox("Load", list(_LOAD), format_func=_LOAD.__getitem__, key="ft_load", width=170)
    loaded: Load = str(load)
    if load in ("up to", "without"):
        loaded = (str(load), str(linked().selectbox("Layer", layers, len(layers) // 2, key="ft_load_layer", width=150)))
    learn = linked().selectbox("Train", list(_LEARN), 2, format_func=_LEARN.__getitem__, key="ft_train", width=190)
    what = str(learn)
    if learn == "layer":
        what = str(linked().selectbox("From layer", layers, len(layers) - 1, key="ft_train_layer", width=150))
    return with_controls(what, loaded, layers)


def units(model: Classifier) -> list[str]:
    """The paths of the parts among which a gap can be, in running order: the first layer and the blocks, else the
    stages, else all layers with weights below the classifier."""
    every = list_layers(model)
    weighing = [each.path for each in every if each.kind in ("convolution", "linear")]
    found: list[str] = next(filter(None, ([each.path for each in every if each.kind == kind] for kind in _UNITS)), [])
    return [weighing[0], *found] if found else weighing[:-1] or weighing


def with_controls(what: str, load: Load, layers: Sequence[str]) -> list[Way]:
    """The way that was chosen, first, and what it has to be compared with: the same training of other weights.

    layers: those among which a gap can be, in running order.
    """
    learns = {"head": HEAD.name, "all": ALL.name}.get(what, f"From {what} up")
    if isinstance(load, str):
        chosen = Way(learns if load == "all" else f"{learns}, nothing loaded", what, load)
        return [SCRATCH] if (what, load) == ("all", "none") else [chosen, SCRATCH]
    kind, path = load
    chosen, everything = Way(f"{learns}, loaded {kind} {path}", what, load), Way(f"{learns}, all loaded", what)
    if kind == "up to":
        return [chosen, everything, SCRATCH]
    at = layers.index(path)
    below = Way(f"{learns}, loaded up to {layers[at - 1]}", what, ("up to", layers[at - 1])) if at else SCRATCH
    return [chosen, everything, below]


def _rest(model: Classifier) -> tuple[Sequence[int], dict[str, Any]]:
    """Draws the controls that all views share; returns the seeds and the settings of `fine_tune`."""
    most, usual = limits.steps(_MOST_STEPS, USUAL["steps"])
    words = "One run may differ from the next by several points. Three seeds draw a band, and take three times as long."
    steps = int(linked().number_input("Steps", 4, most, usual, 10, key="ft_steps", width=140))
    seeds = linked().segmented_control(
        "Seeds", list(_SEEDS), default="One", required=True, key="ft_seeds", help=words, width="content"
    )
    with st.popover("Settings", icon=":material/tune:"):
        settings = {"steps": steps, **_settings(model)}
    return _SEEDS[str(seeds)], settings


def _settings(model: Classifier) -> dict[str, Any]:
    left, right = st.columns(2)
    with left:
        rate = _number("Rate of the head", "ft_rate", _RATES, USUAL["rate"])
        words = "The body's rate is that of the head times this factor: a small one protects what it has learned."
        body = _number("Factor of the body", "ft_body", _FACTORS, USUAL["body_rate"], help=words)
        optimizer = linked().selectbox("Optimizer", OPTIMIZERS, key="ft_optimizer")
        words = "Smaller pictures train faster. A network that takes one size only keeps its own."
        size = linked().selectbox("Size of the pictures", list(_SIZES), key="ft_size", help=words)
    with right:
        batch = int(_number("Batch", "ft_batch", _BATCHES, USUAL["batch"]))
        words = "Statistics of tiny batches are noise, so auto freezes batch normalization below 4 pictures."
        norm = linked().segmented_control(
            "Batch normalization", list(_NORM), default="auto", required=True, key="ft_norm", help=words
        )
        words = "Pictures are cropped at random, and mirrored unless the classes are single letters or digits."
        augment = linked().toggle("Augmentation", USUAL["augment"], key="ft_augment", help=words)
        words = "Stops when so many checks in a row were no better. 0: trains to the end. The best weights are kept."
        patience = int(linked().number_input("Early stopping after", 0, 20, 0, key="ft_patience", help=words))
    return {
        "rate": rate, "body_rate": body, "optimizer": str(optimizer), "batch": batch,
        "size": side_of(model, _SIZES[str(size)]), "freeze_norm": _NORM[str(norm)], "augment": bool(augment),
        "patience": patience or None,
    }  # fmt: skip


def _number(label: str, key: str, values: Sequence[float], usual: float, **more: Any) -> float:
    chosen = linked().selectbox(
        plain(label), values, values.index(usual), key=key, format_func=lambda each: f"{each:g}", **more
    )
    return float(chosen)
