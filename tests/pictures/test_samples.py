"""The photographs that come with scikit-image: found by their files, without its code."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from vizlib.pictures import open_picture, sample_photographs


def test_the_sample_photographs_are_natural_color_pictures_that_open() -> None:
    pytest.importorskip("skimage")
    samples = sample_photographs()
    assert list(samples) == ["cat", "astronaut", "coffee", "rocket"]
    for path in samples.values():
        pixels = np.asarray(open_picture(path)).astype(np.int16)
        assert min(pixels.shape[:2]) >= 224
        assert np.abs(pixels[..., 0] - pixels[..., 2]).mean() > 3  # not gray


def test_without_scikit_image_there_are_no_sample_photographs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vizlib.pictures.samples.find_spec", lambda name: None)
    assert sample_photographs() == {}


def test_listing_the_samples_does_not_import_scikit_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "skimage", raising=False)
    sample_photographs()
    assert "skimage" not in sys.modules
