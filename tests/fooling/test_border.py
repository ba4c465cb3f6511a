"""Networks that put a border around pictures are fooled like others, by every attack, in files of any shape."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.networks import InPlace, seeded
from vizlib import fool, open_picture, to_pixels
from vizlib.fooling import MENU
from vizlib.fooling.reading import crop_of, reading_of, values_of
from vizlib.models import Classifier

WAYS = {
    "border": {"crop_mode": "border", "crop_pct": 0.875},
    "all border": {"crop_mode": "border", "crop_pct": 1.2, "mean": (0.2, 0.4, 0.6)},
    "squash": {"crop_mode": "squash", "crop_pct": 0.875},
    "squash and border": {"crop_mode": "squash", "crop_pct": 1.2},
    "center": {"crop_mode": "center", "crop_pct": 0.875},
    "center and border": {"crop_mode": "center", "crop_pct": 1.2},
}
SIZES = {"square": (3, 24, 24), "wide": (3, 24, 31), "high": (3, 29, 22)}
PHOTO = np.random.default_rng(2).integers(70, 190, (23, 38, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def seeing(device: str) -> Callable[[str, str], Classifier]:
    return lambda way, size: seeded(lambda: InPlace(**{**WAYS[way], "input_size": SIZES[size]}), device)


def differing(model: Classifier) -> int:
    """The class that is second for the photo."""
    return model.top(model.prepare(PHOTO), 2)[1].index


@pytest.mark.slow
@pytest.mark.parametrize("method", [each.key for each in MENU])
@pytest.mark.parametrize("way", WAYS)
def test_every_attack_reads_its_file_as_the_network_does(
    seeing: Callable[[str, str], Classifier], way: str, method: str
) -> None:
    model = seeing(way, "wide")
    knobs = {"robust": {"steps": 10, "views": 2}, "fgsm": {}}.get(method, {"steps": 10})
    result = fool(model, PHOTO, differing(model), method, **knobs)
    read = model.predict(to_pixels(open_picture(result.png), model))[0].cpu()
    assert torch.equal(read, result.probabilities_after)
    assert result.gradients > 0


@pytest.mark.slow
@pytest.mark.parametrize("resolution", ["network", "file"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("way", WAYS)
def test_the_least_visible_change_is_found_with_a_border_too(
    seeing: Callable[[str, str], Classifier], way: str, size: str, resolution: str
) -> None:
    model = seeing(way, size)
    result = fool(model, PHOTO, differing(model), steps=60, resolution=resolution)
    assert result.success
    assert int(model.predict(to_pixels(open_picture(result.png), model)).argmax()) == result.target


@pytest.mark.parametrize("way", ["border", "all border", "center and border", "squash and border"])
def test_the_border_is_the_networks_own_and_has_no_gradient(seeing: Callable[[str, str], Classifier], way: str) -> None:
    model = seeing(way, "wide")
    reading = reading_of(model, PHOTO)
    start = reading.start(model.device).requires_grad_()
    seen = reading.look(start)
    assert torch.equal(seen, model.prepare(PHOTO))
    (gradient,) = torch.autograd.grad(seen.sum(), start)
    assert set(gradient.unique().tolist()) <= {0.0, 1.0}
    assert gradient[0, 0].sum() < seen[0, 0].numel(), "some of what the network sees is border"


def test_a_box_may_reach_outside_on_any_side(seeing: Callable[[str, str], Classifier]) -> None:
    model = seeing("all border", "square")
    image: NDArray[np.uint8] = np.full((2, 3, 3), 255, np.uint8)
    seen = crop_of(model, (-1, -2, 3, 1))(values_of(image, model.device))
    border = torch.tensor([51, 102, 153], device=model.device) / 255
    expected = border.view(1, 3, 1, 1).repeat(1, 1, 3, 4)
    expected[:, :, 2:, 1:] = 1.0
    assert torch.equal(seen, expected)
