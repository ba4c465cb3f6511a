"""What the frames of every training have in common: the run behind them, the files of its end, the network in these."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar
from weakref import ReferenceType, ref

from vizlib.errors import DeviceFailed, NotShowable
from vizlib.models import Classifier, opened_files
from vizlib.training.checkpoint import copied, packed
from vizlib.weights import write

F = TypeVar("F")
R = TypeVar("R")


class Running(Protocol):
    """A run as its frames know it. Its generator changes it at each step."""

    @property
    def step(self) -> int:
        """Steps taken so far."""

    def belongs(self) -> Mapping[str, str]:
        """What another run must have in common to go on from a checkpoint of this one, in words."""

    def state(self) -> Mapping[str, Any]:
        """All that changes with the steps, as `packed` takes it."""

    def left(self, frame: Any) -> Any:
        """The frame as the last one, made of what there is. The run can go on."""


def in_parts(
    parts: Generator[None, None, R], within: Callable[[], AbstractContextManager[None]], frame: Callable[[], F]
) -> Generator[F, None, R]:
    """Does the parts of a long piece of work, with a frame after each. Returns what they return.

    within: the block around each part; readers of the frames are outside of it.
    """
    while True:
        try:
            with within():
                next(parts)
        except StopIteration as end:
            found: R = end.value
            return found
        yield frame()


@dataclass(frozen=True, eq=False)
class TrainingFrame:
    """A training after `step` of `total` steps. `Tuning`, and those of other trainings, say what they add."""

    step: int
    total: int
    name: str = field(default="", kw_only=True)
    device: str = field(default="cpu", kw_only=True)
    private: bool = field(default=False, kw_only=True)
    note: str = field(default="", kw_only=True)
    files: Mapping[str, bytes] = field(default_factory=dict, kw_only=True)
    done: bool = field(default=False, kw_only=True)  # whether this is the last frame
    _behind: list[ReferenceType[Running]] = field(default_factory=list, init=False, repr=False)

    def comes_from(self, run: Running) -> Self:
        """Gives the frame its run, which the frame does not keep alive. Returns the frame."""
        self._behind[:] = [ref(run)]
        return self

    @property
    def _run(self) -> Running:
        run = self._behind[0]() if self._behind else None
        if run is None:
            raise NotShowable("The run of this frame is gone.", "Run it again, and stop it where you want to.")
        return run

    @cached_property
    def so_far(self) -> Self:
        """This frame as the last one, made of what there is so far: for a run that is left before its end.

        The run can still go on. Raises NotShowable as long as there is nothing yet, and when the run is gone.
        """
        found: Self = self if self.done else self._run.left(self)
        return found

    def checkpoint(self) -> bytes:
        """The whole run as it stands after this frame's step. Given as `resume`, it goes on from there.

        The same call with `resume` gives the same frames from here on, on the CPU to the bit. One made while pictures
        are being checked goes on with the beginning of that check.

        Raises NotShowable when the run is gone, as it is after the last frame, or has taken further steps.
        """
        return self.freeze()()

    def freeze(self) -> Callable[[], bytes]:
        """A checkpoint in two parts, as a server wants it: the state is copied now, and packed when that is called.

        The second part takes longer, and may be done in another thread while the run goes on. Raises as `checkpoint`.
        """
        run = self._run
        if run.step != self.step:
            what = f"The run has gone on from step {self.step} to step {run.step}."
            raise NotShowable(what, "Take the checkpoint of its latest frame, before the next step.")
        state: Mapping[str, Any] = copied(run.state())
        return lambda: packed(state, run.belongs())

    def save(self, folder: str | PathLike[str]) -> Path:
        """Writes the files of what was trained into a folder, which is made if it does not exist. Returns its path.

        A classifier is in timm's layout, which `load_model`, VIZLIB_WEIGHTS and timm open; timm does not open
        torchvision's networks.

        Raises NotShowable before the last frame, and for a network that timm cannot build.
        """
        if not self.done:
            raise NotShowable("The trained network is in the last frame.", "Take vizlib.last(run).save(folder).")
        if not self.files:
            what = f"timm cannot build {self.name}, so its files cannot be written."
            raise NotShowable(what, "Save the weights yourself: torch.save(run.model.network.state_dict(), ...).")
        write(self.files, Path(folder))
        return Path(folder)


@dataclass(frozen=True, eq=False)
class ClassifierFrame(TrainingFrame):
    """A training of a classifier; its last frame has the trained network."""

    _opened: list[Classifier] = field(default_factory=list, init=False, repr=False)

    @property
    def model(self) -> Classifier:
        """The trained network, opened from `files`. Raises NotShowable before the last frame."""
        if not self._opened:
            if not self.files:
                what = "The trained network is in the last frame." if not self.done else "The network is gone."
                raise NotShowable(what, "Take vizlib.last(run).model, in the process that trained it.")
            self._opened.append(self._open())
        return self._opened[0]

    def hold(self, model: Classifier) -> None:
        """Gives the frame the trained network of this process, so that it need not be opened again."""
        self._opened[:] = [model]

    def _open(self) -> Classifier:
        try:
            return opened_files(self.files, self.name, self.device)
        except DeviceFailed:  # the run was read from the store of a machine with another device
            return opened_files(self.files, self.name, "auto")
