"""The lectures of all visitors: scenes in order, within limits for each visitor and for all together.

A lecture is in memory only, found by its visitor's token, so that it survives a reload of the page. Where memory runs
short, scenes lose what they show and keep what makes it again.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from vizlib.errors import VizError
from vizlib.ui.widgets.scene import Part, Scene

MOST: Final = 40  # scenes of one visitor
MOST_BYTES: Final = 60_000_000  # of one visitor's scenes
_MOST_LECTURES: Final = 1000
_count = itertools.count(1)


@dataclass(frozen=True)
class Entry:
    """A scene of a lecture.

    Attributes:
        scene: the data of its parts is empty while nothing has filled it.
        keep: whether it may be kept on disk: not if it shows a visitor's own picture.
        thumbnail: a JPEG file; b"" where there is none.
        other: the names of what is not as in the recipes with which it was saved.
        number: of this scene in this process; it names its controls.
    """

    scene: Scene
    keep: bool = False
    thumbnail: bytes = b""
    other: Sequence[str] = ()
    number: int = field(default_factory=lambda: next(_count))

    @property
    def filled(self) -> bool:
        """Whether it can be shown."""
        return bool(self.scene.parts) and all(each.data for each in self.scene.parts)

    @cached_property
    def size(self) -> int:
        """Bytes, nearly all of which are those of its pictures."""
        return sum(map(part_size, self.scene.parts)) + len(self.thumbnail)

    def emptied(self) -> Entry:
        """The same without what it shows."""
        parts = [Part(each.widget, each.words, {}) for each in self.scene.parts]
        return replace(self, scene=replace(self.scene, parts=parts), thumbnail=b"", other=())


def part_size(part: Part) -> int:
    """Bytes of its data, counted without writing it all."""
    return _size(part.data)


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value) + 2
    if isinstance(value, Mapping):
        return sum(len(key) + 4 + _size(each) for key, each in value.items())
    if isinstance(value, (list, tuple)):
        return sum(map(_size, value)) + len(value)
    return len(json.dumps(value, default=str))


class Lecture:
    """The scenes of one visitor. Two windows of one browser share it."""

    def __init__(self) -> None:
        self.title = ""
        self.entries: list[Entry] = []
        self._removed: list[list[Entry]] = []  # the scenes as they were before each removal
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes of all scenes."""
        return sum(each.size for each in self.entries)

    def add(self, entries: Iterable[Entry]) -> None:
        """Adds scenes at the end, all or none. Raises VizError beyond the limits."""
        new = list(entries)
        with self._lock:
            if len(self.entries) + len(new) > MOST:
                raise VizError(f"A lecture has at most {MOST} scenes.", "Remove some on the page My lecture.")
            if self.size + sum(each.size for each in new) > MOST_BYTES:
                raise VizError(
                    f"A lecture holds at most {MOST_BYTES // 10**6} MB.",
                    "Export it as HTML, and remove large scenes on the page My lecture.",
                )
            self.entries = [*self.entries, *new]

    def put(self, entry: Entry) -> None:
        """Puts the entry in the place of the one with its number, if that is still there."""
        with self._lock:
            self.entries = [entry if each.number == entry.number else each for each in self.entries]

    def move(self, number: int, by: int) -> None:
        """Moves a scene up (-1) or down (1)."""
        with self._lock:
            at = next((at for at, each in enumerate(self.entries) if each.number == number), None)
            if at is not None and 0 <= at + by < len(self.entries):
                others = [each for each in self.entries if each.number != number]
                others.insert(at + by, self.entries[at])
                self.entries = others

    def remove(self, numbers: Iterable[int]) -> None:
        """Removes scenes; `undo` brings the last ones back."""
        with self._lock:
            gone = set(numbers)
            self._removed = [self.entries]
            self.entries = [each for each in self.entries if each.number not in gone]

    @property
    def removed(self) -> int:
        """How many scenes `undo` would bring back."""
        here = {each.number for each in self.entries}
        return sum(each.number not in here for each in self._removed[-1]) if self._removed else 0

    def undo(self) -> None:
        """Brings the scenes back that were removed last, to their places. What was added since then stays."""
        with self._lock:
            before = self._removed.pop() if self._removed else []
            back = [each for each in before if each.number not in {one.number for one in self.entries}]
            for entry in back if len(self.entries) + len(back) <= MOST else []:
                self.entries.insert(before.index(entry), entry)

    def empty(self) -> None:
        """Takes from all scenes what they show, and forgets the removed ones."""
        with self._lock:
            self._removed = []
            self.entries = [each.emptied() for each in self.entries]


class Lectures:
    """The lectures of a process by the digests of their visitors' tokens. limit: bytes of all together."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._there: OrderedDict[str, Lecture] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, owner: str) -> Lecture | None:
        """The lecture of a visitor, if there is one."""
        with self._lock:
            if owner in self._there:
                self._there.move_to_end(owner)
            return self._there.get(owner)

    def of(self, owner: str) -> Lecture:
        """The lecture of a visitor: the one that is there, else a new one."""
        with self._lock:
            found = self._there.setdefault(owner, Lecture())
            self._there.move_to_end(owner)
            while len(self._there) > _MOST_LECTURES:
                self._there.popitem(last=False)
        return found

    def hand_over(self, before: str, owner: str) -> None:
        """The visitor has another token now: another window of the browser was first."""
        with self._lock:
            mine = self._there.pop(before, None)
        if mine is not None:
            self.of(owner).add(mine.entries)

    def bound(self) -> None:
        """Empties the scenes of those who were away longest, until all fit into the limit."""
        with self._lock:
            used = self.size
            for lecture in list(self._there.values())[:-1]:
                if used <= self.limit:
                    return
                used -= lecture.size
                lecture.empty()

    @property
    def size(self) -> int:
        """Bytes of all scenes."""
        return sum(each.size for each in list(self._there.values()))
