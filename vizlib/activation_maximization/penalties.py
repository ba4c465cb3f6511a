"""What is subtracted from the objective, and what changes the picture after a step."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from vizlib.activation_maximization import regularizers, spaces
from vizlib.activation_maximization.parameterizations import Canvas
from vizlib.activation_maximization.spaces import Space
from vizlib.activation_maximization.task import Task

_CHANGES = "decay", "blur", "clip_norm", "clip_contribution"


class Penalties:
    """The penalties of a batch by name, and their weights.

    start: (B, 3, H, W), which the pull keeps the picture close to, or None.
    """

    def __init__(self, task: Task, start: Tensor | None, canvas: Canvas) -> None:
        self._penalties = _named(task, start, canvas)
        self._weights = {name: task.weights(name) for name in self._penalties}
        self._weighed = {name: bool(each.any()) for name, each in self._weights.items()}

    def __call__(self, pixels: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """Each penalty's values (B,), and the gradient of their weighted sums over the elements (B, 3, H, W)."""
        values: dict[str, Tensor] = {}
        total = torch.zeros_like(pixels)
        leaf = pixels.detach().requires_grad_()
        for name, penalty in self._penalties.items():
            with torch.set_grad_enabled(self._weighed[name]):
                each = penalty(leaf)
            values[name] = each.detach()
            if each.requires_grad:
                (gradient,) = torch.autograd.grad(each, leaf, self._weights[name])
                total += gradient if name == "l2" else gradient * pixels[0].numel()  # of means, but l2 is a sum
        return values, total


def _named(task: Task, start: Tensor | None, canvas: Canvas) -> dict[str, Callable[[Tensor], Tensor]]:
    settings, orders = task.settings[0], task.weights("norm_order")
    order = orders if len(set(orders.tolist())) > 1 else settings.norm_order
    found: dict[str, Callable[[Tensor], Tensor]] = {
        "tv": regularizers.anisotropic_total_variation
        if settings.tv_form == "anisotropic"
        else lambda pixels: regularizers.total_variation(pixels, settings.tv_beta),
        "norm": lambda pixels: regularizers.norm(pixels, order),
    }
    if start is not None:
        found["pull"] = lambda pixels: (pixels - start).square().mean((1, 2, 3))
    if isinstance(canvas, Space):
        found["l2"] = lambda pixels: canvas.values(pixels).square().sum((1, 2, 3))
    return found


class Changes:
    """The changes of Yosinski et al. 2015, in their order, and the courses' clamping before them."""

    def __init__(self, task: Task, canvas: Canvas) -> None:
        self._settings, self._canvas = task.settings[0], canvas
        self._amounts = {name: task.weights(name).cpu() for name in _CHANGES}

    @torch.no_grad()
    def __call__(self, step: int, gradient: Tensor) -> None:
        """Changes the canvas after a step. gradient: of the objective, to the pixels (B, 3, H, W)."""
        canvas, settings = self._canvas, self._settings
        course = isinstance(canvas, Space)
        if isinstance(canvas, Space) and settings.clamp:
            canvas.clamp()
        rate, radius, faint, idle = self._amounts.values()
        if (step - course) % settings.blur_every:  # courses count from 0, and blur after their first step
            radius = torch.zeros_like(radius)
        rows = (rate + radius + faint + idle).nonzero().flatten()  # the other pictures keep their exact numbers
        if not len(rows):
            return
        rows, rate, radius, faint, idle = (each.to(gradient.device) for each in (rows, rate, radius, faint, idle))
        pixels = regularizers.decay(canvas.pixels()[rows], rate[rows])
        pixels = (spaces if course else regularizers).blur(pixels, radius[rows])
        if faint.any():
            pixels = regularizers.clip_small_norm(pixels, faint[rows])
        if idle.any():
            pixels = regularizers.clip_small_contribution(pixels, gradient[rows], idle[rows])
        canvas.encode(pixels, rows)
