"""Filterscope: what a convolutional network has learned, and how it is fooled."""

from pathlib import Path

import streamlit as st

from vizlib.ui import navigation
from vizlib.ui.shared import links, server, sidebar

ASSETS = Path(navigation.__file__).parent  # wherever the package is installed
LOGO = str(ASSETS / "logo.svg")

server.log()
st.set_page_config("Filterscope", LOGO, layout="wide", initial_sidebar_state=360)
st.html(ASSETS / "style.css")
st.logo(str(ASSETS / "wordmark.svg"), size="large", icon_image=LOGO)

page = navigation.navigation()
sidebar.draw(page.title)
page.run()
links.tell()
sidebar.release()
server.settle()
