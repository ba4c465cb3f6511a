"""What a visitor may open under a fooling image: its size, controls of the same size, saliency maps, the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st
import torch

from vizlib.evaluation import flipped_control, noise_control
from vizlib.fooling import Fooling, l2_of, psnr_of
from vizlib.render import Array, overlay, scale_of
from vizlib.saliency import MENU, Estimate, explaining
from vizlib.ui.fooling import fooled, saved_file
from vizlib.ui.shared import live, show
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import percent, plain, share, short

_MAPS = "Where does it look now?"
_MEASURES = "L2, for values from 0 to 1", "largest change, of 255", "values changed", "PSNR, in dB"


@dataclass(frozen=True, eq=False)
class Row:
    """The original with one change."""

    title: str
    head: str  # of its column
    image: Array  # the file


def draw(here: Chosen, result: Fooling) -> None:
    """Draws the headings; what is under one is computed when a visitor opens it."""
    parts: dict[str, Callable[[], None]] = {"How large is the change?": partial(fooled.sizes, result)}
    if result.change.any():
        parts["Is the network only sensitive to noise?"] = partial(_controls, here, result)
        parts[_MAPS] = partial(_saliency_of_both, here, result)
    parts["What is in the file?"] = partial(saved_file.contents, result)
    for title, content in parts.items():
        asked = title == _MAPS and "look" in st.query_params
        with st.expander(plain(title), expanded=asked, key=f"details {title}", on_change="rerun") as part, guard():
            if part.open:
                content()


def _controls(here: Chosen, result: Fooling) -> None:
    """Compares three changes of the same size: the fooling one, shuffled noise, and the flipped sign."""
    st.markdown(
        "The same changes, moved to random pixels with random signs, are **noise of exactly the same size**. The same "
        "change with its **sign flipped** points away from the target. If neither fools the network, it is the "
        "direction of the change that matters, not its size."
    )
    rows, columns = _rows(result), []
    for column, row in zip(st.columns(3, gap="medium"), rows):
        shares = here.model.predict(here.model.prepare(row.image))[0].cpu()
        label = int(shares.argmax())
        name = short(here.model.class_names[label])
        with column:
            words = f"{row.title}: still {name}" if label == result.source else f"{row.title}: {name}"
            show.figure(show.network_view(here.model, row.image), f"{words}, {percent(float(shares[label]))}")
        columns.append(measured(result, row, shares))
    names = here.model.class_names
    target = result.target if result.target is not None else result.label
    lines = [f"p({short(names[result.source])})", f"p({short(names[target])})", *_MEASURES]
    head = ["Measured", *(row.head for row in rows)]
    show.table(head, [list(line) for line in zip(lines, *columns)], numbers=True)


def _rows(result: Fooling) -> list[Row]:
    return [
        Row("The fooling change", "Fooling", result.image),
        Row("Noise of the same size", "Noise", noise_control(result.original, result.image, 0)),
        Row("The change with its sign flipped", "Flipped", flipped_control(result.original, result.image)),
    ]


def measured(result: Fooling, row: Row, shares: torch.Tensor) -> list[str]:
    """One column of the table, measured on the file; `shares` are its probabilities (K,)."""
    change = row.image.astype(np.int16) - result.original
    target = result.target if result.target is not None else result.label
    return [
        percent(float(shares[result.source])),
        percent(float(shares[target])),
        f"{l2_of(change):.2f}",
        str(int(np.abs(change).max())),
        share(float((change != 0).mean())),
        f"{psnr_of(change):.1f}",
    ]


def _saliency_of_both(here: Chosen, result: Fooling) -> None:
    """Draws saliency maps: of the original for its class, and of the fooling image for the target."""
    keys = [method.key for method in MENU]
    key = linked().selectbox(
        "Saliency method",
        keys,
        keys.index("guided"),
        format_func=lambda each: MENU[each].label,
        key="look",
    )
    method = MENU[key or "guided"]
    target = result.target if result.target is not None else result.label
    pairs = [("Original", result.original, result.source), ("Fooled", result.image, target)]
    for column, (title, image, label) in zip(st.columns(2, gap="medium"), pairs):
        name = short(here.model.class_names[label])
        recipe = {**here.recipe, "what": "look", "file": result.sha256, "side": title, "method": method.key}
        start = partial(explaining, here.model, here.model.prepare(image), method.key, label)
        with column:
            place = st.empty()
            last = live.follow(here.place, {**recipe, "label": label}, start, what=method.label)
            if last is not None:
                _map(here, image, last, f"{title}: evidence for {name} ({method.label})", place)
                if not last.values.any():
                    st.caption(plain(last.note))
    st.caption(
        "Each map has its own color scale. The pictures look the same, but the network relies on different pixels."
    )


def _map(here: Chosen, image: Array, last: Estimate, words: str, place: object) -> None:
    values = last.values[0].numpy()
    signed = bool((values < 0).any())
    show.figure(overlay(show.network_view(here.model, image), values, signed, 0.75, scale_of(values)), words, place)
