"""The kinds of saved pictures that can be made again. A new kind is one file and one line here."""

from __future__ import annotations

from typing import Final

from vizlib.batch.saved import atlas, class_picture, feature_map, fooling_image, repertoire, saliency_map, unit_card
from vizlib.batch.saved.kind import Recipe, Saved
from vizlib.errors import VizError

SAVED: Final = (
    fooling_image.IMAGE,
    fooling_image.DIFFERENCE,
    class_picture.SAVED,
    repertoire.OF_PICTURE,
    repertoire.OF_CLASS,
    atlas.SAVED,
    unit_card.SAVED,
    saliency_map.SAVED,
    feature_map.SAVED,
)
_NAMES: Final = ", ".join(each.called for each in SAVED)


def saved_of(recipe: Recipe) -> Saved:
    """The kind of a recipe out of a file. Raises VizError for one that cannot be made again."""
    for each in SAVED:
        if each.fits(recipe):
            return each
    what = f"The recipe in the file is of the kind {str(recipe.get('what', 'without a name'))!r}."
    raise VizError(what, f"These kinds can be made again: {_NAMES}.")
