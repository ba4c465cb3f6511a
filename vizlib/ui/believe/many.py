"""Which methods can be believed in general? One table over many pictures, and how the ranking flips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import streamlit as st

from vizlib.faithfulness import CRITERIA, Judged, Mean, comparing, judging
from vizlib.models import Classifier
from vizlib.ui.believe import report
from vizlib.ui.believe.asked import Examined, Places
from vizlib.ui.shared import lines, live, networks, picture_set, save, show
from vizlib.ui.shared.lines import Axes, Line
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.picture_set import Choice
from vizlib.ui.shared.plot import Panel
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.slot import Slot
from vizlib.ui.shared.words import number, plain

_DRAWN, _OWN = "drawn scenes", "a set of pictures"
_SHEEP: Final = "bundled/sheep_or_goat"
_WITHOUT_TRUTH: Final = {
    "scrambled": "Changes with the weights",
    "deletion": "Deletion, better than random order by",
    "insertion": "Insertion, better than random order by",
}
_ABOUT: Final = (
    "Every method draws its map of every picture, and each criterion scores it. **Chance** is a random map, **truth** "
    "a map that is made of what the score really depends on. More is better in all columns."
)


@dataclass(frozen=True, eq=False)
class _Asked:
    count: int
    pictures: Choice | None  # None: drawn scenes
    sheep: bool  # whether the network of sheep and goats is examined instead

    @property
    def parts(self) -> dict[str, Any]:
        chosen = {} if self.pictures is None else dict(self.pictures.parts)
        return {**chosen, "count": self.count}


def draw(here: Chosen, examined: Examined) -> None:
    """Draws the controls, and the table while it fills and afterwards."""
    asked = _ask(examined.places)
    live.status()
    examined.need()
    if asked.pictures is not None:
        asked.pictures.need()
    if asked.sheep:
        here = replace(here, model=networks.load(_SHEEP, here.model.device.type))
    network = {"network": here.model.name, "weights": here.model.fingerprint}
    recipe = {**network, **examined.parts("judged"), **asked.parts}
    slot = Slot(st)
    invitation = live.Invitation("Examine them", lambda: st.markdown(_ABOUT))
    private = asked.pictures is not None and asked.pictures.private
    place = here.private if private or not examined.place(here).keep else here.without_picture

    def paint(frame: Judged) -> None:
        show.table(_head(frame), _rows(frame), True, slot.live())

    start = partial(_start, here.model, examined.asked(here), asked)
    found = live.follow(place, recipe, start, paint, "Examining", invitation)
    if found is not None and found.step == found.total:
        with slot.rest():
            _show(found, here.name)


def _start(model: Classifier, methods: Any, asked: _Asked) -> Any:
    if asked.pictures is None:
        return judging(model, asked.count, methods)
    data = asked.pictures.data
    some = (data if data.tests is None else data.tests).few(max(1, asked.count // max(1, len(data.classes))))
    return comparing(model, list(some.pictures)[: asked.count], methods)


def _ask(places: Places) -> _Asked:
    files, first = st.container(), linked(places.first)
    kind = first.selectbox("Pictures", [_DRAWN, _OWN], key="judged_on", width=180)
    count = int(
        linked(places.row).selectbox(
            "How many",
            [5, 20, 50, 200],
            1,
            key="judged_n",
            width=140,
            label_visibility="collapsed",
            format_func=lambda each: f"{each} pictures",
        )
    )
    if kind == _DRAWN:
        words = "This network learned sheep on grass and goats on rock only. Does a map point to the ground?"
        sheep = linked(places.row).toggle("On sheep_or_goat", key="judged_sheep", help=words)
        return _Asked(count, None, bool(sheep))
    with places.row:
        chosen = picture_set.choose("judged_", "Set", "own", (1, 20), files=files)
    return _Asked(count, chosen, False)


def _label(criterion: str) -> str:
    return CRITERIA[criterion].label if criterion in CRITERIA else _WITHOUT_TRUTH[criterion]


def _cell(mean: Mean) -> str:
    if mean.count == 0:
        return "-"
    half = (mean.high - mean.low) / 2
    return f"{mean.value:.2f} ± {half:.2f}" if mean.count > 1 else f"{mean.value:.2f}"


def _rows(found: Judged) -> list[list[str]]:
    rows = []
    for method, row in found.table.items():
        cost = [number(row["seconds"].value), f"{row['passes'].value:,.0f}"] if row["seconds"].count else ["-", "-"]
        rows.append([method, *(_cell(row[each]) for each in found.criteria), *cost])
    return rows


def _head(found: Judged) -> list[str]:
    return ["method", *map(_label, found.criteria), "seconds", "passes"]


def _show(found: Judged, network: str) -> None:
    said = _said(found)
    live.verdict().markdown(said)
    show.table(_head(found), _rows(found), numbers=True)
    st.caption(
        f"{found.total:d} pictures, {plain(network)}. ±: half of the 95 % interval by the choice of the pictures."
    )
    for each in found.criteria:
        if each in CRITERIA:
            st.caption(f"**{plain(CRITERIA[each].label)}.** {plain(CRITERIA[each].asks)}")
    st.header("The ranking flips")
    lines.chart(_ranks(found), _axes(found), st.container(), "ranks", "The methods, ranked by each criterion")
    st.markdown(_ABOUT)
    with st.container(horizontal=True):
        numbers = [_numbers(method, row, found.criteria) for method, row in found.table.items()]
        head = [
            "method",
            *(f"{each}{end}" for each in found.criteria for end in ("", " from", " to")),
            "seconds",
            "passes",
        ]
        save.save_csv("Table (CSV)", head, numbers, "filterscope_examination")
        report.button("examination", f"{plain(network)}. {said}", partial(_panels, found))


def _numbers(method: str, row: Mapping[str, Mean], criteria: Sequence[str]) -> list[Any]:
    ends = [number for each in criteria for number in (row[each].value, row[each].low, row[each].high)]
    return [method, *ends, row["seconds"].value, row["passes"].value]


def _panels(found: Judged) -> list[Panel]:
    names = list(found.table)
    criteria = [
        report.bars(_label(each), "", names, [found.table[name][each].value for name in names])
        for each in found.criteria
    ]
    return [*criteria, *lines.panels(_ranks(found), _axes(found), "The ranking flips")]


def _places(found: Judged) -> dict[str, list[int]]:
    """The place of each method by each criterion, from 1; equal means share a place."""
    methods = found.ranking[found.criteria[0]]
    means = [{method: round(found.table[method][each].value, 6) for method in methods} for each in found.criteria]
    return {method: [1 + sum(other > row[method] for other in row.values()) for row in means] for method in methods}


def _ranks(found: Judged) -> list[Line]:
    across = list(map(float, range(len(found.criteria))))
    return [Line(method, across, list(map(float, places))) for method, places in _places(found).items()]


def _axes(found: Judged) -> Axes:
    last = len(found.criteria) - 1
    count = len(found.ranking[found.criteria[0]])
    ticks = [(float(at), _label(each)) for at, each in enumerate(found.criteria)]
    lowest = 1.0 + 4 * max(1, -(-(count - 1) // 4))  # the axis has four parts, each of whole places
    return Axes("criterion", "place, 1 is the best", (0, max(1, last)), (lowest, 1.0), ticks, unit="")


def _said(found: Judged) -> str:
    """Who is first by each criterion, and whether one method is first by all of them."""
    places = _places(found)
    always = [method for method, each in places.items() if set(each) == {1}]
    if always:
        names = plain(" and ".join(always))
        shared = any(row.count(1) > 1 for row in zip(*places.values()))
        tied = ", in part together with others" if shared else ""
        return f"First by every criterion{tied}, over {found.total:d} pictures: **{names}**."
    first: dict[str, list[str]] = {}
    for at, each in enumerate(found.criteria):
        best = [method for method, row in places.items() if row[at] == 1]
        first.setdefault(" and ".join(best) if len(best) < 4 else f"{len(best)} methods", []).append(_label(each))
    words = "; ".join(f"**{plain(methods)}** by {plain(', '.join(by).lower())}" for methods, by in first.items())
    return f"The criteria disagree over {found.total:d} pictures. First is {words}."
