"""The head of every page: its question, what it is about, and the name of the browser's tab."""

from __future__ import annotations

import streamlit as st


def head(question: str, *, markdown: str) -> None:
    """Draws the question as the page's title, and the words under it, which are Markdown."""
    st.title(question)
    st.markdown(markdown)
