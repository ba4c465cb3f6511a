"""A saved picture made again from the recipe inside, and how it compares with the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vizlib.batch.saved.kind import Asked, Recipe, Remaking, Saved
from vizlib.errors import VizError
from vizlib.models import Classifier
from vizlib.pictures import encode_png, open_picture, read_recipe
from vizlib.render import Image8
from vizlib.runs import versions


@dataclass(frozen=True)
class Compared:
    """How a picture that was made again compares with the file.

    Attributes:
        pixels: whether all its values are the same.
        file: whether the bytes of the files are the same too.
        changed: the share of its values that differ, [0, 1].
        levels: the largest difference of a value, of 255.
    """

    pixels: bool
    file: bool
    changed: float
    levels: int

    @property
    def words(self) -> str:
        """The comparison in a sentence."""
        if self.pixels:
            also = "and so is every byte of the file" if self.file else "but the files differ in other bytes"
            return f"the same to the bit, {also}"
        return f"{100 * self.changed:.3g} % of the values differ, by at most {self.levels} of 255 levels"


def recipe_in(data: bytes) -> dict[str, Any]:
    """The recipe inside a file. Raises VizError where there is none."""
    recipe = read_recipe(data)
    if recipe is None:
        remedy = "Give a PNG as it was saved: other programs leave the recipe out when they save it again."
        raise VizError("There is no recipe in the file.", remedy)
    return recipe


def check_weights(model: Classifier, recipe: Recipe) -> None:
    """Raises VizError if the network's weights are other ones than those of the recipe."""
    here, there = model.fingerprint, str(recipe.get("weights"))
    if here != there:
        what = f"The file was made with other weights than those of {model.name} here: "
        what += f"their fingerprint is {there[:8]}..., and here it is {here[:8]}...."
        raise VizError(what, "Name the network or the checkpoint that made it with --network or --weights.")


def remaking(asked: Asked, saved: Saved) -> Remaking:
    """The frames of the run that makes the picture again; it returns the picture, uint8 (H, W, 3).

    Raises VizError for a recipe that lacks something, and what the run raises.
    """
    try:
        return (yield from saved.remake(asked))
    except (KeyError, TypeError) as problem:  # a recipe that was changed by hand, or that another version wrote
        what = f"The recipe of this {saved.called} cannot be read ({type(problem).__name__}: {problem})."
        raise VizError(what, "Use the version of Filterscope that made the file.") from problem


def compared(image: Image8, data: bytes, recipe: Recipe) -> Compared:
    """How the picture (H, W, 3) compares with the file. Raises VizError for a file of another size."""
    there = np.asarray(open_picture(data))
    if there.shape != image.shape:
        sizes = " and ".join(f"{each.shape[1]} x {each.shape[0]}" for each in (there, image))
        what = f"The file and the picture that was made again have different sizes: {sizes} pixels."
        raise VizError(what, "Check whether the file was resized after it was saved.")
    change = np.abs(there.astype(np.int16) - image)
    same = encode_png(image, recipe) == data
    return Compared(not change.any(), same, float((change > 0).mean()), int(change.max()))


def doubts(saved: Saved, recipe: Recipe) -> str:
    """What may be the reason for a difference, in sentences; "" where nothing is known of one."""
    made_with, here = recipe.get("made_with"), versions()
    if not isinstance(made_with, Mapping):
        unsaid = f" It was saved before files said {saved.unsaid}; the usual view was drawn." if saved.unsaid else ""
        said = "The file does not say which versions and how many threads of the CPU made it; try another --threads."
        return said + unsaid
    there = {name: each for name, each in made_with.items() if name != "threads"}
    other = [f"{name} {each} (here {here.get(name)})" for name, each in there.items() if each != here.get(name)]
    return f"It was made with other versions: {', '.join(other)}." if other else ""
