"""What came of a run: its numbers and curves, its film, what can be saved, and whether the picture holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from vizlib.activation_maximization.film import Reel
from vizlib.activation_maximization.verdict import Check, class_verdict
from vizlib.models import Classifier
from vizlib.pictures import encode_movie
from vizlib.records import Recipe
from vizlib.render import enlarge, to_image
from vizlib.ui.shared import networks, show
from vizlib.ui.shared.curves import Curve
from vizlib.ui.shared.words import percent
from vizlib.ui.widgets import film
from vizlib.weights import bundled_models, local_models

_MILLISECONDS, _HOLD = 90, 2000  # for which a film's picture is shown, and its last one
_NONE = "none"


@dataclass(frozen=True, eq=False)
class Outcome:
    """A run, finished or stopped."""

    model: Classifier
    target: int  # class
    name: str  # of the class
    reel: Reel
    recipe: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Differs for every run and every step at which it may have been stopped."""
        return Recipe({**self.recipe, "step": self.reel.step}).key


def numbers(reel: Reel, place: Any) -> None:
    """The class's probability, as last measured, and its logit now, in large figures."""
    measured = [each.probability for each in reel.stills if each.probability is not None]
    with place.container(horizontal=True):
        st.metric("Probability of the class", percent(measured[-1]) if measured else "-")
        st.metric("Logit of the class", f"{float(reel.frame.scores[0]):.1f}")


def curves_of(reel: Reel, name: str, settings: Mapping[str, Any]) -> list[Curve]:
    """The objective, the probability and every penalty, with their units and weights."""
    beta = settings["tv_beta"]
    plain = settings["tv_form"] == "anisotropic"
    unit = "values" if plain else "values²" if beta == 2 else f"values to the {beta:g}"
    titles = {
        "score": (f"Logit of {name}", ""),
        "tv": ("Total variation", f"pixel {unit}; weight {settings['tv']:g}"),
        "norm": (f"Norm, p = {settings['norm_order']:g}", f"0 gray, 1 black and white; weight {settings['norm']:g}"),
        "pull": ("From the start", f"pixel values²; weight {settings['pull']:g}"),
    }
    found = {key: Curve(*titles[key], reel.steps, values) for key, values in reel.curves.items()}
    measured = [(each.step, 100 * each.probability) for each in reel.stills if each.probability is not None]
    steps, shares = [step for step, _ in measured], [share for _, share in measured]
    likely = Curve(f"Probability of {name}", "%", steps, shares, 100)
    return [found.pop("score"), likely, *found.values()]


def show_film(result: Outcome) -> None:
    """The film under a slider, the finished picture first and large."""
    stills = result.reel.film
    last = enlarge(to_image(result.reel.frame.pixels)[0], show.LEAST_WIDTH)
    captions = [
        f"step {each.step} of {result.reel.total} · logit {each.score:.1f}"
        + ("" if each.probability is None else f" · {percent(each.probability)} {result.name}")
        for each in stills
    ]
    label = f"{result.name}, as {result.model.name} sees it"
    film.film([*(each.image for each in stills[:-1]), last], film.Strip(result.key, label, captions), "film")


def save(result: Outcome) -> None:
    """Buttons for the picture and the film, each with the recipe inside."""
    recipe = {**result.recipe, "step": result.reel.step}
    with st.container(horizontal=True):
        show.save_png("Picture (PNG)", to_image(result.reel.frame.pixels)[0], "filterscope_class", recipe)
        for label, kind, mime in (("Film (GIF)", "gif", "image/gif"), ("Film (animated PNG)", "png", "image/apng")):
            st.download_button(
                label,
                partial(_movie, result, kind, recipe),
                file_name=f"filterscope_class_film.{kind}",
                mime=mime,
                icon=":material/movie:",
                on_click="ignore",
                key=f"film {kind}",
            )


def _movie(result: Outcome, kind: str, recipe: Mapping[str, Any]) -> bytes:
    images = [each.image for each in result.reel.film]
    return encode_movie(images, kind, [*[_MILLISECONDS] * (len(images) - 1), _HOLD], recipe)


def verdict(result: Outcome) -> None:
    """Does it hold? The class's probability after all that happens to a picture, and on another network."""
    st.subheader("Does it hold?")
    left, right = st.columns([6, 5], gap="large")
    others = _others(result.model, result.target)
    alike = [name for name in others if name in bundled_models()]
    chosen = right.selectbox(
        "Second network",
        [_NONE, *others],
        1 if alike else 0,
        key="second",
        bind="query-params",
        help="One that knows the same class and never saw the optimization.",
    )
    second = None if chosen in (None, _NONE) else _second(chosen, result.model.device.type)
    right.markdown(
        f"How probable {result.name} is when the same picture is rounded to 8 bits, shifted, saved and opened again, "
        "or shown to another network. What only its own network believes in is a trick, and not a class."
    )
    with left:
        _bars(_readings(result.key, chosen, result, second), f"holds {result.key} {chosen}")


def _others(model: Classifier, target: int) -> list[str]:
    """Networks at hand that may know the class: bundled ones know theirs, local ones are asked when they are chosen."""
    if model.name not in bundled_models():
        return [name for name in local_models() if name != model.name]
    name = model.class_names[target]
    rest = [each for each in bundled_models() if each != model.name]
    return [each for each in rest if name in _second(each, model.device.type).class_names]


def _second(name: str, device: str) -> Classifier:
    return networks.load(name, device)


@st.cache_data(max_entries=32, show_spinner=False)
def _readings(key: str, other: str, _result: Outcome, _second: Classifier | None) -> list[Check]:
    pixels = _result.reel.frame.pixels
    return class_verdict(_result.model, pixels, _result.target, [] if _second is None else [_second])


def _bars(readings: Sequence[Check], key: str) -> None:
    dark = show.dark()
    shares = [100 * each.probability for each in readings]
    words = [f"<b>{percent(each.probability)}</b> · rank {each.rank}" for each in readings]
    chart = go.Figure(
        go.Bar(
            x=shares,
            y=[each.what for each in readings],
            orientation="h",
            marker_color="#3d7fb8",
            text=words,
            textposition="auto",
            cliponaxis=False,
            customdata=[each.logit for each in readings],
            hovertemplate="%{y}<br>%{x:.3f} % (logit %{customdata:.2f})<extra></extra>",
        )
    )
    ink = "#eef1f4" if dark else "#1b2430"
    chart.update_layout(
        height=70 + 44 * len(readings),
        margin={"l": 0, "r": 10, "t": 4, "b": 40},
        font={"size": 16},
        xaxis={
            "title": "probability of the class (%)",
            "range": [0, 101],
            "tickvals": [0, 50, 100],
            "tickfont": {"size": 14},
        },
        yaxis={"autorange": "reversed", "tickfont": {"size": 16, "color": ink}},
        bargap=0.25,
    )
    st.plotly_chart(chart, width="stretch", config={"displayModeBar": False}, key=key)
