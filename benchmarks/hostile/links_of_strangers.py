"""Strangers' names and values in links: what a link names is opened, and what is not understood is told once."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from streamlit.testing.v1 import AppTest

from benchmarks.hostile.checkpoints import configured
from benchmarks.hostile.links import FIRST, Query, controls, faults, opened, page_files

Prepare = Callable[[Path], Callable[[], str]]
FOLDERS = (
    "my birds", "my.birds v1.2", "birds [final] (2)", "50 % birds", "%20birds", "Vögel", "鳥 \U0001f426",
    "-birds", "?birds=1", "#birds & co + more", "birds · 45 MB", "birds · downloaded",
    "*birds*", ":smile:", "$x$", "[a](b)", "_birds_",
    "birds'\"", "nan", "1e999", "None", "x" * 80,
)  # fmt: skip
UNTOLD = {"network", "lab.tv", "lab.norm", "lab_steps"}  # these have sentences of their own
QUICK: Query = {"steps": "4", "size": "32", "atlas_steps": "4", "tiles": "2", "lattice.steps": "20", "goal": "first"}


def strangers() -> Iterator[tuple[str, str, Prepare, str]]:
    """(kind, name, prepare, says): what `prepare(folder)()` answers has to contain the pattern `says`."""
    for name in FOLDERS:
        wanted = f"opened local/{re.escape(name)};"
        yield "name in a link", name[:60], partial(_network, name, name), wanted
        yield "name in a link", f"{name[:50]}, in capitals", partial(_network, name, name.upper()), wanted
    for page in page_files():
        yield "letters in a link", page, partial(_ready, partial(_capitals, page)), r"[1-9]\d* understood, 0 not"
        yield "unknown in a link", page, partial(_ready, partial(_unknown, page)), r"\d told once, 0 not"


def _network(name: str, asked: str, folder: Path) -> Callable[[], str]:
    """A network in a folder of that name, opened by a link that says `asked`."""
    (folder / name).mkdir()
    configured({}, folder / name)
    return _ready(partial(_opened, {"network": f"local/{asked}"}), folder)


def _ready(run: Callable[[], str], folder: Path) -> Callable[[], str]:
    os.environ |= {"VIZLIB_WEIGHTS": str(folder), "VIZLIB_STORE": "off"}
    return run


def _opened(query: Query) -> str:
    app = _sound(FIRST, query)
    said = [each.value for each in (*app.error, *app.toast)]
    return f"result: opened {app.session_state['last good network'][0]}; {said}"


def _sound(page: str, query: Query) -> AppTest:
    app = opened(page, query)
    if wrong := faults(app):
        raise RuntimeError(str(wrong))
    return app


def _capitals(page: str) -> str:
    """Every list of options on the page: the link names the last one, in capitals."""
    wanted = {key: options[-1] for key, (options, _) in _lists(_sound(page, QUICK)).items()}
    app = _sound(page, {**QUICK, **{key: option.upper() for key, option in wanted.items()}})
    found = {  # without lists that lost the option because of another one
        key: [options[at] for at in chosen]
        for key, (options, chosen) in _lists(app).items()
        if wanted.get(key) in options
    }
    lost = [f"{key}={wanted[key]}" for key, there in found.items() if there != [wanted[key]]]
    return f"result: {len(found) - len(lost)} understood, {len(lost)} not: {lost}"


def _lists(app: AppTest) -> dict[str, tuple[list[str], list[int]]]:
    """The options of each list and the numbers of those that are chosen, by the key in the link."""
    boxes = {each.key: (each.options, [each.index or 0]) for each in app.selectbox}
    several = {each.key: (each.options, each.indices) for each in (*app.multiselect, *app.button_group)}
    return {key: lists for key, lists in (boxes | several).items() if key and key not in UNTOLD}


def _unknown(page: str) -> str:
    """Every control that only this page has gets a value that it cannot have, and the page runs twice."""
    keys = set(controls(page)) - UNTOLD - set(QUICK) - (set(controls(FIRST)) if page != FIRST else set())
    app = _sound(page, {**QUICK, **dict.fromkeys(keys, "no such thing")})
    said = " ".join(each.value for each in app.toast)
    told = sum(int(each) for each in re.findall(r"and (\d+) more", said)) + said.count("**") // 2
    again = len(app.run().toast)
    return f"result: {told} told once, {len(keys) - told + again} not"
