"""What does each layer see? From the picture to the logits, layer by layer."""

import streamlit as st

from vizlib.errors import NotShowable
from vizlib.layers import list_layers
from vizlib.ui import channels
from vizlib.ui.bench import bench
from vizlib.ui.guard import guard
from vizlib.ui.strip import COLORS, strip

here = bench()
st.title("What does each layer see?")
st.markdown(
    "A network looks at the picture in steps. Early layers answer to edges and colors at every place; later ones see "
    "less of where and more of what. Choose a layer on the strip; a tile is one channel's answer to the picture."
)


def pick(path: str) -> None:
    """A layer was clicked on the strip."""
    st.session_state["layer"] = path


with guard():
    catalogue = list_layers(here.model)
    present = [kind for kind in COLORS if any(layer.kind == kind for layer in catalogue)]
    usual = [kind for kind in ("stage", "block", "convolution") if kind in present] or present
    above = st.container()
    kinds = st.pills(
        "Kinds of layers", present, selection_mode="multi", default=usual, key="kinds", bind="query-params"
    )
    layers = [layer for layer in catalogue if layer.kind in kinds] or catalogue
    by_path = {layer.path: layer for layer in layers}
    first = next((i for i, layer in enumerate(layers) if layer.kind in ("stage", "block")), 0)
    path = st.selectbox("Layer", list(by_path), first, key="layer", bind="query-params", help="Type to search.")
    with above:
        strip(layers, path, "strip", pick)

    views = ["Feature maps", "Kernels", "Feature pyramid"]
    view = st.segmented_control("View", views, default=views[0], required=True, key="view", bind="query-params")
    if view == "Feature pyramid":
        channels.feature_pyramid(here)
    elif view == "Kernels":
        channels.kernel_sheet(here, by_path[path])
    elif by_path[path].spatial:
        channels.feature_maps(here, by_path[path])
    else:
        raise NotShowable(f"{path} gives numbers, not maps.", "Choose a layer before the pooling.")
