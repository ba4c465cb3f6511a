"""A film that the viewer moves through with a slider; the browser asks the server for nothing meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from vizlib.render import Image8
from vizlib.ui.widgets.data_url import crisp, data_url
from vizlib.ui.widgets.front_end import component

_component = component("film")


@dataclass(frozen=True)
class Film:
    """What is said about the pictures of a film."""

    id: str  # another film, another id
    label: str  # names it for those who cannot see it
    captions: Sequence[str]  # one per picture
    milliseconds: int = 90  # for which each is shown


def film(images: Sequence[Image8], about: Film, key: str) -> None:
    """Shows pictures (H, W, 3) uint8 with a slider, the last one first; the last may be larger than the others."""
    _component(data=data(images, about), words=about.label, key=key)


def data(images: Sequence[Image8], about: Film) -> dict[str, Any]:
    """What the film's JavaScript takes."""
    height, width = images[-1].shape[:2]
    return {
        "id": about.id,
        "label": about.label,
        "captions": list(about.captions),
        "sources": _sources(about.id, images),
        "milliseconds": about.milliseconds,
        "width": width,
        "height": height,
        "crisp": crisp(images[0]),
    }


@st.cache_data(max_entries=8, show_spinner=False)
def _sources(film_id: str, _images: Sequence[Image8]) -> list[str]:
    """Data URLs of the pictures, the last one of higher quality; made once per film."""
    return [data_url(image, 96 if image is _images[-1] else 88) for image in _images]
