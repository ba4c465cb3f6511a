"""The same map by a public library: per saliency method, the call of each peer, and ours with the same settings.

Captum, pytorch-grad-cam and zennit are called as their documentation does, with a network of timm that takes pixels.
RISE has no library: its peer is the loop that its authors published, which makes all masks and all masked pictures
first and asks the network about a hundred at a time. Settings are chosen so that both do the same number of passes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import timm
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vizlib import saliency
from vizlib.layers import last_maps
from vizlib.models import Classifier
from vizlib.synthetic import draw_scene

SAMPLES = 50  # copies of SmoothGrad, steps of integrated gradients, samples of expected gradients
MASKS, CELLS, KEEP, AT_ONCE = 1000, 7, 0.5, 100  # of RISE
WINDOW, STRIDE = 32, 16  # of occlusion, px
REFERENCES = 20
Call = Callable[[], object]


class Saturating(nn.ReLU):
    """ReLU6 taken as a ReLU. Captum's guided rules find no other one, and without any they are the plain gradient."""

    def forward(self, given: Tensor) -> Tensor:
        return F.relu6(given, self.inplace)


class Normalized(nn.Module):
    """A network for peers that takes pixels, as ours does, with its ReLU6 as `Saturating`."""

    def __init__(self, classifier: Classifier, name: str, frozen: bool) -> None:
        super().__init__()
        self.network = timm.create_model(name).eval().requires_grad_(not frozen)
        self.network.load_state_dict(classifier.network.state_dict())
        for path, module in list(self.network.named_modules()):
            if isinstance(module, nn.ReLU6):
                self.network.set_submodule(path, Saturating(module.inplace))
        self.normalize = classifier.normalize

    def forward(self, pixels: Tensor) -> Tensor:
        return self.network(self.normalize(pixels))


@dataclass(frozen=True, eq=False)
class Asked:
    """What is asked: a map of these pixels for the target, and of a layer where the method reads one."""

    network: Normalized
    pixels: Tensor  # (1, 3, H, W), with gradients
    target: int
    layer: nn.Module


def references(size: tuple[int, int]) -> Tensor:
    """The pictures that expected gradients compares with, (20, 3, H, W)."""
    scenes = torch.stack([torch.from_numpy(draw_scene(seed).image) for seed in range(REFERENCES)])
    return F.interpolate(scenes.permute(0, 3, 1, 2) / 255, size=size, mode="bilinear")


def ours(classifier: Classifier, method: str, pixels: Tensor) -> Call:
    """Our call for the same map, with the same target."""
    target = int(classifier(pixels).argmax())
    settings: dict[str, dict[str, Any]] = {
        "smoothgrad": {"samples": SAMPLES},
        "integrated_gradients": {"steps": SAMPLES},
        "expected_gradients": {"samples": SAMPLES, "references": references((pixels.shape[2], pixels.shape[3]))},
        "occlusion": {"window": WINDOW, "stride": STRIDE},
        "rise": {"masks": MASKS, "cells": CELLS, "keep": KEEP},
    }
    return partial(saliency, classifier, pixels, method, target, **settings.get(method, {}))


def peers(classifier: Classifier, name: str, pixels: Tensor, frozen: bool = False) -> dict[str, dict[str, Call]]:
    """Per method, each peer's call for the same map."""
    network = Normalized(classifier, name, frozen)
    layer = network.network.get_submodule(last_maps(classifier).path)
    asked = Asked(network, pixels.clone().requires_grad_(), int(classifier(pixels).argmax()), layer)
    found: dict[str, dict[str, Call]] = {}
    for peer, methods in PEERS.items():
        for method, call in methods.items():
            found.setdefault(method, {})[peer] = partial(call, asked)
    return found


def _captum(kind: str, **more: Any) -> Callable[[Asked], object]:
    """A method of Captum's that takes the network alone."""

    def call(asked: Asked) -> object:
        from captum import attr

        return getattr(attr, kind)(asked.network).attribute(asked.pixels, target=asked.target, **more)

    return call


def _noise_tunnel(asked: Asked) -> object:
    from captum import attr

    tunnel = attr.NoiseTunnel(attr.Saliency(asked.network))
    more = {"nt_samples": SAMPLES, "stdevs": 0.15, "nt_type": "smoothgrad", "abs": False}
    return tunnel.attribute(asked.pixels, target=asked.target, **more)


def _captum_grad_cam(asked: Asked) -> object:
    from captum import attr

    coarse = attr.LayerGradCam(asked.network, asked.layer).attribute(asked.pixels, target=asked.target)
    return attr.LayerAttribution.interpolate(coarse, tuple(asked.pixels.shape[2:]), "bilinear")


def _captum_guided_grad_cam(asked: Asked) -> object:
    from captum import attr

    both = attr.GuidedGradCam(asked.network, asked.layer)
    return both.attribute(asked.pixels, target=asked.target, interpolate_mode="bilinear")


def _captum_occlusion(asked: Asked) -> object:
    windows = {"sliding_window_shapes": (3, WINDOW, WINDOW), "strides": (3, STRIDE, STRIDE), "baselines": 0.5}
    return _captum("Occlusion", perturbations_per_eval=8, **windows)(asked)


def _captum_gradient_shap(asked: Asked) -> object:
    baselines = references((asked.pixels.shape[2], asked.pixels.shape[3]))
    return _captum("GradientShap", baselines=baselines, n_samples=SAMPLES)(asked)


def _captum_integrated(asked: Asked) -> object:
    return _captum("IntegratedGradients", n_steps=SAMPLES)(asked)


def _cam(kind: str) -> Callable[[Asked], object]:
    """A method of pytorch-grad-cam."""

    def call(asked: Asked) -> object:
        import pytorch_grad_cam
        from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

        with getattr(pytorch_grad_cam, kind)(asked.network, [asked.layer]) as cam:
            return cam(input_tensor=asked.pixels, targets=[ClassifierOutputTarget(asked.target)])

    return call


def _finer_cam(asked: Asked) -> object:
    from pytorch_grad_cam import FinerCAM

    with FinerCAM(asked.network, [asked.layer]) as cam:
        return cam(input_tensor=asked.pixels, target_idx=asked.target, comparison_categories=[1])


def _zennit(asked: Asked) -> object:
    from zennit.canonizers import SequentialMergeBatchNorm
    from zennit.composites import EpsilonPlusFlat

    inputs = asked.network.normalize(asked.pixels.detach()).requires_grad_()
    with EpsilonPlusFlat(canonizers=[SequentialMergeBatchNorm()]).context(asked.network.network) as network:
        logits = network(inputs)
        start = F.one_hot(torch.tensor([asked.target]), logits.shape[1]) * logits.detach()
        (relevance,) = torch.autograd.grad(logits, inputs, start)
    return relevance.sum(1)


@torch.no_grad()
def _published_rise(asked: Asked) -> Tensor:
    size = asked.pixels.shape[2:]
    masks = _published_masks((size[0], size[1]))
    stack = masks * asked.network.normalize(asked.pixels)
    scores = [asked.network.network(stack[first : first + AT_ONCE]) for first in range(0, MASKS, AT_ONCE)]
    sums = torch.cat(scores)[:, asked.target] @ masks.view(MASKS, -1)
    return sums.view(size) / MASKS / KEEP


def _published_masks(size: tuple[int, int]) -> Tensor:
    """(MASKS, 1, H, W): random grids, enlarged and cut out at random places, as in the authors' code."""
    generator = torch.Generator().manual_seed(0)
    cells = [-(-side // CELLS) for side in size]
    large = [(CELLS + 1) * cell for cell in cells]
    masks = torch.empty(MASKS, 1, *size)
    for mask in masks:
        grid = (torch.rand(1, 1, CELLS, CELLS, generator=generator) < KEEP).float()
        top, left = (int(torch.randint(cell, (1,), generator=generator)) for cell in cells)
        whole = F.interpolate(grid, size=large, mode="bilinear", align_corners=False)[0]
        mask.copy_(whole[:, top : top + size[0], left : left + size[1]])
    return masks


PEERS: dict[str, dict[str, Callable[[Asked], object]]] = {
    "Captum": {
        "gradient": _captum("Saliency"),
        "gradient_x_input": _captum("InputXGradient"),
        "guided": _captum("GuidedBackprop"),
        "deconvnet": _captum("Deconvolution"),
        "smoothgrad": _noise_tunnel,
        "integrated_gradients": _captum_integrated,
        "expected_gradients": _captum_gradient_shap,
        "grad_cam": _captum_grad_cam,
        "guided_grad_cam": _captum_guided_grad_cam,
        "occlusion": _captum_occlusion,
    },
    "pytorch-grad-cam": {
        "grad_cam": _cam("GradCAM"),
        "grad_cam_pp": _cam("GradCAMPlusPlus"),
        "layer_cam": _cam("LayerCAM"),
        "hires_cam": _cam("HiResCAM"),
        "score_cam": _cam("ScoreCAM"),
        "finer_cam": _finer_cam,
    },
    "loop as published": {"rise": _published_rise},
    "zennit": {"lrp": _zennit},
}
