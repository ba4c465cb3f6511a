"""Drawn digits: a seed is a picture."""

from __future__ import annotations

import numpy as np
import pytest

from vizlib.errors import UnknownName
from vizlib.synthetic import draw_digit


def test_digits_are_bright_ink_on_black_and_repeat_with_their_seed() -> None:
    for seed in range(30):
        digit = draw_digit(seed)
        assert digit.image.shape == (28, 28)
        assert digit.image.dtype == np.uint8
        assert 0 <= digit.label <= 9
        assert digit.image.max() > 150, "ink"
        assert np.median(digit.image) < 60, "paper"
        assert np.array_equal(digit.image, draw_digit(seed).image)


def test_every_digit_is_drawn_and_can_be_asked_for() -> None:
    assert {draw_digit(seed).label for seed in range(120)} == set(range(10))
    assert draw_digit(4, label=7).label == 7


def test_a_digit_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownName, match="no digit number 10"):
        draw_digit(1, 10)
