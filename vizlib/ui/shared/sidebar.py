"""The sidebar of every page: network, picture and device. Its state lives in the URL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import streamlit as st
from streamlit.errors import StreamlitAPIException
from torch import Tensor

from vizlib.models import LABELS, Classifier, device_label
from vizlib.render import to_image
from vizlib.ui import navigation
from vizlib.ui.shared import asked, links, live, look, my_lecture, networks, picture, trained, uploads
from vizlib.ui.shared.guard import Missing
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.picture import Subject
from vizlib.ui.shared.words import plain

BOXES = frozenset(("network", "labels", "device", *picture.KEYS, look.PROJECTOR))  # their part of the link
OF_VIEW = BOXES - {"device", look.PROJECTOR}  # of these, what the page shows depends on
_LINK = "the first page and its link"
_KEY = "chosen"
_GOING = "page to open by its link"  # in the session: its name and the query of the link


@dataclass(frozen=True, eq=False)
class Chosen:
    """The network and the picture that are chosen in the sidebar."""

    model: Classifier
    given: Subject | None  # None: the link's picture is not here

    @property
    def subject(self) -> Subject:
        """The picture. Raises Missing, which asks the visitor for it, so that nothing is computed in its place."""
        if self.given is None:
            raise Missing(picture.ask_again)
        return self.given

    @cached_property
    def pixels(self) -> Tensor:
        """The picture as the network sees it, (1, 3, H, W)."""
        return self.model.prepare(self.subject.picture)

    @cached_property
    def image(self) -> np.ndarray[Any, Any]:
        """The same as uint8 (H, W, 3)."""
        return to_image(self.pixels)[0]

    @cached_property
    def mask(self) -> np.ndarray[Any, Any] | None:
        """Where the object is, (H, W) bool, if the picture is drawn."""
        mask = self.subject.mask
        return None if mask is None else to_image(self.model.prepare(mask))[0, :, :, 0] > 127

    @property
    def name(self) -> str:
        """The network's name as headings say it."""
        return networks.called(self.model.name)

    @property
    def recipe(self) -> dict[str, Any]:
        """The part of a recipe that names the network and the picture."""
        return {"network": self.model.name, "weights": self.model.fingerprint, "picture": self.subject.key}

    @property
    def place(self) -> live.Place:
        """Where runs about the chosen picture compute."""
        return live.Place(str(self.model.device), not self.subject.private and not trained.private(self.model.name))

    @property
    def without_picture(self) -> live.Place:
        """Where runs compute that do not depend on the picture."""
        return live.Place(str(self.model.device), not trained.private(self.model.name))

    @property
    def private(self) -> live.Place:
        """Where runs about uploaded files compute."""
        return live.Place(str(self.model.device), keep=False)


def leave() -> None:
    """Changes to the page that a button of `trained` asked for. app.py calls it before it draws a page."""
    _open_link()
    page, controls, again = trained.going()
    if not page:
        return
    st.session_state[_LINK] = ("", {})  # the link with which the visitor came would bring back the old network
    links.give(controls)
    if again:
        asked.next_runs()
    st.switch_page(f"pages/{page}.py", query_params={"run": "1"} if again else {})


def open_link(page: str, query: Mapping[str, Sequence[str]]) -> None:
    """Opens the page as its link would in a new window: every control has the link's value or its default.

    A callback: it changes what is drawn next.
    """
    st.session_state[_GOING] = page, query


def _open_link() -> None:
    page, query = st.session_state.pop(_GOING, ("", {}))
    if page:
        for key in OF_VIEW | query.keys():
            st.session_state.pop(key, None)
        st.session_state[_LINK] = ("", {})
        links.give(_of_boxes(query))  # they are drawn now, so Streamlit takes no other value for them from a link
        rest = {key: list(values) for key, values in query.items() if key not in OF_VIEW}
        st.switch_page(f"pages/{page}.py", query_params=rest)


def _of_boxes(query: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The values of the sidebar's boxes in a link; without those that no box takes."""
    written = {key: values[-1] for key, values in query.items() if key in OF_VIEW and values}
    found = {key: picture.value_of(key, value) for key, value in written.items() if key in picture.KEYS}
    if "network" in written:
        found["network"] = networks.meant(written["network"])
    if written.get("labels") in LABELS:
        found["labels"] = written["labels"]
    return {key: value for key, value in found.items() if value is not None}


def draw(page: str) -> None:
    """Draws the sidebar and keeps the choice for the page with that title. app.py calls it once per script run."""
    uploads.bound()
    _carry_link(page)
    with st.sidebar:
        my_lecture.line()
        box, shown, more = st.container(), st.container(key="picture boxes"), st.container()
        with box:
            model = networks.choose(more)
        with shown:
            subject = picture.choose(gray=model.preprocessing.channels == 1)
        with more:
            installation()
            _say(model)
            words = "Type and lines become 1.3 times as large, for the back rows of a hall."
            linked().toggle("Projector", key=look.PROJECTOR, help=words)
    st.session_state[_KEY] = Chosen(model, subject)
    if st.session_state[_LINK][0] != page:
        st.session_state[_LINK] = ("", {})


def installation() -> None:
    """Draws the link to the page about this installation."""
    st.page_link("pages/about.py", label="This installation", icon=":material/info:")


def _say(model: Classifier) -> None:
    height, width = model.input_size
    classes = "" if model.has_classes else " · no classes"
    st.caption(f"Runs on **{plain(device_label(model.device))}** · input {width:d} x {height:d} px{classes:s}")
    if model.notice:
        st.warning(plain(model.notice))
    trained.say(model.name)


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
