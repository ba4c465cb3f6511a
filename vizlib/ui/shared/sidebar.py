"""The sidebar of every page: network, picture and device. Its state lives in the URL."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image
from streamlit.errors import StreamlitAPIException
from torch import Tensor

from vizlib import synthetic
from vizlib.errors import VizError
from vizlib.models import Classifier, device_label
from vizlib.pictures import ENDINGS, open_picture, sample_photographs
from vizlib.render import to_image
from vizlib.ui import navigation
from vizlib.ui.shared import live, look, networks, uploads
from vizlib.ui.shared.guard import tell
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.words import plain

_KINDS = {"drawn": "Drawn", "photo": "Photo", "upload": "Upload", "camera": "Camera"}
_ANY = "any"
_USUAL_SEED = 7
_PICTURE = ("picture", "object", "background", "scene", "digit", "photo")
BOXES = frozenset(("network", "labels", "device", *_PICTURE, look.PROJECTOR))  # their part of the link
_LINK = "the first page and its link"
_KEY = "chosen"
ACCEPTED = list(ENDINGS)


@dataclass(frozen=True, eq=False)
class Subject:
    """A picture with what is known about it."""

    picture: Image.Image  # upright RGB, as it came
    title: str
    mask: Image.Image | None = None  # white on the object, where it is drawn
    private: bool = False  # uploaded: nothing that shows it is written to disk
    again: Callable[[], Subject] | None = None  # reopens it: sessions keep the file, not the decoded picture

    @cached_property
    def key(self) -> str:
        """Identifies the picture, also among those that look the same once a network has cropped them."""
        return hashlib.sha256(f"{self.picture.size}".encode() + self.picture.tobytes()).hexdigest()


@dataclass(frozen=True, eq=False)
class Chosen:
    """The network and the picture that are chosen in the sidebar."""

    model: Classifier
    subject: Subject
    pixels: Tensor  # (1, 3, H, W), as the network sees the picture
    image: np.ndarray[Any, Any]  # (H, W, 3) uint8, the same
    mask: np.ndarray[Any, Any] | None  # (H, W) bool, True on the object

    @property
    def recipe(self) -> dict[str, Any]:
        """The part of a recipe that names the network and the picture."""
        return {"network": self.model.name, "weights": self.model.fingerprint, "picture": self.subject.key}

    @property
    def place(self) -> live.Place:
        """Where runs about the chosen picture compute."""
        return live.Place(str(self.model.device), not self.subject.private)

    @property
    def without_picture(self) -> live.Place:
        """Where runs compute that do not depend on the picture."""
        return live.Place(str(self.model.device), keep=True)

    @property
    def private(self) -> live.Place:
        """Where runs about uploaded files compute."""
        return live.Place(str(self.model.device), keep=False)


def draw(page: str) -> None:
    """Draws the sidebar and keeps the choice for the page with that title. app.py calls it once per script run."""
    uploads.bound()
    _carry_link(page)
    with st.sidebar:
        model = networks.choose()
        subject = _choose_subject(gray=model.preprocessing.channels == 1)
        height, width = model.input_size
        classes = "" if model.has_classes else " · no classes"
        st.caption(f"Runs on **{plain(device_label(model.device))}** · input {width:d} x {height:d} px{classes:s}")
        if model.notice:
            st.warning(plain(model.notice))
        words = "Type and lines become 1.3 times as large, for the back rows of a hall."
        linked().toggle("Projector", key=look.PROJECTOR, help=words)
    pixels = model.prepare(subject.picture)
    mask = None if subject.mask is None else to_image(model.prepare(subject.mask))[0, :, :, 0] > 127
    st.session_state[_KEY] = Chosen(model, subject, pixels, to_image(pixels)[0], mask)
    if st.session_state[_LINK][0] != page:
        st.session_state[_LINK] = ("", {})


def _carry_link(page: str) -> None:
    """Keeps the sidebar's part of a link if the visitor changes pages before the browser has drawn the boxes.

    Streamlit carries only the values of widgets that are drawn.
    """
    here = {key: st.query_params.get_all(key) for key in BOXES if key in st.query_params}
    first, link = st.session_state.setdefault(_LINK, (page, here))
    if page == first:
        st.session_state[_LINK] = (page, here)
    elif lost := link.keys() - here:
        for key in lost:
            with suppress(StreamlitAPIException):
                st.query_params[key] = link.pop(key)
        st.rerun()


def release() -> None:
    """Forgets the choice after the page is drawn, so that an idle session keeps no network in memory."""
    st.session_state.pop(_KEY, None)


def chosen() -> Chosen:
    """The network and the picture that are chosen in the sidebar."""
    if _KEY not in st.session_state:  # a link opened this page before app.py has run on this server
        navigation.navigation()  # tells Streamlit to use app.py instead of the folder pages/
        st.rerun()
    return st.session_state[_KEY]


def _choose_subject(gray: bool) -> Subject:
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
        subject = st.session_state.get("last good picture", lambda: _drawn_scene(_USUAL_SEED))()
    st.session_state["last good picture"] = subject.again or (lambda: subject)
    return subject


def _scene() -> Subject:
    name = linked().selectbox("Object", [_ANY, *synthetic.SCENE_CLASSES], key="object")
    ground = linked().selectbox("Background", [_ANY, *synthetic.BACKGROUNDS], key="background")
    return _drawn_scene(
        _seed(),
        None if name == _ANY else synthetic.SCENE_CLASSES.index(name),
        None if ground == _ANY else synthetic.BACKGROUNDS.index(ground),
    )


def _drawn_scene(seed: int, label: int | None = None, background: int | None = None) -> Subject:
    scene = synthetic.draw_scene(synthetic.HELD_OUT_SEED + seed, label, background)
    words = f"{synthetic.SCENE_CLASSES[scene.label]} on {synthetic.BACKGROUNDS[scene.background]}"
    mask = Image.fromarray(scene.mask.astype(np.uint8) * 255)
    return Subject(Image.fromarray(scene.image), f"drawn scene {seed}: {words}", mask)


def _digit() -> Subject:
    wanted = linked().selectbox("Digit", [_ANY, *map(str, range(10))], key="digit")
    seed = _seed()
    digit = synthetic.draw_digit(synthetic.HELD_OUT_SEED + seed, None if wanted == _ANY else int(wanted))
    picture = Image.fromarray(digit.image).convert("RGB")
    return Subject(
        picture, f"drawn digit {seed}: {digit.label}", Image.fromarray((digit.image > 100).astype(np.uint8) * 255)
    )


def _seed() -> int:
    return int(
        linked().number_input("Seed", 0, 999_999, _USUAL_SEED, key="scene", help="Another seed draws another picture.")
    )


def _photo() -> Subject | None:
    photographs = sample_photographs()
    if not photographs:
        st.info("No sample photographs are installed. Install scikit-image, or upload a picture.")
        return None
    name = linked().selectbox("Photograph", list(photographs), key="photo")
    return Subject(open_picture(photographs[name]), f"photograph: {name}")


def _upload() -> Subject | None:
    file = st.file_uploader("Picture file", type=ACCEPTED, max_upload_size=20, key="file")
    return _given(file, "Choose a file. Until then, the last picture stays.")


def _camera() -> Subject | None:
    return _given(st.camera_input("Camera", key="camera"), "Take a picture. Until then, the last one stays.")


def _given(file: Any, otherwise: str) -> Subject | None:
    if file is None:
        st.caption(plain(otherwise) + " Your own pictures are not part of the link.")
        return None
    return _own(file.getvalue(), str(file.name)[:60])


def _own(data: bytes, title: str) -> Subject:
    return Subject(uploads.picture(data), title, private=True, again=partial(_own, data, title))
