"""In the head of every page that shows a result: adding it to the lecture, and saving it as an HTML file."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from vizlib.errors import VizError
from vizlib.ui.lecture import filling, sizes
from vizlib.ui.lecture.taking import KINDS, Offer, offer_of
from vizlib.ui.shared import guard, head, my_lecture, server
from vizlib.ui.shared.words import plain, size
from vizlib.ui.widgets import staged
from vizlib.ui.widgets.scene import Shown

OPENED = "scene whose page was opened"  # in the session: its number
_SAID = "what was done with the lecture"  # in the session, until it is told: a sentence and its icon
_MORE = "more of scene"  # the popover
_LONGEST, _SEVERAL = 90, 6  # letters of a part's name, and parts that are shown without scrolling


def offer(page: str) -> None:
    """Fills empty scenes with what the page shows, and draws the control. app.py calls it after the page is drawn."""
    found, place = offer_of(page, staged.take()), head.place()
    if found is not None:
        _fill(found)
    if said := st.session_state.pop(_SAID, None):
        st.toast(plain(said[0]), icon=said[1])
    if found is not None and place is not None:
        with place:
            _draw(found)


def _fill(found: Offer) -> None:
    lecture = my_lecture.mine()
    if lecture is None or all(each.filled for each in lecture.entries):
        return
    try:
        done = filling.fill(lecture, found, st.session_state.get(OPENED, 0))
    except VizError as problem:
        _tell(str(problem), ":material/error:")
        return
    if done:
        names = ", ".join(f"“{each.scene.title}”" for each in done)
        _tell(f"This result fills {names} in your lecture.", ":material/co_present:")
        server.lectures().bound()


def _tell(sentence: str, icon: str) -> None:
    st.session_state[_SAID] = sentence, icon


def _draw(found: Offer) -> None:
    st.button(
        "Add to my lecture", key="add scene", icon=":material/playlist_add:", on_click=_add_usual, args=(found,),
        help="Takes the main result of this page. What else the page shows is under More.",
    )  # fmt: skip
    st.fragment(_more)(found)


def _more(found: Offer) -> None:
    """The choice of the parts, drawn when it is opened. It is drawn alone, so nothing else on the page moves."""
    if _SAID in st.session_state:
        st.rerun()  # something was added: the sidebar counts it, and the page says so
    with st.popover("More", icon=":material/tune:", on_change="rerun", key=_MORE) as box:
        if not box.open:
            return
        with guard.guard():
            _choose(found)


def _choose(found: Offer) -> None:
    about = hash(tuple((each.widget, each.words) for each in found.parts))  # another result, another choice
    title = st.text_input("Title of the scene", found.title, max_chars=200, key=f"scene title {about}")
    note = st.text_area("Note", key=f"scene note {about}", height=68, max_chars=2000)
    with st.container(height=220 if len(found.parts) > _SEVERAL else "content", border=False, gap="xsmall"):
        chosen = [each for at, each in enumerate(found.parts) if _wanted(found, at, f"scene part {about} {at}")]
    with st.container(horizontal=True):
        st.button(
            "Add these", type="primary", key="add these", disabled=not chosen, icon=":material/playlist_add:",
            on_click=_add, args=(found, chosen, title, note),
        )  # fmt: skip
        _export(found, chosen, title, note)


def _wanted(found: Offer, at: int, key: str) -> bool:
    shown = found.parts[at]
    words = shown.words if len(shown.words) <= _LONGEST else shown.words[: _LONGEST - 1] + "…"
    return st.checkbox(f"{KINDS[shown.widget]}: {plain(words)}", shown is found.usual, key=key)


def _export(found: Offer, chosen: Sequence[Shown], title: str, note: str) -> None:
    """Draws the button that saves the chosen parts as a file that plays offline."""
    if not chosen:
        return
    entry = found.entry(chosen, title, note)
    st.download_button(
        plain(f"Export this page as HTML ({size(sizes.of_file([entry]))})"),
        lambda: sizes.file(title, [entry]),
        file_name=f"filterscope_{found.page}.html",
        mime="text/html",
        key="page as html",
        icon=":material/download:",
        on_click="ignore",
        help="One file with the chosen parts, which works without this server and without a network.",
    )


def _add_usual(found: Offer) -> None:
    if (usual := found.usual) is not None:
        _add(found, [usual], found.title, "")


def _add(found: Offer, chosen: Sequence[Shown], title: str, note: str) -> None:
    """A callback: takes the parts into the lecture, and says so when the page is drawn again."""
    try:
        entry = found.entry(chosen, title.strip() or found.title, note.strip())
        lecture = my_lecture.begun()
        lecture.add([entry])
    except VizError as problem:
        _tell(f"{problem}", ":material/error:")
        return
    st.session_state[_MORE] = False  # closes it
    filling.keep(entry)
    server.lectures().bound()
    kinds = ", ".join(KINDS[each.widget].lower() for each in chosen)
    _tell(f"Added as scene {len(lecture.entries)} of your lecture: {kinds}.", ":material/playlist_add_check:")
