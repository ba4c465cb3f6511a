"""A film under the viewer's thumb: one picture, one slider, nothing asked of the server while it moves."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

Array = np.ndarray[Any, Any]

_HTML = """
<figure class="film">
  <img alt="" draggable="false">
  <div class="row">
    <button type="button" class="play">Play</button>
    <input type="range" min="0" step="1">
  </div>
  <figcaption aria-live="off"></figcaption>
</figure>
"""
_CSS = """
.film { margin: 0; font-family: var(--st-font); color: var(--st-text-color); }
.film img { width: 100%; height: auto; display: block; border-radius: var(--st-base-radius, 8px); user-select: none; }
.film img.crisp { image-rendering: pixelated; }
.row { display: flex; gap: 0.8rem; align-items: center; margin-top: 0.7rem; }
.row input { flex: 1; accent-color: var(--st-primary-color); height: 2rem; cursor: pointer; margin: 0; }
.row button { font: 600 1rem var(--st-font); color: var(--st-text-color); background: transparent; cursor: pointer;
  border: 1px solid var(--st-border-color, currentColor); border-radius: 0.5rem; padding: 0.35rem 0; width: 5rem; }
.row button:hover, .row button:focus-visible { border-color: var(--st-primary-color); color: var(--st-primary-color); }
.row input:focus-visible, .row button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
figcaption { font-size: 1.05rem; font-variant-numeric: tabular-nums; margin-top: 0.3rem; min-height: 1.5em; }
"""
_JS = """
export default function ({ data, parentElement }) {
  const film = parentElement.querySelector(".film"), image = film.querySelector("img");
  const slider = film.querySelector("input"), play = film.querySelector(".play");
  const caption = film.querySelector("figcaption");
  const last = data.sources.length - 1;
  const show = (index) => {
    image.src = data.sources[index];
    image.alt = data.label + ", " + data.captions[index];
    caption.textContent = data.captions[index];
    slider.setAttribute("aria-valuetext", data.captions[index]);
  };
  const stop = () => {
    clearInterval(film.playing);
    film.playing = undefined;
    play.textContent = "Play";
  };
  const next = () => {
    if (Number(slider.value) >= last) return stop();
    slider.value = Number(slider.value) + 1;
    show(Number(slider.value));
  };
  play.onclick = () => {
    if (film.playing) return stop();
    if (Number(slider.value) >= last) slider.value = 0;
    show(Number(slider.value));
    play.textContent = "Pause";
    film.playing = setInterval(next, data.milliseconds);
  };
  slider.oninput = () => { stop(); show(Number(slider.value)); };
  if (film.shown !== data.id) {
    stop();
    film.shown = data.id;
    image.className = data.crisp ? "crisp" : "";
    image.width = data.width;
    image.height = data.height;
    slider.max = last;
    slider.value = last;
    slider.setAttribute("aria-label", data.label + ": the way there, step by step");
    data.sources.forEach((source) => { new Image().src = source; });
    show(last);
  }
  return () => { clearInterval(film.playing); film.playing = undefined; };
}
"""
_component = st.components.v2.component("filterscope_film", html=_HTML, css=_CSS, js=_JS)


@dataclass(frozen=True)
class Strip:
    """What is on the film."""

    id: str  # another film, another id
    label: str  # names it for those who cannot see it
    captions: Sequence[str]  # one per picture
    milliseconds: int = 90  # for which each is shown


def film(images: Sequence[Array], strip: Strip, key: str) -> None:
    """Shows pictures (H, W, 3) uint8 with a slider, the last one first; the last may be larger than the others."""
    height, width = images[-1].shape[:2]
    data = {
        "id": strip.id,
        "label": strip.label,
        "captions": list(strip.captions),
        "sources": _sources(strip.id, images),
        "milliseconds": strip.milliseconds,
        "width": width,
        "height": height,
        "crisp": max(images[0].shape[:2]) <= 64,
    }
    _component(data=data, key=key)


@st.cache_data(max_entries=8, show_spinner=False)
def _sources(film_id: str, _images: Sequence[Array]) -> list[str]:
    """Data URLs of the pictures, the last one of higher quality; made once per film."""
    return [_data_url(image, 96 if image is _images[-1] else 88) for image in _images]


def _data_url(image: Array, quality: int) -> str:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "WEBP", quality=quality, method=2)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()
