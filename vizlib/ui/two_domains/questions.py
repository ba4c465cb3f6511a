"""The questions of the practical as experiments: a button sets the controls and starts the runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import streamlit as st

from vizlib.ui.shared import asked, links
from vizlib.ui.shared.words import plain
from vizlib.ui.two_domains.controls import FIXED, SCHEDULE, SEVERAL

_PLAIN: Final = {"td_factor": SCHEDULE, "td_mistake": False, "td_formula": False, "td_pseudo": False}


@dataclass(frozen=True)
class Question:
    """One experiment."""

    key: str
    title: str
    words: str  # what the experiment does, and where its answer is
    button: str
    controls: Mapping[str, Any]


QUESTIONS: Final = (
    Question(
        "none",
        "What happens without the reversal?",
        "With a factor of -1 the gradient keeps its sign, so that the features help the domain classifier. Look at the "
        "domain accuracy, and at the two clouds.",
        "Set the factor to -1",
        {"td_factor": FIXED, "td_fixed": -1.0},
    ),
    Question(
        "source",
        "Why may the accuracy in the source fall?",
        "With a factor of 3, the features are changed more for the domain's sake than for that of the classes. Compare "
        "the source accuracy with that of the source-only run.",
        "Set the factor to 3",
        {"td_factor": FIXED, "td_fixed": 3.0},
    ),
    Question(
        "factor",
        "What does the size of the factor do?",
        "Four fixed factors and the schedule run side by side on the same pictures, between the same two bounds.",
        "Compare several factors",
        {"td_factor": SEVERAL},
    ),
    Question(
        "pseudo",
        "What are pseudo-labels, and do they help?",
        "The network's own confident answers become labels of the target. Watch how many are kept, and how many of "
        "those are right.",
        "Add pseudo-labels",
        {"td_pseudo": True},
    ),
    Question(
        "mistake",
        "Where do the practical's numbers come from?",
        "Both losses are given probabilities in place of logits. They then come to rest at numbers that can be worked "
        "out. Switch the mistake off to see what the same factor does without it.",
        "Make the mistake",
        {"td_factor": FIXED, "td_fixed": 1.0, "td_mistake": True},
    ),
    Question(
        "formula",
        "What if the formula of the rate is taken for that of the factor?",
        "Then the factor is never above 0.01, and hardly any gradient is reversed.",
        "Take the rate's formula",
        {"td_formula": True},
    ),
)


def draw() -> None:
    """Draws the questions, each with its experiment."""
    st.header("Questions, and an experiment for each")
    columns = [column for _ in range(-(-len(QUESTIONS) // 3)) for column in st.columns(3, gap="large")]
    for column, each in zip(columns, QUESTIONS):
        with column:
            st.markdown(f"**{plain(each.title)}**  \n{plain(each.words)}")
            go, key = partial(ask, each), f"td question {each.key}"
            st.button(plain(each.button), key=key, on_click=go, icon=":material/science:")


def ask(question: Question) -> None:
    """Sets the controls and starts the runs. A callback."""
    links.give({**_PLAIN, **question.controls})
    asked.next_runs()
