"""A board of pictures with a caption under each, for a lecture only: on the pages, Streamlit draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Picture:
    """One picture of the board."""

    source: str  # a data URL
    caption: str = ""
    crisp: bool = False  # whether its pixels keep their edges when it is enlarged


@dataclass(frozen=True)
class Key:
    """One entry of the legend under the board."""

    source: str  # a data URL: a color bar
    words: str


def data(pictures: Sequence[Picture], columns: int = 0, legend: Sequence[Key] = ()) -> dict[str, Any]:
    """What the board's JavaScript takes. columns: 0 leaves it to the browser, which makes the pictures large."""
    return {
        "pictures": [asdict(each) for each in pictures],
        "columns": columns,
        "legend": [asdict(each) for each in legend],
    }
