"""Who a visitor is over reloads and restarts: a random token in a cookie, of which the server keeps a digest only.

Nobody has a token until the first run is kept or the first scene is added to a lecture. It opens that visitor's kept
runs and lecture, and nothing else.
"""

from __future__ import annotations

import hashlib
import re
import secrets

import streamlit as st

from vizlib.ui.shared import server
from vizlib.ui.widgets import visitor as widget

_COOKIE = "filterscope_visitor"
_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")
_TOKEN = "token of the visitor"  # in the session, once it was made or read


def owner() -> str:
    """The digest of this visitor's token; "" for one without."""
    token = _token()
    return hashlib.sha256(token.encode()).hexdigest() if token else ""


def become_known() -> str:
    """The digest of this visitor's token, which is made if there is none. A callback may call it."""
    if not _token():
        st.session_state[_TOKEN] = secrets.token_urlsafe(32)
    return owner()


def remember() -> None:
    """Has the browser keep the token. app.py calls it before it draws a page."""
    mine = st.session_state.get(_TOKEN, "")
    with st.container(key="visitor"):  # it is always there, so that the page below it does not move
        known = widget.remember(_COOKIE, mine) if mine else None
    if known is not None and known != mine and _SHAPE.fullmatch(known):  # another tab was first
        before = owner()
        st.session_state[_TOKEN] = known
        server.runs().keeper.hand_over(before, owner())
        server.lectures().hand_over(before, owner())


def _token() -> str:
    token = str(st.session_state.get(_TOKEN) or st.context.cookies.get(_COOKIE, ""))
    return token if _SHAPE.fullmatch(token) else ""
