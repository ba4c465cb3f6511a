"""What the process holds for all its visitors, and how much of it the operator allows."""

from __future__ import annotations

import atexit
import gc
import hashlib
import logging
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st
import timm
import torch

import vizlib
from vizlib.models import available_devices, spread
from vizlib.runs import JobTable
from vizlib.runs import weight
from vizlib.runs import Shelf
from vizlib.runs import Store, open_store
from vizlib.runs import Turns

_CORES_PER_RUN = 8  # of a CPU: a step of a small network does not keep more of them busy


@dataclass(frozen=True)
class Limits:
    """What one run may ask for, and what the process may hold; each from its environment variable."""

    steps: int  # VIZLIB_MAX_STEPS
    side: int  # VIZLIB_MAX_SIDE, px
    networks: int  # VIZLIB_NETWORKS_MB, here in bytes
    at_once: int  # VIZLIB_AT_ONCE: runs that compute side by side on one device


def limits() -> Limits:
    """The operator's limits; a value that is no number in range counts as not given."""
    usual = max(1, (os.cpu_count() or 1) // _CORES_PER_RUN)
    return Limits(
        steps=_number("VIZLIB_MAX_STEPS", 4000, 4),
        side=_number("VIZLIB_MAX_SIDE", 1024, 64),
        networks=_number("VIZLIB_NETWORKS_MB", 2000, 1) * 1_000_000,
        at_once=_number("VIZLIB_AT_ONCE", usual, 1),
    )


def steps(most: int, usual: int) -> tuple[int, int]:
    """The most steps and the usual ones of a control, within what the operator allows."""
    allowed = min(most, limits().steps)
    return allowed, min(usual, allowed)


def side(most: int, usual: int) -> tuple[int, int]:
    """The largest and the usual side of a control, px, within what the operator allows."""
    allowed = min(most, limits().side)
    return allowed, min(usual, allowed)


def _number(name: str, usual: int, least: int) -> int:
    try:
        given = int(os.environ.get(name, ""))
    except ValueError:
        return usual
    return given if given >= least else usual


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
def jobs() -> JobTable:
    """The process's runs."""
    return JobTable(measure=weight)


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """The process's results on disk."""
    return open_store()


@st.cache_resource(show_spinner=False)
def shelf() -> Shelf:
    """The process's networks."""
    return Shelf(limits().networks)


@st.cache_resource(show_spinner=False)
def turns(device: str) -> Turns:
    """The queue of a device."""
    return Turns(limits().at_once)


def free_device(device: str) -> str:
    """Where to compute what was asked for "auto": of several GPUs, the one that has the fewest runs just now."""
    gpus = [name for name in available_devices() if name.startswith("cuda")]
    if device != "auto" or len(gpus) < 2:
        return device
    return spread({name: turns(name).busy for name in gpus})


@cache
def versions() -> dict[str, str]:
    """What else a result hangs on: the engine's own code, and the libraries that compute."""
    return {"vizlib": _code(), "torch": torch.__version__, "timm": timm.__version__}


def _code() -> str:
    digest = hashlib.sha256()
    folder = Path(vizlib.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        if "ui" not in path.relative_to(folder).parts:
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
