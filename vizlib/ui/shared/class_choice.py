"""The one box in which a class is chosen: one option per class, which a search finds by each of the class's names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import streamlit as st

from vizlib.models import called
from vizlib.ui.shared import links
from vizlib.ui.shared.words import plain, short

_OLDER = re.compile(r"(?: \(.*\))? · (\d+)$")  # what older links have behind a name: "puma (cougar) · 286"
_HELP = "Type to search. Each of a class's names finds it."


def choose(
    label: str,
    names: Sequence[str],
    key: str,
    special: Sequence[str] = (),
    *,
    place: Any = st,
    help: str = _HELP,
) -> str:
    """Draws the box; returns the chosen option: one of the `special` ones, or a class's, which `number_of` reads.

    names: of all classes of the network.
    """
    shown = options_of(names, special)
    every = list(shown)
    options = [*special, *every]
    links.translate(key, lambda asked: _read(asked, names, every, shown))
    chosen: str | None = links.linked(place).selectbox(
        plain(label), options, key=key, format_func=lambda option: shown.get(option, option), help=plain(help)
    )
    return chosen or options[0]


def options_of(names: Sequence[str], special: Iterable[str] = ()) -> dict[str, str]:
    """Each class's option, with what visitors see in its place: all names of the class."""
    return dict(zip(map(option_of, range(len(names)), names), told_apart(names, range(len(names)), special)))


def option_of(index: int, name: str) -> str:
    """The option of a class: "cougar · 286". It is unique; visitors see all names of the class in its place."""
    return f"{short(name)} · {index}"


def number_of(option: str) -> int:
    """The number of the class whose option it is."""
    return int(option.rsplit(" ", 1)[1])


def told_apart(names: Sequence[str], numbers: Iterable[int], taken: Iterable[str] = ()) -> list[str]:
    """The names of classes; where two are equal, or one is `taken`, the class's number follows: "crane · 134"."""
    numbered = [f"{name} · {number}" for name, number in zip(names, numbers, strict=True)]
    count = Counter([*taken, *names])
    apart = [name if count[name] == 1 else other for name, other in zip(names, numbered)]
    return apart if len({*taken, *apart}) == len([*taken, *apart]) else numbered


def _read(asked: str, names: Sequence[str], options: Sequence[str], shown: dict[str, str]) -> str:
    """A link's value as the box writes it today, if it means one class: by any of its names, or as older links do."""
    if asked in shown.values() or asked in shown:
        return shown.get(asked, asked)
    older = _OLDER.search(asked)
    found = called(names, asked) or called(names, _OLDER.sub("", asked))
    if len(found) > 1 and older:
        found = [each for each in found if str(each) == older[1]]
    return shown[options[found[0]]] if len(found) == 1 else asked
