"""The card of one unit: pictures that activate and suppress it, optimized and found, and the classes it supports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from vizlib.activation_maximization import Frame, tile_size
from vizlib.batch.saved import unit_card as saved_card
from vizlib.batch.saved.unit_card import VERSIONS, CardPlan
from vizlib.layers import activations, list_layers
from vizlib.records import Layer, Unit
from vizlib.render import contact_sheet, enlarge, kernels, overlay, scale_of, to_image
from vizlib.runs import limits
from vizlib.ui.filters import real_pictures
from vizlib.ui.shared import live, save, show
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.twin import details
from vizlib.ui.shared.words import plain

_LEAST_SIDE = 128  # px
_USUAL_STEPS = 128


@dataclass(frozen=True, eq=False)
class Card:
    """The unit, and how its pictures are optimized."""

    here: Chosen
    layer: Layer
    plan: CardPlan

    @property
    def channel(self) -> int:
        return self.plan.unit.channel

    def recipe(self, what: str) -> dict[str, Any]:
        return self.plan.recipe(self.here.model, what)


def draw(here: Chosen, layer: Layer, number: int, steps: int, seed: int, twin: Callable[[], Chosen | None]) -> None:
    """Draws the card of channel `number`. twin: returns a network whose channel of that number is shown, too."""
    live.status()
    other = twin()
    side = min(max(tile_size(here.model, layer.path), _LEAST_SIDE), max(*here.model.input_size, _LEAST_SIDE // 2))
    card = Card(here, layer, CardPlan(Unit(layer.path, number), seed, side, steps))
    st.header(f"Channel {number:d} of {plain(layer.path)}")
    extremes = _extremes(card)
    if other is not None:
        st.header(f"Channel {number:d} of {plain(layer.path)} in {plain(other.model.name)}")
        _extremes(replace(card, here=other))
        details(here)
    versions = _versions(card)
    st.subheader("Found pictures")
    st.markdown(
        "Searching is the older method: it shows which of many given pictures activate the channel most and least, "
        "cropped to what it sees of them. In a study with photographs, people predicted the response of a channel "
        "better from found pictures (92 % right) than from optimized ones (82 %; Borowski et al. 2021)."
    )
    source = real_pictures.choose_source(here)
    survey = real_pictures.survey(here, layer, source)
    if survey is None or extremes is None:
        return
    words = real_pictures.beyond(card.plan.unit, survey, float(extremes.scores[0]))
    live.verdict().markdown(f"**Channel {number:d}:** {plain(words)}")
    found = real_pictures.found(here, card.plan.unit, source, survey)
    real_pictures.axis(here, card.plan.unit, source, survey, extremes.scores.tolist())
    real_pictures.supported_classes(here, card.plan.unit, source, survey)
    title = f"{here.name} · {layer.path} · channel {number}"
    view = {"title": title, "versions": versions is not None}
    recipe = card.recipe("card") | {"source": source.key, "view": view}
    save.save_png("The card (PNG)", saved_card.draw(title, extremes, versions, found), "filterscope_unit", recipe)


def choose() -> tuple[int, int]:
    """Draws the boxes for the steps and the seed; returns both."""
    most, usual = limits.steps(1024, _USUAL_STEPS)
    steps = linked().number_input("Steps", 4, most, usual, 4, key="card_steps")
    seed = linked().number_input("Seed", 0, 999_999, 0, key="card_seed")
    return int(steps), int(seed)


def _extremes(card: Card) -> Frame | None:
    """Draws the optimized maximum and minimum, the feature map and the kernel, side by side."""
    columns = st.columns(4, gap="medium")
    places = [column.empty() for column in columns[:2]]
    words = ("Activates it most, optimized from noise", "Suppresses it most, optimized from noise")

    def paint(frame: Frame) -> None:
        scores = frame.scores.tolist()
        for place, image, text, value in zip(places, to_image(frame.pixels), words, (scores[0], -scores[1])):
            show.figure(image, f"{text}. Mean activation {value:.3g}.", place)

    with columns[2]:
        _feature_map(card)
    with columns[3]:
        _kernel(card)
    frame = live.follow(
        card.here.without_picture,
        card.recipe("extremes"),
        lambda: card.plan.extremes(card.here.model),
        paint,
        "Optimizing",
    )
    for note in sorted({each for each in (frame.notes if frame else ()) if each}):
        st.caption(plain(note))
    return frame


def _feature_map(card: Card) -> None:
    here, path = card.here, card.layer.path
    values = activations(here.model, here.pixels, [path])[path][0, card.channel].float().cpu().numpy()
    if not card.layer.spatial:
        st.metric("On the current picture", f"{values.mean():.3g}", help="The channel's activation.")
        return
    signed = bool(values.min() < 0)
    image = overlay(here.image, values, signed, 0.7, scale_of(values))
    show.figure(image, f"Where it is active in the current picture. Mean activation {values.mean():.3g}.")


def _kernel(card: Card) -> None:
    inside = [each for each in list_layers(card.here.model) if f"{each.path}.".startswith(f"{card.layer.path}.")]
    own = [each for each in inside if each.kind == "convolution" and each.shape[0] == card.layer.shape[0]]
    weights: Any = getattr(card.here.model.module(own[-1].path), "weight", None) if own else None
    if weights is None or weights.ndim != 4:
        st.caption("This layer has no kernel.")
        return
    row = weights[card.channel : card.channel + 1].detach().float().cpu()
    count, colored = row.shape[1], row.shape[1] == 3 and own[-1].order == 0
    row = row[:, row[0].abs().sum((1, 2)).argsort(descending=True)[:64].sort().values]
    image, _ = contact_sheet(kernels(row, colored=colored), tile=320 if count <= 3 else 40)
    words = "its weights on red, green and blue, as a color" if colored else _weights_on(count, row.shape[1])
    show.figure(enlarge(image, show.LEAST_WIDTH, smooth=False), f"The kernel of {own[-1].path}: {words}.")


def _weights_on(count: int, shown: int) -> str:
    """What the pieces of a kernel are, and what their colors mean."""
    pieces = "on the one channel that it reads" if count == 1 else f"on {count} channels"
    part = f", of which the {shown} with the largest weights are shown" if shown < count else ""
    return f"its weights {pieces}{part}; red is positive, blue negative, and white zero"


def _versions(card: Card) -> Frame | None:
    """Optimizes several pictures of the unit that must look different to the network."""
    place = st.empty()

    def paint(frame: Frame) -> None:
        image, _ = contact_sheet(to_image(frame.pixels), VERSIONS, tile=max(frame.pixels.shape[2:]), gap=6)
        values = ", ".join(f"{each:.3g}" for each in frame.scores.tolist())
        show.figure(
            image,
            f"Different pictures of the same channel, kept apart. Mean activations {values}.",
            place,
            1200,
        )

    return live.follow(
        card.here.without_picture,
        card.recipe("versions"),
        lambda: card.plan.versions(card.here.model),
        paint,
        "Optimizing different versions",
    )
