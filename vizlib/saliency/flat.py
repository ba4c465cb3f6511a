"""Why a map is zero everywhere, if the score's gradient is: the score of the picture, beside those of gray and noise.

A method that drops gradients says in its own note where it has dropped all of them.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from vizlib.models import Classifier, device_problems
from vizlib.saliency.estimate import Estimate
from vizlib.saliency.query import Query, pixel_gradient, score


def told(classifier: Classifier, query: Query, estimate: Estimate) -> Estimate:
    """The estimate; if a map and the score's gradient are zero everywhere, with what was measured in its note."""
    empty = (~estimate.values.flatten(1).any(1)).nonzero().flatten()
    if not len(empty):
        return estimate
    count = len(estimate.values)
    which = "the map is" if count == 1 else f"in {len(empty)} of {count} pictures the map is"
    picture = query.pixels[empty[:1]]
    if pixel_gradient(classifier, picture, query, empty[:1]).any():
        return estimate
    said = f"{which} zero everywhere{_reason(classifier, query, empty[:1])}"
    return estimate.doubted(said)


def _reason(classifier: Classifier, query: Query, row: Tensor) -> str:
    """Why the map of the picture number `row` (1,) is zero."""
    picture = query.pixels[row]
    noise = torch.rand(picture.shape, generator=torch.Generator().manual_seed(0)).to(picture)
    views = torch.cat([picture, torch.full_like(picture, 0.5), noise])
    with torch.no_grad(), device_problems(classifier, views):
        scores = score(classifier, views, query, row.expand(3)).tolist()
    if len(set(scores)) == 1:
        return _constant(classifier, query, int(row), scores[0])
    own, gray, rough = (f"{each:.4g}" for each in scores)
    measured = f"it is {own} for this picture, {gray} for plain gray and {rough} for noise"
    why = "its gradient is zero at this picture, as behind a ReLU that is off"
    return f", but the score does depend on the picture: {measured}; {why}"


def _constant(classifier: Classifier, query: Query, row: int, value: float) -> str:
    measured = f"it is {value:.4g} for this picture, for plain gray and for noise"
    if path := _silent(classifier, query, row):
        return f": the score does not depend on the picture at all, because its weights in {path} are zero ({measured})"
    why = "this happens where weights on the way are zero, or an activation is off"
    return f": the score seems not to depend on the picture at all ({measured}); {why}"


def _silent(classifier: Classifier, query: Query, row: int) -> str:
    """The path of the layer that gives the score of picture `row`, if its weights for it are zero; else ""."""
    first, *more = query.objectives[row].terms
    if more or first.kind not in ("logit", "channel", "neuron"):
        return ""
    network: Any = classifier.network
    layer: Any = classifier.module(first.layer) if first.layer else getattr(network, "get_classifier", lambda: None)()
    weight, index = getattr(layer, "weight", None), int(first.index)
    if not isinstance(weight, Tensor) or weight.ndim < 2 or bool(weight[min(index, len(weight) - 1)].any()):
        return ""
    return next((path for path, each in network.named_modules() if each is layer), "")
