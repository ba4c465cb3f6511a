"""Both networks and the sheet to take home."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from vizlib.training import GanFrame
from vizlib.ui.pictures_out_of_noise.sheets import levels, sheet
from vizlib.ui.shared import save, taken


def draw(frame: GanFrame, recipe: Mapping[str, Any], stem: str) -> None:
    """Draws the downloads. recipe: of the frame. stem: the name of the files."""
    st.header("Take them with you")
    with st.container(horizontal=True):
        make = partial(taken.zipped, stem, frame.files)
        save.save_file("Download both networks (ZIP)", make, f"{stem}.zip", "application/zip", "gan zip")
        save.save_png("Sheet (PNG)", sheet(levels(frame.pictures)), f"filterscope_{stem}", recipe)
    st.caption(
        "The ZIP file holds a folder with the weights of the generator and of the discriminator, how they are built, "
        "and a card that says how they were trained and what was measured. `vizlib.training.open_gan(folder)` opens it."
    )
