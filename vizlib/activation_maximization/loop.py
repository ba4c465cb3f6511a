"""The loop of activation maximization (Erhan et al. 2009; Simonyan et al. 2013, arXiv 1312.6034; Olah et al. 2017).

Each step: the picture from its numbers, a view of it by this step's transforms, the network up to the layer asked,
the objective's gradient to the pixels, the penalties' gradients, one step of the optimizer on the numbers.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Unpack

import torch
from torch import Tensor

from vizlib.activation_maximization import spaces, transforms
from vizlib.activation_maximization.frame import Frame
from vizlib.activation_maximization.given import Given
from vizlib.activation_maximization.optimizers import Mover
from vizlib.activation_maximization.parameterizations import make_canvas
from vizlib.activation_maximization.passes.host_device import Pace, to_device
from vizlib.activation_maximization.passes.scoring import Glance, Likeness, Scorer, accepted_size, unit_rms
from vizlib.activation_maximization.penalties import Changes, Penalties
from vizlib.activation_maximization.starts import Cure, noise
from vizlib.activation_maximization.task import SIDES, Specification, Start, Task, checked, resized
from vizlib.layers import Target, at_size
from vizlib.models import Classifier, Units, device_problems, in_own_context
from vizlib.records import Size
from vizlib.steps import shown

_CHECKS = 5  # pictures of the last quarter that are compared at the end


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
    settings: those of `Settings`, whose docstring lists them; by default the preset of the model's family, or with
        another optimizer than Adam no regularizers and no transforms. Those that a batch may differ in (weights, rates,
        blurs, clips) may be lists of B.

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
        self.course = self.settings.parameterization in spaces.SPACES
        self.asked = accepted_size(task.model, size)
        objectives = [at_size(task.model, each, task.asked, self.asked) for each in task.objectives]
        self.views = transforms.named(self.settings.transforms)
        self.scorer = Scorer(task.model, objectives, self.asked, self.settings.precision, self.views.views)
        self.likeness = Likeness(self.scorer) if self.settings.diversity else None
        if self.likeness and not self.scorer.batches.note(len(task.objectives)):
            self.scorer.batches.at_once = len(task.objectives)
        self.chance = torch.Generator().manual_seed(task.seeds[0] + before)
        rough = noise(task.seeds, size, self.settings.start_noise).to(task.model.device)
        units = Units(task.model.preprocessing, task.model.device)
        shape = self.settings.cutoff, self.settings.window
        self.canvas = make_canvas(self.settings.parameterization, rough, *shape, units)
        if begin is not None:
            self.canvas.encode(begin)
        self.canvas.numbers.requires_grad_()
        self.mover = Mover(
            self.settings.optimizer, self.canvas.numbers, task.weights("learning_rate") * self.canvas.rate
        )
        self.penalties = Penalties(task, resized(task.start, size), self.canvas)
        self.change = Changes(task, self.canvas)
        self.pace = Pace(task.model.device)
        self.cure = Cure(task.seeds, size)
        self.kept: list[Tensor] = []

    @torch.no_grad()
    def pixels(self) -> Tensor:
        return self._shown(self.canvas.pixels())

    def step(self, step: int) -> Frame:
        """Takes one step. Returns the picture before it, with the network's scores of that picture."""
        with torch.enable_grad():
            pixels = self.canvas.pixels()
        seen = pixels.detach()
        scores, gradient = self._look(seen, step)
        uphill = unit_rms(gradient) if self.settings.optimizer == "adam" else gradient
        penalties, downhill = self.penalties(seen)
        if self.likeness and self.likeness.groups:
            downhill = downhill + self.settings.diversity * self.likeness.gradient(seen)
        (change,) = torch.autograd.grad(pixels, self.canvas.numbers, downhill - uphill)
        self.mover.step(change)
        self.change(step, gradient)
        for rows, start in self.cure.fresh_starts(self.scorer, step):
            self.canvas.encode(start, rows)
        self._keep(step)
        with device_problems(self.task.model, seen):
            self.pace.step()
        return Frame(step, self.task.steps, self._shown(seen), scores, penalties, self.cure.notes, self.course)

    def _look(self, pixels: Tensor, step: int) -> tuple[Tensor, Tensor]:
        """The scores of this step's view (B,), and their gradients to the pixels."""
        glance = self._glance(self._views_at(step))
        shift = spaces.draw_shift(self.chance, self.settings.roll) if self.settings.roll else (0, 0)
        scores, gradient = self.cure.look(self.scorer, spaces.rolled(pixels, shift), glance, step)
        return scores, spaces.rolled(gradient, [-each for each in shift])

    def _keep(self, step: int) -> None:
        """Keeps some of the last pictures, the best of which is the answer. Courses return the very last one."""
        steps = self.task.steps
        if step == steps if self.course else step >= steps * 3 / 4 and (steps - step) % max(1, steps // 16) == 0:
            self.kept = [*self.kept[1 - _CHECKS :], self.pixels()]

    def _shown(self, pixels: Tensor) -> Tensor:
        """The pixels as frames have them: a start in a course's space may be outside [0, 1]."""
        return pixels.clamp(0, 1) if self.course and self.settings.clamp else pixels

    def finish(self) -> Frame:
        """The best of the last pictures, each measured without transforms."""
        kept = self.kept or [self.pixels()]
        scores = torch.stack([self.scorer.measure(each) for each in kept])
        best = scores.argmax(0)
        chosen = torch.arange(len(best), device=best.device)
        pixels = torch.stack(kept)[best, chosen]
        penalties, _ = self.penalties(pixels)
        self.cure.ended(self.task.steps)
        memory = self.scorer.batches.note(len(pixels))
        notes = tuple(f"{each} {memory}".strip() for each in self.cure.notes)
        return Frame(self.task.steps, self.task.steps, pixels, scores[best, chosen], penalties, notes, self.course)

    def _views_at(self, step: int) -> transforms.Transforms:
        """The transforms of this step; while the picture settles, none, but as many views."""
        moving = step <= self.task.steps * (1 - self.settings.settle)
        return self.views if moving else transforms.Transforms(views=self.views.views)

    def _glance(self, views: transforms.Transforms) -> Glance:
        affine = transforms.draw(views, self.chance)
        device, noisy = self.task.model.device, None
        if views.noise:
            noisy = to_device(torch.randn(len(affine), 1, 3, *self.asked, generator=self.chance), device)
        return Glance(views, to_device(affine, device), noisy)
