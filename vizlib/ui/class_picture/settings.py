"""The settings of activation maximization as widgets. They follow the chosen preset until a person changes them.

A preset is that of the network's family, or the settings of a course, which set the number of steps too.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from vizlib.activation_maximization import COURSES, FAMILIES, SPACES, TRANSFORMS, Course, Settings, family
from vizlib.batch.kinds.class_pictures import PULL as PULL
from vizlib.batch.kinds.class_pictures import usual
from vizlib.method import knob_fields
from vizlib.models import Classifier
from vizlib.ui.shared import knobs, networks, twin
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.words import plain

_STEPS = 256
_USUAL = "usual settings"  # in the session: the preset that untouched widgets follow
_GROUPS = {
    "What is optimized": (
        (
            *("parameterization", "cutoff", "window", "clamp", "start_noise", "optimizer", "learning_rate"),
            *("transforms", "settle", "roll", "grow"),
        ),
        "The optimizer changes the numbers that the picture is computed from. Random views at each step ask for a "
        "picture that works from every position.",
    ),
    "Penalties": (
        ("tv", "tv_form", "tv_beta", "norm", "norm_order", "l2"),
        "Subtracted from the class's score. Total variation keeps neighboring pixels similar; the norm keeps values "
        "near gray. A weight has the same effect at every size.",
    ),
    "Changes after each step": (
        ("decay", "blur", "blur_every", "clip_norm", "clip_contribution"),
        "Yosinski's regularizers change the picture itself: they fade it to gray, blur it, or set the pixels that "
        "matter least to gray.",
    ),
}
_NEEDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "cutoff": ("parameterization", ("fourier",)),
    "window": ("parameterization", ("fourier", "pixels", "maco")),
    "settle": ("transforms", tuple(TRANSFORMS)[1:]),
    "clamp": ("parameterization", tuple(SPACES)),
    "l2": ("parameterization", tuple(SPACES)),
    "tv_beta": ("tv_form", ("beta",)),
    "blur_every": ("blur", ()),
}  # a setting is shown where another one has one of these values; none: any value but 0
_ALONE = ("diversity", "pull")  # diversity needs several pictures; the pull is drawn beside the start
_OWN = "Family's preset"  # the first choice
_KEY = "preset"  # of the choice, in the link
_BEFORE = "preset before"  # in the session: the choice of the last script run


def course() -> Course | None:
    """Draws the choice of a preset. Returns the course whose settings it is, None for the family's own.

    Another choice than before sets the number of steps, whose box is drawn next, and `settings` sets all others. Its
    options explain themselves beside the settings, so that it needs no label of its own.
    """
    labels = {each.label: each for each in COURSES.values()}
    chosen = linked().selectbox("Preset", [_OWN, *labels], key=_KEY, label_visibility="collapsed", width=180)
    found = labels.get(chosen or _OWN)
    if _changed() and "steps" in st.session_state:
        st.session_state["steps"] = steps_of(found)
    return found


def steps_of(found: Course | None) -> int:
    """How many steps are taken until a person says otherwise."""
    return found.steps if found else _STEPS


def _changed() -> bool:
    """Whether another preset was chosen than in the last script run."""
    return bool(st.session_state.get(_BEFORE, st.session_state[_KEY]) != st.session_state[_KEY])


def settings(model: Classifier, of: Course | None) -> dict[str, Any]:
    """Draws the widgets; returns every setting but the pull. of: the course whose settings they follow."""
    twins = twin.robust_one_counts(model)
    wanted = dict(of.settings) if of else usual(model, twins)
    _follow(wanted)
    chosen = {name: value for name, value in wanted.items() if name not in _ALONE}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Back to the preset", on_click=_reset, args=(wanted,), icon=":material/restart_alt:", key="dream preset"
        )
        if of:
            st.markdown(f"The settings of **{plain(of.label)}**. {plain(of.source)}")
        else:
            kind = plain(FAMILIES[family(model)])
            name = plain(networks.called(model.name))
            both = " Beside its twin, both start from the robust network's preset." if twins else ""
            st.markdown(f"{name} is a **{kind}**, so it starts from that family's preset.{both}")
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
    other, values = _NEEDS.get(name, ("", ()))
    return not other or (chosen[other] in values if values else bool(chosen[other]))


def _reset(wanted: dict[str, Any]) -> None:
    for name, value in wanted.items():
        if _key(name) in st.session_state:
            st.session_state[_key(name)] = value


def _follow(wanted: dict[str, Any]) -> None:
    """Moves every untouched widget to the preset of another network, and every widget to another preset."""
    before, all_of_them = st.session_state.get(_USUAL, wanted), _changed()
    for name, value in wanted.items():
        if value != before.get(name) and st.session_state.get(_key(name)) == before.get(name):
            st.session_state[_key(name)] = value
    if all_of_them:
        _reset(wanted)
    st.session_state[_USUAL], st.session_state[_BEFORE] = wanted, st.session_state[_KEY]
