"""What a lecture shows: a scene has a title, a note, and parts of a page, each as its widget's JavaScript takes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Part:
    """One part of a scene.

    Attributes:
        widget: whose JavaScript draws it, the name of a widget in this folder.
        words: what it shows, for the person who chooses it.
        data: what the JavaScript takes, JSON values only; its pictures are data URLs.
    """

    widget: str
    words: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Shown:
    """A part as a page has just drawn it; `make` gives its data, when somebody takes it into a lecture."""

    widget: str
    words: str
    make: Callable[[], Mapping[str, Any]]

    def part(self) -> Part:
        """With its data."""
        return Part(self.widget, self.words, self.make())


@dataclass(frozen=True)
class Scene:
    """One screen of a lecture.

    Attributes:
        title, note: what is written above and under it.
        page: the name of the page in pages/ that it comes from.
        controls: the page's part of the address bar, which opens the same view again.
        recipes: the parts of the recipes of all runs that the page showed.
        parts: what is drawn, in this order.
    """

    title: str
    note: str
    page: str
    controls: Mapping[str, Any]
    recipes: Sequence[Mapping[str, Any]]
    parts: Sequence[Part] = field(default=())
