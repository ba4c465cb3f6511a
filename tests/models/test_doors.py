"""What comes in through the doors: pixels in [0, 1] only, one picture or several, layers by path or as listed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

import vizlib
from tests.networks import SIDE, InPlace, Linear, seeded
from vizlib.activation_maximization import channel, direction, neuron, tile_size, whole_layer
from vizlib.errors import PictureError, VizError
from vizlib.fooling import perturb
from vizlib.layers import find_layer, pyramid
from vizlib.models import Classifier, check_range, to_pixels
from vizlib.models.batches import at_most
from vizlib.records import Unit
from vizlib.units import DrawnScenes, search

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def model() -> Classifier:
    return seeded(InPlace, "cpu")


@pytest.fixture(scope="module")
def linear() -> Classifier:
    return seeded(Linear, "cpu")


def pixels(count: int = 2, side: int = SIDE) -> Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0))


def levels(count: int = 2) -> Tensor:
    return pixels(count).mul(255).round() / 255


def images(count: int = 3) -> list[Any]:
    """Pictures of the network's own size as three kinds of things."""
    arrays = list(vizlib.to_image(levels(count)))
    file = BytesIO()
    Image.fromarray(arrays[0]).save(file, "PNG")
    return [file.getvalue(), Image.fromarray(arrays[1]), *arrays[2:]]


# The range of pixels

DOORS: dict[str, Callable[[Classifier, Tensor], Any]] = {
    "model": lambda model, given: model(given),
    "predict": lambda model, given: model.predict(given),
    "top": lambda model, given: model.top(given),
    "a list": lambda model, given: model.predict([given]),
    "tap": lambda model, given: tapped(model, given),
    "activations": lambda model, given: vizlib.activations(model, given, "conv1"),
    "pyramid": lambda model, given: pyramid(model, given),
    "saliency": lambda model, given: vizlib.saliency(model, given),
    "fool": lambda model, given: vizlib.fool(model, given, 1),
    "perturb": lambda model, given: perturb(model, given, None),
    "sweep": lambda model, given: list(vizlib.sweep(model, given)),
    "maximize": lambda model, given: list(vizlib.maximize(model, 1, steps=1, start=given)),
}
WRONG: dict[str, tuple[Tensor, str]] = {
    "normalized": (pixels(1) / 0.225 - 2.1, "as if they were already normalized"),
    "from -1 to 1": (pixels(1) * 2 - 1, r"as if they were scaled to \[-1, 1\] or already normalized"),
    "levels": (pixels(1) * 255, "as if they were levels from 0 to 255"),
    "a little": (pixels(1) * 1.2, "not from 0 to 1"),
    "huge": (torch.full((1, 3, SIDE, SIDE), 3e38), "not from 0 to 1"),
    "not a number": (pixels(1) * float("nan"), "not finite"),
}


def tapped(model: Classifier, given: Tensor) -> None:
    with model.tap("conv1") as seen:
        seen.run(given)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("door", DOORS)
def test_what_is_no_pixels_by_its_range_is_refused_at_every_door(model: Classifier, door: str, wrong: str) -> None:
    given, says = WRONG[wrong]
    says = "not finite|reach from" if door == "sweep" else says  # a sweep takes images, which say it in their own way
    with pytest.raises(VizError, match=says) as caught:
        DOORS[door](model, given)
    assert caught.value.remedy


def test_the_sentence_says_the_range_and_the_remedies_work() -> None:
    wrong = torch.tensor([-2.118, 2.64]).repeat(3 * 8).view(1, 3, 4, 4)
    with pytest.raises(VizError, match=r"^The pixels run from -2\.118 to 2\.64, as if they were already normalized\."):
        check_range(wrong)
    with pytest.raises(VizError, match=r"Divide them by 255\.$"):
        check_range(pixels() * 255)
    check_range(pixels() * 255 / 255)
    with pytest.raises(VizError, match=r"Clamp them to \[0, 1\]"):
        check_range(pixels() * 1.2)
    check_range((pixels() * 1.2).clamp(0, 1))


def test_rounding_is_no_other_range_and_pixels_are_used_as_they_are(linear: Classifier) -> None:
    near = pixels(1)
    near[0, 0, 0, :2] = torch.tensor([-0.0009, 1.0009])
    assert torch.equal(linear(near), linear.network(near))
    leaf = near.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(linear(leaf)[:, 1].sum(), leaf)
    assert torch.equal(gradient[0], linear.network.conv.weight[1])


def test_pixels_of_any_float_type_are_checked(linear: Classifier) -> None:
    for dtype in (torch.float16, torch.bfloat16, torch.float64):
        linear(pixels().to(dtype))
        with pytest.raises(VizError, match="levels"):
            linear((pixels() * 200).to(dtype))


def test_the_engine_asks_about_noisy_pixels_on_purpose_and_is_not_checked(model: Classifier) -> None:
    assert vizlib.saliency(model, torch.ones(1, 3, SIDE, SIDE), "smoothgrad", samples=2).shape == (1, SIDE, SIDE)


def test_values_that_cannot_be_read_are_not_checked(linear: Classifier) -> None:
    given = pixels(2) * 3
    mapped = torch.func.vmap(lambda one: linear(one[None])[0])(given)
    torch.testing.assert_close(mapped, linear.network(given))
    each = torch.func.vmap(torch.func.grad(lambda one: linear(one[None])[0, 1]))(pixels(2))
    torch.testing.assert_close(each[1], linear.network.conv.weight[1])
    program = torch.export.export(Asks(linear.network), (pixels(1),))
    torch.testing.assert_close(program.module()(given[:1]), given[:1] * 2)


class Asks(torch.nn.Module):
    """Checks its input, as a call of the classifier does."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()

    def forward(self, x: Tensor) -> Tensor:
        check_range(x)
        return x * 2


# Several pictures


def test_the_top_of_several_pictures_is_said_of_each(model: Classifier) -> None:
    given = torch.stack([torch.zeros(3, SIDE, SIDE), torch.ones(3, SIDE, SIDE), *pixels(2)])
    logits = model(given)
    order = logits.argsort(1, descending=True)[:, :3].tolist()
    assert [[each.index for each in one] for one in model.top(given, 3)] == order
    assert [one[0].logit for one in model.top(given)] == pytest.approx(logits.amax(1).tolist())
    assert [each.index for each in model.top(given[:1], 3)] == order[0]
    assert model.top([given[:1]], 3) == [model.top(given[:1], 3)]


def test_a_picture_is_asked_about_as_it_is_and_a_list_as_a_list(linear: Classifier) -> None:
    given = images()
    shares = linear.predict(levels(3))
    torch.testing.assert_close(linear.predict(given), shares)
    torch.testing.assert_close(linear.predict(tuple(given)), shares)
    for each, share in zip(given, shares):
        torch.testing.assert_close(linear.predict(each)[0], share)
        assert linear.top(each)[0].index == int(share.argmax())
    assert [best.index for best, *_ in linear.top(given)] == shares.argmax(1).tolist()


def test_pixels_in_a_list_are_not_resized_and_cropped_once_more() -> None:
    cropping = Classifier(Linear(crop_pct=0.5), "cropping", CPU)
    given = levels(3)
    torch.testing.assert_close(cropping.predict([given[:1], given[1:]]), cropping.predict(given))
    assert not torch.allclose(cropping.predict([given[0]]), cropping.predict(given[:1])), (
        "one of (3, H, W) is a picture"
    )


def test_to_pixels_takes_one_picture_or_a_list(linear: Classifier) -> None:
    given = images()
    together = to_pixels(given, linear)
    assert together.shape == (3, 3, SIDE, SIDE)
    torch.testing.assert_close(together, levels(3))
    assert torch.equal(together, torch.cat([to_pixels(each, linear) for each in given]))
    assert torch.equal(to_pixels(tuple(given), linear), together)


def test_a_picture_to_start_from_is_one_for_all_objectives_or_one_for_each(linear: Classifier) -> None:
    def first(start: Any) -> Tensor:
        return next(vizlib.maximize(linear, [0, 1], start=start, steps=2, parameterization="pixels")).pixels

    torch.testing.assert_close(first(images(2)), first(levels(2)))
    torch.testing.assert_close(first(images(2)[:1]), first(levels(2)[:1]))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([], "no picture in the list"),
        ((), "no picture in the list"),
        ([[0.1, 0.2], [0.3, 0.4]], "given as list"),
        ([0.1, 0.2], "given as float"),
        (np.zeros((2, SIDE, SIDE, 3), np.uint8), "2 pictures"),
        (np.array([1, 2, 3]), "shape"),
        (None, "given as NoneType"),
    ],
)
def test_what_is_no_picture_and_no_list_of_them_gets_a_sentence(linear: Classifier, given: Any, says: str) -> None:
    for entry in (linear.predict, linear.top, lambda it: to_pixels(it, linear)):
        with pytest.raises(VizError, match=says) as caught:
            entry(given)
        assert caught.value.remedy


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (torch.zeros(0, 3, SIDE, SIDE), r"no picture in pixels \(0, 3, 16, 16\)"),
        (torch.zeros(3, SIDE, SIDE), r"\(N, 3, H, W\).* not float32 \(3, 16, 16\).*give pixels\[None\]"),
        ([torch.zeros(1, 3, 8, 8), torch.zeros(1, 3, SIDE, SIDE)], "8 x 8 and 16 x 16 px"),
    ],
)
def test_a_tensor_that_is_no_pixels_gets_a_sentence(model: Classifier, given: Any, says: str) -> None:
    for entry in (model.predict, model.top, lambda it: vizlib.activations(model, it, "conv1")):
        with pytest.raises(VizError, match=says):
            entry(given)


# Memory


def test_many_pictures_pass_a_few_after_others(linear: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = linear.network.asked
    whole = linear(pixels(9))
    vizlib.list_layers(linear)
    monkeypatch.setattr("vizlib.models.given.at_most", lambda device, size: 4)
    for entry in (
        lambda: linear.predict(pixels(9)),
        lambda: linear.top(pixels(9)),
        lambda: linear.predict(images(9)),
        lambda: vizlib.activations(linear, pixels(9), "conv"),
    ):
        asked.clear()
        entry()
        assert asked == [4, 4, 1]
    torch.testing.assert_close(linear.predict(pixels(9)), whole.softmax(1))
    torch.testing.assert_close(vizlib.activations(linear, pixels(9), "conv")["conv"].flatten(1), whole)


def test_pictures_of_a_list_are_prepared_when_their_turn_comes(
    linear: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vizlib.models.given.at_most", lambda device, size: 2)
    counting = copy.copy(linear)
    prepared: list[int] = []
    counting.prepare = lambda each: prepared.append(len(counting.network.asked)) or linear.prepare(each)  # type: ignore
    counting.network.asked.clear()
    counting.predict(images(5))
    assert prepared == [0, 0, 1, 1, 2]


def test_large_pictures_pass_in_smaller_numbers() -> None:
    assert at_most(CPU, (224, 224)) == 16
    assert at_most(CPU, (448, 448)) == 4
    assert at_most(CPU, (4000, 4000)) == 1
    assert at_most(torch.device("cuda"), (224, 224)) == 64


# Layers


LAYER_DOORS: dict[str, Callable[[Classifier, Any], Any]] = {
    "find_layer": lambda model, layer: find_layer(model, layer),
    "activations": lambda model, layer: vizlib.activations(model, pixels(), layer)["conv3"],
    "activations of several": lambda model, layer: vizlib.activations(model, pixels(), [layer, "conv1"])["conv3"],
    "module": lambda model, layer: model.module(layer).weight,
    "tap": lambda model, layer: kept(model, layer),
    "saliency": lambda model, layer: vizlib.saliency(model, pixels(), "grad_cam", 1, layer=layer),
    "saliency of a unit": lambda model, layer: vizlib.saliency(model, pixels(), "gradient", Unit(layer, 1)),
    "channel": lambda model, layer: channel(layer, 1),
    "neuron": lambda model, layer: neuron(layer, 1),
    "direction": lambda model, layer: direction(layer, [1.0] * 8),
    "whole_layer": lambda model, layer: whole_layer(layer),
    "Unit": lambda model, layer: str(Unit(layer, 1)),
    "search": lambda model, layer: list(search(model, layer, DrawnScenes(2)))[-1].means,
    "tile_size": tile_size,
}


def kept(model: Classifier, layer: Any) -> Tensor:
    with model.tap(layer) as seen:
        seen.run(pixels())
    return seen[layer]


@pytest.mark.parametrize("door", LAYER_DOORS)
def test_a_layer_is_given_by_its_path_or_as_it_was_listed(model: Classifier, door: str) -> None:
    (layer,) = (each for each in vizlib.list_layers(model) if each.path == "conv3")
    by_path, as_listed = (LAYER_DOORS[door](model, each) for each in ("conv3", layer))
    np.testing.assert_equal(as_numbers(as_listed), as_numbers(by_path))


def as_numbers(answer: Any) -> Any:
    return answer.detach().numpy() if isinstance(answer, Tensor) else answer


def test_a_single_path_is_one_layer_and_not_its_letters(model: Classifier) -> None:
    assert list(vizlib.activations(model, pixels(), "conv1")) == ["conv1"]
    assert list(vizlib.activations(model, pixels(), ("conv1", "fc"))) == ["conv1", "fc"]
    with pytest.raises(VizError, match="no layer in InPlace called 'conv9'"):
        vizlib.activations(model, pixels(), "conv9")


def test_activations_of_a_picture_are_those_of_its_pixels(model: Classifier) -> None:
    (image,) = vizlib.to_image(levels(1))
    found = vizlib.activations(model, image, "conv1")["conv1"]
    torch.testing.assert_close(found, vizlib.activations(model, levels(1), ["conv1"])["conv1"])


def test_a_unit_is_what_it_was_before(model: Classifier) -> None:
    unit = Unit("conv1", 3, (1, 2))
    assert unit == Unit(layer="conv1", channel=3, position=(1, 2))
    assert copy.deepcopy(unit) == unit
    assert {unit: 1}[copy.replace(unit) if hasattr(copy, "replace") else unit] == 1
    assert repr(unit) == "Unit(layer='conv1', channel=3, position=(1, 2))"
    with pytest.raises(AttributeError):
        unit.channel = 4  # type: ignore[misc]


# What it prints


def test_a_model_prints_as_one_short_line(model: Classifier) -> None:
    assert repr(model) == "Classifier('InPlace', cpu, 16 x 16 px, 5 classes)"
    backbone = vizlib.load_model("test_resnet", "random", "cpu", num_classes=0)
    assert repr(backbone).endswith("no classes)")


def test_a_picture_error_stays_one(linear: Classifier) -> None:
    with pytest.raises(PictureError, match="There is no file"):
        linear.predict(["no such file.png"])
