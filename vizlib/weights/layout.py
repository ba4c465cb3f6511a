"""A network as the files of timm's own layout, which `VIZLIB_WEIGHTS` and `timm.create_model("local-dir:...")` open."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors.torch import save
from torch import nn

from vizlib.records import Preprocessing

CONFIG, WEIGHTS, CARD = "config.json", "model.safetensors", "card.md"


def in_timms_layout(
    network: nn.Module,
    architecture: str,
    model_args: Mapping[str, Any],
    how: Preprocessing,
    names: Sequence[str],
    card: str,
) -> dict[str, bytes]:
    """The content of config.json, model.safetensors and card.md, by name.

    architecture, model_args: what timm.create_model takes to build it. names: of the classes. card: Markdown.
    Raises TypeError or ValueError for arguments that are no data.
    """
    known: Any = getattr(network, "pretrained_cfg", None) or {}
    config = {
        "architecture": architecture,
        "num_classes": len(names),
        "num_features": network.num_features,
        "model_args": dict(model_args),
        "pretrained_cfg": {
            "input_size": (how.channels, *how.size),
            "interpolation": how.interpolation,
            "crop_pct": how.crop,
            "crop_mode": how.crop_mode,
            "mean": how.mean,
            "std": how.std,
            "num_classes": len(names),
            "pool_size": None,
            "first_conv": known.get("first_conv"),
            "classifier": known.get("classifier"),
            "label_names": list(names),
        },
    }
    weights = {key: value.detach().cpu().contiguous() for key, value in network.state_dict().items()}
    return {CONFIG: f"{json.dumps(config, indent=2)}\n".encode(), WEIGHTS: save(weights), CARD: card.encode()}


def write(files: Mapping[str, bytes], folder: Path) -> None:
    """Writes the files into the folder, each beside its place and then moved there, so that none is ever half there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as file:
            try:
                file.write(content)
                file.close()
                os.replace(file.name, folder / name)
            except BaseException:
                file.close()
                Path(file.name).unlink(missing_ok=True)
                raise
