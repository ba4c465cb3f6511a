"""Which of a file's weights are those of a network, and how many classes and channels they are for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from vizlib.weights.checkpoint import State
from vizlib.weights.heads import Wanted, classifier_in

_AVERAGED = {"ema", "swa", "averaged"}  # words in the names of weights that were averaged over the training


@dataclass(frozen=True)
class Fit:
    """The weights for a network, by its own names."""

    state: State
    classes: int | None  # None: the names are not timm's, which timm itself may still understand
    channels: int | None
    remarks: tuple[str, ...]  # sentences about how they were found
    own_head: str = ""  # a head that the network cannot have, in words


class _Place(NamedTuple):
    where: str  # the keys that lead to the dictionary
    prefix: str  # what comes before the network's names in it
    matches: int  # how many of the network's weights are there

    @property
    def averaged(self) -> bool:
        return bool(_AVERAGED & set(f"{self.where}.{self.prefix}".lower().replace("_", ".").split(".")))

    @property
    def name(self) -> str:
        return ".".join(each for each in (self.where, self.prefix.rstrip(".")) if each)


def fitted(states: Mapping[str, State], network: Any, standard: Any, headless: bool = False) -> Fit:
    """The weights in `states` (a checkpoint's dictionaries) for `network`, whose tensors may be on the meta device.

    `standard` is timm's configuration of its architecture. Averaged weights come before others, as timm chooses.
    With `headless` the classifier is left out.
    """
    wanted: State = network.state_dict()
    head = tuple(f"{each}." for each in _tuple(standard.classifier))
    body = {key for key in wanted if not key.startswith(head) and not key.endswith("num_batches_tracked")}
    places = [place for where, state in states.items() for place in _places(where, state, body)]
    most = max((each.matches for each in places), default=0)
    if most < len(body) / 2:
        return _under_other_names(states, wanted)
    best = [each for each in places if each.matches == most]
    place = next((each for each in best if each.averaged), best[0])
    inside = {key[len(place.prefix) :]: v for key, v in states[place.where].items() if key.startswith(place.prefix)}
    missing = [key for key in body if key not in inside]
    if not all(key.startswith(_around(standard)) for key in missing):
        return Fit(inside, None, None, ())
    copies = tuple(each.prefix for each in best if each.where == place.where)
    outside = {key: v for key, v in states[place.where].items() if not key.startswith(copies)}
    found = classifier_in(inside, outside, Wanted(wanted, head, network.num_features, headless))
    channels = _channels(inside, wanted, network, standard)
    return Fit(found.state, found.classes, channels, (*_choice(place, best), *found.remarks), found.own_head)


def _tuple(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _around(standard: Any) -> tuple[str, ...]:
    """What the names of the layers beside a classifier begin with, which some networks have only with it: "head."."""
    return tuple(f"{each.rpartition('.')[0]}." for each in _tuple(standard.classifier) if "." in each)


def _places(where: str, state: State, body: set[str]) -> list[_Place]:
    """Every prefix after which names of the network follow in this dictionary, with their number."""
    counts: Counter[str] = Counter()
    for key in state:
        at = 0
        while at >= 0:
            if key[at:] in body:
                counts[key[:at]] += 1
            at = key.find(".", at) + 1 or -1
    return [_Place(where, prefix, count) for prefix, count in counts.items()]


def _under_other_names(states: Mapping[str, State], wanted: State) -> Fit:
    """The largest dictionary, without the first words that all its names share and the network does not have."""
    place = max((_Place(where, "", len(state)) for where, state in states.items()), key=lambda each: each[2:])
    state, tops = states[place.where], {key.split(".")[0] for key in wanted}
    while len(first := {key.split(".")[0] for key in state}) == 1 and not first & tops and len(state) > 1:
        state = {key.partition(".")[2]: value for key, value in state.items()}
    return Fit(state, None, None, ())


def _choice(place: _Place, best: list[_Place]) -> Iterator[str]:
    if place.averaged:
        yield f"The averaged weights in the file ({place.name}) were opened, as timm chooses."
    elif len(best) > 1:
        yield f"The file holds {len(best)} networks of this kind; {place.name or 'the first'} was opened."


def _channels(state: State, wanted: State, network: Any, standard: Any) -> int | None:
    """The number of color channels that the first layer in the file takes."""
    ours = int((network.pretrained_cfg.get("input_size") or (3,))[0])
    for name in _tuple(standard.first_conv):
        there, here = state.get(f"{name}.weight"), wanted.get(f"{name}.weight")
        if there is not None and here is not None and there.ndim == here.ndim > 1 and there.shape[1]:
            return max(1, round(there.shape[1] * ours / here.shape[1]))
    return None
