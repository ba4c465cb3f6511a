"""Can a network do without labels where it is used? It learns in one domain, and adapts to another without labels."""

import streamlit as st

from vizlib.ui.shared import live
from vizlib.ui.shared.guard import guard
from vizlib.ui.shared.head import about, head
from vizlib.ui.shared.sidebar import chosen
from vizlib.ui.two_domains import controls, questions, racing

here = chosen()
head(
    "Two domains",
    markdown=(
        "A network has labels in one domain, the *source*, and none in another, the *target*, where it is used. "
        "*Gradient reversal* trains its features so that a second classifier cannot tell the domains apart. What is "
        "gained?"
    ),
    picture=False,
)

with guard():
    plan = controls.choose(here.model)
    about(plan.pair.name)
    live.status()
    with st.container(), guard():
        racing.run(here, plan)
    questions.draw()
