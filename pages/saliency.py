"""Which pixels matter? Maps of the pixels that the network's answer depends on."""

from dataclasses import replace

import streamlit as st

from vizlib.render import scale_of
from vizlib.ui.saliency import beside, maps, methods, target
from vizlib.ui.saliency.maps import Panel
from vizlib.ui.saliency.options import fast_first
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
    with st.container(gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="top"):
            wanted, name = target.choose(here.model, top)
        asked, colors = methods.choose(here.model)
    about(name)

    live.status()
    other = twin.choose(here)
    if not asked:
        st.info("Choose at least one method above.")
    few = len(asked) <= 4
    seen, explained = st.columns([1, 2 if few else 3], gap="medium")
    with seen:
        view = replace(colors, outlined=target.answer(here, top, wanted))
    with explained:
        places = show.grid(len(asked), 2 if few else 3)
        columns = {each.method.key: place for each, place in zip(asked, places, strict=True)}
    panels: dict[str, Panel | None] = {}
    for each in fast_first(here.model, asked):
        with columns[each.method.key], guard():
            panels[each.method.key] = maps.compute(here, each, wanted, view)
    done = [panel for key in columns if (panel := panels.get(key)) is not None]
    common = max((scale_of(panel.values) for panel in done), default=0.0) if view.shared else None
    for panel in done:
        with columns[panel.method.key]:
            maps.below(here, panel, maps.paint(here, panel, view, common), view.on(common))
    if other is not None:
        beside.draw((here, other), done, wanted, view)
    live.verdict().header(f"Evidence for {plain(name)}")
