"""A problem that a person can fix becomes its sentence and its remedy; anything else goes to the log."""

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
    """Shows the sentence and what to do. Names in them come from links and files: Markdown in these means nothing."""
    sentence, remedy = (_MARKUP.sub(r"\\\g<0>", each[:_LONGEST]) for each in (problem.sentence, problem.remedy))
    st.error(f"**{sentence}**  \n{remedy}", icon=":material/error:")


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
