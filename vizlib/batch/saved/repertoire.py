"""Pictures drawn from another picture at a layer, and matched class pictures: their runs, and how they are made again.

Each has a control of the same kind: the same architecture with random weights, or a random direction of the layer.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, Final

import torch
from torch import Tensor

from vizlib.activation_maximization import (
    Frame,
    caricature,
    deep_dream,
    direction,
    inversion,
    maximize,
    preset,
    statistics,
)
from vizlib.activation_maximization.repertoire import USUAL, matched_layers
from vizlib.batch.pictures import picture_key
from vizlib.batch.saved.kind import Asked, Remaking, Saved, followed, is_what
from vizlib.errors import VizError
from vizlib.layers import Objective, find_layer
from vizlib.models import Classifier, counterpart
from vizlib.render import to_image
from vizlib.training import PictureSet, drawn, untrained

INVERSION, CARICATURE, ACCENTUATION, DREAM = "inversion", "caricature", "accentuation", "deep dream"
MATCHED: Final = "matched class picture"
RANDOM_WEIGHTS, RANDOM_DIRECTION = "random weights", "random direction"
PICTURES: Final = 50  # of a class whose statistics are matched, as in VITAL
PULL: Final = 1.0  # of an accentuation, so that the picture is still seen
_OF_PICTURE: Final = (INVERSION, CARICATURE, ACCENTUATION, DREAM)


def settings_of(model: Classifier, what: str, **chosen: Any) -> dict[str, Any]:
    """All settings of the run, for its recipe."""
    if what == DREAM:
        return chosen
    return {**preset(model, inside=True), **USUAL.get("statistics" if what == MATCHED else what, {}), **chosen}


def beside(model: Classifier, asked: Mapping[str, Any]) -> Classifier:
    """The network that is asked: the model itself, or for the control its architecture with random weights."""
    return untrained(model, asked["seed"]) if asked.get("control") == RANDOM_WEIGHTS else model


def goal_of(model: Classifier, asked: Mapping[str, Any], pixels: Tensor) -> Objective:
    """What a run about a picture (1, 3, H, W) maximizes, a dream left out."""
    layer = asked["layer"]
    if asked.get("control") == RANDOM_DIRECTION:
        generator = torch.Generator().manual_seed(asked["seed"])
        return direction(layer, torch.randn(find_layer(model, layer).shape[0], generator=generator))
    return inversion(layer, pixels) if asked["what"] == INVERSION else caricature(layer, pixels)


def start(model: Classifier, asked: Mapping[str, Any], pixels: Tensor) -> Generator[Frame, None, None]:
    """The run. asked: what, layer, seed, settings, and the control if it is one. pixels: the picture (1, 3, H, W)."""
    looking = beside(model, asked)
    if asked["what"] == DREAM:
        yield from deep_dream(looking, pixels, asked["layer"], seed=asked["seed"], **asked["settings"])
        return
    begin = pixels if asked["what"] == ACCENTUATION else None
    goal = goal_of(looking, asked, pixels)
    yield from maximize(looking, goal, asked["steps"], asked["seed"], begin, **asked["settings"])


def pictures_of(data: PictureSet, name: str, most: int = PICTURES) -> PictureSet:
    """The pictures of the class that has one of the name's words. Raises VizError for a set that lacks it."""
    known = counterpart(data.classes, name)
    found = [] if known is None else [at for at, label in enumerate(data.labels.tolist()) if label == known][:most]
    if not found:
        what = f"There are no pictures of {name} in {data.name}."
        raise VizError(what, f"Choose one of its classes ({', '.join(data.classes[:6])}, ...), or other pictures.")
    return data.of(found)


def matching(model: Classifier, pixels: Tensor) -> Objective:
    """The statistics of the network's stages, as for pictures (N, 3, H, W)."""
    return statistics(matched_layers(model), pixels)


def start_matched(model: Classifier, asked: Mapping[str, Any], data: PictureSet) -> Generator[Frame, None, None]:
    """The run of a matched class picture. asked: name of the class, steps, seed and settings."""
    pixels = model.prepare(list(pictures_of(data, asked["name"]).pictures))
    yield from maximize(model, matching(model, pixels), asked["steps"], asked["seed"], **asked["settings"])


def _remake(asked: Asked) -> Remaking:
    recipe = asked.recipe
    found = asked.find(lambda picture: picture_key(picture) == recipe["picture"])
    frame = yield from followed(start(asked.model, recipe, asked.model.prepare(found.picture)), recipe.get("step"))
    return to_image(frame.pixels)[0]


def _rematch(asked: Asked) -> Remaking:
    given = asked.recipe["pictures"]
    if "set" not in given:
        what = "The real pictures that this file was matched to were not drawn by Filterscope."
        raise VizError(what, "Make it again on the page, with the same pictures.")
    data = drawn(given["set"], given["per_class"], given["seed"], tests=given["tests"])
    frame = yield from followed(start_matched(asked.model, asked.recipe, data), asked.recipe.get("step"))
    return to_image(frame.pixels)[0]


OF_PICTURE: Final = Saved("picture drawn from a picture", is_what(*_OF_PICTURE), _remake)
OF_CLASS: Final = Saved(MATCHED, is_what(MATCHED), _rematch)
