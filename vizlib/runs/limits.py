"""What one run may ask for and what the process may hold: the operator's limits, from environment variables."""

from __future__ import annotations

import os
from dataclasses import dataclass

_CORES_PER_RUN = 8  # of a CPU: a step of a small network does not keep more of them busy


@dataclass(frozen=True)
class Limits:
    """The operator's limits; the comments name their environment variables."""

    steps: int  # VIZLIB_MAX_STEPS
    side: int  # VIZLIB_MAX_SIDE, px
    networks: int  # VIZLIB_NETWORKS_MB, here in bytes
    at_once: int  # VIZLIB_AT_ONCE: runs that compute side by side on one device
    kept: int  # VIZLIB_KEPT_RUNS: of one visitor, unfinished ones that go on without a page
    kept_in_all: int  # VIZLIB_KEPT_RUNS_IN_ALL: of all visitors
    lectures: int  # VIZLIB_LECTURES_MB: what all visitors' lectures show, here in bytes


def allowed() -> Limits:
    """The limits as the environment has them now; a value that is no number in range counts as not given."""
    usual = max(1, (os.cpu_count() or 1) // _CORES_PER_RUN)
    return Limits(
        steps=_number("VIZLIB_MAX_STEPS", 4000, 4),
        side=_number("VIZLIB_MAX_SIDE", 1024, 64),
        networks=_number("VIZLIB_NETWORKS_MB", 2000, 1) * 1_000_000,
        at_once=_number("VIZLIB_AT_ONCE", usual, 1),
        kept=_number("VIZLIB_KEPT_RUNS", 2, 0),
        kept_in_all=_number("VIZLIB_KEPT_RUNS_IN_ALL", 8, 0),
        lectures=_number("VIZLIB_LECTURES_MB", 600, 1) * 1_000_000,
    )


def steps(most: int, usual: int) -> tuple[int, int]:
    """The largest and the usual number of steps of a control, within what the operator allows."""
    highest = min(most, allowed().steps)
    return highest, min(usual, highest)


def side(most: int, usual: int) -> tuple[int, int]:
    """The largest and the usual side of a control, px, within what the operator allows."""
    largest = min(most, allowed().side)
    return largest, min(usual, largest)


def _number(name: str, usual: int, least: int) -> int:
    try:
        given = int(os.environ.get(name, ""))
    except ValueError:
        return usual
    return given if given >= least else usual
