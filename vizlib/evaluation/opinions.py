"""What do others see? The same file before every network at hand, each with its own preprocessing."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from vizlib.errors import VizError
from vizlib.evaluation.inputs import Pictures, count_of, pictures
from vizlib.models import Classifier
from vizlib.records import Prediction

Networks: TypeAlias = Sequence[Classifier] | Mapping[str, Callable[[], Classifier]]


@dataclass(frozen=True)
class Opinion:
    """What one network says to every picture; or why it says nothing."""

    name: str  # of the network
    predictions: tuple[tuple[Prediction, ...], ...] = ()  # per picture, the most probable class first
    problem: str = ""  # a sentence and its remedy, if the network could not be asked


@dataclass(frozen=True)
class Opinions:
    """After `step` of `total` networks; the last frame is the answer."""

    step: int  # from 1
    total: int
    opinions: tuple[Opinion, ...]  # in the order of the networks, so far


def gathering(models: Networks, images: Pictures, count: int = 5) -> Generator[Opinions, None, None]:
    """The opinions of all networks, a frame after each.

    models: networks; or by name what makes them, each called when its turn comes and kept no longer than that.
    images: as for `sweeping`, the files as they are: each network resizes and crops them in its own way.
    count: predictions per picture.

    A network that fails in a way that a person can mend has its sentence instead. Raises VizError for no networks or
    no pictures.
    """
    given, most = pictures(images), count_of(count)
    queue = list(models.items()) if isinstance(models, Mapping) else [(each.name, _always(each)) for each in models]
    if not queue:
        raise VizError("There is no network to ask.", "Load one first.")
    opinions: tuple[Opinion, ...] = ()
    for step, (name, make) in enumerate(queue, 1):
        try:
            model = make()
            said = tuple(tuple(model.top(model.prepare(each), most)) for each in given)
            opinions += (Opinion(name, said),)
        except VizError as problem:
            opinions += (Opinion(name, problem=str(problem)),)
        yield Opinions(step, len(queue), opinions)


def opinions(models: Networks, images: Pictures, count: int = 5) -> list[Opinion]:
    """What each network says to each picture: the answer of `gathering`, whose arguments these are."""
    for frame in gathering(models, images, count):
        answer = frame.opinions
    return list(answer)


def _always(model: Classifier) -> Callable[[], Classifier]:
    return lambda: model
