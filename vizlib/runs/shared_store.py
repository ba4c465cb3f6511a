"""A store that many servers share: results behind a URL, with this server's own folder in front of them.

What is put is kept in the folder at once and uploaded a moment later, so that no page waits. What is asked for is
looked up in the folder, then behind the URL, where a list says what there is. The list is up to a few seconds old, so a
result of another server may be missed for that long and is then computed twice, which does no harm. What was read is
kept in the folder too. A store that is slow, damaged or away has nothing, after a bounded wait, and is never an error.

Names and content are as in the folder: `file:///nfs/results` can also be opened as a plain folder.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from vizlib.runs.courier import Courier
from vizlib.runs.remote import PATIENCE, Away, Remote
from vizlib.runs.sealing import opened, sealed
from vizlib.runs.store import NOTES, Sharing, Store, note_file, result_file

_RESULT: Final = re.compile(r"[0-9a-f]{2}/([0-9a-f]{64})")
_AT_ONCE: Final = 32  # notes that are read side by side
_FIRST: Final = 5.0  # seconds for the first answer of a store: its package and the credentials are loaded meanwhile
_log = logging.getLogger("vizlib.runs.store")


class SharedStore(Store):
    """A folder, and behind it a store that others write too. Open it in each process: a fork cannot use it."""

    def __init__(self, folder: Path | None, limit: int, remote: Remote) -> None:
        super().__init__(folder, limit)
        self._remote = remote
        self._courier = Courier(remote, self._data)
        self._courier.sizes(_FIRST)

    def get(self, key: str) -> bytes | None:
        if (content := super().get(key)) is not None:
            self._courier.offer(result_file(key))  # it may have been made while the shared store was away
            return content
        content = self._fetched(result_file(key))
        if content is not None:
            super().put(key, content)
            _log.info("The shared store had the result %s.", key[:12])
        return content

    def has(self, key: str) -> bool:
        if super().has(key):
            self._courier.offer(result_file(key))
            return True
        return self._courier.size(result_file(key)) is not None

    def put(self, key: str, content: bytes) -> bool:
        kept = super().put(key, content)
        if kept:
            self._courier.offer(result_file(key))
        return kept

    def note(self, kind: str, parts: Mapping[str, Any]) -> None:
        super().note(kind, parts)
        self._courier.offer(note_file(kind, parts)[0])

    def notes(self, kind: str) -> list[dict[str, Any]]:
        """The notes of a kind, the oldest first, as they came to this server."""
        absent = [name for name in self._courier.sizes() if _is_note(name, kind) and not self._is_here(name)]
        until = time.monotonic() + PATIENCE
        while absent and time.monotonic() < until:  # the rest comes with the next call
            some, absent = absent[:_AT_ONCE], absent[_AT_ONCE:]
            if not self._brought(some):
                break
        return super().notes(kind)

    def keys(self) -> list[str]:
        """All keys: first those that only the shared store has, then this server's, the least recently used first."""
        mine = super().keys()
        names = map(_RESULT.fullmatch, self._courier.sizes())
        return sorted({found[1] for found in names if found} - set(mine)) + mine

    def drop(self, key: str) -> None:
        """Removes what is under the key, here and in the shared store if that answers."""
        super().drop(key)
        self._courier.forget(result_file(key))
        if self._remote.answers:
            with suppress(Away):
                self._remote.remove(result_file(key))

    def clear(self) -> None:
        """Removes what this server has, and leaves the shared store as it is."""
        self._courier.forget()
        super().clear()

    def settle(self, seconds: float) -> bool:
        return self._courier.settle(seconds)

    def sharing(self) -> Sharing:
        remote = self._remote
        return Sharing(remote.where, remote.problem, remote.away_since, remote.refuses, self._courier.pending)

    def probe_shared(self) -> str:
        return self._remote.problem or self._remote.probe()

    def _fetched(self, name: str) -> bytes | None:
        """The content behind the URL; None if there is none, if it is damaged, or if it does not come in time."""
        if (size := self._courier.size(name)) is None:
            return None
        return self._read({name: size}).get(name)

    def _brought(self, names: list[str]) -> bool:
        """Writes notes of the shared store into the folder. Answers whether there were any."""
        sizes = {name: size for name in names if (size := self._courier.size(name)) is not None}
        found = self._read(sizes)
        for name, content in found.items():
            self._keep(name, content)
        return bool(found)

    def _read(self, sizes: Mapping[str, int]) -> dict[str, bytes]:
        """What is whole of the contents behind the URL, by name."""
        try:
            data = self._remote.read(sizes)
        except Away:
            return {}
        for name in sizes.keys() - data.keys():
            self._courier.forget(name)
        found = {name: opened(name.rpartition("/")[2], each) for name, each in data.items()}
        for name in [name for name, content in found.items() if content is None]:
            self._courier.distrust(name)
            _log.warning("What the shared store has under %s is damaged, and will be replaced.", name)
        return {name: content for name, content in found.items() if content is not None}

    def _data(self, name: str) -> bytes | None:
        """What is to be uploaded under the name; None if it was removed from the folder, or is damaged there."""
        content = self._content(name)
        return None if content is None else sealed(name.rpartition("/")[2], content)


def _is_note(name: str, kind: str) -> bool:
    return re.fullmatch(rf"{NOTES}/{re.escape(kind)}/[0-9a-f]{{64}}", name) is not None
