"""Rows of text as a table of aligned columns, for a terminal or a notebook's cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from textwrap import wrap


def table(rows: Iterable[Sequence[str]], widths: Sequence[int]) -> str:
    """The rows with their columns below each other; longer texts are wrapped to the columns' widths (characters)."""
    cells = [[wrap(cell, most) or [""] for cell, most in zip(row, widths)] for row in rows]
    wide = [max(len(line) for cell in column for line in cell) for column in zip(*cells)]
    lines = [line for row in cells for line in zip_longest(*row, fillvalue="")]
    return "\n".join("  ".join(map(str.ljust, line, wide)).rstrip() for line in lines)
