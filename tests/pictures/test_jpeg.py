"""Saving as JPEG and opening again."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from vizlib.pictures import recompressed


@pytest.mark.slow
def test_an_even_gray_survives_jpeg_and_noise_loses_more_at_a_lower_quality() -> None:
    gray = Image.new("RGB", (24, 17), (90, 90, 90))
    assert np.array_equal(np.asarray(recompressed(gray, 50)), np.asarray(gray))
    noise = np.random.default_rng(0).integers(0, 256, (17, 24, 3), dtype=np.uint8)
    fine, coarse = (np.asarray(recompressed(Image.fromarray(noise), quality)) for quality in (95, 30))
    assert fine.shape == coarse.shape == noise.shape
    lost = [float(np.abs(each.astype(int) - noise).mean()) for each in (fine, coarse)]
    assert 0 < lost[0] < lost[1]
