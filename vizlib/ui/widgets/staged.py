"""What the page has drawn in this script run, in its order: from it, a lecture takes its scenes.

Nothing is made here. A part says how its data is made, from what the page holds anyway, and that happens when somebody
adds it. A part of the page that is drawn alone (a fragment) is not noted: the page keeps the parts of its last run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import streamlit as st

from vizlib.ui.widgets.scene import Shown

_STAGED = "parts of this page"  # in the session, while the page is drawn
_MOST = 12  # pictures on one board: more would be too small in a hall
BESIDE = frozenset({"chart", "words"})  # they do not divide the pictures of a board
Make = Callable[[], Mapping[str, Any]]
Said = tuple[list[str], list[tuple[str, str]]]


@dataclass
class Stage:
    """What a page showed.

    Attributes:
        parts: in the page's order. Pictures with no other widget between them are one part, a board.
        recipes: of the runs whose results it showed, by their keys.
        keep: whether nothing of it shows a visitor's own picture, as far as the runs say.
        boards: the pictures of each board, by its place in `parts`.
        said: the sentences and the numbers that it says of its result.
    """

    parts: list[Shown] = field(default_factory=list)
    recipes: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    keep: bool = True
    boards: dict[int, list[Shown]] = field(default_factory=dict)
    said: Said = field(default_factory=lambda: ([], []))


def begin() -> None:
    """Forgets the last script run. app.py calls it before it draws a page."""
    st.session_state[_STAGED] = Stage()


def _stage() -> Stage | None:
    """None while a part of the page is drawn alone, and while frames are drawn that are soon replaced."""
    found: Stage | None = st.session_state.get(_STAGED)
    return found


def add(widget: str, words: str, make: Make) -> None:
    """Notes a part that was drawn. words: what it shows. make: gives what the widget's JavaScript takes."""
    if (stage := _stage()) is not None:
        stage.parts.append(Shown(widget, words, make))


def picture(caption: str, make: Make) -> None:
    """Notes a picture, which joins the board before it. make: gives its "source", "caption" and "crisp"."""
    if (stage := _stage()) is None:
        return
    shown = Shown("pictures", caption, make)
    at = next((at for at in reversed(range(len(stage.parts))) if stage.parts[at].widget not in BESIDE), -1)
    if at in stage.boards and len(stage.boards[at]) < _MOST:
        stage.boards[at].append(shown)
        stage.parts[at] = _board(stage.boards[at])
    else:
        stage.boards[len(stage.parts)] = [shown]
        stage.parts.append(_board([shown]))


def _board(pictures: list[Shown]) -> Shown:
    words = "; ".join(each.words for each in pictures if each.words) or "Pictures"
    return Shown("pictures", words, partial(_pictures, list(pictures)))


def _pictures(pictures: list[Shown]) -> dict[str, Any]:
    count = len(pictures)
    columns = count if count <= 3 else 2 if count == 4 else 3 if count <= 9 else 4
    return {"pictures": [dict(each.make()) for each in pictures], "columns": columns}


def say(sentence: str) -> None:
    """Notes a sentence that the page says of its result, as plain text. All that it says is one part."""
    _tell(lambda said: said[0].append(sentence))


def measure(label: str, value: str) -> None:
    """Notes a number that the page shows large, with its unit."""
    _tell(lambda said: said[1].append((label, value)))


def _tell(add_to: Callable[[Said], None]) -> None:
    if (stage := _stage()) is None:
        return
    at = next((at for at, each in enumerate(stage.parts) if each.widget == "words"), len(stage.parts))
    add_to(stage.said)
    sentences, figures = stage.said
    words = "; ".join([*sentences, *(f"{label} {value}" for label, value in figures)])
    stage.parts[at:] = [Shown("words", words, partial(_words, stage.said)), *stage.parts[at + 1 :]]


def _words(said: Said) -> dict[str, Any]:
    return {"sentences": list(said[0]), "figures": [{"label": label, "value": value} for label, value in said[1]]}


def result(key: str, recipe: Mapping[str, Any], keep: bool) -> None:
    """Notes that the page shows the result of this recipe. keep: whether it may be kept on disk."""
    if (stage := _stage()) is not None:
        stage.recipes[key] = recipe
        stage.keep = stage.keep and keep


@contextmanager
def paused() -> Iterator[None]:
    """What is drawn inside is soon replaced, so nothing of it is noted."""
    stage = st.session_state.pop(_STAGED, None)
    try:
        yield
    finally:
        if stage is not None:
            st.session_state[_STAGED] = stage


def take() -> Stage:
    """What the page showed. app.py calls it after the page is drawn."""
    found: Stage = st.session_state.pop(_STAGED, None) or Stage()
    return found
