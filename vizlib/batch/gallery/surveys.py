"""Found pictures for a unit, where the store has a search among the pictures that come with the program."""

from __future__ import annotations

from dataclasses import dataclass

from vizlib.activation_maximization.stored_atlas import AT_ONCE
from vizlib.batch.gallery.listing import ShownLayer
from vizlib.records import brief
from vizlib.runs import CannotUnpack, NotListed, Recipe, Store, as_stored, by_name, unpack
from vizlib.units import FRAMES, DrawnDigits, DrawnScenes, PhotographPieces, PictureSource, Survey, survey_recipe

_KINDS = by_name(FRAMES)


@dataclass(frozen=True, eq=False)
class Found:
    """A search that the store has: where the pictures come from, what they are called, and the layer's responses."""

    source: PictureSource
    pictures: str  # "drawn scenes"
    survey: Survey

    __repr__ = brief


def found(store: Store, layer: ShownLayer) -> Found | None:
    """A search of the layer among drawn pictures or photographs, if the store has one."""
    for pictures, source in _sources().items():
        survey = _survey(store, layer, source)
        if survey is not None and survey.means.shape == (len(source), layer.units):
            return Found(source, pictures, survey)
    return None


def _sources() -> dict[str, PictureSource]:
    """The pictures that come with the program. Searches among a visitor's own pictures are never stored."""
    return {"drawn scenes": DrawnScenes(), "drawn digits": DrawnDigits(), "pieces of photographs": PhotographPieces()}


def _survey(store: Store, layer: ShownLayer, source: PictureSource) -> Survey | None:
    recipe = Recipe(survey_recipe(str(layer.atlas.recipe["weights"]), layer.path, source))
    for kind in AT_ONCE:
        content = store.get(as_stored(recipe, kind).key)
        try:
            result = None if content is None else unpack(content, _KINDS)
        except (CannotUnpack, NotListed):
            continue
        if isinstance(result, Survey):
            return result
    return None
