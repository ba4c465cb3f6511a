"""Bytes by name behind a URL: every wait is bounded, and a store that does not answer is left alone for a while.

Any protocol of fsspec will do. Credentials come from the environment or the cloud's own chain (for S3 that includes
AWS_ENDPOINT_URL), never from the URL. Object stores are atomic per object; elsewhere a file is written beside its place
and moved there, and a process that is killed in between leaves a file ending in `.part`, which nobody reads.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any, Final
from uuid import uuid4

from vizlib.runs.url import file_system, objection, reason, shown
from vizlib.runs.waiting import Calls

PATIENCE: Final = 2.0  # seconds for an answer
REST: Final = 30.0  # seconds for which a store that did not answer is left alone
_RATE: Final = 2e6  # bytes a second that a transfer makes at least
_LISTING: Final = 20.0  # seconds for a list of everything, for which no page waits
_WRITING: Final = 10.0
_PROBE: Final = 10.0
_log = logging.getLogger("vizlib.runs.store")


class Away(Exception):
    """The store did not answer, or is left alone because it did not."""


class Remote:
    """What is behind the URL.

    Attributes:
        where: the URL as it may be shown.
        problem: the sentence why it cannot be used at all, or "".
        away_since: when it ceased to answer, in seconds since 1970; None while it answers.
        refuses: whether it could not be written when that was last tried.
    """

    def __init__(self, url: str) -> None:
        self.where = shown(url)
        self.away_since: float | None = None
        self.refuses = False
        self._rest_until = 0.0
        self._calls = Calls()
        self._opening: Future[tuple[Any, str]] | None = None
        self._files: Any = None
        self._url, self._root = url, ""
        self.problem = objection(url)
        if self.problem:
            _log.error("%s Results are kept on this server only.", self.problem)

    @property
    def answers(self) -> bool:
        """Whether it is worth asking, as far as is known."""
        return not self.problem and self.away_since is None

    @property
    def rest(self) -> float:
        """Seconds until it may be asked whether it is back; 0 while it answers."""
        return 0.0 if self.away_since is None else max(0.0, self._rest_until - time.monotonic())

    def list(self) -> dict[str, int]:
        """The names of everything there, with their bytes. This finds out whether the store is back. Raises Away."""
        until = time.monotonic() + _LISTING
        try:
            self._connect(until)
            found = _result(self._begin("find", self._root, detail=True), until - time.monotonic())
            start = len(self._root) + 1
            sizes = {path[start:]: int(info.get("size") or 0) for path, info in found.items()}
        except Exception as problem:  # each kind of store has errors of its own
            raise self._gone(problem) from problem
        self._back()
        return sizes

    def read(self, sizes: Mapping[str, int]) -> dict[str, bytes]:
        """What is under the names; those that are not there are left out. sizes: their bytes. Raises Away."""
        if not self.answers or self._files is None:
            raise Away
        calls = {name: self._begin("cat_file", self._path(name)) for name in sizes}
        until = time.monotonic() + PATIENCE + sum(sizes.values()) / _RATE
        try:
            found = {name: _found(call, until) for name, call in calls.items()}
        except Exception as problem:
            raise self._gone(problem) from problem
        finally:
            for call in calls.values():
                call.cancel()
        return {name: data for name, data in found.items() if data is not None}

    def write(self, name: str, data: bytes) -> None:
        """Puts the bytes there, all or nothing. Raises Away; whether it can be read, `list` finds out."""
        try:
            _result(self._begin_write(self._path(name), data), _WRITING + len(data) / _RATE)
        except Exception as problem:
            self._refused(problem)
            raise Away from problem
        self.refuses = False

    def remove(self, name: str) -> None:
        """Removes what is there, if anything. Raises Away."""
        try:
            _found(self._begin("rm_file", self._path(name)), time.monotonic() + PATIENCE)
        except Exception as problem:
            raise Away from problem

    def probe(self) -> str:
        """Writes, reads and removes a small object: "", or why that does not work."""
        name, data = f"probe/{uuid4().hex}", b"probe"
        until = time.monotonic() + _PROBE
        try:
            self._connect(until)
            _result(self._begin_write(self._path(name), data), until - time.monotonic())
            found = _found(self._begin("cat_file", self._path(name)), until)
            _found(self._begin("rm_file", self._path(name)), until)
        except Exception as problem:  # noqa: BLE001  each kind of store has errors of its own
            return reason(problem)
        return "" if found == data else "What was written could not be read again"

    def _connect(self, until: float) -> None:
        """Makes the file system, for which some kinds already ask their server. Raises what that raises."""
        if self.problem:
            raise Away(self.problem)
        if self._files is None:
            if self._opening is None or (self._opening.done() and self._opening.exception()):
                self._opening = self._calls.begin(partial(file_system, self._url))
            seconds = max(0.0, until - time.monotonic())
            self._files, self._root = self._opening.result(seconds)  # not cancelled: the next call may have it

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _begin(self, act: str, *words: Any, **named: Any) -> Future[Any]:
        """Begins a call of the file system. One that is asynchronous can be cancelled at any point."""
        if self._files is None:
            return _failed(Away("it was not reached yet"))
        if not self._files.async_impl:
            return self._calls.begin(partial(getattr(self._files, act), *words, **named))
        try:
            loop = self._files.loop
        except RuntimeError as problem:  # the process is a fork of the one that opened the store
            return _failed(problem)
        return asyncio.run_coroutine_threadsafe(getattr(self._files, f"_{act}")(*words, **named), loop)

    def _begin_write(self, path: str, data: bytes) -> Future[Any]:
        if self._files is None or self._files.async_impl or self._files.protocol == "memory":
            return self._begin("pipe_file", path, data)  # an object appears at once, as a whole
        return self._calls.begin(partial(self._write_beside, path, data))

    def _write_beside(self, path: str, data: bytes) -> None:
        self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
        beside = f"{path}.{uuid4().hex}.part"
        self._files.pipe_file(beside, data)
        self._files.mv(beside, path)

    def _gone(self, problem: Exception) -> Away:
        """Leaves the store alone for a while; the error to raise."""
        self._rest_until = time.monotonic() + REST
        if self.answers:
            self.away_since = time.time()
            _log.warning(
                "The shared store %s does not answer (%s). Results stay on this server until it does.",
                self.where,
                reason(problem),
            )
        return Away()

    def _back(self) -> None:
        if self.away_since is not None:
            self.away_since = None
            _log.info("The shared store %s answers again.", self.where)

    def _refused(self, problem: Exception) -> None:
        if not self.refuses:
            self.refuses = True
            _log.warning("The shared store %s could not be written (%s).", self.where, reason(problem))


def _result(call: Future[Any], seconds: float) -> Any:
    """The call's result; it is cancelled if that takes too long."""
    try:
        return call.result(max(0.0, seconds))
    finally:
        call.cancel()  # does nothing to a call that is done


def _found(call: Future[Any], until: float) -> Any:
    """The call's result, None where nothing is there."""
    try:
        return _result(call, until - time.monotonic())
    except FileNotFoundError:
        return None


def _failed(problem: Exception) -> Future[Any]:
    call: Future[Any] = Future()
    call.set_exception(problem)
    return call
