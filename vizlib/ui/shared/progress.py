"""How far a run is, in words: the step, what it waits for, and how long it still takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vizlib.records import Progress, Snapshot
from vizlib.runs import Job

_SURE = 1.0  # seconds of a run after which its pace says when it ends


class Pace:
    """How fast a run goes, since this visitor began to watch it and its first step was taken.

    What comes before the first step is another kind of work: pictures are drawn, libraries are loaded.
    """

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None

    def left(self, frame: Snapshot, now: float) -> str:
        """How long the run still takes, in words; "" as long as that cannot be told."""
        if not frame.step:
            return ""
        began, step = self._first = self._first or (now, frame.step)
        if now - began < _SURE or frame.step <= step or frame.step >= frame.total:
            return ""
        return about((now - began) / (frame.step - step) * (frame.total - frame.step))


def about(seconds: float | None) -> str:
    """So much time is left, in words; "" for None."""
    if seconds is None:
        return ""
    return f", about {seconds:.0f} s left" if seconds < 90 else f", about {seconds / 60:.0f} min left"


def share(frame: Snapshot | None) -> float:
    return min(1.0, frame.step / frame.total) if frame is not None and frame.total else 0.0


def together(frames: Sequence[Snapshot | None]) -> Snapshot | None:
    """How far several runs are in all; None before the first frame. Those without a frame count as the longest."""
    known = [each for each in frames if each is not None]
    if not known or len(frames) == 1:
        return frames[0]
    missing = (len(frames) - len(known)) * max(each.total for each in known)
    return Progress(sum(each.step for each in known), sum(each.total for each in known) + missing)


def stage(frame: Snapshot | None) -> str:
    """Where a stopped run stands. After the last step there is only the check of the result."""
    if frame is None:
        return ""
    if frame.step >= frame.total:
        return " before the result was checked"
    return f" after step {frame.step} of {frame.total}"


def waiting(what: str, job: Job[Any], frame: Snapshot | None) -> str:
    """Why nothing moves after the frame: other runs have the device, or the step takes its time."""
    said = f"{what} ..." if frame is None else text(what, frame)
    ahead = job.ahead
    return f"{said} · {counted(ahead, 'run', 'runs')} ahead of yours" if ahead else said


def text(what: str, frame: Snapshot) -> str:
    note = getattr(frame, "note", "")
    if note and not frame.step and not frame.total:
        return f"{what}: {note}"
    if note == "bytes":
        done = f"{frame.step / 1e6:,.1f}"
        return f"{what}: {done} of {frame.total / 1e6:,.1f} MB" if frame.total else f"{what}: {done} MB"
    if frame.total and frame.step >= frame.total:
        return f"{what}: checking the result ..."
    return f"{what}: {frame.step} of {frame.total}"


def counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
