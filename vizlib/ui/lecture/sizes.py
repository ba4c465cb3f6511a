"""The offline file of scenes, and its size before it is made."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from vizlib.ui.shared.lectures import Entry
from vizlib.ui.widgets import offline


def file(title: str, entries: Sequence[Entry]) -> str:
    """The HTML file."""
    return offline.page(title, [each.scene for each in entries])


def of_file(entries: Sequence[Entry]) -> int:
    """About how many bytes the file will have, without making it: the scenes' pictures are nearly all of it."""
    return _player() + sum(each.size - len(each.thumbnail) for each in entries)


@cache
def _player() -> int:
    return len(offline.page("", []).encode())
