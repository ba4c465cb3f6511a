"""Networks and folders that the tests of weights write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import timm
import torch
from timm.models import save_for_hf

from vizlib.models import Classifier, load_model

State = dict[str, torch.Tensor]


def load(name: str, weights: str = "default", **arguments: Any) -> Classifier:
    return load_model(name, weights, "cpu", **arguments)


def birds(folder: Path, **changes: Any) -> Path:
    """A fine-tuned network of three classes as timm saves it, its config.json changed (None takes a key out)."""
    network = timm.create_model("test_resnet", num_classes=3)
    config = {"label_names": ["n1", "n2", "n3"], "label_descriptions": {"n1": "robin", "n2": "wren", "n3": "owl"}}
    save_for_hf(network, folder, model_config=config, safe_serialization=True)
    found = json.loads((folder / "config.json").read_text())
    changed = {key: each for key, each in (found | changes).items() if each is not None}
    (folder / "config.json").write_text(json.dumps(changed))
    return folder
