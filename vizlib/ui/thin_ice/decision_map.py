"""The decision map: a plane through the original and the fooling image, colored by the network's answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
import torch
from torch import Tensor

from vizlib.evaluation import Plane, logits_along, perpendicular, picture_at, plane
from vizlib.fooling import fooling
from vizlib.render import Grid, page_colors
from vizlib.ui.shared import charts, class_choice, live, save, show
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import percent, short
from vizlib.ui.thin_ice import picture
from vizlib.ui.thin_ice.pair import Pair, Show
from vizlib.ui.thin_ice.pair import draw as draw_pair
from vizlib.ui.widgets.sheet import Axes, Axis, Tiles, sheet

_RUNNER_UP = "the network's next choice"
SIDE = 43  # points per axis
_SECOND = {"random": "a random direction", "class": "towards a second class"}
_PICK = "ice point"


@dataclass(frozen=True, eq=False)
class _Upwards:
    """The map's second direction."""

    change: Tensor  # (1, 3, H, W), as long as the fooling change and at a right angle to it
    recipe: dict[str, Any]  # its part of the recipe
    name: str


def draw(here: Chosen) -> Show:
    """Draws the controls; what it returns draws the map and the scores along the line through both pictures."""
    left, right = st.columns(2)
    kind = linked(left).segmented_control(
        "Upwards", list(_SECOND), default="random", required=True, format_func=_SECOND.__getitem__, key="upwards",
        )  # fmt: skip
    if kind == "random":
        seed = int(linked(right).number_input("Seed", 0, 999_999, 0, key="upwards_seed"))
        return partial(_draw, here, partial(_random, here, seed))
    option = class_choice.choose(
        "Second class", here.model.class_names, "upwards_class", special=[_RUNNER_UP], place=right
    )
    return partial(_draw, here, partial(_toward, here, option))


def _random(here: Chosen, seed: int, pair: Pair) -> _Upwards:
    _, along = pair.pixels(here)
    return _Upwards(perpendicular(along, None, seed), {"seed": seed}, "random change")


def _toward(here: Chosen, option: str, pair: Pair) -> _Upwards | None:
    """The change that fools the network into a second class, as far as it is at a right angle to the first one."""
    label = runner_up(here, pair) if option == _RUNNER_UP else class_choice.number_of(option)
    if label is None or label in (pair.source, pair.target):
        st.info("The second class has to be another one than those of the original and of the fooling image.")
        return None
    parts = pair.recipe(here, "second fooling") | {"label": label}
    last = live.follow(pair.place, parts, lambda: fooling(here.model, pair.original, label), what="Second direction")
    if last is None or last.result is None:
        return None
    change = here.model.prepare(last.result.image) - here.model.prepare(pair.original)
    name = short(here.model.class_names[label])
    return _Upwards(perpendicular(pair.pixels(here)[1], change), {"label": label}, f"change towards {name}")


def runner_up(here: Chosen, pair: Pair) -> int | None:
    """The most probable class of the original besides its own and the target; None if there is no third class."""
    ranked = [each.index for each in here.model.top(here.model.prepare(pair.original), 3)]
    return next((each for each in ranked if each not in (pair.source, pair.target)), None)


def _draw(here: Chosen, find: Callable[[Pair], _Upwards | None], pair: Pair) -> None:
    upwards = find(pair)
    if upwards is not None:
        origin, along = pair.pixels(here)
        recipe = pair.recipe(here, "map") | upwards.recipe
        _map(here, pair, (origin, along, upwards.change), recipe, upwards.name)
    draw_pair(here, pair)


def _map(here: Chosen, pair: Pair, corner: tuple[Tensor, Tensor, Tensor], recipe: dict[str, Any], upwards: str) -> None:
    left, right = st.columns([6, 5], gap="large")
    place = left.empty()

    def paint(frame: Plane) -> None:
        show.moving(picture.image(frame), "", place, 0)

    start = partial(plane, here.model, *corner, side=SIDE)
    last = live.follow(pair.place, recipe, start, paint, "Mapping", live.Invitation("Draw the map"))
    if last is None or last.step < last.total:
        return
    place.empty()
    live.verdict().markdown(nearest(last))
    with left:
        _sheet(here, last, upwards)
        picture.legend(last, here.model.class_names)
        save.save_png("Map (PNG)", picture.image(last), "filterscope_map", recipe)
    with right:
        _point(here, last, corner)
        st.markdown(
            "To the right, the fooling change is added: from the **original (o)** to the **fooling image (x)** and as "
            "far again. Upwards, another change of the same length is added. The color is the class, and its strength "
            "the probability."
        )
    _line(here, pair, *corner[:2])


def nearest(frame: Plane) -> str:
    """How far from the original the class changes, along the fooling change and upwards or downwards."""
    row, column = frame.classes[picture.zero(frame.across)], frame.classes[:, picture.zero(frame.along)]
    right = [each for each in border(frame.along, row, frame.named[0]) if each > 0]
    aside = border(frame.across, column, frame.named[0])
    reach, most = min(right, default=None), float(frame.across.max())
    far = f"changes after **{reach:.2f}** of" if reach else "does not change along"
    near = min(map(abs, aside), default=None)
    other = f"changes after **{near:.2f}** of that length" if near else f"stays within **{most:.1f}** times that length"
    return f"The original's class {far} the fooling change. In the other direction of the map, it {other}."


def border(places: Tensor, classes: Tensor, own: int) -> list[float]:
    """The places along one line through the original where the class is another one."""
    return [float(place) for place, label in zip(places, classes) if int(label) != own]


def _sheet(here: Chosen, frame: Plane, upwards: str) -> None:
    names = here.model.class_names
    flat = [(row, column) for row in reversed(range(SIDE)) for column in range(SIDE)]
    labels = [
        f"{float(frame.along[j]):.2f} along, {round(float(frame.across[i]), 2) + 0.0:.2f} up: "
        f"{short(names[int(frame.classes[i, j])])}, {percent(float(frame.probability[i, j]))}"
        for i, j in flat
    ]
    picked = int(st.session_state.get(_PICK, _default(frame)))
    axes = Axes(_axis("fooling change", frame.along), _axis(upwards, frame.across))
    tiles = Tiles("Decision map", "Click a point to see the picture there.", labels, picked, axes)

    def pick(index: int) -> None:
        st.session_state[_PICK] = index

    sheet(
        picture.image(frame),
        Grid(SIDE * SIDE, SIDE, SIDE, (picture.CELL, picture.CELL), 0),
        tiles,
        "decision map",
        pick,
    )


def _axis(title: str, places: Tensor) -> Axis:
    """An axis with a tick at every half."""
    low, high = float(places[0]), float(places[-1])
    ticks = np.arange(np.ceil(2 * low), 2 * high + 1e-6) / 2
    width = (high - low) * len(places) / (len(places) - 1)  # a point is in the middle of its square
    return Axis(title, [((each - low) / width + 0.5 / len(places), f"{each + 0.0:g}") for each in ticks.tolist()])


def _default(frame: Plane) -> int:
    """The point of the fooling image."""
    row = SIDE - 1 - picture.zero(frame.across)
    return row * SIDE + picture.zero(frame.along - 1)


def _point(here: Chosen, frame: Plane, corner: tuple[Tensor, Tensor, Tensor]) -> None:
    index = int(st.session_state.get(_PICK, _default(frame)))
    i, j = SIDE - 1 - index // SIDE, index % SIDE
    a, b = (round(float(each), 2) + 0.0 for each in (frame.along[j], frame.across[i]))  # 0.0, not -0.0
    name = short(here.model.class_names[int(frame.classes[i, j])])
    words = f"{a:.2f} along, {b:.2f} up: {name}, {percent(float(frame.probability[i, j]))}"
    show.figure(picture_at(*corner, a, b), words)


def _line(here: Chosen, pair: Pair, origin: Tensor, along: Tensor) -> None:
    """Draws the logits along the line through both pictures and beyond."""
    st.markdown(
        "**Along the line** through both pictures: the scores (logits) of the leading classes. The label flips where "
        "the two highest curves cross."
    )
    amounts = torch.linspace(-1, 3, 81)
    with torch.no_grad():
        ends = here.model(torch.cat([(origin + each * along).clamp(0, 1) for each in (-1.0, 0.0, 1.0, 3.0)]))
    extra = ends.topk(min(2, ends.shape[1]), dim=1).indices.flatten().tolist()
    classes = list(dict.fromkeys([pair.source, pair.target, *extra]))[:6]
    logits = logits_along(here.model, origin, along, amounts, classes)
    chart = go.Figure()
    for number, label in enumerate(classes):
        name = short(here.model.class_names[label])
        style = {"color": (*picture.FIRST, *picture.OTHERS)[number], "width": 4 if number < 2 else 2}
        chart.add_trace(
            go.Scatter(
                x=amounts.tolist(),
                y=logits[:, number].tolist(),
                name=charts.literal(name),
                line=style,
                hovertemplate="%{x:.2f}: %{y:.2f}<extra>%{fullData.name}</extra>",
            )
        )
    for place, words in ((0, "original"), (1, "fooled")):
        chart.add_vline(x=place, line_dash="dash", line_color=page_colors(show.dark()).ink, annotation_text=words)
    chart.update_layout(height=380, legend={"orientation": "h", "y": 1.14})
    chart.update_yaxes(title="logit")
    charts.draw(chart, "amount of the change", "line")
    head = ["amount", *(f"logit of {short(here.model.class_names[each])}" for each in classes)]
    rows = [[amount, *values] for amount, values in zip(amounts.tolist(), logits.tolist())]
    save.save_csv("Line (CSV)", head, rows, "filterscope_line")
