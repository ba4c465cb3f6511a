"""Networks whose answers are known, and a picture with its fooled twin. Tests must leave the networks unchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from tests.networks import Linear, seeded, unchanged
from vizlib.models import Classifier, load_model
from vizlib.render import to_image
from vizlib.synthetic import HELD_OUT_SEED, draw_scene


class Twin:
    """A picture, and one that looks the same but is classified otherwise."""

    def __init__(self, model: Classifier) -> None:
        self.original: Any = draw_scene(HELD_OUT_SEED).image
        self.origin = model.prepare(self.original)
        self.label = int(model(self.origin).argmax())
        self.target = (self.label + 3) % len(model.class_names)
        pixels = self.origin
        for _ in range(30):
            pixels = pixels.detach().requires_grad_()
            (ascent,) = torch.autograd.grad(model(pixels).log_softmax(1)[0, self.target], pixels)
            step = (pixels + ascent.sign() / 255 - self.origin).clamp(-6 / 255, 6 / 255)
            pixels = (self.origin + step).clamp(0, 1)
            if int(model(pixels).argmax()) == self.target:
                break
        self.fooled = to_image(pixels)[0]
        self.pixels = model.prepare(self.fooled)
        assert int(model(self.pixels).argmax()) == self.target


@pytest.fixture(scope="session")
def linear(device: str) -> Classifier:
    return seeded(Linear, device)


@pytest.fixture(scope="session")
def scenes(device: str) -> Classifier:
    return load_model("bundled/scenes", device=device)


@pytest.fixture(scope="session")
def digits(device: str) -> Classifier:
    return load_model("bundled/digits", device=device)


@pytest.fixture(scope="session")
def twin(scenes: Classifier) -> Twin:
    return Twin(scenes)


@pytest.fixture(scope="session")
def picture() -> Image.Image:
    """A colorful picture, 61 x 45 px."""
    return Image.fromarray(np.random.default_rng(5).integers(0, 256, (45, 61, 3), dtype=np.uint8))


@pytest.fixture(autouse=True)
def nothing_left_behind(
    linear: Classifier, scenes: Classifier, traces: Callable[[Classifier], list[str]]
) -> Iterator[None]:
    """Checks after every test: no hook, gradient or lock is left, and the global random state is the same."""
    before = torch.get_rng_state(), np.random.get_state()[1].copy()  # type: ignore[index,union-attr]
    with unchanged(traces, linear, scenes):
        yield
    assert torch.equal(before[0], torch.get_rng_state())
    assert np.array_equal(before[1], np.random.get_state()[1])  # type: ignore[index]
