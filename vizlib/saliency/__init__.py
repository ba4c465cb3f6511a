"""Which pixels matter? One file per paper; each method measures how much every pixel matters to a score.

The score is the logit of a class or the value of an inner unit. Maps are (N, H, W), raw: `render` scales them for
display.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, Literal

from torch import Tensor

from vizlib.errors import VizError
from vizlib.method import Menu, Method, turn
from vizlib.models import Classifier, in_own_context
from vizlib.pictures import Pictures
from vizlib.records import Layer
from vizlib.saliency import grad_cam, gradient, guided, integrated_gradients, smoothgrad
from vizlib.saliency.doubts import DoubtfulMap, warn
from vizlib.saliency.estimate import Estimate
from vizlib.saliency.flat import told
from vizlib.saliency.query import Query, Target, ask
from vizlib.steps import last

__all__ = [
    "FRAMES",
    "MENU",
    "DoubtfulMap",
    "Estimate",
    "MethodName",
    "Query",
    "explain",
    "explaining",
    "saliency",
    "saliency_methods",
]

MENU = Menu(  # in the order of the screen
    "saliency method",
    gradient.METHOD,
    guided.METHOD,
    smoothgrad.METHOD,
    integrated_gradients.METHOD,
    grad_cam.METHOD,
)
MethodName = Literal["gradient", "guided", "smoothgrad", "integrated_gradients", "grad_cam"]  # the menu's keys
FRAMES = (Estimate,)  # the classes of results that may be kept on disk


def saliency_methods() -> list[str]:
    """The names that `saliency`, `explain` and `explaining` know, in the dashboard's order.

    gradient: how much the score moves with each pixel (Simonyan et al. 2013). No knobs.
    guided: the gradient, but at every activation only evidence for the score passes (Springenberg et al. 2014). No
        knobs.
    smoothgrad: the mean gradient over noisy copies (Smilkov et al. 2017). `samples=50` copies, `noise=0.15` as a share
        of the picture's range of values, `seed=0`.
    integrated_gradients: each pixel's share of the change of the score since a baseline (Sundararajan et al. 2017).
        `steps=50` points on the path; `baseline="black"`, "gray", "white", "blurred" or "mean", or a picture.
    grad_cam: the places of a late layer that are evidence for the score (Selvaraju et al. 2016). `layer`, by default
        the last maps, after their activation; `keep_negative=False`, or True to show evidence against it too.

    Example:
        >>> import vizlib
        >>> vizlib.saliency_methods()
        ['gradient', 'guided', 'smoothgrad', 'integrated_gradients', 'grad_cam']
    """
    return [method.key for method in MENU]


@in_own_context
def explaining(
    model: Classifier,
    pixels: Pictures,
    method: MethodName | str = "gradient",
    target: Target = None,
    *,
    layer: str | Layer | None = None,
    knobs: Any = None,
    **settings: Any,
) -> Generator[Estimate, None, None]:
    """The maps of `explain` as they converge: an `Estimate` every few passes, of which the last one is the answer.

    model, pixels, method, target, layer, knobs, settings: as for `explain`.

    Raises what `explain` raises, at the first step.

    Example:
        >>> import torch, vizlib
        >>> from vizlib.saliency import explaining
        >>> model = vizlib.load_model("bundled/digits", device="cpu")
        >>> pixels = torch.rand(1, 3, *model.input_size, generator=torch.Generator().manual_seed(0))
        >>> [f"{each.step} of {each.total}" for each in explaining(model, pixels, "smoothgrad", 3, samples=26)]
        ['1 of 2', '2 of 2']
    """
    entry = MENU[method]
    turned = _turned(entry, knobs, settings)
    if layer is not None and not entry.needs_layer:
        raise VizError(f"{entry.label} is not asked of a layer.", "Leave the layer out, or choose grad_cam.")
    query = ask(model, pixels, target, layer)
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
    layer: the layer of grad_cam, by its path or as `list_layers` returns it; by default the last maps, after their
        activation.
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
    return last(explaining(model, pixels, method, target, layer=layer, knobs=knobs, **settings), progress, method)


@in_own_context
def saliency(
    model: Classifier,
    pixels: Pictures,
    method: MethodName | str = "gradient",
    target: Target = None,
    *,
    layer: str | Layer | None = None,
    progress: bool = False,
    **knobs: Any,
) -> Tensor:
    """The maps of `explain` alone: (N, H, W) for pixels (N, 3, H, W), float32 on the CPU, raw and signed where the
    method is.

    model, pixels, method, target, layer, progress: as for `explain`.
    knobs: the method's settings one by one: `saliency(model, pixels, "smoothgrad", samples=25)`.

    Issues the warning `DoubtfulMap` where the maps should not be trusted. Raises what `explain` raises.

    Example:
        >>> import torch, vizlib
        >>> model = vizlib.load_model("bundled/digits", device="cpu")
        >>> pixels = torch.rand(2, 3, *model.input_size, generator=torch.Generator().manual_seed(0))
        >>> vizlib.saliency(model, pixels, "guided", target=[3, 8]).shape
        torch.Size([2, 28, 28])
    """
    found = explain(model, pixels, method, target, layer=layer, progress=progress, **knobs)
    warn(found)
    return found.values


def _turned(method: Method, knobs: Any, settings: Mapping[str, Any]) -> Any:
    """The method's record of knobs, from one, from a mapping, and from settings by name, which count most."""
    if knobs is not None and not isinstance(knobs, Mapping | method.knobs):
        raise VizError(f"The knobs are {knobs!r}.", f"Give the settings of {method.key} by name.")
    if isinstance(knobs, method.knobs) and not settings:
        return knobs
    known = knobs if isinstance(knobs, Mapping) else vars(knobs or method.knobs())
    return turn(method.knobs, **{**known, **settings})
