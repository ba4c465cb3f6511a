"""A contact sheet that one can click: one picture, one component, however many tiles."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from vizlib.render import Grid

Array = np.ndarray[Any, Any]

_HTML = """
<div class="sheet" role="group" tabindex="0">
  <img draggable="false" alt=""><div class="box hover"></div><div class="box pick"></div>
</div>
<p class="hint"></p>
"""
_CSS = """
.sheet { position: relative; width: 100%; outline-offset: 3px; border-radius: 4px; cursor: pointer; line-height: 0; }
.sheet:focus-visible { outline: 3px solid var(--st-primary-color); }
.sheet img { width: 100%; image-rendering: pixelated; user-select: none; }
.box { position: absolute; pointer-events: none; box-sizing: border-box; display: none; }
.hover { border: 2px solid var(--st-text-color); }
.pick { border: 4px solid var(--st-primary-color); box-shadow: 0 0 0 2px var(--st-background-color); }
.hint { font: 0.9rem var(--st-font); color: var(--st-text-color); opacity: 0.8; margin: 0.4rem 0 0; min-height: 1.3em; }
"""
_JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const sheet = parentElement.querySelector(".sheet");
  const image = sheet.querySelector("img");
  const hint = parentElement.querySelector(".hint");
  if (image.src !== data.src) image.src = data.src;
  sheet.setAttribute("aria-label", data.label + ". Arrow keys move, Enter chooses.");
  let here = Math.max(0, data.selected);

  const place = (box, index) => {
    const show = index >= 0 && index < data.labels.length;
    box.style.display = show ? "block" : "none";
    if (!show) return;
    const column = index % data.columns, row = Math.floor(index / data.columns);
    box.style.left = column * (data.tileWidth + data.gap) / data.width * 100 + "%";
    box.style.top = row * (data.tileHeight + data.gap) / data.height * 100 + "%";
    box.style.width = data.tileWidth / data.width * 100 + "%";
    box.style.height = data.tileHeight / data.height * 100 + "%";
  };
  const hover = (index) => {
    place(sheet.querySelector(".hover"), index);
    hint.textContent = data.labels[index] ?? data.hint;
  };
  const at = (event) => {
    const area = image.getBoundingClientRect();
    const x = (event.clientX - area.left) / area.width * data.width;
    const y = (event.clientY - area.top) / area.height * data.height;
    const column = Math.floor(x / (data.tileWidth + data.gap)), row = Math.floor(y / (data.tileHeight + data.gap));
    if (x < 0 || y < 0 || column >= data.columns) return -1;
    const index = row * data.columns + column;
    return index < data.labels.length ? index : -1;
  };
  const choose = (index) => {
    if (index < 0) return;
    here = index;
    place(sheet.querySelector(".pick"), index);
    setTriggerValue("picked", index);
  };
  const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -data.columns, ArrowDown: data.columns };
  sheet.onmousemove = (event) => hover(at(event));
  sheet.onmouseleave = () => hover(-1);
  sheet.onclick = (event) => choose(at(event));
  sheet.onkeydown = (event) => {
    if (event.key === "Enter" || event.key === " ") choose(here);
    else if (event.key in moves) {
      here = Math.min(data.labels.length - 1, Math.max(0, here + moves[event.key]));
      hover(here);
    } else return;
    event.preventDefault();
  };
  place(sheet.querySelector(".pick"), data.selected);
  hover(-1);
}
"""
_component = st.components.v2.component("filterscope_sheet", html=_HTML, css=_CSS, js=_JS)


@dataclass(frozen=True)
class Tiles:
    """What is on the sheet."""

    label: str  # names the sheet
    hint: str  # shown under it while the mouse is elsewhere
    labels: list[str]  # one per tile, shown under the mouse
    selected: int = -1  # the tile to mark


def sheet(image: Array, grid: Grid, tiles: Tiles, key: str, pick: Callable[[int], None]) -> None:
    """Shows the sheet (H, W, 3) uint8; calls `pick` with the tile that is clicked."""
    height, width = image.shape[:2]
    data = {
        "src": _data_url(image),
        "width": width,
        "height": height,
        "columns": grid.columns,
        "tileHeight": grid.tile[0],
        "tileWidth": grid.tile[1],
        "gap": grid.gap,
        "labels": tiles.labels,
        "label": tiles.label,
        "hint": tiles.hint,
        "selected": tiles.selected,
    }

    def picked() -> None:
        pick(int(st.session_state[key]["picked"]))

    _component(data=data, key=key, on_picked_change=picked)


def _data_url(image: Array) -> str:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "WEBP", quality=90, method=2)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()
