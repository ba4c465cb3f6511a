"""Pictures shaken in the same way, setting by setting: which answers stay, and how each picture looked there.

One cursor runs through all rows; the browser asks the server for nothing while it moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from vizlib.render import Image8
from vizlib.ui.widgets.data_url import kept_url
from vizlib.ui.widgets.front_end import component

_WIDEST = 16383  # pixels that WebP allows

_component = component("shake_strip")


@dataclass(frozen=True)
class Answer:
    """What the network says at one setting."""

    label: str
    kind: str  # "source" (the original's class), "target" (what the fooled picture is) or "other"
    source: float  # probability of the original's class, [0, 1]
    target: float  # probability of the target
    sure: float  # probability of the class that it says


@dataclass(frozen=True)
class Row:
    """One picture at all settings."""

    name: str
    answers: Sequence[Answer]
    images: Sequence[Image8]  # (h, w, 3) uint8 of one size, as the network saw them


@dataclass(frozen=True)
class Strip:
    """What is said about the rows."""

    id: str  # another sweep, another id
    title: str
    values: Sequence[str]  # the settings, as words
    unit: str
    source: str  # names of the two classes
    target: str
    start: int | None = None  # the setting where the cursor stands first; None: the middle one


def strip(rows: Sequence[Row], words: Strip, key: str) -> None:
    """Shows the rows under one cursor, with the pictures at the cursor below."""
    _component(data=data(rows, words), words=words.title, key=key)


def data(rows: Sequence[Row], words: Strip) -> dict[str, Any]:
    """What the strip's JavaScript takes."""
    if not words.values or any(not len(row.answers) == len(row.images) == len(words.values) for row in rows):
        raise ValueError("every row has an answer and a picture for each of the values")
    return {
        "id": words.id,
        "title": words.title,
        "values": list(words.values),
        "unit": words.unit,
        "start": words.start,
        "source": words.source,
        "target": words.target,
        "rows": [_row(row) for row in rows],
    }


def _row(row: Row) -> dict[str, Any]:
    """What the browser needs of a row; its pictures travel side by side, as one."""
    height, width = row.images[0].shape[:2]
    film = np.concatenate(list(row.images), axis=1)
    if film.shape[1] > _WIDEST:
        share = _WIDEST // len(row.images) / width
        size = _WIDEST // len(row.images) * len(row.images), max(1, round(height * share))
        film = np.asarray(Image.fromarray(film).resize(size, Image.Resampling.BOX))
    return {
        "name": row.name,
        "cells": [vars(each) for each in row.answers],
        "sprite": kept_url(film, 88),
        "aspect": width / height,
    }
