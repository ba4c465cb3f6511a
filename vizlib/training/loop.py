"""The loop of fine-tuning: each step is a batch, its loss, its gradient, and one step of the optimizer."""

from __future__ import annotations

import copy
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import torch
from timm.scheduler.cosine_lr import CosineLRScheduler
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from vizlib.errors import VizError
from vizlib.models import Classifier, device_problems, in_own_context
from vizlib.training.answers import Answers, gradient_norms
from vizlib.training.augmentation import Shown, mirrored_alike
from vizlib.training.data import PictureSet, divided
from vizlib.training.order import Order
from vizlib.training.record import Best, Record
from vizlib.training.saving import card, finished
from vizlib.training.settings import TuningSettings
from vizlib.training.trainee import Trainee
from vizlib.training.tuning import Tuning

_SET_ASIDE = 0.2  # share of the training pictures that chooses the best weights, where training may stop early


@dataclass(frozen=True, eq=False)
class Task:
    """A fine-tuning, checked."""

    model: Classifier
    data: PictureSet
    training: PictureSet
    validation: PictureSet | None
    tests: PictureSet
    settings: TuningSettings

    @property
    def note(self) -> str:
        """A sentence about classes that cannot be learned, or ""."""
        lost = [name for name, count in zip(self.data.classes, self.training.counts, strict=True) if not count]
        return f" No picture is left to train on for {', '.join(lost)}." if lost else ""

    def belongs(self) -> dict[str, str]:
        """What another run must have in common to go on from a checkpoint of this one."""
        return {**self.settings.said(), "network": self.model.fingerprint, "pictures": self.data.key}

    def known(self) -> dict[str, Any]:
        """What every frame says."""
        return {
            "counts": (len(self.training), len(self.validation or ()), len(self.tests)),
            "classes": self.data.classes,
            "name": f"trained/{self.model.name.rpartition('/')[2]}",
            "device": str(self.model.device),
            "private": self.data.private,
        }


def checked(model: Classifier, data: PictureSet, settings: TuningSettings) -> Task:
    """The fine-tuning of a network on pictures. Raises VizError for what cannot be trained."""
    settings = settings.checked()
    if len(data.classes) < 2:
        raise VizError("The pictures are of one class.", "Give pictures of at least two classes.")
    training, tests = divided(data, settings.held_out, settings.seed)
    training, validation = training.of(range(len(training))), None
    if settings.patience:
        training, validation = divided(training, _SET_ASIDE, settings.seed)
    settings = replace(settings, batch=min(settings.batch, len(training)))
    return Task(model, data, training, validation, tests, settings)


@in_own_context
def frames(task: Task, started: Trainee, state: Mapping[str, Any] | None = None) -> Generator[Tuning, None, None]:
    """The run: a frame for step 0 and for every step, and more of them while pictures are being checked.

    state: of a checkpoint, from which it goes on.
    """
    run = _Run(task, started)
    if state is not None:
        run.restore(state)
        yield run.frame()
    while True:
        if run.is_due:
            yield from run.check()
        if run.is_over or not run.learn():
            break
        if not run.is_due:
            yield run.frame()
    yield run.result()


class _Run:
    """The network and all that changes with it from step to step."""

    def __init__(self, task: Task, started: Trainee) -> None:
        settings, self._task, self._trainee = task.settings, task, started
        flip = mirrored_alike(task.data.classes) if settings.flip is None else settings.flip
        self._training = Shown(task.training.pictures, started.how, flip)
        self._labels = torch.from_numpy(task.training.labels).to(task.model.device)
        self._tests = self._to_check(task.tests)
        self._validation = self._to_check(task.validation) if task.validation else None
        self._answers = Answers(started, task.model, settings.augment, settings.seed, settings.what == "head")
        self._optimizer = started.optimizer(settings)
        self._schedule = CosineLRScheduler(self._optimizer, max(2, settings.steps), t_in_epochs=False)
        self._order = Order(len(task.training), settings.batch, settings.seed)
        self._record = Record(settings.steps, [*started.layers], task.known())
        self._best, self._note, self.step = Best(started.network), started.said + task.note, 0
        started.learns()

    def _to_check(self, pictures: PictureSet) -> tuple[Shown, Tensor]:
        return Shown(pictures.pictures, self._trainee.how), torch.from_numpy(pictures.labels)

    def belongs(self) -> Mapping[str, str]:
        return self._task.belongs()

    @property
    def _sets(self) -> list[Shown]:
        return [self._training, self._tests[0], *(self._validation or ())[:1]]

    def state(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "note": self._note,
            "network": self._trainee.network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "order": self._order.state(),
            "answers": self._answers.state(self._sets),
            "record": self._record.state(self.step),
            "best": self._best.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on from a state. The schedule needs none: it follows the step alone."""
        self.step, self._note = state["step"], state["note"]
        self._trainee.network.load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._order.restore(state["order"])
        self._answers.restore(state["answers"], self._sets)
        self._record.restore(self.step, state["record"])
        self._best.restore(state["best"])

    @property
    def is_due(self) -> bool:
        """Whether the pictures are to be checked before the next step."""
        settings, step = self._task.settings, self.step
        return self._record.last_check < step and (not step % settings.between or step >= settings.steps)

    @property
    def is_over(self) -> bool:
        """Whether there is no next step."""
        patience = self._task.settings.patience
        return self.step >= self._task.settings.steps or bool(patience and self._best.waited >= patience)

    def learn(self) -> bool:
        """Takes a step. Returns False, and takes none, where the loss is no finite number."""
        numbers, step = self._order.batch(), self.step + 1
        with self._memory(len(numbers)):
            logits, labels = self._answers.of_step(self._training, numbers), self._labels[numbers]
            loss = cross_entropy(logits, labels)
            self._optimizer.zero_grad()
            loss.backward()
            if not isfinite(value := loss.item()):
                self._note += f" At step {step} the loss was no finite number, so training stopped. Lower the rate."
                return False
            norms = gradient_norms(self._trainee.layers)
            self._optimizer.step()
        self._schedule.step_update(step)
        self._record.learned(step, value, norms, float((logits.argmax(1) == labels).float().mean()))
        self.step = step
        return True

    def _memory(self, count: int) -> AbstractContextManager[None]:
        """Around work on so many pictures: an error of the device becomes a sentence."""
        return device_problems(self._task.model, torch.empty(count, 3, *self._trainee.how.size, device="meta"))

    def check(self) -> Generator[Tuning, None, None]:
        """Asks the pictures that choose the weights and those that are held out; a frame after each part of them."""
        validation = (yield from self._asked(*self._validation)) if self._validation else None
        held_out, _ = yield from self._asked(*self._tests)
        self._record.checked(self.step, held_out, validation[0] if validation else float("nan"))
        self._best.offer(self.step, held_out, validation)
        patience = self._task.settings.patience
        if self.is_over and self.step < self._task.settings.steps:
            self._note += f" Training stopped early: {patience} checks in a row were no better."
        yield self.frame()

    def _asked(self, shown: Shown, labels: Tensor) -> Generator[Tuning, None, tuple[float, float]]:
        """The accuracy on these pictures, and their negative loss."""
        parts: list[Tensor] = []
        left = self._answers.of_check(shown)
        while sum(map(len, parts)) < len(shown):
            if parts:
                yield self.frame()
            with self._memory(1):
                parts.append(next(left).float().cpu())
        logits = torch.cat(parts)
        return float((logits.argmax(1) == labels).float().mean()), -float(cross_entropy(logits, labels))

    def frame(self) -> Tuning:
        return self._record.frame(self.step, self._best.step, self._note).comes_from(self)

    def result(self) -> Tuning:
        """The last frame, with the best weights as files and as a Classifier."""
        return self._end(self.frame(), self._trainee.network)

    @in_own_context
    def left(self, frame: Tuning) -> Tuning:
        """A last frame like this one, with the best weights so far in a copy of the network: the run can go on."""
        return self._end(frame, copy.deepcopy(self._trainee.network))

    def _end(self, frame: Tuning, network: nn.Module) -> Tuning:
        kept = f" The weights of step {self._best.step} were kept." if self._best.step != frame.step else ""
        self._best.give(network)
        task, note = self._task, frame.note + kept
        found = replace(frame, accuracy=self._best.accuracy, best_step=self._best.step, note=note, done=True)
        text = card(found, task.model, f"{task.data.name}", task.settings)
        model, files = finished(network, found.name, self._trainee.how, found.classes, text, task.model.device)
        found = replace(found, files=files)
        found.hold(model)
        return found
