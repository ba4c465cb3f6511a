"""Pictures with classes: drawn sets, the operator's folders, or the visitor's own, which no link can hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
import streamlit as st

from vizlib.batch.sets import drawn_parts, folder_parts, folders
from vizlib.errors import UnknownName, VizError
from vizlib.pictures import ENDINGS, MAX_GIVEN
from vizlib.render import Image8, contact_sheet
from vizlib.training import DRAWN_SETS, PictureSet, drawn, picture_folder
from vizlib.ui.shared import show, uploads
from vizlib.ui.shared.guard import Missing, tell
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.words import plain, short

NONE = "none"  # the option of a second set that need not be there
_OWN, _FOLDER = "own", "folder "  # options; the name of an operator's folder follows
_ZIP, _FILES = "A ZIP file", "Files for each class"
_LEAST, _MOST = 2, 20  # classes for which there are boxes
_TILE, _EACH = 96, 4  # px of a picture in the strip, and pictures of each class


@dataclass(frozen=True, eq=False)
class Choice:
    """A set of pictures that was chosen. Drawn pictures are drawn when they are first asked for."""

    name: str  # what sentences call it
    classes: tuple[str, ...]
    parts: dict[str, Any] = field(repr=False)  # its part of a recipe
    private: bool  # uploaded: nothing that shows it is written to disk
    take: Callable[[], PictureSet] = field(repr=False)

    def need(self) -> None:
        """Raises Missing, which asks for the visitor's pictures, if they are not there yet. Call it before a run."""
        if not self.classes:
            raise Missing(_ask)

    @cached_property
    def data(self) -> PictureSet:
        """The pictures, from memory if another visitor has them too. They must not be changed."""
        return self.take()


def choose(
    before: str, label: str, usual: str, counts: tuple[int, int], *, files: Any, none: bool = False
) -> Choice | None:
    """Draws the box here, and for own pictures the boxes for files into the place `files`; returns the set.

    before: stands before the keys of the boxes, and so before their parts of the link.
    usual: the option that is chosen at first. none: whether it may be that there is no set, which returns None.
    counts: of drawn sets, how many pictures of each class are drawn for training, and how many to be held out.

    Until a visitor's own pictures are there, the set is empty: its `need` asks for them.
    """
    options = [*([NONE] if none else []), *DRAWN_SETS, *(_FOLDER + each for each in folders()), _OWN]
    index = options.index(usual) if usual in options else 0
    kind = str(linked().selectbox(plain(label), options, index, format_func=_said, key=f"{before}set"))
    if kind == NONE:
        return None
    if kind in DRAWN_SETS:
        return of_drawn(kind, *counts)
    try:
        with files:
            if kind == _OWN:
                return _own(before)
            with st.spinner("Opening the pictures ...", show_time=True):
                return of_folder(kind.removeprefix(_FOLDER), sum(counts))
    except VizError as problem:
        tell(problem)
        return _EMPTY


def _said(option: str) -> str:
    """The option in words."""
    return DRAWN_SETS[option][0] if option in DRAWN_SETS else "your own pictures" if option == _OWN else option


def of_drawn(name: str, per_class: int, tests: int, seed: int = 0) -> Choice:
    """A drawn set."""
    parts = drawn_parts(name, per_class, tests, seed)
    called, classes = DRAWN_SETS[name][:2]
    take = partial(uploads.held, f"drawn {parts}", partial(drawn, name, per_class, seed, tests=tests))
    return Choice(called, classes, parts, False, take)


def seeded(chosen: Choice, seed: int) -> Choice:
    """A drawn set with the training pictures of another seed; any other set as it is."""
    parts = chosen.parts
    return of_drawn(parts["set"], parts["per_class"], parts["tests"], seed) if "set" in parts and seed else chosen


def of_folder(name: str, per_class: int) -> Choice:
    """A folder of the operator's. Raises UnknownName for one that is not there."""
    known = folders()
    if name not in known:
        raise UnknownName.among("folder of pictures", name, known)
    path = known[name]
    changed = max(each.stat().st_mtime_ns for each in (path, *path.iterdir()))
    key = f"folder {path} {changed} {per_class}"
    data = uploads.held(key, lambda: picture_folder(path, per_class=per_class))
    return Choice(name, data.classes, folder_parts(name, per_class, data), False, lambda: data)


def again(parts: Mapping[str, Any]) -> Choice:
    """The set that a recipe names, without a page. Raises VizError for one that is no longer the same."""
    if "set" in parts:
        return of_drawn(parts["set"], parts["per_class"], parts["tests"], parts["seed"])
    found = of_folder(str(parts.get("folder")), int(parts.get("per_class", 0)))
    if found.parts != parts:
        raise VizError(f"The pictures of {found.name} have changed since.", "Open the page, and start the run again.")
    return found


def _own(before: str) -> Choice:
    words = "A ZIP file with one folder for each class, or the files of each class by themselves."
    how = linked().segmented_control(
        "Given as", [_ZIP, _FILES], default=_ZIP, required=True, key=f"{before}given", help=words
    )
    st.caption(
        f"At most {MAX_GIVEN:d} pictures, {uploads.MAX_TOGETHER >> 20:d} MB together; each class needs 2, and better 5 "
        "or more. Your own pictures stay in the memory of this server, and are not part of the link."
    )
    boxes = _zip(before) if how == _ZIP else _files(before)
    if not boxes:
        return _EMPTY
    with st.spinner("Opening the pictures ...", show_time=True):
        data = uploads.labeled(boxes)
    return Choice(data.name, data.classes, {"pictures": data.key}, True, lambda: data)


def _ask() -> None:
    st.info("**Give pictures of at least two classes above**, or choose a drawn set.", icon=":material/upload_file:")


def _nothing() -> PictureSet:
    raise Missing(_ask)


_EMPTY = Choice("your pictures", (), {}, True, _nothing)


def _zip(before: str) -> list[tuple[str, Sequence[Any]]]:
    file = st.file_uploader(
        "A ZIP file with one folder for each class, or an .npz file with X and y", ["zip", "npz"], key=f"{before}zip"
    )
    return [] if file is None else [("", [file])]


def _files(before: str) -> list[tuple[str, Sequence[Any]]]:
    """Draws a name and a box for files for each class; returns those that have files, once there are enough."""
    known = f"{before}classes"
    count = int(st.session_state.setdefault(known, _LEAST))
    boxes: list[tuple[str, Sequence[Any]]] = []
    for number, column in enumerate(show.grid(count)):
        usual = f"class {number + 1:d}"
        name = column.text_input(f"Name of {usual:s}", placeholder=usual, max_chars=60, key=f"{before}name {number}")
        files = column.file_uploader(
            f"Pictures of {usual:s}", [*ENDINGS, "zip", "npz"], True, key=f"{before}files {number}"
        )
        boxes += [(name.strip() or usual, files)] if files else []
    st.button("Add a class", key=f"{before}add", on_click=_add, args=(known,), disabled=count >= _MOST)
    return boxes if len(boxes) >= _LEAST else []


def _add(known: str) -> None:
    st.session_state[known] += 1


def notes(chosen: Choice) -> None:
    """Says what was left out of the pictures, and which classes have few. Endless drawings lack none."""
    endless = "set" in chosen.parts and DRAWN_SETS[chosen.parts["set"]].endless
    for each in () if endless else chosen.data.notes:
        st.caption(plain(each))


def strip(chosen: Choice) -> None:
    """Draws some pictures of every class, each class under its name. Of a drawn set, only these are drawn."""
    few = "set" in chosen.parts
    data = of_drawn(chosen.parts["set"], _EACH, 0, chosen.parts["seed"]).data if few else chosen.data
    for column, label in zip(show.grid(len(data.classes), 6), range(len(data.classes))):
        name, count = short(data.classes[label]), int(data.counts[label])
        sheet, _ = contact_sheet(_tiles(data, np.flatnonzero(data.labels == label)[:_EACH].tolist()), 2, _TILE, 2)
        words = name if few else f"{name}: {count} picture{'s' * (count != 1)}"
        column.image(sheet, caption=plain(words), width="stretch", alt=words, output_format="PNG")


def _tiles(data: PictureSet, numbers: Sequence[int]) -> Image8:
    return np.stack([tile(data, each, _TILE) for each in numbers])


def tile(data: PictureSet, number: int, side: int) -> Image8:
    """The middle square of a picture, (side, side, 3) uint8."""
    picture = data.pictures[number]
    least = min(picture.size)
    left, top = (picture.width - least) // 2, (picture.height - least) // 2
    return np.asarray(picture.resize((side, side), box=(left, top, left + least, top + least)))
