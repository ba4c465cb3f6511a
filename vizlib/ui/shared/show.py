"""How results look: pictures large enough for a hall, bars, and what can be saved."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from PIL import Image

from vizlib.models import Classifier
from vizlib.pictures import encode_png
from vizlib.records import Prediction
from vizlib.render import colorbar, to_image
from vizlib.ui.shared.words import short
from vizlib.ui.shared import encoded

Array = np.ndarray[Any, Any]
LEAST_WIDTH = 640  # pixels sent: a picture shown smaller is scaled down by the browser, never blurred up


def figure(image: Array, caption: str, place: Any = st, least: int = LEAST_WIDTH) -> None:
    """A picture (H, W, 3) uint8 as wide as its column, with a caption that says what it is and in which unit."""
    file = encoded.still(image, least)  # named PNG, or Streamlit would make a JPEG of it and smear its colors
    place.image(file, caption=caption, width="stretch", alt=caption, output_format="PNG")


def moving(image: Array, caption: str, place: Any, least: int = LEAST_WIDTH) -> None:
    """A frame of a picture that changes, in a placeholder: soon replaced, so quick rather than exact."""
    file = encoded.live(image, least)
    place.image(file, caption=caption or None, width="stretch", alt=caption, output_format="JPEG")


def grid(count: int) -> list[Any]:
    """Columns for `count` pictures, at most three in a row, so that each stays wide."""
    wide = min(3, max(2, count))
    rows = [st.columns(wide, gap="medium") for _ in range(-(-count // wide))]
    return [column for row in rows for column in row][:count]


def legend(signed: bool, limit: float, unit: str) -> None:
    """What the colors of a map mean, with the unit, in the colors of the page."""
    st.image(colorbar(signed, limit, unit, dark=dark()), width="stretch", output_format="PNG")


def dark() -> bool:
    """Whether the visitor's page is dark."""
    return st.context.theme.type == "dark"


def network_view(model: Classifier, image: Array | Image.Image) -> Array:
    """What the network sees of a file's picture (PIL or H, W, 3): resized and cropped."""
    return to_image(model.prepare(image))[0]


def ink() -> str:
    """The color of letters and lines in charts."""
    return "#eef1f4" if dark() else "#1b2430"


def bars(predictions: Sequence[Prediction], chosen: int | None = None, key: str = "") -> None:
    """The classes as horizontal bars of their probability, the most probable on top; `key` where there are several."""
    labels = [short(each.label) for each in predictions]
    shares = [100 * each.probability for each in predictions]
    colors = ["#d9822b" if each.index == chosen else "#3d7fb8" for each in predictions]
    chart = go.Figure(
        go.Bar(
            x=shares,
            y=[f"{label} · {each.index}" for label, each in zip(labels, predictions, strict=True)],
            orientation="h",
            marker_color=colors,
            text=[f"<b>{share:.1f} %</b>" if share >= 0.05 else "< 0.1 %" for share in shares],
            textposition="auto",
            cliponaxis=False,
            customdata=[(each.label, each.logit) for each in predictions],
            hovertemplate="%{customdata[0]}<br>%{x:.3f} % (logit %{customdata[1]:.2f})<extra></extra>",
        )
    )
    chart.update_layout(
        height=70 + 46 * len(predictions),
        margin={"l": 0, "r": 10, "t": 4, "b": 40},
        font={"size": 17},
        xaxis={"title": "probability (%)", "range": [0, 100], "tickfont": {"size": 14}},
        yaxis={"autorange": "reversed", "tickfont": {"size": 17, "color": ink()}},
        bargap=0.25,
    )
    st.plotly_chart(chart, width="stretch", config={"displayModeBar": False}, key=f"bars {key} {chosen}")


def save_png(label: str, image: Array, name: str, recipe: Mapping[str, Any]) -> None:
    """A button that saves the picture with its recipe inside."""
    st.download_button(
        label,
        lambda: encode_png(image, recipe),
        file_name=f"{name}.png",
        mime="image/png",
        icon=":material/download:",
        on_click="ignore",
        key=f"png {name}",
    )


def save_npy(label: str, values: Array, name: str) -> None:
    """A button that saves the raw numbers as NumPy's .npy."""
    st.download_button(
        label,
        lambda: _npy(values),
        file_name=f"{name}.npy",
        mime="application/octet-stream",
        icon=":material/download:",
        on_click="ignore",
        key=f"npy {name}",
    )


def save_csv(label: str, head: Sequence[str], rows: Sequence[Sequence[Any]], name: str) -> None:
    """A button that saves a table as .csv."""
    st.download_button(
        label,
        lambda: _csv(head, rows),
        file_name=f"{name}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"csv {name}",
    )


def _csv(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([head, *rows])
    return text.getvalue()


def _npy(values: Array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    return buffer.getvalue()
