"""Which pixels matter? One file per paper; each method measures how much every pixel matters to a score.

The score is the logit of a class or the value of an inner unit. Maps are (N, H, W), raw: `render` scales them for
display.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from torch import Tensor

from vizlib.errors import VizError
from vizlib.method import Menu, Method, turn
from vizlib.models import Classifier, in_own_context
from vizlib.pictures import Picture
from vizlib.records import Estimate
from vizlib.saliency import grad_cam, gradient, guided, integrated_gradients, smoothgrad
from vizlib.saliency.flat import told
from vizlib.saliency.query import Query, Target, ask

__all__ = ["FRAMES", "MENU", "Query", "explain", "saliency", "saliency_methods"]

MENU = Menu(  # in the order of the screen
    "saliency method",
    gradient.METHOD,
    guided.METHOD,
    smoothgrad.METHOD,
    integrated_gradients.METHOD,
    grad_cam.METHOD,
)
FRAMES = (Estimate,)  # the classes of results that may be kept on disk


def saliency_methods() -> list[str]:
    """The names that `saliency` and `explain` know, in the order of the screen."""
    return [method.key for method in MENU]


@in_own_context
def explain(
    model: Classifier,
    pixels: Tensor | Picture,
    method: str = "gradient",
    target: Target = None,
    *,
    layer: str | None = None,
    knobs: Any = None,
) -> Generator[Estimate, None, None]:
    """Saliency maps of pixels (N, 3, H, W) as they converge; the last one is the answer.

    If a map is zero everywhere, the last one's note says why.

    pixels: tensors are pixels. Any other picture (a path, a PIL image, an array) is prepared by `to_pixels` first: its
        map has the network's input size.
    method: one of `saliency_methods()`.
    target: a class by index or name, or one per picture; or a `Unit` inside the network. By default each picture's
        predicted class.
    layer: the path of the layer, for methods that read one; by default the last convolution.
    knobs: the method's settings, as its record or by name.

    Raises VizError, NotShowable, UnknownName, TooBig or DeviceFailed at the first step, each with its remedy.
    """
    entry = MENU[method]
    turned = _turned(entry, knobs)
    if layer is not None and not entry.needs_layer:
        raise VizError(f"{entry.label} is not asked of a layer.", "Leave the layer out, or choose grad_cam.")
    query = ask(model, pixels, target, layer)
    for estimate in entry.run(model, query, turned):
        yield estimate if estimate.step < estimate.total else told(model, query, estimate)


@in_own_context
def saliency(
    model: Classifier,
    pixels: Tensor | Picture,
    method: str = "gradient",
    target: Target = None,
    *,
    layer: str | None = None,
    **knobs: Any,
) -> Tensor:
    """The saliency maps (N, H, W) of pixels (N, 3, H, W), float32 on the CPU, raw and signed where the method is.

    The arguments are those of `explain`, the knobs one by one: `saliency(model, pixels, "smoothgrad", samples=25)`.
    Raises what `explain` raises.
    """
    for estimate in explain(model, pixels, method, target, layer=layer, knobs=knobs):
        answer = estimate.values
    return answer


def _turned(method: Method, knobs: Any) -> Any:
    if knobs is None or isinstance(knobs, Mapping):
        return turn(method.knobs, **(knobs or {}))
    if not isinstance(knobs, method.knobs):
        raise VizError(f"The knobs are {knobs!r}.", f"Give the settings of {method.key} by name.")
    return knobs
