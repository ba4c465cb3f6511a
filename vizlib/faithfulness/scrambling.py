"""Does a map depend on what the network has learned? Adebayo et al., "Sanity checks for saliency maps" (2018).

arXiv 1810.03292. The weights are drawn again at random, layer by layer from the logits down, and each map is compared
with that of the trained network. A map that stays as it was does not show what the network has learned.

A scrambled layer has the weights that it has in `untrained(model, seed)`: those of convolutions and linear layers are
drawn from a normal distribution of variance 1 / fan-in. Its batch norms lose what they have learned too: scales are 1,
shifts and running means 0, running variances 1. So the end of a cascade is a network without any training. The control
is how alike the maps of three such networks are, which have different random weights.

All of it happens on a copy. Every map is about the same class, the one that the trained network predicts.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Final

import numpy as np
import torch
from torch import nn

from vizlib.errors import NotShowable, UnknownName
from vizlib.faithfulness.asked import Asked, Maps, Methods, Question, one_map, question_of
from vizlib.faithfulness.layer_groups import Group, groups, own_weights
from vizlib.faithfulness.scrambled import Order, Scrambled, Scrambling
from vizlib.faithfulness.similarity import similarities
from vizlib.layers import Target
from vizlib.models import Classifier, in_own_context
from vizlib.pictures import Pictures
from vizlib.training import untrained

CONTROLS: Final = 3  # networks with different random weights
_MARK: Final = ", scrambled"  # in the names of such networks


@in_own_context
def scrambling(  # noqa: PLR0913  the question, and how it is asked
    model: Classifier,
    pixels: Pictures,
    methods: Methods,
    target: Target | None = None,
    *,
    order: Order = "cascading",
    most: int = 12,
    seed: int = 0,
) -> Generator[Scrambling, None, None]:
    """The maps of one picture while the network's weights are scrambled on a copy, layer by layer from the top.

    pixels: one picture, as for `vizlib.explain`. methods: keys, or `Asked`.
    target: as for `vizlib.explain`; by default the class that the trained network predicts, for all maps.
    order: "cascading" or "independent". most: steps, at most: layers are scrambled by blocks so that there are no more.
    seed: of the random weights.

    Yields `Scrambling`, at least one per map. Raises UnknownName for another order, VizError for no step, and what
    `vizlib.explain` raises.
    """
    question = question_of(model, pixels, methods, target)
    true: list[Maps] = []
    for asked in question.asked:
        for values in _map_by(model, asked, question):
            if values is not None:
                true.append(values)
    yield from scrambled_maps(model, question, true, order, most, seed)


def scrambled_maps(
    model: Classifier, question: Question, true: Sequence[Maps], order: Order, most: int, seed: int
) -> Generator[Scrambling, None, None]:
    """The run of `scrambling` once the maps (H, W) of the trained network are there, one per method."""
    if order not in ("cascading", "independent"):
        raise UnknownName.among("order", order, ("cascading", "independent"))
    parts = groups(model, most)
    rows = [_Row(each.called, values, len(parts)) for each, values in zip(question.asked, true, strict=True)]
    done = len(rows)
    total = done * (1 + len(parts) + CONTROLS)
    for network in _networks(model, parts, order, seed):
        for row, asked in zip(rows, question.asked):
            for values in _map_by(network, asked, question):
                if values is not None:
                    row.take(values)
                    done += 1
                now = tuple(each.frame for each in rows)
                yield Scrambling(done, total, order, tuple(each.path for each in parts), now, question.index)


def _map_by(model: Classifier, asked: Asked, question: Question) -> Iterator[Maps | None]:
    """None for each pass that does not finish the map, then the map (H, W); zeros where there is nothing to show."""
    values = np.zeros(question.size, np.float32)
    try:
        for estimate in one_map(model, asked, question):
            values = estimate.values[0].numpy()
            if estimate.step < estimate.total:
                yield None
    except NotShowable:
        if not model.name.endswith(_MARK):
            raise
    yield values


def _networks(model: Classifier, parts: Sequence[Group], order: Order, seed: int) -> Iterator[Classifier]:
    """The copy after each step, then the networks of the control. A Classifier has one state: each step has its own."""
    random, copy = untrained(model, seed), model.twin().network
    for step, part in enumerate(parts):
        if order == "independent" and step:
            _take_over(copy, parts[step - 1], model.network)
        _take_over(copy, part, random.network)
        yield _renamed(model, copy)
    yield from (_renamed(model, untrained(model, seed + more).network) for more in range(CONTROLS))


@torch.no_grad()
def _take_over(network: nn.Module, part: Group, source: nn.Module) -> None:
    """Gives the layers of a group the weights and the statistics that they have in another network."""
    for path in part.owners:
        given = own_weights(source.get_submodule(path))
        for name, weight in own_weights(network.get_submodule(path)).items():
            weight.copy_(given[name])


def _renamed(model: Classifier, network: nn.Module) -> Classifier:
    reading = model.outputs, list(model.class_names)
    return Classifier(network, f"{model.name}{_MARK}", model.device, preprocessing=model.preprocessing, reading=reading)


class _Row:
    """One method's maps so far: after each step, then those of the control."""

    def __init__(self, method: str, true: Maps, steps: int) -> None:
        nothing = np.full((steps, *true.shape), np.nan, np.float32)
        pairs = CONTROLS * (CONTROLS - 1) // 2
        self.frame = Scrambled(method, true, nothing, np.full((steps, 3), np.nan), np.full((pairs, 3), np.nan))
        self._step, self._controls = 0, list[Maps]()

    def take(self, values: Maps) -> None:
        """The next map (H, W)."""
        if self._step < len(self.frame.curves):
            maps, curves = self.frame.maps.copy(), self.frame.curves.copy()
            maps[self._step], curves[self._step] = values, similarities(self.frame.true, values)
            self.frame = replace(self.frame, maps=maps, curves=curves)
            self._step += 1
            return
        self._controls.append(values)
        if len(self._controls) == CONTROLS:
            pairs = [similarities(one, other) for one, other in combinations(self._controls, 2)]
            self.frame = replace(self.frame, chance=np.array(pairs))
