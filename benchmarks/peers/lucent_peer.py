"""torch-lucent 0.1.8 unchanged: with its own parameterization, transforms, enlarging, optimizer and hooks.

lucent hooks every module for each picture and never removes a hook. It computes the whole pass, and the gradients of
all parameters that require one. It works on cuda:0 where there is one; CUDA_VISIBLE_DEVICES= keeps it on the CPU.
"""

from __future__ import annotations

import copy
import warnings
from importlib import import_module
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from vizlib.models import Classifier

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # lucent assumes these for every network


def lucent(room: str) -> Any:
    """One of lucent's modules, without the warnings of its old dependencies."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return import_module(f"lucent.optvis.{room}")


def channel(layer: str, index: int) -> Any:
    """lucent's objective; a layer is called by its path with underscores."""
    return lucent("objectives").channel(layer, index)


def peer_network(classifier: Classifier) -> nn.Module:
    """The same network as in lucent's manual: in eval mode, on lucent's device, with trainable parameters."""
    mean, std = classifier.preprocessing.mean, classifier.preprocessing.std
    network: nn.Module = copy.deepcopy(classifier.network).requires_grad_(True).eval()
    if (mean, std) != (MEAN, STD):
        network.register_forward_pre_hook(_renormalized(mean, std))
    return network.to("cuda:0" if torch.cuda.is_available() else "cpu")


def render(network: nn.Module, objective: Any, steps: int) -> Tensor:
    """One picture (1, 3, 128, 128) in [0, 1] by lucent's `render_vis`; an objective is lucent's, or "layer:channel"."""
    (image,) = lucent("render").render_vis(network, objective, thresholds=(steps,), show_image=False, progress=False)
    return torch.from_numpy(image).permute(0, 3, 1, 2)


def picture(network: nn.Module, target: int, steps: int, seed: int) -> Tensor:
    """A class's picture (1, 3, 224, 224), enlarged as lucent enlarges it for the network."""
    torch.manual_seed(seed)
    np.random.seed(seed)  # lucent's transforms draw from numpy's global generator
    small = render(network, f"labels:{target}", steps)
    return interpolate(small, size=(224, 224), mode="bilinear", align_corners=True)


def _renormalized(mean: tuple[float, ...], std: tuple[float, ...]) -> Any:
    """A hook that undoes lucent's normalization and does the network's own."""
    shape = (1, -1, 1, 1)
    old, new = [[torch.tensor(each).view(shape) for each in pair] for pair in ((MEAN, STD), (mean, std))]

    def hook(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        (given,) = inputs
        pixels = given * old[1].to(given) + old[0].to(given)
        return ((pixels - new[0].to(given)) / new[1].to(given),)

    return hook
