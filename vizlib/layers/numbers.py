"""A network in numbers: what each layer, stage and kind of layer costs, and how much of the picture it sees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from torch import nn

from vizlib.layers._kinds import Plan
from vizlib.layers.catalogue import counts_of, list_layers
from vizlib.models import Classifier, in_own_context
from vizlib.records import Layer, Size, brief
from vizlib.render import notebook

_CONNECTED: Final = "fully connected layers"
_CALLED: Final = {
    "convolution": "convolutions",
    "linear": "linear layers at each place",
    "attention": "products of attention",
    "normalization": "normalizations",
}
_OTHER: Final = "other parts"


@dataclass(frozen=True)
class Part:
    """A stage, or all layers of one kind.

    Attributes:
        name: the stage's path, "stem", "head", or the name of the kind.
        parameters: how many it has.
        multiply_adds: for one picture.
        last: the last layer of the stage; None for a kind, and for a part without layers of its own.
    """

    name: str
    parameters: int
    multiply_adds: int
    last: Layer | None = None


@dataclass(frozen=True)
class InNumbers:
    """A network in numbers, as `in_numbers` returns it. A notebook shows it as a table.

    Attributes:
        name: of the network.
        size: of the picture (H, W), px, for which the multiply-adds are.
        parameters: of the whole network; one that several modules share counts once.
        multiply_adds: of the whole network for one picture. One multiply-add is one MAC, or two FLOPs.
        stages: its parts in order; their sums are the network's.
        kinds: convolutions, fully connected layers and so on; their sums are the network's.
        layers: all layers in running order. Blocks and stages include what is inside them.
        summary: two sentences about it all.
    """

    name: str
    size: Size
    parameters: int
    multiply_adds: int
    stages: tuple[Part, ...]
    kinds: tuple[Part, ...]
    layers: Sequence[Layer] = field(repr=False)

    __repr__ = brief

    @property
    def summary(self) -> str:
        """Two sentences: the sums, and how they are divided among the kinds of layers."""
        height, width = self.size
        sums = (
            f"{self.name} has {self.parameters:,} parameters and takes {said(self.multiply_adds)} multiply-adds for a "
            f"picture of {height} x {width} px."
        )
        large = [each for each in self.kinds if max(self.shares(each)) >= 0.005]
        parts = [
            f"{each.name}{' have' if not at else ''} {share(first)}{' of the parameters' if not at else ''} and "
            f"{share(second)}{' of the multiply-adds' if not at else ''}"
            for at, each in enumerate(large)
            for first, second in [self.shares(each)]
        ]
        divided = ", ".join(parts)
        return f"{sums} {divided[:1].upper()}{divided[1:]}." if divided else sums

    def shares(self, part: Part | Layer) -> tuple[float, float]:
        """The part's shares of all parameters and of all multiply-adds, each in [0, 1]."""
        return part.parameters / max(self.parameters, 1), part.multiply_adds / max(self.multiply_adds, 1)

    def _repr_html_(self) -> str:
        head = ["stage", "output", "parameters", "share", "multiply-adds", "share", "sees", "stride"]
        cells = [
            [each.name, *(_output(each.last)), f"{each.parameters:,}", *_percent(self, each), *sight(each.last)]
            for each in self.stages
        ]
        return notebook.shown(self.name, notebook.rows(head, cells), note=self.summary)


def _percent(numbers: InNumbers, part: Part) -> list[str]:
    first, second = numbers.shares(part)
    return [share(first), f"{part.multiply_adds:,}", share(second)]


def _output(layer: Layer | None) -> list[str]:
    return ["" if layer is None else " x ".join(map(str, layer.shape))]


def sight(layer: Layer | None) -> tuple[str, str]:
    """A layer's receptive field and stride in words."""
    if layer is None:
        return "", ""
    field_, step = layer.receptive_field, layer.stride
    sees = "whole picture" if field_ is None else f"{field_[0]} x {field_[1]} px"
    return sees, "" if step is None else f"{step[0]} px" if step[0] == step[1] else f"{step[0]} x {step[1]} px"


def share(part: float) -> str:
    """A share as people read it, which says neither none nor all where it is nearly so: "< 0.1 %", "> 99.9 %"."""
    return "< 0.1 %" if 0 < part < 0.0005 else "> 99.9 %" if 0.9995 <= part < 1 else f"{100 * part:.1f} %"


def said(count: int) -> str:
    """A large number as people say it: "15.5 billion"."""
    for size, word in ((10**12, "trillion"), (10**9, "billion"), (10**6, "million")):
        if count >= size:
            return f"{count / size:.3g} {word}"
    return f"{count:,}"


@in_own_context
def in_numbers(model: Classifier, size: Size | None = None) -> InNumbers:
    """The network in numbers: its parameters, multiply-adds, receptive fields and strides, by layer, stage and kind.

    model: the network. size: of the pictures, (H, W) in px; by default the network's own.

    Parameters that several modules share count once, and a module that runs several times multiplies each time.
    Multiply-adds are those of convolutions, matrix products and attention for one picture; biases, norms, activations
    and pooling are not counted, as in the tables of papers. Receptive fields follow windows and sums over places, and
    not the statistics of normalizations. It takes one pass, the first time.

    Raises what `list_layers` raises.

    Example:
        >>> import vizlib
        >>> numbers = vizlib.layers.in_numbers(vizlib.load_model("bundled/digits", device="cpu"))
        >>> numbers.parameters, numbers.multiply_adds
        (24202, 2121408)
        >>> [each.name for each in numbers.kinds][:2]
        ['convolutions', 'fully connected layers']
    """
    with model.lock:
        layers, found = list_layers(model, size), counts_of(model, size)
        paths = [path for path, _ in model.network.named_modules()]
        ends = _stages(model.network, paths, layers)
        stages = _summed(ends, found.parameters, found.multiply_adds)
        kinds = _summed(_kinds(model.network, paths, layers), found.parameters, found.multiply_adds)
    rows = {each.path: each for each in layers}
    last = {ends[path]: rows[path] for path in sorted(rows, key=lambda each: rows[each].order) if path in ends}
    return InNumbers(
        model.name,
        model.input_size if size is None else size,
        sum(found.parameters.values()),
        sum(found.multiply_adds.values()),
        tuple(Part(name, *sums, last.get(name)) for name, sums in stages.items()),
        tuple(sorted((Part(name, *sums) for name, sums in kinds.items()), key=lambda each: -each.parameters)),
        layers,
    )


def _summed(
    names: Mapping[str, str], parameters: Mapping[str, int], multiply_adds: Mapping[str, int]
) -> dict[str, tuple[int, int]]:
    """The sums of all modules of one name; names without any are left out."""
    sums: dict[str, tuple[int, int]] = {}
    for path, name in names.items():
        first, second = sums.get(name, (0, 0))
        sums[name] = first + parameters.get(path, 0), second + multiply_adds.get(path, 0)
    return {name: each for name, each in sums.items() if any(each)}


# Stages


def _stages(network: nn.Module, paths: Sequence[str], layers: Sequence[Layer]) -> dict[str, str]:
    """The name of the part to which each module belongs, in the order in which the network defines them."""
    stages = [each.path for each in layers if each.kind == "stage"]
    outer = [each for each in stages if not any(each.startswith(f"{other}.") for other in stages)]
    return dict(_by_stages(paths, outer) if outer else _by_resolution(network, paths, layers))


def _by_stages(paths: Sequence[str], stages: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What is before the first stage is the stem, what is after the last one the head."""
    inside = {each: next((stage for stage in stages if f"{each}.".startswith(f"{stage}.")), "") for each in paths}
    places = [at for at, each in enumerate(paths) if inside[each]]
    for at, each in enumerate(paths):
        beside = ".".join(each.split(".")[: stages[0].count(".") + 1])
        yield each, inside[each] or ("stem" if at < places[0] else "head" if at > places[-1] else beside)


def _by_resolution(network: nn.Module, paths: Iterable[str], layers: Sequence[Layer]) -> Iterator[tuple[str, str]]:
    """Without stages: the first name of the path; and in a plain sequence of layers, each distance between places."""
    weighted = {each.path: each for each in layers if each.kind in ("convolution", "linear", "attention")}
    strides: dict[str, set[Size | None]] = {}
    for path, each in weighted.items():
        strides.setdefault(path.partition(".")[0], set()).add(each.stride)
    first, now = None, ""
    for path in paths:
        outer = path.partition(".")[0]
        if outer != first:
            first, now = outer, outer or "its own"
            chain = isinstance(network.get_submodule(outer), nn.Sequential) and len(strides.get(outer, ())) > 1
        step = weighted[path].stride if path in weighted else None
        now = f"{outer}, stride {step[0]}" if step and chain else now
        yield path, now


# Kinds


def _kinds(network: nn.Module, paths: Sequence[str], layers: Sequence[Layer]) -> dict[str, str]:
    """What each module is called among the kinds."""
    plan, connected = Plan(network), set(_connected(network, layers))
    kinds = {path: plan.kind(path) if path else "" for path in paths}
    return {path: _CONNECTED if path in connected else _CALLED.get(kinds[path], _OTHER) for path in paths}


def _connected(network: nn.Module, layers: Sequence[Layer]) -> Iterator[str]:
    """The layers after the last one with places, in which every number is joined with every other one.

    They may be convolutions in name: timm's VGG has one whose window is the whole map, and one on a single place.
    """
    weighted = [each for each in layers if each.kind in ("convolution", "linear")]
    for each in reversed(weighted):
        padding = getattr(network.get_submodule(each.path), "padding", 0)
        if each.spatial or each.layout == "NLC" or padding not in (0, (0, 0)):
            return
        yield each.path
