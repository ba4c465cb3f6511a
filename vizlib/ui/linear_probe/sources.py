"""A network and the pictures that it looks at: where features come from."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import streamlit as st

from vizlib.batch.kinds import features
from vizlib.models import Classifier
from vizlib.runs import Recipe
from vizlib.training import Features, PictureSet, divided, untrained
from vizlib.ui.linear_probe.controls import Asked
from vizlib.ui.shared import live, picture_set
from vizlib.ui.shared.picture_set import Choice
from vizlib.ui.shared.sidebar import Chosen

FIRST = 5  # pictures of each class in the first look, for training and held out


@dataclass(frozen=True, eq=False)
class Source:
    """A network, or the same architecture with random weights, that looks at a set of pictures."""

    here: Chosen
    asked: Asked
    choice: Choice
    random: bool = False

    @property
    def name(self) -> str:
        """What a line of a chart is called."""
        return f"{self.choice.name}, random weights" if self.random else self.choice.name

    @property
    def place(self) -> live.Place:
        return self.here.private if self.choice.private else self.here.without_picture

    @property
    def parts(self) -> dict[str, Any]:
        """The recipe of the features."""
        return features.recipe(self.here.model, self.choice.parts, self.how)

    @property
    def how(self) -> features.Taking:
        """How the features are taken."""
        asked = self.asked
        return features.Taking(asked.layers, asked.pool, asked.grid, asked.seed, self.random)

    @cached_property
    def sides(self) -> tuple[PictureSet, PictureSet]:
        """The pictures for training and those that are held out."""
        return divided(self.choice.data, seed=self.asked.seed)

    def extract(self) -> Generator[Features, None, None]:
        """The features of all pictures: those for training, then those that are held out."""
        asked, model = self.asked, self.here.model
        looking = _untrained(model, model.fingerprint, asked.seed) if self.random else model
        yield from features.both_sides(looking, self.sides, self.how)

    def features(self) -> tuple[Features, Features] | None:
        """The features of both sides, from memory or the store; None if the visitor has stopped the run."""
        found = live.follow(self.place, self.parts, self.extract, what=f"Features of {self.name}")
        if found is None or found.step < found.total:
            return None
        training, tests = features.divided_features(found, len(self.sides[0]))
        return training.few(self.asked.per_class, self.asked.seed), tests


@st.cache_resource(max_entries=2, show_spinner=False)
def _untrained(_model: Classifier, fingerprint: str, seed: int) -> Classifier:
    """The control of a network, which the fingerprint names."""
    return untrained(_model, seed)


def sources(here: Chosen, asked: Asked) -> list[Source]:
    """The networks with their pictures, in the order in which they look at them; the controls come last."""
    real = [Source(here, asked, each) for each in asked.sets]
    return real + [replace(each, random=True) for each in real if asked.control]


def are_there(every: Sequence[Source]) -> bool:
    """Whether all features are there already."""
    latest = [live.job_of(each.place, Recipe(each.parts), each.extract).latest for each in every]
    return all(each is not None and each.step == each.total for each in latest)


def are_stored(every: Sequence[Source]) -> bool:
    """Whether the store has all features, so that showing them takes no time."""
    return all(live.stored(each.place, Recipe(each.parts)) for each in every)


def first_look(here: Chosen, asked: Asked) -> Source:
    """The last layer, and few pictures of the first set."""
    return Source(here, replace(asked, layers=asked.layers[-1:], layer=asked.layers[-1]), _few(asked.sets[0], asked))


def _few(choice: Choice, asked: Asked) -> Choice:
    if "set" in choice.parts:
        return picture_set.of_drawn(choice.parts["set"], FIRST, FIRST, asked.seed)

    def take() -> PictureSet:
        training, tests = divided(choice.data, seed=asked.seed)
        return replace(training.few(FIRST), tests=tests.few(FIRST))

    return replace(choice, parts=choice.parts | {"few": FIRST}, take=take)
