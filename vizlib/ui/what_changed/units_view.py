"""Which units of a layer changed, and what each looks for before and after: optimized pictures and found ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from vizlib.activation_maximization import Frame, channel, maximize, tile_size
from vizlib.models import Classifier
from vizlib.records import Layer, Unit
from vizlib.render import contact_sheet, to_image
from vizlib.runs import limits
from vizlib.training import UnitChanges, unit_changes
from vizlib.ui.shared import layer_choice, live, save, show
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.picture_set import Choice
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import number, plain, share
from vizlib.ui.what_changed.measured import draw_nothing, held_out
from vizlib.ui.what_changed.twins import Show, Twins
from vizlib.units import CROP, GivenPictures, PictureSource, Survey, found_crops, search

_ORDERS = "most changed", "least changed"
_TOP = 9  # found pictures
_STEPS = 64


@dataclass(frozen=True)
class _Asked:
    layer: Layer
    count: int  # units
    order: str
    steps: int
    seed: int


def ask(here: Chosen) -> Show:
    """Draws the controls; what it returns draws the units."""
    above, row = layer_choice.frame()
    with row:
        layer = layer_choice.choose(here.model, layer_choice.middle_block, above)
        order = linked().segmented_control("Units", _ORDERS, default=_ORDERS[0], required=True, key="wc_order")
        count = int(linked().number_input("How many", 1, 12, 4, key="wc_units"))
        with st.popover("Settings", icon=":material/tune:"):
            steps = int(linked().number_input("Steps", 4, *limits.steps(1024, _STEPS), 4, key="wc_steps"))
            seed = int(linked().number_input("Seed", 0, 999_999, 0, key="wc_seed"))
    return partial(_draw, _Asked(layer, count, order, steps, seed))


def _draw(asked: _Asked, pair: Twins, pictures: Choice) -> None:
    pictures.need()
    words = (
        f"**Compare the units** shows the pictures to both networks, and then draws what the {asked.count:d} units "
        f"look for that are {asked.order}."
    )
    found = live.follow(
        pair.place(pictures.private),
        pair.recipe("unit changes", layer=asked.layer.path, pictures=pictures.parts),
        lambda: unit_changes(*pair.both, asked.layer.path, list(held_out(pictures).pictures)),
        what="Comparing the units",
        invitation=live.Invitation("Compare the units", partial(st.markdown, words)),
    )
    if found is None or found.step < found.total:
        return
    units = found.order[: asked.count] if asked.order == _ORDERS[0] else found.order[: -asked.count - 1 : -1]
    frames = _optimized(asked, pair, units)
    surveys = _searched(asked, pair, pictures)
    _tell(found, units, surveys)
    _explain(found, pictures)
    for at, unit in enumerate(units):
        _row(pair, pictures, found, unit, [each and to_image(each.pixels)[at] for each in frames], surveys)
    head = ["channel", "1 - correlation", "standard deviation after / before", "relative change of its kernel"]
    kernels = found.kernels if len(found.kernels) else np.full(len(found.changes), np.nan)
    rows = [[each, found.changes[each], found.gains[each], kernels[each]] for each in found.order]
    save.save_csv("All units (CSV)", head, rows, "filterscope_units")


def _optimized(asked: _Asked, pair: Twins, units: Sequence[int]) -> list[Frame | None]:
    """The optimized pictures of the units, one batch for each network, from the same noise."""
    goals = [channel(asked.layer.path, each) for each in units]
    size = tile_size(pair.before, asked.layer.path)
    seeds = [asked.seed] * len(goals)
    own = {"layer": asked.layer.path, "units": list(units), "steps": asked.steps, "seed": asked.seed, "size": size}
    runs = [
        live.Run(
            {"what": "units", "network": each.name, "weights": each.fingerprint, **own},
            partial(maximize, each, goals, asked.steps, seeds, None, size),
        )
        for each in pair.both
    ]
    return live.follow_all(pair.place(), runs, draw_nothing, "Optimizing")


def _searched(asked: _Asked, pair: Twins, pictures: Choice) -> list[Survey | None]:
    """How strongly each channel of both networks responds to each picture."""
    source = _source(pictures)
    runs = [
        live.Run(
            {"what": "search", "weights": each.fingerprint, "layer": asked.layer.path, "source": source.key},
            partial(search, each, asked.layer.path, source),
        )
        for each in pair.both
    ]
    return live.follow_all(pair.place(pictures.private), runs, draw_nothing, "Searching")


def _source(pictures: Choice) -> PictureSource:
    data = held_out(pictures)
    names = [data.classes[label] for label in data.labels]
    return GivenPictures(list(zip(names, data.pictures)))


def stayed(surveys: Sequence[Survey | None], unit: int) -> int | None:
    """How many of the pictures that activated the unit most before are among them after; None without both."""
    if any(each is None or each.step < each.total for each in surveys):
        return None
    before, after = (set(each.ranking(unit, True, _TOP)) for each in surveys if each is not None)
    return len(before & after)


def _row(
    pair: Twins,
    pictures: Choice,
    found: UnitChanges,
    unit: int,
    optimized: Sequence[Any],
    surveys: Sequence[Survey | None],
) -> None:
    kept = stayed(surveys, unit)
    words = f"changed by {number(float(found.changes[unit]))}"
    if len(found.kernels):
        words += f", its kernel by {share(float(found.kernels[unit]))}"
    if kept is not None:
        words += f"; {kept} of {_TOP} found pictures stayed"
    st.subheader(f"Channel {unit:d}: {plain(words)}")
    columns = st.columns(4, gap="medium")
    for at, (when, model, survey) in enumerate(zip(("before", "after"), pair.both, surveys)):
        if optimized[at] is not None:
            show.figure(optimized[at], f"Channel {unit}, optimized, {when}", columns[at], show.LEAST_WIDTH // 2)
        if survey is not None and kept is not None:
            sheet = _found(model, Unit(found.layer, unit), pictures, survey)
            show.figure(sheet, f"Channel {unit}, the {_TOP} found pictures, {when}", columns[2 + at], 0)


def _found(model: Classifier, unit: Unit, pictures: Choice, survey: Survey) -> Any:
    crops = found_crops(model, unit, _source(pictures), survey, True, _TOP)
    return contact_sheet(crops, 3, tile=CROP, gap=4)[0]


def _explain(found: UnitChanges, pictures: Choice) -> None:
    kernel = f" The kernel is the channel's part of {plain(found.kernel)}." if found.kernel else ""
    st.caption(
        "A channel's change is 1 - r, where r is the correlation of its values before and after, over all positions "
        f"in {found.total:d} pictures ({plain(pictures.name)}): 0 is the same pattern at any strength, 1 an unrelated "
        "one. "
        f"The optimized pictures start from the same noise and have the same settings.{kernel}"
    )


def _tell(found: UnitChanges, units: Sequence[int], surveys: Sequence[Survey | None]) -> None:
    """What was measured, in a sentence."""
    middle = float(np.median(found.changes))
    kept = [each for each in (stayed(surveys, unit) for unit in range(len(found.changes))) if each is not None]
    words = (
        f"Half of the {len(found.changes):d} channels of **{plain(found.layer)}** changed by at most {number(middle)}"
    )
    words += f"; channel **{units[0]:d}** changed by {number(float(found.changes[units[0]]))}."
    if kept:
        words += f" On average {np.mean(kept):.1f} of a channel's {_TOP:d} strongest pictures stayed."
    live.verdict().markdown(words)
