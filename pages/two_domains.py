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
        "A network has labels in one domain, the *source*, and is used in another, the *target*. *Domain adaptation* "
        "by *gradient reversal* trains a second classifier to tell the domains apart, and the features so that it "
        "cannot. Watch what is gained, between a network that saw the source only and one that was given the target's "
        "labels."
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
