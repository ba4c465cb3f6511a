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
from vizlib.ui.shared import charts, judges, live, networks, save, show
from vizlib.ui.shared.curves import Curve
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.words import percent, plain
from vizlib.ui.widgets import film
from vizlib.weights import bundled_models, twins_of

_MILLISECONDS, _HOLD = 90, 2000  # how long a film shows each picture, and the last one
_NONE, _EACH = "none", "one of each family"  # they stand in links


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


def reached(reel: Reel) -> str:
    """What a run has reached, in a caption."""
    likely = next((each.probability for each in reversed(reel.stills) if each.probability is not None), None)
    sure = "" if likely is None else f", probability {percent(likely)}"
    return f"Step {reel.step} of {reel.total}: logit {float(reel.frame.scores[0]):.1f}{sure}"


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
    """Draws the class's probability after small changes of the picture, and on other networks."""
    st.header("How robust is it?")
    left, right = st.columns([6, 5], gap="large")
    names = others(result.model, result.target)
    alike = [name for name in names if name in bundled_models()]
    chosen = linked(right).selectbox(
        "Other networks",
        [_NONE, _EACH, *names],
        1 if alike else 0,
        key="second",
        help="They know the same class and took no part in the optimization. **One of each family** asks the first "
        "network at hand of each kind of architecture; their families are named beside their answers.",
    )
    asked = _asked(str(chosen or _NONE), names, result)
    right.markdown(
        f"The probability of {plain(result.name)} when the same picture is rounded to 8 bits, shifted, saved "
        "and opened again, or shown to other networks. If only its own network recognizes it, it is an artifact."
    )
    with left:
        key = " ".join([result.key, *(each.fingerprint for each in asked)])
        _bars(_readings(key, result, asked), asked, f"holds {key}")


def others(model: Classifier, target: int) -> list[str]:
    """Available networks that may know the class, by how many classes they share. Local ones are not opened here."""
    if model.name not in bundled_models():
        return [name for name in networks.at_hand() if name not in (model.name, f"local/{model.name}")]
    name = model.class_names[target]
    rest = [networks.load(each, model.device.type) for each in bundled_models() if each != model.name]
    alike = [each for each in rest if counterpart(each.class_names, name) is not None]
    twins = twins_of(model.name)
    related = twins.other(model.name) if twins is not None else ""  # it began from the same weights: no fair judge
    most = sorted(alike, key=lambda each: (each.name == related, -len({*each.class_names} & {*model.class_names})))
    return [each.name for each in most]


def _asked(chosen: str, names: Sequence[str], result: Outcome) -> list[Classifier]:
    device = result.model.device.type
    if chosen == _EACH:
        return judges.one_of_each_family(names, device, result.model.class_names[result.target])
    return [] if chosen == _NONE else [networks.load(chosen, device)]


@st.cache_data(max_entries=32, show_spinner=False)
def _readings(key: str, _result: Outcome, _others: Sequence[Classifier]) -> list[Check]:
    return class_verdict(_result.model, _result.reel.frame.pixels, _result.target, _others)


def _bars(readings: Sequence[Check], others: Sequence[Classifier], key: str) -> None:
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
    if others:  # beside the bars these words would not fit on a telephone
        st.caption(" ".join(f"{plain(each.name)} is a {plain(judges.kind(each))}." for each in others))
