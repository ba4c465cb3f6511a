"""The settings of activation maximization as widgets. They follow the family's preset until a person changes them."""

from __future__ import annotations

from typing import Any

import streamlit as st

from vizlib.activation_maximization import FAMILIES, Settings, family
from vizlib.batch.kinds.class_pictures import PULL as PULL
from vizlib.batch.kinds.class_pictures import usual
from vizlib.method import knob_fields
from vizlib.models import Classifier
from vizlib.ui.shared import knobs, networks
from vizlib.ui.shared.words import plain

_USUAL = "usual settings"  # in the session: the preset that untouched widgets follow
_GROUPS = {
    "What is optimized": (
        ("parameterization", "cutoff", "start_noise", "learning_rate", "transforms", "grow"),
        "The optimizer changes the numbers that the picture is computed from. Random views at each step ask for a "
        "picture that works from every position.",
    ),
    "Penalties": (
        ("tv", "tv_form", "tv_beta", "norm", "norm_order"),
        "Subtracted from the class's score. Total variation keeps neighboring pixels similar; the norm keeps values "
        "near gray. A weight has the same effect at every size.",
    ),
    "Changes after each step": (
        ("decay", "blur", "blur_every", "clip_norm", "clip_contribution"),
        "Yosinski's regularizers change the picture itself: they fade it to gray, blur it, or set the pixels that "
        "matter least to gray.",
    ),
}
_NEEDS = {
    "cutoff": ("parameterization", "fourier"),
    "tv_beta": ("tv_form", "beta"),
    "blur_every": ("blur", None),
}  # a setting is shown where another one has that value; None: any value but 0
_ALONE = ("diversity", "pull")  # diversity needs several pictures; the pull is drawn beside the start


def settings(model: Classifier) -> dict[str, Any]:
    """Draws the widgets; returns every setting but the pull."""
    wanted = usual(model)
    _follow(wanted)
    chosen = {name: value for name, value in wanted.items() if name not in _ALONE}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Back to the preset", on_click=_reset, args=(wanted,), icon=":material/restart_alt:", key="dream preset"
        )
        kind = plain(FAMILIES[family(model)])
        st.markdown(f"{plain(networks.called(model.name))} is a **{kind}**, so it starts from that family's preset.")
    for column, (title, (names, words)) in zip(st.columns(3, gap="medium"), _GROUPS.items()):
        with column:
            st.markdown(f"**{plain(title)}**")
            st.caption(plain(words))
            for name in names:
                if _shown(name, chosen):
                    chosen[name] = dial(name, wanted[name])
    return chosen


def dial(name: str, default: Any) -> Any:
    """One setting's widget."""
    kind, knob, _ = knob_fields(Settings)[name]
    return knobs.widget(_key(name), kind, knob, default)


def _key(name: str) -> str:
    return f"dream.{name}"


def _shown(name: str, chosen: dict[str, Any]) -> bool:
    other, value = _NEEDS.get(name, ("", None))
    return not other or (chosen[other] == value if value else bool(chosen[other]))


def _reset(wanted: dict[str, Any]) -> None:
    for name, value in wanted.items():
        if _key(name) in st.session_state:
            st.session_state[_key(name)] = value


def _follow(wanted: dict[str, Any]) -> None:
    """Moves every untouched widget to the preset of another network."""
    before = st.session_state.get(_USUAL, wanted)
    for name, value in wanted.items():
        if value != before.get(name) and st.session_state.get(_key(name)) == before.get(name):
            st.session_state[_key(name)] = value
    st.session_state[_USUAL] = wanted
