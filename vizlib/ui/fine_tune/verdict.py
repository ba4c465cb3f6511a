"""What the runs have measured, in sentences: each accuracy beside its control, and how far chance alone can go."""

from __future__ import annotations

import math
from collections.abc import Sequence

from vizlib.training import Tuning
from vizlib.ui.fine_tune.drawing import Found
from vizlib.ui.fine_tune.plan import Plan, Way
from vizlib.ui.shared import live
from vizlib.ui.shared.several import mean, noise_said, seeds_said, shares
from vizlib.ui.shared.words import plain, share


def say(plan: Plan, found: Found) -> None:
    """Says in the page's row what was measured."""
    live.verdict().markdown(sentence(plan, found))


def say_how_sure(seeds: Sequence[int], found: Sequence[Found]) -> None:
    """Says in the page's row, for the whole board, how many runs stand behind it and how far chance can go."""
    count = min(held_out(each) for each in found)
    live.verdict().markdown(
        f"Each scenario has at least {count:d} held-out pictures. {seeds_said(seeds)} {noise_said(count)}"
    )


def sentence(plan: Plan, found: Found) -> str:
    """The accuracies of all ways, the best first, with chance and the number of runs behind them. Markdown."""
    reached = sorted(((way, finals(found[way])) for way in plan.ways if found.get(way)), key=lambda one: -mean(one[1]))
    if not reached:
        return ""
    count, chance = held_out(found), share(1 / len(plan.pictures.classes))
    best = reached[0]
    rest = "".join(f", {plain(way.words)} {shares(values)}" for way, values in reached[1:])
    return (
        f"On **{count:d}** held-out pictures: **{plain(best[0].words)} {shares(best[1])}**{rest}; "
        f"{_untouched(plan, found)}chance is {chance:s}. "
        f"{seeds_said(plan.seeds)} {noise_said(count)}"
    )


def _untouched(plan: Plan, found: Found) -> str:
    """The accuracy of the network as it was, where it knows these very classes: then step 0 is that network."""
    first = [found[way][0] for way in plan.ways if way.load == "all" and found.get(way)]
    if not plan.known or not first or not len(first[0].accuracies):
        return ""
    return f"the untouched network has {share(float(first[0].accuracies[0]))}, "


def finals(frames: Sequence[Tuning]) -> list[float]:
    """The held-out accuracy that each seed reached."""
    return [each.accuracy for each in frames if math.isfinite(each.accuracy)]


def held_out(found: Found) -> int:
    """How many pictures were held out."""
    return max((frames[0].counts[2] for frames in found.values() if frames), default=0)


def named(way: Way, frames: Sequence[Tuning]) -> list[str]:
    """The way's row of the table."""
    values, first = finals(frames), frames[0]
    trained = [each.train_accuracies[-1] for each in frames if len(each.train_accuracies)]
    reached = shares(values) if values else ""
    return [way.name, reached, share(mean(trained)), f"{first.best_step} of {first.total}"]
