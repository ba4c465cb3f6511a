"""The verified file: the buttons that save it, why it has its size, what is in it, and where to take it next."""

from __future__ import annotations

import streamlit as st

from vizlib.batch.saved.fooling_image import differing
from vizlib.fooling import MENU, Fooling
from vizlib.pictures import encode_png, read_recipe
from vizlib.ui.fooling.request import onward
from vizlib.ui.shared import made, save
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import percent, plain, short


def buttons(here: Chosen, result: Fooling, name: str) -> None:
    """Draws the buttons that save the verified file, its recipe and the difference; `name` is the target's."""
    st.header("Save it")
    recipe = read_recipe(result.png) or {}
    with st.container(horizontal=True, vertical_alignment="center"):
        label, file_name = f"Fooling image (PNG, {_pixels(result)})", f"filterscope_fooled_{safe_name(name)}.png"
        save.save_file(label, result.png, file_name, "image/png", "fooled png")
        save.save_json("Recipe (JSON)", recipe, "filterscope_recipe")
        change, view = differing(result)
        save.save_png(f"Difference x {view['factor']:g} (PNG)", change, "filterscope_difference", {**recipe, **view})
    st.caption(plain(size_words(here, result)))


def keep(here: Chosen, result: Fooling) -> None:
    """Keeps the file for the pages that ask for one, if the network was fooled."""
    if not result.success or any(each.fooled == result.png for each in made.files()):
        return
    was, became = (short(here.model.class_names[each]) for each in (result.source, result.label))
    name = f"{was} as {became}, {percent(float(result.probabilities_after[result.label]))}"
    made.add(made.File(name, encode_png(result.original), result.png))


def size_words(here: Chosen, result: Fooling) -> str:
    """Why the file has its size."""
    height, width = result.image.shape[:2]
    given = here.subject.picture.size
    if MENU[result.method].begin is not None or given == (width, height):
        return f"The file has {_pixels(result)} pixels."
    became = "reduced" if width < given[0] else "enlarged"
    return (
        f"The file has {_pixels(result)} pixels. The picture, {given[0]} x {given[1]}, was {became} to the size at "
        f"which the network reads it{_cropped(here, height, width)}. The network then takes each pixel of the file as "
        "it is."
    )


def _cropped(here: Chosen, height: int, width: int) -> str:
    down, across = here.model.input_size
    return f", without its crop to the middle {across} x {down}" if down < height or across < width else ""


def contents(result: Fooling) -> None:
    """Draws what identifies the file, and what it took to find it."""
    st.markdown(
        f"The file holds exactly the verified pixels, and the recipe that makes it again. The search took "
        f"{result.gradients:d} gradients. SHA-256 of the file: `{result.sha256:s}`"
    )


def next_steps() -> None:
    """Draws the ways on to the pages that take the pair and the file."""
    with st.container(horizontal=True, key="next"):
        st.page_link(
            "pages/thin_ice.py", label="How stable is this answer?", icon=":material/ac_unit:", query_params=onward()
        )
        words = "What do other networks say to the saved file?"
        st.page_link("pages/any_file.py", label=words, icon=":material/upload_file:")


def _pixels(result: Fooling) -> str:
    height, width = result.image.shape[:2]
    return f"{width} x {height}"


def safe_name(name: str) -> str:
    """The name of a class as a part of a file's name."""
    return "".join(each if each.isalnum() else "_" for each in name.lower())
