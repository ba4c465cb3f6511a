"""What the page draws: a class, or one of the other pictures that a network can draw, each with its control."""

from __future__ import annotations

from typing import Final

import streamlit as st

from vizlib.batch.saved import repertoire
from vizlib.ui.shared.links import linked

CLASS: Final = "class"
MATCHED: Final = repertoire.MATCHED
OF_PICTURE: Final = (repertoire.INVERSION, repertoire.CARICATURE, repertoire.ACCENTUATION, repertoire.DREAM)
_LABELS: Final = {
    CLASS: "Class",
    repertoire.INVERSION: "Inversion",
    repertoire.CARICATURE: "Caricature",
    repertoire.ACCENTUATION: "Accentuation",
    repertoire.DREAM: "DeepDream",
    MATCHED: "Matched class picture",
}
_WORDS: Final = {
    CLASS: (
        "Start from noise and change every pixel a little, again and again, so that the score of a class rises. "
        "After a few hundred steps, the picture shows what the network looks for. The network does not need what is "
        "missing from it."
    ),
    repertoire.INVERSION: (
        "A picture is sought that gives the layer the same features as the picture in the sidebar. What it shows, the "
        "layer has kept; what it does not show, the layer has discarded (Mahendran and Vedaldi 2015)."
    ),
    repertoire.CARICATURE: (
        "Starting from noise, every position of the layer is pushed in the direction that it already has for the "
        "picture in the sidebar. What the layer responds to is exaggerated (Olah et al. 2018)."
    ),
    repertoire.ACCENTUATION: (
        "A caricature that starts from the picture in the sidebar and is pulled back to it: only what the layer "
        "responds to changes."
    ),
    repertoire.DREAM: (
        "The layer's response to the picture in the sidebar is made larger, whatever it is, at several sizes one after "
        "another (Mordvintsev et al. 2015)."
    ),
    MATCHED: (
        "In place of a high score, the picture is asked to have the statistics that real pictures of the class have "
        "in every stage of the network: for each channel, the same sorted activations (VITAL, Görgün et al. 2025)."
    ),
}


def words() -> str:
    """What is drawn, as the page's head says it; of a page that has not been drawn yet, as its link says."""
    asked = str(st.session_state.get("draw") or st.query_params.get("draw") or CLASS).casefold()
    meant = {label.casefold(): key for key, label in _LABELS.items()}
    return _WORDS.get(meant.get(asked, asked), _WORDS[CLASS])


def choose() -> str:
    """Draws the choice; returns a key: `CLASS`, `MATCHED` or one of `OF_PICTURE`."""
    return str(
        linked().segmented_control(
            "What is drawn",
            list(_LABELS),
            default=CLASS,
            required=True,
            format_func=_LABELS.__getitem__,
            key="draw",
            label_visibility="collapsed",
        )
    )
