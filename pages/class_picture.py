"""What does a class look like? A picture optimized from noise until the network is certain of the class."""

from functools import partial

import streamlit as st

from vizlib.ui.class_picture import drawing, lab, lab_controls, matched, of_picture, optimization
from vizlib.ui.shared import live
from vizlib.ui.shared.backbone import has_classes
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.head import about, head
from vizlib.ui.shared.sidebar import chosen
from vizlib.ui.shared.words import plain

here = chosen()
head("What does a class look like?", markdown=plain(drawing.words()))


def draw_class() -> None:
    """Draws the page's own question, and the lab that varies its settings."""
    asked = optimization.ask(here.model)
    about(asked.name)
    experiment = lab_controls.ask(here, asked)
    live.status()
    first = lab_controls.comes_first(here, asked)
    above = st.container() if first else st.empty()  # an element removes at once what was drawn there before
    picture = st.container()
    below = st.empty() if first else st.container()
    parts = [(picture, partial(optimization.run, here, asked))]
    parts.insert(0 if first else 1, (above if first else below, partial(lab.run, here, experiment)))
    for place, draw in parts:
        with place, guard():
            draw()


with guard():
    what = drawing.choose()
    if what in drawing.OF_PICTURE:
        of_picture.draw(here, what)
    elif has_classes(here.model):
        draw = partial(matched.draw, here) if what == drawing.MATCHED else draw_class
        draw()
