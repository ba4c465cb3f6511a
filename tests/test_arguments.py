"""What a stranger may pass by mistake is answered with a sentence, in every public entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import vizlib
from tests.networks import SIDE, InPlace, seeded
from vizlib.activation_maximization import channel, class_logit, direction, neuron, tile_size, whole_layer
from vizlib.errors import VizError
from vizlib.evaluation import plane
from vizlib.fooling import perturb
from vizlib.layers import pyramid
from vizlib.models import Classifier
from vizlib.records import Unit
from vizlib.units import DrawnScenes, search

Entry = Callable[[Classifier, Any], Any]
PIXELS = torch.full((1, 3, SIDE, SIDE), 0.5)
IMAGE = np.full((SIDE, SIDE, 3), 128, np.uint8)


@pytest.fixture(scope="module")
def model() -> Classifier:
    return seeded(InPlace, "cpu")


def asked(entry: Entry, model: Classifier, given: Any) -> VizError:
    """The error of a public entry; all others, and none, fail the test."""

    def run() -> None:
        answer = entry(model, given)
        list(answer if isinstance(answer, Iterator) else [])

    with pytest.raises(VizError) as caught:
        run()
    assert caught.value.sentence
    assert caught.value.remedy
    return caught.value


SEES: dict[str, Entry] = {
    "predict": lambda model, pixels: model.predict(pixels),
    "top": lambda model, pixels: model.top(pixels),
    "saliency": lambda model, pixels: vizlib.saliency(model, pixels),
    "maximize": lambda model, pixels: vizlib.maximize(model, 1, steps=1, start=pixels),
    "fool": lambda model, pixels: vizlib.fool(model, pixels, 1),
    "perturb": lambda model, pixels: perturb(model, pixels, None),
    "sweep": lambda model, pixels: vizlib.sweep(model, pixels),
}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("entry", SEES)
def test_pixels_that_are_no_numbers_get_no_answer(model: Classifier, entry: str, value: float) -> None:
    pixels = PIXELS.clone()
    pixels[0, 1, 2, 3] = value
    what = "numbers of this picture are not finite" if entry == "sweep" else "pixels are not finite numbers"
    assert asked(SEES[entry], model, pixels).sentence == f"Some {what}."


TENSORS = [torch.zeros(3), torch.zeros(1, 3, 8, 8, dtype=torch.int)]
TAKES_PICTURES = [
    SEES["perturb"],
    SEES["predict"],
    SEES["top"],
    SEES["saliency"],
    lambda model, pixels: vizlib.activations(model, pixels, ["conv1"]),
]
TAKES_PIXELS = [lambda model, pixels: model(pixels), lambda model, pixels: pyramid(model, pixels)]


@pytest.mark.parametrize(
    ("entry", "given"),
    [
        *((entry, given) for entry in TAKES_PIXELS for given in (None, "cat.png", IMAGE, *TENSORS)),
        *((entry, given) for entry in TAKES_PICTURES for given in TENSORS),
    ],
)
def test_what_is_no_pixels_is_said_to_be_none(model: Classifier, entry: Entry, given: Any) -> None:
    assert asked(entry, model, given).sentence.startswith("Pixels are float numbers (N, 3, H, W)")


READS: dict[str, Entry] = {
    "saliency": lambda model, path: vizlib.saliency(model, PIXELS, "grad_cam", 1, layer=path),
    "saliency of a unit": lambda model, path: vizlib.saliency(model, PIXELS, "gradient", Unit(path, 0)),
    "activations": lambda model, path: vizlib.activations(model, PIXELS, [path]),
    "channel": lambda model, path: vizlib.maximize(model, channel(path, 1), steps=1),
    "neuron": lambda model, path: vizlib.maximize(model, neuron(path, 1), steps=1),
    "direction": lambda model, path: vizlib.maximize(model, direction(path, [1.0] * 6), steps=1),
    "whole layer": lambda model, path: vizlib.maximize(model, whole_layer(path), steps=1),
    "tap": lambda model, path: model.tap(path).__enter__(),
    "module": lambda model, path: model.module(path),
    "search": lambda model, path: search(model, path, DrawnScenes(1)),
    "tile_size": tile_size,
}


@pytest.mark.parametrize(
    "path", [["conv1"], b"conv1", 3, {}, torch.zeros(2), np.zeros(2), object()], ids=lambda each: type(each).__name__
)
@pytest.mark.parametrize("entry", READS)
def test_a_layer_that_is_no_text_is_said_to_be_none(model: Classifier, entry: str, path: Any) -> None:
    assert asked(READS[entry], model, path).sentence.startswith("The path of a layer is a text")


@pytest.mark.parametrize("paths", [b"conv1", None, 3])
def test_paths_that_are_no_list_are_said_to_be_none(model: Classifier, paths: Any) -> None:
    problem = asked(lambda model, given: vizlib.activations(model, PIXELS, given), model, paths)
    assert problem.sentence == f"The paths are {paths!r}."


WRONG: list[tuple[Entry, list[Any], str]] = [
    (lambda model, it: vizlib.list_layers(model, it), ["64", 64, (64,), (0, 8), (8.0, 8.0), -1], "The size is"),
    (lambda model, it: vizlib.saliency(model, PIXELS, it), [["gradient"], {}, None], "There is no saliency method"),
    (lambda model, it: vizlib.saliency(model, PIXELS, target=Unit("conv1", it)), [[1], None, "1"], "Unit("),
    (lambda model, it: vizlib.saliency(model, PIXELS, target=Unit("conv1", 1, it)), [3, "ab", (1,)], "Unit("),
    (lambda model, it: vizlib.fool(model, IMAGE, 1, it), [["lattice"], {}, None], "There is no attack"),
    (lambda model, it: vizlib.fool(model, IMAGE, 1, resolution=it), [["network"], None], "There is no resolution"),
    (lambda model, it: perturb(model, PIXELS, [1], it), [["ddn"], {}], "There is no attack on batches"),
    (lambda model, it: perturb(model, PIXELS, it), [["one"], [None, 1], "1", [0.5]], ""),
    (lambda model, it: perturb(model, PIXELS, [1], seed=it), [None, "1", 0.5], "The seed is"),
    (lambda model, it: vizlib.maximize(model, 1, steps=it), ["3", None, [3], 2.0], "The number of steps is"),
    (lambda model, it: vizlib.maximize(model, 1, seed=it), [None, "1", 0.5], "The seed is"),
    (lambda model, it: vizlib.maximize(model, 1, size=it), ["64", 64.0, (64,)], "The size is"),
    (lambda model, it: vizlib.maximize(model, 1, transforms=it), [np.zeros(2), 3], "There is no transforms"),
    (lambda model, it: vizlib.maximize(model, neuron("conv1", 1, it)), [3, "ab", (), (1,)], "conv1 has no"),
    (lambda model, it: direction("conv1", it), [["one"], {}, None, b"1"], "A direction in conv1"),
    (lambda model, it: class_logit(1) and vizlib.maximize(model, it), [1.5, None, True], ""),
    (lambda model, it: model.top(PIXELS, it), ["5", None, 0, -1, 2.0], "The number of classes is"),
    (lambda model, it: vizlib.walk(model, it, [0.0]), [None, IMAGE], "A walk cannot begin"),
    (lambda model, it: plane(model, PIXELS, PIXELS, extent=it), [None, "ab", (1,), ("a", "b")], "The extent is"),
    (lambda model, it: vizlib.load_model(it), [None, ["resnet18"], b"resnet18", 18], "A network's name is a text"),
    (lambda model, it: vizlib.load_model("bundled/digits", it), [None, ["random"], b"x"], "The weights are"),
    (lambda model, it: vizlib.load_model("test_resnet", "random", seed=it), [None, "1", 0.5], "The seed is"),
    (lambda model, it: vizlib.load_model("bundled/digits", device=it), [None, ["cpu"], 1.5], "There is no device"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "given", "begins"),
    [(entry, each, begins) for entry, given, begins in WRONG for each in given],
)
def test_an_argument_of_a_wrong_type_gets_a_sentence(model: Classifier, entry: Entry, given: Any, begins: str) -> None:
    assert asked(entry, model, given).sentence.startswith(begins)


def test_amounts_of_a_walk_that_are_no_numbers_get_a_sentence(model: Classifier) -> None:
    result = vizlib.fool(model, IMAGE, 1, steps=10)
    for amounts in (None, "1", ["a"], 3, [None]):
        assert asked(lambda model, it: vizlib.walk(model, result, it), model, amounts).sentence.startswith(
            "A walk needs"
        )


def test_whole_numbers_of_numpy_are_whole_numbers(model: Classifier) -> None:
    two = np.int64(2)
    assert len(list(vizlib.maximize(model, two, steps=two, seed=two))) == 2  # type: ignore[arg-type]
    assert len(model.top(PIXELS, two)) == 2  # type: ignore[arg-type]
    assert vizlib.list_layers(model, [SIDE, np.int64(SIDE)]) == vizlib.list_layers(model)  # type: ignore[arg-type, list-item]
    change: Tensor = PIXELS / 5
    assert list(plane(model, PIXELS, change, side=two))[-1].total == 2  # type: ignore[arg-type]
