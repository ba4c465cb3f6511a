"""Disturbances: the same transformations of original, fooling image and control, and which answers survive."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import plotly.graph_objects as go
import streamlit as st
from PIL import Image
from torch import Tensor

from vizlib.evaluation import SHAKES, Rate, Shake, Sweep, averaging, shaken_view, surviving, sweeping
from vizlib.render import OTHER, SOURCE, TARGET, Array, fitted
from vizlib.ui.shared import live, save
from vizlib.ui.shared.charts import Bar, bars, draw, literal
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import percent, plain, share, short
from vizlib.ui.thin_ice.pair import NAMES, Pair
from vizlib.ui.widgets.shake_strip import Answer, Row, Strip, strip

_THUMB = 280  # px
_VIEWS = 10, 200


def sweep(here: Chosen, pair: Pair) -> None:
    """Draws the answers to every setting of one transformation."""
    key = linked().selectbox("Disturbance", list(SHAKES), format_func=lambda each: SHAKES[each].label, key="shake")
    shake = SHAKES[key or "resize"]
    recipe = pair.recipe(here, "sweep") | {"shake": shake.key}
    last = live.follow(pair.place, recipe, lambda: sweeping(here.model, pair.images, shake.key), what=shake.label)
    if last is None or last.step < last.total:
        return
    names = [short(here.model.class_names[each]) for each in (pair.source, pair.target)]
    st.markdown(
        f"Each column is one setting, the same for all three pictures. Compare how long the original keeps its class "
        f"with how soon the fooling image is no longer **{plain(names[1])}**. Move over a column to see its pictures."
    )
    start = _start(here, shake, last)
    strip(_rows(here, pair, last), _words(pair, shake, last, names, start), f"strip {shake.key}")
    _kept(pair, last)
    _table(pair, last, names)


def _rows(here: Chosen, pair: Pair, last: Sweep) -> list[Row]:
    rows = []
    labels = here.model.class_names
    for number, (name, image) in enumerate(zip(NAMES, pair.images)):
        shares = last.probabilities[:, number]
        answers = [
            Answer(
                short(labels[int(each.argmax())]),
                _kind(int(each.argmax()), pair),
                float(each[pair.source]),
                float(each[pair.target]),
                float(each.max()),
            )
            for each in shares
        ]
        rows.append(Row(name, answers, _thumbs(here, image, last)))
    return rows


def _kind(label: int, pair: Pair) -> str:
    return "source" if label == pair.source else "target" if label == pair.target else "other"


def _thumbs(here: Chosen, image: Array, last: Sweep) -> list[Array]:
    views = [shaken_view(here.model, image, last.transform, value) for value in last.values]
    return [fitted(view, _THUMB, Image.Resampling.BICUBIC) for view in views]


def _words(pair: Pair, shake: Shake, last: Sweep, names: Sequence[str], start: int) -> Strip:
    values = [str(each) if isinstance(each, str) else f"{each:g}" for each in last.values]
    return Strip(f"{pair.key} {shake.key}", shake.label, values, shake.unit, names[0], names[1], start)


def _start(here: Chosen, shake: Shake, last: Sweep) -> int:
    """The number of the setting that changes nothing, or 0 if there is none."""
    neutral = shake.neutral(here.model)
    return last.values.index(neutral) if neutral in last.values else 0


def _table(pair: Pair, last: Sweep, names: Sequence[str]) -> None:
    head = ["setting", "picture", f"p({names[0]})", f"p({names[1]})", "class"]
    rows = [
        [value, NAMES[number], float(shares[pair.source]), float(shares[pair.target]), int(shares.argmax())]
        for value, looks in zip(last.values, last.probabilities)
        for number, shares in enumerate(looks)
    ]
    save.save_csv("Sweep (CSV)", head, rows, f"filterscope_{last.transform}")


def _kept(pair: Pair, last: Sweep) -> None:
    top = last.probabilities.argmax(2)
    wanted = (pair.source, pair.target, pair.source)
    with st.container(horizontal=True):
        for number, (name, label) in enumerate(zip(NAMES, wanted)):
            kept = int((top[:, number] == label).sum())
            st.metric(f"{plain(name)} keeps its class", f"{kept:d} of {len(top)}")


def survival(here: Chosen, pair: Pair) -> None:
    """Draws how often the answers survive many mild disturbances at once, with 95 % intervals."""
    left, right = st.columns(2)
    count = int(linked(left).slider("Views", *_VIEWS, 50, 10, key="views"))
    seed = int(linked(right).number_input("Seed", 0, 999_999, 0, key="shaken"))
    labels = [pair.source, pair.target, pair.source]
    recipe = pair.recipe(here, "survival") | {"count": count, "seed": seed}
    start = partial(surviving, here.model, pair.images, labels, count, seed)
    last = live.follow(pair.place, recipe, start, what="Disturbing the pictures")
    if last is None:
        return
    st.markdown(
        "For each view, the picture is resized, cropped, shifted, turned, blurred, recompressed and brightened **a "
        "little**, all at once and in the same way for all three. To a person, it still shows the same thing."
    )
    _rates(last.rates)
    head = ["picture", "views that keep the class", "views", "low", "high (95 % interval)"]
    rows = [[name, rate.kept, rate.count, *rate.interval] for name, rate in zip(NAMES, last.rates)]
    save.save_csv("Survival (CSV)", head, rows, "filterscope_survival")


def _rates(rates: Sequence[Rate]) -> None:
    with st.container(horizontal=True):
        for name, rate in zip(NAMES, rates):
            low, high = rate.interval
            words = f"{rate.kept:d} of {rate.count:d} views; 95 % interval {share(low)} to {share(high)}"
            st.metric(f"{plain(name)} keeps its class", share(rate.share), words, delta_color="off", delta_arrow="off")
    drawn = [
        Bar(name, 100 * rate.share, "", f"{name}: {share(rate.share)}", color, _percents(rate.interval))
        for name, rate, color in zip(NAMES, rates, (SOURCE, TARGET, OTHER))
    ]
    bars(drawn, "views that keep the class (%), with 95 % interval", "survival", percentages=True)


def _percents(interval: tuple[float, float]) -> tuple[float, float]:
    return 100 * interval[0], 100 * interval[1]


def average(here: Chosen, pair: Pair) -> None:
    """Draws test-time augmentation: the mean probability over disturbed views of the fooling image."""
    count = int(linked().slider("Views", *_VIEWS, 50, 10, key="averaged"))
    recipe = pair.recipe(here, "average") | {"count": count}
    last = live.follow(pair.place, recipe, lambda: averaging(here.model, pair.fooled, count), what="Averaging views")
    if last is None:
        return
    source, target = (short(here.model.class_names[each]) for each in (pair.source, pair.target))
    back = _back(last.probabilities, pair.source)
    alone = percent(float(last.unshaken[pair.target]))
    words = f"By itself, the fooling image is **{plain(target)}** with {alone}. "
    if back is None:
        words += f"Averaged over {last.step:d} disturbed views, **{plain(source)}** does not come back."
    else:
        views = "view" if back == 1 else "views"
        words += f"Averaged over disturbed views, it is **{plain(source)}** again after {back:d} {views}."
    st.markdown(words + " Averaging over views is called *test-time augmentation*.")
    chart = go.Figure()
    for name, label, color in ((source, pair.source, SOURCE), (target, pair.target, TARGET)):
        values = [100 * float(last.unshaken[label]), *(100 * last.probabilities[:, label]).tolist()]
        chart.add_trace(
            go.Scatter(
                x=list(range(len(values))),
                y=values,
                name=literal(name),
                line={"color": color, "width": 4},
                hovertemplate="after %{x} views: %{y:.1f} %<extra>%{fullData.name}</extra>",
            )
        )
    chart.update_layout(height=360, legend={"orientation": "h", "y": 1.08})
    chart.update_yaxes(title="probability (%)", range=[0, 102])
    draw(chart, "views averaged (0: the file itself)", "averages")
    means = last.probabilities[:, [pair.source, pair.target]].tolist()
    head = ["views", f"p({source})", f"p({target})"]
    rows = [[number, *shares] for number, shares in enumerate(means, 1)]
    save.save_csv("Averages (CSV)", head, rows, "filterscope_average")


def _back(means: Tensor, label: int) -> int | None:
    """The number of views from which on the class has the highest mean, None if it has not at the end."""
    wrong = (means.argmax(1) != label).nonzero()
    last = int(wrong.max()) + 1 if len(wrong) else 0
    return last + 1 if last < len(means) else None
