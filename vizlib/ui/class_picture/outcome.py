"""The result of a run: its numbers and curves, its film, its files, and whether the class survives small changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from vizlib.activation_maximization import Check, Reel, class_verdict
from vizlib.batch.saved import class_picture
from vizlib.batch.saved.kind import in_file
from vizlib.models import Classifier, counterpart
from vizlib.pictures import encode_movie
from vizlib.render import enlarge
from vizlib.runs import Recipe
from vizlib.ui.shared import charts, live, networks, save, show
from vizlib.ui.shared.curves import Curve
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.words import percent, plain
from vizlib.ui.widgets import film
from vizlib.weights import bundled_models, local_models

_MILLISECONDS, _HOLD = 90, 2000  # how long a film shows each picture, and the last one
_NONE = "none"


@dataclass(frozen=True, eq=False)
class Outcome:
    """The result of a run, finished or stopped."""

    model: Classifier
    target: int  # class
    name: str  # of the class
    reel: Reel
    recipe: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Identifies the run and the step at which it ended."""
        return Recipe({**self.recipe, "step": self.reel.step}).key


def verdict(result: Outcome) -> None:
    """Says in the page's row what the run has reached."""
    likely = next((each.probability for each in reversed(result.reel.stills) if each.probability is not None), None)
    if likely is not None:
        live.verdict().markdown(
            f"The probability of **{plain(result.name)}** is **{percent(likely)}** after {result.reel.step:d} steps."
        )


def numbers(reel: Reel, place: Any) -> None:
    """The class's last measured probability and its current logit, as large figures."""
    measured = [each.probability for each in reel.stills if each.probability is not None]
    with place.container(horizontal=True):
        show.measure("Probability of the class", percent(measured[-1]) if measured else "-")
        show.measure("Logit of the class", f"{float(reel.frame.scores[0]):.1f}")


def curves_of(reel: Reel, name: str, settings: Mapping[str, Any]) -> list[Curve]:
    """The objective, the probability and every penalty, with their units and weights."""
    beta = settings["tv_beta"]
    plain = settings["tv_form"] == "anisotropic"
    unit = "values" if plain else "values²" if beta == 2 else f"values to the {beta:g}"
    titles = {
        "score": (f"Logit of {name}", ""),
        "tv": ("Total variation", f"pixel {unit}; weight {settings['tv']:g}"),
        "norm": (f"Distance from gray (norm, p = {settings['norm_order']:g})", f"0 to 1; weight {settings['norm']:g}"),
        "pull": ("Distance from the start", f"pixel values²; weight {settings['pull']:g}"),
        "l2": ("Sum of squares (L2)", f"values²; weight {settings.get('l2', 0.0):g}"),
    }
    found = {key: Curve(*titles[key], reel.steps, values) for key, values in reel.curves.items()}
    measured = [(each.step, 100 * each.probability) for each in reel.stills if each.probability is not None]
    steps, shares = [step for step, _ in measured], [share for _, share in measured]
    likely = Curve(f"Probability of {name}", "%", steps, shares, 100)
    return [found.pop("score"), likely, *found.values()]


def show_film(result: Outcome) -> None:
    """The film under a slider, the finished picture first and large."""
    stills = result.reel.film
    last = enlarge(result.reel.frame.images(1)[0], show.LEAST_WIDTH)
    captions = [
        f"step {each.step} of {result.reel.total} · logit {each.score:.1f}"
        + ("" if each.probability is None else f" · {percent(each.probability)} {result.name}")
        for each in stills
    ]
    label = f"{result.name}, as {networks.called(result.model.name)} sees it"
    film.film([*(each.image for each in stills[:-1]), last], film.Film(result.key, label, captions), "film")


def save_files(result: Outcome) -> None:
    """Buttons for the picture and the film, each with the recipe inside."""
    if result.reel.frame.stretch:
        st.caption(
            "Stretched for display, as courses do it: the smallest value is black and the largest white. The PNG has "
            "the values themselves, cut off at black and white."
        )
    recipe = {**result.recipe, "step": result.reel.step}
    with st.container(horizontal=True):
        save.save_png("Picture (PNG)", class_picture.draw(result.reel), "filterscope_class", recipe)
        for label, kind, mime in (("Film (GIF)", "gif", "image/gif"), ("Film (animated PNG)", "png", "image/apng")):
            make = partial(_movie, result, kind, in_file(recipe))
            save.save_file(label, make, f"filterscope_class_film.{kind}", mime, f"film {kind}", "movie")


def _movie(result: Outcome, kind: str, recipe: Mapping[str, Any]) -> bytes:
    images = [each.image for each in result.reel.film]
    return encode_movie(images, kind, [*[_MILLISECONDS] * (len(images) - 1), _HOLD], recipe)


def robustness(result: Outcome) -> None:
    """Draws the class's probability after small changes of the picture, and on another network."""
    st.header("How robust is it?")
    left, right = st.columns([6, 5], gap="large")
    names = others(result.model, result.target)
    alike = [name for name in names if name in bundled_models()]
    chosen = linked(right).selectbox(
        "Second network",
        [_NONE, *names],
        1 if alike else 0,
        key="second",
        help="A network that knows the same class and took no part in the optimization.",
    )
    second = None if chosen in (None, _NONE) else _second(chosen, result.model.device.type)
    right.markdown(
        f"The probability of {plain(result.name)} when the same picture is rounded to 8 bits, shifted, saved "
        "and opened again, or shown to another network. If only its own network recognizes it, it is an artifact."
    )
    with left:
        _bars(_readings(result.key, chosen, result, second), f"holds {result.key} {chosen}")


def others(model: Classifier, target: int) -> list[str]:
    """Available networks that may know the class, by how many classes they share. Local ones are not opened here."""
    if model.name not in bundled_models():
        return [name for name in local_models() if name != model.name]
    name = model.class_names[target]
    rest = [_second(each, model.device.type) for each in bundled_models() if each != model.name]
    alike = [each for each in rest if counterpart(each.class_names, name) is not None]
    most = sorted(alike, key=lambda each: -len({*each.class_names} & {*model.class_names}))
    return [each.name for each in most]


def _second(name: str, device: str) -> Classifier:
    return networks.load(name, device)


@st.cache_data(max_entries=32, show_spinner=False)
def _readings(key: str, other: str, _result: Outcome, _second: Classifier | None) -> list[Check]:
    pixels = _result.reel.frame.pixels
    return class_verdict(_result.model, pixels, _result.target, [] if _second is None else [_second])


def _bars(readings: Sequence[Check], key: str) -> None:
    drawn = [
        charts.Bar(
            each.what,
            100 * each.probability,
            f"{percent(each.probability)} · rank {each.rank}",
            f"{each.what}: {100 * each.probability:.3f} % (logit {each.logit:.2f})",
        )
        for each in readings
    ]
    charts.bars(drawn, "probability of the class (%)", key, percentages=True)
