"""The decision map: a plane through the original and the fooling image, colored by the network's answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
import torch
from torch import Tensor

from vizlib.evaluation import Plane, logits_along, perpendicular, picture_at, plane
from vizlib.fooling import fooling
from vizlib.render import SOURCE, TARGET, Array, Grid, page_colors, rgb
from vizlib.ui.shared import charts, class_choice, live, save, show
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import percent, plain, share, short
from vizlib.ui.thin_ice.pair import Pair
from vizlib.ui.widgets.sheet import Tiles, sheet

SIDE, _CELL = 43, 16  # points per axis; px per point
_SECOND = {"random": "a random direction", "class": "towards a second class"}
_OTHERS = page_colors(dark=False).series[2:]  # blue and orange are the first two classes; the last one is gray
_FIRST = (SOURCE, TARGET)
_PICK = "ice point"


def draw(here: Chosen, pair: Pair) -> None:
    """Draws the map, the picture at a chosen point, and the scores along the line through both pictures."""
    step = _second(here, pair)
    if step is None:
        return
    second, named = step
    origin, along = pair.pixels(here)
    recipe = pair.recipe(here, "map") | named
    st.markdown(
        "To the right, the fooling change is added: from the **original (o)** to the **fooling image (x)** and as far "
        "again. Upwards, another change of the same length is added. The color is the class and its strength the "
        "probability. Compare how close the border is in the two directions."
    )
    left, right = st.columns([6, 5], gap="large")
    place = left.empty()

    def paint(frame: Plane) -> None:
        show.moving(_image(frame), "", place, 0)

    with left:
        last = live.follow(
            pair.place,
            recipe,
            lambda: plane(here.model, origin, along, second, side=SIDE),
            paint,
            "Mapping",
            live.Invitation("Draw the map"),
        )
    if last is None or last.step < last.total:
        return
    place.empty()
    with left:
        _sheet(here, last)
        st.markdown(_legend(here, last), unsafe_allow_html=True)
        save.save_png("Map (PNG)", _image(last), "filterscope_map", recipe)
    with right:
        _point(here, last, (origin, along, second))
    _line(here, pair, origin, along)


def _second(here: Chosen, pair: Pair) -> tuple[Tensor, dict[str, Any]] | None:
    """The upward direction, and its part of the recipe."""
    left, right = st.columns(2)
    kind = linked(left).segmented_control(
        "Upwards", list(_SECOND), default="random", required=True, format_func=_SECOND.__getitem__, key="upwards",
        )  # fmt: skip
    _, along = pair.pixels(here)
    if kind == "random":
        seed = int(linked(right).number_input("Seed", 0, 999_999, 0, key="upwards_seed"))
        return perpendicular(along, None, seed), {"seed": seed}
    names = here.model.class_names
    known = {pair.source, pair.target}
    if len(names) == len(known):
        st.info("This network has no third class.")
        return None
    option = class_choice.choose("Second class", names, "upwards_class", place=right, without=known)
    label = class_choice.number_of(option)
    parts = pair.recipe(here, "second fooling") | {"label": label}
    last = live.follow(pair.place, parts, lambda: fooling(here.model, pair.original, label), what="Second direction")
    if last is None or last.result is None:
        return None
    change = here.model.prepare(last.result.image) - here.model.prepare(pair.original)
    return perpendicular(along, change), {"label": label}


def _colors(frame: Plane) -> dict[int, tuple[int, int, int]]:
    """A color per class: two for the named classes, others for the most frequent ones, and gray for the rest."""
    rest = frame.classes[frame.classes >= 0].unique(return_counts=True)
    order = [int(each) for each in rest[0][rest[1].argsort(descending=True)]]
    others = [each for each in order if each not in frame.named]
    chosen = dict(zip(others, _OTHERS[:-1])) | dict(zip(reversed(frame.named), reversed(_FIRST)))
    table = {each: chosen.get(each, _OTHERS[-1]) for each in order}
    return {each: rgb(color) for each, color in table.items()}


def _image(frame: Plane) -> Array:
    """The map with row 0 at the bottom and each point as a square. o marks the original, x the fooling image."""
    paper = np.array(rgb(page_colors(show.dark()).paper), dtype=np.float64)
    cells = np.tile(paper, (*frame.classes.shape, 1))
    strength = (0.25 + 0.75 * frame.probability.nan_to_num(0.0).numpy())[..., None]
    for label, color in _colors(frame).items():
        inside = (frame.classes == label).numpy()
        cells[inside] = (strength * np.array(color) + (1 - strength) * paper)[inside]
    image = np.rint(cells[::-1]).astype(np.uint8).repeat(_CELL, 0).repeat(_CELL, 1)
    middle = int(frame.across.abs().argmin())
    for place, cross in ((0.0, False), (1.0, True)):
        _mark(image, int((frame.along - place).abs().argmin()), len(frame.across) - 1 - middle, cross)
    return image


def _mark(image: Array, column: int, row: int, cross: bool) -> None:
    """Draws a ring or a cross, white on black, around the middle of a cell."""
    height, width = image.shape[:2]
    y, x = np.mgrid[:height, :width]
    down, right = y - (row + 0.5) * _CELL + 0.5, x - (column + 0.5) * _CELL + 0.5
    off = np.minimum(abs(down - right), abs(down + right)) / 1.4 if cross else abs(np.hypot(down, right) - 0.55 * _CELL)
    near = np.hypot(down, right) < 0.95 * _CELL
    image[near & (off < 4)] = 0
    image[near & (off < 2)] = 255


def _sheet(here: Chosen, frame: Plane) -> None:
    names = here.model.class_names
    flat = [(row, column) for row in reversed(range(SIDE)) for column in range(SIDE)]
    labels = [
        f"{float(frame.along[j]):.2f} along, {round(float(frame.across[i]), 2) + 0.0:.2f} up: "
        f"{short(names[int(frame.classes[i, j])])}, {percent(float(frame.probability[i, j]))}"
        for i, j in flat
    ]
    picked = int(st.session_state.get(_PICK, _default(frame)))
    tiles = Tiles("Decision map", "Click a point to see the picture there.", labels, picked)

    def pick(index: int) -> None:
        st.session_state[_PICK] = index

    sheet(_image(frame), Grid(SIDE * SIDE, SIDE, SIDE, (_CELL, _CELL), 0), tiles, "decision map", pick)


def _default(frame: Plane) -> int:
    """The point of the fooling image."""
    row = SIDE - 1 - int(frame.across.abs().argmin())
    return row * SIDE + int((frame.along - 1).abs().argmin())


def _point(here: Chosen, frame: Plane, corner: tuple[Tensor, Tensor, Tensor]) -> None:
    index = int(st.session_state.get(_PICK, _default(frame)))
    i, j = SIDE - 1 - index // SIDE, index % SIDE
    a, b = (round(float(each), 2) + 0.0 for each in (frame.along[j], frame.across[i]))  # 0.0, not -0.0
    name = short(here.model.class_names[int(frame.classes[i, j])])
    words = f"{a:.2f} along, {b:.2f} up: {name}, {percent(float(frame.probability[i, j]))}"
    show.figure(picture_at(*corner, a, b), words)


def _legend(here: Chosen, frame: Plane) -> str:
    colors = _colors(frame)
    entries = []
    for label, (red, green, blue) in list(colors.items())[:7]:
        part = float((frame.classes == label).float().mean())
        box = f'<span style="color: rgb({red:d}, {green:d}, {blue:d}); font-size: 1.4em">■</span>'
        entries.append(f"{box} {plain(short(here.model.class_names[label]))} ({share(part)})")
    rest = f" · {len(colors) - 7} more" if len(colors) > 7 else ""
    return " &nbsp; ".join(entries) + rest


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
        style = {"color": (*_FIRST, *_OTHERS)[number], "width": 4 if number < 2 else 2}
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
