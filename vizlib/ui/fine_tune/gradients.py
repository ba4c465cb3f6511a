"""The norm of the gradient in each layer at each step, as a map for each way to train."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from vizlib.layers import list_layers
from vizlib.models import Classifier
from vizlib.pictures import encode_png
from vizlib.render import Array, color_stops, heat
from vizlib.training import Tuning
from vizlib.ui.fine_tune.plan import Way
from vizlib.ui.shared import charts
from vizlib.ui.shared.plot import Panel, Series
from vizlib.ui.shared.words import number

_DECADES = 4  # of the logarithmic scale
_COLUMNS, _ROWS = 80, 28  # at most: steps and layers that are shown


@dataclass(frozen=True)
class Map:
    """The norms of one run, the last layer first: (layers, steps); NaN where a layer does not learn."""

    name: str
    layers: Sequence[str]
    norms: Array
    steps: tuple[int, int]  # so far, and in all


def of(found: Mapping[Way, Sequence[Tuning]], weighing: Sequence[str]) -> list[Map]:
    """A map for each way, of its first seed, all with the same layers: convolutions and the like, without the
    normalization between them.

    weighing: the paths of the layers that weigh, as `weighing_layers` finds them.
    """
    first = {way: frames[0] for way, frames in found.items() if frames and len(frames[0].losses)}
    every = max((list(each.gradient_norms) for each in first.values()), key=len, default=[])
    layers = _shown([each for each in every if each in weighing or each == every[-1]])
    return [_map(way, frame, layers) for way, frame in first.items()]


def weighing_layers(model: Classifier) -> list[str]:
    """The paths of the layers with a matrix of weights."""
    return [each.path for each in list_layers(model) if each.kind in ("convolution", "linear", "attention")]


def _shown(layers: Sequence[str]) -> list[str]:
    """At most so many layers, with the first and the last, the last first."""
    places = np.unique(np.linspace(0, len(layers) - 1, min(_ROWS, len(layers))).round().astype(int))
    return [layers[each] for each in places[::-1]]


def _map(way: Way, frame: Tuning, layers: Sequence[str]) -> Map:
    count = len(frame.losses)
    none = np.full(count, np.nan)
    norms = np.stack([np.asarray(frame.gradient_norms.get(each, none), dtype=float) for each in layers])
    places = np.linspace(0, count - 1, min(_COLUMNS, count)).round().astype(int)
    return Map(way.name, layers, norms[:, places], (count, frame.total))


def shares(maps: Sequence[Map]) -> tuple[list[Array], float]:
    """Each map on a common logarithmic scale from 0 to 1, NaN where it has no value; and the norm that is 1."""
    known = [each.norms[np.isfinite(each.norms) & (each.norms > 0)] for each in maps]
    most = max((float(each.max()) for each in known if each.size), default=1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = [np.clip(1 + np.log10(each.norms / most) / _DECADES, 0, 1) for each in maps]
    return scaled, most


def body(maps: Sequence[Map]) -> str:
    """The maps side by side, as a part of the page's text."""
    if not maps:
        return charts.framed("gradients", "Gradients: not measured yet.", "")
    scaled, most = shares(maps)
    colors = ", ".join(color for _, color in color_stops(False))
    bar = f'<i style="background:linear-gradient(90deg,{colors})"></i>'
    scale = f'<span class="scale">{number(most / 10**_DECADES)} or less {bar} {number(most)}</span>'
    inside = "".join(_drawn(each, values) for each, values in zip(maps, scaled, strict=True))
    head = f'<p class="head"><strong>Norm of the gradient in each layer, step by step</strong>{scale}</p>'
    limits = f'<span class="limits"><i>{escape(maps[0].layers[0])}</i><i>{escape(maps[0].layers[-1])}</i></span>'
    return charts.framed("gradients", " ".join(map(_said, maps)), f'{head}<div class="maps">{limits}{inside}</div>')


def _drawn(each: Map, values: Array) -> str:
    """One map with a strip for each layer, which says its norm under the mouse."""
    done, total = each.steps
    file = base64.b64encode(encode_png(_colored(values))).decode()
    rows = len(each.layers)
    strips = "".join(
        f'<i style="top:{100 * at / rows:.2f}%;height:{100 / rows:.2f}%" data-at="{escape(_row(each, at))}"></i>'
        for at in range(rows)
    )
    width = 100 * done / max(1, total)
    image = f'<img alt="" decoding="sync" style="width:{width:.2f}%" src="data:image/png;base64,{file}">'
    return f'<div class="map"><b>{escape(each.name)}</b><span class="field">{image}{strips}</span></div>'


def _colored(values: Array) -> Any:
    """The map as a picture with transparent places where nothing learns."""
    colored = heat(np.nan_to_num(values), signed=False, limit=1.0)
    return np.concatenate([colored, np.where(np.isnan(values), 0, 255).astype(np.uint8)[:, :, None]], axis=2)


def _row(each: Map, at: int) -> str:
    norms = each.norms[at]
    if np.isnan(norms).all():
        return f"{each.layers[at]}: does not learn"
    return f"{each.layers[at]}: {number(float(norms[0]))} at first, now {number(float(norms[-1]))}"


def _said(each: Map) -> str:
    learning = [(path, row[-1]) for path, row in zip(each.layers, each.norms) if np.isfinite(row[-1])]
    if not learning:
        return f"{each.name}: no gradient."
    (top, last), (bottom, first) = learning[0], learning[-1]
    return f"{each.name}: the gradient's norm is {number(float(last))} in {top} and {number(float(first))} in {bottom}."


def panels(maps: Sequence[Map]) -> list[Panel]:
    """The same as plain data for the saved chart."""
    scaled, most = shares(maps)
    y = f"layer, from {maps[0].layers[0]} down to {maps[0].layers[-1]}" if maps else ""
    words = f"1: {number(most)}, 0: {number(most / 10**_DECADES)} or less, logarithmic"
    return [
        Panel(f"{each.name}: norm of the gradient ({words})", "step", y,
              [Series(each.name, (), (), "map", map=np.nan_to_num(values))])
        for each, values in zip(maps, scaled, strict=True)
    ]  # fmt: skip
