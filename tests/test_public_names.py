"""The public names, called as a notebook calls them on the small network of digits: each gives what it promises."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

import vizlib
from vizlib.activation_maximization import channel, class_logit, direction, neuron


@pytest.fixture(scope="module")
def model() -> vizlib.Classifier:
    return vizlib.load_model("bundled/digits", weights="default", device="cpu")


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8))


@pytest.fixture(scope="module")
def pixels(model: vizlib.Classifier, picture: Image.Image) -> Tensor:
    return vizlib.to_pixels(picture, model)


def test_a_network_says_what_it_is_and_answers(model: vizlib.Classifier, pixels: Tensor) -> None:
    assert model.name.startswith("bundled/digits")
    assert model.device.type == "cpu"
    assert len(model.class_names) == model(pixels).shape[1] == 10
    assert torch.allclose(model(pixels).softmax(1), model.predict(pixels))
    assert model.top(pixels)[0].index == int(model(pixels).argmax())


def test_other_weights_have_another_fingerprint(model: vizlib.Classifier) -> None:
    again, other = (vizlib.load_model("bundled/digits", weights=each, device="cpu") for each in ("default", "random"))
    assert again.fingerprint == model.fingerprint != other.fingerprint


def test_a_picture_is_opened_and_becomes_pixels_and_an_image(model: vizlib.Classifier, picture: Image.Image) -> None:
    file = BytesIO()
    picture.save(file, "PNG")
    assert np.array_equal(vizlib.open_picture(file.getvalue()), picture)
    assert vizlib.to_pixels(picture, model).shape == (1, 3, *model.input_size)
    assert vizlib.to_image(torch.full((2, 3, 4, 5), 1.4 / 255)).tolist() == np.ones((2, 4, 5, 3)).tolist()
    with pytest.raises(vizlib.PictureError) as caught:
        vizlib.open_picture(b"no picture")
    assert isinstance(caught.value, vizlib.VizError)


def test_layers_come_in_running_order_with_their_shapes(model: vizlib.Classifier, pixels: Tensor) -> None:
    layers = [layer for layer in vizlib.list_layers(model) if layer.kind == "convolution"]
    assert [layer.order for layer in layers] == sorted(layer.order for layer in layers)
    seen = vizlib.activations(model, pixels, [layer.path for layer in layers])
    assert {path: tuple(each.shape) for path, each in seen.items()} == {each.path: (1, *each.shape) for each in layers}


def test_objectives_are_optimized_as_one_batch(model: vizlib.Classifier) -> None:
    path = next(layer.path for layer in vizlib.list_layers(model) if layer.kind == "convolution")
    count = next(layer.shape[0] for layer in vizlib.list_layers(model) if layer.path == path)
    objectives = [class_logit(3), channel(path, 0), neuron(path, 0, (1, 1)), direction(path, torch.ones(count))]
    *_, last = vizlib.maximize(model, objectives, steps=2, seed=0, start=None, size=None)
    assert (last.step, last.total, last.pixels.shape[:2], last.scores.shape) == (2, 2, (4, 3), (4,))


def test_every_saliency_method_gives_a_map(model: vizlib.Classifier, pixels: Tensor) -> None:
    assert "gradient" in vizlib.saliency_methods()
    for method in vizlib.saliency_methods():
        assert vizlib.saliency(model, pixels, method=method, target=3).shape == (1, *model.input_size)
    assert vizlib.saliency(model, pixels, "smoothgrad", samples=2).shape == (1, *model.input_size)


def test_a_picture_is_fooled_walked_along_and_swept(model: vizlib.Classifier, picture: Image.Image) -> None:
    original = model.top(vizlib.to_pixels(picture, model))[0].index
    result = vizlib.fool(model, picture, target=(original + 1) % 10, method="lattice", steps=20)
    assert result.success
    assert np.array_equal(vizlib.open_picture(result.png), result.image)
    assert int(result.probabilities_before.argmax()) == original
    assert int(result.probabilities_after.argmax()) == (original + 1) % 10
    change = result.image.astype(float) - result.original
    assert result.l2 == pytest.approx(float(np.linalg.norm(change)) / 255)
    assert (result.linf_levels, result.changed) == (np.abs(change).max(), pytest.approx((change != 0).mean()))
    assert result.gradients > 0
    images, probabilities = vizlib.walk(model, result, [0.0, 1.0, 1.5])
    assert len(images) == 3
    assert probabilities.shape == (3, 10)
    swept = vizlib.sweep(model, [result.original, result.image], transform="resize", values=[20, 40])
    assert swept.shape == (2, 2, 10)


FIRST_HOUR = [
    "activations",
    "as_picture",
    "bundled_models",
    "channel",
    "class_logit",
    "direction",
    "encode_png",
    "explain",
    "fool",
    "fooling",
    "fooling_methods",
    "from_image",
    "heat",
    "knobs",
    "last",
    "list_layers",
    "load_model",
    "local_models",
    "maximize",
    "neuron",
    "open_picture",
    "overlay",
    "perturb",
    "read_recipe",
    "saliency",
    "saliency_methods",
    "settings",
    "shakes",
    "sweep",
    "sweeping",
    "to_image",
    "to_pixels",
    "walk",
    "walking",
    "whole_layer",
]


def test_everything_that_the_first_hour_needs_is_in_one_place() -> None:
    assert [name for name in FIRST_HOUR if name not in vizlib.__all__ or not callable(getattr(vizlib, name))] == []
    assert sorted(vizlib.__all__, key=lambda name: (name != name.upper(), name[0].islower(), name)) == vizlib.__all__


@pytest.mark.parametrize("name", vizlib.__all__)
def test_every_name_that_is_listed_is_there(name: str) -> None:
    assert hasattr(vizlib, name)


@pytest.mark.slow
def test_the_engine_is_imported_without_the_window() -> None:
    script = "import sys, vizlib.runs; print({'streamlit', 'plotly', 'skimage', 'vizlib.ui'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
