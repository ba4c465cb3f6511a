"""Finished results on disk: content-addressed, bounded, atomic, shared by processes.

A key is a recipe's key (64 hexadecimal digits). A file is written beside its place and then moved there. It carries a
digest of its content, and a file that does not match its digest is ignored. The least recently used files are removed
when the room is full. Notes stand beside the results: a note says in JSON which results belong together, so that they
can be listed without their recipes. VIZLIB_STORE names the folder (default: one in the user's cache folder; "off" keeps
nothing), and VIZLIB_STORE_MB the room (default 512).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from math import isfinite
from pathlib import Path
from typing import Any, Final

_KEY: Final = re.compile(r"[0-9a-f]{64}")
_KIND: Final = re.compile(r"[a-z]{1,20}")
_NOTES: Final = "notes"  # the folder of the notes, by kind
_PART: Final = ".part"
_DIGEST: Final = 32  # bytes before the content
_USUAL_MB: Final = 512.0
_HALF_WRITTEN: Final = 3600  # seconds after which an unfinished file counts as left behind
_KEEP: Final = 0.9  # share of the limit that stays after clearing, so that not every write has to clear


class Store:
    """Bytes by key in one folder. A broken disk or folder is a store that keeps nothing, never an error."""

    def __init__(self, folder: Path | None, limit: int) -> None:
        self.folder = folder  # None keeps nothing
        self.limit = limit  # bytes

    def get(self, key: str) -> bytes | None:
        """The content that was put under the key; None if there is none or it is damaged."""
        if (path := self._path(key)) is None or (content := _read(path)) is None:
            return None
        with suppress(OSError):
            os.utime(path)  # now the most recently used
        return content

    def has(self, key: str) -> bool:
        """Whether something was put under the key. Only `get` finds out whether it is damaged."""
        return (path := self._path(key)) is not None and path.exists()

    def put(self, key: str, content: bytes) -> bool:
        """Keeps the content. Answers whether it could."""
        if (path := self._path(key)) is None or len(content) + _DIGEST > self.limit:
            return False
        if not _write(path, content):
            return False
        self._make_room()
        return True

    def note(self, kind: str, parts: Mapping[str, Any]) -> None:
        """Keeps a note of that kind: JSON values by name. Equal notes are one."""
        if not _KIND.fullmatch(kind):
            raise ValueError(f"the kind of a note is a short word in small letters, not {kind!r}")
        text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
        path = None if self.folder is None else self.folder / _NOTES / kind / hashlib.sha256(text).hexdigest()
        if path is not None and not path.exists():
            _write(path, text)

    def notes(self, kind: str) -> list[dict[str, Any]]:
        """The notes of a kind, the oldest first."""
        paths = self._files(f"{_NOTES}/{kind}/*") if _KIND.fullmatch(kind) else ()
        found = [_read(path) for _, _, path in paths if _KEY.fullmatch(path.name)]
        return [json.loads(text) for text in found if text is not None]

    def keys(self) -> list[str]:
        """The keys under which there is something, the least recently used first."""
        return [path.name for _, _, path in self._files() if _KEY.fullmatch(path.name)]

    def drop(self, key: str) -> None:
        """Removes what is under the key, if anything."""
        if (path := self._path(key)) is not None:
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def size(self) -> int:
        """Bytes in use."""
        return sum(size for _, size, _ in self._files())

    def clear(self) -> None:
        """Removes everything."""
        for _, _, path in (*self._files(), *self._files(f"{_NOTES}/*/*")):
            with suppress(OSError):
                path.unlink()

    def _path(self, key: str) -> Path | None:
        if not _KEY.fullmatch(key):
            raise ValueError(f"a key is 64 hexadecimal digits, not {key!r}")
        return None if self.folder is None else self.folder / key[:2] / key

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


def open_store() -> Store:
    """The store that the environment names."""
    named = os.environ.get("VIZLIB_STORE", "")
    folder = None if named == "off" else Path(named) if named else _usual_folder()
    try:
        megabytes = float(os.environ.get("VIZLIB_STORE_MB", "") or _USUAL_MB)
    except ValueError:
        megabytes = _USUAL_MB
    store = Store(folder, int(megabytes * 1e6) if isfinite(megabytes) else int(_USUAL_MB * 1e6))
    store.sweep()
    return store


def _read(path: Path) -> bytes | None:
    """What `_write` wrote there; None if there is nothing. What is damaged is removed."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    content = data[_DIGEST:]
    if data[:_DIGEST] == _digest(path.name, content):
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
                file.write(_digest(path.name, content) + content)
                file.close()
                os.replace(file.name, path)
            except BaseException:
                file.close()
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError:  # the disk is full or the folder is not ours: the result is shown anyway
        return False
    return True


def _usual_folder() -> Path:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "filterscope"


def _digest(key: str, content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST, key=key.encode()[:64]).digest()
