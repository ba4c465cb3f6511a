"""What a visitor can save: pictures with their recipe inside, raw numbers, tables, films. All are in the basket."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from vizlib.batch.saved.kind import in_file
from vizlib.pictures import encode_png
from vizlib.render import Array
from vizlib.ui.shared import basket
from vizlib.ui.shared.words import plain


def save_png(label: str, image: Array, name: str, recipe: Mapping[str, Any]) -> None:
    """A button that saves the picture with its recipe inside, and with the versions that made it."""
    save_file(label, lambda: encode_png(image, in_file(recipe)), f"{name}.png", "image/png", f"png {name}")


def save_npy(label: str, values: Array, name: str) -> None:
    """A button that saves the raw numbers as NumPy's .npy."""
    save_file(label, lambda: _npy(values), f"{name}.npy", "application/octet-stream", f"npy {name}")


def save_csv(label: str, head: Sequence[str], rows: Sequence[Sequence[Any]], name: str) -> None:
    """A button that saves a table as .csv."""
    save_file(label, lambda: _csv(head, rows), f"{name}.csv", "text/csv", f"csv {name}")


def save_json(label: str, values: Mapping[str, Any], name: str) -> None:
    """A button that saves a recipe as .json."""
    text = json.dumps(values, indent=2, sort_keys=True)
    save_file(label, text, f"{name}.json", "application/json", f"json {name}")


def save_file(
    label: str,
    data: str | bytes | Callable[[], str | bytes],
    file_name: str,
    mime: str,
    key: str,
    icon: str = "download",
) -> None:
    """A button that saves a file; `data` is the content, or a function that makes it when the button is pressed."""
    stem, _, ending = file_name.rpartition(".")
    basket.add("files", stem, ending, data if callable(data) else lambda: data)
    st.download_button(
        plain(label), data, file_name=file_name, mime=mime, icon=f":material/{icon}:", on_click="ignore", key=key
    )


def _csv(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([head, *rows])
    return text.getvalue()


def _npy(values: Array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    return buffer.getvalue()
