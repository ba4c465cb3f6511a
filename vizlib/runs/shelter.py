"""Kept runs on disk: what makes each again, and its checkpoints. One process at a time has the folder.

VIZLIB_RUNS names it (default: `runs` in the store's folder; "off": nothing is written), VIZLIB_RUNS_MB its room
(default 2000). A file carries a digest and is moved into its place when it is complete, as in the store.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from vizlib.runs.store import Store

_USUAL_MB: Final = 2000
_RECORDS: Final = 16_000_000  # bytes of what makes the runs again
_FULL: Final = "The disk or its room for runs is full, so this run would not survive a restart of the server."


class Shelter:
    """The folder; None is one in which nothing is kept, and so is one that cannot be written or that is taken."""

    def __init__(self, folder: Path | None, room: int = _USUAL_MB * 1_000_000) -> None:
        self._room, self._lock = room, None if folder is None else _lock(folder)
        self.open = self._lock is not None
        folder = folder if self.open else None
        self._records = Store(folder and folder / "records", _RECORDS)
        self._checkpoints = Store(folder and folder / "checkpoints", room)
        self._writer = ThreadPoolExecutor(1, "checkpoints")  # its thread begins with the first checkpoint

    def records(self) -> list[dict[str, Any]]:
        """What was written about runs, the oldest first. Damaged files are left out."""
        found = [self._records.get(key) for key in self._records.keys()]  # noqa: SIM118  a method of the store
        return [json.loads(each) for each in found if each is not None]

    def note(self, number: str, record: Mapping[str, Any]) -> None:
        """Writes what makes a run again. number: its own, 64 hexadecimal digits."""
        if self.open:
            self._records.put(number, json.dumps(record, default=str).encode())

    def forget(self, number: str) -> None:
        if self.open:
            self._records.drop(number)

    def checkpoint(self, key: str) -> bytes | None:
        """The last checkpoint of the job with this recipe key; None where there is none, or a damaged one."""
        return self._checkpoints.get(_place(key))

    def write(self, key: str, content: Callable[[], bytes], tell: Callable[[str], None]) -> None:
        """Packs and writes a checkpoint in a thread of its own; `tell` gets the sentence why it could not be, or ""."""
        self._later(self._write, key, content, tell)

    def _write(self, key: str, content: Callable[[], bytes], tell: Callable[[str], None]) -> None:
        packed = content()
        fits = self._checkpoints.size() + len(packed) <= self._room  # the store would remove other runs' checkpoints
        tell("" if fits and self._checkpoints.put(_place(key), packed) else _FULL)

    def drop(self, key: str) -> None:
        """Removes a checkpoint, after those that are being written."""
        self._later(self._checkpoints.drop, _place(key))

    def settle(self) -> None:
        """Waits until everything is written."""
        self._writer.submit(bool).result()

    def close(self) -> None:
        """Gives the folder back, after everything is written."""
        self.open = False
        self.settle()
        if self._lock is not None:
            self._lock.release()

    def _later(self, act: Callable[..., Any], *words: Any) -> Future[Any]:
        return self._writer.submit(act, *words) if self.open else Future()


def open_shelter(store: Path | None) -> Shelter:
    """The folder that the environment names. store: the folder of the finished results."""
    named = os.environ.get("VIZLIB_RUNS", "")
    folder = None if named == "off" else Path(named) if named else store and store / "runs"
    given = os.environ.get("VIZLIB_RUNS_MB", "")
    return Shelter(folder, (int(given) if given.isdecimal() else _USUAL_MB) * 1_000_000)


def _place(key: str) -> str:
    """The store's own name for a checkpoint: it takes 64 hexadecimal digits."""
    return hashlib.sha256(f"checkpoint {key}".encode()).hexdigest()


def _lock(folder: Path) -> FileLock | None:
    """The lock of the folder, which the system takes back when the process ends, however it ends."""
    lock = FileLock(folder / "lock", thread_local=False)
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except (OSError, Timeout):
        return None
    return lock
