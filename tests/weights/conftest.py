"""A folder that VIZLIB_WEIGHTS names, and weights for it."""

from __future__ import annotations

from pathlib import Path

import pytest
import timm
import torch

from tests.weights.made import State
from vizlib.weights import build, find


@pytest.fixture(scope="session")
def state() -> State:
    """Weights that no other test uses, for ImageNet's 1000 classes."""
    return dict(build(find("test_resnet", "random"), seed=77).network.state_dict())


@pytest.fixture(scope="session")
def five() -> State:
    """Weights for five classes."""
    with torch.random.fork_rng():
        torch.manual_seed(78)
        return dict(timm.create_model("test_resnet", num_classes=5).state_dict())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that VIZLIB_WEIGHTS names."""
    (tmp_path / "weights").mkdir()
    monkeypatch.setenv("VIZLIB_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights"
