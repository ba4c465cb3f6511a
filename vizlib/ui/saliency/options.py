"""How methods are asked: their settings, the layer that they read, and with what they compare, for every page."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import streamlit as st

from vizlib.batch.kinds import saliency
from vizlib.layers import find_layer, last_maps, list_layers
from vizlib.models import Classifier
from vizlib.pictures import Pictures
from vizlib.records import Unit
from vizlib.saliency import MENU, Estimate, MapMethod, Passes, explaining
from vizlib.ui.shared import class_choice, knobs, live, picture_set
from vizlib.ui.shared.links import linked
from vizlib.ui.shared.sidebar import Chosen
from vizlib.ui.shared.words import plain

_RUNNER_UP: Final = "the runner-up"
_MOST: Final = 40  # reference pictures of a visitor's set


@dataclass(frozen=True, eq=False)
class Asked:
    """How one method is asked."""

    method: MapMethod
    knobs: Any
    layer: str | None = None  # None: its own choice, or it reads none
    against: int | None = None  # a class; None: the runner-up, or it compares with none
    references: picture_set.Choice | None = None  # None: the engine's own, or it compares with none

    def need(self) -> None:
        """Raises Missing, which asks for the reference pictures, if they have still to be given."""
        if self.references is not None:
            self.references.need()

    def recipe(self, here: Chosen, target: int | Unit) -> dict[str, Any]:
        """What makes the map again."""
        goal = target if isinstance(target, int) else asdict(target)
        references = None if self.references is None else dict(self.references.parts)
        more = {"against": self.against, "references": references}
        return saliency.recipe(here.recipe, self.method, goal, self.knobs, self.layer, **more)

    def start(self, here: Chosen, target: int | Unit) -> Generator[Estimate, None, None]:
        """The run that makes the map."""
        more = {"against": self.against, "references": self.pictures(here.model), "knobs": self.knobs}
        layer = self.layer if self.method.needs_layer else None
        return explaining(here.model, here.pixels, self.method.key, target, layer=layer, **more)

    def pictures(self, model: Classifier) -> Pictures | None:
        """The reference pictures, as the network sees them."""
        if self.references is None:
            return None
        found = self.references.data.pictures
        spread = range(0, len(found), -(-len(found) // _MOST))
        return model.prepare([found[number] for number in spread])

    def place(self, here: Chosen) -> live.Place:
        """Where it computes; a map that compares with a visitor's own pictures is not kept."""
        own = self.references is not None and self.references.private
        return replace(here.place, keep=here.place.keep and not own)

    def passes(self, model: Classifier) -> Passes:
        """What its map costs."""
        maps = 1
        if self.method.needs_layer:
            maps = find_layer(model, self.layer or last_maps(model).path).shape[0]
        return self.method.passes(self.knobs, maps)


def fast_first(model: Classifier, asked: Sequence[Asked]) -> list[Asked]:
    """Those that cost few passes before those that cost many."""
    return sorted(asked, key=lambda each: each.passes(model).total)


def ask(model: Classifier, keys: Sequence[str]) -> list[Asked]:
    """Draws the settings of the methods with these keys; returns how they are asked, in the menu's order."""
    methods = [method for method in MENU if method.key in keys]
    layer = _layer(model) if any(each.needs_layer for each in methods) else None
    against = _against(model) if any(each.against for each in methods) else None
    asked = [Asked(each, _knobs(each), layer if each.needs_layer else None) for each in methods]
    asked = [replace(each, against=against) if each.method.against else each for each in asked]
    if not any(each.method.references(each.knobs) for each in asked):
        return asked
    chosen = _references()
    return [replace(each, references=chosen) if each.method.references(each.knobs) else each for each in asked]


def _layer(model: Classifier) -> str:
    paths = [layer.path for layer in list_layers(model) if layer.spatial]
    words = "All class activation maps read this layer. By default the last maps, after their activation."
    return str(linked().selectbox("Layer", paths, paths.index(last_maps(model).path), key="cam_layer", help=words))


def _against(model: Classifier) -> int | None:
    """Draws the box of the second class; None for the runner-up, and for a network without classes."""
    if not model.has_classes:
        return None
    words = "The map shows what is evidence for the explained class and not for this one."
    option = class_choice.choose("Second class", model.class_names, "against", [_RUNNER_UP], help=words)
    return None if option == _RUNNER_UP else class_choice.number_of(option)


def _references() -> picture_set.Choice:
    """Draws the box of the reference pictures."""
    place = st.container()
    chosen = picture_set.choose("reference_", "Reference pictures", "scenes", (2, 0), files=place)
    assert chosen is not None
    return chosen


def _knobs(method: MapMethod) -> Any:
    """Draws what there is to set of a method, under its name and its idea."""
    with st.container(border=True):
        st.markdown(f"**{plain(method.label)}** ({plain(method.paper)}). {plain(method.idea)}")
        return knobs.settings(method)
