"""A place on the page with two lives: pictures that follow each other while a run goes, then what stays.

An `st.empty` alone would be cleared at the start of every script run, and with it the slider under the visitor's thumb
and the chart under the mouse. A slot is cleared only when something moves in it.
"""

from __future__ import annotations

from typing import Any


class Slot:
    """One such place, in the order of the page where it is made."""

    def __init__(self, parent: Any) -> None:
        self._box = parent.container()
        self._live: Any = None

    def live(self) -> Any:
        """For one element that is replaced again and again; what stood here from the last script run is gone.

        One element, not a container: a container that replaces another one inherits what was in it.
        """
        if self._live is None:
            self._live = self._box.empty()
        return self._live

    def rest(self) -> Any:
        """For what stays: a container in the same place, untouched where nothing has moved."""
        return (self._box if self._live is None else self._live).container()

    def clear(self) -> None:
        """Nothing stays."""
        if self._live is not None:
            self._live.empty()
