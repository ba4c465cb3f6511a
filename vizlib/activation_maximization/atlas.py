"""The atlas of a layer: one optimized picture per channel, in order, made and stored in batches."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vizlib.activation_maximization.frame import Frame
from vizlib.activation_maximization.loop import maximize
from vizlib.activation_maximization.passes.host_device import Preview
from vizlib.activation_maximization.stored_atlas import AtlasPlan, Batch, StoredAtlas, listed_atlases, stored_atlas
from vizlib.layers import channel
from vizlib.models import Classifier, in_own_context
from vizlib.records import brief
from vizlib.render import notebook, to_image
from vizlib.runs import Store


@dataclass(frozen=True, eq=False)
class Atlas:
    """The tiles as they stand after `step` of `total` optimization steps.

    Attributes:
        step: optimization steps done, of all batches together.
        total: steps in all.
        tiles: (T, h, w, 3), gray where nothing is yet.
        values: (T,), each channel's mean on its own tile; nan where it is not finished.
        notes: per tile, "" or what a person should know.
    """

    step: int
    total: int
    tiles: NDArray[np.uint8]
    values: NDArray[np.float32]
    notes: tuple[str, ...]

    __repr__ = brief

    def _repr_html_(self) -> str:
        values = self.values[: notebook.MOST].tolist()
        captions = ["not finished" if value != value else f"mean {value:.3g}" for value in values]
        title = f"{self.finished} of {len(self.tiles)} tiles finished, step {self.step} of {self.total}"
        return notebook.shown(title, notebook.pictures(self.tiles, captions))

    @property
    def finished(self) -> int:
        """Tiles that will not change any more."""
        return int(np.isfinite(self.values).sum())


@in_own_context
def atlas(model: Classifier, plan: AtlasPlan, store: Store) -> Generator[Atlas, None, None]:
    """The tiles as they form, in order; batches that the store has come first, all at once.

    An atlas that another kind of device has finished is shown as that device made it.

    Raises UnknownName or NotShowable for the layer or a channel.
    """
    own = stored_atlas(model, plan)
    known = own.batches(store)
    for place in _elsewhere(own, store) if len(known) < len(own.rows) else ():
        if len(whole := place.batches(store)) == len(place.rows):
            yield _Sheet(place, plan.steps).finish(whole)
            return
    sheet = _Sheet(own, plan.steps)
    if known:
        yield sheet.finish(known)
    for number in range(len(own.rows)):
        if number not in known:
            batch = yield from _made(model, plan, sheet, number)
            own.keep(store, number, batch)
            yield sheet.finish({number: batch})


@in_own_context
def is_stored(model: Classifier, plan: AtlasPlan, store: Store) -> bool:
    """Whether the store has all tiles, so that `atlas` has nothing to compute unless one of them is damaged."""
    own = stored_atlas(model, plan)
    return own.complete(store) or any(True for _ in _elsewhere(own, store))


def _elsewhere(own: StoredAtlas, store: Store) -> Iterator[StoredAtlas]:
    """The same tiles, all of them there, as another kind of device has made them."""
    for listed in listed_atlases(store):
        there = replace(listed, channels=own.channels)
        if there.like(own) and there.complete(store):
            yield there


class _Sheet:
    """The tiles so far. Frames already given do not change: each change is made on a copy."""

    def __init__(self, place: StoredAtlas, steps: int) -> None:
        count = len(place.channels)
        self.size, self.rows = place.size, place.rows
        self._steps = steps  # of a batch
        self._done = 0  # batches
        self._tiles = np.full((count, self.size, self.size, 3), 128, np.uint8)
        self._values = np.full(count, np.nan, np.float32)
        self._notes = [""] * count

    def finish(self, batches: Mapping[int, Batch]) -> Atlas:
        """Puts whole batches into their places."""
        self._tiles, self._values = self._tiles.copy(), self._values.copy()
        for number, (tiles, values, notes) in batches.items():
            rows = self.rows[number]
            self._tiles[rows], self._values[rows], self._notes[rows] = tiles, values, notes
        self._done += len(batches)
        return self.frame(0)

    def show(self, number: int, tiles: NDArray[np.uint8]) -> None:
        """Puts tiles that are being made into their places."""
        self._tiles = self._tiles.copy()
        self._tiles[self.rows[number]] = tiles

    def frame(self, step: int) -> Atlas:
        """The sheet after `step` steps of the batch that is being made."""
        done, total = self._steps * self._done, self._steps * len(self.rows)
        return Atlas(done + step, total, self._tiles, self._values, tuple(self._notes))


def _made(model: Classifier, plan: AtlasPlan, sheet: _Sheet, number: int) -> Generator[Atlas, None, Batch]:
    """Makes a batch, with a frame after each step but the last."""
    preview = Preview(model.device)
    for frame in optimizing(model, replace(plan, channels=plan.channels[sheet.rows[number]]), sheet.size):
        if frame.step < frame.total:
            images = preview.take(frame.pixels)
            if images is not None:
                sheet.show(number, images)
            yield sheet.frame(frame.step)
    return finished(frame, plan.sign)


def optimizing(model: Classifier, plan: AtlasPlan, size: int) -> Generator[Frame, None, None]:
    """The plan's tiles, all as one batch, as they form. size: of a tile, px. Raises what `maximize` raises."""
    objectives = [plan.sign * channel(plan.layer, each) for each in plan.channels]
    return maximize(model, objectives, plan.steps, plan.seed, None, size, **plan.settings)


def finished(frame: Frame, sign: int) -> Batch:
    """The last frame of a batch as the store keeps it. sign: of the plan."""
    return to_image(frame.pixels), sign * frame.scores.cpu().numpy(), list(frame.notes)


def similar_order(answers: NDArray[np.float32]) -> list[int]:
    """An order in which similar channels are neighbors: each is followed by the remaining one that is most like it.

    answers: (pictures, C), how strongly each channel answers to each picture, as a survey has them.
    """
    centered = answers - answers.mean(0)
    length = np.linalg.norm(centered, axis=0)
    unit = centered / np.where(length > 0, length, 1)
    alike = unit.T @ unit
    here = int(length.argmax())
    order, left = [here], set(range(answers.shape[1])) - {here}
    while left:
        rest = sorted(left)
        here = rest[int(alike[here, rest].argmax())]
        order.append(here)
        left.remove(here)
    return order
