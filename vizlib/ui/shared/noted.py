"""A place on the page whose sentences a lecture can take, too."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from vizlib.ui.shared.words import unmarked
from vizlib.ui.widgets import staged


class Noted:
    """Stands for a place: what is written there in Markdown is noted as plain text, and drawn."""

    def __init__(self, place: Any) -> None:
        self._place = place

    def __getattr__(self, kind: str) -> Any:
        draw = getattr(self._place, kind)
        return draw if kind == "empty" else partial(self._draw, draw)

    def _draw(self, draw: Callable[..., Any], markdown: str, **more: Any) -> Any:
        for sentence in filter(None, map(str.strip, markdown.split("  \n"))):
            staged.say(unmarked(sentence))
        return draw(markdown, **more)
