"""What the runs have measured, in sentences: each accuracy beside its control, and how far chance alone can go."""

from __future__ import annotations

import math
from collections.abc import Sequence

from vizlib.training import Tuning
from vizlib.ui.fine_tune.drawing import Found
from vizlib.ui.fine_tune.plan import Plan, Way
from vizlib.ui.shared.words import plain, share


def sentence(plan: Plan, found: Found) -> str:
    """The accuracies of all ways, the best first, with chance and the number of runs behind them. Markdown."""
    reached = sorted(((way, finals(found[way])) for way in plan.ways if found.get(way)), key=lambda one: -mean(one[1]))
    if not reached:
        return ""
    best, values = reached[0]
    count, chance = held_out(found), share(1 / len(plan.pictures.classes))
    others = ", ".join(f"{plain(way.words)} {_said(rest)}" for way, rest in reached[1:])
    than = f"; {others}" if others else ""
    words = plain(best.words)
    return (
        f"On **{count:d}** held-out pictures, {words} reaches **{_said(values)}**{than}; chance is {chance:s}. "
        f"{runs(plan.seeds)} Differences below about {noise(count):.0f} points may be due to these pictures alone."
    )


def finals(frames: Sequence[Tuning]) -> list[float]:
    """The held-out accuracy that each seed reached."""
    return [each.accuracy for each in frames if math.isfinite(each.accuracy)]


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def noise(count: int) -> float:
    """How many points (%) the accuracies of two networks on so many pictures may differ by chance, at a confidence of
    95 %: twice the largest standard error of a difference."""
    return 100 * 1.96 * math.sqrt(2 * 0.25 / max(1, count))


def held_out(found: Found) -> int:
    """How many pictures were held out."""
    return max((frames[0].counts[2] for frames in found.values() if frames), default=0)


def _said(values: Sequence[float]) -> str:
    if len(values) < 2:
        return share(mean(values))
    return f"{share(mean(values))} ({share(min(values))} to {share(max(values))})"


def runs(seeds: Sequence[int]) -> str:
    """How many runs stand behind the numbers."""
    if len(seeds) == 1:
        return "This is one run: another seed may differ by several points."
    return f"These are the means of {len(seeds)} seeds, with the lowest and the highest."


def named(way: Way, frames: Sequence[Tuning]) -> list[str]:
    """The way's row of the table."""
    values, first = finals(frames), frames[0]
    trained = [each.train_accuracies[-1] for each in frames if len(each.train_accuracies)]
    return [way.name, _said(values) if values else "", share(mean(trained)), f"{first.best_step} of {first.total}"]
