"""A network in training: a copy with the right classifier and weights, of which some parts learn and others do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from timm.optim import create_optimizer_v2  # type: ignore[attr-defined]
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.optim import Optimizer

from vizlib.errors import NotShowable, VizError
from vizlib.layers import list_layers
from vizlib.models import Classifier, logits_of
from vizlib.models.devices import device_error
from vizlib.records import Preprocessing
from vizlib.training.heads import WithHead, head_paths, with_new_head
from vizlib.training.loading import Loading, load_partly, owners, within
from vizlib.training.settings import TuningSettings
from vizlib.training.untrained import randomize
from vizlib.weights import Stream

_DECAY = 0.01  # AdamW's usual one: the share of a weight that is lost, times the rate, at each step


@dataclass(frozen=True, eq=False)
class Trainee:
    """A network, and which parts of it learn.

    Attributes:
        network: on the source's device; nothing else uses it.
        how: how pictures are prepared for it.
        heads: the paths of its classifiers.
        learning: the modules that are in training mode while it learns.
        layers: the parameters that learn, by the path of their layer, in running order.
        said: what was loaded, in a sentence.
    """

    network: nn.Module
    how: Preprocessing
    heads: tuple[str, ...]
    learning: tuple[nn.Module, ...]
    layers: dict[str, list[nn.Parameter]]
    said: str

    def learns(self) -> None:
        """The modules that learn are in training mode, the others are not."""
        self.network.eval()
        for each in self.learning:
            each.training = True

    def logits(self, values: Tensor) -> Tensor:
        """From normalized input (N, C, H, W)."""
        answer: Tensor = logits_of(self.network(values))
        return answer

    def optimizer(self, settings: TuningSettings) -> Optimizer:
        """timm's, with one group of parameters for the classifier and one for what is below it."""
        top = {id(each) for path in self.heads for each in self.network.get_submodule(path).parameters()}
        learning = [each for layer in self.layers.values() for each in layer]
        head, body = ([each for each in learning if (id(each) in top) is wanted] for wanted in (True, False))
        groups = [(head, settings.rate), (body, settings.rate * settings.body_rate)]
        given = [{"params": parameters, "lr": rate} for parameters, rate in groups if parameters]
        made: Optimizer = create_optimizer_v2(given, opt=settings.optimizer, lr=settings.rate, weight_decay=_DECAY)
        return made


def trainee(model: Classifier, classes: Sequence[str], settings: TuningSettings) -> Trainee:
    """A copy of the model's network for these classes, with the weights and the parts that the settings ask for.

    Raises UnknownName for a layer that the model does not have, NotShowable for a network that cannot be trained so.
    """
    network = _copy(model, classes, settings.seed)
    heads = head_paths(network, model)
    how = replace(model.preprocessing, size=settings.pixels or model.input_size)
    _check_answer(network, model, how, len(classes))
    under = _under(network)
    layers = [f"{under}{each.path}" for each in list_layers(model)]
    layers += [path for path in heads if path not in layers]
    loading, said = _loaded(network, model, classes, layers, settings)
    chosen = {*heads, *_learning_layers(model, under, layers, loading, settings.what)}
    _let_learn(network, layers, chosen, settings)
    if settings.what == "head":
        network.eval()
        for path in heads:
            network.get_submodule(path).train()
    modules = tuple(each for each in network.modules() if each.training)
    return Trainee(network, how, tuple(heads), modules, _by_layer(network, layers), said)


def _under(network: nn.Module) -> str:
    """What comes before the paths of the model's layers."""
    return "body." if isinstance(network, WithHead) else ""


def _copy(model: Classifier, classes: Sequence[str], seed: int) -> nn.Module:
    """A copy of the network, with a new classifier unless it is for the same classes."""
    network = model.twin().network
    if list(classes) == model.class_names and model.outputs.single is None:
        return network
    with Stream(seed).lent():
        return with_new_head(network, model, len(classes)).to(model.device)


@torch.no_grad()
def _check_answer(network: nn.Module, model: Classifier, how: Preprocessing, classes: int) -> None:
    """Raises NotShowable if the network does not answer a gray picture with one logit per class."""
    size = f"{how.size[0]} x {how.size[1]} px"
    try:
        answer = logits_of(network.eval()(model.normalize(torch.full((1, 3, *how.size), 0.5))))
    except Exception as problem:  # whatever the network's own code raises
        known = device_error(problem, f"{model.name} with 1 picture of {size}", model.device)
        raise known or NotShowable(f"{model.name} takes no pictures of {size}.", "Leave the size out.") from problem
    if answer.shape != (1, classes):
        what = f"With a new classifier, {model.name} gives {tuple(answer.shape)} numbers for {classes} classes."
        raise NotShowable(what, "Give vizlib.wrap the network with a last linear layer that gives its logits.")


def _loaded(
    network: nn.Module, model: Classifier, classes: Sequence[str], layers: list[str], settings: TuningSettings
) -> tuple[Loading, str]:
    """Gives the network the weights that the settings ask for. Returns what was loaded, in sentences too."""
    load, under = settings.loads, _under(network)
    if load != "all":
        randomize(network, settings.seed)
    if load == "none":
        return Loading(()), "Nothing was loaded: all weights began at random."
    kind, path = load if isinstance(load, tuple) else ("", "")
    inside = _inside(model, under, layers, path) if path else []
    heads = head_paths(network, model) if list(classes) != model.class_names else []
    state = {f"{under}{name}": each for name, each in model.network.state_dict().items()}
    left_out = [f"{under}{path}"] if kind == "without" else []
    loading = load_partly(network, state, layers, layers[inside[-1]] if kind == "up to" else "", [*left_out, *heads])
    said = [str(loading), *(f"{each} began at random." for each in left_out), *_about_heads(model, heads)]
    return loading, " ".join(said)


def _about_heads(model: Classifier, new: list[str]) -> list[str]:
    if not new:
        return []
    there = f"the network was trained on {len(model.class_names)} other classes" if model.has_classes else "it had none"
    return [f"The classifier ({' and '.join(new)}) is new, because {there}."]


def _inside(model: Classifier, under: str, layers: list[str], path: str) -> list[int]:
    """The numbers of the layers at and inside a path. Raises UnknownName, or NotShowable where there are none."""
    model.module(path)
    found = [number for number, each in enumerate(layers) if within(each, f"{under}{path}")]
    if not found:
        raise NotShowable(f"{path} has no layers.", "Choose one of the layers that vizlib.list_layers names.")
    return found


def _learning_layers(model: Classifier, under: str, layers: list[str], loading: Loading, what: str) -> list[str]:
    """The layers that learn, besides the classifier."""
    if what in ("all", "scratch"):
        return layers
    if what == "rest":
        return [path for path in layers if path not in loading.loaded]
    return [] if what == "head" else layers[_inside(model, under, layers, what)[0] :]


def _let_learn(network: nn.Module, layers: list[str], chosen: set[str], settings: TuningSettings) -> None:
    """Lets the weights of the chosen layers learn, in training mode; the other layers are in eval mode."""
    owner = owners((name for name, _ in network.named_parameters()), layers)
    for name, each in network.named_parameters():
        each.requires_grad_(layers[owner[name]] in chosen)
    network.train()
    for path in layers:
        part = network.get_submodule(path)
        if not any(each.requires_grad for each in part.parameters()):
            part.eval()
    norms = [each for each in network.modules() if isinstance(each, _BatchNorm)]
    for norm in norms if settings.norms_frozen else ():
        norm.eval().requires_grad_(False)
    if settings.batch == 1 and any(each.training for each in norms):
        raise VizError("Batch normalization cannot learn from one picture at a time.", "Give a larger batch.")


def _by_layer(network: nn.Module, layers: list[str]) -> dict[str, list[nn.Parameter]]:
    """The parameters that learn, by the path of their layer, in running order."""
    owner = owners((name for name, _ in network.named_parameters()), layers)
    found: dict[str, list[nn.Parameter]] = {path: [] for path in layers}
    for name, each in network.named_parameters():
        found[layers[owner[name]]] += [each] * each.requires_grad
    return {path: each for path, each in found.items() if each}
