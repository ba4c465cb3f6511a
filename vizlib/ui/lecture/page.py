"""The page "My lecture": its title, presenting it, its files, and its scenes."""

from __future__ import annotations

from functools import partial

import streamlit as st

from vizlib.errors import VizError
from vizlib.ui.lecture import file, filling, scenes, sizes
from vizlib.ui.shared import my_lecture, server
from vizlib.ui.shared.guard import tell
from vizlib.ui.shared.lectures import Entry, Lecture
from vizlib.ui.shared.words import plain, size
from vizlib.ui.widgets import player

_SHOWN = "the lecture is presented"  # in the session
_OPENED = "files opened as lectures"  # in the session: how many; the box for a file begins again after each
_TITLE = "My lecture"
_NOTHING_ELSE = (
    "[data-testid=stSidebar], [data-testid=stHeader] { display: none; } "
    ".stMainBlockContainer { padding: 0.3rem 1rem !important; } .stMain [data-testid=stVerticalBlock] { gap: 0.2rem; }"
)


def presents() -> bool:
    """Draws the lecture and nothing else while it is presented; answers whether it is."""
    lecture = my_lecture.mine()
    shown = [each for each in lecture.entries if each.filled] if lecture and st.session_state.get(_SHOWN) else []
    if lecture is None or not shown:
        st.session_state[_SHOWN] = False
        return False
    st.html(f"<style>{_NOTHING_ELSE}</style>")
    st.button("Back to the list", key="end of lecture", on_click=_present, args=(False,), icon=":material/arrow_back:",
              type="tertiary")  # fmt: skip
    player.show(lecture.title or _TITLE, [each.scene for each in shown], "lecture player")
    return True


def _present(on: bool) -> None:
    st.session_state[_SHOWN] = on


def draw() -> None:
    """Draws the list of scenes with what can be done with all of them."""
    lecture = my_lecture.mine()
    if lecture is None or not lecture.entries:
        st.info(
            "Your lecture has no scenes yet. Every page that shows a result has **Add to my lecture** beside its "
            "title. You can also open a lecture that was saved.",
            icon=":material/co_present:",
        )
    if lecture is not None and lecture.entries:
        key = f"lecture title {st.session_state.get(_OPENED, 0)}"
        st.text_input(
            "Title of the lecture",
            lecture.title,
            max_chars=200,
            key=key,
            placeholder=_TITLE,
            on_change=partial(_rename, lecture, key),
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        if lecture is not None and lecture.entries:
            _whole(lecture)
        with st.popover("Open a lecture", icon=":material/folder_open:"):
            _open()
    if lecture is not None:
        _undo(lecture)
        _about(lecture)
        scenes.draw(lecture)


def _rename(lecture: Lecture, key: str) -> None:
    lecture.title = str(st.session_state[key])


def _whole(lecture: Lecture) -> None:
    filled = [each for each in lecture.entries if each.filled]
    title, stem = lecture.title or _TITLE, "filterscope_lecture"
    st.button("Present", type="primary", key="present", on_click=_present, args=(True,), disabled=not filled,
              icon=":material/slideshow:", help="Full screen. The arrow keys lead from scene to scene.")  # fmt: skip
    st.download_button(
        f"Export as HTML ({size(sizes.of_file(filled))})", partial(sizes.file, title, filled), f"{stem}.html",
        "text/html", key="lecture as html", icon=":material/download:", on_click="ignore", disabled=not filled,
        help="One file that plays offline, with every slider and film, on any computer with a browser.",
    )  # fmt: skip
    st.download_button(
        "Save lecture (JSON)", partial(file.saved, lecture.title, lecture.entries), f"{stem}.json", "application/json",
        key="lecture as json", icon=":material/save:", on_click="ignore",
        help="A small file without pictures, which this page opens again.",
    )  # fmt: skip
    everything = [each.number for each in lecture.entries]
    st.button("Remove all", key="remove all", on_click=lecture.remove, args=(everything,), icon=":material/delete:")


def _undo(lecture: Lecture) -> None:
    if count := lecture.removed:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"Removed **{count:d}** {'scene' if count == 1 else 'scenes':s}.", width="content")
            st.button("Undo", key="undo", on_click=lecture.undo, icon=":material/undo:")


def _about(lecture: Lecture) -> None:
    if not lecture.entries:
        return
    empty = sum(not each.filled for each in lecture.entries)
    count = len(lecture.entries)
    words = f"{count} {'scene' if count == 1 else 'scenes'}, {size(lecture.size)}."
    if empty:
        words += f" {empty} of them {'is' if empty == 1 else 'are'} empty and not shown."
    st.caption(f"{plain(words)} A reload keeps them; a restart of the server does not: save the lecture to keep it.")


def _open() -> None:
    number = st.session_state.get(_OPENED, 0)
    given = st.file_uploader("A saved lecture (JSON)", type=["json"], max_upload_size=4, key=f"lecture file {number}")
    if given is None:
        return
    try:
        title, found = file.opened(given.getvalue())
        lecture = my_lecture.begun()
        _take(lecture, title, found)
    except VizError as problem:
        tell(problem)
        return
    st.session_state[_OPENED] = number + 1
    st.rerun()


def _take(lecture: Lecture, title: str, found: list[Entry]) -> None:
    """Adds the scenes of a file, filled as far as their contents are here."""
    lecture.add([filling.again(each, lecture.entries) for each in found])
    lecture.title = lecture.title or title
    server.lectures().bound()
