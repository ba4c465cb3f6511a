"""Parameterizations give pixels in [0, 1] for all numbers, and a picture can be turned back into its numbers."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from vizlib.activation_maximization.parameterizations import (
    PARAMETERIZATIONS,
    Canvas,
    Fourier,
    Maco,
    Pixels,
    Windowed,
    _color_basis,
    make_canvas,
)
from vizlib.activation_maximization.starts import noise

SIZES = [(16, 16), (24, 17), (19, 32)]
every_kind = pytest.mark.parametrize("kind", list(PARAMETERIZATIONS.values()), ids=list(PARAMETERIZATIONS))
every_size = pytest.mark.parametrize("size", SIZES, ids=str)
Kind = type[Pixels] | type[Fourier] | type[Maco]


def rough(size: tuple[int, int], count: int = 2) -> Tensor:
    return torch.rand(count, 3, *size, generator=torch.Generator().manual_seed(0)) * 0.9 + 0.05


def start(kind: Kind, seeds: list[int], size: tuple[int, int]) -> Canvas:
    """The numbers with which a run begins."""
    return kind(noise(seeds, size, kind.noise))


def planes_of(pixels: Tensor) -> Tensor:
    """Pixels in the decorrelated colors, before the sigmoid."""
    return torch.einsum("bchw,dc->bdhw", pixels.logit(), torch.linalg.inv(_color_basis()))


# What every parameterization promises


@every_kind
@every_size
def test_pixels_are_between_zero_and_one_whatever_the_numbers(kind: Kind, size: tuple[int, int]) -> None:
    canvas = start(kind, [0, 1], size)
    for strength in (1.0, 1e4, 0.0):
        canvas.numbers.data.mul_(strength)
        pixels = canvas.pixels()
        assert pixels.shape == (2, 3, *size)
        assert pixels.isfinite().all()
        assert pixels.min() >= 0
        assert pixels.max() <= 1


@every_kind
@every_size
def test_a_picture_is_given_back(kind: Kind, size: tuple[int, int]) -> None:
    canvas = start(kind, [0, 1], size)
    canvas.encode(rough(size))
    torch.testing.assert_close(canvas.pixels(), rough(size), rtol=0, atol=2e-5)


@every_kind
def test_black_and_white_come_back_within_half_a_level(kind: Kind) -> None:
    canvas = start(kind, [0], (16, 16))
    board = torch.zeros(1, 3, 16, 16)
    board[:, :, ::2, 1::2] = board[:, :, 1::2, ::2] = 1.0
    canvas.encode(board)
    assert (canvas.pixels() - board).abs().max() < 0.5 / 255


@every_kind
@pytest.mark.parametrize(
    "rows", [torch.tensor([1]), slice(1, 2), torch.tensor([False, True, False])], ids=["index", "slice", "mask"]
)
def test_encoding_some_rows_leaves_the_others_to_the_last_bit(kind: Kind, rows: Tensor | slice) -> None:
    canvas = start(kind, [0, 1, 2], (16, 20))
    before = canvas.pixels().clone()
    canvas.encode(rough((16, 20), 1), rows)
    after = canvas.pixels()
    torch.testing.assert_close(after[1:2], rough((16, 20), 1), rtol=0, atol=2e-5)
    assert torch.equal(after[[0, 2]], before[[0, 2]])


@every_kind
def test_every_number_of_a_start_has_a_gradient(kind: Kind) -> None:
    canvas = start(kind, [0], (16, 16))
    canvas.numbers.requires_grad_()
    weights = rough((16, 16), 1)
    (gradient,) = torch.autograd.grad((canvas.pixels() * weights).sum(), canvas.numbers)
    assert gradient.isfinite().all()
    assert gradient.ne(0).float().mean() > 0.8


@every_kind
@pytest.mark.parametrize("value", [0.0, 0.3, 0.5, 1.0])
def test_an_even_picture_has_a_finite_gradient(kind: Kind, value: float) -> None:
    canvas = start(kind, [0, 1], (16, 16))
    canvas.encode(torch.full((1, 3, 16, 16), value), torch.tensor([0]))
    canvas.numbers.requires_grad_()
    (gradient,) = torch.autograd.grad(canvas.pixels(), canvas.numbers, rough((16, 16)))
    assert gradient.isfinite().all()
    assert gradient[1].any()


@every_kind
def test_encoding_keeps_the_tensor_that_the_optimizer_holds(kind: Kind) -> None:
    canvas = start(kind, [0], (16, 16))
    numbers = canvas.numbers.requires_grad_()
    canvas.encode(rough((16, 16), 1))
    assert canvas.numbers is numbers
    assert numbers.requires_grad


@every_kind
def test_seeds_make_different_starts_and_each_its_own(kind: Kind) -> None:
    two = start(kind, [3, 4], (16, 16)).pixels()
    assert not torch.equal(two[0], two[1])
    torch.testing.assert_close(start(kind, [4], (16, 16)).pixels()[0], two[1], rtol=0, atol=1e-6)


@every_kind
def test_the_noise_that_was_given_is_not_moved_with_the_numbers(kind: Kind) -> None:
    given = noise([0], (16, 16), 0.1)
    canvas = kind(given)
    canvas.numbers.data.add_(1.0)
    assert torch.equal(given, noise([0], (16, 16), 0.1))


def test_noise_is_normal_with_the_strength_asked() -> None:
    many = noise([7], (64, 64), 0.2)
    assert many.std().item() == pytest.approx(0.2, rel=0.03)
    assert many.mean().abs() < 0.01
    assert noise([7, 8], (64, 64), 1.0)[1].std().item() == pytest.approx(1.0, rel=0.03)


# Pixels


def test_a_number_is_a_pixel_value_around_gray() -> None:
    canvas = Pixels(torch.zeros(1, 3, 16, 16))
    assert canvas.pixels().unique().item() == 0.5
    canvas.numbers += 0.01
    assert canvas.pixels().mean().item() == pytest.approx(0.51, abs=1e-4)
    canvas.numbers[0, 1, 2, 3] = 0.5
    assert canvas.pixels()[0, 1, 2, 3].item() == pytest.approx(1 / (1 + 2.718281828**-2), rel=1e-5)


# Fourier


def test_the_color_basis_can_be_inverted_and_its_longest_axis_has_length_one() -> None:
    basis = _color_basis()
    assert basis.norm(dim=0).max().item() == pytest.approx(1.0)
    assert torch.linalg.cond(basis) < 20
    there = torch.einsum("bchw,dc->bdhw", rough((4, 4)), basis)
    back = torch.einsum("bchw,dc->bdhw", there, torch.linalg.inv(basis))
    torch.testing.assert_close(back, rough((4, 4)), rtol=1e-4, atol=1e-5)


def test_the_first_color_is_light_the_second_red_against_blue_the_third_green_against_both() -> None:
    light, red, green = _color_basis().T
    assert light.min() > 0.9 * light.max() > 0
    assert red[0] > 0.1 > abs(float(red[1])) * 10
    assert red[2] < 0
    assert green[1] < 0 < min(green[0], green[2])


@pytest.mark.parametrize("frequency", [1, 2, 4, 8])
def test_low_frequencies_move_more_than_high_ones(frequency: int) -> None:
    def moved(rows: int, columns: int) -> float:
        canvas = Fourier(torch.zeros(1, 3, 32, 32))
        canvas.numbers[0, 0, rows, columns, 0] = 0.01
        return float((canvas.pixels() - 0.5).square().mean().sqrt())

    assert moved(0, 1) == pytest.approx(frequency * moved(0, frequency), rel=1e-3)
    assert moved(3, 4) == pytest.approx(moved(0, 5), rel=1e-3)
    assert moved(1, 1) == pytest.approx(moved(0, 1) / 2**0.5, rel=1e-3)


def test_the_constant_part_moves_no_more_than_one_cycle_per_picture() -> None:
    canvas = Fourier(torch.zeros(1, 3, 32, 32))
    canvas.numbers[0, 0, 0, 0, 0] = 0.01
    steady = float((canvas.pixels() - 0.5).square().mean().sqrt())
    canvas = Fourier(torch.zeros(1, 3, 32, 32))
    canvas.numbers[0, 0, 0, 1, 0] = 0.01
    wave = float((canvas.pixels() - 0.5).square().mean().sqrt())
    assert wave == pytest.approx(2**0.5 * steady, rel=1e-3)  # a wave stands for two conjugate coefficients


@pytest.mark.parametrize("kind", [Pixels, Fourier])
def test_a_start_of_noise_is_around_gray(kind: type[Pixels] | type[Fourier]) -> None:
    pixels = start(kind, [0], (64, 64)).pixels()
    assert 0.0005 < pixels.std().item() < 0.2
    assert pixels.mean().item() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("cutoff", [0.1, 0.3])
def test_of_a_picture_only_what_lies_below_the_cutoff_comes_back(cutoff: float) -> None:
    canvas = make_canvas("fourier", noise([0, 1], (24, 32), 1.0), cutoff)
    canvas.encode(rough((24, 32)))
    rows, columns = torch.fft.fftfreq(24)[:, None], torch.fft.rfftfreq(32)[None]
    kept = (rows.square() + columns.square()).sqrt() <= cutoff
    wanted = torch.fft.irfft2(torch.fft.rfft2(rough((24, 32)).logit()) * kept, s=(24, 32)).sigmoid()
    torch.testing.assert_close(canvas.pixels(), wanted, rtol=0, atol=1e-4)


def test_few_and_many_pictures_are_made_alike() -> None:
    many = start(Fourier, [0, 1, 2, 3], (24, 17)).pixels()
    for row in range(4):
        torch.testing.assert_close(start(Fourier, [row], (24, 17)).pixels()[0], many[row], rtol=0, atol=1e-5)


# MACO


def test_magnitudes_stay_in_proportion_while_phases_move() -> None:
    canvas = start(Maco, [0], (32, 32))
    inner = (..., slice(1, 16))  # the other columns hold waves that must be their own mirror image
    before = torch.fft.rfft2(planes_of(canvas.pixels())).abs()[inner]
    phases = canvas.numbers.clone()
    canvas.numbers += torch.randn(phases.shape, generator=torch.Generator().manual_seed(1))
    after = torch.fft.rfft2(planes_of(canvas.pixels())).abs()[inner]
    factor = after / before
    assert factor.std() / factor.mean() < 1e-3
    assert factor.mean().item() == pytest.approx(1, abs=0.1)
    assert (canvas.pixels() - start(Maco, [0], (32, 32)).pixels()).abs().mean() > 0.02


@pytest.mark.slow
def test_natural_magnitudes_fall_with_frequency() -> None:
    size = torch.fft.rfft2(planes_of(start(Maco, [0], (64, 64)).pixels())).abs()[0, 0, 0]
    assert size[1:3].mean() > 3 * size[8:12].mean() > 9 * size[26:32].mean()


def test_a_picture_that_was_given_keeps_its_own_magnitudes() -> None:
    canvas = start(Maco, [0, 1], (16, 16))
    canvas.encode(rough((16, 16)))
    before = torch.fft.rfft2(planes_of(canvas.pixels())).abs()[..., 1:8]
    canvas.numbers[..., 1:8] += torch.randn(2, 3, 16, 7, generator=torch.Generator().manual_seed(1))
    after = torch.fft.rfft2(planes_of(canvas.pixels())).abs()[..., 1:8]
    torch.testing.assert_close(after, before, rtol=1e-2, atol=1e-2)
    assert (canvas.pixels() - rough((16, 16))).abs().mean() > 0.05


# The window


@every_size
def test_a_window_keeps_half_of_the_contrast_at_its_border_and_none_far_outside(size: tuple[int, int]) -> None:
    height, width = size
    canvas = Windowed(start(Pixels, [0], size), size, 0.5)
    canvas.numbers.data.fill_(1e3)  # white before the window
    rows, columns = torch.linspace(-1, 1, height)[:, None], torch.linspace(-1, 1, width)[None]
    radius = (rows.square() + columns.square()).sqrt() / 0.5
    wanted = 0.5 + 0.5 * 0.5 ** (radius**4)
    torch.testing.assert_close(canvas.pixels()[0, 0], wanted)
    assert canvas.pixels()[0, :, 0, 0].tolist() == [0.5] * 3


@every_kind
def test_what_a_window_shows_is_given_back(kind: Kind) -> None:
    canvas = Windowed(start(kind, [0, 1], (24, 17)), (24, 17), 0.7)
    canvas.encode(rough((24, 17)))
    shown = canvas.pixels().clone()
    canvas.encode(shown)
    torch.testing.assert_close(canvas.pixels(), shown, rtol=0, atol=2e-3)


def test_a_window_of_zero_is_the_whole_picture() -> None:
    plain = make_canvas("fourier", noise([0], (24, 32), 1.0), 0.3)
    assert isinstance(plain, Fourier)
    assert isinstance(make_canvas("fourier", noise([0], (24, 32), 1.0), 0.3, 0.6), Windowed)
