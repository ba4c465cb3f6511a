"""Whole runs in one call: the last frame, which is the answer, and a progress bar on the way to it."""

from __future__ import annotations

import warnings
from collections.abc import Generator
from contextlib import closing
from typing import Any, TypeVar, overload

from tqdm import TqdmWarning

from vizlib.errors import VizError
from vizlib.records import Snapshot

with warnings.catch_warnings():
    # In a notebook without ipywidgets, tqdm.auto falls back to text and warns where it is first imported. Nothing is
    # wrong then, and most people never ask for a bar, so this file imports it first, before huggingface_hub does.
    warnings.simplefilter("ignore", TqdmWarning)
    from tqdm.auto import tqdm

F = TypeVar("F", bound=Snapshot)


@overload
def last(run: Generator[F, None, None], progress: bool = False, what: str = "") -> F: ...
@overload
def last(run: F, progress: bool = False, what: str = "") -> F: ...
def last(run: Any, progress: bool = False, what: str = "") -> Any:
    """The last frame of a run, which is its answer. Earlier frames are not kept.

    run: what `maximize`, `explaining`, `fooling`, `walking`, `sweeping` or another generator of frames returned. A
        frame in place of a run is its own last one.
    progress: whether a bar shows the step, the total and the time that is left: text on the standard error, in a
        notebook with ipywidgets its own form below the cell.
    what: the name in front of the bar.

    Raises VizError if it is no run, or one without a frame; and what the run raises at its steps.

    Example:
        >>> import vizlib
        >>> run = vizlib.maximize(vizlib.load_model("bundled/digits"), 3, steps=4)
        >>> frame = vizlib.last(run)
        >>> frame.step, frame.total, tuple(frame.pixels.shape)
        (4, 4, (1, 3, 28, 28))
    """
    if isinstance(run, Snapshot):
        return run
    if not isinstance(run, Generator):
        raise VizError(f"A run is given as {type(run).__name__}.", "Give what maximize, sweeping or the like returned.")
    answer = None
    for frame in shown(run, progress, what):
        answer = frame
    if answer is None:
        raise VizError("The run has no frame.", "Begin it again: a run that was read to its end gives nothing more.")
    return answer


def shown(run: Generator[F, None, None], progress: bool, what: str = "") -> Generator[F, None, None]:
    """The run, with a progress bar if `progress` is True. What ends the reading also ends the run and its bar."""
    return _barred(run, what) if progress else run


def _barred(run: Generator[F, None, None], what: str) -> Generator[F, None, None]:
    with closing(run), tqdm(desc=what or None, unit="step") as bar:
        for frame in run:
            _tell(bar, frame.total)
            bar.update(frame.step - bar.n)
            yield frame


def _tell(bar: Any, total: int) -> None:
    """Gives the bar its total, 0 where it is not known. A notebook's bar takes it by a reset; its clock goes on."""
    if total and total != bar.total and not bar.disable:
        began = bar.start_t
        bar.reset(total)
        bar.start_t = began
