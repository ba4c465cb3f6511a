"""Found pictures beside optimized ones: where they come from, and how a layer responds to all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from vizlib.batch.kinds import evidence
from vizlib.batch.saved import unit_card
from vizlib.errors import VizError
from vizlib.layers import activations
from vizlib.pictures import ENDINGS, MAX_GIVEN, sample_photographs
from vizlib.records import Layer, Unit
from vizlib.render import SOURCE, Array, page_colors
from vizlib.ui.shared import charts, live, show, uploads
from vizlib.ui.shared.backbone import NO_CLASSES
from vizlib.ui.shared.class_choice import told_apart
from vizlib.ui.shared.guard import tell
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import short
from vizlib.units import (
    GivenPictures,
    PictureSource,
    Survey,
    fed_classes,
    found_pixels,
    search,
    survey_recipe,
)
from vizlib.weights import bundled_models

_AGAINST = 6  # red, among the colors of the page
_DRAWN, _PHOTOGRAPHS, _OWN = evidence.DRAWN, evidence.PHOTOGRAPHS, "pictures of your own"
_USUAL = "usual source of found pictures"


def usual_source(here: Chosen) -> PictureSource:
    """Pictures like those on which the network was trained, as far as there are such pictures here."""
    return evidence.source_of(here.model, evidence.usual_kind(here.model))


def _is_bundled(here: Chosen) -> bool:
    return here.model.name in bundled_models()


def choose_source(here: Chosen) -> PictureSource:
    """Draws the choice with a sentence about the pictures; returns them. Another network begins with its usual kind."""
    usual = evidence.usual_kind(here.model)
    if st.session_state.get(_USUAL, usual) != usual and st.session_state.get("search_among") in (_DRAWN, _PHOTOGRAPHS):
        st.session_state["search_among"] = usual
    st.session_state[_USUAL] = usual
    kinds = [_DRAWN, *([_PHOTOGRAPHS] if sample_photographs() else []), _OWN]
    kind = linked().segmented_control("Search among", kinds, default=usual, required=True, key="search_among")
    source = _own() if kind == _OWN else evidence.source_of(here.model, kind)
    if source is None:
        st.caption(f"Until there are pictures, {usual:s} are searched. Your own pictures are not part of the link.")
    st.caption(_about(here, usual if source is None else kind))
    return source or usual_source(here)


def _about(here: Chosen, kind: str) -> str:
    """What these pictures are, and how far they are like those on which the network was trained."""
    if kind == _OWN:
        return "These are the pictures that you gave."
    bundled = _is_bundled(here)
    if kind == _PHOTOGRAPHS:
        words = f"These are squares, cut at random out of {len(sample_photographs()):d} sample photographs."
        return (
            f"{words} This network was trained on drawn pictures, so drawn ones say more about it."
            if bundled
            else words
        )
    if bundled:
        return "These are drawn pictures of the kind on which this network was trained; it has not seen these ones."
    return (
        "These are drawn pictures, and no photographs. The bundled networks were trained on such pictures; about a "
        "network that was trained on photographs, photographs say more."
    )


def _own() -> PictureSource | None:
    most = f"at most {MAX_GIVEN:d}, {uploads.MAX_TOGETHER >> 20:d} MB together"
    files = st.file_uploader(
        f"A ZIP or .npz file, or several pictures ({most})", ["zip", "npz", *ENDINGS], True, key="search_files"
    )
    try:
        return _given(files)
    except VizError as problem:
        tell(problem)
        return None


def _given(files: Any) -> GivenPictures | None:
    if not files:
        return None
    with st.spinner("Opening the pictures ..."):
        return uploads.pictures(files)


def survey(here: Chosen, layer: Layer, source: PictureSource) -> Survey | None:
    """The layer's response to every picture of the source. Visitors who ask for the same one share the run."""
    parts = survey_recipe(here.model.fingerprint, layer.path, source)
    place = here.private if isinstance(source, GivenPictures) else here.without_picture
    return live.follow(
        place, parts, lambda: search(here.model, layer.path, source), what=f"Searching {len(source)} pictures"
    )


def found(here: Chosen, unit: Unit, source: PictureSource, survey: Survey) -> list[tuple[str, Array]]:
    """Draws the pictures that activate the unit most and least; returns the two sheets with their labels."""
    sheets = unit_card.found(here.model, unit, source, survey)
    for column, (_, image), most in zip(st.columns(2, gap="medium"), sheets, (True, False)):
        numbers = survey.ranking(unit.channel, most, unit_card.SHOWN)
        ends = [survey.means[number, unit.channel] for number in (numbers[0], numbers[-1])]
        word = "most" if most else "least"
        with column:
            show.figure(
                image,
                f"Of {len(source)} pictures, these {len(numbers)} activate it {word} "
                f"(mean activation {ends[0]:.3g} to {ends[1]:.3g}), cropped to what the channel sees.",
            )
    return sheets


def axis(here: Chosen, unit: Unit, source: PictureSource, survey: Survey, scores: list[float]) -> None:
    """Draws the activations of all pictures on one axis. scores: the optimized maximum and the negated minimum."""
    values = survey.means[:, unit.channel]
    now = float(activations(here.model, here.pixels, [unit.layer])[unit.layer][0, unit.channel].mean())
    marks = {"optimized to activate": scores[0], "optimized to suppress": -scores[1], "the current picture": now}
    chart = go.Figure(
        go.Box(
            x=values,
            boxpoints="all",
            jitter=0.6,
            pointpos=0,
            name="pictures",
            line={"width": 1},
            text=[charts.literal(source.title(number)) for number in range(len(values))],
            hovertemplate="%{text}<br>%{x:.4g}<extra></extra>",
        )
    )
    for (name, value), symbol in zip(marks.items(), ("star", "star-triangle-down", "diamond")):
        chart.add_scatter(
            x=[value],
            y=["pictures"],
            mode="markers",
            name=name,
            marker={"size": 18, "symbol": symbol},
            hovertemplate=f"{name}<br>%{{x:.4g}}<extra></extra>",
        )
    chart.update_layout(height=280, legend={"orientation": "h", "y": 1.15})
    chart.update_yaxes(showticklabels=False)
    charts.draw(chart, f"mean activation of channel {unit.channel} (no unit)", "unit_axis")
    st.caption(f"Each dot is a picture. The optimized picture reaches {scores[0]:.3g}.")


def beyond(unit: Unit, survey: Survey, score: float) -> str:
    """How the optimized picture compares with the found ones, in a sentence."""
    largest = float(survey.means[:, unit.channel].max())
    if largest <= 0 or score <= largest:
        return f"The optimized picture reaches a mean activation of {score:.3g}, the best found picture {largest:.3g}."
    return f"The optimized picture activates it {score / largest:.1f} times as strongly as any found picture."


def supported_classes(here: Chosen, unit: Unit, source: PictureSource, survey: Survey) -> None:
    """Draws the classes whose scores the unit raises and lowers most; of a backbone, that it has none."""
    if not here.model.has_classes:
        st.caption(NO_CLASSES)
        return
    names = here.model.class_names
    numbers = tuple(survey.ranking(unit.channel, True, unit_card.SHOWN))
    effect = _effect(here, source, here.model.fingerprint, source.key, unit, numbers)
    order = np.argsort(-effect, kind="stable")
    shown = [*order[:5], *[each for each in order[-3:] if each not in order[:5]]]
    st.subheader("Which classes it supports")
    called = told_apart([short(names[each]) for each in shown], shown)
    drawn = [_supported(name, float(effect[each])) for name, each in zip(called, shown)]
    charts.bars(drawn, "logits that the class would lose without this channel (gradient x activation)", "unit_feeds")
    st.caption(
        f"Mean over the {len(numbers)} pictures that activate the channel most: the classes for which it is the "
        "strongest evidence, and those that it counts against."
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _effect(
    _here: Chosen, _source: PictureSource, weights: str, pictures: str, unit: Unit, numbers: tuple[int, ...]
) -> Array:
    """How many logits each class owes to the channel, over these pictures; computed once."""
    return fed_classes(_here.model, unit, found_pixels(_here.model, _source, numbers))


def _supported(name: str, effect: float) -> charts.Bar:
    color = SOURCE if effect >= 0 else page_colors(show.dark()).series[_AGAINST]
    return charts.Bar(name, effect, hover=f"{name}: {effect:.3g} logits", color=color)
