"""The verdict is the network's answer to exactly the file that a person would save."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vizlib import load_model, open_picture, to_image, to_pixels
from vizlib.activation_maximization.verdict import class_verdict
from vizlib.models import Classifier
from vizlib.pictures import encode_png


@pytest.fixture(scope="module")
def scenes() -> Classifier:
    return load_model("bundled/scenes")


@pytest.fixture(scope="module")
def pixels() -> torch.Tensor:
    return torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(0))


def test_each_reading_is_the_networks_own(scenes: Classifier, pixels: torch.Tensor) -> None:
    readings = {each.what: each for each in class_verdict(scenes, pixels, 3)}
    image = to_image(pixels)[0]
    states = {
        "as optimized": pixels,
        "rounded to 8 bits": torch.tensor(image).permute(2, 0, 1)[None] / 255,
        "shifted by 5 px": pixels.roll((5, 5), (2, 3)),
        "saved and opened again": to_pixels(open_picture(encode_png(image)), scenes),
    }
    assert list(readings) == list(states)
    for what, state in states.items():
        logits = scenes(state)[0]
        assert readings[what].logit == pytest.approx(float(logits[3]), abs=1e-4)
        assert readings[what].probability == pytest.approx(float(logits.softmax(0)[3]), abs=1e-5)
        assert readings[what].rank == sorted(logits.tolist(), reverse=True).index(float(logits[3])) + 1


def test_other_networks_are_asked_for_the_class_of_the_same_name(scenes: Classifier, pixels: torch.Tensor) -> None:
    others = [load_model("bundled/sheep_or_goat"), load_model("bundled/digits"), load_model("bundled/scenes_vgg")]
    goat = scenes.class_names.index("goat")
    readings = class_verdict(scenes, pixels, goat, others)
    assert [each.what for each in readings[4:]] == ["on bundled/sheep_or_goat", "on bundled/scenes_vgg"]
    saved = open_picture(encode_png(to_image(pixels)[0]))
    assert readings[4].logit == pytest.approx(float(others[0](to_pixels(saved, others[0]))[0, 1]), abs=1e-4)


@pytest.mark.slow
def test_ranks_count_from_one(scenes: Classifier, pixels: torch.Tensor) -> None:
    ranks = [class_verdict(scenes, pixels, target)[0].rank for target in range(len(scenes.class_names))]
    assert sorted(ranks) == list(np.arange(14) + 1)
