"""Fool the judge: the picture that is most of a class, out of those of the generator, and out of all pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st
import torch

from vizlib.activation_maximization import Frame, maximize
from vizlib.models import Classifier
from vizlib.render import to_image
from vizlib.training import Deception, GanFrame, fool_judge
from vizlib.ui.pictures_out_of_noise import second
from vizlib.ui.pictures_out_of_noise.plan import Plan
from vizlib.ui.shared import live, networks, show
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.slot import Slot
from vizlib.ui.shared.words import percent, plain

_STEPS, _FREE_STEPS = 60, 128  # of the search for a latent vector, and of the one for pixels
_REAL = 20  # real pictures at most, whose mean is the mark
_ABOUT = (
    "Which picture does the judge take most for a class? The first search is for a latent vector (Nguyen et al. 2016): "
    "the generator is a *prior*, which allows only pictures that it can make. The second is activation maximization, "
    "which changes the pixels themselves. A second network, which has no part in either, judges both: does the class "
    "survive in other eyes?"
)
_HEAD = ["Picture", "The judge", "The second network"]


@dataclass(frozen=True)
class Question:
    """Which class is asked for, and who judges."""

    target: str
    judge: Classifier
    place: live.Place
    recipe: Mapping[str, Any]

    @property
    def number(self) -> int:
        """The class as the judge counts it."""
        return self.judge.class_index(self.target)


def draw(frame: GanFrame, plan: Plan, place: live.Place, recipe: Mapping[str, Any]) -> None:
    """Draws the choice of the class, both searches, and what two networks say of what they found."""
    st.header("Fool the judge")
    judge = networks.load(frame.judge, place.device)
    if not set(frame.classes) <= set(judge.class_names):
        st.markdown(f"The judge, **{plain(judge.name)}**, does not know these classes, so it cannot be asked for one.")
        return
    st.markdown(_ABOUT)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        target = str(linked().selectbox("Class", frame.classes, key="gan_class", width=200))
        words = "It takes about half a minute. A second network may have to be trained first."
        wanted = linked().toggle("Search for it", key="gan_fool", help=words)
    other = second.network(plan, judge, place) if wanted else None
    if other is not None:
        asked = Question(target, judge, place, {**recipe, "what": "gan fooling", "class": target})
        _search(frame, plan, asked, other)


def _search(frame: GanFrame, plan: Plan, asked: Question, other: second.Second) -> None:
    places = [Slot(each) for each in st.columns(3, gap="large")]
    start = partial(fool_judge, frame, asked.judge, asked.target, _STEPS, 0, other.model)
    found = live.follow(
        asked.place, dict(asked.recipe), start, lambda each: _moving(each, places[0]), "Searching the latent vectors"
    )
    if found is None or found.step < found.total:
        return
    free = {"network": asked.judge.name, "weights": asked.judge.fingerprint, "what": "gan without a prior"}
    recipe = free | {"class": asked.target, "steps": _FREE_STEPS}
    begin = partial(maximize, asked.judge, asked.number, _FREE_STEPS)
    pixels = live.follow(asked.place, recipe, begin, lambda each: _moving(each, places[1]), "Searching the pixels")
    if pixels is not None and pixels.step == pixels.total:
        _compare(found, pixels, plan, asked, other, places)


def _moving(frame: Deception | Frame, place: Slot) -> None:
    show.moving(to_image(frame.pixels)[0], f"step {frame.step} of {frame.total}", place.live(), 320)


def _compare(
    found: Deception, free: Frame, plan: Plan, asked: Question, other: second.Second, places: list[Slot]
) -> None:
    real = second.tests(plan, asked.target)
    pixels = torch.cat([asked.judge.prepare(real.pictures[each]) for each in range(min(_REAL, len(real)))])
    rows = {
        "With the generator as prior": found.pixels,
        "Without a prior": free.pixels,
        f"Real, mean of {len(pixels)}": pixels,
    }
    said = {name: [_mean(each, of, asked.target) for each in (asked.judge, other.model)] for name, of in rows.items()}
    for place, (name, of) in zip(places, rows.items(), strict=True):
        show.figure(to_image(of)[0], name.split(",")[0], place.rest(), 320)
    show.table(_HEAD, [[name, *map(percent, values)] for name, values in said.items()], numbers=True)
    st.markdown(_verdict(asked, other, *(values[1] for values in said.values())))


def _mean(model: Classifier, pixels: torch.Tensor, target: str) -> float:
    """The mean probability that a network gives to the class."""
    shown = torch.nn.functional.interpolate(pixels.to(model.device), model.input_size, mode="bilinear", antialias=True)
    return float(model.predict(shown.clamp(0, 1))[:, model.class_index(target)].mean())


def _verdict(asked: Question, other: second.Second, prior: float, free: float, real: float) -> str:
    better = "the prior helped" if prior > free else "the prior did not help"
    return (
        f"The probabilities are those of **{plain(asked.target)}**; the judge is **{plain(asked.judge.name)}**. The "
        f"second network ({plain(other.about)}) gives **{percent(prior)}** with the prior and **{percent(free)}** "
        f"without one, so in its eyes {better} here; to real pictures it gives {percent(real)}. It is a network, too, "
        "and no eye: look at what the pictures show. This is one picture of each kind."
    )
