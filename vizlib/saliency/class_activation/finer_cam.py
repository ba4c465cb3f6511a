"""Finer-CAM: Zhang et al., "Finer-CAM: spotting the difference reveals finer details" (2025), arXiv 2501.11309.

Why this class, and not the one that is most like it? The two share most of their evidence, and Grad-CAM of either
shows that. Here, the maps are weighted by the mean gradient of the difference of the two scores:
relu(sum over channels of mean d (score - alpha * other score) / d map * map), in logits. What supports both alike falls
out. By default the second class is the most likely one but the target.

The paper compares with the three most similar classes, weighted by their probabilities; here it is one class of one's
own choice. With `alpha=0` this is Grad-CAM.

It assumes of the network what Grad-CAM does. One pass forward and one back to the layer. The figures are those of
Grad-CAM, and "against": what the score was compared with, in words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated

from vizlib.errors import VizError
from vizlib.layers import Objective
from vizlib.method import Knob
from vizlib.models import Classifier
from vizlib.saliency.class_activation.grad_cam import weighted_by_mean
from vizlib.saliency.class_activation.reading import one_map
from vizlib.saliency.entry import MapMethod
from vizlib.saliency.estimate import Estimate
from vizlib.saliency.query import Query


@dataclass(frozen=True)
class Knobs:
    alpha: Annotated[
        float,
        Knob(
            "strength of the comparison (share of the second score)",
            0.0,
            2.0,
            0.05,
            "How much of the second class's score is taken off. 0 gives Grad-CAM.",
        ),
    ] = 1.0


def run(classifier: Classifier, query: Query, knobs: Knobs) -> Iterator[Estimate]:
    """relu(sum over channels of mean gradient of (score - alpha * other score) * map), enlarged, in one pass."""
    pairs = list(zip(query.objectives, query.against))
    for own, other in pairs:
        if own == other:
            what = f"The score and the one it is compared with are the same: {_called(classifier, own)}."
            raise VizError(what, "Choose another class to compare with.")
    difference = replace(query, objectives=[own - knobs.alpha * other for own, other in pairs])
    found = one_map(classifier, difference, weighted_by_mean)
    others = ", ".join(dict.fromkeys(_called(classifier, other) for other in query.against))
    yield replace(found, figures={**found.figures, "against": others}).noted(f"compared with {others}")


def _called(classifier: Classifier, objective: Objective) -> str:
    """A class by its name, other scores as they are written."""
    first, *more = objective.terms
    plain = not more and first.kind == "logit" and first.weight == 1
    return classifier.class_names[int(first.index)] if plain else str(objective)


METHOD = MapMethod(
    key="finer_cam",
    label="Finer-CAM",
    paper="Zhang et al. 2025, arXiv 2501.11309",
    idea="Why this class and not the one most like it? Grad-CAM of the difference of two scores: "
    "evidence that both classes share falls out, and what tells them apart remains.",
    group="class activation",
    shows="Where a late layer finds evidence for the class that is not evidence for a second class too.",
    run=run,
    knobs=Knobs,
    unit="logit",
    needs_layer=True,
    against=True,
)
