"""No result leaves the radius that it was given, `perturb` does not round, and what is not used is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from vizlib.errors import VizError
from vizlib.fooling import fool, perturb, perturbing
from vizlib.fooling.batch import plain_criterion
from vizlib.fooling.pgd import Knobs, _rounded_l2, search
from vizlib.models import Classifier, load_model
from vizlib.pictures import read_recipe

LEVELS = np.random.default_rng(6).integers(0, 256, (5, 16, 16, 3), dtype=np.uint8)  # black and white among them


def second(model: Classifier, image: np.ndarray) -> int:
    return int(model.predict(model.prepare(image))[0].argsort()[-2])


@pytest.mark.parametrize("radius", [0.05, 0.2, 0.6, 1.0, 1.5, 4.0])
def test_a_file_stays_in_the_l2_ball_after_rounding(small: Classifier, radius: float) -> None:
    for seed, image in enumerate(LEVELS):
        result = fool(small, image, second(small, image), "pgd", l2=radius, steps=6, seed=seed)
        assert result.l2 <= radius
        assert result.l2 >= 0.7 * radius or radius < 1, "rounding takes back no more than it has to"


@pytest.mark.parametrize("levels", [0.5, 1.0, 2.5, 4.0, 7.5])
def test_a_file_stays_in_the_l_infinity_ball_after_rounding(small: Classifier, levels: float) -> None:
    for image in LEVELS:
        result = fool(small, image, second(small, image), "pgd", norm="L-infinity", levels=levels, steps=6)
        assert result.linf_levels <= levels
        assert result.linf_levels == int(levels)


def test_what_is_shown_on_the_way_stays_in_the_ball_too(small: Classifier) -> None:
    start = (torch.from_numpy(LEVELS.copy()).permute(0, 3, 1, 2) / 255).to(small.device)
    for batch in search(plain_criterion(small, start, None), start, 0.0, Knobs(l2=0.8, steps=8), 2):
        for values in (batch.rounding(batch.values), batch.rounding(batch.best)):
            levels = values.double() * 255
            assert torch.allclose(levels, levels.round(), atol=1e-4)
            assert bool(((levels.round() - start.double() * 255).round().flatten(1).norm(dim=1) <= 0.8 * 255).all())


def rounded_by_force(exact: np.ndarray, radius: float) -> float:
    """The least squared error of whole numbers in the ball, by trying all."""
    choices = np.stack(np.meshgrid(*[[np.floor(abs(each)), np.ceil(abs(each))] for each in exact])).reshape(
        len(exact), -1
    )
    errors = ((choices - abs(exact)[:, None]) ** 2).sum(0)
    return float(errors[(choices**2).sum(0) <= radius**2].min())


def test_rounding_into_the_ball_is_nearly_the_nearest_point_in_it() -> None:
    random = np.random.default_rng(1)
    for _ in range(20):
        exact = random.normal(0, 2, 9)
        radius = float(np.linalg.norm(exact))
        start = torch.full((1, 1, 3, 3), 128 / 255, dtype=torch.float64)
        values = start + torch.from_numpy(exact).view(1, 1, 3, 3) / 255
        found = ((_rounded_l2(start, values, radius / 255 * (1 + 1e-12)) - start) * 255).round().flatten().numpy()
        assert np.linalg.norm(found) <= radius * (1 + 1e-9)
        assert ((found - exact) ** 2).sum() <= rounded_by_force(exact, radius) + 0.9


def test_colors_that_change_as_one_are_rounded_as_one() -> None:
    digits = load_model("bundled/digits", device="cpu")
    gray = np.repeat(np.random.default_rng(3).integers(0, 256, (28, 28, 1), dtype=np.uint8), 3, axis=2)
    result = fool(digits, gray, second(digits, gray), "pgd", l2=0.9, steps=5)
    assert result.l2 <= 0.9
    assert (result.image == result.image[..., :1]).all()
    assert result.change.any()


# Knobs that another knob leaves unused


@pytest.mark.parametrize(
    ("method", "knobs", "words"),
    [
        ("pgd", {"levels": 8}, r"levels is not used where norm is 'L2'\. Leave it out, or give norm='L-infinity'\."),
        ("pgd", {"levels": 4.0}, "levels is not used"),  # its default, which would be ignored all the same
        ("pgd", {"norm": "L-infinity", "l2": 3}, "l2 is not used where norm is 'L-infinity'.*norm='L2'"),
        ("noise", {"start": "gray", "contrast": 20}, "contrast is not used where start is 'gray'"),
    ],
)
def test_a_knob_that_is_not_used_is_refused(small: Classifier, method: str, knobs: Any, words: str) -> None:
    with pytest.raises(VizError, match=words):
        fool(small, LEVELS[0], 1, method, **knobs)
    if method == "pgd":
        with pytest.raises(VizError, match=words):
            perturb(small, small.prepare(LEVELS[0]), 1, method, **knobs)


def test_the_settings_of_a_recipe_are_taken_whole(small: Classifier) -> None:
    first = fool(small, LEVELS[0], 1, "pgd", norm="L-infinity", levels=8, steps=4)
    recipe = read_recipe(first.png) or {}
    assert {"l2", "levels"} <= set(recipe["settings"])
    again = fool(small, LEVELS[0], recipe["target"], "pgd", recipe["goal"], recipe["seed"], **recipe["settings"])
    assert again.png == first.png


# `perturb` is as published


@pytest.fixture(scope="module")
def between(device: str) -> Tensor:
    """Pictures (4, 3, 16, 16) whose values are no whole levels."""
    return (0.3 + 0.4 * torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(1))).to(device)


def test_by_default_ddn_does_not_round(small: Classifier, between: Tensor) -> None:
    plain = perturb(small, between, [1, 2, 3, 4], steps=12)
    assert torch.equal(plain, perturb(small, between, [1, 2, 3, 4], steps=12, whole_levels=False))
    rounded = perturb(small, between, [1, 2, 3, 4], steps=12, whole_levels=True)
    assert not torch.equal(plain, rounded)
    shifted = (plain * 255 - (plain * 255).round()).abs()
    assert float(shifted.mean()) > 0.1


def test_its_run_says_which_pictures_were_found(small: Classifier, between: Tensor) -> None:
    targets = (small(between).argmax(1) + 1) % 5
    *_, last = perturbing(small, between, targets, "pgd", l2=0.3, steps=4)
    assert torch.equal(last.best, perturb(small, between, targets, "pgd", l2=0.3, steps=4))
    assert torch.equal(last.found, small(last.best).argmax(1) == targets)
    assert repr(last) == f"Batch(step 5 of 5: found {int(last.found.sum())} of 4)"


def test_it_takes_one_target_pictures_and_lists(small: Classifier, between: Tensor) -> None:
    image = LEVELS[0]
    one = perturb(small, image, 1, steps=5)
    assert torch.allclose(one, perturb(small, small.prepare(image), [1], steps=5), atol=1e-6)
    several = perturb(small, [image, LEVELS[1]], 1, steps=5)
    assert several.shape == (2, 3, 16, 16)
    assert torch.allclose(several[:1], one, atol=1e-5)
    assert torch.equal(perturb(small, between, 1, steps=5), perturb(small, between, [1] * 4, steps=5))
    for wrong in (torch.zeros(3), torch.zeros(1, 3, 8, 8, dtype=torch.int)):
        with pytest.raises(VizError, match="Pixels are float numbers"):
            perturb(small, wrong)
    with pytest.raises(VizError, match="The targets are of several kinds"):
        perturb(small, between, [1, None, 2, 3])
