"""Calls that may never return, such as those of a network folder whose server is gone: the caller need not wait.

A thread in such a call cannot be ended. It is a daemon, so that it does not keep the process from ending, and there are
few of them: once all are stuck, further calls wait in the queue until their callers give them up.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final

_MOST: Final = 4  # threads
_IDLE: Final = 5.0  # seconds without a call after which a thread ends


class Calls:
    """A few daemon threads that begin with the calls and end without them."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._busy = 0  # calls that are made or wait

    def begin(self, act: Callable[[], Any]) -> Future[Any]:
        """Makes the call in another thread. Cancel what you no longer wait for."""
        call: Future[Any] = Future()
        with self._lock:
            self._busy += 1
            self._queue.put((call, act))
            if self._threads < min(self._busy, _MOST):
                self._threads += 1
                threading.Thread(target=self._work, name="store call", daemon=True).start()
        return call

    def _work(self) -> None:
        while (found := self._next()) is not None:
            call, act = found
            if call.set_running_or_notify_cancel():
                try:
                    call.set_result(act())
                except BaseException as problem:  # noqa: BLE001  the caller gets it
                    call.set_exception(problem)
            with self._lock:
                self._busy -= 1

    def _next(self) -> tuple[Future[Any], Callable[[], Any]] | None:
        try:
            return self._queue.get(timeout=_IDLE)
        except queue.Empty:
            with self._lock:  # a call may have come between
                if self._queue.empty():
                    self._threads -= 1
                    return None
            return self._next()
