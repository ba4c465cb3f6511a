"""Pictures as data URLs."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from vizlib.render import Image8
from vizlib.ui.widgets import data_url
from vizlib.ui.widgets.data_url import crisp, kept_url


def noise(height: int, width: int) -> Image8:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def opened(url: str) -> tuple[str, Image8]:
    head, _, code = url.partition(";base64,")
    return head, np.asarray(Image.open(io.BytesIO(base64.b64decode(code))).convert("RGB"))


def test_without_a_quality_the_picture_arrives_byte_for_byte() -> None:
    head, image = opened(data_url.data_url(noise(7, 5)))
    assert head == "data:image/png"
    assert np.array_equal(image, noise(7, 5))


def test_with_a_quality_it_is_webp_and_smaller() -> None:
    head, image = opened(data_url.data_url(noise(64, 48), 88))
    assert head == "data:image/webp"
    assert image.shape == (64, 48, 3)
    assert len(data_url.data_url(noise(64, 48), 20)) < len(data_url.data_url(noise(64, 48), 88))


def test_a_picture_is_encoded_once_for_each_quality(monkeypatch: pytest.MonkeyPatch) -> None:
    data_url._kept.clear()
    made: list[int | None] = []
    monkeypatch.setattr(data_url, "data_url", lambda image, quality: made.append(quality) or str(quality))
    answers = [kept_url(noise(9, 9)), kept_url(noise(9, 9)), kept_url(noise(9, 9), 88), kept_url(noise(9, 9)[::-1])]
    data_url._kept.clear()
    assert made == [None, 88, None]
    assert answers == ["None", "None", "88", "None"]


def test_small_pictures_keep_their_hard_edges() -> None:
    assert crisp(noise(64, 64))
    assert not crisp(noise(65, 3))
