"""The fooling images that this visitor made last, so that a page that asks for a file can take one of them.

They stay in the memory of the visitor's session and are never written to disk.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from vizlib.ui.shared.words import plain

_MADE = "fooling images made here"  # in the session
_TAKEN = " made here"  # after the key of a box: the name of the file that was taken in its place
MOST, MOST_BYTES = 4, 24 * 2**20


@dataclass(frozen=True, eq=False)
class File:
    """A fooling image and its original, as files of the same width and height."""

    name: str  # such as "tabby as toaster, 90.1 %"; a newer file of the same name replaces it
    original: bytes  # PNG
    fooled: bytes  # PNG with its recipe inside

    @property
    def size(self) -> int:
        """Bytes of both."""
        return len(self.original) + len(self.fooled)


def add(file: File) -> None:
    """Keeps the file as the one made last, and forgets the oldest ones beyond the limits."""
    known: dict[str, File] = st.session_state.setdefault(_MADE, {})
    known.pop(file.name, None)
    known[file.name] = file
    while len(known) > MOST or (len(known) > 1 and sum(each.size for each in known.values()) > MOST_BYTES):
        known.pop(next(iter(known)))


def files() -> list[File]:
    """The kept files, the one made last first."""
    return list(reversed(st.session_state.get(_MADE, {}).values()))


def choose(key: str) -> File | None:
    """Draws the kept files as buttons beside a box for a file; returns the one that was taken, if any."""
    known = {each.name: each for each in files()}
    if not known:
        return None
    if st.session_state.get(key + _TAKEN) not in known:
        release(key)
    name = st.pills("Or take a file that you made here", list(known), format_func=plain, key=key + _TAKEN)
    return known.get(str(name))


def take(key: str) -> None:
    """Takes the file made last in the box with this key. A callback: it changes what the page draws next."""
    st.session_state[key + _TAKEN] = files()[0].name


def release(key: str) -> None:
    """Takes no made file any more. A callback of the box for a file: an upload replaces what was taken."""
    st.session_state[key + _TAKEN] = None
