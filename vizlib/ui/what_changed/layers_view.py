"""How far each layer moved: its weights, and its features on the given pictures."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from vizlib.layers import list_layers
from vizlib.training import Similarity, WeightChanges, cka, weight_changes
from vizlib.ui.shared import lines, live, save
from vizlib.ui.shared.picture_set import Choice
from vizlib.ui.shared.plot import round_span
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import number, plain, share
from vizlib.ui.what_changed.measured import held_out
from vizlib.ui.what_changed.twins import Show, Twins, at_random

_MOST = 96  # pictures
_SEEDS = 1, 2  # of the networks with random weights
_Z = 1.959964  # standard errors to either side that hold 95 % of a normal distribution
_CONTROL = "before, and random weights, seed"


def ask(here: Chosen) -> Show:
    """This view has no controls of its own."""
    return _draw


def _draw(pair: Twins, pictures: Choice) -> None:
    changes = weight_changes(*pair.both)
    norms = {each.path for each in list_layers(pair.before) if each.kind == "normalization"}
    st.header("The weights")
    _weights(norms, changes)
    st.header("The features")
    place = st.empty()
    invitation = live.Invitation(
        "Compare the features",
        partial(
            st.markdown,
            "**Compare the features** shows the pictures to both networks, and to two with random weights.",
        ),
    )
    pictures.need()
    runs = [_run(pair, pictures), *(_control(pair, pictures, seed) for seed in _SEEDS)]
    frames = live.follow_all(
        pair.place(pictures.private), runs, partial(_paint, place), "Comparing the features", invitation
    )
    first = frames[0]
    if first is not None and first.step == first.total:
        _tell(norms, changes, first)
        _finish(frames, first, place, pictures)


def _run(pair: Twins, pictures: Choice) -> live.Run[Similarity]:
    recipe = pair.recipe("cka", pictures=pictures.parts, most=_MOST)
    return live.Run(recipe, partial(_comparing, pair, pictures))


def _control(pair: Twins, pictures: Choice, seed: int) -> live.Run[Similarity]:
    before = Twins(pair.before, at_random(pair.before, seed))
    return _run(before, pictures)


def _comparing(pair: Twins, pictures: Choice) -> Generator[Similarity, None, None]:
    yield from cka(*pair.both, list(held_out(pictures, _MOST).pictures))


def _paint(place: Any, frames: Sequence[Similarity | None]) -> None:
    drawn = _lines(frames)
    if drawn:
        lines.live(drawn, _axes(frames), place)


def _lines(frames: Sequence[Similarity | None]) -> list[lines.Line]:
    names = ["before and after", *(f"{_CONTROL} {seed}" for seed in _SEEDS)]
    return [_line(name, each, at > 0) for at, (name, each) in enumerate(zip(names, frames)) if each is not None]


def _line(name: str, frame: Similarity, quiet: bool) -> lines.Line:
    known = [at for at, value in enumerate(frame.values) if np.isfinite(value)]
    values = [float(frame.values[at]) for at in known]
    errors = [_Z * float(np.nan_to_num(frame.errors[at])) for at in known]
    band = [] if quiet else [(value - error, value + error) for value, error in zip(values, errors)]
    return lines.Line(name, known, values, band, quiet)


def _axes(frames: Sequence[Similarity | None]) -> lines.Axes:
    paths = next(each.layers for each in frames if each is not None)
    return lines.Axes(
        "layer, in running order", "similarity of the features (CKA)", (0, max(1, len(paths) - 1)), (0.0, 1.0),
        list(enumerate(paths)), "",
    )  # fmt: skip


def _finish(frames: Sequence[Similarity | None], first: Similarity, place: Any, pictures: Choice) -> None:
    lines.chart(_lines(frames), _axes(frames), place.container(), "cka", "Similarity of the features")
    st.caption(
        f"Centered kernel alignment of whole feature maps on {first.total:d} pictures ({plain(pictures.name)}), "
        "unbiased, from batches of 16 (Nguyen, Raghu and Kornblith 2021). 1 means equal up to a rotation and a scale. "
        "The band is a 95 % interval by the choice of pictures. The gray lines are the control: the network before, "
        "beside the same architecture with random weights, so they show how alike features are that share only the "
        "pictures and the architecture."
    )
    head = ["layer", "CKA", "standard error"]
    save.save_csv("Similarity (CSV)", head, list(zip(first.layers, first.values, first.errors)), "filterscope_cka")


def _weights(norms: set[str], changes: WeightChanges) -> None:
    parts = {"convolutions and linear layers": False, "normalizations": True}
    drawn = [
        _moved(name, changes, [(path in norms) is wanted for path in changes.layers]) for name, wanted in parts.items()
    ]
    known = 100 * changes.changes[np.isfinite(changes.changes)]
    axes = lines.Axes(
        "layer, in running order", "relative change", (0, max(1, len(changes.layers) - 1)),
        (0.0, round_span(0.0, float(known.max(initial=1.0)))[1]), list(enumerate(changes.layers)),
    )  # fmt: skip
    lines.chart([each for each in drawn if each.x], axes, st.container(), "weights", "Relative change of the weights")
    st.caption(
        "The length of the change of all weights and biases of a layer, divided by the length of the weights before. "
        f"Two unrelated draws of one size would be {share(2**0.5)} apart.{_shifts(changes)}{_head(changes)}"
    )
    head = ["layer", "relative change of the weights"]
    save.save_csv("Changes (CSV)", head, list(zip(changes.layers, changes.changes)), "filterscope_changes")


def _moved(name: str, changes: WeightChanges, wanted: Sequence[bool]) -> lines.Line:
    known = [at for at, each in enumerate(changes.changes) if wanted[at] and np.isfinite(each)]
    return lines.Line(name, known, [100 * float(changes.changes[at]) for at in known])


def _shifts(changes: WeightChanges) -> str:
    """How far the statistics of batch normalization moved, in a sentence."""
    if not len(changes.norms):
        return ""
    most = int(changes.shifts.argmax())
    return (
        f" The running means of the batch normalizations moved by up to {number(float(changes.shifts[most]))} of their "
        f"own standard deviations ({plain(changes.norms[most])})."
    )


def _head(changes: WeightChanges) -> str:
    new = [path for path, each in zip(changes.layers, changes.changes) if not np.isfinite(each)]
    return f" Left out, because it has other shapes or was zero: {plain(', '.join(new))}." if new else ""


def _tell(norms: set[str], changes: WeightChanges, found: Similarity) -> None:
    """What was measured, in two sentences."""
    values = np.where([path in norms for path in changes.layers], -1.0, np.nan_to_num(changes.changes, nan=-1.0))
    most = int(values.argmax())
    least = int(np.nanargmin(found.values)) if np.isfinite(found.values).any() else 0
    live.verdict().markdown(
        f"Of the convolutions and linear layers, **{plain(changes.layers[most])}** moved most, by "
        f"{share(float(values[most]))}. The features of **{plain(found.layers[least])}** changed most: their CKA is "
        f"{float(found.values[least]):.2f}."
    )
