"""What a shared store has, as far as is known here, and the way there: one thread lists and uploads, and no page waits.

The thread begins when there is something to do and ends when there is nothing. What could not be uploaded waits, by
name, and is tried again every half a minute as long as the process runs. When it ends, up to three seconds are given to
what is still waiting. The rest stays on this server, and is uploaded when it is next used here.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from functools import partial
from math import inf
from typing import Any, Final
from weakref import WeakSet

from vizlib.runs.remote import PATIENCE, REST, Away, Remote

_FRESH: Final = 3.0  # seconds for which a list is believed to be complete, or
_COST: Final = 10.0  # times as long as it took to make it
_OLD: Final = 60.0  # seconds after which a list is made before something is uploaded that may be there already
_MOST: Final = 10_000  # names that wait
_LAST: Final = 3.0  # seconds at the end of the process
_couriers: WeakSet[Courier] = WeakSet()


class Courier:
    """Knows what is in the remote store, and uploads to it. content: the bytes under a name, None if they are gone."""

    def __init__(self, remote: Remote, content: Callable[[str], bytes | None]) -> None:
        self._remote, self._content = remote, content
        self._news = threading.Condition()
        self._names: dict[str, int] = {}
        self._damaged: dict[str, float] = {}  # and when that was seen
        self._pending: dict[str, None] = {}
        self._listed, self._took = -inf, 0.0
        self._wanted = False  # a list
        self._slow = False  # a page has waited for the list that is being made, which is enough
        self._lost = False
        self._send_after = 0.0
        self._thread: threading.Thread | None = None
        _couriers.add(self)

    @property
    def pending(self) -> int:
        """How many names wait to be uploaded."""
        return len(self._pending)

    def size(self, name: str) -> int | None:
        """Bytes under the name; None if there is nothing, or if what is there was damaged a moment ago."""
        with self._news:
            if name not in self._names:
                self._look(PATIENCE)
            if time.monotonic() - self._damaged.get(name, -inf) < REST:
                return None
            return self._names.get(name)

    def sizes(self, patience: float = PATIENCE) -> dict[str, int]:
        """Bytes under every name, as it was a few seconds ago. Waits for the list at most for `patience` seconds."""
        with self._news:
            self._look(patience)
            return dict(self._names)

    def offer(self, name: str) -> None:
        """Uploads what is under the name, unless it is there already."""
        with self._news:
            if name in self._pending or (name in self._names and name not in self._damaged):
                return
            if len(self._pending) >= _MOST:
                self._lost = True
                return
            self._pending[name] = None
            self._wake()

    def distrust(self, name: str) -> None:
        """Notes that what is under the name is damaged, so that the next offer replaces it."""
        with self._news:
            self._damaged[name] = time.monotonic()

    def forget(self, name: str | None = None) -> None:
        """Takes a name for gone; or gives up all that is waiting."""
        with self._news:
            if name is None:
                self._pending.clear()
            else:
                self._names.pop(name, None)
                self._pending.pop(name, None)
            self._news.notify_all()

    def settle(self, seconds: float) -> bool:
        """Waits until everything offered has arrived, at most that long. Answers whether it has."""
        with self._news:
            patience = 0.0 if self._remote.problem else seconds
            return self._news.wait_for(lambda: not self._pending, patience) and not self._lost

    def _look(self, patience: float) -> None:
        """Has a new list made if the last one is old, and waits for it, unless the store is slow or away."""
        age = time.monotonic() - self._listed
        if self._remote.problem or self._remote.rest or age < max(_FRESH, _COST * self._took):
            return
        self._wanted = True
        self._wake()
        if self._remote.answers and not self._slow:
            self._slow = not self._news.wait_for(lambda: not self._wanted, patience)

    def _wake(self) -> None:
        self._news.notify_all()
        if not self._remote.problem and (self._thread is None or not self._thread.is_alive()):
            self._thread = threading.Thread(target=self._work, name="shared store", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while (act := self._next()) is not None:
            act()

    def _next(self) -> Callable[[], None] | None:
        """What to do next, as soon as it may be done; None if there is nothing."""
        with self._news:
            while self._wanted or self._pending:
                rest = self._remote.rest
                if rest:
                    self._wanted = False  # nobody waits for a store that is left alone
                    self._news.notify_all()
                elif self._wanted or not self._remote.answers or time.monotonic() - self._listed > _OLD:
                    return self._list
                rest = max(rest, self._send_after - time.monotonic())
                if self._pending and rest <= 0:
                    return partial(self._send, next(iter(self._pending)))
                if self._pending:
                    self._news.wait(rest)
            self._thread = None
            return None

    def _list(self) -> None:
        began = time.monotonic()
        try:
            names: dict[str, int] | None = self._remote.list()
        except Away:
            names = None
        with self._news:
            self._wanted = False
            if names is not None:
                self._names, self._listed, self._slow = names, time.monotonic(), False
                self._took = self._listed - began
            self._news.notify_all()

    def _send(self, name: str) -> None:
        data = self._content(name)
        if data is not None and (name not in self._names or name in self._damaged):
            try:
                self._remote.write(name, data)
            except Away:
                with self._news:
                    self._send_after, self._wanted = time.monotonic() + REST, True  # a list says if it is there at all
                return
        with self._news:
            self._pending.pop(name, None)
            self._lost |= data is None
            if data is not None:
                self._damaged.pop(name, None)
                self._names[name] = len(data)
            self._news.notify_all()


def _finish(*_: Any) -> None:
    """Gives what is waiting a last chance."""
    until = time.monotonic() + _LAST
    for courier in list(_couriers):
        if courier._remote.answers:
            courier.settle(max(0.0, until - time.monotonic()))


atexit.register(_finish)
