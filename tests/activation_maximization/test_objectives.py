"""The numbers behind each objective are checked against the network itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from vizlib import VizError, activations, list_layers, load_model, maximize
from vizlib.activation_maximization import Frame, Objective, channel, class_logit, direction, neuron, whole_layer
from vizlib.errors import UnknownName
from vizlib.models import Classifier
from vizlib.records import Unit


def rough(count: int, side: int = 32) -> Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0)) * 0.8 + 0.1


def first(model: Classifier, goal: Any, **more: Any) -> Frame:
    """The first frame, which holds the start and the network's answer to it."""
    side = more.pop("side", 16)
    goals = goal if isinstance(goal, list) else [goal]
    start = rough(len(goals), side).to(model.device)
    plain = {"transforms": "none", "parameterization": "pixels", "size": side, "start": start, **more}
    return next(maximize(model, goals, steps=2, **plain))


def score(model: Classifier, goal: Any, **more: Any) -> float:
    return float(first(model, goal, **more).scores[0])


def close(found: Tensor, wanted: Tensor, rtol: float = 1e-3, atol: float = 1e-4) -> None:
    torch.testing.assert_close(found.cpu(), wanted.detach().cpu(), rtol=rtol, atol=atol)


# Each kind of objective


def test_the_logit_of_a_class_on_a_linear_network_is_weights_times_pixels(linear: Classifier) -> None:
    frame = first(linear, class_logit(2))
    close(frame.scores, (linear.network.conv.weight[2] * frame.pixels).sum((1, 2, 3)))


@pytest.mark.parametrize("target", [0, 7, 13])
def test_a_class_logit_is_what_the_network_answers(scenes: Classifier, target: int) -> None:
    frame = first(scenes, class_logit(target), side=32)
    close(frame.scores, scenes(frame.pixels)[:, target])


def test_a_class_may_be_told_by_its_name(scenes: Classifier) -> None:
    name = scenes.class_names[5]
    assert score(scenes, class_logit(name), side=32) == score(scenes, class_logit(5), side=32)
    assert score(scenes, name, side=32) == score(scenes, 5, side=32) == score(scenes, class_logit(5), side=32)


def test_the_first_of_several_names_of_a_class_is_enough() -> None:
    model = imagenet()
    whole = model.class_names[1]
    assert whole.startswith("goldfish,")
    assert score(model, "goldfish") == score(model, whole) == score(model, 1)


@pytest.mark.parametrize("layer", ["layer2.0.conv1", "layer2.0.bn1", "layer2.1", "layer3", "layer1.0.act1"])
def test_a_channel_is_its_mean_over_all_positions(scenes: Classifier, layer: str) -> None:
    frame = first(scenes, channel(layer, 3), side=32)
    close(frame.scores, activations(scenes, frame.pixels, [layer])[layer][:, 3].mean((1, 2)))


def test_a_neuron_is_one_position_and_by_default_the_center(scenes: Classifier) -> None:
    frame = first(scenes, [neuron("layer1", 4), neuron("layer1", 4, (0, 5))], side=32)
    maps = activations(scenes, frame.pixels, ["layer1"])["layer1"]
    assert maps.shape[2:] == (8, 8)
    close(frame.scores, torch.stack([maps[0, 4, 4, 4], maps[1, 4, 0, 5]]))


def test_the_corner_of_the_grid_is_a_position_like_any_other(scenes: Classifier) -> None:
    frame = first(scenes, neuron("layer1", 4, (0, 0)), side=32)
    close(frame.scores, activations(scenes, frame.pixels, ["layer1"])["layer1"][:, 4, 0, 0])


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor])
def test_a_direction_is_an_inner_product_with_the_channels(scenes: Classifier, kind: Callable[..., Any]) -> None:
    vector = torch.randn(24, generator=torch.Generator().manual_seed(1)).tolist()
    frame = first(scenes, direction("layer1", kind(vector)), side=32)
    maps = activations(scenes, frame.pixels, ["layer1"])["layer1"].cpu()
    wanted = torch.stack([vector[index] * maps[0, index].mean() for index in range(24)]).sum()
    close(frame.scores, wanted[None])


def test_a_direction_along_one_axis_is_that_channel(scenes: Classifier) -> None:
    axis = [float(index == 9) for index in range(24)]
    assert score(scenes, direction("layer1", axis), side=32) == pytest.approx(
        score(scenes, channel("layer1", 9), side=32), rel=1e-5
    )


def test_a_whole_layer_is_the_mean_square_of_its_values(scenes: Classifier) -> None:
    frame = first(scenes, whole_layer("layer2"), side=32)
    close(frame.scores, activations(scenes, frame.pixels, ["layer2"])["layer2"].square().mean()[None])


def test_a_unit_is_its_channel_or_its_neuron(scenes: Classifier) -> None:
    assert score(scenes, Unit("layer2", 3), side=32) == score(scenes, channel("layer2", 3), side=32)
    assert score(scenes, Unit("layer2", 3, (1, 2)), side=32) == score(scenes, neuron("layer2", 3, (1, 2)), side=32)


# Negatives, sums and scales


def test_objectives_add_and_scale(scenes: Classifier) -> None:
    a, b = channel("layer2", 3), class_logit(6)
    one, other = score(scenes, a, side=32), score(scenes, b, side=32)
    for goal, wanted in [
        (-a, -one),
        (a + b, one + other),
        (a - b, one - other),
        (2.5 * a, 2.5 * one),
        (a * 2.5 + -0.5 * (b - a), 2.5 * one - 0.5 * (other - one)),
        (a + a, 2 * one),
    ]:
        assert score(scenes, goal, side=32) == pytest.approx(wanted, rel=1e-4, abs=1e-5), str(goal)


def test_the_gradient_of_a_sum_leads_up_in_both_terms(linear: Classifier) -> None:
    weights = linear.network.conv.weight
    plain = {"transforms": "none", "parameterization": "pixels", "learning_rate": 0.1, "tv": 0.0}
    *_, frame = maximize(linear, class_logit(0) - 2 * class_logit(1), steps=1, size=16, start="gray", **plain)
    assert torch.equal((frame.pixels - 0.5).sign()[0], (weights[0] - 2 * weights[1]).sign())


def test_an_objective_says_in_words_what_it_is() -> None:
    assert str(class_logit(3)) == "logit of class 3"
    assert str(channel("layer1", 4) - 0.5 * neuron("layer2", 1, (2, 3))) == (
        "layer1 channel 4 + -0.5 x layer2 neuron 1 at 2, 3"
    )
    assert str(whole_layer("conv")) == "conv, all channels"
    assert str(direction("conv", [1.0])) == "conv direction"


def test_equal_objectives_are_equal() -> None:
    assert channel("a", 1) == channel("a", 1) != channel("a", 2)
    assert len({channel("a", 1), channel("a", 1), direction("a", [1, 2]), direction("a", np.array([1.0, 2.0]))}) == 2
    assert channel("a", 1).layers == ["a"]
    assert class_logit(1).layers == []


# A batch


def test_a_list_of_all_kinds_gives_the_scores_of_one_by_one(scenes: Classifier) -> None:
    goals = [
        class_logit(3),
        channel("layer2", 1),
        neuron("layer1", 2, (1, 1)),
        -channel("layer2", 1),
        direction("layer3", [1.0] * 96),
        whole_layer("layer1"),
        class_logit("cat") + 3 * channel("layer1", 0) + neuron("layer1", 2),
        channel("layer2", 5),
    ]
    frame = first(scenes, goals, side=32)
    for row, goal in enumerate(goals):
        alone = next(
            maximize(
                scenes, goal, steps=2, start=frame.pixels[row : row + 1], size=32,
                transforms="none", parameterization="pixels",
            )
        )  # fmt: skip
        close(frame.scores[row : row + 1], alone.scores)


# Where channels are not the second axis


@cache
def imagenet(name: str = "test_resnet") -> Classifier:
    return load_model(name, weights="random", device="cpu")


@pytest.mark.parametrize(("name", "layout"), [("test_vit", "NLC"), ("test_convnext", "NHWC")])
def test_tokens_and_channels_last_are_read_like_maps(name: str, layout: str) -> None:
    model = imagenet(name)
    layers = [each for each in list_layers(model) if each.layout == layout and each.spatial]
    layer = layers[len(layers) // 2]
    _, height, width = layer.shape
    side = model.input_size[0]
    frame = first(model, [channel(layer.path, 3), neuron(layer.path, 3, (1, 2)), neuron(layer.path, 3)], side=side)
    maps = activations(model, frame.pixels, [layer.path])[layer.path][:, 3]
    close(frame.scores, torch.stack([maps[0].mean(), maps[1, 1, 2], maps[2, height // 2, width // 2]]))


def test_a_vector_has_channels_too(scenes: Classifier) -> None:
    frame = first(scenes, [channel("fc", 4), class_logit(4), neuron("fc", 4)], side=32)
    close(frame.scores, scenes(frame.pixels)[:, 4])


# What cannot be maximized


@pytest.mark.parametrize(
    ("goal", "kind", "words"),
    [
        (class_logit("catt"), UnknownName, "There is no class of .* called 'catt'. Did you mean cat"),
        (class_logit(14), UnknownName, "has no class 14. Choose one from 0 to 13"),
        (class_logit(-1), UnknownName, "has no class -1"),
        (class_logit(1.5), UnknownName, "has no class 1.5. Give a whole number"),  # type: ignore[arg-type]
        (channel("layr2", 0), UnknownName, "There is no layer in .* called 'layr2'. Did you mean layer2"),
        (channel("layer2", 48), UnknownName, "layer2 has no channel 48. Choose one from 0 to 47"),
        (channel("layer2", -1), UnknownName, "layer2 has no channel -1"),
        (channel("layer2", True), VizError, "layer2 has no channel True"),
        (neuron("layer2", 0, (4, 0)), UnknownName, "layer2 has no row 4. Choose one from 0 to 3"),
        (neuron("layer2", 0, (0, 4)), UnknownName, "layer2 has no column 4. Choose one from 0 to 3"),
        (neuron("layer2", 48, (0, 0)), UnknownName, "layer2 has no channel 48"),
        (neuron("layer2", 0, (1,)), VizError, "row.*column"),  # type: ignore[arg-type]
        (neuron("layer2", 0, 3), VizError, "row.*column"),  # type: ignore[arg-type]
        (direction("layer2", [1.0, 2.0]), VizError, "layer2 has 48 channels, and the direction has 2 numbers"),
        (float("inf") * channel("layer2", 0), VizError, "not a finite number"),
        (None, VizError, "The target is None. Give a class by its number or name, a Unit, an objective"),
        (True, VizError, "The target is True"),
        (1.5, VizError, "The target is 1.5"),
        ([], VizError, "There is nothing to maximize"),
    ],
)
def test_what_cannot_be_maximized_is_refused_at_once_with_a_remedy(
    scenes: Classifier, goal: Any, kind: type[VizError], words: str
) -> None:
    with pytest.raises(VizError) as refusal:
        maximize(scenes, goal, size=32)
    assert type(refusal.value) is kind
    assert re.search(words, str(refusal.value))
    assert refusal.value.sentence
    assert refusal.value.remedy


def test_one_wrong_objective_of_a_list_is_enough(scenes: Classifier) -> None:
    with pytest.raises(UnknownName, match="no channel 99"):
        maximize(scenes, [channel("layer2", 1), class_logit(0) + channel("layer2", 99)], size=32)


@pytest.mark.parametrize("vector", [[], [[1.0, 2.0]], [0.0, 0.0], [1.0, float("nan")], 3.0])
def test_a_direction_is_finite_numbers_and_not_all_zero(vector: Any) -> None:
    with pytest.raises(VizError, match=r"one finite number per channel.*not zero"):
        direction("layer2", vector)


def test_terms_stay_whole_in_a_sum() -> None:
    whole: Objective = class_logit(1) + channel("a", 2) + whole_layer("b")
    assert [each.kind for each in whole.terms] == ["logit", "channel", "layer"]
    assert whole.layers == ["a", "b"]
