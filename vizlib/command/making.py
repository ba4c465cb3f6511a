"""Results by their recipes, as batches and pages have them: from the store where it has them, else computed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vizlib.batch import Task
from vizlib.batch.kinds.kind import Kind
from vizlib.command.telling import Teller
from vizlib.models import Classifier
from vizlib.runs import CannotUnpack, NotListed, Store, open_store, pack, unpack


@dataclass(frozen=True)
class Maker:
    """Makes results on one network.

    Attributes:
        model: the network.
        teller: shows the progress.
        store: the one that VIZLIB_STORE names.
    """

    model: Classifier
    teller: Teller
    store: Store = field(default_factory=open_store)

    @property
    def device(self) -> str:
        """The kind of device whose results are made."""
        return self.model.device.type

    def made(self, kind: Kind, task: Task, keep: bool = True) -> Any:
        """The result of a task. keep: whether it goes to the store; results that show somebody's own file do not."""
        found = self._found(kind, task)
        if found is not None:
            return found
        result = kind.result(task, self.teller.last(kind.run(self.model, task), kind.what))
        if keep and self.store.put(task.key, pack(result, kind.by_name)):
            kind.announce(task, self.store)
        return result

    def _found(self, kind: Kind, task: Task) -> Any:
        content = self.store.get(task.key)
        try:
            return None if content is None else unpack(content, kind.by_name)
        except (CannotUnpack, NotListed):
            return None
