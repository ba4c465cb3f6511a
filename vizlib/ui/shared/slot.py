"""A place on the page that first shows the changing frames of a run and then its result.

Streamlit clears an `st.empty` at the start of every script run, and with it a slider that the visitor is moving. A slot
is cleared only when a frame is drawn in it.
"""

from __future__ import annotations

from typing import Any


class Slot:
    """One such place, at the point of the page where it is created."""

    def __init__(self, parent: Any) -> None:
        self._box = parent.container()
        self._live: Any = None

    def live(self) -> Any:
        """The place of one element that each frame replaces. The last script run's content is removed.

        Draw an element and not a container: a container that replaces another one keeps the old content.
        """
        if self._live is None:
            self._live = self._box.empty()
        return self._live

    def rest(self) -> Any:
        """A container for the result. Without a frame in this script run, the old content stays on screen."""
        return (self._box if self._live is None else self._live).container()

    def clear(self) -> None:
        """Removes the frame."""
        if self._live is not None:
            self._live.empty()
