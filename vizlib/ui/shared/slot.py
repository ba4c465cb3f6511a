"""Places on the page whose content stays when the script runs again, until there is something to put there.

Streamlit clears an `st.empty` where a script run comes to it, and with it a slider that the visitor is moving, or the
button that he is about to click. These take theirs when they need it.
"""

from __future__ import annotations

from typing import Any


class Row:
    """A place of one element or container that others replace."""

    def __init__(self, parent: Any) -> None:
        self._parent = parent
        self._place: Any = None

    def empty(self) -> None:
        """Takes out what is in the place."""
        self._place = (self._parent if self._place is None else self._place).empty()

    def container(self, **more: Any) -> Any:
        """A container in the place."""
        if self._place is None:
            self.empty()
        return self._place.container(**more)


class Slot:
    """A place that first shows the changing frames of a run and then its result, where it is created.

    It is cleared only when a frame is drawn in it.
    """

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
