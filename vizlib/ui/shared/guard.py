"""Errors on a page: those that a person can fix become a sentence and a remedy, all others go to the log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from vizlib.errors import DeviceFailed, VizError
from vizlib.ui.shared.words import plain

_log = logging.getLogger("filterscope")
_LONGEST = 400  # letters of a sentence on screen


class Missing(Exception):
    """Something is not here that only the visitor can give. `ask` draws the question where the result would be."""

    def __init__(self, ask: Callable[[], None]) -> None:
        super().__init__()
        self.ask = ask


def tell(problem: VizError) -> None:
    """Shows the sentence and the remedy. Both may contain names from links and files."""
    st.error(f"**{plain(problem.sentence[:_LONGEST])}**  \n{plain(problem.remedy[:_LONGEST])}", icon=":material/error:")


@contextmanager
def guard() -> Iterator[None]:
    """Shows an error of the block as a sentence and lets the rest of the page go on."""
    try:
        yield
    except Missing as missing:
        with guard():  # what the visitor gives may be wrong, too
            missing.ask()
    except VizError as problem:
        if isinstance(problem, DeviceFailed) and st.session_state.get("device") != "cpu":
            st.session_state["device failed"] = True  # the sidebar changes to the CPU and says so
            st.rerun()
        tell(problem)
    except Exception:  # noqa: BLE001  a visitor must never see a traceback
        _log.exception("a page failed")
        st.error(
            "**Something went wrong, and the fault is ours.**  \n"
            "Choose another network or picture, or reload the page. The server's log has the details.",
            icon=":material/error:",
        )
