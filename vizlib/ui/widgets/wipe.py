"""Two pictures one over the other, divided by a line that follows the mouse: what changed, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vizlib.render import Image8
from vizlib.ui.widgets.data_url import crisp, kept_url
from vizlib.ui.widgets.front_end import component

_component = component("wipe")


@dataclass(frozen=True)
class Wipe:
    """What is said about the two pictures."""

    id: str  # another pair, another id
    left_label: str
    right_label: str
    label: str  # names the pair for those who cannot see it


def wipe(left: Image8, right: Image8, words: Wipe, key: str) -> None:
    """Shows two pictures (H, W, 3) uint8 of one aspect ratio; their resolutions may differ."""
    _component(data=data(left, right, words), words=words.label, key=key)


def data(left: Image8, right: Image8, words: Wipe) -> dict[str, Any]:
    """What the wipe's JavaScript takes."""
    height, width = left.shape[:2]
    return {
        "id": words.id,
        "label": words.label,
        "aspect": width / height,
        "left": _side(left, words.left_label),
        "right": _side(right, words.right_label),
    }


def _side(image: Image8, label: str) -> dict[str, object]:
    return {"source": kept_url(image), "label": label, "crisp": crisp(image)}
