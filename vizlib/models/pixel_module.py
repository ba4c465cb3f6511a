"""A network as an ordinary module from pixels to logits, for libraries that know nothing of this engine."""

from __future__ import annotations

from contextlib import suppress

import torch
from torch import Tensor, nn

from vizlib.models._foreign import copied
from vizlib.models.outputs import Outputs, logits_of
from vizlib.models.preprocessing import Normalize


class PixelModule(nn.Module):
    """Pixels (N, 3, H, W) to logits (N, K). The network's own layers are inside `network`: `module.network.layer4`.

    It has neither a lock nor checks, so that it can be traced, exported, hooked and changed.
    """

    def __init__(self, network: nn.Module, normalize: Normalize, outputs: Outputs) -> None:
        super().__init__()
        self.normalize, self.network, self.outputs = copied(normalize), copied(network), outputs
        for each in self.network.modules():
            if getattr(each, "inplace", False) is True:  # hooks for gradients need outputs that nobody overwrites
                each.inplace = False  # type: ignore[assignment]
        self.eval()

    def forward(self, pixels: Tensor) -> Tensor:
        values = self.normalize(pixels)
        if torch.is_grad_enabled() and not (values.requires_grad or torch.compiler.is_compiling()):
            with suppress(RuntimeError):  # within torch.func, which gives gradients in its own way
                values.requires_grad_()  # the weights are frozen, so without this no layer would have a gradient
        return self.outputs.widened(logits_of(self.network(values)))
