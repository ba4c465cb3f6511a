"""How a layer's tiles were made: facts for its page, and a script that makes them again."""

from __future__ import annotations

import json
import re

from vizlib.batch.gallery.listing import ShownLayer, ShownNetwork


def facts(network: ShownNetwork, layer: ShownLayer) -> dict[str, str]:
    """What a reader has to know to make the tiles again, by name."""
    recipe = layer.atlas.recipe
    made = recipe.get("versions", {})
    return {
        "Network": network.name,
        "Weights": f"{network.weights} (fingerprint)",
        "Layer": f"{layer.path}{f', {layer.atlas.kind}' if layer.atlas.kind else ''}, at {_depth(layer)} of the depth",
        "Units": f"{layer.there} of {layer.units} are here",
        "Steps": str(recipe["steps"]),
        "Seed": str(recipe["seed"]),
        "Size": f"{layer.atlas.size} px",
        "Settings": ", ".join(f"{name} {value}" for name, value in sorted(dict(recipe.get("settings", {})).items())),
        "Computed on": f"{recipe.get('device', '')}, {layer.atlas.at_once} units at once",
        "Versions": ", ".join(f"{name} {value}" for name, value in sorted(dict(made).items())),
    }


def script(network: ShownNetwork, layer: ShownLayer) -> str:
    """Python that makes the layer's first tiles again. Units of one batch share a seed, so they are made together."""
    recipe = layer.atlas.recipe
    batch = list(layer.atlas.channels[layer.atlas.rows[layer.batches[0]]])
    sign = "" if recipe.get("sign", 1) == 1 else "-"
    return f"""\
import vizlib

model = vizlib.load_model({network.name!r}, device={str(recipe.get("device", "cpu"))!r})
assert model.fingerprint == {network.weights!r}
units = {_numbers(batch)}  # one batch; the next one has the next {layer.atlas.at_once} units
frame = vizlib.last(
    vizlib.maximize(
        model,
        [{sign}vizlib.channel({layer.path!r}, unit) for unit in units],
        steps={recipe["steps"]!r},
        seed={recipe["seed"]!r},
        size={layer.atlas.size!r},
        **{dict(sorted(dict(recipe.get("settings", {})).items()))!r},
    )
)
images = vizlib.to_image(frame.pixels)  # uint8 (units, height, width, 3)
"""


def recipe_text(layer: ShownLayer) -> str:
    """The recipe as JSON, without the units' numbers."""
    return json.dumps(layer.atlas.recipe, indent=2, sort_keys=True, ensure_ascii=False)


def _numbers(batch: list[int]) -> str:
    whole = batch == list(range(batch[0], batch[-1] + 1))
    return f"range({batch[0]}, {batch[-1] + 1})" if whole else re.sub(r"\s+", " ", repr(batch))


def _depth(layer: ShownLayer) -> str:
    return f"{100 * layer.atlas.depth:.0f} %"
