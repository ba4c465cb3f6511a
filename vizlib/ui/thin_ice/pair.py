"""The pictures of the page: an original, its fooling image, and a control with as much noise."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, TypeAlias

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from vizlib.errors import TooBig, VizError
from vizlib.evaluation import noise_control
from vizlib.fooling import MOST_PIXELS
from vizlib.render import Array
from vizlib.ui.fooling import attack, request
from vizlib.ui.shared import live, made, show, uploads
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.picture import ACCEPTED
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import percent, plain, short

_SURE = 0.5  # probability below which the original's class is called unsure
_BOXES = "ice files"  # under this key, a made file is taken in place of both boxes
_KINDS = {"made": "Fooled here", "given": "Two files of mine"}


@dataclass(frozen=True, eq=False)
class Pair:
    """Files of one size, uint8 (H, W, 3)."""

    original: Array
    fooled: Array
    control: Array  # noise as large as the change
    source: int  # class of the original
    target: int  # class of the fooling image
    sure: float  # probability of the original's class, [0, 1]
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


UNSURE = (
    "Small disturbances can change its class without any fooling. Choose a picture in the sidebar of which the network "
    "is surer: it shows the difference better."
)
NAMES = ("Original", "Fooled", "Control: noise of the same size")
Find: TypeAlias = Callable[[], Pair | None]  # runs the search, or reads the files
Show: TypeAlias = Callable[[Pair], None]  # draws what an experiment finds


def choose(experiments: Sequence[str], alone: str) -> tuple[str, str]:
    """Draws in one row where the pair comes from and what is done with it; returns both. `alone` needs no pair."""
    with st.container(horizontal=True, gap="small"):
        first = st.container(width="content")
        experiment = linked().segmented_control(
            "Experiment", [*experiments, alone], default=experiments[0], required=True, key="ice",
        )  # fmt: skip
        kind = "" if experiment == alone else linked(first).segmented_control(
            "Pair", list(_KINDS), default="made", required=True, format_func=_KINDS.__getitem__, key="pair",
        )  # fmt: skip
    return str(kind), str(experiment)


def ask(here: Chosen, kind: str) -> Find:
    """Draws the controls of the pair; what it returns finds the pair, None while there is none."""
    if kind == "made":
        return partial(_made, here, request.ask(here, brief=True))
    left, right = st.columns(2)
    first = _box(left, "Original", "ice original")
    second = _box(right, "Fooled, or any other picture", "ice twin")
    taken = made.choose(_BOXES)
    one, other = (first, second) if taken is None else (taken.original, taken.fooled)
    return partial(_given, here, one, other)


def _box(place: DeltaGenerator, label: str, key: str) -> bytes | None:
    """Draws a box for a file; returns its content. An upload replaces the files that were taken."""
    given = place.file_uploader(
        plain(label), type=ACCEPTED, max_upload_size=20, key=key, on_change=made.release, args=(_BOXES,)
    )
    return None if given is None else given.getvalue()


def _made(here: Chosen, asked: request.Request) -> Pair | None:
    result = attack.run(here, asked)
    if result is None:
        return None
    if not result.success or not result.change.any():
        st.warning(f"**{plain(result.note) or 'Not found.'}**  \nChoose another target, method or picture.")
        return None
    return _pair(here, here.place, result.original, result.image)


def _given(here: Chosen, first: bytes | None, second: bytes | None) -> Pair | None:
    if first is None or second is None:
        st.info("Give two pictures of the same size, for example an original and its saved fooling image.")
        return None
    one, other = (np.asarray(uploads.picture(each)) for each in (first, second))
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
    tops = [here.model.top(here.model.prepare(each), 1)[0] for each in (original, fooled)]
    control = noise_control(original, fooled, 0)
    return Pair(original, fooled, control, tops[0].index, tops[1].index, tops[0].probability, place)


def draw(here: Chosen, pair: Pair) -> None:
    """Draws the three pictures with the network's answers."""
    for column, name, image in zip(st.columns(3, gap="medium"), NAMES, pair.images):
        top = here.model.top(here.model.prepare(image), 1)[0]
        words = f"{name}: {short(top.label)}, {percent(top.probability)}"
        with column:
            show.figure(show.network_view(here.model, image), words)


def warn(here: Chosen, pair: Pair) -> None:
    """Says so if the network is unsure of the original itself: then every experiment is about that, too."""
    if pair.sure < _SURE:
        name = short(here.model.class_names[pair.source])
        st.info(
            f"**Your original is itself unsure.** The network gives **{plain(name)}** only {percent(pair.sure)}. "
            f"{UNSURE}",
            icon=":material/info:",
        )
