"""What does a class look like? A picture optimized from noise until the network is certain of the class."""

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from vizlib.ui.class_picture import beside, drawing, lab, lab_controls, matched, of_picture, optimization
from vizlib.ui.shared import live, twin
from vizlib.ui.shared.backbone import has_classes
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.head import about, head
from vizlib.ui.shared.sidebar import chosen
from vizlib.ui.shared.words import plain

here = chosen()
head("What does a class look like?", markdown=plain(drawing.words()))


def draw_class(controls: DeltaGenerator) -> None:
    """Draws the page's own question, and the lab that varies its settings."""
    with controls:
        asked = optimization.ask(here.model)
        experiment = lab_controls.ask(here, asked)
    about(asked.name)
    live.status()
    other = twin.choose(here)
    first = lab_controls.comes_first(here, asked)
    above = st.container() if first else st.empty()  # an element removes at once what was drawn there before
    picture = st.container()
    below = st.empty() if first else st.container()
    parts = [(picture, partial(beside.run, here, other, asked))]
    parts.insert(0 if first else 1, (above if first else below, partial(lab.run, here, experiment)))
    for place, draw in parts:
        with place, guard():
            draw()


with guard():
    controls = st.container(gap="xxsmall")
    with controls:
        what = drawing.choose()
    if what in drawing.OF_PICTURE:
        of_picture.draw(here, what)
    elif has_classes(here.model):
        draw = partial(matched.draw, here) if what == drawing.MATCHED else partial(draw_class, controls)
        draw()
