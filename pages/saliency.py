"""Which pixels matter? Maps of the pixels that the network's answer depends on."""

import streamlit as st

from vizlib.layers import last_maps, list_layers
from vizlib.render import outline, scale_of
from vizlib.saliency import MENU
from vizlib.ui.saliency import maps, target
from vizlib.ui.shared import knobs, live, show
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.head import head
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import chosen
from vizlib.ui.shared.words import plain

here = chosen()
head(
    "Which pixels matter?",
    markdown=(
        "The network gives every class a score. Each map below shows how much each pixel contributes to that score, "
        "by the estimate of a published method."
    ),
)

with guard():
    top = here.model.top(here.pixels) if here.model.has_classes else []
    seen, answer, asked = st.columns([7, 8, 5], gap="medium")
    with seen:
        marked = here.mask is not None and linked().toggle("Outline the object", key="outline")
        picture = outline(here.image, here.mask) if marked and here.mask is not None else here.image
        show.figure(picture, f"The picture as {here.model.name} sees it ({here.subject.title})")
    with asked:
        wanted, name = target.choose(here.model, top)
    with answer:
        target.answer(here.model, top, wanted)

    keys = linked().pills(
        "Methods",
        [method.key for method in MENU],
        selection_mode="multi",
        default=["guided", "grad_cam"],
        format_func=lambda key: MENU[key].label,
        key="methods",
    )
    with st.expander("Method settings and colors", icon=":material/tune:"):
        left, right = st.columns(2)
        strength = linked(left).slider("Strength of the map over the picture", 0.0, 1.0, 0.75, 0.05, key="strength")
        shared = linked(right).toggle("One scale for all maps", key="shared")
        settings = {}
        for method in (MENU[key] for key in keys):
            with st.container(border=True), guard():
                st.markdown(f"**{method.label}** ({method.paper}). {method.idea}")
                settings[method.key] = {"knobs": knobs.settings(method), "layer": None}
                if method.needs_layer:
                    paths = [layer.path for layer in list_layers(here.model) if layer.spatial]
                    usual = paths.index(last_maps(here.model).path)
                    settings[method.key]["layer"] = linked().selectbox(
                        "Layer", paths, usual, key="cam_layer", help="By default the last maps, after their activation."
                    )

    live.status()
    if not keys:
        st.info("Choose at least one method above.")
    view = maps.View(strength, shared, marked)
    st.header(f"Evidence for {plain(name)}")
    columns = dict(zip(keys, show.grid(len(keys)), strict=True))
    panels = []
    for key in keys:
        with columns[key], guard():
            panels.append(maps.compute(here, MENU[key], wanted, settings[key], view))
    done = [panel for panel in panels if panel is not None]
    common = max((scale_of(panel.values) for panel in done), default=0.0) if shared else None
    for panel in done:
        with columns[panel.method.key]:
            maps.below(here, panel, maps.paint(here, panel, view, common))
