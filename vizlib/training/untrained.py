"""The control of every comparison of features: the same architecture with random weights."""

from __future__ import annotations

import torch
from torch import nn

from vizlib.models import Classifier, in_own_context


@in_own_context
def untrained(model: Classifier, seed: int = 0) -> Classifier:
    """A copy of the network with random weights: what its architecture alone does, before any training.

    One rule for every network: each weight of a convolution or linear layer is drawn from a normal distribution of
    variance 1 / fan-in, with which the activations of no architecture grow until ReLU6 cuts them off; other tables have
    a standard deviation of 0.02. Scales are 1, shifts and running means 0, running variances 1. Scales that training
    starts at zero, so that each residual block passes its input through (timm's `zero_init_last`), are 1 too: such
    blocks would have the features of the block before.
    """
    twin = model.twin()
    randomize(twin.network, seed, gain=1.0)
    return Classifier(
        twin.network,
        f"{model.name}, random weights",
        model.device,
        preprocessing=model.preprocessing,
        reading=(model.outputs, list(model.class_names)),
    )


@torch.no_grad()
def randomize(network: nn.Module, seed: int, gain: float = 2.0) -> None:
    """Gives all weights of a network random values, as `untrained` says, with variance gain / fan-in.

    A gain of 2 keeps the size of activations through ReLU (He et al. 2015), as a training from scratch wants it.
    """
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        for name, weight in [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]:
            if weight.is_floating_point():
                _draw(module, name, weight, gain, generator)


def _draw(module: nn.Module, name: str, weight: torch.Tensor, gain: float, generator: torch.Generator) -> None:
    if weight.ndim > 1 and isinstance(weight, nn.Parameter):
        applied = name == "weight" and hasattr(module, "bias")  # of a convolution or a linear layer
        deviation = (gain / weight[0].numel()) ** 0.5 if applied else 0.02
        weight.copy_(torch.randn(weight.shape, generator=generator) * deviation)
    elif isinstance(weight, nn.Parameter):
        weight.fill_(0.0 if "bias" in name else 1.0)
    elif name in ("running_mean", "running_var"):
        weight.fill_(float(name == "running_var"))
