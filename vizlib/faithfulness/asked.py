"""Which methods are examined: by their keys, or with settings of their own; and their maps of one picture."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, TypeAlias, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vizlib.errors import NotShowable, VizError
from vizlib.layers import Target, find_layer, last_maps
from vizlib.method import turn
from vizlib.models import Classifier, in_own_context, pixels_of
from vizlib.pictures import Pictures
from vizlib.records import Size, Snapshot, brief
from vizlib.saliency import MENU, Estimate, explaining

F = TypeVar("F", bound=Snapshot)
Floats: TypeAlias = NDArray[np.float64]
Maps: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Asked:
    """A saliency method with settings of its own, for the examinations. A plain key means the method as it is.

    Attributes:
        key: one of `vizlib.saliency_methods()`.
        layer: the path of the layer that is read, for methods that read one; None: the method's own choice.
        knobs: the settings, as the method's record or as a mapping; None: the usual ones.
        against: the second class of finer_cam; None: the network's runner-up for the picture.
        references: the pictures that expected_gradients compares with; None: drawn scenes.
        name: what the results call it; "" is the key. Two of the same key need names that differ.
    """

    key: str
    layer: str | None = None
    knobs: Any = None
    against: Target | None = None
    references: Pictures | None = None
    name: str = ""

    @property
    def called(self) -> str:
        """What the results call it."""
        return self.name or self.key


Methods: TypeAlias = Sequence[str | Asked]


@dataclass(frozen=True, eq=False)
class Mapped:
    """The maps of one picture by several methods, after `step` of `total` of them; the last frame has all.

    Attributes:
        step: maps that are finished.
        total: methods in all.
        methods: their names, in the order in which they were asked.
        values: the maps (methods, H, W), float32, raw; NaN where nothing is computed yet. A method of several passes
            shows its map so far.
        seconds: (methods,), what each map took.
        passes: (methods,), forward and backward passes of one picture through the network.
        doubts: per method, why its map should not be trusted, or "".
    """

    step: int
    total: int
    methods: tuple[str, ...]
    values: Maps
    seconds: Floats
    passes: NDArray[np.int64]
    doubts: tuple[str, ...] = ()

    __repr__ = brief


def asked_of(methods: Methods) -> tuple[Asked, ...]:
    """The methods with their settings. Raises VizError for none, and for two of one name; UnknownName for another."""
    given = [methods] if isinstance(methods, str | Asked) else list(methods)
    found = tuple(each if isinstance(each, Asked) else Asked(MENU[each].key) for each in given)
    names = [each.called for each in found]
    if not found:
        raise VizError("No saliency method is asked for.", "Name at least one of vizlib.saliency_methods().")
    if len(set(names)) < len(names):
        raise VizError("Two of the methods have the same name.", "Give each an Asked with a name of its own.")
    return found


@dataclass(frozen=True, eq=False)
class Question:
    """What all maps of an examination are about: one picture and one score, the same for every network."""

    pixels: Tensor  # (1, 3, H, W)
    target: Target
    index: int  # of the target's class, -1 if it is none
    asked: tuple[Asked, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the methods."""
        return tuple(each.called for each in self.asked)

    @property
    def size(self) -> Size:
        """(H, W) in pixels."""
        return self.pixels.shape[2], self.pixels.shape[3]


def question_of(model: Classifier, pixels: Pictures, methods: Methods, target: Target | None) -> Question:
    """The question, with the class that the network predicts and its runner-up where nothing else is said."""
    asked = asked_of(methods)
    given = pixels_of(model, pixels).detach().to(model.device, torch.float32)
    if len(given) > 1:
        raise VizError(f"There are {len(given)} pictures.", "Examine one at a time, or call `comparing` for several.")
    if target is None or isinstance(target, int | str | np.integer):
        index = _predicted(model, given) if target is None else model.class_index(target)
        against = _runner_up(model, given, index) if any(_compares(each) for each in asked) else None
        fixed = tuple(replace(each, against=against) if _compares(each) else each for each in asked)
        return Question(given, index, index, fixed)
    return Question(given, target, -1, asked)


def _compares(each: Asked) -> bool:
    """Whether the method compares with a second class that is not said."""
    return MENU[each.key].against and each.against is None


def _predicted(model: Classifier, pixels: Tensor) -> int:
    return int(model.predict(pixels)[0].argmax())


def _runner_up(model: Classifier, pixels: Tensor, index: int) -> int:
    with torch.no_grad():
        logits = model(pixels)[0]
    logits[index] = -torch.inf
    return int(logits.argmax())


def one_map(model: Classifier, asked: Asked, question: Question) -> Generator[Estimate, None, None]:
    """The map of one method as it converges; nothing if the method has none for this network and score."""
    more = {"layer": asked.layer, "against": asked.against, "references": asked.references, "knobs": asked.knobs}
    yield from explaining(model, question.pixels, asked.key, question.target, **more)


def passes_of(model: Classifier, asked: Asked, size: Size) -> int:
    """Forward and backward passes of one picture for one map."""
    method = MENU[asked.key]
    settings = asked.knobs if isinstance(asked.knobs, Mapping) else {}
    knobs = asked.knobs if isinstance(asked.knobs, method.knobs) else turn(method.knobs, **settings)
    read = last_maps(model).path if asked.layer is None and method.needs_layer else asked.layer
    return method.passes(knobs, 1 if read is None else find_layer(model, read, size).shape[0]).total


@in_own_context
def mapping(
    model: Classifier, pixels: Pictures, methods: Methods, target: Target | None = None
) -> Generator[Mapped, None, None]:
    """The maps of one picture by several methods, one method after the other, with seconds and passes.

    model, pixels, target: as for `vizlib.explain`, for one picture. methods: keys, or `Asked`.

    A method that has no map for this network or score is left as NaN, and its doubt says why.

    Raises VizError for no methods, two of one name, or more than one picture; and what else `vizlib.explain` raises.
    """
    yield from mapped(model, question_of(model, pixels, methods, target))


def mapped(model: Classifier, question: Question) -> Generator[Mapped, None, None]:
    """The maps of `mapping` for a question that is checked."""
    asked, count = question.asked, len(question.asked)
    values, seconds = np.full((count, *question.size), np.nan, np.float32), np.zeros(count)
    passes, doubts = np.zeros(count, np.int64), [""] * count
    for row, each in enumerate(asked):
        try:
            passes[row] = passes_of(model, each, question.size)
            for estimate, spent in timed(one_map(model, each, question)):
                values[row], seconds[row], doubts[row] = estimate.values[0].numpy(), spent, estimate.doubt
                if estimate.step < estimate.total:
                    yield Mapped(row, count, question.names, values.copy(), seconds.copy(), passes.copy())
        except NotShowable as problem:
            doubts[row] = problem.sentence
        done = row + 1
        yield Mapped(done, count, question.names, values.copy(), seconds.copy(), passes.copy(), tuple(doubts))


def timed(run: Generator[F, None, None]) -> Iterator[tuple[F, float]]:
    """The frames of a run, each with the seconds that the run has taken so far, without those of its reader."""
    spent = 0.0
    while True:
        began = perf_counter()
        try:
            frame = next(run)
        except StopIteration:
            return
        spent += perf_counter() - began
        yield frame, spent
