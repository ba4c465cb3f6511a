"""Two pictures one over the other, divided by a line that follows the mouse: what changed, and where."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from vizlib.ui.widgets.walk_slider import CRISP, Array, png_url

_HTML = """
<section class="wipe" role="group">
  <div class="panes">
    <div class="side left"><img draggable="false" alt=""><span></span></div>
    <div class="side right"><img draggable="false" alt=""><span></span></div>
    <div class="line"><i></i></div>
  </div>
  <input type="range" min="0" max="100" step="0.1">
</section>
"""
_CSS = """
.wipe { --at: 50%; --thumb: 30px; font-family: var(--st-font); color: var(--st-text-color); padding: 4px;
  width: min(100%, calc(max(68vh, 320px) * var(--aspect))); margin: 0 auto; box-sizing: border-box; }
.panes { position: relative; aspect-ratio: var(--aspect); cursor: col-resize; touch-action: pan-y; overflow: hidden;
  border-radius: var(--st-base-radius, 8px); user-select: none; }
.side, .side img { position: absolute; inset: 0; width: 100%; height: 100%; }
.left { clip-path: inset(0 calc(100% - var(--at)) 0 0); }
.right { clip-path: inset(0 0 0 var(--at)); }
.crisp img { image-rendering: pixelated; }
.side span { position: absolute; bottom: 0.8rem; max-width: calc(50% - 1.6rem); padding: 0.15rem 0.8rem;
  border-radius: 1rem; font-size: 1.1rem; font-weight: 600; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; box-sizing: border-box;
  background: color-mix(in srgb, var(--st-background-color) 86%, transparent); }
.left span { left: 0.8rem; }
.right span { right: 0.8rem; }
.line { position: absolute; inset: 0; pointer-events: none; transform: translateX(var(--at)); }
.line::before { content: ""; position: absolute; top: 0; bottom: 0; left: -1.5px; width: 3px; background: #fff;
  box-shadow: 0 0 0 1.5px #0008; }
.line i { position: absolute; left: -15px; bottom: -2px; border: 15px solid transparent; border-top: 0;
  border-bottom: 18px solid #fff; filter: drop-shadow(0 0 1.5px #000); }
input { appearance: none; -webkit-appearance: none; height: 40px; margin: 0 calc(var(--thumb) / -2); outline: none;
  width: calc(100% + var(--thumb)); cursor: pointer; touch-action: pan-y; background: linear-gradient(
  color-mix(in srgb, var(--st-text-color) 22%, transparent) 0 0) center / calc(100% - var(--thumb)) 8px no-repeat; }
input::-webkit-slider-runnable-track, input::-moz-range-track { background: transparent; }
input::-webkit-slider-thumb { -webkit-appearance: none; width: var(--thumb); height: var(--thumb); border-radius: 50%;
  border: 4px solid var(--st-background-color); background: var(--st-primary-color);
  box-shadow: 0 0 0 2px var(--st-primary-color); }
input::-moz-range-thumb { width: var(--thumb); height: var(--thumb); border-radius: 50%; box-sizing: border-box;
  border: 4px solid var(--st-background-color); background: var(--st-primary-color);
  box-shadow: 0 0 0 2px var(--st-primary-color); }
input:focus-visible::-webkit-slider-thumb { box-shadow: 0 0 0 6px var(--st-primary-color); }
input:focus-visible::-moz-range-thumb { box-shadow: 0 0 0 6px var(--st-primary-color); }
"""
_JS = """
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".wipe"), panes = root.querySelector(".panes");
  const range = root.querySelector("input");
  const show = () => {
    const share = Number(range.value);
    root.style.setProperty("--at", share + "%");
    const [left, right] = [Math.round(share), 100 - Math.round(share)];
    range.setAttribute("aria-valuetext", `${left} % ${data.left.label}, ${right} % ${data.right.label}`);
  };
  const follow = (event) => {
    const area = panes.getBoundingClientRect();
    range.value = 100 * (event.clientX - area.left) / area.width;
    show();
  };
  root.setAttribute("aria-label", data.label);
  root.style.setProperty("--aspect", data.aspect);
  range.setAttribute("aria-label", data.label + ": where the line stands");
  for (const side of ["left", "right"]) {
    const pane = root.querySelector("." + side), image = pane.querySelector("img");
    pane.classList.toggle("crisp", data[side].crisp);
    pane.querySelector("span").textContent = data[side].label;
    image.alt = data[side].label;
    if (image.src !== data[side].source) image.src = data[side].source;
  }
  if (root.shown !== data.id) {
    root.shown = data.id;
    range.value = 50;
  }
  panes.onpointermove = panes.onpointerdown = follow;
  range.oninput = show;
  range.onkeydown = (event) => {
    const by = { ArrowRight: 2, ArrowUp: 2, ArrowLeft: -2, ArrowDown: -2, PageUp: 10, PageDown: -10 }[event.key];
    if (!by || event.ctrlKey || event.altKey || event.metaKey) return;
    range.value = Number(range.value) + by;
    show();
    event.preventDefault();
  };
  show();
  return () => { panes.onpointermove = panes.onpointerdown = range.oninput = range.onkeydown = null; };
}
"""
_component = st.components.v2.component("filterscope_wipe", html=_HTML, css=_CSS, js=_JS)


@dataclass(frozen=True)
class Wipe:
    """What is said about the two pictures."""

    id: str  # another pair, another id
    left_label: str
    right_label: str
    label: str  # names the pair for those who cannot see it


def wipe(left: Array, right: Array, words: Wipe, key: str) -> None:
    """Shows two pictures (H, W, 3) uint8 of the same shape, in whatever resolutions."""
    height, width = left.shape[:2]
    data = {
        "id": words.id,
        "label": words.label,
        "aspect": width / height,
        "left": _side(left, words.left_label),
        "right": _side(right, words.right_label),
    }
    _component(data=data, key=key)


def _side(image: Array, label: str) -> dict[str, object]:
    return {"source": png_url(image), "label": label, "crisp": max(image.shape[:2]) <= CRISP}
