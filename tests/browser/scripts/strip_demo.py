"""A made-up network: `?layers=` says how long it is. The page writes the layer that was chosen."""

from __future__ import annotations

import streamlit as st

from vizlib.records import Layer
from vizlib.ui.widgets.layer_strip import Look, strip

KINDS = ("convolution", "normalization", "activation", "block")


def layers(count: int) -> list[Layer]:
    """The map shrinks and the channels grow, as in most networks; the last layer gives the logits."""
    inner = [
        Layer(f"blocks.{at}", KINDS[at % 4], (16 + 8 * at, max(2, 112 - at), max(2, 112 - at)), at)
        for at in range(count - 1)
    ]
    return [*inner, Layer("head", "linear", (1000, 1, 1), count - 1)]


def main() -> None:
    st.set_page_config(layout="wide")
    catalogue = layers(int(st.query_params.get("layers", "76")))
    picked = st.session_state.setdefault("layer", catalogue[1].path)
    st.button("Again")
    look = Look(dict.fromkeys((*KINDS, "linear"), "#0b5fa5"))
    strip(catalogue, picked, look, "strip", lambda path: st.session_state.update(layer=path))
    st.write(f"Chosen: {picked}.")


if __name__ == "__main__":
    main()
