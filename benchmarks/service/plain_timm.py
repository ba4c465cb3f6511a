"""What a script does that is written with timm and Pillow alone: the measure of `filterscope classify`.

python benchmarks/service/plain_timm.py ARCHITECTURE CHECKPOINT BATCH FILE ...
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import timm
import torch
from PIL import Image
from timm.data.config import resolve_model_data_config
from timm.data.transforms_factory import create_transform


def opened(architecture: str, checkpoint: str, device: str = "cpu") -> Any:
    """The network in evaluation mode."""
    return timm.create_model(architecture, checkpoint_path=checkpoint).eval().to(device)


def classified(network: Any, paths: Sequence[str], batch: int, device: str = "cpu") -> Iterator[str]:
    """For each picture a line of JSON with the five best classes: open, transform, stack, pass, sort."""
    transform = create_transform(**resolve_model_data_config(network), is_training=False)
    with torch.inference_mode():
        for first in range(0, len(paths), batch):
            some = paths[first : first + batch]
            pixels = torch.stack([transform(Image.open(each).convert("RGB")) for each in some])
            best = network(pixels.to(device)).softmax(1).topk(5)
            for path, shares, classes in zip(some, best.values.tolist(), best.indices.tolist(), strict=True):
                yield json.dumps({"picture": path, "classes": classes, "probabilities": shares})


if __name__ == "__main__":
    architecture, checkpoint, batch, *files = sys.argv[1:]
    for line in classified(opened(architecture, checkpoint), files, int(batch)):
        print(line)
