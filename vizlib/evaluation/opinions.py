"""What do other networks see? The same file is shown to each, with its own preprocessing."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from vizlib.errors import VizError
from vizlib.evaluation.inputs import Pictures, count_of, pictures
from vizlib.models import Classifier, in_own_context
from vizlib.records import Prediction

Networks: TypeAlias = Sequence[Classifier] | Mapping[str, Callable[[], Classifier]]


@dataclass(frozen=True)
class Opinion:
    """The answers of one network to every picture, or the reason why there are none.

    Attributes:
        name: of the network.
        predictions: per picture, the most probable class first.
        problem: a sentence and its remedy if the network could not be loaded or run.
    """

    name: str
    predictions: tuple[tuple[Prediction, ...], ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Opinions:
    """The opinions of the first `step` of `total` networks; the last frame is the answer.

    Attributes:
        step: from 1.
        total: networks in all.
        opinions: in the order of the networks, so far.
    """

    step: int
    total: int
    opinions: tuple[Opinion, ...]


@in_own_context
def gathering(models: Networks, images: Pictures, count: int = 5) -> Generator[Opinions, None, None]:
    """The opinions of all networks, a frame after each.

    models: networks; or functions that load them, by name, each called in its turn and its network kept for that only.
    images: as for `sweeping`, the whole files: each network resizes and crops them in its own way.
    count: predictions per picture.

    A network that raises VizError gets its sentence as the opinion. Raises VizError for no networks or no pictures.
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


@in_own_context
def opinions(models: Networks, images: Pictures, count: int = 5) -> list[Opinion]:
    """The opinion of each network on each picture: the last frame of `gathering`, with the same arguments."""
    for frame in gathering(models, images, count):
        answer = frame.opinions
    return list(answer)


def _always(model: Classifier) -> Callable[[], Classifier]:
    return lambda: model
