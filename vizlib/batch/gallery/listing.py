"""What the store holds: networks, their layers in running order, and how many tiles of each are there.

Nothing here opens a network or reads a result. One listing of the store's keys says which batches are there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from vizlib.activation_maximization import StoredAtlas, listed_atlases
from vizlib.runs import Store, versions

SESSION = "trained/"  # networks with such names live in one visitor's session, so nobody else can open them
_KNOWN_KEYS = 4096  # atlases whose keys are remembered: to hash them takes longer than to list the store


@dataclass(frozen=True)
class ShownLayer:
    """A layer with at least one tile in the store.

    Attributes:
        atlas: how its tiles were made.
        batches: the numbers of the batches that are there.
        others: the same layer made with other settings or seeds, or on another kind of device, the best covered first.
    """

    atlas: StoredAtlas
    batches: tuple[int, ...]
    others: tuple[ShownLayer, ...] = ()

    @property
    def path(self) -> str:
        """The layer's path."""
        return str(self.atlas.recipe["layer"])

    @property
    def units(self) -> int:
        """How many channels the layer has."""
        return len(self.atlas.channels)

    @cached_property
    def there(self) -> int:
        """How many of its tiles the store has."""
        rows = self.atlas.rows
        return sum(rows[number].stop - rows[number].start for number in self.batches)

    @property
    def coverage(self) -> float:
        """The share of its tiles that the store has, (0, 1]."""
        return self.there / self.units

    @property
    def rank(self) -> tuple[bool, float, bool]:
        """What decides between several atlases of one layer, the larger the better: pictures of what excites first."""
        return self.atlas.recipe.get("sign", 1) == 1, self.coverage, self.atlas.usual


@dataclass(frozen=True)
class ShownNetwork:
    """A network with at least one layer in the store.

    Attributes:
        name: of the network, as `load_model` takes it.
        weights: the fingerprint of its weights.
        layers: in running order.
        ambiguous: whether the store has the same name with other weights, too.
    """

    name: str
    weights: str
    layers: tuple[ShownLayer, ...]
    ambiguous: bool = False

    @property
    def title(self) -> str:
        """The name, with the weights where the name alone would not tell them apart."""
        return f"{self.name} ({self.weights[:8]})" if self.ambiguous else self.name

    @property
    def units(self) -> int:
        """How many channels all its layers have."""
        return sum(each.units for each in self.layers)

    @property
    def there(self) -> int:
        """How many tiles the store has of it."""
        return sum(each.there for each in self.layers)

    @property
    def words(self) -> str:
        """ "2 layers, 36 of 60 units"."""
        return f"{counted(len(self.layers), 'layer')}, {self.there:,} of {counted(self.units, 'unit')}"

    def layer(self, path: str) -> ShownLayer | None:
        """The layer with that path, if the store has something of it."""
        return next((each for each in self.layers if each.path == path), None)

    def nearest(self, depth: float) -> ShownLayer:
        """The layer whose depth is nearest to a share of the network; the earlier of two that are equally near."""
        return min(self.layers, key=lambda each: abs(each.atlas.depth - depth))


@dataclass(frozen=True)
class Gallery:
    """What the store holds that this version of the engine can show.

    Attributes:
        networks: by name.
        outdated: how many more atlases other versions of the engine or of its libraries have made.
    """

    networks: tuple[ShownNetwork, ...]
    outdated: int = 0

    @property
    def there(self) -> int:
        """How many tiles there are in all."""
        return sum(each.there for each in self.networks)

    @property
    def words(self) -> str:
        """ "2 networks, 3 layers, 44 units"."""
        layers = sum(len(each.layers) for each in self.networks)
        counts = {"network": len(self.networks), "layer": layers, "unit": self.there}
        return ", ".join(counted(count, what) for what, count in counts.items())

    def network(self, title: str) -> ShownNetwork | None:
        """The network with that title."""
        return next((each for each in self.networks if each.title == title), None)

    def only(self, names: Collection[str]) -> Gallery:
        """The networks with these names or titles."""
        return replace(self, networks=tuple(each for each in self.networks if {each.name, each.title} & set(names)))


def counted(count: int, what: str) -> str:
    """ "1 layer", "2 layers"."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def gallery(store: Store) -> Gallery:
    """What the store holds, without reading one result of it."""
    listed = [each for each in listed_atlases(store) if not each.network.startswith(SESSION)]
    current = [each for each in listed if each.recipe.get("versions") == versions()]
    keys = set(store.keys()) if current else set()
    found = [ShownLayer(each, _there(each, keys)) for each in current]
    return Gallery(_networks([each for each in found if each.batches]), len(listed) - len(current))


def _there(atlas: StoredAtlas, keys: Collection[str]) -> tuple[int, ...]:
    known = _keys(json.dumps([list(atlas.channels), atlas.at_once, dict(atlas.recipe)], sort_keys=True))
    return tuple(number for number, key in enumerate(known) if key in keys)


@lru_cache(_KNOWN_KEYS)
def _keys(text: str) -> tuple[str, ...]:
    channels, at_once, recipe = json.loads(text)
    return tuple(StoredAtlas("", tuple(channels), at_once, recipe).keys)


def _networks(found: Iterable[ShownLayer]) -> tuple[ShownNetwork, ...]:
    groups: dict[tuple[str, str], dict[str, list[ShownLayer]]] = {}
    for each in found:
        own = groups.setdefault((each.atlas.network, str(each.atlas.recipe.get("weights", ""))), {})
        own.setdefault(each.path, []).append(each)
    names = [name for name, _ in groups]
    return tuple(
        ShownNetwork(name, weights, _in_order(map(_best, layers.values())), names.count(name) > 1)
        for (name, weights), layers in sorted(groups.items(), key=lambda group: group[0])
    )


def _best(of_one_layer: Sequence[ShownLayer]) -> ShownLayer:
    """The one with the highest rank, of equal ones the latest; it carries the others. They come the oldest first."""
    ranked = sorted(enumerate(of_one_layer), key=lambda one: (one[1].rank, one[0]), reverse=True)
    best, *others = (each for _, each in ranked)
    return replace(best, others=tuple(others))


def _in_order(layers: Iterable[ShownLayer]) -> tuple[ShownLayer, ...]:
    return tuple(sorted(layers, key=lambda each: (each.atlas.order, _natural(each.path))))


def _natural(path: str) -> list[tuple[int, str]]:
    """A key by which layer2 comes before layer10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.findall(r"\d+|\D+", path)]
