"""Objectives that compare with given pictures, against straightforward formulas and answers that are known."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.networks import SIDE, plain
from vizlib import VizError, activations, load_model, maximize
from vizlib.activation_maximization import caricature, inversion, statistics
from vizlib.errors import UnknownName
from vizlib.layers import at_size, resolved, values_of
from vizlib.models import Classifier

LAYERS = ("layer1", "layer3.1")


class Whole(nn.Module):
    """A layer that keeps all of a picture, its colors mixed, and then logits of the means."""

    def __init__(self) -> None:
        super().__init__()
        self.num_classes, self.pretrained_cfg = 3, plain(SIDE, 3)
        self.conv = nn.Conv2d(3, 3, 1, bias=False)
        mixing = torch.tensor([[1.0, 0.4, 0.1], [0.2, 1.0, -0.3], [-0.1, 0.2, 1.0]])
        self.conv.weight.data = mixing[:, :, None, None]

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x).mean((2, 3))


def rough(count: int = 1, side: int = 32, seed: int = 0) -> Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def scenes() -> Classifier:
    return load_model("bundled/scenes", device="cpu")


@pytest.fixture(scope="module")
def whole() -> Classifier:
    return Classifier(Whole(), "whole", "cpu")


def lucid(here: Tensor, there: Tensor) -> Tensor:
    """Lucid's dot product times cosine, of one position after another, as its formula says: maps (C, H, W)."""
    found = []
    for row in range(here.shape[1]):
        for column in range(here.shape[2]):
            a, b = here[:, row, column], there[:, row, column]
            dot = sum(float(x) * float(y) for x, y in zip(a, b))
            lengths = (float((a * a).sum()) ** 0.5, float((b * b).sum()) ** 0.5)
            cosine = dot / (lengths[0] * lengths[1]) if all(lengths) else 0.0
            found.append(dot * max(0.1, cosine))
    return torch.tensor(sum(found) / len(found))


@pytest.mark.parametrize("layer", LAYERS)
def test_an_inversion_is_zero_at_the_picture_itself_and_minus_the_share_of_the_square_elsewhere(
    scenes: Classifier, layer: str
) -> None:
    picture, other = rough(seed=1), rough(seed=2)
    here, there = (activations(scenes, each, layer)[layer] for each in (other, picture))
    goal = inversion(layer, picture)
    assert abs(float(values_of(scenes, goal, picture))) < 1e-9
    wanted = -((here - there) ** 2).sum() / (there**2).sum()
    torch.testing.assert_close(values_of(scenes, goal, other)[0], wanted, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("layer", LAYERS)
def test_a_caricature_is_lucids_dot_product_times_cosine(scenes: Classifier, layer: str) -> None:
    picture, other = rough(seed=1), rough(seed=2)
    here, there = (activations(scenes, each, layer)[layer][0] for each in (other, picture))
    found = values_of(scenes, caricature(layer, picture), other)[0]
    torch.testing.assert_close(found, lucid(here, there), rtol=1e-4, atol=1e-6)


def test_twice_the_picture_is_twice_as_far_in_its_own_direction_where_the_layer_is_linear(whole: Classifier) -> None:
    picture = rough(side=SIDE) * 0.5
    goal = caricature("conv", picture)
    once, twice = values_of(whole, goal, picture), values_of(whole, goal, 2 * picture)
    torch.testing.assert_close(twice, 2 * once)
    torch.testing.assert_close(once[0], whole.network.conv(picture).square().sum(1).mean(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("layer", LAYERS)
def test_statistics_compare_sorted_values_with_the_mean_over_the_pictures(scenes: Classifier, layer: str) -> None:
    pictures, other = rough(3, seed=1), rough(seed=2)
    known, here = (activations(scenes, each, layer)[layer].flatten(2) for each in (pictures, other))
    wanted = torch.stack([each.sort(1).values for each in known]).mean(0)
    far = (here[0].sort(1).values - wanted).square().sum() / wanted.square().sum()
    torch.testing.assert_close(values_of(scenes, statistics([layer], pictures), other)[0], -far, rtol=1e-4, atol=1e-6)


def test_the_statistics_of_a_picture_are_its_own_wherever_its_parts_are(whole: Classifier) -> None:
    picture = rough(side=SIDE)
    moved = picture.flip(3).roll((3, 5), (2, 3))
    goal = statistics(["conv"], picture)
    assert float(values_of(whole, goal, picture)) == 0
    assert abs(float(values_of(whole, goal, moved))) < 1e-9
    assert float(values_of(whole, inversion("conv", picture), moved)) < -0.05


def test_statistics_of_several_layers_are_their_mean(scenes: Classifier) -> None:
    pictures, other = rough(2, seed=1), rough(2, seed=2)
    each = [values_of(scenes, statistics([layer], pictures), other) for layer in LAYERS]
    torch.testing.assert_close(values_of(scenes, statistics(LAYERS, pictures), other), torch.stack(each).mean(0))


def test_a_layer_that_keeps_everything_gives_the_picture_back(whole: Classifier) -> None:
    picture = rough(side=SIDE) * 0.8 + 0.1
    plainly = {"parameterization": "pixels", "tv": 0.0, "learning_rate": 0.05}
    *_, frame = maximize(whole, inversion("conv", picture), steps=80, **plainly)
    assert float((frame.pixels - picture).abs().mean()) < 0.03
    assert float(frame.scores[0]) > -0.005


def test_references_with_the_same_pixels_are_equal_and_keep_them_when_the_tensor_changes() -> None:
    picture = rough()
    goal, same, other = (
        inversion("layer1", picture),
        inversion("layer1", picture.clone()),
        inversion("layer1", 1 - picture),
    )
    assert (goal, hash(goal)) == (same, hash(same))
    assert goal != other
    assert goal.terms[0].reference.digest == same.terms[0].reference.digest
    assert goal != caricature("layer1", picture)
    picture.zero_()
    assert goal == same
    assert bool(goal.terms[0].reference.pixels.any())


def test_at_another_size_the_features_are_those_of_the_resized_picture(scenes: Classifier) -> None:
    picture = rough(side=64)
    goal = resolved(scenes, inversion("layer2", picture), (64, 64))
    moved = at_size(scenes, goal, (64, 64), (32, 32))
    assert [each.terms[0].reference.values.shape for each in (goal, moved)] == [(48, 8, 8), (48, 4, 4)]
    *_, frame = maximize(scenes, goal, steps=4, size=64, grow=True)
    assert frame.pixels.shape == (1, 3, 64, 64)


def test_a_batch_compares_each_picture_with_its_own(scenes: Classifier) -> None:
    pictures = rough(2, seed=3)
    goals = [inversion("layer1", pictures[:1]), inversion("layer1", pictures[1:]), caricature("layer2", pictures[:1])]
    start = torch.cat([pictures, pictures[:1]])
    plainly: dict[str, Any] = {"transforms": "none", "parameterization": "pixels", "size": 32, "start": start}
    frame = next(maximize(scenes, goals, steps=2, **plainly))
    assert (frame.scores[:2].abs() < 1e-4).all()
    torch.testing.assert_close(frame.scores[2:], values_of(scenes, goals[2], frame.pixels[2:]), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        (torch.zeros(3, 8, 8), "shape \\(3, 8, 8\\)"),
        (torch.zeros(2, 3, 8, 8), "shape \\(2, 3, 8, 8\\)"),
        (torch.zeros(1, 3, 8, 8, dtype=torch.int64), "shape"),
        ("cat.jpg", "is 'cat.jpg'"),
        (torch.full((1, 3, 8, 8), 2.0), "run from 2"),
    ],
)
def test_what_is_no_picture_is_told(pixels: Any, words: str) -> None:
    with pytest.raises(VizError, match=words):
        inversion("layer1", pixels)


def test_a_layer_that_is_not_there_is_told(scenes: Classifier) -> None:
    with pytest.raises(UnknownName, match="layer9"):
        resolved(scenes, caricature("layer9", rough()), (32, 32))
    with pytest.raises(VizError, match="one or more layers"):
        statistics([], rough())
