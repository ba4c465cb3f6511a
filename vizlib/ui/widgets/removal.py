"""Deletion and insertion as a player: the picture without its most important pixels, and what the network still says.

The browser composes the pictures and draws the curves as the thumb moves. It asks the server for nothing, so that the
player goes on working after the server has stopped, and in a lecture's file.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import streamlit as st

from vizlib.render import Array, Image8
from vizlib.ui.widgets.data_url import crisp, data_url, kept_url
from vizlib.ui.widgets.front_end import component

_component = component("removal")
_ROUNDING: Final = 1e-6  # of a mean of float32 probabilities
_BYTE: Final = 255  # the most that one holds
_QUALITY: Final = 90  # of WebP, for the pictures of a fill that is another one at each step

Numbers = Sequence[float] | Array


@dataclass(frozen=True, eq=False)
class Order:
    """The order in which a method removes the pixels, and what the network says on the way.

    Attributes:
        label: the method's name.
        steps: (H, W) uint8 or uint16, the step from 1 to S at which each pixel is removed (or brought in). A larger
            number: never.
        curve: (S + 1,) probabilities of the class, in [0, 1]: before the first step, and after each.
        area: under the curve, over the share of the pixels from 0 to 1.
        reversed_curve: (S + 1,) the control: the same order from its end. Empty if it was not computed.
        reversed_area: under that curve.
        pictures: (S + 1,) pictures (H, W, 3) uint8 that are shown instead of a composed one, for a fill that depends on
            what else is removed.
    """

    label: str
    steps: Array
    curve: Numbers
    area: float
    reversed_curve: Numbers = ()
    reversed_area: float | None = None
    pictures: Sequence[Image8] | Array = ()


@dataclass(frozen=True, eq=False)
class Chance:
    """The control in random order: the mean of several curves (S + 1,), the band around it, and the mean's area."""

    curve: Numbers
    low: Numbers
    high: Numbers
    area: float


@dataclass(frozen=True)
class Removal:
    """What is said about the orders."""

    id: str  # other orders, another id
    label: str  # names the player for those who cannot see it
    target: str  # the class whose probability is drawn
    mode: Literal["removed", "brought in"] = "removed"
    random: Chance | None = None
    start: int | None = None  # the step at which the thumb stands first; None: a quarter of the way


def removal(picture: Image8, filled: Image8, orders: Sequence[Order], about: Removal, key: str) -> None:
    """Shows up to four of the methods' pictures side by side over one slider, and the curves of all of them.

    picture, filled: (H, W, 3) uint8, the picture and what stands in the place of its removed pixels. At step s, a pixel
        is removed if its `steps` is at most s. Where pixels are brought in, the picture begins as `filled`.
    """
    _component(data=data(picture, filled, orders, about), words=about.label, key=key)


def data(picture: Image8, filled: Image8, orders: Sequence[Order], about: Removal) -> dict[str, Any]:
    """What the player's JavaScript takes. Raises ValueError for sizes that do not fit each other."""
    shares = _shares(orders[0].steps, len(orders[0].curve)) if orders else []
    _check(picture, filled, orders, about, shares)
    height, width = picture.shape[:2]
    return {
        "id": about.id,
        "label": about.label,
        "target": about.target,
        "mode": about.mode,
        "start": (len(shares) - 1) // 4 if about.start is None else about.start,
        "shares": shares,
        "picture": kept_url(picture),
        "filled": kept_url(filled),
        "width": width,
        "height": height,
        "crisp": crisp(picture),
        "orders": [_order(each) for each in orders],
        "random": None if about.random is None else _chance(about.random),
    }


def _order(order: Order) -> dict[str, Any]:
    size = 1 if order.steps.max() <= _BYTE else 2
    return {
        "label": order.label,
        "bytes": size,
        "steps": base64.b64encode(order.steps.astype(f"<u{size}").tobytes()).decode(),
        "curve": _numbers(order.curve),
        "area": float(order.area),
        "reversed": _numbers(order.reversed_curve),
        "reversedArea": None if order.reversed_area is None else float(order.reversed_area),
        "pictures": _sources(_digest(order.pictures), order.pictures) if len(order.pictures) else [],
    }


def _chance(chance: Chance) -> dict[str, Any]:
    curves = {name: _numbers(getattr(chance, name)) for name in ("curve", "low", "high")}
    return {**curves, "area": float(chance.area)}


def _numbers(values: Numbers) -> list[float]:
    return [float(each) for each in values]


def _shares(steps: Array, count: int) -> list[float]:
    """The share of the pixels that is removed after 0 to `count` - 1 steps."""
    numbers = np.bincount(np.minimum(steps, count).ravel(), minlength=count)[:count]
    return _numbers((numbers.cumsum() / steps.size).tolist())


def _digest(images: Sequence[Image8] | Array) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for image in images:
        digest.update(image.tobytes())
    return digest.hexdigest()


@st.cache_data(max_entries=16, show_spinner=False)
def _sources(digest: str, _images: Sequence[Image8] | Array) -> list[str]:
    """The pictures as data URLs, encoded once."""
    return [data_url(image, _QUALITY) for image in _images]


def _check(picture: Image8, filled: Image8, orders: Sequence[Order], about: Removal, shares: Sequence[float]) -> None:
    if any(each.dtype != np.uint8 or each.shape != (*picture.shape[:2], 3) for each in (picture, filled)):
        raise ValueError("the picture and the filled one are uint8 (H, W, 3), of one size")
    if not orders or len(shares) < 2:
        raise ValueError("there is at least one order, of one step or more")
    for order in orders:
        _check_order(order, picture, shares)
    curves = [] if about.random is None else [about.random.curve, about.random.low, about.random.high]
    _check_curves("the random order", curves, len(shares))


def _check_order(order: Order, picture: Image8, shares: Sequence[float]) -> None:
    if (
        order.steps.dtype not in (np.uint8, np.uint16)
        or order.steps.shape != picture.shape[:2]
        or not order.steps.all()
    ):
        raise ValueError(f"{order.label}: the steps are uint8 or uint16 of the picture's size, from 1 on")
    if not np.allclose(_shares(order.steps, len(shares)), shares, atol=0.01):
        raise ValueError(f"{order.label}: it removes another number of pixels in a step than the first order")
    if len(order.pictures) and {each.shape for each in order.pictures} != {picture.shape}:
        raise ValueError(f"{order.label}: its pictures are of the picture's size")
    if len(order.pictures) not in (0, len(shares)):
        raise ValueError(f"{order.label}: it has a picture for each of {len(shares)} steps, or none")
    curves = [order.curve, order.reversed_curve] if len(order.reversed_curve) else [order.curve]
    _check_curves(order.label, curves, len(shares))


def _check_curves(label: str, curves: Sequence[Numbers], count: int) -> None:
    for curve in map(np.asarray, curves):
        if curve.shape != (count,) or not ((curve >= -_ROUNDING) & (curve <= 1 + _ROUNDING)).all():
            raise ValueError(f"{label}: a curve has {count} probabilities in [0, 1]")
