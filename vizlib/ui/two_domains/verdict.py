"""What the runs have measured, in sentences: the gain beside its two bounds, and how far chance alone can go."""

from __future__ import annotations

import math
from collections.abc import Sequence

from vizlib.training import Adaptation
from vizlib.ui.shared import live
from vizlib.ui.shared.several import mean, noise_said, seeds_said, shares
from vizlib.ui.shared.words import plain, share
from vizlib.ui.two_domains.drawing import Found
from vizlib.ui.two_domains.plan import SOURCE, UPPER, Plan, Way


def say(plan: Plan, found: Found) -> None:
    """Says in the page's row what was measured."""
    live.verdict().markdown(sentence(plan, found))


def sentence(plan: Plan, found: Found) -> str:
    """The accuracies in the target from the lower bound to the upper one, and what the domain classifier still tells
    apart. Markdown."""
    reached = {way: targets(found[way]) for way in plan.ways if found.get(way)}
    if not any(reached.values()):
        return ""
    count = held_out(found)
    least = mean(next((values for way, values in reached.items() if way.name == SOURCE), []))
    said = "".join(_said(way, values, least) for way, values in reached.items() if values)
    return (
        f"On **{count:d}** held-out pictures of the target:{said} chance is {share(1 / plan.classes)}. "
        f"{_apart(found)}{seeds_said(plan.seeds)} {noise_said(count)}"
    )


def _said(way: Way, values: Sequence[float], least: float) -> str:
    """What a way reached; of those between the two bounds, also how far that is from the lower one."""
    if way.name in (SOURCE, UPPER):
        return f" {plain(way.words)} {shares(values)}{';' if way.name == UPPER else ','}"
    gain = 100 * (mean(values) - least)
    side = "above" if gain >= 0 else "below"
    return f" **{plain(way.words)} {shares(values)}** ({abs(gain):.1f} points {side} source only),"


def _apart(found: Found) -> str:
    """How often the domain classifier is right about the adapted features, beside chance."""
    told = [(way, finals(each, "domain_accuracy")) for way, each in found.items() if way.adapts]
    values = told[0][1] if told else []
    if not values:
        return ""
    return f"From **{plain(told[0][0].words)}**, the domain classifier is right about {shares(values)} (chance: half). "


def targets(frames: Sequence[Adaptation]) -> list[float]:
    """The held-out accuracy in the target that each seed reached."""
    return finals(frames, "target_accuracy")


def finals(frames: Sequence[Adaptation], name: str) -> list[float]:
    """The last value of each seed that is a number."""
    return [value for each in frames if math.isfinite(value := float(getattr(each, name)))]


def held_out(found: Found) -> int:
    """How many of the target's held-out pictures were asked, where the fewest were."""
    return min((_asked(each) for frames in found.values() for each in frames), default=0)


def _asked(frame: Adaptation) -> int:
    """Before the first step only those of the clouds."""
    return frame.counts[3] if frame.steps.any() else int(frame.cloud_domains.sum())


def best(found: Found) -> Way:
    """Of the ways that use no labels of the target, the one with the highest accuracy there."""
    without = [way for way, frames in found.items() if frames and way.name != UPPER] or list(found)
    return max(without, key=lambda way: mean(targets(found[way])))
