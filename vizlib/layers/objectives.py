"""What can be asked of a network: classes, channels, neurons, directions, layers; negatives, sums and scales of them.

An objective is a weighted sum of terms, so `channel("layer2", 3) - 0.5 * channel("layer2", 7)` works. A layer's
own output is read: before the activation function (a convolution, a norm) or after it (a block).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from vizlib.errors import VizError
from vizlib.layers.terms import Function, Objective, Term, as_python, is_whole
from vizlib.models import path_of
from vizlib.records import Layer, Unit

Goal: TypeAlias = Objective | Unit | Function | int | np.integer[Any] | str


def class_logit(target: int | str) -> Objective:
    """The logit of a class. Never its probability, whose gradient vanishes where it is near 1.

    target: the class's index, from 0, or one of its names.

    Raises nothing itself. If the network lacks the class, UnknownName is raised where the objective is used.

    Example:
        >>> from vizlib.layers import class_logit
        >>> print(class_logit(281) - 0.5 * class_logit("tiger cat"))
        logit of class 281 + -0.5 x logit of class tiger cat
    """
    return Objective((Term("logit", index=as_python(target)),))


def channel(layer: str | Layer, index: int) -> Objective:
    """The mean of one channel's values over all rows and columns of a layer.

    layer: its path, or the `Layer` of `list_layers`.
    index: of the channel, from 0.

    Raises VizError for what is no path; UnknownName, when it is used, for a layer or channel that is not there.

    Example:
        >>> from vizlib.layers import channel
        >>> print(sum([channel("layer2", 3), channel("layer2", 7)]) / 2)
        0.5 x layer2 channel 3 + 0.5 x layer2 channel 7
    """
    return Objective((Term("channel", path_of(layer), as_python(index)),))


def neuron(layer: str | Layer, index: int, position: tuple[int, int] | None = None) -> Objective:
    """The value of one channel at one position.

    layer, index: as for `channel`.
    position: (row, column) on the layer's own grid, from 0; by default its center. Where pictures of another size are
        asked about, as by `maximize(grow=True)`, it stays at its place in the picture.

    Raises what `channel` raises, and UnknownName for a row or column that is not there.

    Example:
        >>> from vizlib.layers import neuron
        >>> print(neuron("layer2", 3, (0, 5)))
        layer2 neuron 3 at 0, 5
    """
    place = as_python(position)
    place = tuple(place) if isinstance(place, list) else place
    return Objective((Term("neuron", path_of(layer), as_python(index), place),))


def direction(layer: str | Layer, vector: Sequence[float] | NDArray[Any] | Tensor) -> Objective:
    """The inner product of a vector with a layer's channels, mean over all rows and columns.

    layer: as for `channel`.
    vector: (C,), one finite number per channel, not all of them zero. Its length counts: twice the vector is twice
        the objective.

    Raises VizError for another vector, at once or, for a wrong number of channels, when it is used.

    Example:
        >>> from vizlib.layers import direction
        >>> direction("layer1", [0.6, 0.8]).layers
        ['layer1']
    """
    path = path_of(layer)
    try:
        numbers = np.asarray(vector.detach().cpu() if isinstance(vector, Tensor) else vector, dtype=np.float64)
    except (TypeError, ValueError):
        numbers = np.zeros(0)
    if numbers.ndim != 1 or not np.isfinite(numbers).all() or not numbers.any():
        raise VizError(f"A direction in {path} is one finite number per channel.", "Give a vector that is not zero.")
    return Objective((Term("direction", path, vector=tuple(numbers.tolist())),))


def whole_layer(layer: str | Layer) -> Objective:
    """The mean square of all of a layer's values: more of everything that it responds to.

    DeepDream: Mordvintsev, Olah, Tyka, "Inceptionism" (2015).

    layer: as for `channel`.

    Raises VizError for what is no layer; UnknownName, where it is used, for a layer that the network lacks.

    Example:
        >>> from vizlib.layers import whole_layer
        >>> print(whole_layer("layer3"))
        layer3, all channels
    """
    return Objective((Term("layer", path_of(layer)),))


def custom(function: Function, *layers: str | Layer) -> Objective:
    """The values of a function of yours, which autograd differentiates.

    function: takes the logits (B, K), float32 on the network's device, and returns one float per picture (B,). With
        layers it takes their maps instead: one tensor (B, C, H, W) per layer, in the order given; H = W = 1 for a
        vector. B is the number of pictures in one pass, which memory limits: each value may depend on its own picture
        alone.
    layers: paths, or the `Layer`s of `list_layers`.

    Where a target is asked for, a function alone means `custom(function)`. Guided backpropagation treats activations
    that it calls like the network's own. A function is no part of a recipe: only its result can be kept.

    Raises VizError for what is no function or path. When it is used: VizError for values of another shape, without
    gradient or not finite, and whatever the function raises.

    Example:
        >>> import vizlib
        >>> from vizlib.layers import custom
        >>> def margin(logits):
        ...     return logits[:, 3] - logits[:, 5]
        >>> model = vizlib.load_model("bundled/digits", device="cpu")
        >>> *_, frame = vizlib.maximize(model, custom(margin), steps=4)
        >>> frame.pixels.shape, frame.scores.shape
        (torch.Size([1, 3, 28, 28]), torch.Size([1]))
    """
    if not callable(function):
        raise VizError(f"{function!r} is no function.", "Give a function of the logits, or of the layers' maps.")
    return Objective((Term("custom", function=function, layers=tuple(path_of(each) for each in layers)),))


def as_objective(goal: Goal) -> Objective:
    """An objective as it is; a class's index or name as its logit; a Unit as its channel or neuron; a function."""
    if isinstance(goal, Objective):
        return goal
    if isinstance(goal, Unit):
        return _of_unit(goal)
    plain = as_python(goal)
    if isinstance(plain, str) or is_whole(plain):
        return class_logit(plain)
    if callable(goal) and not isinstance(goal, type):
        return custom(goal)
    remedy = "Give a class by its number or name, a Unit, an objective such as channel(layer, index), or a function."
    raise VizError(f"The target is {goal!r}.", remedy)


def _of_unit(unit: Unit) -> Objective:
    index, place = as_python(unit.channel), as_python(unit.position)
    if not is_whole(index) or not _is_place(place):
        raise VizError(f"{unit!r} is no unit.", "Give a layer's path, a channel and (row, column) as whole numbers.")
    return channel(unit.layer, index) if place is None else neuron(unit.layer, index, place)


def _is_place(place: Any) -> bool:
    return place is None or (isinstance(place, (tuple, list)) and len(place) == 2 and all(map(is_whole, place)))
