"""The page's controls and views."""

from __future__ import annotations

import streamlit as st

from vizlib.batch.gallery import Gallery
from vizlib.ui.shared import live
from vizlib.ui.shared.head import about
from vizlib.ui.shared.links import linked
from vizlib.ui.zoo import beside, opening, shelves, stock, unit_card

_VIEWS = [opening.GALLERY, opening.ONE, opening.TWO]


def draw() -> None:
    """Draws the view that is chosen, or how the store is filled if it has nothing."""
    shown = stock.shown()
    if not shown.networks:
        _empty(shown)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        view = linked().segmented_control("View", _VIEWS, default=_VIEWS[0], required=True, key=opening.VIEW)
        if view == opening.TWO:
            networks, depth = beside.choose(shown)
        else:
            title = _network(shown, every=view == opening.GALLERY)
        if view == opening.ONE:
            network = shown.network(title) or shown.networks[0]
            layer, channel = unit_card.choose(network)
    live.status()
    if view == opening.TWO:
        beside.draw(networks, depth)
    elif view == opening.ONE:
        about(f"{network.title}, {layer.path}, channel {channel}")
        unit_card.draw(network, layer, channel)
    else:
        live.verdict().markdown(f"**{shown.words:s}.** {_outdated(shown)}")
        shelves.draw(shown, title)


def _network(shown: Gallery, every: bool) -> str:
    """Draws the box for the network; `every`: all of them can be chosen, too."""
    titles = [*([shelves.ALL] if every else []), *(each.title for each in shown.networks)]
    key = opening.ONLY if every else opening.NETWORK
    if st.session_state.get(key) not in (None, *titles):
        st.session_state.pop(key)
    return str(linked().selectbox("Network", titles, key=key, width=190))


def _outdated(shown: Gallery) -> str:
    if not shown.outdated:
        return ""
    return (
        f"Another version of Filterscope or of its libraries has made {shown.outdated:d} more atlases, which this one "
        "does not show."
    )


def _empty(shown: Gallery) -> None:
    live.status()
    live.verdict().markdown(f"**There is nothing to show yet.** {_outdated(shown)}")
    st.markdown(
        "Choose **Draw the atlas** on the page about filters: each layer whose tiles are complete appears here. To "
        "compute many layers of many networks, on this machine or on a cluster, run `filterscope batch`. Networks that "
        "a visitor has trained and pictures that a visitor has uploaded never appear here."
    )
    with st.container(horizontal=True, key="next"):
        st.page_link("pages/filters.py", label="What does a filter look for?", icon=":material/grid_view:")
