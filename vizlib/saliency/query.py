"""What the methods share: the question, the score that it is about, and the score's gradient to the pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final, TypeAlias, TypeVar

import torch
from torch import Tensor

from vizlib.errors import VizError
from vizlib.layers import Objective, answers, find_layer, objectives_of, questions
from vizlib.layers import Target as Given
from vizlib.models import Classifier, device_problems, in_own_context, path_of, pixels_of, usual_batches
from vizlib.pictures import Pictures
from vizlib.records import Layer, Size

Target: TypeAlias = Given | None  # None: each picture's predicted class


@dataclass(frozen=True, eq=False)
class Query:
    """The question: on which pixels of these pictures does the score depend?"""

    pixels: Tensor  # (N, 3, H, W), float32 on the network's device
    objectives: Sequence[Objective]  # N, one per picture, checked
    layer: str | None = None  # path, for methods that read a layer; None: the method's own choice
    against: Sequence[Objective] = ()  # N, for methods that ask "why this and not that?"
    references: Tensor | None = None  # (M, 3, H, W), for methods that compare with other pictures

    @property
    def size(self) -> Size:
        """(H, W) in pixels."""
        return self.pixels.shape[2], self.pixels.shape[3]


def ask(classifier: Classifier, pixels: Pictures, target: Target = None, layer: str | Layer | None = None) -> Query:
    """The checked question. Raises VizError, NotShowable or UnknownName with a remedy."""
    pixels = pixels_of(classifier, pixels).detach().to(classifier.device, torch.float32)
    layer = None if layer is None else path_of(layer)
    size = pixels.shape[2], pixels.shape[3]
    goals = _predicted(classifier, pixels) if target is None else target
    return Query(pixels, objectives_of(classifier, goals, len(pixels), size), layer)


def ask_against(classifier: Classifier, query: Query, against: Target) -> Query:
    """The question with what each score is compared with; None: the most likely class but the picture's own target.

    Raises VizError where the score is no class's and nothing is given, and what `ask` raises.
    """
    goals = _runners_up(classifier, query) if against is None else against
    return replace(query, against=objectives_of(classifier, goals, len(query.pixels), query.size))


def _runners_up(classifier: Classifier, query: Query) -> list[int]:
    terms = [each.terms for each in query.objectives]
    if not all(len(each) == 1 and each[0].kind == "logit" for each in terms):
        raise VizError("The score is not that of a class, so it has no runner-up.", "Say with what it is compared.")
    logits = _logits(classifier, query.pixels)
    if logits.shape[1] < 2:
        raise VizError(f"{classifier.name} has only one class.", "Choose a network with two classes or more.")
    own = torch.tensor([[int(only.index)] for (only,) in terms], device=logits.device)
    found: list[int] = logits.scatter(1, own, -torch.inf).argmax(1).tolist()
    return found


def _predicted(classifier: Classifier, pixels: Tensor) -> list[int]:
    classifier.need_classes()
    found: list[int] = _logits(classifier, pixels).argmax(1).tolist()
    return found


@torch.no_grad()
def _logits(classifier: Classifier, pixels: Tensor) -> Tensor:
    batches = usual_batches(classifier, "answers", (pixels.shape[2], pixels.shape[3]))
    return torch.cat(batches(len(pixels), lambda some: classifier(pixels[some])))


@in_own_context
def score(
    classifier: Classifier,
    pixels: Tensor,
    query: Query,
    rows: Tensor,
    within: AbstractContextManager[Any] | None = None,
) -> Tensor:
    """What the query asks about, (B,), for versions (B, 3, H, W) of its pictures number `rows` (B,).

    within: the context of the pass, up to the layers or logits that are read.

    A class's logit, never its probability: the gradient of a probability vanishes where the network is certain.
    For units the pass goes no further than their layers.
    """
    objectives = [query.objectives[row] for row in rows.tolist()]
    paths = {path for each in objectives for path in each.layers}
    places = {path: find_layer(classifier, path, query.size) for path in paths}
    return answers(classifier, pixels, questions(objectives, classifier.device), places, within)


def pixel_gradient(classifier: Classifier, pixels: Tensor, query: Query, rows: Tensor) -> Tensor:
    """d score / d pixel (B, 3, H, W), signed, on the network's device; arguments as for `score`.

    As many pictures at once as is usual for the device and fits into its memory.
    """
    batches = usual_batches(classifier, "gradient", query.size)
    found = batches(len(pixels), lambda some: _gradient(classifier, pixels[some], query, rows[some]))
    return found[0] if len(found) == 1 else torch.cat(found)


def _gradient(classifier: Classifier, pixels: Tensor, query: Query, rows: Tensor) -> Tensor:
    with torch.enable_grad(), device_problems(classifier, pixels):
        leaf = pixels.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(score(classifier, leaf, query, rows).sum(), leaf)
    return gradient


def gradients(classifier: Classifier, query: Query) -> Tensor:
    """d score / d pixel (N, 3, H, W) of the query's own pictures."""
    return pixel_gradient(classifier, query.pixels, query, torch.arange(len(query.pixels)))


@dataclass(frozen=True, eq=False)
class Version:
    """A changed copy of a picture, and the weight of its gradient."""

    row: int  # which of the query's pictures
    weight: float
    pixels: Tensor  # (3, H, W)


V = TypeVar("V", bound=Version)
_HEAVY: Final = 50_000_000  # numbers in one layer's weights


def as_it_is(version: Version, gradient: Tensor) -> Tensor:
    """What most methods average."""
    return gradient


def mean_gradients(
    classifier: Classifier,
    query: Query,
    versions: Iterable[V],
    count: int,
    of: Callable[[V, Tensor], Tensor] = as_it_is,
    on_cpu: int = 7,
) -> Iterator[tuple[int, int, Tensor]]:
    """(step, total, weighted mean of the gradients (N, 3, H, W)) over `count` versions of the pictures, as it grows.

    of: what is averaged instead of a version's gradient (3, H, W), with any number of channels.
    Some at a time: fifty at once are hardly faster, need four times the memory and show nothing until the end.
    on_cpu: how many there, at most; a small network's gradient is fastest so, and a frame comes twice a second.
    """
    steps = -(-count // _at_once(classifier, on_cpu))
    totals: dict[int, Tensor] = {}
    weights = torch.zeros(len(query.pixels), dtype=torch.float64)
    remaining = iter(versions)
    for step in range(1, steps + 1):
        some = list(islice(remaining, count * step // steps - count * (step - 1) // steps))
        rows = torch.tensor([each.row for each in some])
        found = pixel_gradient(classifier, torch.stack([each.pixels for each in some]), query, rows)
        for each, gradient in zip(some, found):  # one by one: index_add_ is not reproducible on CUDA
            read = of(each, gradient)
            totals.setdefault(each.row, torch.zeros_like(read)).add_(read, alpha=each.weight)
            weights[each.row] += each.weight
        sums = torch.stack([totals.get(row, torch.zeros_like(read)) for row in range(len(weights))])
        yield step, steps, sums / weights.clamp(min=1e-12).to(sums).view(-1, 1, 1, 1)


def _at_once(classifier: Classifier, on_cpu: int) -> int:
    """How many gradients to take at once.

    On the CPU, convolutions bring their weights into another order in each pass, of however many pictures. The first
    dense layer of a VGG, which timm writes as a convolution of 7 x 7, takes as long for that as a picture does.
    """
    if classifier.device.type != "cpu":
        return 16
    heaviest = max((weights.numel() for weights in classifier.network.parameters()), default=0)
    return max(on_cpu, 17) if heaviest > _HEAVY else on_cpu


def strongest(gradient: Tensor) -> Tensor:
    """Signed gradients (N, 3, H, W) as maps (N, H, W), on the CPU: the largest magnitude over the color channels."""
    return gradient.abs().amax(1).cpu()
