"""DeepDream against a straightforward loop, its sizes, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from vizlib import VizError, channel, last, load_model
from vizlib.activation_maximization import deep_dream
from vizlib.activation_maximization.deep_dream import octave_sizes
from vizlib.models import Classifier


def rough(count: int = 1, side: int = 48) -> Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0)) * 0.6 + 0.2


@pytest.fixture(scope="module")
def network() -> Classifier:
    return load_model("bundled/scenes", device="cpu")


def textbook(model: Classifier, picture: Tensor, octaves: int, scale: float, steps: int, rate: float) -> Tensor:
    """Mordvintsev's loop as he describes it, without jitter, on a network of its own pass."""
    at = dict(model.network.named_modules())["layer2"]
    kept: list[Tensor] = []
    handle = at.register_forward_hook(lambda module, given, output: kept.append(output))
    side, detail = picture.shape[2], torch.zeros(1, 3, 1, 1)
    try:
        for octave in range(octaves):
            now = round(side / scale ** (octaves - 1 - octave))
            base = picture if now == side else scaled(picture, now).clamp(0, 1)
            image = (base + scaled(detail.expand(1, 3, *detail.shape[2:]), now)).clamp(0, 1)
            for _ in range(steps):
                image = image.detach().requires_grad_()
                model.network(model.normalize(image))
                (gradient,) = torch.autograd.grad((kept.pop() ** 2).mean(), image)
                image = (image + rate / 255 * gradient / gradient.abs().mean()).clamp(0, 1).detach()
            detail = image - base
    finally:
        handle.remove()
    return image


def scaled(picture: Tensor, side: int) -> Tensor:
    return interpolate(picture, size=(side, side), mode="bicubic", antialias=True, align_corners=False)


def test_its_steps_are_those_of_the_textbook(network: Classifier) -> None:
    picture = rough()
    frame = last(deep_dream(network, picture, "layer2", octaves=2, scale=1.5, steps=3, jitter=0.0, size=48))
    wanted = textbook(network, picture, 2, 1.5, 3, 1.5)
    assert float((frame.pixels - wanted).abs().max()) < 1e-4
    assert float((frame.pixels - picture).abs().mean()) > 0.01, "the picture has changed"


def test_the_sizes_grow_by_the_scale_and_end_at_the_picture() -> None:
    assert octave_sizes((128, 96), 3, 2.0) == [(32, 24), (64, 48), (128, 96)]
    assert octave_sizes((40, 40), 4, 2.0) == [(16, 16), (16, 16), (20, 20), (40, 40)]


def test_every_frame_has_the_full_size_and_the_layer_responds_more_and_more(network: Classifier) -> None:
    frames = list(deep_dream(network, rough(), "layer2", octaves=2, steps=4, size=48, rate=4.0))
    assert [(each.step, each.total) for each in frames] == [(step, 8) for step in range(1, 9)]
    assert {tuple(each.pixels.shape) for each in frames} == {(1, 3, 48, 48)}
    assert float(frames[-1].scores[0]) > 1.5 * float(frames[4].scores[0])


def test_a_seed_makes_the_same_dream_again_and_another_one_rolls_otherwise(network: Classifier) -> None:
    one, same, other = (
        last(deep_dream(network, rough(), "layer2", octaves=1, steps=3, size=48, seed=seed, jitter=0.2)).pixels
        for seed in (1, 1, 2)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_a_batch_and_another_objective_dream_too(network: Classifier) -> None:
    frame = last(deep_dream(network, rough(2), channel("layer3", 5), octaves=1, steps=2, size=48))
    assert frame.pixels.shape == (2, 3, 48, 48)
    assert frame.scores.shape == (2,)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"octaves": 0}, "octaves"),
        ({"scale": 9.0}, "scale"),
        ({"rate": -1.0}, "rate"),
        ({"picture": "noise"}, "picture"),
    ],
)
def test_what_it_cannot_do_is_told_at_once(network: Classifier, more: dict[str, Any], words: str) -> None:
    given = {"picture": rough(), **more}
    with pytest.raises(VizError, match=f"(?i){words}"):
        deep_dream(network, given.pop("picture"), "layer2", **given)
