"""The pictures of the page: an original, its fooling image, and a control with as much noise."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import streamlit as st
from torch import Tensor

from vizlib.errors import TooBig, VizError
from vizlib.evaluation import noise_control
from vizlib.fooling import MOST_PIXELS
from vizlib.render import Array
from vizlib.ui.fooling import attack, request
from vizlib.ui.shared import live, show, uploads
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.picture import ACCEPTED
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import percent, plain, short

_KINDS = {"made": "Fooled here", "given": "Two files of mine"}


@dataclass(frozen=True, eq=False)
class Pair:
    """Files of one size, uint8 (H, W, 3)."""

    original: Array
    fooled: Array
    control: Array  # noise as large as the change
    source: int  # class of the original
    target: int  # class of the fooling image
    place: live.Place

    @cached_property
    def key(self) -> str:
        """Identifies the two files."""
        return hashlib.sha256(self.original.tobytes() + self.fooled.tobytes()).hexdigest()

    @property
    def images(self) -> list[Array]:
        return [self.original, self.fooled, self.control]

    def pixels(self, here: Chosen) -> tuple[Tensor, Tensor]:
        """The original as the network sees it, and the change; pixels (1, 3, H, W) both."""
        before, after = here.model.prepare(self.original), here.model.prepare(self.fooled)
        return before, after - before

    def recipe(self, here: Chosen, what: str) -> dict[str, Any]:
        """The pair's part of a recipe."""
        network = {key: value for key, value in here.recipe.items() if key != "picture"}
        return network | {"what": what, "pair": self.key}


NAMES = ("Original", "Fooled", "Control: noise of the same size")


def choose(here: Chosen) -> Pair | None:
    """Draws the controls; returns the pair, None while there is none."""
    kind = linked().segmented_control(
        "Pair",
        list(_KINDS),
        default="made",
        required=True,
        format_func=_KINDS.__getitem__,
        key="pair",
    )
    return _given(here) if kind == "given" else _made(here)


def _made(here: Chosen) -> Pair | None:
    asked = request.ask(here, brief=True)
    live.status()
    result = attack.run(here, asked)
    if result is None:
        return None
    if not result.success or not result.change.any():
        st.warning(f"**{plain(result.note) or 'Not found.'}**  \nChoose another target, method or picture.")
        return None
    return _pair(here, here.place, result.original, result.image)


def _given(here: Chosen) -> Pair | None:
    left, right = st.columns(2)
    live.status()
    first = left.file_uploader("Original", type=ACCEPTED, max_upload_size=20, key="ice original")
    second = right.file_uploader("Fooled, or any other picture", type=ACCEPTED, max_upload_size=20, key="ice twin")
    if first is None or second is None:
        st.info("Give two pictures of the same size, for example an original and its saved fooling image.")
        return None
    one, other = (np.asarray(uploads.picture(each.getvalue())) for each in (first, second))
    if len(one) * one.shape[1] > MOST_PIXELS:  # every experiment works on the whole file
        raise TooBig(
            f"The picture has {len(one) * one.shape[1] / 1e6:.1f} megapixels.",
            f"Give files of at most {MOST_PIXELS // 10**6} megapixels.",
        )
    if one.shape != other.shape:
        sizes = [f"{each.shape[1]} x {each.shape[0]} px" for each in (one, other)]
        raise VizError(f"The first picture is {sizes[0]}, the second {sizes[1]}.", "Give two of the same size.")
    return _pair(here, here.private, one, other)


def _pair(here: Chosen, place: live.Place, original: Array, fooled: Array) -> Pair:
    labels = [here.model.top(here.model.prepare(each), 1)[0].index for each in (original, fooled)]
    return Pair(original, fooled, noise_control(original, fooled, 0), labels[0], labels[1], place)


def draw(here: Chosen, pair: Pair) -> None:
    """Draws the three pictures with the network's answers."""
    for column, name, image in zip(st.columns(3, gap="medium"), NAMES, pair.images):
        top = here.model.top(here.model.prepare(image), 1)[0]
        words = f"{name}: {short(top.label)}, {percent(top.probability)}"
        with column:
            show.figure(show.network_view(here.model, image), words)
