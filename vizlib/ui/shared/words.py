"""Numbers and names as people read them: percentages, short labels, the options of a search box."""

from __future__ import annotations

from collections.abc import Sequence

from vizlib.models import spellings


def percent(probability: float) -> str:
    """Probabilities as they can be told apart: 12.3 %, 99.9 %, < 0.1 %, > 99.9 %."""
    if probability < 0.001:
        return "< 0.1 %"
    return share(probability) if probability < 0.9995 else "> 99.9 %"


def share(part: float) -> str:
    """A counted or measured part of a whole, where 0.0 % and 100.0 % are meant as they stand."""
    return f"{100 * part:.1f} %"


def short(label: str) -> str:
    """The first of a class's names: "tabby, tabby cat" as "tabby"."""
    first = label.split(",", 1)[0]
    return first if len(first) <= 24 else first[:23] + "…"


def class_options(names: Sequence[str]) -> list[str]:
    """Classes for a search box, each unique and carrying its index: "cougar · 286".

    After all classes come their further names, so that a search finds those too: "puma (cougar) · 286".
    """
    further = [
        f"{each} ({short(name)}) · {index}" for index, name in enumerate(names) for each in spellings(name)[1:]
    ]
    return [*(class_option(index, name) for index, name in enumerate(names)), *further]


def class_option(index: int, name: str) -> str:
    """One class as `class_options` writes it."""
    return f"{short(name)} · {index}"


def class_index(option: str) -> int:
    """The index that `class_options` put into an option."""
    return int(option.rsplit(" ", 1)[1])
