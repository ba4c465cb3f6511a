"""The price of fooling a network beside that of its twin: the same picture, target, method, goal and seed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from vizlib.fooling import Attempt, Fooling
from vizlib.render import difference
from vizlib.ui.fooling import attack, fooled
from vizlib.ui.fooling.request import Request
from vizlib.ui.shared import live, show, twin
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import percent, plain, short


def run(here: Chosen, other: Chosen | None, asked: Request, button: Callable[[], object]) -> Fooling | None:
    """Follows the run; if there is a twin, first both runs side by side. Returns the result of the chosen network.

    button: draws a further button beside the one that starts the run.
    """
    if other is not None:
        if not _both((here, other), asked, button):
            return None
        twin.details(here)
    return attack.run(here, asked, button)


def _both(pair: twin.Pair, asked: Request, button: Callable[[], object]) -> bool:
    """Draws both files while they change, and what each costs; returns whether both results are there."""

    def its(each: Chosen) -> live.Run[Attempt]:
        return live.Run(asked.recipe(each), partial(attack.start_run, each, asked))

    invitation = attack.invitation(pair[0], asked, button)
    last = twin.follow(pair[0].place, pair, its, partial(_draw, asked), f"Looking for {asked.name}", invitation)
    results = [attack.at_goal(each.result, asked) for each in last or () if each.result is not None]
    if len(results) < len(pair):
        return False
    _changes(pair, results)
    st.markdown(prices([each.model.name for each in pair], results))
    return True


def _draw(asked: Request, here: Chosen, attempt: Attempt, place: Any) -> None:
    if attempt.result is None:
        words = f"Step {attempt.step} of at most {attempt.total}"
        show.moving(show.network_view(here.model, attempt.image), words, place)
        return
    result = attack.at_goal(attempt.result, asked)
    name, sure = short(here.model.class_names[result.label]), float(result.probabilities_after[result.label])
    words = f"{fooled.reached(result)}: {name}, {percent(sure)}. L2 {result.l2:.2f}"
    show.figure(show.network_view(here.model, result.image), words, place)


def _changes(pair: twin.Pair, results: list[Fooling]) -> None:
    """Draws both changes, magnified alike."""
    before = [show.network_view(each.model, result.original) for each, result in zip(pair, results, strict=True)]
    after = [show.network_view(each.model, result.image) for each, result in zip(pair, results, strict=True)]
    factor = min(difference(was, became)[1] for was, became in zip(before, after, strict=True))
    for column, was, became in zip(st.columns(2, gap="medium"), before, after, strict=True):
        with column:
            show.figure(difference(was, became, factor)[0], f"{fooled.magnified(factor)} in both")


def prices(names: list[str], results: list[Fooling]) -> str:
    """What fooling each network takes, in a Markdown sentence."""
    lost = [name for name, each in zip(names, results, strict=True) if not each.success]
    if lost:
        return (
            f"The goal was not reached on **{plain(' and '.join(lost))}** within the budget, so the prices cannot be "
            "compared."
        )
    first, second = (each.l2 for each in results)
    ratio = f", {second / first:.1f} times as much" if first else ""
    return (
        f"Fooling **{plain(names[0])}** takes a change of **L2 {first:.2f}**, fooling **{plain(names[1])}** one of "
        f"**L2 {second:.2f}**{ratio} (pixel values from 0 to 1)."
    )
