"""A chart as a picture, for a lecture only: on the pages, Streamlit draws it."""

from __future__ import annotations


def data(source: str, words: str) -> dict[str, str]:
    """What the chart's JavaScript takes. source: a data URL, PNG or SVG. words: what it shows, for a screen reader."""
    return {"source": source, "words": words}
