"""Filterscope: what a convolutional network has learnt, and how it is fooled."""

from pathlib import Path

import streamlit as st

from vizlib.ui import navigation
from vizlib.ui.shared import server, sidebar

server.log()
st.set_page_config("Filterscope", "vizlib/ui/logo.svg", layout="wide", initial_sidebar_state=360)
st.html(Path("vizlib/ui/style.css"))
st.logo("vizlib/ui/wordmark.svg", size="large", icon_image="vizlib/ui/logo.svg")

page = navigation.navigation()
sidebar.draw(page.title)
page.run()
sidebar.release()
server.settle()
