"""What every kind of saved picture says of itself: which recipes are its own, and how one makes the picture again."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import torch
from PIL import Image

from vizlib.errors import VizError
from vizlib.models import Classifier
from vizlib.records import Snapshot
from vizlib.render import Array, Image8, to_image
from vizlib.runs import versions

MOST_THREADS: Final = 256
Recipe = Mapping[str, Any]
Remaking = Generator[Any, None, Image8]  # the frames of the run; it returns the picture, uint8 (H, W, 3)
F = TypeVar("F", bound=Snapshot)


@dataclass(frozen=True, eq=False)
class Found:
    """A picture that a recipe names.

    Attributes:
        picture: upright RGB.
        mask: white on the object, where the picture is drawn.
    """

    picture: Image.Image
    mask: Image.Image | None = None


Fits = Callable[[Image.Image], bool]


@dataclass(frozen=True, eq=False)
class Asked:
    """A recipe that is to be made again.

    Attributes:
        model: the network, whose weights are those of the recipe.
        recipe: out of the file.
        find: gives the picture that fits; raises VizError if there is none.
    """

    model: Classifier
    recipe: Recipe
    find: Callable[[Fits], Found]

    def view(self, name: str, usual: Any = None) -> Any:
        """A part of the view; `usual` in a file that was saved before files said it."""
        return self.recipe.get("view", {}).get(name, usual)


@dataclass(frozen=True)
class Saved:
    """A kind of saved picture.

    Attributes:
        called: what sentences call it.
        fits: whether a recipe is of this kind.
        remake: makes the picture again.
        unsaid: what a file that was saved before files held the view leaves open, as a sentence; "" where it is
            nothing.
    """

    called: str
    fits: Callable[[Recipe], bool]
    remake: Callable[[Asked], Remaking]
    unsaid: str = ""


def in_file(recipe: Recipe, **view: Any) -> dict[str, Any]:
    """The recipe as a file holds it: with the view, if there is one, and with what made the file.

    That is the versions, and the number of threads of the CPU, because it decides the order in which numbers are added.
    """
    made_with = {**versions(), "threads": torch.get_num_threads()}
    return {**recipe, **({"view": view} if view else {}), "made_with": made_with}


def threads_of(recipe: Recipe) -> int | None:
    """The number of threads that made the file, None where it does not say so."""
    made_with = recipe.get("made_with")
    found = made_with.get("threads") if isinstance(made_with, Mapping) else None
    return found if isinstance(found, int) and 0 < found <= MOST_THREADS else None


def is_what(*names: str) -> Callable[[Recipe], bool]:
    """Whether the recipe's "what" is one of these."""
    return lambda recipe: recipe.get("what") in names


def followed(run: Generator[F, None, None], step: int | None = None) -> Generator[F, None, F]:
    """Passes the frames on; returns the last one, or that of a step. Raises VizError where there is none."""
    latest = None
    for latest in run:
        yield latest
        if step is not None and latest.step >= step:
            run.close()
            break
    if latest is None:
        raise VizError("The run has no frame.", "Check the steps in the recipe.")
    return latest


def seen(model: Classifier, found: Found) -> tuple[Image8, Array | None]:
    """The picture as the network sees it, uint8 (H, W, 3), and the object's mask on it, (H, W) bool."""
    image = to_image(model.prepare(found.picture))[0]
    return image, None if found.mask is None else to_image(model.prepare(found.mask))[0, :, :, 0] > 127
