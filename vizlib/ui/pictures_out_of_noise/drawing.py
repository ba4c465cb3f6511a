"""The forty pictures, the losses and the measures. While the run goes on and after it, they are in the same places."""

from __future__ import annotations

import numpy as np
import streamlit as st

from vizlib.training import GanFrame
from vizlib.ui.pictures_out_of_noise import measures, presets
from vizlib.ui.pictures_out_of_noise.plan import Plan
from vizlib.ui.pictures_out_of_noise.sheets import levels, sheet
from vizlib.ui.shared import curves, lines, several, show
from vizlib.ui.shared.lines import Axes, Line
from vizlib.ui.shared.plot import round_span
from vizlib.ui.shared.slot import Slot
from vizlib.ui.shared.words import number, plain
from vizlib.ui.widgets import film

_MILLISECONDS = 400  # for which the film shows each picture
_LIVE_TILE = 56  # px of a picture while the run goes on
_ABOUT_LOSSES = (
    "**The losses say nothing about quality.** Each network is measured against an opponent that learns, too, so a "
    "loss can rise while the pictures get better."
)


_EXPLAINED = (
    "**Fréchet distance:** how far apart the features of fakes and of real pictures are, by their means and "
    "covariances. **Precision:** the share of fakes that lie among real pictures. **Recall:** the share of real "
    "pictures that lie among fakes. **Readable:** the share of fakes of whose class the judge is at least as sure as "
    "of all but 5 % of real pictures. **Near copies:** the share of fakes that are closer to a training picture than "
    "all but 5 % of new real pictures are."
)


class Drawing:
    """The part of the page that shows the run, during it and after it."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._expects = st.empty()
        left, right = st.columns([6, 5], gap="large")
        self._sheet, self._losses = Slot(left), Slot(left)
        self._about_losses = left.empty()
        self._believed = Slot(left)
        self._measures = Slot(right)
        self._judge = right.empty()

    def draw(self, frame: GanFrame) -> None:
        """Draws the run so far."""
        self._say(frame)
        caption = f"The same 40 latent vectors at step {frame.step} of {frame.total}"
        show.moving(sheet(levels(frame.pictures), _LIVE_TILE), caption, self._sheet.live())
        lines.live(_losses(frame), self._loss_axes(frame), self._losses.live())
        curves.live(measures.curves(frame), frame.total, self._measures.live())
        lines.live(measures.believed(frame), self._believed_axes(), self._believed.live())

    def finish(self, frame: GanFrame, key: str) -> None:
        """Draws the film and the finished curves, which can be enlarged and saved."""
        self._say(frame)
        with self._sheet.rest():
            _film(frame, key)
        losses, believed = self._losses.rest(), self._believed.rest()
        lines.chart(_losses(frame), self._loss_axes(frame), losses, f"gan losses {key}", "Losses over the steps")
        curves.chart(measures.curves(frame), frame.total, self._measures.rest(), f"gan measures {key}")
        found = measures.believed(frame)
        lines.chart(found, self._believed_axes(), believed, f"gan believed {key}", "What the discriminator says")

    def _say(self, frame: GanFrame) -> None:
        presets.say(self._plan.preset, self._expects)
        self._about_losses.caption(_ABOUT_LOSSES + (_course(frame) if frame.done else ""))
        if frame.real is not None:
            _judged(frame, self._judge)
        else:
            self._judge.caption(plain(frame.note))

    def _loss_axes(self, frame: GanFrame) -> Axes:
        values = [value for each in _losses(frame) for value in each.y if np.isfinite(value)]
        high = round_span(0.0, max([1.0, *values]))[1]
        return several.axes("Loss", self._plan.total, (0.0, high), "")

    def _believed_axes(self) -> Axes:
        return several.axes("The discriminator says real", self._plan.total)


def _losses(frame: GanFrame) -> list[Line]:
    named = {"Generator": frame.losses_g, "Discriminator": frame.losses_d}
    return [several.loss(name, [values]) for name, values in named.items()]


def _film(frame: GanFrame, key: str) -> None:
    distances = {int(step): value for step, value in zip(frame.steps, measures.DISTANCE.of(frame))}
    captions = [_at(int(step), frame.total, distances.get(int(step))) for step in frame.milestones]
    label = "Forty pictures of the generator, always of the same latent vectors"
    film.film([sheet(each) for each in frame.film], film.Film(key, label, captions, _MILLISECONDS), "gan film")


def _at(step: int, total: int, distance: float | None) -> str:
    measured = "" if distance is None else f" · Fréchet distance {number(distance)}"
    return f"step {step} of {total}{measured}"


def _judged(frame: GanFrame, place: st.delta_generator.DeltaGenerator) -> None:
    training, held_out, fakes = frame.counts
    place.caption(
        f"{plain(frame.note)} **{fakes:d}** fakes are compared with **{held_out:d}** real pictures that were held out; "
        f"**{training:d}** others were learned from. The dashed lines are as many of these. " + _EXPLAINED
    )


def _course(frame: GanFrame) -> str:
    """How far quality and losses have moved apart in this run."""
    found, losses = measures.DISTANCE.of(frame), _losses(frame)[0].y
    if len(found) < 2 or len(losses) < 2:
        return ""
    return (
        f" In this run the Fréchet distance went from {number(found[0])} to {number(found[-1])}, and the generator's "
        f"loss from {number(losses[0])} to {number(losses[-1])}."
    )
