"""A whole examination as one picture to save: its sentences, its pictures, its curves and its numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from vizlib.render import Image8
from vizlib.ui.shared import printed, save
from vizlib.ui.shared.plot import Panel, Series
from vizlib.ui.shared.words import unmarked

_GAP = 4  # px, between pictures


def button(name: str, said: str, panels: Callable[[], list[Panel]]) -> None:
    """Draws the button that saves it. said: Markdown of ours, which stands above the panels as plain text."""
    words = "\n".join(map(unmarked, said.split("  \n")))
    file = f"filterscope_{name}.png"
    save.save_file("Report (PNG)", lambda: printed.png(panels(), words), file, "image/png", f"report {name}")


def beside(title: str, images: Sequence[Image8]) -> Panel:
    """Pictures of one size (H, W, 3) side by side."""
    white = np.full((len(images[0]), _GAP, 3), 255, np.uint8)
    parts = [part for image in images for part in (white, image)]
    return Panel(title, "", "", [Series("", (), (), "picture", map=np.concatenate(parts[1:], 1))])


def rows(names: Sequence[str], images: Sequence[Image8], most: int) -> list[Panel]:
    """Pictures of one size in rows of at most so many, each row under the names of its pictures."""
    starts = range(0, len(images), most)
    return [beside(", ".join(names[at : at + most]), images[at : at + most]) for at in starts]


def bars(title: str, axis: str, names: Sequence[str], values: Any) -> Panel:
    """One bar for each name, the first one at the top."""
    return Panel(title, axis, "", [Series("", list(map(float, values)), list(names), "bars")], from_top=True)
