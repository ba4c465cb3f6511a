"""The class picture of a network beside that of its twin: the same class, seed, steps and settings."""

from __future__ import annotations

from functools import partial
from typing import Any

from vizlib.activation_maximization import Reel
from vizlib.ui.class_picture import optimization, outcome
from vizlib.ui.class_picture.optimization import Optimization
from vizlib.ui.shared import live, show, twin
from vizlib.ui.shared.sidebar import Chosen


def run(here: Chosen, other: Chosen | None, asked: Optimization) -> None:
    """Draws the run and its result; if there is a twin, first both pictures side by side."""
    if other is not None:
        if not _both((here, other), asked):
            return
        twin.details(here)
    optimization.run(here, asked)


def _both(pair: twin.Pair, asked: Optimization) -> bool:
    """Draws both pictures while they form; returns whether there are any."""

    def its(each: Chosen) -> live.Run[Reel]:
        return live.Run(asked.recipe(each), partial(optimization.start_run, each.model, asked, asked.given(each)))

    invitation = optimization.invitation(pair[0], asked)
    return twin.follow(asked.place(pair[0]), pair, its, _draw, f"Optimizing {asked.name}", invitation) is not None


def _draw(here: Chosen, reel: Reel, place: Any) -> None:
    draw = show.moving if reel.step < reel.total else show.figure
    draw(reel.frame.images()[0], outcome.reached(reel), place)
