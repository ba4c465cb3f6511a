"""The two pictures that are shaken: an original and its fooled twin, with a control beside them."""

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
from vizlib.fooling.reading import MOST_PIXELS
from vizlib.ui.fooling import attack, request
from vizlib.ui.shared import live, show, uploads
from vizlib.ui.shared.sidebar import ACCEPTED, Bench
from vizlib.ui.shared.words import percent, short

_KINDS = {"made": "Fooled here", "given": "Two files of mine"}


@dataclass(frozen=True, eq=False)
class Pair:
    """Files of one size, uint8 (H, W, 3)."""

    original: show.Array
    twin: show.Array
    control: show.Array  # noise as large as the change
    source: int  # class of the original
    target: int  # class of the twin
    place: live.Place

    @cached_property
    def key(self) -> str:
        """Another pair, another key."""
        return hashlib.sha256(self.original.tobytes() + self.twin.tobytes()).hexdigest()

    @property
    def images(self) -> list[show.Array]:
        return [self.original, self.twin, self.control]

    def pixels(self, here: Bench) -> tuple[Tensor, Tensor]:
        """The original as the network sees it, and the change."""
        before, after = here.model.prepare(self.original), here.model.prepare(self.twin)
        return before, after - before

    def recipe(self, here: Bench, what: str) -> dict[str, Any]:
        """The pair's part of a recipe."""
        network = {key: value for key, value in here.recipe.items() if key != "picture"}
        return network | {"what": what, "pair": self.key}


NAMES = ("Original", "Fooled", "Control: noise of the same size")


def choose(here: Bench) -> Pair | None:
    """Draws the controls; answers the pair when it is there."""
    kind = st.segmented_control(
        "Pair",
        list(_KINDS),
        default="made",
        required=True,
        format_func=_KINDS.__getitem__,
        key="pair",
        bind="query-params",
    )
    return _given(here) if kind == "given" else _made(here)


def _made(here: Bench) -> Pair | None:
    wish = request.ask(here, brief=True)
    result = attack.run(here, wish)
    if result is None:
        return None
    if not result.success or not result.change.any():
        st.warning(f"**{result.note or 'Not found.'}**  \nChoose another target, method or picture.")
        return None
    return _pair(here, here.place, result.original, result.image)


def _given(here: Bench) -> Pair | None:
    left, right = st.columns(2)
    first = left.file_uploader("Original", type=ACCEPTED, max_upload_size=20, key="ice original")
    second = right.file_uploader("Fooled, or any other picture", type=ACCEPTED, max_upload_size=20, key="ice twin")
    if first is None or second is None:
        st.info("Give two pictures of the same size, for example an original and its saved fooling image.")
        return None
    one, other = (np.asarray(uploads.picture(each.getvalue())) for each in (first, second))
    if len(one) * one.shape[1] > MOST_PIXELS:  # each shake works on the whole file
        raise TooBig(
            f"The picture has {len(one) * one.shape[1] / 1e6:.1f} megapixels.",
            f"Give files of at most {MOST_PIXELS // 10**6} megapixels.",
        )
    if one.shape != other.shape:
        sizes = [f"{each.shape[1]} x {each.shape[0]} px" for each in (one, other)]
        raise VizError(f"The first picture is {sizes[0]}, the second {sizes[1]}.", "Give two of the same size.")
    return _pair(here, here.secret, one, other)


def _pair(here: Bench, place: live.Place, original: show.Array, twin: show.Array) -> Pair:
    labels = [here.model.top(here.model.prepare(each), 1)[0].index for each in (original, twin)]
    return Pair(original, twin, noise_control(original, twin, 0), labels[0], labels[1], place)


def draw(here: Bench, pair: Pair) -> None:
    """The three pictures, small, with what the network says."""
    for column, name, image in zip(st.columns(3, gap="medium"), NAMES, pair.images):
        top = here.model.top(here.model.prepare(image), 1)[0]
        words = f"{name}: {short(top.label)}, {percent(top.probability)}"
        with column:
            show.figure(show.network_view(here.model, image), words)
