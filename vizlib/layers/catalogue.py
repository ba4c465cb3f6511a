"""The layers of a network in running order, with shapes; and their outputs as maps (N, C, H, W).

A module counts as a layer by its kind, by its place (an element of a Sequential is a block) and by timm's
`feature_info` (stages). One dry run with a gray picture gives the order and the shapes.
"""

from __future__ import annotations

import weakref
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from numbers import Integral
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks

from vizlib.errors import NotShowable, UnknownName, VizError
from vizlib.layers._kinds import Plan, detail
from vizlib.layers.counting import Counted
from vizlib.layers.counting import counts as counted_for
from vizlib.layers.layout import OUTER, Output, places, to_maps
from vizlib.models import Classifier, Design, in_own_context, in_parts, joined, once, path_of
from vizlib.pictures import Pictures
from vizlib.records import Counts, Layer, Size
from vizlib.render import notebook


class Layers(list[Layer]):
    """Layers in running order: a list that a notebook shows as a table."""

    def _repr_html_(self) -> str:
        head = ["layer", "kind", "channels", "height x width", "detail"]
        cells = [
            [each.path, each.kind, str(channels), f"{height} x {width}", each.detail]
            for each in self[: notebook.MOST]
            for channels, height, width in [each.shape]
        ]
        return notebook.shown(f"{len(self)} layers", notebook.rows(head, cells, left=True, of=len(self)))


@in_own_context
def list_layers(model: Classifier, size: Size | None = None) -> Layers:
    """A network's layers in running order. Those inside a block come before the block.

    model: the network.
    size: of the pictures, (H, W) in px, for which the layers' shapes are; by default the network's own.

    Returns a list of `Layer`, with their parameters, multiply-adds, receptive fields and strides (`in_numbers` of
    `vizlib.layers` sums them up). Layers that return several tensors are left out, and those that the picture does not
    reach: what they return is the same for every picture (position biases).

    Raises NotShowable for a size that the network does not take, VizError for what is no size.

    Example:
        >>> import vizlib
        >>> layers = vizlib.list_layers(vizlib.load_model("bundled/scenes", device="cpu"))
        >>> [(each.path, each.shape) for each in layers if each.kind == "stage"][:2]
        [('layer1', (24, 32, 32)), ('layer2', (48, 16, 16))]
    """
    size = model.input_size if size is None else _checked(size)
    with model.lock:
        known = _known(model)
        if size not in known:
            if len(known) == 8:  # sizes are kept, the oldest is dropped
                known.pop(next(iter(known)))
            outputs = _dry_run(model, size)
            rows = enumerate(zip(outputs, places(model.network, outputs, size)))
            later = partial(_Later, weakref.ref(model), size)
            known[size] = [
                Layer(each.path, each.kind, shape, order, layout, prefix, detail(each.module), later(each.path))
                for order, (each, (layout, shape, prefix)) in rows
            ]
        return Layers(known[size])


@dataclass(frozen=True)
class _Later:
    """What a layer costs and sees, counted when it is asked for. Layers do not keep their model in memory."""

    model: weakref.ref[Classifier]
    size: Size
    path: str

    def __call__(self) -> Counts:
        model = self.model()
        if model is None:
            what = f"The model of {self.path} is gone, so its parameters and multiply-adds can no longer be counted."
            raise VizError(what, "Read them while the model is there, or open it again.")
        known = counts_of(model, self.size).layers
        if self.path not in known:
            raise UnknownName.among(f"layer in {model.name}", self.path, known)
        return known[self.path]

    def __deepcopy__(self, memo: object) -> _Later:
        return self

    def __reduce__(self) -> tuple[type[_Elsewhere], tuple[str]]:
        return _Elsewhere, (self.path,)


@dataclass(frozen=True)
class _Elsewhere:
    """What a layer costs, in a process that does not have its model."""

    path: str

    def __call__(self) -> Counts:
        what = f"The parameters and multiply-adds of {self.path} are not known in this process."
        raise VizError(what, "List the layers of the model here, with vizlib.list_layers.")


@in_own_context
def counts_of(model: Classifier, size: Size | None = None) -> Counted:
    """The numbers of a network for pictures of `size` (H, W), by default its own; counted once."""
    size = model.input_size if size is None else size
    with model.lock:
        layers = list_layers(model, size)
        known: dict[Size, Counted] = model.memo["counted"]
        if size not in known:
            known[size] = counted_for(model, size, layers)
        return known[size]


def _checked(size: Any) -> Size:
    if isinstance(size, tuple | list) and len(size) == 2 and all(isinstance(each, Integral) for each in size):
        height, width = map(int, size)
        if min(height, width) > 0:
            return height, width
    raise VizError(f"The size is {size!r}.", "Give (height, width) in px, or leave it out.")


def _dry_run(model: Classifier, size: Size) -> list[Output]:
    """The output of every layer for a gray picture, in running order, without those that are the same for noise.

    Where a gradient leads from an output to the pixels, it depends on them. Only for the others, noise is passed too.
    """
    gray = torch.full((1, 3, *size), 0.5)
    outputs, marks = _pass(model, gray)
    suspects = {path: mark for path, mark in marks.items() if mark}
    if suspects:
        _, others = _pass(model, torch.rand(gray.shape, generator=torch.Generator().manual_seed(0)))
        _fixed(model).update(path for path, mark in suspects.items() if others.get(path) == mark)
    return [each for each in outputs if each.path not in _fixed(model)]


def _pass(model: Classifier, pixels: Tensor) -> tuple[list[Output], dict[str, tuple[float, ...]]]:
    """The layers' outputs in running order, and marks of the values of those that no gradient joins to the pixels.

    A layer that is called twice counts once. The graph of gradients saves no tensors, so that it needs no memory.
    """
    plan = Plan(model.network)
    kinds = {path: kind for path in plan.modules if (kind := plan.kind(path))}
    seen: dict[str, Output] = {}
    marks: dict[str, tuple[float, ...]] = {}

    def keep(path: str, module: nn.Module, inputs: Any, output: Any) -> None:
        least = 3 if kinds[path] in OUTER else 2  # a block that ends in a vector is a head
        if path not in seen and isinstance(output, Tensor) and least <= output.ndim <= 4:
            seen[path] = Output(path, module, kinds[path], tuple(output.shape))
            marks[path] = () if output.requires_grad else _mark(output)

    handles = [plan.modules[path].register_forward_hook(partial(keep, path)) for path in kinds]
    try:
        with torch.enable_grad(), saved_tensors_hooks(lambda tensor: None, lambda nothing: nothing):
            model(pixels.to(model.device).requires_grad_())
    finally:
        for handle in handles:
            handle.remove()
    return list(seen.values()), marks


def _mark(output: Tensor) -> tuple[float, ...]:
    """Two sums that differ where the values do."""
    values = output.detach().to("cpu", torch.float64)
    return float(values.sum()), float(values.square().sum())


def _known(model: Classifier) -> dict[Size, list[Layer]]:
    """The layers by size, as far as they were listed since the network's design changed the last time."""
    written: Design = model.memo.setdefault("written design", Design())
    design = once((model, "design"), lambda: written(model.network))
    if model.memo.get("design") != design:
        model.memo |= {"design": design, "layers": {}, "counted": {}, "fixed layers": set()}
    known: dict[Size, list[Layer]] = model.memo["layers"]
    return known


def _fixed(model: Classifier) -> set[str]:
    """The paths of layers whose output is the same for every picture; known once the layers are listed."""
    known: set[str] = model.memo["fixed layers"]
    return known


@in_own_context
def find_layer(model: Classifier, layer: str | Layer, size: Size | None = None) -> Layer:
    """The layer at a path, or of a `Layer`'s path, for pictures of `size` (H, W).

    Raises UnknownName with the closest names, NotShowable for a module that is not listed.
    """
    path = path_of(layer)
    layers = {each.path: each for each in list_layers(model, size)}
    if path not in layers and path in _fixed(model):
        raise NotShowable(f"{path} gives the same output for every picture.", "Choose a layer that list_layers names.")
    if path and path not in layers and path in dict(model.network.named_modules()):
        raise NotShowable(f"{path} is no layer that can be shown.", "Choose one of the layers inside or around it.")
    if path not in layers:
        raise UnknownName.among(f"layer in {model.name}", path, layers)
    return layers[path]


@in_own_context
def activations(model: Classifier, pixels: Pictures, paths: str | Layer | Collection[str | Layer]) -> dict[str, Tensor]:
    """What layers give for pictures: maps (N, C, H, W) by the layer's path, on the model's device; no gradients.

    pixels: (N, 3, H, W), one picture of any kind that `vizlib.to_pixels` takes, or a list of them.
    paths: a layer's path or its `Layer`, as `list_layers` has them; or several. A vector becomes (N, C, 1, 1).

    As many pictures pass at once as fit into memory, up to the deepest of the layers.

    Raises UnknownName, NotShowable for a layer without maps, and what `Classifier.predict` raises for the pictures.

    Example:
        >>> import vizlib
        >>> from vizlib.synthetic import draw_scene
        >>> model = vizlib.load_model("bundled/scenes", device="cpu")
        >>> scene = draw_scene(7).image  # uint8 (H, W, 3)
        >>> vizlib.activations(model, scene, "layer2")["layer2"].shape
        torch.Size([1, 48, 16, 16])
    """
    several = [paths] if isinstance(paths, str | Layer) else paths
    if not isinstance(several, Collection) or isinstance(several, bytes):
        raise VizError(f"The paths are {paths!r}.", "Give one of them or a list, as vizlib.list_layers has them.")
    layers = [find_layer(model, each) for each in several]
    known = tuple(each.path for each in layers)
    parts = in_parts(model, pixels, ("activations", known), partial(_maps, model, layers))
    return {path: joined([each[path] for each in parts]) for path in known}


@torch.no_grad()
def _maps(model: Classifier, layers: list[Layer], pixels: Tensor) -> dict[str, Tensor]:
    size = (pixels.shape[2], pixels.shape[3])
    placed = [find_layer(model, each, size) if each.layout == "NLC" else each for each in layers]
    with model.tap(*layers) as seen:
        seen.run(pixels)
    return {each.path: to_maps(seen[each.path], each) for each in placed}
