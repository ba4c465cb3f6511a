"""Results as the HTML that a notebook's cell shows: pictures with captions, tables and curves.

Each record's `_repr_html_` is made of these. Letters and lines take the notebook's own color, so that they can be read
on light and dark pages; pictures are data URLs, so that a saved notebook needs no other file. What strangers named
(classes, networks, layers) is escaped, and a long list is cut with a word about what is missing.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape
from io import BytesIO
from math import isqrt
from typing import Final

import numpy as np
from PIL import Image

from vizlib.render.heat import Image8, Values, color_stops, heat, scale_of
from vizlib.render.images import fitted

MOST: Final = 64  # pictures, or rows of a table
_PIXELS: Final = 350_000  # of all pictures together: as PNGs of noise in base64 they take 1.4 MB
_SIDE: Final = 320  # px, of a picture, at most
_TINY: Final = 64  # px: up to here a picture is enlarged in crisp squares
_WIDE: Final = 100  # px on the screen, at least
_TALL: Final = 16  # rows from which a table can be scrolled
_LONGEST: Final = 300  # characters of a caption or a cell
_LINE: Final = "1px solid rgba(127,127,127,.45)"
_SMALL: Final = "font-size:12px;line-height:1.4"


def shown(title: str, *parts: str, note: str = "") -> str:
    """A result: its title in bold, its parts (HTML) below each other, and its note."""
    head = f'<div style="font-weight:600;margin:2px 0 6px">{_text(title)}</div>'
    foot = f'<div style="{_SMALL};max-width:720px;margin-top:6px">{_text(note, 2000)}</div>' if note else ""
    return f'<div style="color:inherit;margin:4px 0">{head}{"".join(parts)}{foot}</div>'


def pictures(images: Sequence[Image8] | Image8, captions: Iterable[str] = (), columns: int = 0, of: int = 0) -> str:
    """Pictures (H, W, 3) or (H, W, 1) of uint8 beside each other, each with its caption below; the first 64 of more.

    They are reduced until all of them together have 350,000 pixels, and small ones are enlarged on the screen.
    columns: how many are in a row; 0 for as many as fit. of: how many there are, where `images` are the first of them.
    """
    some = list(images[:MOST])
    side = min(_SIDE, isqrt(_PIXELS // max(len(some), 1)))
    said = [*captions, *[""] * len(some)]
    large = _WIDE if columns < 6 else _WIDE // 2
    figures = "".join(
        _figure(image, caption, side, large * (1 + (len(some) < 5))) for image, caption in zip(some, said)
    )
    grid = f"display:grid;grid-template-columns:repeat({columns},max-content)" if columns else "display:flex"
    box = f'<div style="{grid};flex-wrap:wrap;gap:12px;align-items:flex-start">{figures}</div>'
    return box + _missing(len(some), of or len(images), "pictures")


def _figure(image: Image8, caption: str, side: int, least: int) -> str:
    """A picture with its caption. side: px, at most; least: px to which smaller ones are enlarged, by whole factors."""
    small = np.ascontiguousarray(image if max(image.shape[:2]) <= side else fitted(_colored(image), side))
    height, width = small.shape[:2]
    times = max(1, -(-least // max(height, width)))
    crisp = "image-rendering:pixelated;" if max(height, width) <= _TINY else ""
    size = f'width="{width * times}" height="{height * times}"'
    label = f'<figcaption style="{_SMALL};margin-top:3px">{_text(caption)}</figcaption>' if caption else ""
    words = escape(" ".join(caption.split())[:_LONGEST]) or "picture"
    wide = max(96, width * times)
    return (
        f'<figure style="margin:0;max-width:{wide}px;overflow-wrap:anywhere">'
        f'<img src="{data_url(small)}" {size} style="{crisp}max-width:none" alt="{words}">{label}</figure>'
    )


def data_url(image: Image8) -> str:
    """The picture (H, W, 3) or (H, W, 1) as a PNG inside an address."""
    file = BytesIO()
    Image.fromarray(_colored(image)).save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def _colored(image: Image8) -> Image8:
    """Gray pictures (H, W, 1) as (H, W, 3)."""
    return np.ascontiguousarray(np.broadcast_to(image, (*image.shape[:2], 3)))


def maps(values: Values, captions: Iterable[str] = (), unit: str = "") -> str:
    """Maps (N, H, W) as colors on one scale, which is shown below them. They are signed where any value is negative."""
    some = values[:MOST]
    signed, limit = bool((some < 0).any()), scale_of(some)
    return pictures(heat(some, signed, limit), captions, of=len(values)) + _scale(signed, limit, unit)


def _scale(signed: bool, limit: float, unit: str) -> str:
    stops = ",".join(f"{color} {share:.0%}" for share, color in color_stops(signed))
    ends = (-limit, 0.0, limit) if signed else (0.0, limit / 2, limit)
    numbers = "".join(f"<span>{each:.3g}</span>" for each in ends)
    return (
        f'<div style="width:260px;margin-top:8px;{_SMALL}">'
        f'<div style="height:12px;border:{_LINE};background:linear-gradient(90deg,{stops})"></div>'
        f'<div style="display:flex;justify-content:space-between">{numbers}</div>{_text(unit)}</div>'
    )


def rows(
    head: Sequence[str],
    cells: Iterable[Sequence[str]],
    best: tuple[int, int] | None = None,
    *,
    left: bool = False,
    of: int = 0,
) -> str:
    """A table of texts with its header; the first 64 rows of more.

    best: (row, column) of the cell in bold. left: whether all columns are texts, and none is of numbers. of: how many
    rows there are, where `cells` are the first of them.
    """
    every = list(cells)
    sides = ["left" if left or not at else "right" for at in range(len(head))]
    top = "".join(
        f'<th style="{_cell(side)};border-bottom:{_LINE}">{_text(each)}</th>' for side, each in zip(sides, head)
    )
    body = "".join(
        f"<tr>{''.join(_td(each, sides[at], (number, at) == best) for at, each in enumerate(row))}</tr>"
        for number, row in enumerate(every[:MOST])
    )
    table = (
        f'<table style="border-collapse:collapse;{_SMALL}"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'
    )
    high = "max-height:420px" if len(every) > _TALL else ""
    return f'<div style="overflow:auto;{high}">{table}</div>' + _missing(len(every[:MOST]), of or len(every), "rows")


def _td(text: str, side: str, strong: bool) -> str:
    words = f"<b>{_text(text)}</b>" if strong else _text(text)
    return f'<td style="{_cell(side)}">{words}</td>'


def _cell(side: str) -> str:
    return f"padding:2px 10px;vertical-align:top;text-align:{side}"


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Names with their values, one per line."""
    lines = "".join(
        f'<tr><td style="padding:1px 12px 1px 0;opacity:.75;text-align:left">{_text(name)}</td>'
        f'<td style="padding:1px 0;text-align:left">{_text(value)}</td></tr>'
        for name, value in pairs
    )
    return f'<table style="border-collapse:collapse;margin-top:6px;{_SMALL}"><tbody>{lines}</tbody></table>'


def percent(share: float) -> str:
    """A share as people read it: "37.5 %", "99.98 %", "<0.01 %", and "unknown" for NaN."""
    if share != share:
        return "unknown"
    if 0 < share < 1e-4:
        return "<0.01 %"
    return f"{share:.2%}".replace("%", " %") if share > 0.99 and share < 1 else f"{share:.1%}".replace("%", " %")


def _missing(here: int, every: int, what: str) -> str:
    return f'<div style="{_SMALL};margin-top:6px">The first {here} of {every} {what}.</div>' if here < every else ""


def _text(words: str, longest: int = _LONGEST) -> str:
    """Words as HTML: escaped, cut, each line on its own."""
    short = words if len(words) <= longest else f"{words[: longest - 1]}…"
    return "<br>".join(map(escape, short.splitlines()))
