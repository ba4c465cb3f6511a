"""The picture of a class, as the page "What does a class look like?" saves it."""

from __future__ import annotations

from vizlib.activation_maximization import Reel
from vizlib.batch.kinds import class_pictures
from vizlib.batch.pictures import picture_key
from vizlib.batch.saved.kind import Asked, Remaking, Saved, followed, is_what
from vizlib.render import Image8, to_image


def draw(reel: Reel) -> Image8:
    """The picture as the run has it."""
    return to_image(reel.frame.pixels)[0]


def _remake(asked: Asked) -> Remaking:
    recipe, start = asked.recipe, asked.recipe["start"]
    if start == "picture":
        found = asked.find(lambda picture: picture_key(picture) == recipe["picture"])
        start = asked.model.prepare(found.picture)
    height, width = recipe["size"]
    given = {"start": start, "size": (height, width), **recipe["settings"]}
    run = class_pictures.start(asked.model, recipe["target"], recipe["steps"], recipe["seed"], given)
    stopped = recipe.get("step", recipe["steps"])
    reel = yield from followed(run, stopped if stopped < recipe["steps"] else None)
    return draw(reel)


SAVED = Saved("class picture", is_what("class picture"), _remake)
