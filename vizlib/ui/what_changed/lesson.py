"""The lesson of the sheep: a network that goes by the ground is fine-tuned where the ground does not tell."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any, Final

import streamlit as st

from vizlib.faithfulness import SETTINGS
from vizlib.faithfulness import lesson as pictures_of
from vizlib.models import Classifier, opened_files
from vizlib.training import Tuning, fine_tune
from vizlib.ui.shared import live, reset, trained
from vizlib.ui.shared.sidebar import Chosen

PER_CLASS: Final = 40
SAID: Final = {
    "both": "itself, fine-tuned on both grounds",
    "swapped": "itself, fine-tuned on swapped grounds",
}
WORDS: Final = {
    "both": "half of its animals on their usual grounds and half on swapped ones",
    "swapped": "all its animals on swapped grounds",
    "usual": "all its animals on their usual grounds",
}


def taught(here: Chosen, grounds: str) -> Classifier | None:
    """The network after the lesson, which starts on a button; None before."""
    words = partial(
        st.markdown,
        "**bundled/sheep_or_goat** saw every sheep on grass and every goat on rock. It is trained further on "
        f"{2 * PER_CLASS:d} pictures, {WORDS[grounds]:s}, which takes about 20 seconds.",
    )
    last = live.follow(
        here.without_picture,
        recipe(here.model, grounds),
        partial(teaching, here.model, grounds),
        what="Fine-tuning",
        invitation=live.Invitation("Fine-tune it", words),
    )
    if last is None or not last.done:
        return None
    _keep(here.model, grounds, last)
    return last.model


def _keep(model: Classifier, grounds: str, last: Tuning) -> None:
    """Puts the network into the sidebar's box, where every page can open it."""
    made = recipe(model, grounds) | {"device": model.device.type}
    name = trained.name_of([model.name, f"{grounds} grounds"], made)
    if trained.find(name) is not None:
        return
    link = {key: st.query_params.get_all(key) for key in st.query_params} | {"network": [model.name], "run": ["1"]}
    trained.add(
        trained.Trained(
            name, made, f"Trained here from {model.name} on sheep and goats: {WORDS[grounds]}.",
            partial(opened_files, last.files, name), last.files, model.name, "what_changed",
            {"network": model.name, **reset.controls()}, link,
        )
    )  # fmt: skip
    st.rerun()  # the sidebar, which is drawn already, has it in its box


def recipe(model: Classifier, grounds: str, seed: int = 0) -> dict[str, Any]:
    own = {"what": "lesson", "grounds": grounds, "per class": PER_CLASS, "seed": seed, "settings": dict(SETTINGS)}
    return {"network": model.name, "weights": model.fingerprint, **own}


def teaching(model: Classifier, grounds: str, seed: int = 0) -> Generator[Tuning, None, None]:
    """The fine-tuning, a frame for each step."""
    yield from fine_tune(model, pictures_of(grounds, PER_CLASS, seed), seed=seed, **SETTINGS)
