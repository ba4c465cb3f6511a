"""Networks in memory: each is loaded once, and the least recently used leave when they take too much."""

from __future__ import annotations

import gc
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import torch

from vizlib.models import Classifier, load_model

Key = tuple[str, str, str, float | str]  # name, device, labels, stamp
Load = Callable[[str, str, str], Classifier]  # name, device, labels


@dataclass(frozen=True)
class Held:
    """A network on the shelf."""

    name: str
    device: str
    size: int  # bytes of its weights


class Shelf:
    """Classifiers by name, device and reading of the labels, at most `limit` bytes of weights.

    The one that was asked for last is always kept. A network that is put away stays on its device until its last user
    is done: a run keeps its network until it ends.
    """

    def __init__(self, limit: int, load: Load | None = None) -> None:
        self.limit = limit
        self._load = load or _load
        self._there: OrderedDict[Key, Classifier] = OrderedDict()
        self._loading: dict[Key, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(
        self,
        name: str,
        device: str = "auto",
        stamp: float | str = 0.0,
        labels: str = "auto",
        load: Load | None = None,
    ) -> Classifier:
        """The network. Another stamp (its file's last change) is another network. Raises what loading raises.

        load: opens it in another way than the shelf's; the stamp has to say what it opens.
        """
        key = name, device, labels, stamp
        with self._lock:
            if (found := self._take(key)) is not None:
                return found
            turn = self._loading.setdefault(key, threading.Lock())
        with turn:  # a class of thirty that opens one network loads it once
            with self._lock:
                if (found := self._take(key)) is not None:
                    return found
            try:
                model = (load or self._load)(name, device, labels)
            finally:
                with self._lock:
                    self._loading.pop(key, None)
            with self._lock:
                self._there[key] = model
                put_away = self._make_room()
        if put_away:
            del put_away
            gc.collect()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
        return model

    def held(self) -> list[Held]:
        """The networks on the shelf, the least recently used first."""
        with self._lock:
            return [Held(name, str(model.device), size_of(model)) for (name, *_), model in self._there.items()]

    def clear(self) -> None:
        """Puts everything away."""
        with self._lock:
            self._there.clear()

    def _take(self, key: Key) -> Classifier | None:
        if key in self._there:
            self._there.move_to_end(key)
        return self._there.get(key)

    def _make_room(self) -> list[Classifier]:
        sizes = [size_of(each) for each in self._there.values()]
        put_away = []
        while sum(sizes) > self.limit and len(sizes) > 1:
            put_away.append(self._there.popitem(last=False)[1])
            sizes.pop(0)
        return put_away


def size_of(model: Classifier) -> int:
    """Bytes of the network's weights and buffers, and of its faster copies."""
    copies = [part for kept in model.memo.values() if isinstance(kept, tuple) for part in kept]
    networks = {id(each): each.network for each in (model, *copies) if hasattr(each, "network")}
    tensors = [each for network in networks.values() for each in (*network.parameters(), *network.buffers())]
    return sum(each.numel() * each.element_size() for each in tensors)


def _load(name: str, device: str, labels: str) -> Classifier:
    return load_model(name, device=device, labels=labels)
