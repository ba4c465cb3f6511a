"""The loop of domain adaptation: each step is a batch of both domains, two losses, and one step of the optimizer."""

from __future__ import annotations

import copy
from collections.abc import Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from math import isfinite
from typing import Any

import torch
from torch import Tensor

from vizlib.errors import NotShowable
from vizlib.models import device_problems, in_own_context
from vizlib.training.average import Average
from vizlib.training.domains.adaptation import Adaptation
from vizlib.training.domains.adaptee import Adaptee
from vizlib.training.domains.card import card
from vizlib.training.domains.checking import Checks
from vizlib.training.domains.losses import domain_losses, label_losses
from vizlib.training.domains.pictures import pairs
from vizlib.training.domains.record import Record
from vizlib.training.domains.task import Task
from vizlib.training.frames import in_parts
from vizlib.training.order import Order
from vizlib.training.saving import finished
from vizlib.training.trainee import Trainee

Batch = tuple[list[int], list[int]]  # numbers of the source's pictures and of the target's


@in_own_context
def frames(task: Task, started: Trainee, state: Mapping[str, Any] | None = None) -> Generator[Adaptation, None, None]:
    """The run: a frame for step 0 and for every step, and more of them while pictures are drawn or being checked.

    state: of a checkpoint, from which it goes on.
    """
    run = _Run(task, started)
    if state is not None:
        run.restore(state)
        yield run.frame()
    while True:
        if run.is_due:
            yield from run.check()
        if run.step >= task.settings.steps:
            break
        yield from run.prepare()
        if not run.learn():
            break
        if not run.is_due:
            yield run.frame()
    yield run.result()


class _Run:
    """The network and all that changes with it from step to step."""

    def __init__(self, task: Task, started: Trainee) -> None:
        settings, self._task, self._trainee = task.settings, task, started
        self._adaptee = Adaptee(started, task.model, settings.domain_at, settings.seed)
        self._training, self._tests = pairs(task, started.how)
        self._checks = Checks(self._adaptee, self._training, self._tests, settings)
        self._domains = self._training.domains(settings.batch)
        self._optimizer = torch.optim.SGD(self._adaptee.parameters(), settings.rate, settings.momentum)
        self._average = Average(self._adaptee.parameters(), settings.average)
        counts = self._training.counts
        self._orders = [Order(count, settings.batch, settings.seed + number) for number, count in enumerate(counts)]
        self._batch: Batch | None = None
        self._record = Record(settings.steps, task.known() | self._checks.known())
        self.step, self._note = 0, started.said
        started.learns()

    def belongs(self) -> Mapping[str, str]:
        return self._task.belongs()

    def state(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "note": self._note,
            "network": self._trainee.network.state_dict(),
            "head": self._adaptee.head.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "average": self._average.state(),
            "orders": [each.state() for each in self._orders],
            "batch": self._batch or (),
            "answers": self._adaptee.answers.state([]),
            "pseudo": self._training.pseudo,
            "record": self._record.state(self.step),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on from a state."""
        self.step, self._note = state["step"], state["note"]
        self._trainee.network.load_state_dict(state["network"])
        self._adaptee.head.load_state_dict(state["head"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._average.restore(state["average"])
        for order, each in zip(self._orders, state["orders"], strict=True):
            order.restore(each)
        self._batch = state["batch"] or None
        self._adaptee.answers.restore(state["answers"], [])
        self._training.pseudo.copy_(state["pseudo"])
        self._record.restore(self.step, state["record"])

    @property
    def is_due(self) -> bool:
        """Whether the held-out pictures are to be asked before the next step."""
        settings, step = self._task.settings, self.step
        return self._record.last_check < step and (not step % settings.between or step >= settings.steps)

    def prepare(self) -> Generator[Adaptation, None, None]:
        """Chooses the pictures of the next step; a frame whenever it has taken a while to draw them."""
        if self._batch is None:
            self._batch = self._orders[0].batch(), self._orders[1].batch()
        for _ in self._training.preparing(self._batch):
            yield self.frame()

    def learn(self) -> bool:
        """Takes a step. Returns False, and takes none, where a loss is no finite number."""
        batch, step, settings = self._batch or ([], []), self.step + 1, self._task.settings
        self._batch = None
        factor, rate = settings.factor_of(step), settings.rate_of(step)
        with self._memory(2 * settings.batch):
            label, sides = self._losses(batch, factor)
            loss = label + settings.weight * sides.mean()
            self._optimizer.zero_grad()
            loss.backward()
            if not isfinite(loss.item()):
                self._note += f" At step {step} a loss was no finite number, so training stopped. Lower the rate."
                return False
            self._optimizer.param_groups[0]["lr"] = rate
            self._optimizer.step()
            self._average.follow()
        self._record.learned(step, label.item(), sides.tolist(), factor, rate)
        self.step = step
        return True

    def _losses(self, batch: Batch, factor: float) -> tuple[Tensor, Tensor]:
        """The loss of the classes, and those of the domain for the source's pictures and for the target's."""
        settings, labels = self._task.settings, self._training.labels_of(batch, self._task.settings.labels)
        known = labels >= 0
        learns = "both" if self._training.has_pseudo else settings.labels
        logits, domains = self._adaptee.of_step(self._training, batch, factor, learns)
        label = label_losses(logits[known], labels[known], settings.mistake).sum() / settings.batch
        found = domain_losses(domains, self._domains, settings.mistake)
        return label, found.view(2, -1).mean(1)

    def _memory(self, count: int) -> AbstractContextManager[None]:
        """Around work on so many pictures: an error of the device becomes a sentence."""
        return device_problems(self._task.model, torch.empty(count, 3, *self._trainee.how.size, device="meta"))

    def check(self) -> Generator[Adaptation, None, None]:
        """Asks the held-out pictures; a frame after each part of them."""
        found = yield from in_parts(self._checks.asking(self.step), self._asking, self.frame)
        self._record.checked(*found)
        yield self.frame()

    @contextmanager
    def _asking(self) -> Iterator[None]:
        with self._memory(1), self._average.used():
            yield

    def frame(self) -> Adaptation:
        return self._record.frame(self.step, self._note).comes_from(self)

    def result(self) -> Adaptation:
        """The last frame, with the weights as files and as a Classifier."""
        return self.left(self.frame())

    @in_own_context
    def left(self, frame: Adaptation) -> Adaptation:
        """A last frame like this one, with the weights of this moment in a copy of the network: the run can go on."""
        if self._record.last_check < 0:
            raise NotShowable("Nothing is trained yet.", "Wait for the first check of the held-out pictures.")
        with self._average.used():
            network = copy.deepcopy(self._trainee.network)
        found = replace(frame, done=True)
        text, place = card(found, self._task), self._task.model.device
        network = network.to(memory_format=torch.contiguous_format)
        model, files = finished(network, found.name, self._trainee.how, found.classes, text, place)
        found = replace(found, files=files)
        found.hold(model)
        return found
