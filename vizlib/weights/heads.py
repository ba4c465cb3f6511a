"""The classifier among a file's weights: where it is, how many classes it has, and whether the network can have it."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from vizlib.weights.checkpoint import State

_NO_CLASSIFIER = "The file holds no classifier, so the network opens without classes."


@dataclass(frozen=True)
class Wanted:
    """What a network expects."""

    weights: State
    head: tuple[str, ...]  # what the names of its classifiers begin with: "fc."
    features: int  # that go into its classifier
    headless: bool  # whether it is to open without one

    @property
    def of_the_head(self) -> list[str]:
        return [key for key in self.weights if key.startswith(self.head)]

    def takes(self, key: str) -> bool:
        """Whether a weight of this name belongs to it, or to a larger network of its kind."""
        return key.split(".")[0] in {each.split(".")[0] for each in self.weights} or key.startswith(self.head)


@dataclass(frozen=True)
class Found:
    """The weights with those of the classifier under the network's names."""

    state: State
    classes: int
    remarks: list[str] = field(default_factory=list)
    own_head: str = ""


def classifier_in(inside: State, outside: State, wanted: Wanted) -> Found:
    """The weights of the network (`inside`) with its classifier, which may be among them or `outside`."""
    ours = {key: each for key, each in inside.items() if key in wanted.weights or wanted.takes(key)}
    rest = {key: each for key, each in {**inside, **outside}.items() if key not in ours}
    body = {key: each for key, each in ours.items() if not key.startswith(wanted.head)}
    if wanted.headless:
        return Found(body, 0)
    weight = f"{wanted.head[0]}weight" if wanted.head else ""
    if weight in inside:
        return Found(ours, len(inside[weight]), _left_out(rest))
    loose = {key: each for key, each in {**ours, **rest}.items() if key not in body and key not in wanted.weights}
    return _renamed(body, loose, wanted, weight)


def _renamed(body: State, loose: State, wanted: Wanted, weight: str) -> Found:
    """The classifier under a name of its own among the `loose` weights."""
    linear = {key: each for key, each in loose.items() if key.endswith(".weight") and _is_linear(each)}
    model = wanted.weights.get(weight)
    features = model.flatten(1).shape[1] if model is not None else wanted.features
    first = [key for key, each in linear.items() if each.shape[1] == features]
    if not first:
        return Found(body, 0, [_NO_CLASSIFIER, *_left_out(loose)])
    module = first[0].removesuffix(".weight")
    parent = module.rpartition(".")[0]
    beside = [key for key in loose if parent and key.startswith(f"{parent}.") and not key.startswith(f"{module}.")]
    chain = _chain(first[0], linear)
    if len(first) > 1 or len(chain) > 1 or beside or len(wanted.head) != 1:
        return Found(body, 0, own_head=_described(first, chain, beside, linear))
    found = {weight: linear[first[0]], f"{wanted.head[0]}bias": loose.get(f"{module}.bias")}
    if model is not None:
        found[weight] = linear[first[0]].reshape(-1, *model.shape[1:])
    if found[f"{wanted.head[0]}bias"] is None:
        found[f"{wanted.head[0]}bias"] = torch.zeros(len(linear[first[0]]))  # a layer without a bias
    left = {key: each for key, each in loose.items() if not key.startswith(f"{module}.")}
    remark = f"The classifier is called {module} in the file."
    state = {**body, **{key: each for key, each in found.items() if each is not None}}
    return Found(state, len(linear[first[0]]), [remark, *_left_out(left)])


def _is_linear(weight: torch.Tensor) -> bool:
    return weight.ndim in (2, 4) and weight.numel() == weight.shape[0] * weight.shape[1] > 0


def _chain(key: str, linear: State) -> list[str]:
    """The layers that can follow each other from this one on: each takes what the one before gives."""
    chain = [key]
    while following := [
        each for each in linear if each not in chain and linear[each].shape[1] == linear[chain[-1]].shape[0]
    ]:
        chain.append(following[0])
    return chain


def _described(first: list[str], chain: list[str], beside: list[str], linear: State) -> str:
    """A head that is more than one linear layer, in words."""
    if len(first) > 1:
        heads = [f"{each.removesuffix('.weight')} with {len(linear[each])} classes" for each in first[:3]]
        return f"several heads ({', '.join(heads)})"
    modules = dict.fromkeys(each.rpartition(".")[0] for each in (*beside, *chain))
    return f"a head of several layers ({', '.join(sorted(modules)[:5])}) with {len(linear[chain[-1]])} classes"


def _left_out(rest: State) -> list[str]:
    tops = sorted({key.split(".")[0] for key in rest})
    more = " and more" if len(tops) > 3 else ""
    return [f"Other weights in the file were left out: {', '.join(tops[:3])}{more}."] if tops else []
