"""A page of an atlas, one optimized picture per channel, as the page "What does each filter look for?" saves it."""

from __future__ import annotations

from typing import Any

from vizlib.activation_maximization import AtlasPlan, preset, tile_size
from vizlib.activation_maximization.atlas import atlas
from vizlib.batch.saved.kind import Asked, Remaking, Saved, followed, is_what
from vizlib.errors import VizError
from vizlib.models import Classifier
from vizlib.render import Array, Grid, Image8, contact_sheet, wide_columns
from vizlib.runs import Store


def recipe(model: Classifier, plan: AtlasPlan) -> dict[str, Any]:
    """Makes the page again. The plan's channels follow one another, and its settings are the usual ones."""
    later = {"first channel": plan.channels[0]} if plan.channels[0] else {}
    return {
        "what": "atlas",
        "network": model.name,
        "weights": model.fingerprint,
        "layer": plan.layer,
        "channels": len(plan.channels),
        "steps": plan.steps,
        "seed": plan.seed,
        "size": tile_size(model, plan.layer),
        "settings": preset(model, inside=True),
    } | later


def view(order: Array) -> dict[str, Any]:
    """What a file's recipe says of the order in which the tiles are drawn: (T,), their numbers among the page's."""
    return {"view": {"order": [int(each) for each in order]}}


def sheet(tiles: Image8, between: int = 32) -> tuple[Image8, Grid]:
    """The tiles (T, h, w, 3) as one picture with its geometry. between: the gray level of the gaps."""
    return contact_sheet(tiles, wide_columns(len(tiles)), 160 if len(tiles) <= 64 else 96, 6, between)


def _remake(asked: Asked) -> Remaking:
    found = asked.recipe
    first = found.get("first channel", 0)
    plan = AtlasPlan(found["layer"], tuple(range(first, first + found["channels"])), found["steps"], found["seed"])
    usual = recipe(asked.model, plan)
    for part in ("size", "settings"):
        if found[part] != usual[part]:
            what = f"The atlas was made with {part} {found[part]}; the usual {part} of {asked.model.name} here: "
            raise VizError(f"{what}{usual[part]}.", "Use the version of Filterscope and the device that made the file.")
    last = yield from followed(atlas(asked.model, plan, Store(None, 0)))
    order = asked.view("order", list(range(len(plan.channels))))
    return sheet(last.tiles[order])[0]


SAVED = Saved("atlas", is_what("atlas"), _remake, "in which order the channels are drawn")
