"""What came out: a table of the runs, and one of the networks to open on other pages and to download."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from vizlib.models import opened_files
from vizlib.training import Adaptation
from vizlib.ui.shared import show, taken, trained
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.several import mean, shares
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import number, plain
from vizlib.ui.two_domains import verdict
from vizlib.ui.two_domains.drawing import Found
from vizlib.ui.two_domains.plan import Plan, Way

_HEAD = ["Run", "Target accuracy", "Source accuracy", "Domain accuracy", "Loss of the classes", "Loss of the domain"]
_LAST = 20  # steps of which the losses are a mean


def table(plan: Plan, found: Found) -> None:
    """Draws what each way reached, and what went wrong in it."""
    ways = [way for way in plan.ways if found.get(way)]
    show.table(_HEAD, [_row(way, found[way]) for way in ways], numbers=True)
    st.caption(f"All accuracies are of held-out pictures; the losses are means of the last {_LAST:d} steps.")
    notes: dict[str, list[str]] = {}
    for way in ways:
        notes.setdefault(found[way][0].note, []).append(way.name)
    for note, names in notes.items():
        st.caption(f"**{plain(', '.join(names))}.** {plain(note)}")


def _row(way: Way, frames: Sequence[Adaptation]) -> list[str]:
    names = ("target_accuracy", "source_accuracy", "domain_accuracy")
    losses = [[each.label_losses for each in frames], [each.domain_losses for each in frames]]
    return [
        way.name,
        *(shares(values) if (values := verdict.finals(frames, name)) else "" for name in names),
        *(_mean([float(each[-_LAST:].mean()) for each in kind if len(each)]) for kind in losses),
    ]


def _mean(values: Sequence[float]) -> str:
    return number(mean(values)) if values else ""


def take(here: Chosen, plan: Plan, found: Found) -> None:
    """Draws the way on with one of the networks."""
    ways = {way.name: way for way in plan.ways if found.get(way) and len(found[way][0].steps)}
    if not ways:
        return
    st.header("Take a network with you")
    best = verdict.best({way: found[way] for way in ways.values()})
    name = linked().segmented_control("Trained by", list(ways), default=best.name, required=True, key="td_take")
    way = ways.get(str(name), best)
    frame = found[way][0].so_far
    taken.offer(network(here, plan, way, frame, found[way][0].done), frame.step)


def network(here: Chosen, plan: Plan, way: Way, frame: Adaptation, ended: bool) -> trained.Trained:
    """The network as the session keeps it. ended: whether the run came to its end, so that a link makes it again."""
    seed = plan.seeds[0]
    recipe = plan.recipe(way, seed) | {"device": here.model.device.type, "step": frame.step}
    source = "" if plan.network is None else plan.network.name
    target = "own" if plan.pair.private else str(plan.pair.target.parts.get("set", plan.pair.target.name))
    name = trained.name_of([way.name, target, str(seed)], recipe)
    again = ended and not plan.private and not source.startswith(trained.PREFIX)
    whose = "your own pictures" if plan.pair.private else plan.pair.name
    return trained.Trained(
        name, recipe, f"Trained here on {whose}: {way.words}, seed {seed}.", partial(opened_files, frame.files, name),
        frame.files, source, "two_domains", taken.controls(here.model.name) if again else {},
        taken.link(here.model.name, "td_") if again else {}, plan.private,
    )  # fmt: skip
