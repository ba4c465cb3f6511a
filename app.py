"""Filterscope: what a convolutional network has learned, and how it is fooled."""

from pathlib import Path

import streamlit as st

from vizlib.ui import navigation
from vizlib.ui.lecture import offering
from vizlib.ui.runs import again
from vizlib.ui.shared import asked, basket, links, live, look, opening, server, sidebar, visitor
from vizlib.ui.widgets import staged

ASSETS = Path(navigation.__file__).parent  # wherever the package is installed
LOGO = str(ASSETS / "logo.svg")

server.log()
again.resume()
st.set_page_config("Filterscope", LOGO, layout="wide", initial_sidebar_state=360)
look.apply()
st.logo(str(ASSETS / "wordmark.svg"), size="large", icon_image=LOGO)

page = navigation.navigation()
sidebar.leave()
asked.opened(page.title, sidebar.BOXES)
live.forget()
opening.begin(page.title)
basket.begin()
staged.begin()
visitor.remember()
sidebar.draw(page.title)
page.run()
basket.offer(page.title)
offering.offer(navigation.name_of(page))
asked.drawn()
links.tell()
sidebar.release()
server.settle()
