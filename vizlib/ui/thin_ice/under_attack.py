"""Accuracy under attack: how many pictures of a set stay right as epsilon grows, for one network or two."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import streamlit as st

from vizlib.fooling import EPSILON_METHODS, EPSILONS, UnderAttack, accuracy_under_attack
from vizlib.models import Classifier, counterpart
from vizlib.training import DRAWN_SETS, PictureSet
from vizlib.ui.shared import lines, live, networks, picture_set, save
from vizlib.ui.shared.lines import Axes, Line
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.picture_set import NONE, Choice
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.slot import Slot
from vizlib.ui.shared.words import plain, share
from vizlib.weights import twins_of

NAME: Final = "Attack"
_NOISE, _STEPS = "noise", 10  # of the iterated attacks
_METHODS = [each for each in EPSILON_METHODS if each != _NOISE]
_USUAL = ["fgsm", "pgd"]
_NAMED: Final = 8  # the epsilon of the sentence
_AXES = Axes(
    "epsilon: the most that a value may change (gray levels of 255)",
    "pictures that are still right",
    (0, len(EPSILONS) - 1),
    ticks=[(at, str(each)) for at, each in enumerate(EPSILONS)],
)
_ABOUT = (
    "Every picture is attacked: no value of it may change by more than **epsilon**. *FGSM* takes one step along the "
    "sign of the gradient, *I-FGSM* and *PGD* many small ones. The gray line is the control, **random signs of the "
    "same size**. Where it stays up, it is the direction of the change that fools the network, and not its size."
)


@dataclass(frozen=True, eq=False)
class _Asked:
    pictures: Choice
    count: int  # of each class
    methods: tuple[str, ...]
    beside: str  # a second network, or NONE

    @property
    def data(self) -> PictureSet:
        """The pictures that are attacked: of a drawn set, those that no network has been trained with."""
        data = self.pictures.data
        return (data if data.tests is None else data.tests).few(self.count)

    def parts(self, model: Classifier) -> dict[str, Any]:
        """The recipe of one network's curve."""
        asked = {"methods": list(self.methods), "epsilons": list(EPSILONS), "steps": _STEPS, "seed": 0}
        network = {"network": model.name, "weights": model.fingerprint, "what": "under attack"}
        return {**self.pictures.parts, **network, **asked, "count": self.count}


def draw(here: Chosen) -> None:
    """Draws the controls, and then the curve while it is measured and afterwards."""
    asked = _ask(here)
    live.status()
    asked.pictures.need()
    models = [here.model]
    if asked.beside != NONE:
        models.append(networks.load(asked.beside, here.model.device.type))
    slot = Slot(st)
    runs = [live.Run(asked.parts(each), partial(_measured, each, asked)) for each in models]
    place = here.private if asked.pictures.private else here.without_picture
    invitation = live.Invitation("Measure it", partial(_until, asked))

    def paint(frames: Sequence[UnderAttack | None]) -> None:
        lines.live(_lines(frames), _AXES, slot.live())

    found = live.follow_all(place, runs, paint, "Attacking the pictures", invitation)
    whole = [each for each in found if each is not None and each.step == each.total]
    if len(whole) == len(runs):
        _show(whole, asked, slot)


def _measured(model: Classifier, asked: _Asked) -> Generator[UnderAttack, None, None]:
    yield from accuracy_under_attack(model, asked.data, EPSILONS, asked.methods, steps=_STEPS)


def _ask(here: Chosen) -> _Asked:
    row, files = st.columns([3, 2, 4, 3], vertical_alignment="bottom"), st.container()
    with row[0]:
        found = picture_set.choose("under_", "Pictures", _usual(here.model), (1, 20), files=files)
    count = int(linked(row[1]).selectbox("Of each class", [1, 2, 4, 8, 20], 1, key="under_n"))
    chosen = linked(row[2]).multiselect(
        "Attacks",
        _METHODS,
        _USUAL,
        format_func=EPSILON_METHODS.__getitem__,
        key="under_by",
        placeholder="Only the control",
    )
    pictures = found or picture_set.of_drawn("scenes", 1, 20)  # there is always a set: NONE is no option here
    return _Asked(pictures, count, (*(each for each in _METHODS if each in chosen), _NOISE), _beside(here, row[3]))


def _usual(model: Classifier) -> str:
    """The drawn set whose classes the network knows."""
    fits = (key for key, each in DRAWN_SETS.items() if _knows(model, each.classes))
    return next(fits, "own")


def _knows(model: Classifier, classes: Sequence[str]) -> bool:
    return all(counterpart(model.class_names, each) is not None for each in classes)


def _beside(here: Chosen, place: Any) -> str:
    """Draws the choice of a second network; its robust twin is the usual one, where there is one."""
    others = [NONE, *networks.others(here.model)]
    twins = twins_of(here.model.name)
    twin = "" if twins is None else twins.other(here.model.name)
    words = "A second network on the same pictures, each attacked by its own gradients."
    index = others.index(twin) if twin in others else 0
    return str(linked(place).selectbox("Beside it", others, index, format_func=_called, key="under_beside", help=words))


def _called(name: str) -> str:
    return name if name == NONE else networks.called(name)


def _until(asked: _Asked) -> None:
    st.markdown(_ABOUT)
    picture_set.strip(asked.pictures)
    picture_set.notes(asked.pictures)


def _lines(frames: Sequence[UnderAttack | None]) -> list[Line]:
    """A line for each network and attack; before the first pictures are done, there is none."""
    begun = [each for each in frames if each is not None and each.count]
    several = len(frames) > 1
    return [_line(each, method, several) for each in begun for method in each.methods]


def _line(frame: UnderAttack, method: str, several: bool) -> Line:
    rates = frame.rates(method)
    name = f"{networks.called(frame.network)}, {_said(method)}" if several else _said(method)
    bands = [(100 * low, 100 * high) for low, high in (each.interval for each in rates)]
    return Line(name, range(len(rates)), [100 * each.share for each in rates], bands, method == _NOISE)


def _said(method: str) -> str:
    return EPSILON_METHODS[method]


def _show(found: Sequence[UnderAttack], asked: _Asked, slot: Slot) -> None:
    live.verdict().markdown(" ".join(sentence(each) for each in found))
    lines.chart(_lines(found), _AXES, slot.rest(), "under attack", f"Accuracy under attack, {found[0].count} pictures")
    st.markdown(_ABOUT)
    st.caption(
        f"{found[0].count:d} pictures of {plain(asked.pictures.name)}, L-infinity. Counted is the attacked picture "
        f"after rounding to whole gray levels, at the size of the network's input, as a file holds it. The iterated "
        f"attacks take {_STEPS:d} steps; stronger ones may find more. Shaded: 95 % intervals (Wilson)."
    )
    head = ["network", "attack", "epsilon (levels of 255)", "right", "pictures", "low", "high (95 % interval)"]
    rows = [
        [each.network, _said(method), epsilon, rate.kept, rate.count, *rate.interval]
        for each in found
        for method in each.methods
        for epsilon, rate in zip(each.epsilons, each.rates(method))
    ]
    save.save_csv("Accuracy under attack (CSV)", head, rows, "filterscope_under_attack")


def sentence(frame: UnderAttack) -> str:
    """What was measured, at one epsilon: with the strongest of the attacks, and with random signs."""
    at = frame.epsilons.index(_NAMED)
    noise, clean = frame.rates(_NOISE)[at], frame.rates(_NOISE)[0]
    name = plain(networks.called(frame.network))
    attacks = [each for each in frame.methods if each != _NOISE]
    strongest = min(attacks, key=lambda each: frame.rates(each)[at].kept, default="")
    control = f"Under random signs of {_NAMED:d} levels it keeps {share(noise.share)}"
    begin = f"**{name}** gets {share(clean.share)} of the pictures right unchanged."
    if not strongest:
        return f"{begin} {control}."
    rate = frame.rates(strongest)[at]
    low, high = rate.interval
    return (
        f"{begin} {control}, under {_said(strongest)} of the same size **{share(rate.share)}** "
        f"(95 % interval {share(low)} to {share(high)})."
    )
