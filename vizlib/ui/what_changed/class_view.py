"""What a class looks like to both networks: one optimized picture each, from the same noise."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from vizlib.activation_maximization import Frame, class_logit, maximize
from vizlib.models import Classifier, counterpart
from vizlib.render import to_image
from vizlib.runs import limits
from vizlib.ui.shared import class_choice, live, show
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.picture_set import Choice
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import number, percent, plain, short
from vizlib.ui.what_changed.twins import Show, Twins


def ask(here: Chosen) -> Show:
    """Draws the controls; what it returns draws the class."""
    here.model.need_classes()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        target = class_choice.number_of(class_choice.choose("Class", here.model.class_names, "wc_class"))
        steps = int(linked().number_input("Steps", 4, *limits.steps(1024, 128), 4, key="wc_steps", width=140))
        seed = int(linked().number_input("Seed", 0, 999_999, 0, key="wc_seed", width=140))
    return partial(_draw, here.model.class_names[target], steps, seed)


def _draw(name: str, steps: int, seed: int, pair: Twins, pictures: Choice) -> None:
    targets = [counterpart(each.class_names, name) for each in pair.both]
    if None in targets:
        st.info(f"Only one of the two networks has the class **{plain(name)}**. Choose another one.")
        return
    places = [column.empty() for column in st.columns(2, gap="large")]
    runs = [_run(each, int(target or 0), steps, seed) for each, target in zip(pair.both, targets)]
    words = f"**Draw the class** optimizes a picture of **{plain(short(name))}** for each network, from the same noise."
    invitation = live.Invitation("Draw the class", partial(st.markdown, words))

    def paint(frames: Sequence[Frame | None]) -> None:
        for place, title, frame in zip(places, pair.names, frames):
            if frame is not None and frame.step < frame.total:
                show.moving(to_image(frame.pixels)[0], title, place)
            elif frame is not None:
                words = f"{short(name)}, {title}. Score {number(float(frame.scores[0]))} logits."
                show.figure(to_image(frame.pixels)[0], words, place)

    frames = live.follow_all(pair.place(), runs, paint, "Optimizing", invitation)
    if all(frame is not None and frame.step == frame.total for frame in frames):
        _tell(pair, name, [frame for frame in frames if frame is not None])


def _run(model: Classifier, target: int, steps: int, seed: int) -> live.Run[Frame]:
    own = {"what": "class of twins", "class": target, "steps": steps, "seed": seed}
    recipe = {"network": model.name, "weights": model.fingerprint, **own}
    return live.Run(recipe, partial(maximize, model, class_logit(target), steps, seed))


def _tell(pair: Twins, name: str, frames: Sequence[Frame]) -> None:
    """How each network answers to the other one's picture: whether the two agree on what the class looks like."""
    before, after = pair.both
    swapped = [
        float(model.predict(frame.pixels.to(model.device))[0, counterpart(model.class_names, name)])
        for model, frame in ((after, frames[0]), (before, frames[1]))
    ]
    live.verdict().markdown(
        f"The network after training gives the picture from before **{percent(swapped[0])}** for "
        f"**{plain(short(name))}**; the network before gives the picture from after **{percent(swapped[1])}**."
    )
