"""A picture file that a visitor gives, and what each network answers for it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st
from PIL import Image

from vizlib.evaluation import Opinion, gathering
from vizlib.models import Classifier, alike
from vizlib.pictures import read_recipe
from vizlib.records import Prediction
from vizlib.render import enlarge
from vizlib.ui.shared import charts, judges, live, made, networks, show, uploads
from vizlib.ui.shared.backbone import has_classes
from vizlib.ui.shared.picture import ACCEPTED
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import percent, plain, short

_TOP = 5
_SHOWN = 20_000  # letters of a recipe
_NAME = 60  # letters of a file's name
BOX = "any file"


@dataclass(frozen=True, eq=False)
class File:
    """The file as it was given."""

    name: str
    data: bytes
    picture: Image.Image

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def ask() -> File | None:
    """Draws the box for a file, and those that were made here; returns the chosen one, None before there is one."""
    given = st.file_uploader(
        "A picture file", type=ACCEPTED, max_upload_size=20, key=BOX, on_change=made.release, args=(BOX,)
    )
    taken = made.choose(BOX)
    live.status()
    if taken is not None:
        return File(taken.name, taken.fooled, uploads.picture(taken.fooled))
    if given is None:
        st.info("Drop a file above. It is opened in memory and never written to disk.", icon=":material/upload_file:")
        return None
    data = given.getvalue()
    return File(str(given.name)[:_NAME], data, uploads.picture(data))


def about(here: Chosen, file: File) -> None:
    """The picture, its size, its SHA-256 and the recipe inside it."""
    left, right = st.columns([5, 6], gap="large")
    with left:
        view = enlarge(show.network_view(here.model, file.picture), show.LEAST_WIDTH)
        show.figure(view, f"The file as {here.name} sees it")
    with right:
        width, height = file.picture.size
        st.markdown(f"**{plain(file.name)}** · {width:d} x {height:d} px · {len(file.data) / 1000:,.0f} kB")
        st.caption(f"SHA-256 `{file.sha256:s}`")
        recipe = read_recipe(file.data)
        wanted = _target(recipe, here.model)
        answer = _own_answer(here.model, file, wanted) if has_classes(here.model) else None
        _recipe(recipe, here.model, wanted, answer)


def _own_answer(model: Classifier, file: File, wanted: int | None) -> int:
    """Draws the answer of the network in the sidebar; returns its class."""
    top = model.top(model.prepare(file.picture), _TOP)
    st.header(
        f"{plain(networks.called(model.name))} answers: {plain(short(top[0].label))}, {percent(top[0].probability)}"
    )
    charts.classes(top, wanted, "file")
    return top[0].index


def _target(recipe: dict[str, Any] | None, model: Classifier) -> int | None:
    """The class that a fooling image's recipe names, if it is meant for this network."""
    if recipe is None or recipe.get("what") != "fooling image" or recipe.get("weights") != model.fingerprint:
        return None
    target = recipe.get("target")
    return target if type(target) is int and 0 <= target < len(model.class_names) else None


def _recipe(recipe: dict[str, Any] | None, model: Classifier, wanted: int | None, answer: int | None) -> None:
    if recipe is None:
        st.caption("This file carries no Filterscope recipe.")
        return
    if wanted is not None:
        name = plain(short(model.class_names[wanted]))
        fooled = "and it still does" if answer == wanted else "but it no longer does: its pixels have been changed"
        words = f"This file was made to fool {plain(networks.called(model.name))} into answering **{name}**, {fooled}."
        st.info(words, icon=":material/verified:")
    elif recipe.get("what") == "fooling image":
        st.info(f"This file was made to fool **{plain(str(recipe.get('network'))[:_NAME])}**.", icon=":material/info:")
    text = json.dumps(recipe, indent=1, ensure_ascii=False)
    with st.expander("The recipe inside the file"):
        if len(text) > _SHOWN:  # the tree view of a long one freezes the browser
            st.code(f"{text[:_SHOWN]} ...", "json")
        else:
            st.json(recipe)


def answers(here: Chosen, file: File) -> None:
    """Draws the top classes of every chosen network."""
    st.header("Other networks")
    device = here.model.device.type
    top = here.model.top(here.model.prepare(file.picture), 1) if here.model.has_classes else []
    chosen = judges.choose(here, [each.label for each in top], st.container())
    table: dict[str, Callable[[], Classifier]] = {name: partial(networks.load, name, device) for name in chosen}
    if not table:
        return
    parts = {"what": "opinions", "file": file.sha256, "networks": chosen, "device": device}
    last = live.follow(here.private, parts, lambda: gathering(table, [file.picture], _TOP), what="Asking the networks")
    if last is None:
        return
    if top:
        _agreeing(top[0], last.opinions)
    for column, opinion in zip(show.grid(len(chosen)), last.opinions):
        with column:
            _opinion(opinion)


def _agreeing(own: Prediction, others: Sequence[Opinion]) -> None:
    """Says in the page's row how many of the other networks answer the same."""
    tops = [each.predictions[0][0].label for each in others if not each.problem]
    same = sum(alike(each, own.label) for each in tops)
    live.verdict().markdown(
        f"The network in the sidebar answers **{plain(short(own.label))}**. Of the other networks asked, **{same:d} of "
        f"{len(tops)}** answer the same."
    )


def _opinion(opinion: Opinion) -> None:
    if opinion.problem:
        st.warning(f"**{plain(opinion.name)}**: {plain(opinion.problem)}")
        return
    top = opinion.predictions[0]
    st.markdown(f"**{plain(opinion.name)}**: {plain(short(top[0].label))}")
    charts.classes(top, None, opinion.name)
