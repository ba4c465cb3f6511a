"""The picture of the sidebar: drawn, a photograph, or the visitor's own, which no link can hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from vizlib import synthetic
from vizlib.batch.pictures import picture_key
from vizlib.errors import VizError
from vizlib.pictures import ENDINGS, is_npz, open_picture, sample_photographs
from vizlib.ui.shared import uploads
from vizlib.ui.shared.guard import tell
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.words import plain

ACCEPTED = list(ENDINGS)
KEYS = ("picture", "object", "background", "scene", "digit", "photo")  # the boxes' part of the link
_KINDS = {"drawn": "Drawn", "photo": "Photo", "upload": "Upload", "camera": "Camera"}
_ANY = "any"
_USUAL_SEED = 7
_DIGITS = 6  # of the largest seed
_LAST = "last good picture"  # in the session: a function that opens it
_MISSING = {
    "photo": "**This link was made with a sample photograph, and none is installed here.** Use a drawn picture:",
    "upload": "**This link was made with an uploaded picture, which a link cannot hold.** Upload it again, or use a "
    "drawn picture:",
    "camera": "**This link was made with a picture from a camera, which a link cannot hold.** Take a picture in the "
    "sidebar, or use a drawn one:",
}


@dataclass(frozen=True, eq=False)
class Subject:
    """A picture with what is known about it."""

    picture: Image.Image  # upright RGB, as it came
    title: str
    mask: Image.Image | None = None  # white on the object, where it is drawn
    private: bool = False  # uploaded: nothing that shows it is written to disk
    scene: synthetic.Scene | None = None  # what the drawing shows, so that it can be drawn again
    again: Callable[[], Subject] | None = None  # reopens it: sessions keep the file, not the decoded picture

    @cached_property
    def key(self) -> str:
        """Identifies the picture, also among those that look the same once a network has cropped them."""
        return picture_key(self.picture)


def value_of(key: str, written: str) -> str | int | None:
    """The value of a box as a link writes it; None for what the box does not take."""
    if key == "scene":
        return int(written) if written.isdecimal() and len(written) <= _DIGITS else None
    options: dict[str, Iterable[str]] = {
        "picture": _KINDS,
        "object": (_ANY, *synthetic.SCENE_CLASSES),
        "background": (_ANY, *synthetic.BACKGROUNDS),
        "digit": (_ANY, *map(str, range(10))),
        "photo": sample_photographs(),
    }
    return {each.casefold(): each for each in options[key]}.get(written.casefold())


def choose(gray: bool) -> Subject | None:
    """Draws the boxes; returns the picture, or the last good one. None if a link names a picture that is not here."""
    kind = linked().pills(
        "Picture",
        list(_KINDS),
        default="drawn",
        required=True,
        format_func=_KINDS.__getitem__,
        key="picture",
    )
    try:
        drawn = _digit if gray else _scene
        subject = {"drawn": drawn, "photo": _photo, "upload": _upload, "camera": _camera}[kind]()
    except VizError as problem:
        tell(problem)
        subject = None
    if subject is None:
        last = st.session_state.get(_LAST)
        return last() if last is not None else None
    st.session_state[_LAST] = subject.again or (lambda: subject)
    return subject


def ask_again() -> None:
    """Draws, in the place of what needs the link's picture, that it is not here, and how a visitor can go on."""
    kind = str(st.session_state["picture"])
    st.info(_MISSING[kind], icon=":material/image_not_supported:")
    if kind == "upload":
        file = st.file_uploader("The picture of this link", type=ACCEPTED, max_upload_size=20, key="file again")
        if file is not None:
            st.session_state[_LAST] = _own(file.getvalue(), str(file.name)[:60]).again
            st.rerun()
    st.button("Use a drawn picture", key="drawn instead", on_click=_draw_instead, icon=":material/draw:")


def _draw_instead() -> None:
    st.session_state["picture"] = "drawn"


def _scene() -> Subject:
    name = linked().selectbox("Object", [_ANY, *synthetic.SCENE_CLASSES], key="object")
    ground = linked().selectbox("Background", [_ANY, *synthetic.BACKGROUNDS], key="background")
    return _drawn_scene(
        _seed(),
        None if name == _ANY else synthetic.SCENE_CLASSES.index(name),
        None if ground == _ANY else synthetic.BACKGROUNDS.index(ground),
    )


def _drawn_scene(seed: int, label: int | None, background: int | None) -> Subject:
    scene = synthetic.draw_scene(synthetic.HELD_OUT_SEED + seed, label, background)
    words = f"{synthetic.SCENE_CLASSES[scene.label]} on {synthetic.BACKGROUNDS[scene.background]}"
    mask = Image.fromarray(scene.mask.astype(np.uint8) * 255)
    return Subject(Image.fromarray(scene.image), f"drawn scene {seed}: {words}", mask, scene=scene.scene)


def _digit() -> Subject:
    wanted = linked().selectbox("Digit", [_ANY, *map(str, range(10))], key="digit")
    seed = _seed()
    digit = synthetic.draw_digit(synthetic.HELD_OUT_SEED + seed, None if wanted == _ANY else int(wanted))
    picture = Image.fromarray(digit.image).convert("RGB")
    return Subject(
        picture, f"drawn digit {seed}: {digit.label}", Image.fromarray((digit.image > 100).astype(np.uint8) * 255)
    )


def _seed() -> int:
    words = "Another seed draws another picture."
    return int(linked().number_input("Seed", 0, 999_999, _USUAL_SEED, key="scene", help=words))


def _photo() -> Subject | None:
    photographs = sample_photographs()
    if not photographs:
        st.info("No sample photographs are installed. Install scikit-image, or upload a picture.")
        return None
    name = linked().selectbox("Photograph", list(photographs), key="photo")
    return Subject(open_picture(photographs[name]), f"photograph: {name}")


def _upload() -> Subject | None:
    file = st.file_uploader("Picture file", type=[*ACCEPTED, "npz"], max_upload_size=20, key="file")
    if file is not None and is_npz(file.getvalue()):
        count = len(uploads.pictures([file]).pictures)
        return _one_of(file, int(st.number_input(f"Which of {count:d}", 0, count - 1, key="which of several")))
    return _given(file, "Choose a file.")


def _one_of(file: Any, number: int) -> Subject:
    """One of the pictures of an .npz file."""
    title, picture = uploads.pictures([file]).pictures[number]
    return Subject(picture, title[:60], private=True, again=partial(_one_of, file, number))


def _camera() -> Subject | None:
    return _given(st.camera_input("Camera", key="camera"), "Take a picture.")


def _given(file: Any, ask: str) -> Subject | None:
    if file is not None:
        return _own(file.getvalue(), str(file.name)[:60])
    until = " Until then, the last picture stays." if _LAST in st.session_state else ""
    st.caption(f"{plain(ask)}{plain(until)} Your own pictures are not part of the link.")
    return None


def _own(data: bytes, title: str) -> Subject:
    return Subject(uploads.picture(data), title, private=True, again=partial(_own, data, title))
