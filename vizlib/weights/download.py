"""Downloads that report their progress, end when their reader leaves, and say why they failed."""

from __future__ import annotations

import errno
import hashlib
import re
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from huggingface_hub import constants, get_hf_file_metadata, hf_hub_download, hf_hub_url
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)
from huggingface_hub.utils.tqdm import tqdm

from vizlib.errors import ModelUnavailable
from vizlib.records import Progress
from vizlib.weights.queue import DownloadQueue, Failures

_PATIENCE = 10.0  # seconds without an answer
_STALLED = 30.0  # seconds without a further byte
_GLANCE = 0.2  # seconds between two reports of a download
_TRIES = 4  # times the file's size: there a download ends, since the hub's client would restart it forever
_CHUNK = 2**20  # bytes between two checks whether the reader has left
_REMEDY = (
    "Check the connection, put the file into the folder that VIZLIB_WEIGHTS names, "
    "or choose a bundled network, which needs no connection."
)
QUEUE = DownloadQueue(at_once=2)
FAILURES = Failures(seconds=30.0)
constants.DOWNLOAD_CHUNK_SIZE = min(constants.DOWNLOAD_CHUNK_SIZE, _CHUNK)  # 10 MB are too coarse for a bar


class _Cancelled(Exception):
    """The reader of a download has left."""


class Counter:
    """Bytes done and in all, read off the bars of the downloading thread: one bar, or two for the same bytes."""

    def __init__(self) -> None:
        self.bars: list[Any] = []
        self.cancelled = False

    def progress(self) -> Progress:
        if not self.bars:
            return Progress(0, 0, "asking the hub")
        done, total = (max(int(getattr(bar, each) or 0) for bar in self.bars) for each in ("n", "total"))
        return Progress(min(done, total) if total else done, total, "bytes")

    def bar(self) -> type[tqdm]:
        """A tqdm class that counts here instead of drawing."""
        counter = self

        class Silent(tqdm):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **{**kwargs, "disable": True})
                self.received = 0.0
                counter.bars.append(self)

            def update(self, n: float | None = 1) -> bool | None:
                if counter.cancelled:
                    raise _Cancelled
                self.n += n or 0
                self.received += max(n or 0, 0)
                if self.total and self.received > _TRIES * self.total:
                    raise OSError("Consistency check failed: it never arrives whole")
                return None

        return Silent


def from_hub(repository: str, revision: str | None, files: tuple[str, ...], counter: Counter) -> Path:
    """Downloads the first of the `files` that the repository has into huggingface_hub's cache; returns its path."""
    for last, file in enumerate(files, start=1):
        try:
            # hf_hub_download asks too, but without an answer it retries silently for minutes
            known = get_hf_file_metadata(hf_hub_url(repository, file, revision=revision), timeout=_PATIENCE)
            path = Path(hf_hub_download(repository, file, revision=revision, tqdm_class=counter.bar()))
            return _verified(path, known.etag or "")
        except EntryNotFoundError:
            if last == len(files):
                raise
    raise EntryNotFoundError(repository)


def _verified(path: Path, etag: str) -> Path:
    """The file if it has the hub's SHA-256; otherwise it is removed from the cache, with the link to it."""
    if re.fullmatch("[0-9a-f]{64}", etag):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != etag:
            path.resolve().unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            raise OSError("Consistency check failed: another SHA-256")
    return path


def from_url(url: str, path: Path, counter: Counter) -> Path:
    """Downloads weights that are not on the hub; like torch's, their names end in the first digits of the SHA-256.

    Where the hub may not be asked (HF_HUB_OFFLINE), no other server is.
    """
    if constants.HF_HUB_OFFLINE:
        raise OfflineModeIsEnabled("HF_HUB_OFFLINE is set")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{threading.get_ident()}.part")
    digest = hashlib.sha256()
    try:
        with urlopen(url, timeout=_PATIENCE) as answer, part.open("wb") as file:
            bar = counter.bar()(total=int(answer.headers.get("Content-Length") or 0))
            while chunk := answer.read(_CHUNK):
                bar.update(len(chunk))
                digest.update(chunk)
                file.write(chunk)
        promised = re.search(r"-([0-9a-f]{8,})\.", path.name)
        if bar.n < bar.total or (promised and not digest.hexdigest().startswith(promised[1])):
            raise OSError("Consistency check failed")
        part.replace(path)
    except HTTPError as problem:
        problem.close()  # it holds the connection
        raise
    finally:
        part.unlink(missing_ok=True)
    return path


def watched(work: Callable[[Counter], Path], name: str) -> Generator[Progress, None, Path]:
    """Waits for its turn, runs `work` in its own thread and yields its progress; returns the file.

    Raises ModelUnavailable for `name`, with the reason in a sentence.
    """
    counter = Counter()
    done: list[Path] = []
    failure: list[Exception] = []

    def guarded() -> None:
        try:
            done.append(work(counter))
        except Exception as problem:  # noqa: BLE001  hub clients raise many unrelated types
            failure.append(problem)
        finally:
            QUEUE.leave(counter)

    yield counter.progress()
    yield from _turn(counter)
    thread = threading.Thread(target=guarded, daemon=True, name=f"download {name}")
    thread.start()
    yield from _until_it_ends(thread, counter)
    if done:
        return done[0]
    problem = failure[0] if failure else TimeoutError("timed out")
    explained = ModelUnavailable(f"The weights of {name} could not be downloaded: {_reason(problem)}.", _REMEDY)
    FAILURES.remember(name, explained)
    raise explained from problem


def _until_it_ends(thread: threading.Thread, counter: Counter) -> Generator[Progress, None, None]:
    most, since, running = -1, time.monotonic(), True
    try:
        while running and time.monotonic() - since < _STALLED:
            thread.join(_GLANCE)
            running, progress = thread.is_alive(), counter.progress()
            yield progress
            if progress.step > most:
                most, since = progress.step, time.monotonic()
    finally:
        counter.cancelled = True


def _turn(ticket: object) -> Generator[Progress, None, None]:
    """Waits until the earlier downloads are done."""
    mine = False
    try:
        while ahead := QUEUE.ahead(ticket):
            yield Progress(0, 0, f"{ahead} download{'s' * (ahead > 1)} ahead of yours")
            time.sleep(_GLANCE)
        mine = True
    finally:
        if not mine:
            QUEUE.leave(ticket)


def _reason(problem: Exception) -> str:
    if isinstance(problem, OSError) and problem.errno in _DISK:
        return _DISK[problem.errno]
    if isinstance(problem, GatedRepoError):
        return "the hub asks for a login, or for their terms to be accepted there"
    status = getattr(getattr(problem, "response", None), "status_code", None) or getattr(problem, "code", None)
    if isinstance(problem, (LocalEntryNotFoundError, OfflineModeIsEnabled)):
        return "the hub cannot be reached"
    if isinstance(problem, (EntryNotFoundError, RepositoryNotFoundError)) or status == 404:
        return "the hub does not have them"
    if status:
        return f"the hub answered with error {status}"
    text = f"{type(problem).__name__} {problem}"
    return next(
        (reason for sign, reason in _SIGNS.items() if re.search(sign, text)), f"the connection failed ({text[:80]})"
    )


_DISK = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk is full",
    errno.EACCES: "the cache folder cannot be written",
    errno.EROFS: "the cache folder cannot be written",
}
_SIGNS = {  # patterns in the names or texts of the clients' errors
    "Consistency check|ProtocolError|IncompleteRead": "the file arrived incomplete or damaged",
    "[Tt]ime[d ]*out": "the hub did not answer in time",
    "Connect|urlopen error|gaierror": "the hub cannot be reached",
}
