"""An average of the generator's weights over the last steps, which makes better pictures than those of one step."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

_EARLY = 10  # steps: before about nine times as many, the average reaches less far back


def averaged(network: nn.Module, share: float) -> AveragedModel:
    """The average, in eval mode; it keeps this share of itself at each step, and the statistics are averaged too."""
    found = AveragedModel(network, multi_avg_fn=partial(_update, share), use_buffers=True)
    found.eval()
    return found


@torch.no_grad()
def _update(share: float, averages: Sequence[Tensor], present: Sequence[Tensor], count: Tensor | int) -> None:
    done = int(count)
    kept = min(share, (1 + done) / (_EARLY + done))
    for old, new in zip(averages, present, strict=True):
        if old.is_floating_point():
            old.lerp_(new, 1 - kept)
        else:
            old.copy_(new)
