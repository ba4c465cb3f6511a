"""Pictures with classes, and how they are divided into those for training and those that are held out."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vizlib.errors import UnknownName, VizError
from vizlib.records import brief
from vizlib.render import notebook

Numbers = NDArray[np.int64]
FEWEST = 5  # pictures per class, below which a class is mentioned
_EXAMPLES = 16  # pictures that a notebook shows


class Later(NamedTuple):
    """A picture that is drawn when it is asked for. said: what it shows, equal for equal pictures."""

    said: str
    draw: Callable[[], Image.Image]


class Pictures(Sequence[Image.Image]):
    """Pictures, of which some are drawn when they are asked for, so that thousands of them are there at once."""

    def __init__(self, given: Iterable[Image.Image | Later]) -> None:
        self._given: tuple[Image.Image | Later, ...] = given._given if isinstance(given, Pictures) else tuple(given)

    def __len__(self) -> int:
        return len(self._given)

    @overload
    def __getitem__(self, number: int) -> Image.Image: ...
    @overload
    def __getitem__(self, number: slice) -> Pictures: ...
    def __getitem__(self, number: int | slice) -> Image.Image | Pictures:
        if isinstance(number, slice):
            return Pictures(self._given[number])
        found = self._given[number]
        return found.draw() if isinstance(found, Later) else found

    def __add__(self, others: Sequence[Image.Image]) -> Pictures:
        return Pictures((*self._given, *Pictures(others)._given))

    def __reduce__(self) -> tuple[type[Pictures], tuple[tuple[Image.Image, ...]]]:
        return Pictures, (tuple(self),)  # for other processes: drawn, because a function may not go there

    def of(self, numbers: Iterable[int]) -> Pictures:
        """Those with these numbers."""
        return Pictures(self._given[each] for each in numbers)

    @property
    def pixels(self) -> int:
        """How many pixels are in memory: none of a picture that is drawn later."""
        there = (each for each in self._given if not isinstance(each, Later))
        return sum(each.width * each.height for each in there)

    def contents(self) -> Iterator[bytes]:
        """For each picture bytes that are equal for equal ones; what is drawn later is not drawn for them."""
        for each in self._given:
            yield each.said.encode() if isinstance(each, Later) else f"{each.size}".encode() + each.tobytes()


@dataclass(frozen=True, eq=False)
class PictureSet:
    """Pictures with classes, as `vizlib.drawn` and `vizlib.picture_folder` make them.

    Attributes:
        name: what sentences call the set.
        classes: the names of the classes.
        pictures: RGB, of any sizes; a sequence. Drawn ones are drawn when they are asked for.
        labels: (N,), each an index into `classes`.
        titles: what each picture is called.
        groups: (N,): pictures of one group are never on both sides of a division.
        tests: the pictures that are held out, where the set brings its own; they have the same classes.
        notes: sentences that a reader should know: classes with few pictures, files that were left out.
        private: whether the pictures are a visitor's own, so that nothing made of them may be kept on disk.
        counts: how many pictures each class has, (K,).
        key: equal for equal pictures, classes and divisions; for recipes.

    `len` gives the number of pictures; `of`, `few` and `only` choose some of them.

    Example:
        >>> import vizlib
        >>> data = vizlib.drawn("digits", per_class=4, tests=2)
        >>> len(data), len(data.tests), data.few(2).only(["3", "7"]).counts
        (40, 20, array([2, 2]))
    """

    name: str
    classes: tuple[str, ...]
    pictures: Sequence[Image.Image] = field(repr=False)
    labels: Numbers
    titles: tuple[str, ...] = field(repr=False)
    groups: Numbers = field(repr=False)
    tests: PictureSet | None = None
    notes: tuple[str, ...] = ()
    private: bool = False

    __repr__ = brief

    def _repr_html_(self) -> str:
        found = few_of(self.labels, max(1, _EXAMPLES // len(self.classes)))[:_EXAMPLES].tolist() if len(self) else []
        some = sorted(found, key=lambda at: int(self.labels[at]))
        images = [np.asarray(self.pictures[at].convert("RGB")) for at in some]
        drawn = notebook.pictures(images, [self.classes[self.labels[at]] for at in some])
        held = f" and {len(self.tests)} held-out ones" if self.tests is not None else ""
        title = f"{self.name}: {len(self)} pictures{held} of {len(self.classes)} classes"
        return notebook.shown(title, drawn, note=" ".join(self.notes))

    def __len__(self) -> int:
        return len(self.pictures)

    @cached_property
    def key(self) -> str:
        """64 hexadecimal digits: equal for equal pictures, classes and divisions."""
        digest = hashlib.sha256(repr((self.classes, self.groups.tolist(), self.labels.tolist())).encode())
        for content in Pictures(self.pictures).contents():
            digest.update(content)
        digest.update(self.tests.key.encode() if self.tests is not None else b"")
        return digest.hexdigest()

    @property
    def counts(self) -> Numbers:
        """How many pictures each class has, (K,)."""
        return np.bincount(self.labels, minlength=len(self.classes))

    def of(self, numbers: Iterable[int]) -> PictureSet:
        """The pictures with these numbers (from 0), without the set's own tests."""
        chosen = np.asarray(list(numbers), dtype=np.int64)
        pictures = Pictures(self.pictures).of(chosen)
        titles = tuple(self.titles[each] for each in chosen)
        return replace(
            self, pictures=pictures, labels=self.labels[chosen], titles=titles, groups=self.groups[chosen], tests=None
        )

    def few(self, per_class: int, seed: int = 0) -> PictureSet:
        """At most `per_class` pictures of each class, chosen by the seed; more are a superset of fewer. Tests stay."""
        return replace(self.of(few_of(self.labels, per_class, seed)), tests=self.tests)

    def only(self, classes: Sequence[str]) -> PictureSet:
        """The pictures of these classes, in this order of classes. Raises UnknownName for another class."""
        for each in classes:
            if each not in self.classes:
                raise UnknownName.among("class", each, self.classes)
        old = np.array([self.classes.index(each) for each in classes])
        new = np.full(len(self.classes), -1)
        new[old] = np.arange(len(old))
        kept = self.of(np.flatnonzero(new[self.labels] >= 0))
        tests = self.tests.only(classes) if self.tests is not None else None
        return replace(kept, classes=tuple(classes), labels=new[kept.labels], tests=tests)


def few_of(labels: Numbers, per_class: int, seed: int = 0) -> Numbers:
    """The numbers of at most so many pictures of each class, chosen by the seed; more are a superset of fewer."""
    order = np.random.default_rng(seed).permutation(len(labels))
    kept = [order[labels[order] == label][:per_class] for label in np.unique(labels)]
    return np.sort(np.concatenate(kept))


def divided(data: PictureSet, held_out: float = 0.3, seed: int = 0) -> tuple[PictureSet, PictureSet]:
    """The pictures for training and those that are held out: the set's own tests, else about a share of each class.

    The seed decides which; groups stay together. Raises VizError where no class has pictures on both sides.
    """
    if data.tests is not None:
        return data, data.tests
    kept, tests = _best(data, held_out, seed)
    if not len(np.intersect1d(data.labels[kept], data.labels[tests])):
        what = f"The pictures of {data.name} cannot be divided into those for training and those that are held out."
        raise VizError(what, "Each class needs at least two, and not all of one group.")
    return data.of(kept), data.of(tests)


def _best(data: PictureSet, held_out: float, seed: int) -> tuple[Numbers, Numbers]:
    """The first division of those into folds that has the most classes on both sides."""
    from sklearn.model_selection import StratifiedGroupKFold  # late: it takes a second

    most = min(int(data.counts.max()), len(np.unique(data.groups)))
    if most < 2:
        return np.arange(len(data)), np.arange(0)
    folds = StratifiedGroupKFold(min(most, max(2, round(1 / held_out))), shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # classes with few pictures are in the set's notes
        found: list[tuple[Numbers, Numbers]] = list(folds.split(np.zeros(len(data)), data.labels, data.groups))
    return max(found, key=lambda some: len(np.intersect1d(data.labels[some[0]], data.labels[some[1]])))
