"""What one process holds for everybody who runs something in it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from functools import partial
from typing import TypeVar

from vizlib.models import available_devices, spread
from vizlib.records import Snapshot
from vizlib.runs.job import Job
from vizlib.runs.kept import WORTH, kept
from vizlib.runs.lasting import Again, Keeper
from vizlib.runs.limits import allowed
from vizlib.runs.networks import Shelf
from vizlib.runs.opening import open_store
from vizlib.runs.packing import by_name, weight
from vizlib.runs.provenance import as_stored
from vizlib.runs.recipe import Recipe
from vizlib.runs.shelter import Shelter
from vizlib.runs.store import Store
from vizlib.runs.table import JobTable
from vizlib.runs.turns import Turns

T = TypeVar("T", bound=Snapshot)


class Runs:
    """The jobs of a process, the queue of each device, the networks in memory and the results on disk.

    frames: the classes of results that may be kept on disk: `vizlib.FRAMES`, and those of your own generators.
    store: where results are kept; by default what VIZLIB_STORE says.
    worth: seconds of computing from which a result is kept.
    shelter: where runs that last are kept; by default nowhere, so that they end with the process.

    Raises ValueError for two different frame classes of one name.
    """

    def __init__(
        self,
        frames: Iterable[type],
        store: Store | None = None,
        worth: float = WORTH,
        shelter: Shelter | None = None,
    ) -> None:
        limits = allowed()
        self.kinds = by_name(frames)
        self.store = open_store() if store is None else store
        self.worth = worth
        self.jobs = JobTable(measure=weight)
        self.keeper = Keeper(shelter or Shelter(None))
        self.shelf = Shelf(limits.networks)
        self._at_once = limits.at_once
        self._turns: dict[str, Turns] = {}

    def job(
        self,
        recipe: Recipe,
        start: Callable[[], Generator[T, None, None]],
        device: str | None = None,
        keep: bool = False,
    ) -> Job[T]:
        """The recipe's job, shared by all who ask for it: the one that is there, else a new one.

        start: begins the run when there is none to share.
        device: where it computes, such as "cuda:0", in turn with the other runs there; None for what computes
            nothing, such as a download.
        keep: whether its last frame comes from the store, and goes there at the end.
        """
        if (lasting := self.keeper.job(recipe.key)) is not None:
            return lasting
        place = device or "none"
        start = partial(self.keeper.written, recipe.key, start)
        begin = partial(kept, self.store, as_stored(recipe, place), start, self.kinds, self.worth) if keep else start
        what = str(recipe.parts.get("what") or recipe.parts.get("method", "run"))
        turns = self.turns(device) if device else None
        return self.jobs.get(recipe.key, begin, turns, recipe=recipe.key[:12], what=what, device=place)

    def resume(self, again: Again) -> None:
        """Goes on with the runs that the last process kept. again: makes a recipe's run again."""
        self.keeper.resume(self.job, again)

    def turns(self, device: str) -> Turns:
        """The queue of a device."""
        return self._turns.setdefault(device, Turns(self._at_once))

    def free_device(self, device: str) -> str:
        """Where to compute what was asked for "auto": of several GPUs, the one that has the fewest runs just now."""
        gpus = [name for name in available_devices() if name.startswith("cuda")]
        if device != "auto" or len(gpus) < 2:
            return device
        return spread({name: self.turns(name).busy for name in gpus})
