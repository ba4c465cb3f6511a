"""The calls that answer the question: maps as they converge, the finished maps with notes, or the maps alone."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from vizlib.errors import VizError
from vizlib.method import turn
from vizlib.models import Classifier, in_own_context
from vizlib.pictures import Pictures
from vizlib.records import Layer
from vizlib.saliency.doubts import warn
from vizlib.saliency.entry import MapMethod
from vizlib.saliency.estimate import Estimate
from vizlib.saliency.flat import told
from vizlib.saliency.menu import MENU, MethodName
from vizlib.saliency.query import Target, ask, ask_against
from vizlib.saliency.references import references_of
from vizlib.steps import last


@in_own_context
def explaining(  # noqa: PLR0913  the arguments of a map, as notebooks name them
    model: Classifier,
    pixels: Pictures,
    method: MethodName | str = "gradient",
    target: Target = None,
    *,
    layer: str | Layer | None = None,
    against: Target = None,
    references: Pictures | None = None,
    knobs: Any = None,
    **settings: Any,
) -> Generator[Estimate, None, None]:
    """The maps of `explain` as they converge: an `Estimate` every few passes, of which the last one is the answer.

    model, pixels, method, target, layer, against, references, knobs, settings: as for `explain`.

    Raises what `explain` raises, at the first step.

    Example:
        >>> import torch, vizlib
        >>> from vizlib.saliency import explaining
        >>> model = vizlib.load_model("bundled/digits", device="cpu")
        >>> pixels = torch.rand(1, 3, *model.input_size, generator=torch.Generator().manual_seed(0))
        >>> [f"{each.step} of {each.total}" for each in explaining(model, pixels, "smoothgrad", 3, samples=14)]
        ['1 of 2', '2 of 2']
    """
    entry = MENU[method]
    turned = _turned(entry, knobs, settings)
    _check_asked(entry, turned, layer, against, references)
    query = ask(model, pixels, target, layer)
    if entry.against:
        query = ask_against(model, query, against)
    if entry.references(turned):
        query = replace(query, references=references_of(model, references, query.size))
    for estimate in entry.run(model, query, turned):
        yield estimate if estimate.step < estimate.total else told(model, query, estimate)


@in_own_context
def explain(  # noqa: PLR0913  the arguments of a map, as notebooks name them
    model: Classifier,
    pixels: Pictures,
    method: MethodName | str = "gradient",
    target: Target = None,
    *,
    layer: str | Layer | None = None,
    against: Target = None,
    references: Pictures | None = None,
    knobs: Any = None,
    progress: bool = False,
    **settings: Any,
) -> Estimate:
    """Saliency maps of pixels (N, 3, H, W), with notes, doubts and figures: how much each pixel matters to a score.

    model: the network.
    pixels: tensors are pixels, floats in [0, 1]. Any other picture (a path, a PIL image, an array), or a list of them,
        is prepared by `to_pixels` first: its map has the network's input size. As many as fit into memory are passed
        at once.
    method: one of `saliency_methods()`, whose docstring lists each method's settings.
    target: the score: the logit of a class, by index or name; a `Unit` inside the network; an objective, such as
        `class_logit("tabby") - class_logit("tiger cat")` for evidence for the one rather than the other; a function
        of the logits (N, K); or a list with one of these per picture. By default each picture's predicted class.
    layer: the layer of the methods that read one, by its path or as `list_layers` returns it; by default the last
        maps, after their activation.
    against: the second class of finer_cam, as a target is given; by default the most likely class but the target.
    references: the pictures that expected_gradients compares with, and integrated_gradients with
        `baseline="references"`, as `pixels` are given; by default twenty drawn scenes.
    knobs: the method's settings as its record or as a mapping. They can be given one by one as well: `samples=25`.
    progress: whether a bar shows the passes.

    Returns an `Estimate`. Its `values` are the maps (N, H, W), float32 on the CPU, raw, signed where the method is, in
    logits or logits per unit of pixel value. Its `note` says how they came about, its `doubt` why they should not be
    trusted ("" if nothing was found against them), and its `figures` are what the method measured.
    Raises UnknownName for another method, class, layer or setting, PictureError for what is no picture, VizError for
    other pixels and values, NotShowable for a score that has no map, TooBig or DeviceFailed if the device fails.

    Example:
        >>> import torch, vizlib
        >>> from vizlib.saliency import explain
        >>> model = vizlib.load_model("bundled/digits", device="cpu")
        >>> pixels = torch.rand(2, 3, *model.input_size, generator=torch.Generator().manual_seed(0))
        >>> found = explain(model, pixels, "integrated_gradients", 3, steps=50, baseline="gray")
        >>> tuple(found.values.shape), found.doubt
        ((2, 28, 28), '')
        >>> {name: tuple(each.shape) for name, each in found.figures.items()}
        {'completeness_error': (2,), 'score_change': (2,)}
        >>> explain(model, pixels, "grad_cam", 3).note
        'read at act3, after its activation'
    """
    asked: dict[str, Any] = {"layer": layer, "against": against, "references": references, "knobs": knobs}
    return last(explaining(model, pixels, method, target, **asked, **settings), progress, method)


@in_own_context
def saliency(  # noqa: PLR0913  the arguments of a map, as notebooks name them
    model: Classifier,
    pixels: Pictures,
    method: MethodName | str = "gradient",
    target: Target = None,
    *,
    layer: str | Layer | None = None,
    against: Target = None,
    references: Pictures | None = None,
    progress: bool = False,
    **knobs: Any,
) -> Tensor:
    """The maps of `explain` alone: (N, H, W) for pixels (N, 3, H, W), float32 on the CPU, raw and signed where the
    method is.

    model, pixels, method, target, layer, against, references, progress: as for `explain`.
    knobs: the method's settings one by one: `saliency(model, pixels, "smoothgrad", samples=25)`.

    Issues the warning `DoubtfulMap` where the maps should not be trusted. Raises what `explain` raises.

    Example:
        >>> import torch, vizlib
        >>> model = vizlib.load_model("bundled/digits", device="cpu")
        >>> pixels = torch.rand(2, 3, *model.input_size, generator=torch.Generator().manual_seed(0))
        >>> vizlib.saliency(model, pixels, "guided", target=[3, 8]).shape
        torch.Size([2, 28, 28])
    """
    more: dict[str, Any] = {"layer": layer, "against": against, "references": references}
    found = explain(model, pixels, method, target, **more, progress=progress, **knobs)
    warn(found)
    return found.values


def _check_asked(
    method: MapMethod, knobs: Any, layer: str | Layer | None, against: Target, references: Pictures | None
) -> None:
    if layer is not None and not method.needs_layer:
        raise VizError(f"{method.label} is not asked of a layer.", "Leave the layer out, or choose grad_cam.")
    if against is not None and not method.against:
        raise VizError(f"{method.label} compares with no second class.", "Leave it out, or choose finer_cam.")
    if references is not None and not method.references(knobs):
        what = f"{method.label} compares with no other pictures at these settings."
        raise VizError(what, "Leave the references out, or choose expected_gradients.")


def _turned(method: MapMethod, knobs: Any, settings: Mapping[str, Any]) -> Any:
    """The method's record of knobs, from one, from a mapping, and from settings by name, which count most."""
    if knobs is not None and not isinstance(knobs, Mapping | method.knobs):
        raise VizError(f"The knobs are {knobs!r}.", f"Give the settings of {method.key} by name.")
    if isinstance(knobs, method.knobs) and not settings:
        return knobs
    known = knobs if isinstance(knobs, Mapping) else vars(knobs or method.knobs())
    return turn(method.knobs, **{**known, **settings})
