"""filterscope atlas: one optimized picture for each channel of a layer, as the page of filters makes them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from vizlib.activation_maximization import AtlasPlan, list_atlas, stored_atlas
from vizlib.activation_maximization.atlas import atlas
from vizlib.batch.kinds.kind import layers_of
from vizlib.batch.saved import atlas as saved
from vizlib.batch.saved.kind import in_file
from vizlib.command import words
from vizlib.command.making import Maker
from vizlib.command.telling import Folder, Teller, carried
from vizlib.errors import VizError
from vizlib.layers import find_layer
from vizlib.models import Classifier
from vizlib.pictures import encode_png

_AT_ONCE: Final = 64
_EXAMPLE: Final = """    filterscope atlas --layer layer2.1 --steps 64 --out atlas
    filterscope atlas --network resnet50 --layer 'layer4*' --first 0 --count 64 --json"""


def main(given: Sequence[str]) -> int:
    """Does what the words after `filterscope atlas` say; returns the exit code."""
    return carried(_parser().parse_args(given), _work)


def _parser() -> argparse.ArgumentParser:
    about = (
        "Draws what the channels of layers look for: one optimized picture for each, together on sheets. Writes\n"
        "LAYER_FIRST.png for each sheet, with its recipe inside: filterscope rerun makes it again. The pictures are\n"
        "kept in the store, where the dashboard and its zoo find them."
    )
    made = words.parser("atlas", about, _EXAMPLE, "For all layers of many networks, see filterscope batch.")
    words.add_network(made)
    text = "a path, a pattern such as 'layer4*', main or all; may be given several times (main)"
    made.add_argument("--layer", action="append", metavar="PATH", help=text)
    made.add_argument("--first", type=words.number, default=0, metavar="N", help="the first channel (0)")
    made.add_argument("--count", type=words.count, metavar="N", help="how many channels (all)")
    text = f"how many channels are on a sheet ({_AT_ONCE})"
    made.add_argument("--at-once", type=words.count, default=_AT_ONCE, metavar="N", help=text)
    made.add_argument("--steps", type=words.count, default=64, metavar="N", help="of the optimization (64)")
    words.add_seed(made)
    words.add_out(made, "the sheets")
    return made


def _work(asked: argparse.Namespace, teller: Teller) -> None:
    model = words.network(asked)
    maker, folder = Maker(model, teller), Folder(asked.out)
    for layer in layers_of(model, tuple(asked.layer or ("main",))):
        with teller.trying(layer):
            for plan in _plans(model, layer, asked):
                _one(maker, plan, folder)


def _plans(model: Classifier, layer: str, asked: argparse.Namespace) -> Iterator[AtlasPlan]:
    """The sheets of a layer. Raises VizError for channels that it does not have."""
    count = find_layer(model, layer).shape[0]
    last = count if asked.count is None else min(count, asked.first + asked.count)
    if asked.first >= count:
        raise VizError(f"{layer} has no channel {asked.first}.", f"Its channels are 0 to {count - 1}.")
    for first in range(asked.first, last, asked.at_once):
        yield AtlasPlan(layer, tuple(range(first, min(first + asked.at_once, last))), asked.steps, asked.seed)


def _one(maker: Maker, plan: AtlasPlan, folder: Folder) -> None:
    """Makes, writes and tells one sheet."""
    model = maker.model
    last = maker.teller.last(atlas(model, plan, maker.store), plan.layer)
    whole = replace(plan, channels=tuple(range(find_layer(model, plan.layer).shape[0])))
    list_atlas(maker.store, stored_atlas(model, whole))
    recipe = in_file(saved.recipe(model, plan))
    record: dict[str, Any] = {"network": model.name, "layer": plan.layer, "channels": list(plan.channels)}
    record["values"] = [float(each) for each in last.values]  # each channel's mean on its own picture
    stem = f"{words.file_name(plan.layer)}_{plan.channels[0]}"
    record |= folder.write(stem, ".png", encode_png(saved.sheet(last.tiles)[0], recipe)) | {"recipe": recipe}
    said = f"channels {plan.channels[0]} to {plan.channels[-1]} of {plan.layer}"
    maker.teller.result(f"{said}, in {record['file']}", record)
