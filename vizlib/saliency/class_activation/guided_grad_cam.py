"""Guided Grad-CAM: Selvaraju et al., "Visual explanations via gradient-based localization" (2016), arXiv 1610.02391.

Guided backpropagation draws sharp outlines of everything that excites the network; Grad-CAM knows where the class is,
but coarsely. Their product keeps the outlines where the class is: (max over c of |guided d score / d pixel c|) times
the rectified Grad-CAM, enlarged bilinearly as in the paper. Both factors are the maps of the menu, so this map is never
negative. Its unit is that of guided backpropagation times a logit.

Captum's GuidedGradCam gives the product for each color channel, with its sign, and enlarges by repeating pixels unless
it is asked for "bilinear"; the largest magnitude over its channels is then this map.

It assumes of the network what guided backpropagation does: activations that are called as functions of torch. The
outlines depend on the class less than they seem to (Adebayo et al. 2018, arXiv 1810.03292). Two passes forward and two
back, one of them to the pixels. Notes and figures are those of both methods.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vizlib.method import NoKnobs
from vizlib.models import Classifier
from vizlib.saliency.class_activation import grad_cam
from vizlib.saliency.entry import MapMethod, Passes
from vizlib.saliency.estimate import Estimate
from vizlib.saliency.gradients import guided
from vizlib.saliency.query import Query


def run(classifier: Classifier, query: Query, knobs: NoKnobs) -> Iterator[Estimate]:
    """guided backpropagation * Grad-CAM, with the notes of both."""
    (where,) = grad_cam.run(classifier, query, grad_cam.Knobs())
    (outlines,) = guided.run(classifier, query, knobs)
    both = Estimate(1, 1, where.values * outlines.values, figures={**where.figures, **outlines.figures})
    for each in (where, outlines):
        both = replace(both.noted(each.note), doubt="; ".join(filter(None, (both.doubt, each.doubt))))
    yield both


def _passes(knobs: NoKnobs, maps: int) -> Passes:
    return Passes(2, 2)


METHOD = MapMethod(
    key="guided_grad_cam",
    label="Guided Grad-CAM",
    paper="Selvaraju et al. 2016, arXiv 1610.02391",
    idea="Guided backpropagation draws sharp outlines, Grad-CAM knows roughly where the class is. "
    "Their product keeps the outlines that lie where the class is.",
    group="class activation",
    shows="The sharp outlines of guided backpropagation, kept where Grad-CAM finds the class.",
    run=run,
    passes=_passes,
    unit="guided logit per unit of pixel value, times logit",
    needs_layer=True,
    aliases=("guided gradcam",),
)
