"""Which pixels matter? Maps of the pixels that the network's answer depends on."""

from dataclasses import replace

import streamlit as st

from vizlib.render import scale_of
from vizlib.saliency import MENU
from vizlib.ui.saliency import beside, maps, methods, target
from vizlib.ui.shared import live, show, twin
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.head import about, head
from vizlib.ui.shared.sidebar import chosen
from vizlib.ui.shared.words import plain

here = chosen()
head(
    "Which pixels matter?",
    markdown="Each map shows how much each pixel contributes to a class's score, as a published method estimates it.",
)

with guard():
    top = here.model.top(here.pixels) if here.model.has_classes else []
    with st.container(horizontal=True, vertical_alignment="top"):
        wanted, name = target.choose(here.model, top)
    about(name)
    keys, settings, colors = methods.choose(here.model)

    live.status()
    other = twin.choose(here)
    if not keys:
        st.info("Choose at least one method above.")
    seen, explained = st.columns([1, 2], gap="medium")
    with seen:
        view = replace(colors, outlined=target.answer(here, top, wanted))
    with explained:
        columns = dict(zip(keys, show.grid(len(keys), 2), strict=True))
    panels = []
    for key in keys:
        with columns[key], guard():
            panels.append(maps.compute(here, MENU[key], wanted, settings[key], view))
    done = [panel for panel in panels if panel is not None]
    common = max((scale_of(panel.values) for panel in done), default=0.0) if view.shared else None
    for panel in done:
        with columns[panel.method.key]:
            maps.below(here, panel, maps.paint(here, panel, view, common), view.on(common))
    if other is not None:
        beside.draw((here, other), done, wanted, settings, view)
    live.verdict().header(f"Evidence for {plain(name)}")
