"""Which pixels of the picture in the sidebar matter, before and after, for the same class."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from vizlib.faithfulness import share_inside
from vizlib.models import Classifier, counterpart
from vizlib.render import outline, overlay, scale_of
from vizlib.saliency import MENU, Estimate, explaining
from vizlib.ui.shared import class_choice, live, show
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.picture_set import Choice
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import percent, plain, share, short
from vizlib.ui.what_changed.twins import Show, Twins

_OWN = "each network's own answer"


def ask(here: Chosen) -> Show:
    """Draws the controls; what it returns draws the maps."""
    here.model.need_classes()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        labels = {each.key: each.label for each in MENU}
        method = str(
            linked().selectbox("Method", list(labels), 1, format_func=labels.__getitem__, key="wc_method", width=260)
        )
        option = class_choice.choose("Evidence for", here.model.class_names, "wc_target", [_OWN])
    name = "" if option == _OWN else here.model.class_names[class_choice.number_of(option)]
    return partial(_draw, here, method, name)


def _draw(here: Chosen, method: str, name: str, pair: Twins, pictures: Choice) -> None:
    tops = [each.top(each.prepare(here.subject.picture), 1)[0] for each in pair.both]
    targets = [counterpart(each.class_names, name) if name else top.index for each, top in zip(pair.both, tops)]
    if None in targets:
        st.info(f"Only one of the two networks has the class **{plain(name)}**. Choose another one.")
        return
    left, *columns = st.columns(3, gap="medium")
    with left:
        show.figure(here.image, f"The picture ({here.subject.title})")
    places = [column.empty() for column in columns]
    runs = [_run(here, each, method, int(target or 0)) for each, target in zip(pair.both, targets)]
    place = pair.place(here.subject.private)
    frames = live.follow_all(place, runs, partial(_paint, here, method, pair, places), MENU[method].label)
    for column, model, top, target in zip(columns, pair.both, tops, targets):
        column.caption(
            f"Evidence for **{plain(short(model.class_names[int(target or 0)]))}**. The answer is "
            f"**{plain(short(top.label))}**, {percent(top.probability)}."
        )
    _tell(here, method, frames)


def _run(here: Chosen, model: Classifier, method: str, target: int) -> live.Run[Estimate]:
    recipe = {
        "what": "saliency of twins", "network": model.name, "weights": model.fingerprint, "method": method,
        "target": target, "picture": here.subject.key,
    }  # fmt: skip
    return live.Run(recipe, lambda: explaining(model, model.prepare(here.subject.picture), method, target))


def _paint(here: Chosen, method: str, pair: Twins, places: Sequence[Any], frames: Sequence[Estimate | None]) -> None:
    for model, title, place, frame in zip(pair.both, pair.names, places, frames):
        if frame is None:
            continue
        values = frame.values[0].numpy()
        picture = overlay(
            show.network_view(model, here.subject.picture), values, MENU[method].signed, 0.8, scale_of(values)
        )
        mask = here.mask
        show.figure(picture if mask is None else outline(picture, mask), f"{MENU[method].label}, {title}", place)


def _tell(here: Chosen, method: str, frames: Sequence[Estimate | None]) -> None:
    """The share of both maps on the drawn object, in a sentence."""
    if here.mask is None or any(each is None or each.step < each.total for each in frames):
        return
    shares = [share_inside(each.values[0].numpy(), here.mask) for each in frames if each is not None]
    live.verdict().markdown(
        f"**{share(shares[0])}** of the map is on the object before, **{share(shares[1])}** after; the object is "
        f"{share(float(here.mask.mean()))} of the picture."
    )
