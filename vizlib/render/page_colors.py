"""The colors of the dashboard's pages, for pictures and charts that are drawn here and not by the browser.

.streamlit/config.toml is what colors the pages; a test compares this file with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

RGB = tuple[int, int, int]

SOURCE: Final = "#3d7fb8"  # the class that the network gave to the original; bars in general
TARGET: Final = "#d9822b"  # the class that was asked for
OTHER: Final = "#7d8590"  # any other class


@dataclass(frozen=True)
class PageColors:
    """One theme, light or dark; each color as "#rrggbb"."""

    paper: str  # behind everything
    ink: str  # letters
    lines: str  # borders and grids
    series: tuple[str, ...]  # for curves and classes that are told apart by color


LIGHT: Final = PageColors(
    "#fbfaf7",
    "#0e151d",
    "#cfc9bb",
    ("#0b5fa5", "#b8500c", "#2b7a3d", "#8a3b93", "#94680a", "#0f7680", "#b3344f", "#5b6472"),
)
DARK: Final = PageColors(
    "#0b0f14",
    "#eef1f4",
    "#3a4653",
    ("#6db7f2", "#f2a65a", "#7ccb8a", "#d59be0", "#e3c153", "#5fc9cf", "#f28a9d", "#aab4c0"),
)


def page_colors(dark: bool) -> PageColors:
    """The colors of dark pages or of light ones."""
    return DARK if dark else LIGHT


def rgb(color: str) -> RGB:
    """Three levels from 0 to 255 of a color written as "#rrggbb"."""
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue
