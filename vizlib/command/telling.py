"""What a command says while it works: results on the standard output, progress and problems on the standard error."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from tqdm import tqdm

from vizlib.errors import VizError
from vizlib.records import Snapshot
from vizlib.steps import last

T = TypeVar("T", bound=Snapshot)
R = TypeVar("R")
WRONG: Final = 2  # the exit code where the words cannot be understood, as argparse has it


class Teller:
    """Says results as lines for people, or as one JSON object each, and counts what failed."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self._json = bool(asked.json)
        self.progress = not asked.quiet and sys.stderr.isatty()
        self.failed = 0

    def result(self, line: str, record: Mapping[str, Any]) -> None:
        """Says one result. record: JSON values; what has no place in JSON, such as NaN, becomes null."""
        text = json.dumps(_plain(record), ensure_ascii=False, allow_nan=False) if self._json else line
        with tqdm.external_write_mode(sys.stdout) if self.progress else contextlib.nullcontext():
            print(text, flush=True)

    def problem(self, where: str, problem: VizError) -> None:
        """Says what went wrong with one of several things, and counts it."""
        self.failed += 1
        with tqdm.external_write_mode(sys.stderr) if self.progress else contextlib.nullcontext():
            print(f"{where}: {problem}", file=sys.stderr, flush=True)

    @contextlib.contextmanager
    def trying(self, where: str) -> Iterator[None]:
        """Tells a problem that a person can fix, in place of raising it: the others go on."""
        try:
            yield
        except VizError as problem:
            self.problem(where, problem)

    def bar(self, total: int, unit: str) -> tqdm[Any]:
        """A bar for so many things."""
        return tqdm(total=total, unit=unit, disable=not self.progress)

    def returned(self, run: Generator[Any, None, R], what: str) -> R:
        """What a generator of frames returns at its end, with its progress."""
        with tqdm(desc=what, unit="step", disable=not self.progress, leave=False) as bar:
            while True:
                try:
                    frame = next(run)
                except StopIteration as end:
                    found: R = end.value
                    return found
                bar.total, bar.n = frame.total or None, frame.step
                bar.update(0)

    def last(self, run: Generator[T, None, None], what: str) -> T:
        """The last frame of a run, with its progress."""
        return last(run, self.progress, what)


def carried(asked: argparse.Namespace, work: Callable[[argparse.Namespace, Teller], object]) -> int:
    """Does the work of a command; returns the exit code."""
    teller = Teller(asked)
    try:
        work(asked, teller)
    except VizError as problem:
        print(problem, file=sys.stderr)
        return WRONG
    return 1 if teller.failed else 0


def _plain(value: Any) -> Any:
    """The value with None for numbers that JSON does not have."""
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and value - value != 0 else value


class Folder:
    """A folder in which a command writes its files: whole or not at all, and each under its own name."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self._names: dict[str, int] = {}

    def write(self, stem: str, ending: str, content: bytes) -> dict[str, str]:
        """Writes a file; returns its part of a record: its path and its SHA-256. Raises VizError.

        A second file of the same name in one command gets a number. A file of an earlier command is replaced.
        """
        name = self._own(f"{stem}{ending}", stem, ending)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            _replace(self.path / name, content)
        except OSError as problem:
            what = f"{self.path / name} cannot be written: {problem.strerror}."
            raise VizError(what, "Give another folder with --out, or make room.") from None
        return {"file": str(self.path / name), "sha256": hashlib.sha256(content).hexdigest()}

    def _own(self, name: str, stem: str, ending: str) -> str:
        self._names[name] = number = self._names.get(name, 0) + 1
        return name if number == 1 else f"{stem}_{number}{ending}"


def _replace(path: Path, content: bytes) -> None:
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(draft).chmod(0o666 & ~_umask())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """The process's mask of permissions, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
