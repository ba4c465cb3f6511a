"""How the server goes on with kept runs after a restart: which page makes the run of a recipe again."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

import streamlit as st

from vizlib.errors import VizError
from vizlib.ui.shared import server


@st.cache_resource(show_spinner=False)
def resume() -> None:
    """Goes on with the runs that the last server kept, once. The launcher calls it, or else the first page."""
    server.runs().resume(again)


def again(parts: Mapping[str, Any], resume: bytes | None, device: str) -> Generator[Any, None, None]:
    """The run of a recipe, from a checkpoint if there is one. Its first step raises VizError if it cannot be made."""
    match parts.get("what"):  # a page is loaded only when it is needed
        case "fine-tuning":
            from vizlib.ui.fine_tune.plan import again
        case other:
            raise VizError(f"This server no longer knows runs of the kind {other}.", "Remove it from the list.")
    yield from again(parts, resume, device)
