"""The machine, what the process holds in memory and on disk, and its limits: for operators and bug reports."""

from __future__ import annotations

import os
import platform
from datetime import datetime
from importlib.metadata import version

import psutil
import streamlit as st
import torch

from vizlib.models import available_devices, device_label
from vizlib.runs import Sharing, limits, versions
from vizlib.ui.shared import server, trained
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.words import plain, size

_LIBRARIES = ("torch", "torchvision", "timm", "streamlit", "numpy", "pillow", "plotly", "matplotlib")
_MB = 1e6  # bytes
_ALL_GO = "This deletes the finished results of all visitors. They are computed again when they are needed."
_SHARED_STAY = "This deletes this server's copies. The shared store keeps its results, and they are copied when needed."


def draw() -> None:
    """Draws the whole page."""
    _machine()
    _runs()
    _networks()
    _store()
    _allowed()


def _machine() -> None:
    st.header("The machine")
    with st.container(horizontal=True):
        memory = psutil.virtual_memory()
        st.metric("Memory of this process", size(psutil.Process().memory_info().rss))
        st.metric("Memory free", f"{size(memory.available)} of {size(memory.total)}")
        st.metric("Processor cores", f"{os.cpu_count() or 1:d}")
    rows = [{"device": name, "what": _device(name)} for name in available_devices() if name != "auto"]
    st.dataframe(rows, hide_index=True, width="stretch")
    python = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    words = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    st.markdown(f"{plain(python)} · {plain(words)}")
    st.caption(f"Engine `{versions()['vizlib']:s}`. Results of other versions of the engine are computed again.")


def _device(name: str) -> str:
    device = torch.device(name)
    if device.type != "cuda":
        return device_label(device)
    free, total = torch.cuda.mem_get_info(device)
    return f"{device_label(device)}: {size(free)} of {size(total)} free"


def _runs() -> None:
    st.header("Runs")
    table = server.runs().jobs
    counts = table.counts()
    with st.container(horizontal=True):
        st.metric("Running", f"{counts['running']:d}", help="A run is computed once, however many visitors watch it.")
        st.metric("Paused", f"{counts['paused']:d}", help="All visitors left these runs before the end.")
        st.metric("Finished, in memory", f"{counts['finished']:d}")
        st.metric("Memory for results", f"{size(table.size())} of {size(table.limit)}")
    st.caption("Runs on one device take turns, so that each gets the same share of its time.")


def _networks() -> None:
    st.header("Networks in memory")
    held = server.runs().shelf.held()
    rows = [
        {"network": _name(each.name), "device": each.device, "weights (MB)": round(each.size / _MB, 1)} for each in held
    ]
    if rows:
        st.dataframe(rows, hide_index=True, width="stretch")
    used = sum(each.size for each in held)
    st.caption(f"{size(used)} of {size(server.runs().shelf.limit)}; above that, the least recently used are removed.")


def _name(name: str) -> str:
    """The network's name; not that of a visitor's own, which is nobody else's business."""
    return "trained by a visitor" if name.startswith(trained.PREFIX) else name


def _store() -> None:
    st.header("Finished results on disk")
    store = server.runs().store
    if store.folder is None:
        st.markdown("Nothing is kept on disk: `VIZLIB_STORE` is `off`.")
        return
    with st.container(horizontal=True):
        st.metric("Results", f"{store.count():d}")
        st.metric("Size", f"{size(store.size())} of {size(store.limit)}")
    if sharing := store.sharing():
        st.markdown(plain(_shared(sharing)))
    st.markdown("Results that show an uploaded or camera picture are never written there.")
    st.caption("`filterscope doctor`, on the server, names the folder.")
    with guard(), st.popover("Clear the store", icon=":material/delete:"):
        st.markdown(_SHARED_STAY if sharing else _ALL_GO)
        st.button("Clear it now", type="primary", key="clear store", on_click=_clear)


def _shared(sharing: Sharing) -> str:
    """Which store other servers share with this one, and what it means if that is not as it should be."""
    if sharing.problem:
        return f"{sharing.problem} Results are kept on this server only."
    if sharing.away_since is not None:
        since = datetime.fromtimestamp(sharing.away_since).strftime("%Y-%m-%d %H:%M")
        state = (
            f"It has not answered since {since} by this server's clock. What is computed meanwhile stays on this server"
        )
        return f"Other servers share their results in {sharing.where}. {state} until it answers again."
    if sharing.refuses:
        return f"Results come from {sharing.where}, but it cannot be written. What is computed stays on this server."
    return f"These are this server's copies. Other servers find the results, too: they are shared in {sharing.where}."


def _clear() -> None:
    server.runs().store.clear()
    server.runs().jobs.clear()
    st.toast("This server's results are deleted.", icon=":material/check:")


def _allowed() -> None:
    st.header("What the operator allows")
    allowed, store = limits.allowed(), server.runs().store
    rows = [
        ("VIZLIB_MAX_STEPS", allowed.steps, "steps of a run"),
        ("VIZLIB_MAX_SIDE", allowed.side, "px, side of an optimized picture"),
        ("VIZLIB_AT_ONCE", allowed.at_once, "runs that compute at the same time on one device"),
        ("VIZLIB_NETWORKS_MB", round(allowed.networks / _MB), "MB of networks in memory"),
        ("VIZLIB_KEPT_RUNS", allowed.kept, "unfinished runs that one visitor keeps"),
        ("VIZLIB_KEPT_RUNS_IN_ALL", allowed.kept_in_all, "unfinished runs that all visitors keep"),
        ("VIZLIB_LECTURES_MB", round(allowed.lectures / _MB), "MB of all visitors' lectures in memory"),
        ("VIZLIB_STORE_MB", round(store.limit / _MB), "MB of results on disk"),
        ("server.maxUploadSize", int(st.get_option("server.maxUploadSize")), "MB of an uploaded file"),
    ]
    st.dataframe(
        [{"setting": name, "value": value, "what it limits": what} for name, value, what in rows],
        hide_index=True,
        width="stretch",
    )
    st.caption("Environment variables, read when the server starts. The last setting is in .streamlit/config.toml.")
