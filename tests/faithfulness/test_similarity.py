"""How alike two maps are: known answers, and what is decided about maps that say nothing."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.feature import hog
from skimage.metrics import structural_similarity as ssim

from vizlib.faithfulness.similarity import (
    correlation,
    gradient_similarity,
    rank_correlation,
    rank_order,
    similarities,
    structural_similarity,
)

ROUGH = np.random.default_rng(0).normal(size=(32, 32))
OTHER = np.random.default_rng(1).normal(size=(32, 32))


def test_a_map_is_wholly_like_itself_its_negative_and_a_multiple_of_it() -> None:
    for same in (ROUGH, -ROUGH, 7 * ROUGH):
        assert similarities(ROUGH, same) == pytest.approx((1, 1, 1))


def test_the_rank_correlation_is_spearman_s_of_absolute_values() -> None:
    """The ranks of the magnitudes are 1 2 3 4 and 2 1 4 3: 1 - 6 * 4 / (4 * 15) = 0.6."""
    assert rank_correlation(np.array([[1.0, -2.0], [3.0, 4.0]]), np.array([[2.0, 1.0], [9.0, -8.0]])) == pytest.approx(
        0.6
    )
    assert rank_order(np.array([1.0, -2.0, 3.0]), np.array([0.0, -1.0, 5.0])) == pytest.approx(1)
    assert rank_order(np.array([1.0, 1.0, 1.0]), np.array([0.0, -1.0, 5.0])) == 0


def test_equal_values_share_a_rank() -> None:
    tied = np.array([[1.0, 1.0], [2.0, 2.0]])
    assert rank_correlation(tied, np.array([[1.0, 2.0], [3.0, 4.0]])) == pytest.approx(
        correlation(np.array([1.5, 1.5, 3.5, 3.5]), np.array([1.0, 2.0, 3.0, 4.0]))
    )


def test_maps_of_noise_are_unlike() -> None:
    assert abs(rank_correlation(ROUGH, OTHER)) < 0.1
    assert abs(structural_similarity(ROUGH, OTHER)) < 0.2
    assert abs(gradient_similarity(ROUGH, OTHER)) < 0.3


def test_structure_and_gradients_are_scikit_image_s_of_scaled_magnitudes() -> None:
    one, other = (np.abs(each) / np.abs(each).max() for each in (ROUGH, OTHER))
    assert structural_similarity(ROUGH, OTHER) == pytest.approx(ssim(one, other, data_range=1.0))
    first, second = (hog(each, pixels_per_cell=(4, 4), cells_per_block=(1, 1)) for each in (one, other))
    assert gradient_similarity(ROUGH, OTHER) == pytest.approx(np.corrcoef(first, second)[0, 1])


@pytest.mark.parametrize("nothing", [np.zeros((32, 32)), np.full((32, 32), -3.0), np.full((32, 32), np.nan)])
def test_nothing_is_like_a_map_that_says_nothing(nothing: np.ndarray) -> None:  # type: ignore[type-arg]
    assert similarities(nothing, ROUGH) == (0, 0, 0)
    assert similarities(nothing, nothing) == (0, 0, 0)


def test_small_maps_have_all_three() -> None:
    small = np.arange(9.0).reshape(3, 3)
    assert similarities(small, small) == pytest.approx((1, 1, 1))
