"""What other networks answer for the same files, each with its own preprocessing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from vizlib.evaluation import Opinion, gathering
from vizlib.models import alike
from vizlib.ui.shared import judges, live, networks, save, show
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import percent, plain, short
from vizlib.ui.thin_ice.pair import NAMES, Pair, Show
from vizlib.ui.thin_ice.pair import draw as draw_pair


def draw(here: Chosen) -> Show:
    """Draws the control; what it returns draws a table of each network's answers to the three pictures."""
    return partial(_draw, here, st.container())


def _draw(here: Chosen, place: DeltaGenerator, pair: Pair) -> None:
    labels = [here.model.class_names[each] for each in (pair.source, pair.target)]
    chosen = judges.choose(here, labels, place)
    _answers(here, pair, chosen)
    draw_pair(here, pair)


def _answers(here: Chosen, pair: Pair, chosen: Sequence[str]) -> None:
    device = here.model.device.type
    table = {here.model.name: lambda: here.model} | {each: partial(networks.load, each, device) for each in chosen}
    parts = pair.recipe(here, "opinions") | {"networks": list(chosen), "device": device}
    last = live.follow(pair.place, parts, lambda: gathering(table, pair.images), what="Asking the networks")
    if last is None:
        return
    live.verdict().markdown(summary(last.opinions[1:], here.model.class_names[pair.target]))
    st.markdown(
        "A fooling image is made for one network. Does it fool other networks too? Each opens the three files and "
        "resizes and crops them in its own way."
    )
    show.table(["Network", *NAMES], [_row(each) for each in last.opinions])
    found = [
        [each.name, name, top.label, top.probability]
        for each in last.opinions
        for name, (top, *_) in zip(NAMES, each.predictions)
    ]
    save.save_csv("Answers (CSV)", ["network", "picture", "class", "probability"], found, "filterscope_networks")


def summary(others: Sequence[Opinion], target: str) -> str:
    """How many of the other networks call the fooling image by the target's name; "" if none of them answered."""
    tops = [each.predictions[NAMES.index("Fooled")][0].label for each in others if not each.problem]
    if not tops:
        return ""
    same = sum(alike(each, target) for each in tops)
    name = plain(short(target))
    return f"**{same:d} of {len(tops)}** other networks answer **{name}** to the fooling image."


def _row(opinion: Opinion) -> list[str]:
    if opinion.problem:
        return [opinion.name, opinion.problem, "", ""]
    tops = [each[0] for each in opinion.predictions]
    return [opinion.name, *(f"{short(each.label)}, {percent(each.probability)}" for each in tops)]
