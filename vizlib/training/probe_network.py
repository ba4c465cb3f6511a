"""A linear probe as a network: the frozen body up to a layer, its pooled features, one linear layer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from vizlib.layers import to_maps
from vizlib.records import Layer
from vizlib.training.features import pooled
from vizlib.training.linear import Floats


class ProbeNetwork(nn.Module):
    """From a network's input to the decisions of a linear classifier on one layer's features.

    The body keeps its own layers: "layer2" there is "body.layer2" here. What comes after the layer never runs.
    """

    def __init__(
        self, body: nn.Module, layer: Layer, how: tuple[str, int | None, bool], weights: Floats, bias: Floats
    ) -> None:
        super().__init__()
        self.body, self.layer = body, layer
        self.pool, self.grid, self.unit_length = how
        self.head = nn.Linear(weights.shape[1], weights.shape[0])
        self.head.weight = nn.Parameter(torch.from_numpy(weights.copy()))
        self.head.bias = nn.Parameter(torch.from_numpy(bias.copy()))
        info: Any = getattr(body, "feature_info", None) or []
        self.feature_info = [{**each, "module": f"body.{each['module']}"} for each in getattr(info, "info", info)]

    def extra_repr(self) -> str:
        return f"{self.layer.path}, {self.pool}, {self.grid}, unit length {self.unit_length}"

    def forward(self, x: Tensor) -> Tensor:
        features = pooled(to_maps(self._output(x), self.layer), self.pool, self.grid)
        decisions: Tensor = self.head(normalize(features) if self.unit_length else features)
        return decisions

    def _output(self, x: Tensor) -> Tensor:
        """The layer's output; the pass ends there."""
        handle = self.body.get_submodule(self.layer.path).register_forward_hook(_reached)
        try:
            self.body(x)
        except _Reached as end:
            return end.output
        finally:
            handle.remove()
        raise RuntimeError(f"{self.layer.path} took no part in the pass")


def _reached(module: nn.Module, inputs: Any, output: Tensor) -> None:
    raise _Reached(output)


class _Reached(BaseException):
    """Ends a pass through the body with the layer's output."""

    def __init__(self, output: Tensor) -> None:
        super().__init__()
        self.output = output
