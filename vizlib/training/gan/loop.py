"""The loop of a GAN: at each step the discriminator learns from real pictures and fakes, then the generator from it."""

from __future__ import annotations

import copy
from collections.abc import Generator as Frames
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import torch
from torch import Tensor

from vizlib.models import Classifier, device_problems, in_own_context
from vizlib.training.data import PictureSet
from vizlib.training.gan.averaging import averaged
from vizlib.training.gan.evaluation import Evaluation
from vizlib.training.gan.frame import GanFrame
from vizlib.training.gan.judge import Judge
from vizlib.training.gan.losses import LOSSES
from vizlib.training.gan.networks import Design, built
from vizlib.training.gan.pictures import RealPictures
from vizlib.training.gan.record import Record
from vizlib.training.gan.saving import card
from vizlib.training.gan.settings import GanSettings
from vizlib.training.gan.trained import Gan, fixed_latents, pixels_of
from vizlib.training.order import Order

_REDRAWN = 10  # steps from one drawing of the fixed latent vectors to the next
_SECOND = 0.99  # Adam's second momentum: quicker than its usual 0.999, for runs of some hundred steps


@dataclass(frozen=True, eq=False)
class Task:
    """A GAN's training, checked."""

    data: PictureSet
    pictures: RealPictures
    judge: Classifier
    settings: GanSettings

    @property
    def design(self) -> Design:
        """What both networks are built from."""
        wanted = self.settings
        return Design(self.pictures.size, self.pictures.channels, wanted.latent, wanted.width, wanted.spectral_norm)

    def belongs(self) -> dict[str, str]:
        """What another run must have in common to go on from a checkpoint of this one."""
        return {**self.settings.said(), "judge": self.judge.fingerprint, "pictures": self.data.key}

    def known(self, layer: str) -> dict[str, Any]:
        """What every frame says. layer: the judge's."""
        held_out = len(self.pictures.held_out)
        return {
            "counts": (len(self.pictures.training), held_out, held_out),
            "classes": self.data.classes,
            "judge": self.judge.name,
            "layer": layer,
            "name": f"gan/{self.data.name.replace(' ', '_')}",
            "device": str(self.judge.device),
            "private": self.data.private,
        }


def checked(data: PictureSet, judge: Classifier, settings: GanSettings) -> Task:
    """The training of a GAN on pictures. Raises VizError for what cannot be trained."""
    settings = settings.checked()
    pictures = RealPictures(data, settings.size, settings.held_out, settings.seed)
    settings = replace(settings, size=pictures.size, batch=min(settings.batch, len(pictures.training)))
    return Task(data, pictures, judge, settings)


@in_own_context
def frames(task: Task, state: Mapping[str, Any] | None = None) -> Frames[GanFrame, None, None]:
    """The run: a frame for step 0 and for every step, and more of them while fakes are compared with real pictures.

    state: of a checkpoint, from which it goes on.
    """
    run = _Run(task)
    if state is not None:
        run.restore(state)
    yield run.frame()
    yield from run.fill()
    while True:
        if run.is_due:
            yield from run.evaluate()
        if run.is_over or not run.learn():
            break
        yield run.frame()
    yield run.result()


class _Run:
    """Both networks and all that changes with them from step to step."""

    def __init__(self, task: Task) -> None:
        settings, device = task.settings, task.judge.device
        self._task, self._loss = task, LOSSES[settings.loss]
        generator, discriminator = built(task.design, settings.seed)
        self._generator = generator.to(device).to(memory_format=torch.channels_last)
        self._discriminator = discriminator.to(device).to(memory_format=torch.channels_last)
        self._average = averaged(self._generator, settings.average)
        self._optimizers = [
            torch.optim.Adam(network.parameters(), rate, (settings.momentum, _SECOND))
            for network, rate in ((self._generator, settings.rate_g), (self._discriminator, settings.rate_d))
        ]
        self._real = torch.empty(0)
        self._order = Order(len(task.pictures.training), settings.batch, settings.seed)
        self._random = torch.Generator().manual_seed(settings.seed + 1)
        self._fixed = fixed_latents(settings.latent).to(device)
        judge = Judge(task.judge, task.data)
        self._evaluation = Evaluation(task.pictures, judge, settings.latent, self.fakes, self._belief)
        self._record = Record(settings.steps, task.known(judge.layer))
        self.step, self._note = 0, _about(judge)
        self._draw()

    def fill(self) -> Frames[GanFrame, None, None]:
        """Draws the pictures, a frame after some of them."""
        for note in self._task.pictures.filling():
            yield replace(self.frame(), note=note).comes_from(self)
        self._real = self._task.pictures.training.to(self._task.judge.device)

    # One step

    def learn(self) -> bool:
        """Takes a step. Returns False where a loss is no finite number: then the run is over."""
        settings, step = self._task.settings, self.step + 1
        with self._memory(settings.batch):
            for _ in range(settings.d_steps):
                fakes = self._generator(self._latents(settings.batch))
                loss_d = self._judge(fakes.detach())
            loss_g = self._deceive(fakes)
            found = float(loss_g), float(loss_d)
        self.step = step
        self._record.learned(step, *found)
        if not all(map(isfinite, found)):
            self._note += f" At step {step} a loss was no finite number, so training stopped. Lower the rates."
            return False
        self._average.update_parameters(self._generator)
        if step in settings.filmed or not step % _REDRAWN:
            self._draw()
        return True

    def _judge(self, fakes: Tensor) -> Tensor:
        """The discriminator's step; its loss before it."""
        settings = self._task.settings
        self._discriminator.requires_grad_(True)
        real = self._input(self._real[self._order.batch()])
        loss = self._loss.discriminator(self._discriminator(real), self._discriminator(fakes), 1 - settings.smoothing)
        if settings.only != "generator":
            self._take(1, loss)
        return loss.detach()

    def _deceive(self, fakes: Tensor) -> Tensor:
        """The generator's step; its loss before it."""
        self._discriminator.requires_grad_(False)
        loss = self._loss.generator(self._discriminator(fakes))
        if self._task.settings.only != "discriminator":
            self._take(0, loss)
        return loss.detach()

    def _take(self, which: int, loss: Tensor) -> None:
        """A step of one network, unless the loss is no finite number."""
        if isfinite(loss):
            self._optimizers[which].zero_grad()
            loss.backward()
            self._optimizers[which].step()

    def _latents(self, count: int) -> Tensor:
        found = torch.randn(count, self._task.settings.latent, generator=self._random)
        return found.to(self._task.judge.device)

    def _input(self, levels: Tensor) -> Tensor:
        """What the discriminator sees, in [-1, 1], of levels."""
        return (levels.float() / 127.5 - 1).to(memory_format=torch.channels_last)

    def _memory(self, count: int) -> AbstractContextManager[None]:
        """Around work on so many pictures: an error of the device becomes a sentence."""
        size = self._task.pictures.size
        return device_problems(self._task.judge, torch.empty(count, 3, size, size, device="meta"))

    # What is looked at

    @torch.no_grad()
    def fakes(self, latents: Tensor) -> Tensor:
        """Pixels (N, C, H, W) of latent vectors, by the average of the generator's weights."""
        return pixels_of(self._average(latents.to(self._task.judge.device)))

    @torch.no_grad()
    def _belief(self, pixels: Tensor) -> Tensor:
        """The probabilities of "real" that the discriminator gives to pixels, (N,)."""
        self._discriminator.eval()
        found: Tensor = self._discriminator(pixels.to(self._task.judge.device) * 2 - 1).sigmoid().flatten().cpu()
        self._discriminator.train()
        return found

    def _draw(self) -> None:
        """The fixed latent vectors, for the frames and for the film."""
        self._record.drawn(self.step, self.fakes(self._fixed).cpu(), self.step in self._task.settings.filmed)

    @property
    def is_due(self) -> bool:
        """Whether fakes are to be compared with real pictures before the next step."""
        return self.step in self._task.settings.evaluated and self._record.last_evaluation < self.step

    @property
    def is_over(self) -> bool:
        """Whether there is no next step."""
        return self.step >= self._task.settings.steps

    def evaluate(self) -> Frames[GanFrame, None, None]:
        """Compares fakes with real pictures, in parts with a frame after each."""
        parts = self._evaluation.parts(self.fakes(self._fixed))
        while True:
            try:
                with self._memory(1):
                    next(parts)
            except StopIteration as end:
                self._record.evaluated(self.step, end.value, self._evaluation.real)
                break
            yield self.frame()
        yield self.frame()

    # Its end, and its way back

    def frame(self) -> GanFrame:
        return self._record.frame(self.step, self._note).comes_from(self)

    def result(self) -> GanFrame:
        """The last frame, with both networks as files."""
        return self.left(self.frame())

    @in_own_context
    def left(self, frame: GanFrame) -> GanFrame:
        """A last frame like this one, with the networks as they are now: the run can go on."""
        generator: Any = copy.deepcopy(self._average.module)
        networks = generator, copy.deepcopy(self._discriminator)
        gan = Gan(frame.name, self._task.design, networks, str(self._task.judge.device))
        done = replace(frame, done=True)
        files = gan.files(card(done, self._task.data.name, self._task.settings), self._task.settings.said())
        return replace(done, files=files)

    def belongs(self) -> Mapping[str, str]:
        return self._task.belongs()

    @property
    def _changing(self) -> dict[str, Any]:
        return {
            "generator": self._generator,
            "discriminator": self._discriminator,
            "average": self._average,
            "optimizer_g": self._optimizers[0],
            "optimizer_d": self._optimizers[1],
        }

    def state(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "note": self._note,
            "order": self._order.state(),
            "random": self._random.get_state(),
            "record": self._record.state(self.step),
            **{name: each.state_dict() for name, each in self._changing.items()},
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on from a state."""
        self.step, self._note = state["step"], state["note"]
        for name, each in self._changing.items():
            each.load_state_dict(state[name])
        self._order.restore(state["order"])
        self._random.set_state(state["random"])
        self._record.restore(self.step, state["record"])


def _about(judge: Judge) -> str:
    """By what the fakes are measured."""
    said = f"The fakes are measured by {judge.model.name}: by its layer {judge.layer}, averaged over all places."
    unknown = " It does not know these classes, so it cannot say which of them are covered."
    return said if judge.knows else said + unknown
