"""Two networks of one architecture, before and after a training: what they share, and the old head on the new body."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from torch import Tensor

from vizlib.errors import NotShowable
from vizlib.models import Classifier, in_own_context, pixels_of
from vizlib.pictures import Pictures
from vizlib.training.heads import head_paths
from vizlib.training.loading import within


def heads_of(model: Classifier) -> list[str]:
    """The paths of the layers that give the logits, none for a backbone."""
    return head_paths(model.network, model) if model.has_classes else []


def _in_the_head(path: str, heads: Iterable[str]) -> bool:
    return any(within(path, each) for each in heads)


def check_pair(before: Classifier, after: Classifier) -> None:
    """Raises NotShowable unless both have the same layers with the same shapes; their heads may differ."""
    heads = {*heads_of(before), *heads_of(after)}
    one, other = (_shapes(each, heads) for each in (before, after))
    if one == other:
        return
    first = next(path for path in [*one, *other] if one.get(path) != other.get(path))
    said = [_said(each, first) for each in (one, other)]
    raise NotShowable(
        f"{before.name} and {after.name} are not of one architecture: {first} {said[0]} in the first and {said[1]} "
        "in the second.",
        "Choose a network that was trained further from the first one.",
    )


def _shapes(model: Classifier, heads: Iterable[str]) -> dict[str, tuple[int, ...]]:
    state = model.network.state_dict()
    shapes = {path: tuple(each.shape) for path, each in state.items() if isinstance(each, Tensor)}
    return {path: shape for path, shape in shapes.items() if not _in_the_head(path, heads)}


def _said(shapes: dict[str, tuple[int, ...]], path: str) -> str:
    if path not in shapes:
        return "does not exist"
    return f"has {' x '.join(map(str, shapes[path]))} numbers" if shapes[path] else "has 1 number"


@in_own_context
def with_old_head(before: Classifier, after: Classifier) -> Classifier:
    """The body after the training with the head from before, so that it can be asked about the old classes.

    The old head was trained on the features of the old body, so a wrong answer says that the features have moved away
    from what this head reads. It does not say that they hold no more information about the class.

    Raises NotShowable for networks of two architectures, and for one without a head.
    """
    before.need_classes()
    check_pair(before, after)
    heads = heads_of(before)
    network = copy.deepcopy(before.network)
    state = {path: each for path, each in after.network.state_dict().items() if not _in_the_head(path, heads)}
    network.load_state_dict(state, strict=False)
    reading = before.outputs, list(before.class_names)
    name = f"{after.name} with the head of {before.name}"
    return Classifier(network, name, before.device, preprocessing=after.preprocessing, reading=reading)


def several(pictures: Pictures) -> Any:
    """Pixels (N, 3, H, W) or a list of pictures; one picture becomes a list."""
    return pictures if isinstance(pictures, Tensor | list | tuple) else [pictures]


def parts(model: Classifier, pictures: Any, bounds: Sequence[int]) -> Iterator[tuple[int, Tensor]]:
    """The pictures between two bounds each, as the model's pixels, with the number of the last one."""
    for first, end in pairwise(bounds):
        yield end, pixels_of(model, pictures[first:end])
