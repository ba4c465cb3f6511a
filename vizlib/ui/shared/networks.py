"""The network of the sidebar: searching, downloading with progress, and falling back to the last good one."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from vizlib.errors import DeviceFailed, VizError
from vizlib.models import LABELS, Classifier, available_devices
from vizlib.records import Progress
from vizlib.ui.shared import live, server, trained
from vizlib.ui.shared.guard import tell
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.words import plain
from vizlib.weights import bundled_models, find, hub, local_models, registry

DEFAULT = "bundled/scenes"
_log = logging.getLogger("filterscope")


@st.cache_data(show_spinner=False, max_entries=1)
def published() -> list[str]:
    """The published weights, by name: timm's, then torchvision's."""
    return registry.offered()


@st.cache_data(show_spinner=False, max_entries=1, ttl=60)
def _downloaded() -> set[str]:
    return {name for name in published() if hub.is_downloaded(name)}


def options() -> list[str]:
    """All networks that can be chosen: bundled, trained here, local, downloaded, then the rest that is published."""
    there = _downloaded()
    rest = published()
    return [
        *sorted(bundled_models(), key=lambda name: name != DEFAULT),
        *trained.names(),
        *local_models(),
        *(name for name in rest if name in there),
        *(name for name in rest if name not in there),
    ]


def describe(name: str) -> str:
    """The name with its size, and whether it is downloaded already or a backbone without classes."""
    architecture = name.split(".", 1)[0]
    if not registry.is_model(architecture):
        return name
    classes = "" if hub.timm_config(name).num_classes else " · no classes"
    count = hub.parameter_counts().get(architecture)
    size = f" · {4 * count / 1e6:,.0f} MB" if count else ""
    return f"{name}{size}{classes}{' · downloaded' if name in _downloaded() else ''}"


@st.cache_data(show_spinner=False, max_entries=1, ttl=60)
def _labels() -> dict[str, str]:
    return {name: describe(name) for name in published()}


def meant(typed: str) -> str:
    """The network that a person typed, or that a link names: one of the options without regard to case, if any.

    Older links also hold the size that stands beside a name.
    """
    known = options()
    if typed in known:
        return typed
    folded = {each.casefold(): each for each in reversed(known)}
    typed = typed.strip()
    return folded.get(typed.casefold()) or folded.get(typed.split(" · ", 1)[0].casefold()) or typed


def called(name: str) -> str:
    """The network's name as headings say it: "resnet18" for "resnet18.a1_in1k", and for "local/resnet18"."""
    if registry.is_model(name):
        name = name.split(".", 1)[0]
    alone = name.rsplit("/", 1)[-1]
    architecture = alone.split(".", 1)[0]
    return architecture if registry.is_model(architecture) else alone


def choose(more: DeltaGenerator) -> Classifier:
    """Draws the box for the network; returns the network, or the last good one if opening fails.

    more: the place for what is seldom changed, such as the device.
    """
    labels = _labels()
    name = linked().selectbox(
        "Network",
        options(),
        key="network",
        format_func=lambda name: labels.get(name, name),
        accept_new_options=True,
        help="Bundled networks need no connection. Those of timm and torchvision are downloaded once; type to search.",
    )
    if st.session_state.pop("device failed", False):
        st.session_state["device"] = "cpu"
        st.warning("The device failed, so the CPU computes now.", icon=":material/memory:")
    wanted = meant(str(name or DEFAULT))
    below = st.empty()
    with more:
        kind = _choose_reading(wanted)
        device = linked().selectbox("Device", available_devices(), key="device")
    model = _opened(wanted, str(device), kind)
    with below:
        _say_reading(model)
    return model


def _opened(name: str, device: str, labels: str) -> Classifier:
    """The network; on the CPU if its device does not work, or the last good one if it does not open. Both are told."""
    try:
        model = open_network(name, device, labels)
    except VizError as problem:
        tell(problem)
        if isinstance(problem, DeviceFailed) and device != "cpu":
            return _opened(name, "cpu", labels)
        trained.offer_again(name)
        good = _last_good()
        st.caption(f"Still showing {plain(good[0])}.")
        return load(*good)
    st.session_state["last good network"] = (model.name, device, labels)
    return model


def _last_good() -> tuple[str, str, str]:
    good: tuple[str, str, str] = st.session_state.get("last good network", (DEFAULT, "auto", "auto"))
    return (DEFAULT, *good[1:]) if trained.lost(good[0]) else good


def _choose_reading(name: str) -> str:
    """Draws the choice of how a network's classes are read, for a local one: of all others it is known."""
    if not name.startswith("local/"):
        return "auto"
    words = (
        "**exclusive**: a picture has one class, and the probabilities sum to 100 % (softmax). **independent**: every "
        "label has a probability of its own (sigmoid). **auto**: as the network's config.json says, else exclusive. A "
        "network with one output is always read as the probability of one class."
    )
    return str(
        linked().segmented_control("Its classes are", LABELS, default="auto", required=True, key="labels", help=words)
    )


def _say_reading(model: Classifier) -> None:
    """Says what a visitor must know to read the probabilities of a network whose classes are not exclusive."""
    if model.outputs.independent:
        st.caption(
            "Its labels are **independent**: each has a probability of its own, so they need not sum to 100 %. Where a "
            "page names one answer, it is the label with the highest probability."
        )
    elif model.outputs.sigmoid:
        st.caption(
            "It has **one output**: the probability of one class. The rest of 100 % is the probability that the "
            "picture does *not* show it."
        )


def open_network(name: str, device: str, labels: str = "auto") -> Classifier:
    """The network; one of the hub is downloaded first, with progress."""
    if not name.startswith(trained.PREFIX):
        _download(name)
    return load(name, device, labels)


def _download(name: str) -> None:
    with _logged(name):
        source = find(name)
    if source.kind == "hub" and not hub.is_downloaded(name):
        live.follow(None, {"what": "download", "download": name}, lambda: _fetching(name), what=f"Downloading {name}")
        _downloaded.clear()
        _labels.clear()


@contextmanager
def _logged(name: str) -> Iterator[None]:
    """Tells the log where a network is that does not open. The visitor is told its name only."""
    try:
        yield
    except VizError as problem:
        _log.warning("%r does not open, from %s: %s", name[:100], local_models().get(name), problem)
        raise


def _fetching(name: str) -> Generator[Progress, None, None]:
    yield from hub.fetch(name)


def load(name: str, device: str, labels: str = "auto") -> Classifier:
    """The network from the process's shelf, which all visitors share."""
    with st.spinner("Opening the network ...", show_time=True), _logged(name):
        runs = server.runs()
        place = runs.free_device(device)
        if not name.startswith(trained.PREFIX):
            return runs.shelf.get(name, place, stamp(name), labels)
        mine = trained.get(name)
        return runs.shelf.get(name, place, mine.key, "auto", lambda _, there, __: mine.opening(there))


def again(parts: Mapping[str, Any], device: str) -> Classifier:
    """The network that a recipe names, without a page. Raises VizError for one that is no longer the same."""
    name, there = str(parts["network"]), device if device in available_devices() else "cpu"
    found = server.runs().shelf.get(name, there, stamp(name), str(parts.get("labels", "auto")))
    if found.fingerprint != parts["weights"]:
        raise VizError(f"The weights of {name} have changed since.", "Open the page, and start the run again.")
    return found


def stamp(name: str) -> float:
    """When the local file was last changed, so that a changed checkpoint is read again."""
    path = local_models().get(name)
    if path is None:
        return 0.0
    files = path.iterdir() if path.is_dir() else [path]
    return max((each.stat().st_mtime for each in files if each.exists()), default=0.0)  # not links to nowhere


def others(model: Classifier) -> list[str]:
    """The bundled and local networks without this one under any of its names."""
    return [each for each in stored() if each not in (model.name, f"local/{model.name}")]


def at_hand() -> list[str]:
    """The local and downloaded networks, which open without a connection. Those that are both are named once."""
    local = local_models()
    return [*local, *(each for each in published() if each in _downloaded() and f"local/{each}" not in local)]


def stored() -> list[str]:
    """The bundled and local networks."""
    return [*bundled_models(), *local_models()]
