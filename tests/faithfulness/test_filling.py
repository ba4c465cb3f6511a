"""What is put in the place of removed pixels: known answers, and pytorch-grad-cam's imputer as the oracle of ROAD's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pytorch_grad_cam.metrics.road import NoisyLinearImputer

from vizlib.errors import UnknownName
from vizlib.faithfulness.filling import FILLS, check_fill, filled, imputed

PICTURE = torch.rand(3, 24, 20, generator=torch.Generator().manual_seed(0))


def holes(share: float) -> np.ndarray:  # type: ignore[type-arg]
    return np.random.default_rng(1).random((24, 20)) < share


@pytest.mark.filterwarnings("ignore:__array_wrap__:DeprecationWarning")  # the oracle gives NumPy a tensor
@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_without_noise_the_imputation_is_that_of_pytorch_grad_cam(share: float) -> None:
    removed = holes(share)
    other = NoisyLinearImputer(noise=0)(PICTURE, torch.from_numpy(~removed).float())
    assert torch.allclose(imputed(PICTURE, removed, noise=0), other, atol=1e-6)


def test_a_hole_in_a_ramp_is_filled_with_the_ramp() -> None:
    ramp = torch.linspace(0, 1, 20).expand(3, 24, 20).clone()
    removed = np.zeros((24, 20), bool)
    removed[6:15, 4:16] = True
    assert torch.allclose(imputed(ramp, removed, noise=0), ramp, atol=1e-6)


def test_pixels_that_stay_are_as_they_were_and_the_noise_is_small_and_seeded() -> None:
    removed = holes(0.5)
    plain, one, same, other = (imputed(PICTURE, removed, *how) for how in ((0,), (0.01, 1), (0.01, 1), (0.01, 2)))
    assert torch.equal(one[:, ~removed], PICTURE[:, ~removed])
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert float((one - plain)[:, removed].std()) == pytest.approx(0.01, rel=0.1)


def test_all_or_nothing_removed_needs_no_equations() -> None:
    nothing = np.zeros((24, 20), bool)
    assert torch.equal(imputed(PICTURE, nothing), PICTURE)
    assert torch.allclose(imputed(PICTURE, ~nothing), PICTURE.mean((1, 2), keepdim=True).expand_as(PICTURE))


def test_each_fill_is_what_it_says() -> None:
    assert torch.equal(filled(PICTURE, "gray"), torch.full_like(PICTURE, 0.5))
    assert torch.allclose(filled(PICTURE, "mean")[:, 3, 4], PICTURE.mean((1, 2)))
    assert torch.equal(filled(PICTURE, "noise", 1), filled(PICTURE, "noise", 1))
    assert not torch.equal(filled(PICTURE, "noise", 1), filled(PICTURE, "noise", 2))
    flat = torch.full((3, 24, 20), 0.3)
    assert torch.allclose(filled(flat, "blur"), flat)
    assert filled(PICTURE, "blur").std() < PICTURE.std() / 4
    assert all(filled(PICTURE, each).shape == PICTURE.shape for each in FILLS)  # type: ignore[arg-type]


def test_the_blur_has_a_twelfth_of_the_shorter_side() -> None:
    point = torch.zeros(3, 120, 121)
    point[:, 60, 60] = 1
    rows = filled(point, "blur")[0].sum(1)
    assert float((rows * (torch.arange(120) - 60.0) ** 2).sum()) ** 0.5 == pytest.approx(10, rel=0.03)


def test_another_fill_is_a_sentence() -> None:
    with pytest.raises(UnknownName, match="There is no fill called 'grey'"):
        check_fill("grey")
