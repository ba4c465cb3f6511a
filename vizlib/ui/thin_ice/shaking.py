"""One disturbance, made stronger and stronger: the same one for original, fooling image and control."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st
import torch
from PIL import Image

from vizlib.evaluation import SHAKES, Shake, Sweep, shaken_view, sweeping
from vizlib.render import Array, fitted
from vizlib.ui.shared import live, save
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain, short
from vizlib.ui.thin_ice.pair import NAMES, Pair, Show, draw, warn
from vizlib.ui.widgets.shake_strip import Answer, Row, Strip, strip

_THUMB = 280  # px


def sweep(here: Chosen) -> Show:
    """Draws the control; what it returns draws the answers to every setting of one disturbance."""
    key = linked().selectbox("Disturbance", list(SHAKES), format_func=lambda each: SHAKES[each].label, key="shake")
    return partial(_sweep, here, SHAKES[key or "resize"])


def _sweep(here: Chosen, shake: Shake, pair: Pair) -> None:
    warn(here, pair)
    recipe = pair.recipe(here, "sweep") | {"shake": shake.key}
    last = live.follow(pair.place, recipe, lambda: sweeping(here.model, pair.images, shake.key), what=shake.label)
    if last is None or last.step < last.total:
        draw(here, pair)
        return
    names = [short(here.model.class_names[each]) for each in (pair.source, pair.target)]
    live.verdict().markdown(_kept(pair, last))
    start = _start(here, shake, last)
    strip(_rows(here, pair, last), _words(pair, shake, last, names, start), f"strip {shake.key}")
    st.markdown(
        f"Each column is one setting, the same for all three pictures. Compare how long the original keeps its class "
        f"with how soon the fooling image is no longer **{plain(names[1])}**. Move over a column to see its pictures."
    )
    _table(pair, last, names)


def _kept(pair: Pair, last: Sweep) -> str:
    """How many settings keep the class of each picture."""
    wanted = torch.tensor([pair.source, pair.target, pair.source])
    original, fooled, control = (last.probabilities.argmax(2) == wanted).sum(0).tolist()
    count = len(last.values)
    return (
        f"The original keeps its class in **{original:d} of {count:d}** settings, the fooling image in **{fooled:d}**, "
        f"and noise of the same size in {control:d}."
    )


def _rows(here: Chosen, pair: Pair, last: Sweep) -> list[Row]:
    rows = []
    labels = here.model.class_names
    for number, (name, image) in enumerate(zip(NAMES, pair.images)):
        shares = last.probabilities[:, number]
        answers = [
            Answer(
                short(labels[int(each.argmax())]),
                _kind(int(each.argmax()), pair),
                float(each[pair.source]),
                float(each[pair.target]),
                float(each.max()),
            )
            for each in shares
        ]
        rows.append(Row(name, answers, _thumbs(here, image, last)))
    return rows


def _kind(label: int, pair: Pair) -> str:
    return "source" if label == pair.source else "target" if label == pair.target else "other"


def _thumbs(here: Chosen, image: Array, last: Sweep) -> list[Array]:
    views = [shaken_view(here.model, image, last.transform, value) for value in last.values]
    return [fitted(view, _THUMB, Image.Resampling.BICUBIC) for view in views]


def _words(pair: Pair, shake: Shake, last: Sweep, names: Sequence[str], start: int) -> Strip:
    values = [str(each) if isinstance(each, str) else f"{each:g}" for each in last.values]
    return Strip(f"{pair.key} {shake.key}", shake.label, values, shake.unit, names[0], names[1], start)


def _start(here: Chosen, shake: Shake, last: Sweep) -> int:
    """The number of the setting that changes nothing, or 0 if there is none."""
    neutral = shake.neutral(here.model)
    return last.values.index(neutral) if neutral in last.values else 0


def _table(pair: Pair, last: Sweep, names: Sequence[str]) -> None:
    head = ["setting", "picture", f"p({names[0]})", f"p({names[1]})", "class"]
    rows = [
        [value, NAMES[number], float(shares[pair.source]), float(shares[pair.target]), int(shares.argmax())]
        for value, looks in zip(last.values, last.probabilities)
        for number, shares in enumerate(looks)
    ]
    save.save_csv("Sweep (CSV)", head, rows, f"filterscope_{last.transform}")
