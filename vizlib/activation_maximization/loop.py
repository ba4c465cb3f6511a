"""The loop of activation maximization (Erhan et al. 2009; Simonyan et al. 2013, arXiv 1312.6034; Olah et al. 2017).

Each step: the picture from its numbers, a view of it by this step's transforms, the network up to the layer asked,
the objective's gradient to the pixels, the penalties' gradients, one step of Adam on the numbers.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any, Unpack

import torch
from torch import Tensor

from vizlib.activation_maximization import regularizers, transforms
from vizlib.activation_maximization.frame import Frame
from vizlib.activation_maximization.parameterizations import make_canvas
from vizlib.activation_maximization.passes.host_device import Pace, to_device
from vizlib.activation_maximization.passes.scoring import Glance, Likeness, Scorer, accepted_size, unit_rms
from vizlib.activation_maximization.settings import Given
from vizlib.activation_maximization.starts import Cure, noise
from vizlib.activation_maximization.task import SIDES, Specification, Start, Task, checked, resized
from vizlib.layers import Target, at_size
from vizlib.models import Classifier, device_problems, in_own_context
from vizlib.records import Size
from vizlib.steps import shown

_CHECKS = 5  # pictures of the last quarter that are compared at the end
_CHANGES = "decay", "blur", "clip_norm", "clip_contribution"


@in_own_context
def maximize(  # noqa: PLR0913  the settings of a run, as notebooks name them
    model: Classifier,
    objective: Target,
    steps: int = 256,
    seed: int | Sequence[int] = 0,
    start: Start = None,
    size: int | Size | None = None,
    *,
    progress: bool = False,
    **settings: Unpack[Given],
) -> Generator[Frame, None, None]:
    """Pictures that make objectives large, as they form: a generator with one `Frame` per step, the best one last.

    Erhan et al. 2009; Simonyan et al. 2013, arXiv 1312.6034; Olah et al. 2017, "Feature visualization".

    objective: a class by index or name, a `Unit`, an objective (`class_logit`, `channel`, `neuron`, `direction`,
        `whole_layer`, `custom`, sums and scales of them) or a function of the logits. A list, tuple, range, array or
        tensor of B of them is one batch of B pictures.
    steps: 1 to 100,000.
    seed: of the noise and the transforms; the k-th picture of one objective starts from seed + k. Or B seeds.
    start: None or "noise"; "gray"; a picture (PIL, array) or pixels (1 or B, 3, h, w) in [0, 1].
    size: of the pictures in px, 16 to 2048: one side, or (H, W). By default the network's own; where the network does
        not take this size, it is asked about the pictures resized to its own.
    progress: whether a bar shows the steps.
    settings: those of `Settings`, whose docstring lists them; by default the preset of the model's family. Those that
        a batch may differ in (weights, rates, blurs, clips) may be lists of B.

    Each frame has `pixels` (B, 3, H, W) in [0, 1] on the network's device, `scores` (B,) in the objectives' own unit
    (logits, or values of the layer), `penalties` before their weights and `notes`. Scores of earlier frames are those
    of the transformed views; the last frame's are those of its pictures, in float32.

    The same arguments give the same pictures, on the CPU bit for bit. A picture of a batch equals the one made alone
    only up to rounding, which grows from step to step.

    Raises VizError, UnknownName or NotShowable at once, TooBig or DeviceFailed at a step.

    Example:
        >>> import vizlib
        >>> model = vizlib.load_model("bundled/digits", device="cpu")
        >>> for frame in vizlib.maximize(model, [3, 8], steps=4, tv=2.0):
        ...     print(frame.step, frame.total, tuple(frame.pixels.shape), tuple(frame.scores.shape))
        1 4 (2, 3, 28, 28) (2,)
        2 4 (2, 3, 28, 28) (2,)
        3 4 (2, 3, 28, 28) (2,)
        4 4 (2, 3, 28, 28) (2,)
    """
    task = checked(model, Specification(objective, steps, seed, start, size, {**settings}))
    return shown(_frames(task), progress, "maximize")


@in_own_context
def _frames(task: Task) -> Generator[Frame, None, None]:
    first = task.steps // 2 if task.settings[0].grow and min(task.size) >= 2 * SIDES[0] else 0
    begin = task.start
    if first:
        half = task.size[0] // 2, task.size[1] // 2
        small = _Run(task, half, resized(begin, half), 0)
        for step in range(1, first + 1):
            frame = small.step(step)
            yield replace(frame, pixels=resized(frame.pixels, task.size))
        begin = resized(small.pixels(), task.size)
    run = _Run(task, task.size, begin, first)
    if first:
        run.cure.notes = small.cure.notes
    for step in range(first + 1, task.steps):
        yield run.step(step)
    run.step(task.steps)
    yield run.finish()


class _Run:
    """The loop at one size."""

    def __init__(self, task: Task, size: Size, begin: Tensor | None, before: int) -> None:
        self.task, self.settings = task, task.settings[0]
        self.start = resized(task.start, size)  # which the pull penalty keeps the picture close to
        self.asked = accepted_size(task.model, size)
        objectives = [at_size(task.model, each, task.asked, self.asked) for each in task.objectives]
        self.views = transforms.named(self.settings.transforms)
        self.scorer = Scorer(task.model, objectives, self.asked, self.settings.precision, self.views.views)
        self.likeness = Likeness(self.scorer) if self.settings.diversity else None
        if self.likeness and not self.scorer.batches.note(len(task.objectives)):
            self.scorer.batches.at_once = len(task.objectives)
        self.chance = torch.Generator().manual_seed(task.seeds[0] + before)
        rough = noise(task.seeds, size, self.settings.start_noise).to(task.model.device)
        self.canvas = make_canvas(self.settings.parameterization, rough, self.settings.cutoff)
        if begin is not None:
            self.canvas.encode(begin)
        self.canvas.numbers.requires_grad_()
        self.rate = task.weights("learning_rate") * self.canvas.rate
        self.alike = len(set(self.rate.tolist())) == 1
        self.penalties = self._named_penalties()
        self.weights = {name: task.weights(name) for name in self.penalties}
        self.weighed = {name: bool(each.any()) for name, each in self.weights.items()}
        self.changes = {name: task.weights(name).cpu() for name in _CHANGES}
        self.pace = Pace(task.model.device)
        fused = task.model.device.type in ("cpu", "cuda")
        self.adam = torch.optim.Adam([self.canvas.numbers], float(self.rate[0]) if self.alike else 1.0, fused=fused)
        self.cure = Cure(task.seeds, size)
        self.kept: list[Tensor] = []

    @torch.no_grad()
    def pixels(self) -> Tensor:
        return self.canvas.pixels()

    def step(self, step: int) -> Frame:
        """Takes one step. Returns the picture before it, with the network's scores of that picture."""
        with torch.enable_grad():
            pixels = self.canvas.pixels()
        seen = pixels.detach()
        scores, gradient = self.cure.look(self.scorer, seen, self._glance(), step)
        uphill = unit_rms(gradient)
        penalties, downhill = self._penalties(seen)
        if self.likeness and self.likeness.groups:
            downhill = downhill + self.settings.diversity * self.likeness.gradient(seen)
        (change,) = torch.autograd.grad(pixels, self.canvas.numbers, downhill - uphill)
        self.canvas.numbers.grad = change.contiguous()  # otherwise fused Adam moves the wrong numbers (of maco)
        self._move()
        self._change(step, gradient)
        for rows, start in self.cure.fresh_starts(self.scorer, step):
            self.canvas.encode(start, rows)
        if step >= self.task.steps * 3 / 4 and (self.task.steps - step) % max(1, self.task.steps // 16) == 0:
            self.kept = [*self.kept[1 - _CHECKS :], self.pixels()]
        with device_problems(self.task.model, seen):
            self.pace.step()
        return Frame(step, self.task.steps, seen, scores, penalties, self.cure.notes)

    def finish(self) -> Frame:
        """The best of the last pictures, each measured without transforms."""
        kept = self.kept or [self.pixels()]
        scores = torch.stack([self.scorer.measure(each) for each in kept])
        best = scores.argmax(0)
        chosen = torch.arange(len(best), device=best.device)
        pixels = torch.stack(kept)[best, chosen]
        penalties, _ = self._penalties(pixels)
        self.cure.ended(self.task.steps)
        memory = self.scorer.batches.note(len(pixels))
        notes = tuple(f"{each} {memory}".strip() for each in self.cure.notes)
        return Frame(self.task.steps, self.task.steps, pixels, scores[best, chosen], penalties, notes)

    def _glance(self) -> Glance:
        affine = transforms.draw(self.views, self.chance)
        device, noisy = self.task.model.device, None
        if self.views.noise:
            noisy = to_device(torch.randn(len(affine), 1, 3, *self.asked, generator=self.chance), device)
        return Glance(self.views, to_device(affine, device), noisy)

    def _penalties(self, pixels: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """Each penalty's values (B,), and the gradient of their weighted sums over the elements (B, 3, H, W)."""
        values: dict[str, Tensor] = {}
        total = torch.zeros_like(pixels)
        leaf = pixels.detach().requires_grad_()
        for name, penalty in self.penalties.items():
            with torch.set_grad_enabled(self.weighed[name]):
                each = penalty(leaf)
            values[name] = each.detach()
            if each.requires_grad:
                (gradient,) = torch.autograd.grad(each, leaf, self.weights[name])
                total += gradient * pixels[0].numel()
        return values, total

    def _named_penalties(self) -> dict[str, Any]:
        settings, start = self.settings, self.start
        orders = self.task.weights("norm_order")
        order = orders if len(set(orders.tolist())) > 1 else settings.norm_order
        found: dict[str, Any] = {
            "tv": regularizers.anisotropic_total_variation
            if settings.tv_form == "anisotropic"
            else lambda pixels: regularizers.total_variation(pixels, settings.tv_beta),
            "norm": lambda pixels: regularizers.norm(pixels, order),
        }
        if start is not None:
            found["pull"] = lambda pixels: (pixels - start).square().mean((1, 2, 3))
        return found

    def _move(self) -> None:
        """A step of Adam, each picture at its own learning rate."""
        numbers = self.canvas.numbers
        if self.alike:
            self.adam.step()
            return
        before = numbers.detach().clone()
        self.adam.step()
        with torch.no_grad():
            numbers.copy_(torch.lerp(before, numbers, self.rate.view(-1, *[1] * (numbers.ndim - 1))))

    @torch.no_grad()
    def _change(self, step: int, gradient: Tensor) -> None:
        """The changes of Yosinski et al. 2015, in their order."""
        rate, radius, faint, idle = self.changes.values()
        if step % self.settings.blur_every:
            radius = torch.zeros_like(radius)
        rows = (rate + radius + faint + idle).nonzero().flatten()  # the other pictures keep their exact numbers
        if not len(rows):
            return
        rows, rate, radius, faint, idle = (each.to(gradient.device) for each in (rows, rate, radius, faint, idle))
        pixels = regularizers.decay(self.pixels()[rows], rate[rows])
        pixels = regularizers.blur(pixels, radius[rows])
        if faint.any():
            pixels = regularizers.clip_small_norm(pixels, faint[rows])
        if idle.any():
            pixels = regularizers.clip_small_contribution(pixels, gradient[rows], idle[rows])
        self.canvas.encode(pixels, rows)
