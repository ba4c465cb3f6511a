"""Penalties and Yosinski's regularizers equal values by hand, slow loops and other libraries, and have their effect."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import pairwise

import pytest
import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor

from vizlib import maximize
from vizlib.activation_maximization import Settings, class_logit
from vizlib.activation_maximization.regularizers import (
    anisotropic_total_variation,
    blur,
    clip_small_contribution,
    clip_small_norm,
    decay,
    norm,
    total_variation,
)
from vizlib.models import Classifier

Penalty = Callable[[Tensor], Tensor]
VARIATIONS: list[Penalty] = [
    anisotropic_total_variation,
    *(lambda pixels, beta=beta: total_variation(pixels, beta) for beta in (1.0, 1.5, 2.0, 2.5, 3.0)),
]
NORMS: list[Penalty] = [lambda pixels, p=p: norm(pixels, p) for p in (1.0, 1.5, 2.0, 4.0, 6.0)]


def rough(count: int = 2, height: int = 6, width: int = 9, seed: int = 0) -> Tensor:
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(seed))


def even(value: float, count: int = 1) -> Tensor:
    return torch.full((count, 3, 6, 9), value)


def one(value: float) -> Tensor:
    return torch.tensor([value])


# Total variation


@pytest.mark.parametrize("variation", VARIATIONS)
@pytest.mark.parametrize("value", [0.0, 0.5, 0.9])
def test_an_even_picture_does_not_vary(variation: Penalty, value: float) -> None:
    assert variation(even(value)).item() == 0


@pytest.mark.parametrize("beta", [1.0, 1.5, 2.0, 3.0])
def test_one_bright_value_varies_at_three_places(beta: float) -> None:
    pixels = even(0.2)
    pixels[0, 1, 3, 4] += 0.5  # three places: the pixel, its left and its upper neighbor
    wanted = ((0.5**2 + 0.5**2) ** (beta / 2) + 2 * 0.5**beta) / pixels.numel()
    assert total_variation(pixels, beta).item() == pytest.approx(wanted, rel=1e-5)
    assert anisotropic_total_variation(pixels).item() == pytest.approx(4 * 0.5 / pixels.numel(), rel=1e-5)


@pytest.mark.parametrize("beta", [1.0, 1.3, 2.0, 3.0])
def test_the_variation_is_what_slow_loops_say(beta: float) -> None:
    pixels = rough()
    sums = []
    for picture in pixels.tolist():
        total, straight = 0.0, 0.0
        for plane in picture:
            for i, row in enumerate(plane):
                for j, value in enumerate(row):
                    right = row[j + 1] - value if j + 1 < len(row) else 0.0
                    down = plane[i + 1][j] - value if i + 1 < len(plane) else 0.0
                    total += (right**2 + down**2) ** (beta / 2)
                    straight += abs(right) + abs(down)
        sums.append((total / (3 * 6 * 9), straight / (3 * 6 * 9)))
    slow, straight = torch.tensor(sums).T
    torch.testing.assert_close(total_variation(pixels, beta), slow, rtol=1e-5, atol=1e-7)
    torch.testing.assert_close(anisotropic_total_variation(pixels), straight, rtol=1e-5, atol=1e-7)


# Distance from gray


@pytest.mark.parametrize("penalty", NORMS)
def test_the_norm_of_an_even_gray_is_zero(penalty: Penalty) -> None:
    assert penalty(even(0.5)).item() == 0


@pytest.mark.parametrize("p", [1.0, 2.0, 3.5, 6.0])
def test_the_norm_of_an_even_picture_is_its_share_of_the_way_to_white_to_the_power_p(p: float) -> None:
    assert norm(even(0.9), p).item() == pytest.approx(0.8**p, rel=1e-5)
    assert norm(even(0.1), p).item() == pytest.approx(0.8**p, rel=1e-5)
    assert norm(even(0.0), p).item() == pytest.approx(1.0, rel=1e-5)


@pytest.mark.parametrize("p", [1.0, 2.0, 3.5, 6.0])
def test_the_norm_is_what_slow_loops_say(p: float) -> None:
    wanted = [
        sum(abs(2 * value - 1) ** p for value in picture.flatten().tolist()) / picture.numel() for picture in rough()
    ]
    torch.testing.assert_close(norm(rough(), p), torch.tensor(wanted), rtol=1e-5, atol=0)


def test_at_p_of_two_it_is_the_mean_square_distance() -> None:
    torch.testing.assert_close(norm(rough(), 2.0), 4 * (rough() - 0.5).square().mean((1, 2, 3)))


def test_the_pth_root_of_it_is_torchs_own_norm_per_element() -> None:
    for p in (1.0, 2.0, 3.5, 6.0):
        flat = (2 * rough() - 1).flatten(1)
        own = torch.linalg.vector_norm(flat, p, dim=1) / flat.shape[1] ** (1 / p)
        torch.testing.assert_close(norm(rough(), p) ** (1 / p), own, rtol=1e-4, atol=0)


def test_one_white_value_in_gray_counts_the_same_at_every_p() -> None:
    pixels = even(0.5)
    pixels[0, 2, 5, 8] = 1.0
    for p in (1.0, 2.0, 6.0):
        assert norm(pixels, p).item() == pytest.approx(1 / 162, rel=1e-5)


def test_a_high_p_leaves_grayish_values_alone() -> None:
    leaf = even(0.55).requires_grad_()
    weak, strong = (torch.autograd.grad(norm(leaf, p).sum(), leaf)[0].max().item() for p in (6.0, 2.0))
    assert 0 < weak < strong / 1000


def test_each_picture_may_have_its_own_p() -> None:
    both = norm(rough(), torch.tensor([1.0, 6.0]))
    torch.testing.assert_close(both, torch.stack([norm(rough(), 1.0)[0], norm(rough(), 6.0)[1]]))


# What all penalties promise


@pytest.mark.parametrize("penalty", VARIATIONS + NORMS)
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_gradients_are_finite_at_a_flat_picture(penalty: Penalty, value: float) -> None:
    for bump in (0.0, 1e-20, 1e-7, 0.3):
        pixels = even(value).to(torch.float32)
        pixels[0, 0, 2, 2] += bump * (1 if value < 1 else -1)
        pixels.requires_grad_()
        (gradient,) = torch.autograd.grad(penalty(pixels).sum(), pixels)
        assert gradient.isfinite().all()


@pytest.mark.parametrize("penalty", VARIATIONS + NORMS)
def test_gradients_are_those_of_small_steps(penalty: Penalty) -> None:
    pixels = rough(2, 3, 4).double().requires_grad_()
    assert torch.autograd.gradcheck(penalty, (pixels,), eps=1e-7, atol=1e-5)


@pytest.mark.parametrize("penalty", [anisotropic_total_variation, *NORMS])
def test_a_picture_tiled_with_its_mirror_images_weighs_the_same(penalty: Penalty) -> None:
    wide = torch.cat([rough(), rough().flip(3)], 3)
    torch.testing.assert_close(penalty(torch.cat([wide, wide.flip(2)], 2)), penalty(rough()))


def test_weights_mean_the_same_at_every_size() -> None:
    small, large = rough(1, 64, 64), rough(1, 256, 256, seed=1)
    for penalty in VARIATIONS + NORMS:
        assert penalty(small).item() == pytest.approx(penalty(large).item(), rel=0.03)


@pytest.mark.parametrize("penalty", VARIATIONS + NORMS)
def test_pictures_in_a_batch_do_not_meet(penalty: Penalty) -> None:
    torch.testing.assert_close(penalty(rough()), torch.cat([penalty(rough()[:1]), penalty(rough()[1:])]))


# Yosinski's changes


def test_decay_takes_its_share_of_the_way_to_gray() -> None:
    assert decay(even(0.9), one(0.25)).unique().item() == pytest.approx(0.8)
    assert decay(even(0.1), one(0.25)).unique().item() == pytest.approx(0.2)
    assert torch.equal(decay(even(0.5), one(0.25)), even(0.5))
    both = decay(even(0.9, 2), torch.tensor([0.0, 0.5]))
    torch.testing.assert_close(both[:, 0, 0, 0], torch.tensor([0.9, 0.7]))


@pytest.mark.parametrize("radius", [0.3, 0.5, 1.0, 2.2, 4.0])
def test_a_blur_is_scipys_gaussian_of_that_standard_deviation(radius: float) -> None:
    pixels = rough(1, 24, 30)
    reach = math.ceil(3 * radius)
    wanted = gaussian_filter(pixels[0].double().numpy(), (0, radius, radius), mode="mirror", radius=(0, reach, reach))
    torch.testing.assert_close(blur(pixels, one(radius))[0], torch.from_numpy(wanted).float(), rtol=0, atol=2e-5)


def test_each_picture_is_blurred_by_its_own_radius_and_not_in_place() -> None:
    pixels = rough(3, 16, 16)
    blurred = blur(pixels, torch.tensor([1.0, 0.0, 2.0]))
    assert torch.equal(pixels, rough(3, 16, 16))
    assert torch.equal(blurred[1], pixels[1])
    for row, radius in ((0, 1.0), (2, 2.0)):
        torch.testing.assert_close(blurred[row], blur(pixels[row : row + 1], one(radius))[0])


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.95, 1.0])
def test_the_faintest_share_of_places_becomes_gray(share: float) -> None:
    pixels = rough(1, 10, 10)
    clipped = clip_small_norm(pixels, one(share))
    gray = (clipped == 0.5).all(1)
    assert int(gray.sum()) == round(share * 100)
    far = (pixels - 0.5).norm(dim=1)
    assert share in (0.0, 1.0) or far[gray].max() < far[~gray].min()
    assert torch.equal(clipped.movedim(1, 3)[~gray], pixels.movedim(1, 3)[~gray])


def test_of_places_that_are_equally_faint_only_the_share_goes() -> None:
    gray = (clip_small_norm(even(0.7), one(0.5)) == 0.5).all(1)
    assert int(gray.sum()) == 27


def test_what_contributes_least_becomes_gray() -> None:
    pixels, gradient = rough(1, 10, 10), rough(1, 10, 10, seed=1) - 0.5
    clipped = clip_small_contribution(pixels, gradient, one(0.3))
    gray = (clipped == 0.5).all(1)
    assert int(gray.sum()) == 30
    lost = torch.zeros(10, 10)  # what a linear score with this gradient loses if one place becomes gray
    for i in range(10):
        for j in range(10):
            without = pixels.clone()
            without[:, :, i, j] = 0.5
            lost[i, j] = ((pixels - without) * gradient).sum().abs()
    assert lost[gray[0]].max() < lost[~gray[0]].min()
    assert torch.equal(clipped.movedim(1, 3)[~gray], pixels.movedim(1, 3)[~gray])


def test_each_picture_has_its_own_share() -> None:
    shares = torch.tensor([0.0, 0.5])
    for clipped in (clip_small_norm(rough(), shares), clip_small_contribution(rough(), rough(seed=1), shares)):
        assert (clipped == 0.5).all(1).sum((1, 2)).tolist() == [0, 27]


# They have the effect that their names say


@pytest.mark.slow
@pytest.mark.parametrize("parameterization", ["pixels", "fourier"])
@pytest.mark.parametrize(("form", "weights"), [("beta", (0, 1, 5, 20)), ("anisotropic", (0, 0.1, 0.3, 1))])
def test_the_variation_of_the_result_falls_as_its_weight_grows(
    scenes: Classifier, form: str, weights: Sequence[float], parameterization: str
) -> None:
    measure = total_variation if form == "beta" else anisotropic_total_variation
    found = []
    for weight in weights:
        more = {**asdict(Settings()), "tv": weight, "tv_form": form, "parameterization": parameterization}
        *_, frame = maximize(scenes, class_logit(8), steps=20, seed=1, size=32, **more)
        found.append(measure(frame.pixels).item())
        assert frame.penalties["tv"].item() == pytest.approx(found[-1], rel=1e-5)
    assert all(later < earlier for earlier, later in pairwise(found)), found
    assert found[-1] < found[0] / 2


@pytest.mark.slow
@pytest.mark.parametrize("parameterization", ["pixels", "fourier"])
@pytest.mark.parametrize("order", [1.0, 2.0, 6.0])
def test_the_norm_of_the_result_falls_as_its_weight_grows(
    scenes: Classifier, order: float, parameterization: str
) -> None:
    found = []
    for weight in (0.0, 0.3, 1.0, 5.0):
        more = {**asdict(Settings()), "norm": weight, "norm_order": order, "parameterization": parameterization}
        more["learning_rate"] = 0.3  # far from gray, where the norm has something to hold back
        *_, frame = maximize(scenes, class_logit(8), steps=20, seed=1, size=32, **more)
        found.append(norm(frame.pixels, order).item())
        assert frame.penalties["norm"].item() == pytest.approx(found[-1], rel=1e-5)
    assert all(later < earlier for earlier, later in pairwise(found)), found
    assert found[-1] < found[0] / 2
