"""Settings to begin with: one that works, and some that fail, each in a way that has a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from vizlib.runs import limits
from vizlib.training import PRESETS
from vizlib.ui.shared import links
from vizlib.ui.shared.words import plain

COUNTS: Final = (10, 20, 50, 100, 200, 400, 1000, 2000)  # pictures of each class
_STEPS = "gan_steps"  # which a visitor may change: a preset fails in the same way if it is trained for longer
_KEY = "gan preset"  # of the choice, which follows the controls and is not part of the link


def choose(usual: Mapping[str, Any], classes: int, place: Any) -> str:
    """Draws the choice; returns the name of the preset that the controls describe now, "" for other settings.

    usual: the defaults of the controls that a preset sets, by their keys. classes: how many the pictures have.
    """
    now = {key: st.session_state.get(key, value) for key, value in usual.items() if key != _STEPS}
    found = next((each for each in PRESETS if now.items() <= values(usual, each, classes).items()), "")
    st.session_state[_KEY] = found or None
    place.segmented_control(
        "Preset", list(PRESETS), key=_KEY, on_change=_set, args=(dict(usual), classes), width="content",
        format_func=lambda name: PRESETS[name].title.split(":")[0],
    )  # fmt: skip
    return found


def values(usual: Mapping[str, Any], name: str, classes: int) -> dict[str, Any]:
    """What the preset gives to the controls."""
    preset = PRESETS[name]
    given = {f"gan_{key}": value for key, value in preset.settings.items()}
    if _STEPS in given:
        given[_STEPS] = limits.steps(given[_STEPS], 1)[0]
    if preset.pictures is not None:
        given["gan_per_class"] = _nearest(COUNTS, preset.pictures / max(1, classes))
    return {**usual, **given}


def beyond(usual: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The settings of the preset for which the page has no control."""
    given = PRESETS[name].settings if name else {}
    return {key: value for key, value in given.items() if f"gan_{key}" not in usual}


def _nearest(options: Sequence[int], value: float) -> int:
    return min(options, key=lambda each: abs(each - value))


def _set(usual: Mapping[str, Any], classes: int) -> None:
    name = st.session_state[_KEY]
    if name in PRESETS:
        links.give({key: value for key, value in values(usual, name, classes).items() if key in usual})


def say(name: str, place: Any = st) -> None:
    """Says what to expect of these settings."""
    if name:
        preset = PRESETS[name]
        place.markdown(f"**{plain(preset.title)}.** {plain(preset.expects)}")
    else:
        place.markdown("**Settings of your own.** The presets say what to expect of theirs.")
