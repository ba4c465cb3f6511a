"""Shaking: the same transformation for original, fooled and control, and what stays of their answers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import plotly.graph_objects as go
import streamlit as st
from PIL import Image
from torch import Tensor

from vizlib.evaluation import SHAKES, Rate, Shake, Sweep, averaging, seen, surviving, sweeping
from vizlib.render import fitted
from vizlib.ui.shared import live, show
from vizlib.ui.shared.sidebar import Bench
from vizlib.ui.shared.words import percent, short
from vizlib.ui.thin_ice.pair import NAMES, Pair
from vizlib.ui.widgets.shake_strip import Cell, Row, Strip, strip

SOURCE, TARGET = "#3d7fb8", "#d9822b"  # as the bars and the slider have them
_THUMB = 280  # px
_VIEWS = 10, 200


def sweep(here: Bench, pair: Pair) -> None:
    """One transformation turned from end to end."""
    key = st.selectbox(
        "Shake by", list(SHAKES), format_func=lambda each: SHAKES[each].label, key="shake", bind="query-params"
    )
    shake = SHAKES[key or "resize"]
    recipe = pair.recipe(here, "sweep") | {"shake": shake.key}
    last = live.follow(pair.place, recipe, lambda: sweeping(here.model, pair.images, shake.key), what=shake.label)
    if last is None or last.step < last.total:
        return
    names = [short(here.model.class_names[each]) for each in (pair.source, pair.target)]
    st.markdown(
        f"Each column is one setting, the same for all three. Watch how far the original keeps its class, and how "
        f"narrow the place is where the fooled picture is **{names[1]}**. Move over a column to see the pictures there."
    )
    start = _start(here, shake, last)
    strip(_rows(here, pair, last), _words(pair, shake, last, names, start), f"strip {shake.key}")
    _kept(pair, last)
    _table(pair, last, names)


def _rows(here: Bench, pair: Pair, last: Sweep) -> list[Row]:
    rows = []
    labels = here.model.class_names
    for number, (name, image) in enumerate(zip(NAMES, pair.images)):
        shares = last.probabilities[:, number]
        cells = [
            Cell(
                short(labels[int(each.argmax())]),
                _kind(int(each.argmax()), pair),
                float(each[pair.source]),
                float(each[pair.target]),
                float(each.max()),
            )
            for each in shares
        ]
        rows.append(Row(name, cells, _thumbs(here, image, last)))
    return rows


def _kind(label: int, pair: Pair) -> str:
    return "source" if label == pair.source else "target" if label == pair.target else "other"


def _thumbs(here: Bench, image: show.Array, last: Sweep) -> list[show.Array]:
    views = [seen(here.model, image, last.transform, value) for value in last.values]
    return [fitted(view, _THUMB, Image.Resampling.BICUBIC) for view in views]


def _words(pair: Pair, shake: Shake, last: Sweep, names: Sequence[str], start: int) -> Strip:
    values = [str(each) if isinstance(each, str) else f"{each:g}" for each in last.values]
    return Strip(f"{pair.key} {shake.key}", shake.label, values, shake.unit, names[0], names[1], start)


def _start(here: Bench, shake: Shake, last: Sweep) -> int:
    """The setting at which nothing is shaken, else the first one."""
    neutral = shake.neutral(here.model)
    return last.values.index(neutral) if neutral in last.values else 0


def _table(pair: Pair, last: Sweep, names: Sequence[str]) -> None:
    head = ["setting", "picture", f"p({names[0]})", f"p({names[1]})", "class"]
    rows = [
        [value, NAMES[number], float(shares[pair.source]), float(shares[pair.target]), int(shares.argmax())]
        for value, looks in zip(last.values, last.probabilities)
        for number, shares in enumerate(looks)
    ]
    show.save_csv("Sweep (CSV)", head, rows, f"filterscope_{last.transform}")


def _kept(pair: Pair, last: Sweep) -> None:
    top = last.probabilities.argmax(2)
    wanted = (pair.source, pair.target, pair.source)
    with st.container(horizontal=True):
        for number, (name, label) in enumerate(zip(NAMES, wanted)):
            kept = int((top[:, number] == label).sum())
            st.metric(f"{name} keeps its class", f"{kept} of {len(top)}")


def survival(here: Bench, pair: Pair) -> None:
    """How often the answer stays under many mild shakes at once, with its interval."""
    left, right = st.columns(2)
    count = int(left.slider("Views", *_VIEWS, 50, 10, key="views", bind="query-params"))
    seed = int(right.number_input("Seed of the views", 0, 999_999, 0, key="shaken", bind="query-params"))
    labels = [pair.source, pair.target, pair.source]
    recipe = pair.recipe(here, "survival") | {"count": count, "seed": seed}
    start = partial(surviving, here.model, pair.images, labels, count, seed)
    last = live.follow(pair.place, recipe, start, what="Shaking the pictures")
    if last is None:
        return
    st.markdown(
        "Each view is resized, cropped, shifted, turned, blurred, recompressed and brightened **a little**, all at "
        "once and the same for all three. A person would not call any of them another picture."
    )
    _rates(last.rates)
    head = ["picture", "views that keep the class", "views", "low", "high (95 % interval)"]
    rows = [[name, rate.kept, rate.count, *rate.interval] for name, rate in zip(NAMES, last.rates)]
    show.save_csv("Survival (CSV)", head, rows, "filterscope_survival")


def _rates(rates: Sequence[Rate]) -> None:
    shares = [100 * each.share for each in rates]
    spread = [each.interval for each in rates]
    chart = go.Figure(
        go.Bar(
            x=shares,
            y=list(NAMES),
            orientation="h",
            marker_color=[SOURCE, TARGET, "#7d8590"],
            error_x={
                "type": "data",
                "array": [100 * high - share for (_, high), share in zip(spread, shares)],
                "arrayminus": [share - 100 * low for (low, _), share in zip(spread, shares)],
                "thickness": 3,
                "width": 10,
                "color": show.ink(),
            },
            hovertemplate="%{x:.1f} %<extra></extra>",
        )
    )
    chart.update_layout(
        height=260,
        margin={"l": 0, "r": 10, "t": 4, "b": 44},
        xaxis={"title": "views that keep the class (%), with 95 % interval", "range": [0, 102]},
        yaxis={"autorange": "reversed", "tickfont": {"size": 17, "color": show.ink()}},
        font={"size": 16},
    )
    with st.container(horizontal=True):
        for name, rate in zip(NAMES, rates):
            low, high = rate.interval
            words = f"{rate.kept} of {rate.count} views; 95 % interval {low:.0%} to {high:.0%}"
            st.metric(f"{name} survives", f"{rate.share:.0%}", words, delta_color="off", delta_arrow="off")
    st.plotly_chart(chart, width="stretch", config={"displayModeBar": False}, key="survival")


def average(here: Bench, pair: Pair) -> None:
    """Test-time augmentation: the mean over views of the fooled picture."""
    count = int(st.slider("Views", *_VIEWS, 50, 10, key="averaged", bind="query-params"))
    recipe = pair.recipe(here, "average") | {"count": count}
    last = live.follow(pair.place, recipe, lambda: averaging(here.model, pair.twin, count), what="Averaging views")
    if last is None:
        return
    source, target = (short(here.model.class_names[each]) for each in (pair.source, pair.target))
    back = _back(last.probabilities, pair.source)
    alone = percent(float(last.unshaken[pair.target]))
    words = f"Alone, the fooled file is **{target}** with {alone}. "
    if back is None:
        words += f"Averaged over {last.step} shaken views, **{source}** does not come back."
    else:
        words += f"Averaged over shaken views of it, the label is **{source}** again from view {back} on."
    st.markdown(words + " Averaging over views is called *test-time augmentation*; it undoes weak fooling images.")
    chart = go.Figure()
    for name, label, color in ((source, pair.source, SOURCE), (target, pair.target, TARGET)):
        values = [100 * float(last.unshaken[label]), *(100 * last.probabilities[:, label]).tolist()]
        chart.add_trace(
            go.Scatter(
                x=list(range(len(values))),
                y=values,
                name=name,
                line={"color": color, "width": 4},
                hovertemplate="after %{x} views: %{y:.1f} %<extra>" + name + "</extra>",
            )
        )
    chart.update_layout(
        height=360,
        margin={"l": 0, "r": 10, "t": 10, "b": 44},
        xaxis={"title": "views averaged (0: the file itself)"},
        yaxis={"title": "probability (%)", "range": [0, 102]},
        font={"size": 16},
        legend={"orientation": "h", "y": 1.08, "font": {"size": 17}},
    )
    st.plotly_chart(chart, width="stretch", config={"displayModeBar": False}, key="averages")
    means = last.probabilities[:, [pair.source, pair.target]].tolist()
    head = ["views", f"p({source})", f"p({target})"]
    rows = [[number, *shares] for number, shares in enumerate(means, 1)]
    show.save_csv("Averages (CSV)", head, rows, "filterscope_average")


def _back(means: Tensor, label: int) -> int | None:
    """From which view on the class leads until the end."""
    wrong = (means.argmax(1) != label).nonzero()
    last = int(wrong.max()) + 1 if len(wrong) else 0
    return last + 1 if last < len(means) else None
