"""The loop of a GAN: at each step the discriminator learns from real pictures and fakes, then the generator from it."""

from __future__ import annotations

from collections.abc import Generator as Frames
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from math import isfinite
from typing import Any

import torch

from vizlib.models import Classifier, device_problems, in_own_context
from vizlib.training.data import PictureSet
from vizlib.training.frames import in_parts
from vizlib.training.gan.evaluation import Evaluation
from vizlib.training.gan.frame import GanFrame
from vizlib.training.gan.judge import Judge
from vizlib.training.gan.networks import Design
from vizlib.training.gan.pictures import RealPictures
from vizlib.training.gan.players import Players
from vizlib.training.gan.record import Record
from vizlib.training.gan.saving import card
from vizlib.training.gan.settings import GanSettings
from vizlib.training.gan.trained import Gan, fixed_latents
from vizlib.training.order import Order


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
    """Both players and all that is seen and measured of them, from step to step."""

    def __init__(self, task: Task) -> None:
        settings, device = task.settings, task.judge.device
        self._task, self._players = task, Players(task.design, settings, device)
        self._real = torch.empty(0)
        self._order = Order(len(task.pictures.training), settings.batch, settings.seed)
        self._fixed = fixed_latents(settings.latent)
        judge = Judge(task.judge, task.data)
        self._evaluation = Evaluation(task.pictures, judge, settings.latent, self._players.fakes, self._players.belief)
        self._record = Record(settings.steps, task.known(judge.layer))
        self.step, self._note = 0, _about(judge)
        self._draw()

    def fill(self) -> Frames[GanFrame, None, None]:
        """Draws the pictures, a frame after some of them."""
        for note in self._task.pictures.filling():
            yield replace(self.frame(), note=note).comes_from(self)
        self._real = self._task.pictures.training.to(self._task.judge.device)

    def learn(self) -> bool:
        """Takes a step. Returns False where a loss is no finite number: then the run is over."""
        settings = self._task.settings
        with self._memory(settings.batch):
            losses = self._players.step(lambda: self._real[self._order.batch()])
        self.step += 1
        self._record.learned(self.step, *losses)
        if not all(map(isfinite, losses)):
            self._note += f" At step {self.step} a loss was no finite number, so training stopped. Lower the rates."
            return False
        if self.step in settings.filmed or not self.step % settings.redrawn:
            self._draw()
        return True

    def _memory(self, count: int) -> AbstractContextManager[None]:
        """Around work on so many pictures: an error of the device becomes a sentence."""
        size = self._task.pictures.size
        return device_problems(self._task.judge, torch.empty(count, 3, size, size, device="meta"))

    def _draw(self) -> None:
        """The fixed latent vectors, for the frames and for the film."""
        pictures = self._players.fakes(self._fixed).cpu()
        self._record.drawn(self.step, pictures, self.step in self._task.settings.filmed)

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
        parts = self._evaluation.parts(self._players.fakes(self._fixed))
        found = yield from in_parts(parts, partial(self._memory, 1), self.frame)
        self._record.evaluated(self.step, found, self._evaluation.real)
        yield self.frame()

    def frame(self) -> GanFrame:
        return self._record.frame(self.step, self._note).comes_from(self)

    def result(self) -> GanFrame:
        """The last frame, with both networks as files."""
        return self.left(self.frame())

    @in_own_context
    def left(self, frame: GanFrame) -> GanFrame:
        """A last frame like this one, with the networks as they are now: the run can go on."""
        settings = self._task.settings
        gan = Gan(frame.name, self._task.design, self._players.copies(), str(self._task.judge.device))
        done = replace(frame, done=True)
        return replace(done, files=gan.files(card(done, self._task.data.name, settings), settings.said()))

    def belongs(self) -> Mapping[str, str]:
        return self._task.belongs()

    def state(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "note": self._note,
            "order": self._order.state(),
            "players": self._players.state(),
            "record": self._record.state(self.step),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on from a state."""
        self.step, self._note = state["step"], state["note"]
        self._order.restore(state["order"])
        self._players.restore(state["players"])
        self._record.restore(self.step, state["record"])


def _about(judge: Judge) -> str:
    """By what the fakes are measured."""
    said = f"The fakes are measured by {judge.model.name}: by its layer {judge.layer}, averaged over all places."
    unknown = " It does not know these classes, so it cannot say which of them are covered."
    return said if judge.knows else said + unknown
