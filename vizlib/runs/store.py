"""Finished results on disk: content-addressed, bounded, atomic, shared by processes.

A key is a recipe's key (64 hexadecimal digits). A file is written beside its place and then moved there. It carries a
digest of its content, and a file that does not match its digest is ignored. The least recently used files are removed
when the room is full. Notes stand beside the results: a note says in JSON which results belong together, so that they
can be listed without their recipes. `opening` says where the store is.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vizlib.runs.sealing import SEAL, opened, sealed

_KEY: Final = re.compile(r"[0-9a-f]{64}")
_KIND: Final = re.compile(r"[a-z]{1,20}")
NOTES: Final = "notes"  # the folder of the notes, by kind
_PART: Final = ".part"
_HALF_WRITTEN: Final = 3600  # seconds after which an unfinished file counts as left behind
_KEEP: Final = 0.9  # share of the limit that stays after clearing, so that not every write has to clear


@dataclass(frozen=True)
class Sharing:
    """How a store stands to the one that it shares with other servers.

    Attributes:
        where: its URL, without what may be secret.
        problem: the sentence why it cannot be used at all, or "".
        away_since: when it ceased to answer, in seconds since 1970; None while it answers.
        refuses: whether it could not be written when that was last tried.
        pending: results and notes that wait to be uploaded.
    """

    where: str
    problem: str
    away_since: float | None
    refuses: bool
    pending: int


class Store:
    """Bytes by key in one folder. A broken disk or folder is a store that keeps nothing, never an error."""

    def __init__(self, folder: Path | None, limit: int) -> None:
        self.folder = folder  # None keeps nothing
        self.limit = limit  # bytes

    def get(self, key: str) -> bytes | None:
        """The content that was put under the key; None if there is none or it is damaged."""
        content = self._content(name := result_file(key))
        if content is not None and (path := self._place(name)) is not None:
            with suppress(OSError):
                os.utime(path)  # now the most recently used
        return content

    def has(self, key: str) -> bool:
        """Whether something was put under the key. Only `get` finds out whether it is damaged."""
        return self._is_here(result_file(key))

    def put(self, key: str, content: bytes) -> bool:
        """Keeps the content. Answers whether it could."""
        name = result_file(key)
        if len(content) + SEAL > self.limit or not self._keep(name, content):
            return False
        self._make_room()
        return True

    def note(self, kind: str, parts: Mapping[str, Any]) -> None:
        """Keeps a note of that kind: JSON values by name. Equal notes are one."""
        name, text = note_file(kind, parts)
        if not self._is_here(name):
            self._keep(name, text)

    def notes(self, kind: str) -> list[dict[str, Any]]:
        """The notes of a kind, the oldest first."""
        paths = self._files(f"{NOTES}/{kind}/*") if _KIND.fullmatch(kind) else ()
        found = [_read(path) for _, _, path in paths if _KEY.fullmatch(path.name)]
        return [json.loads(text) for text in found if text is not None]

    def keys(self) -> list[str]:
        """The keys under which there is something, the least recently used first."""
        return [path.name for _, _, path in self._files() if _KEY.fullmatch(path.name)]

    def drop(self, key: str) -> None:
        """Removes what is under the key, if anything."""
        if (path := self._place(result_file(key))) is not None:
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def size(self) -> int:
        """Bytes in use."""
        return sum(size for _, size, _ in self._files())

    def clear(self) -> None:
        """Removes everything."""
        for _, _, path in (*self._files(), *self._files(f"{NOTES}/*/*")):
            with suppress(OSError):
                path.unlink()

    def settle(self, seconds: float) -> bool:
        """Waits, at most that long, until what was put is where other servers find it. Answers whether it is."""
        return True

    def sharing(self) -> Sharing | None:
        """How it stands to the store that it shares with other servers; None if it shares nothing."""
        return None

    def probe_shared(self) -> str:
        """Writes, reads and removes a small object in the shared store: "", or why that does not work."""
        return ""

    def _place(self, name: str) -> Path | None:
        return None if self.folder is None else self.folder / name

    def _is_here(self, name: str) -> bool:
        return (path := self._place(name)) is not None and path.exists()

    def _content(self, name: str) -> bytes | None:
        return None if (path := self._place(name)) is None else _read(path)

    def _keep(self, name: str, content: bytes) -> bool:
        return (path := self._place(name)) is not None and _write(path, content)

    def _files(self, pattern: str = "??/*") -> list[tuple[float, int, Path]]:
        """(last use, bytes, path) of every result or other file, the oldest first."""
        found = []
        for path in self.folder.glob(pattern) if self.folder else ():
            with suppress(OSError):
                state = path.stat()
                found.append((state.st_mtime, state.st_size, path))
        return sorted(found)

    def sweep(self) -> None:
        """Removes files that a killed process left unfinished, but none that another process is writing now."""
        for written, _, path in self._files():
            if path.suffix == _PART and time.time() - written > _HALF_WRITTEN:
                with suppress(OSError):
                    path.unlink()

    def count(self) -> int:
        """How many results there are."""
        return sum(path.suffix != _PART for _, _, path in self._files())

    def _make_room(self) -> None:
        files = self._files()
        used = sum(size for _, size, _ in files)
        if used <= self.limit:
            return
        for _, size, path in files:
            with suppress(OSError):
                path.unlink()
            used -= size
            if used <= self.limit * _KEEP:
                return


def result_file(key: str) -> str:
    """Where in the store the result is. Raises ValueError for what is no key."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"a key is 64 hexadecimal digits, not {key!r}")
    return f"{key[:2]}/{key}"


def note_file(kind: str, parts: Mapping[str, Any]) -> tuple[str, bytes]:
    """Where in the store a note is, and what is in it. Raises ValueError for what is no kind of note."""
    if not _KIND.fullmatch(kind):
        raise ValueError(f"the kind of a note is a short word in small letters, not {kind!r}")
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    return f"{NOTES}/{kind}/{hashlib.sha256(text).hexdigest()}", text


def _read(path: Path) -> bytes | None:
    """What `_write` wrote there; None if there is nothing. What is damaged is removed."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    if (content := opened(path.name, data)) is not None:
        return content
    with suppress(OSError):
        path.unlink()
    return None


def _write(path: Path, content: bytes) -> bool:
    """Writes the content with its digest, all of it or nothing. Answers whether it could."""
    try:
        path.parent.mkdir(0o700, parents=True, exist_ok=True)  # readable by this user only
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=_PART, delete=False) as file:
            try:
                file.write(sealed(path.name, content))
                file.close()
                os.replace(file.name, path)
            except BaseException:
                file.close()
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError:  # the disk is full or the folder is not ours: the result is shown anyway
        return False
    return True
