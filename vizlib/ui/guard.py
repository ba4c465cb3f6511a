"""A problem that a person can fix becomes its sentence and its remedy; anything else goes to the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from vizlib.errors import DeviceFailed, VizError

_log = logging.getLogger("filterscope")


def tell(problem: VizError) -> None:
    """Shows the sentence and what to do."""
    st.error(f"**{problem.sentence}**  \n{problem.remedy}", icon=":material/error:")


@contextmanager
def guard() -> Iterator[None]:
    """Within the block, a failure is told in a sentence, and the rest of the page goes on."""
    try:
        yield
    except VizError as problem:
        if isinstance(problem, DeviceFailed) and st.session_state.get("device") != "cpu":
            st.session_state["device failed"] = True  # the sidebar turns to the CPU and says so
            st.rerun()
        tell(problem)
    except Exception:  # noqa: BLE001  the last line before the visitor: never a traceback on screen
        _log.exception("a page failed")
        st.error(
            "**Something went wrong, and the fault is ours.**  \n"
            "Choose another network or picture, or reload the page; the log of the server has the details.",
            icon=":material/error:",
        )
