"""Errors on a page: those that a person can fix become a sentence and a remedy, all others go to the log."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from vizlib.errors import DeviceFailed, VizError

_log = logging.getLogger("filterscope")
_LONGEST = 400  # letters of a sentence on screen
_MARKUP = re.compile(r"[\\`*\[<$]")  # links, pictures, colors, code, formulas


def tell(problem: VizError) -> None:
    """Shows the sentence and the remedy. Both may contain names from links and files, so Markdown is escaped."""
    sentence, remedy = (_MARKUP.sub(r"\\\g<0>", each[:_LONGEST]) for each in (problem.sentence, problem.remedy))
    st.error(f"**{sentence}**  \n{remedy}", icon=":material/error:")


@contextmanager
def guard() -> Iterator[None]:
    """Shows an error of the block as a sentence and lets the rest of the page go on."""
    try:
        yield
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
