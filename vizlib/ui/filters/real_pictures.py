"""Real pictures beside optimized ones: where they come from, and the survey of a layer over them."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from vizlib.errors import VizError
from vizlib.layers import activations
from vizlib.pictures import MAX_GIVEN
from vizlib.records import Layer, Unit
from vizlib.render import contact_sheet
from vizlib.ui.shared import live, show, uploads
from vizlib.ui.shared.guard import tell
from vizlib.ui.shared.sidebar import Bench
from vizlib.ui.shared.words import short
from vizlib.units import (
    CROP,
    DrawnDigits,
    DrawnScenes,
    GivenPictures,
    PictureSource,
    Survey,
    fed_classes,
    found_crops,
    found_pixels,
    search,
)

Array = np.ndarray[Any, Any]
_SHOWN = 9  # pictures that excite it most, and least
_DRAWN, _OWN = "drawn pictures", "pictures of your own"


def usual_source(here: Bench) -> PictureSource:
    """Drawn scenes, or digits for a network that sees gray."""
    return DrawnDigits() if here.model.preprocessing.channels == 1 else DrawnScenes()


def choose_source(here: Bench) -> PictureSource:
    """Draws the choice; answers the pictures to search."""
    kind = st.segmented_control(
        "Search among", [_DRAWN, _OWN], default=_DRAWN, required=True, key="search_among", bind="query-params"
    )
    if kind == _DRAWN:
        return usual_source(here)
    most = f"at most {MAX_GIVEN}, {uploads.MAX_TOGETHER >> 20} MB together"
    files = st.file_uploader(
        f"A ZIP file or several pictures ({most})", ["zip", "jpg", "jpeg", "png", "webp"], True,
        key="search_files",
    )  # fmt: skip
    try:
        source = _given(files)
    except VizError as problem:
        tell(problem)
        source = None
    if source is None:
        st.caption("Until there are pictures, the drawn ones are searched. Yours are not part of the link.")
    return source or usual_source(here)


def _given(files: Any) -> GivenPictures | None:
    if not files:
        return None
    with st.spinner("Opening the pictures ..."):
        return uploads.pictures(files)


def survey(here: Bench, layer: Layer, source: PictureSource) -> Survey | None:
    """Every picture of the source through the network up to the layer; shared by all who ask the same."""
    parts = {"what": "search", "weights": here.model.fingerprint, "layer": layer.path, "source": source.key}
    place = here.secret if isinstance(source, GivenPictures) else here.pictureless
    return live.follow(
        place, parts, lambda: search(here.model, layer.path, source), what=f"Searching {len(source)} pictures"
    )


def found(here: Bench, unit: Unit, source: PictureSource, survey: Survey) -> list[tuple[str, Array]]:
    """The pictures that excite the unit most and least, as two sheets; answers them with their labels."""
    sheets = []
    for column, most in zip(st.columns(2, gap="medium"), (True, False)):
        numbers = survey.ranking(unit.channel, most, _SHOWN)
        crops = found_crops(here.model, unit, source, survey, most, _SHOWN)
        image, _ = contact_sheet(crops, 3, tile=CROP, gap=4)
        ends = [survey.means[number, unit.channel] for number in (numbers[0], numbers[-1])]
        word = "most" if most else "least"
        with column:
            show.figure(
                image,
                f"Of {len(source)} pictures, these {len(numbers)} excite it {word} "
                f"(mean activation {ends[0]:.3g} to {ends[1]:.3g}), cropped to what the unit sees.",
            )
        sheets.append((f"found: excite it {word}", image))
    return sheets


def axis(here: Bench, unit: Unit, source: PictureSource, survey: Survey, scores: list[float]) -> None:
    """Every picture's activation and the optimized ones' on one axis. scores: of the maximum, minus the minimum's."""
    values = survey.means[:, unit.channel]
    now = float(activations(here.model, here.pixels, [unit.layer])[unit.layer][0, unit.channel].mean())
    marks = {"optimized to excite": scores[0], "optimized to inhibit": -scores[1], "the current picture": now}
    chart = go.Figure(
        go.Box(
            x=values,
            boxpoints="all",
            jitter=0.6,
            pointpos=0,
            name="pictures",
            line={"width": 1},
            text=[source.title(number) for number in range(len(values))],
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
    chart.update_layout(
        height=280,
        margin={"l": 0, "r": 10, "t": 10, "b": 40},
        font={"size": 16},
        legend={"orientation": "h", "y": 1.15},
        yaxis={"showticklabels": False},
        xaxis={"title": f"mean activation of channel {unit.channel} (no unit)"},
    )
    st.plotly_chart(chart, width="stretch", config={"displayModeBar": False}, key="unit_axis")
    largest = float(values.max())
    beyond = f" That is {scores[0] / largest:.1f} times the largest of any picture." if largest > 0 else ""
    st.caption(f"Each dot is a picture. The optimized one reaches {scores[0]:.3g}.{beyond}")


def feeds(here: Bench, unit: Unit, source: PictureSource, survey: Survey) -> None:
    """Which classes the unit speaks for and against."""
    names = here.model.class_names
    pixels = found_pixels(here.model, source, survey.ranking(unit.channel, True, _SHOWN))
    effect = fed_classes(here.model, unit, pixels)
    order = np.argsort(-effect, kind="stable")
    shown = [*order[:5], *[each for each in order[-3:] if each not in order[:5]]]
    st.subheader("What it is for")
    chart = go.Figure(
        go.Bar(
            x=[float(effect[each]) for each in shown],
            y=[f"{short(names[each])} · {each}" for each in shown],
            orientation="h",
            marker_color=["#3d7fb8" if effect[each] >= 0 else "#b3344f" for each in shown],
            hovertemplate="%{y}<br>%{x:.3g} logits<extra></extra>",
        )
    )
    chart.update_layout(
        height=90 + 38 * len(shown),
        margin={"l": 0, "r": 10, "t": 4, "b": 40},
        font={"size": 16},
        xaxis={"title": "logits that the class would lose without this unit (gradient x activation)"},
        yaxis={"autorange": "reversed"},
    )
    st.plotly_chart(chart, width="stretch", config={"displayModeBar": False}, key="unit_feeds")
    st.caption(f"Mean over the {len(pixels)} pictures that excite it most: the classes that it speaks for and against.")
