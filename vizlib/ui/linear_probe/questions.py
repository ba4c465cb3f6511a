"""The lectures' questions about features: each button sets the page up so that it measures the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from vizlib.models import Classifier
from vizlib.ui.shared import asked, networks
from vizlib.ui.shared.words import plain
from vizlib.weights import hub, local_models

_QUESTIONS: dict[str, dict[str, Any]] = {
    "Which layer for a foreign domain?": {"probe_view": "Layers", "probe_control": True},
    "Should features be taken after the ReLU?": {"probe_view": "ReLU"},
    "What does a tiny C do?": {"probe_view": "C"},
    "Does L2 normalization or PCA help?": {"probe_view": "C", "probe_compare": True},
    "How many pictures does it need?": {"probe_view": "How many"},
}
_VGG = "vgg16.tv_in1k"
_EXERCISE = {"probe_view": "C", "probe_layer": "pre_logits.act2", "probe_scaling": "l2", "probe_classifier": "svm"}


def draw(model: Classifier) -> None:
    """Draws a button for each question."""
    st.caption("Each sets the page up, and the page measures the answer.")
    for question, settings in _QUESTIONS.items():
        st.button(plain(question), key=f"ask {question}", on_click=_set, args=(settings,), type="tertiary")
    name, there = vgg16()
    st.button(
        "The exercise: VGG16, relu7, L2, a linear SVM, C swept",
        key="ask exercise", on_click=_set, args=(_EXERCISE | {"network": name},), type="tertiary",
    )  # fmt: skip
    if not there:
        st.caption(f"The exercise needs {plain(name)}, which is not on this computer: 528 MB are downloaded first.")


def vgg16() -> tuple[str, bool]:
    """The name under which VGG16 is opened, and whether its weights are on this computer."""
    for each in local_models():
        if networks.called(each) == "vgg16":
            return each, True
    return _VGG, hub.is_downloaded(_VGG)


def _set(settings: Mapping[str, Any]) -> None:
    """Sets the page up, and asks for what it then measures."""
    st.session_state.update(settings)
    asked.next_runs()
