"""Many views, each mildly disturbed in several ways at once: which answers survive, and what their average says."""

from __future__ import annotations

from functools import partial

import plotly.graph_objects as go
import streamlit as st
from torch import Tensor

from vizlib.evaluation import Average, Rate, Survival, averaging, surviving
from vizlib.render import OTHER, SOURCE, TARGET
from vizlib.ui.shared import live, save
from vizlib.ui.shared.charts import Bar, bars, literal
from vizlib.ui.shared.charts import draw as draw_chart
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.show import table
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import percent, plain, share, short
from vizlib.ui.thin_ice.pair import NAMES, UNSURE, Pair, Show, draw, warn

_VIEWS = 10, 200
_STABLE = 0.8  # share of the views below which an original that loses its class is called unsure
_NAMED = 3  # answers of each picture that are named


def survival(here: Chosen) -> Show:
    """Draws the controls; what it returns draws how often the answers survive, with 95 % intervals."""
    left, right = st.columns(2)
    count = int(linked(left).slider("Views", *_VIEWS, 50, 10, key="views"))
    seed = int(linked(right).number_input("Seed", 0, 999_999, 0, key="shaken"))
    return partial(_survival, here, count, seed)


def _survival(here: Chosen, count: int, seed: int, pair: Pair) -> None:
    labels = [pair.source, pair.target, pair.source]
    recipe = pair.recipe(here, "survival") | {"count": count, "seed": seed}
    start = partial(surviving, here.model, pair.images, labels, count, seed)
    last = live.follow(pair.place, recipe, start, what="Disturbing the pictures")
    if last is not None:
        _survived(here, last)
    draw(here, pair)


def _survived(here: Chosen, last: Survival) -> None:
    source, target, _ = (short(here.model.class_names[each]) for each in last.labels)
    original, fooled, _ = last.rates
    live.verdict().markdown(
        f"The original stays **{plain(source)}** in **{share(original.share)}** of {original.count:d} views. The "
        f"fooling image is no longer **{plain(target)}** in **{share(1 - fooled.share)}** of them."
    )
    if original.share < _STABLE:
        st.info(
            f"**Your original is itself unsure.** It keeps its class in only {share(original.share)} of the views; the "
            f"table below says what it becomes. {UNSURE}",
            icon=":material/info:",
        )
    st.markdown(
        "For each view, the picture is resized, cropped, shifted, turned, blurred, recompressed and brightened **a "
        "little**, all at once and in the same way for all three. To a person, it still shows the same thing."
    )
    _rates(last)
    table(["Picture", "Keeps its class", "95 % interval", "What the network answers"], _rows(here, last))
    head = ["picture", "views that keep the class", "views", "low", "high (95 % interval)", "answers"]
    rows = [
        [name, rate.kept, rate.count, *rate.interval, _answers(here, last, number, len(here.model.class_names))]
        for number, (name, rate) in enumerate(zip(NAMES, last.rates))
    ]
    save.save_csv("Survival (CSV)", head, rows, "filterscope_survival")


def _rows(here: Chosen, last: Survival) -> list[list[str]]:
    return [
        [name, f"{rate.kept} of {rate.count}", _interval(rate), _answers(here, last, number, _NAMED)]
        for number, (name, rate) in enumerate(zip(NAMES, last.rates))
    ]


def _interval(rate: Rate) -> str:
    low, high = rate.interval
    return f"{share(low)} to {share(high)}"


def _answers(here: Chosen, last: Survival, number: int, most: int) -> str:
    """What the network answers to the views of one picture: "tabby 46.0 %, tiger cat 40.0 %, others 14.0 %"."""
    counted, views = last.answers[number], last.rates[number].count
    said = [f"{short(here.model.class_names[label])} {share(times / views)}" for label, times in counted[:most]]
    rest = sum(times for _, times in counted[most:])
    return ", ".join([*said, f"others {share(rest / views)}"] if rest else said)


def _rates(last: Survival) -> None:
    drawn = [
        Bar(name, 100 * rate.share, "", f"{name}: {share(rate.share)}", color, _percents(rate.interval))
        for name, rate, color in zip(NAMES, last.rates, (SOURCE, TARGET, OTHER))
    ]
    bars(drawn, "views that keep the class (%), with 95 % interval", "survival", percentages=True)


def _percents(interval: tuple[float, float]) -> tuple[float, float]:
    return 100 * interval[0], 100 * interval[1]


def average(here: Chosen) -> Show:
    """Draws the control; what it returns draws test-time augmentation of the fooling image."""
    count = int(linked().slider("Views", *_VIEWS, 50, 10, key="averaged"))
    return partial(_average, here, count)


def _average(here: Chosen, count: int, pair: Pair) -> None:
    warn(here, pair)
    recipe = pair.recipe(here, "average") | {"count": count}
    last = live.follow(pair.place, recipe, lambda: averaging(here.model, pair.fooled, count), what="Averaging views")
    if last is not None:
        _averaged(here, pair, last)
    draw(here, pair)


def _averaged(here: Chosen, pair: Pair, last: Average) -> None:
    live.verdict().markdown(in_words(last, pair.source, pair.target, here.model.class_names))
    st.markdown(
        "The network classifies many disturbed views of the fooling image, and its probabilities are averaged. This is "
        "called *test-time augmentation*."
    )
    shown = list(dict.fromkeys([pair.source, pair.target, leading(last)]))
    names = [short(here.model.class_names[each]) for each in shown]
    chart = go.Figure()
    for name, label, color in zip(names, shown, (SOURCE, TARGET, OTHER)):
        values = [100 * float(last.unshaken[label]), *(100 * last.probabilities[:, label]).tolist()]
        chart.add_trace(
            go.Scatter(
                x=list(range(len(values))),
                y=values,
                name=literal(name),
                line={"color": color, "width": 4, "dash": "dash" if color == OTHER else "solid"},
                hovertemplate="after %{x} views: %{y:.1f} %<extra>%{fullData.name}</extra>",
            )
        )
    chart.update_layout(height=360, legend={"orientation": "h", "y": 1.08})
    chart.update_yaxes(title="probability (%)", range=[0, 102])
    draw_chart(chart, "views averaged (0: the file itself)", "averages")
    rows = [[number, *shares] for number, shares in enumerate(last.probabilities[:, shown].tolist(), 1)]
    save.save_csv("Averages (CSV)", ["views", *(f"p({name})" for name in names)], rows, "filterscope_average")


def leading(last: Average) -> int:
    """The class with the highest mean over all views."""
    return int(last.probabilities[-1].argmax())


def in_words(last: Average, source: int, target: int, labels: list[str]) -> str:
    """What the fooling image is by itself, and which class leads in the mean over the views, as Markdown."""
    first, means = leading(last), last.probabilities[-1]
    was, is_now, back = (short(labels[each]) for each in (target, first, source))
    words = f"By itself, the fooling image is **{plain(was)}** with {percent(float(last.unshaken[target]))}. "
    if first == target:
        return words + f"Averaged over {last.step:d} views, it still is, with {percent(float(means[target]))}."
    since = _since(last.probabilities, first)
    views = "view" if since == 1 else "views"
    if first == source:
        return words + f"Averaged over views, it is **{plain(back)}** again after {since:d} {views}."
    return words + (
        f"Averaged over views, it is **{plain(is_now)}** after {since:d} {views}, with {percent(float(means[first]))} "
        f"in the end; **{plain(back)}**, the class of the original, has {percent(float(means[source]))}."
    )


def _since(means: Tensor, label: int) -> int:
    """The number of views from which on the class, which has the highest mean at the end, has it."""
    wrong = (means.argmax(1) != label).nonzero()
    return int(wrong.max()) + 2 if len(wrong) else 1
