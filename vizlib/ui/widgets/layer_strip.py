"""The architecture strip: every layer a block, from the picture to the logits; click one to choose it.

Height is the map's side, width the number of channels, both on a logarithmic scale; color is the kind.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import streamlit as st

from vizlib.records import Layer

COLORS = {
    "stage": "#b8500c",
    "block": "#d9822b",
    "convolution": "#3d7fb8",
    "linear": "#2b7a3d",
    "attention": "#8a3b93",
    "pooling": "#0f7680",
    "normalization": "#7d8590",
    "activation": "#b3344f",
}
_HTML = '<div class="strip" role="listbox" tabindex="0"></div><p class="hint"></p>'
_CSS = """
.strip { display: flex; align-items: center; gap: 4px; height: 132px; overflow-x: auto; padding: 4px 2px 10px; }
.strip:focus-visible { outline: 3px solid var(--st-primary-color); }
.layer { flex: none; border-radius: 3px; cursor: pointer; opacity: 0.72; box-sizing: border-box; }
.layer:hover { opacity: 1; box-shadow: 0 0 0 2px var(--st-text-color); }
.layer.on { opacity: 1; margin: 0 6px; }
.layer.on { box-shadow: 0 0 0 3px var(--st-background-color), 0 0 0 6px var(--st-primary-color); }
.end { flex: none; font: 600 0.9rem var(--st-font); color: var(--st-text-color); padding: 0 8px; }
.hint { font: 0.95rem var(--st-font); color: var(--st-text-color); margin: 0.2rem 0 0; min-height: 1.4em; }
.hint b { font-weight: 650; }
"""
_JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const strip = parentElement.querySelector(".strip"), hint = parentElement.querySelector(".hint");
  strip.setAttribute("aria-label", "Layers in running order. Arrow keys choose the one before or after.");
  const end = (text) => {
    const word = document.createElement("span");
    word.className = "end";
    word.textContent = text;
    return word;
  };
  const say = (layer) => { hint.textContent = layer ? layer.text : ""; };
  const now = data.layers.findIndex((layer) => layer.path === data.selected);
  const choose = (index) => {
    if (index < 0 || index >= data.layers.length || index === now) return;
    setTriggerValue("picked", data.layers[index].path);
  };
  strip.replaceChildren(end("picture"), ...data.layers.map((layer, index) => {
    const box = document.createElement("div");
    box.className = "layer" + (index === now ? " on" : "");
    box.style.cssText = `width:${layer.width}px;height:${layer.height}px;background:${layer.color}`;
    box.title = layer.text;
    box.dataset.path = layer.path;
    box.setAttribute("role", "option");
    box.setAttribute("aria-label", layer.text);
    box.setAttribute("aria-selected", index === now);
    box.onclick = () => choose(index);
    box.onmouseenter = () => say(layer);
    box.onmouseleave = () => say(data.layers[now]);
    return box;
  }), end("logits"));
  strip.onkeydown = (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!move) return;
    choose(now + move);
    event.preventDefault();
  };
  say(data.layers[now]);
  const on = strip.querySelector(".on");
  if (on && (on.offsetLeft < strip.scrollLeft || on.offsetLeft > strip.scrollLeft + strip.clientWidth - 40))
    strip.scrollLeft = on.offsetLeft - strip.clientWidth / 2;
}
"""
_component = st.components.v2.component("filterscope_strip", html=_HTML, css=_CSS, js=_JS)


def strip(layers: Sequence[Layer], selected: str, key: str, pick: Callable[[str], None]) -> None:
    """Shows the layers in running order with `selected` marked; calls `pick` with the path that is clicked."""
    side = max(max(layer.shape[1:]) for layer in layers)
    rows = [_row(layer, side) for layer in layers]

    def picked() -> None:
        pick(str(st.session_state[key]["picked"]))

    _component(data={"layers": rows, "selected": selected}, key=key, on_picked_change=picked)


def _row(layer: Layer, side: int) -> dict[str, object]:
    share = math.log2(1 + max(layer.shape[1:])) / math.log2(1 + side)
    return {
        "path": layer.path,
        "text": describe(layer),
        "color": COLORS.get(layer.kind, "#7d8590"),
        "height": round(14 + 96 * share),
        "width": round(5 + 2.2 * math.log2(1 + layer.shape[0])),
    }


def describe(layer: Layer) -> str:
    """ "layer3.1.conv2 · convolution · 64 channels of 8 x 8 · 3 x 3, stride 1"."""
    channels, height, width = layer.shape
    size = f"{channels} channels of {width} x {height}" if layer.spatial else f"{channels} numbers"
    return " · ".join(filter(None, (layer.path, layer.kind, size, layer.detail)))
