"""What the process sets up once, and holds for all its visitors."""

from __future__ import annotations

import atexit
import gc
import logging

import streamlit as st

import vizlib
from vizlib.runs import Runs, open_shelter, open_store
from vizlib.runs.limits import allowed
from vizlib.ui.shared.lectures import Lectures


@st.cache_resource(show_spinner=False)
def log() -> None:
    """Lets the engine's lines out: one per run, as JSON, on standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    engine = logging.getLogger("vizlib")
    engine.setLevel(logging.INFO)
    if not engine.handlers:
        engine.addHandler(handler)


@st.cache_resource(show_spinner=False)
def settle() -> None:
    """After the first page: what is loaded by then stays, so no collection needs to look through it again."""
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # else torch's own libraries complain at the end


@st.cache_resource(show_spinner=False)
def runs() -> Runs:
    """The process's jobs, queues, networks, results on disk and runs that last."""
    store = open_store()
    return Runs(vizlib.FRAMES, store, shelter=open_shelter(store.folder))


@st.cache_resource(show_spinner=False)
def lectures() -> Lectures:
    """The lectures of all visitors."""
    return Lectures(allowed().lectures)
