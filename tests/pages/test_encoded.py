"""A picture is encoded once for a whole hall, and the browser gets every pixel of it."""

from __future__ import annotations

import io
import threading
import time

import numpy as np
import pytest
from PIL import Image
from streamlit.elements.lib.image_utils import _ensure_image_size_and_format
from streamlit.elements.lib.layout_utils import LayoutConfig

from vizlib.ui.shared import encoded


def noise(seed: int = 0) -> encoded.Array:
    return np.random.default_rng(seed).integers(0, 256, (24, 32, 3), np.uint8)


def opened(file: bytes) -> encoded.Array:
    return np.asarray(Image.open(io.BytesIO(file)))


def test_a_still_is_every_pixel_as_it_is() -> None:
    assert (opened(encoded.still(noise())) == noise()).all()


def test_streamlit_passes_our_png_on_untouched() -> None:
    """With its own choice of a format it would make a JPEG of quality 90 with half the colors."""
    file = encoded.still(noise())
    assert _ensure_image_size_and_format(file, LayoutConfig(width="stretch"), "PNG") == file


def test_a_frame_keeps_its_colors_and_is_smaller() -> None:
    smooth = np.asarray(Image.fromarray(noise()).resize((256, 192), Image.Resampling.BICUBIC))
    frame = encoded.live(smooth)
    assert np.abs(opened(frame).astype(int) - smooth).mean() < 3
    assert len(frame) < len(encoded.still(smooth))


def test_pictures_are_enlarged_for_the_hall() -> None:
    assert opened(encoded.still(noise(), 640)).shape[1] == 640
    assert opened(encoded.live(noise(), 640)).shape[1] == 640


def test_fifty_requests_at_once_get_one_file_made_once() -> None:
    calls: list[int] = []
    once = encoded.Once(4)
    found: list[bytes] = []

    def make() -> bytes:
        calls.append(1)
        time.sleep(0.05)
        return b"file"

    threads = [threading.Thread(target=lambda: found.append(once.get("key", make))) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert (len(calls), found) == (1, [b"file"] * 50)


def test_a_failure_is_raised_and_not_kept() -> None:
    def fail() -> bytes:
        raise ValueError("no")

    once = encoded.Once(4)
    with pytest.raises(ValueError, match="no"):
        once.get("key", fail)
    assert once.get("key", lambda: b"file") == b"file"


def test_only_the_last_ones_are_kept() -> None:
    once = encoded.Once(2)
    for key in "abc":
        once.get(key, lambda: b"old")
    assert once.get("a", lambda: b"new") == b"new"
    assert once.get("c", lambda: b"new") == b"old"


def test_pictures_of_one_content_and_two_shapes_are_two_files() -> None:
    flat = np.zeros((4, 8, 3), np.uint8)
    assert opened(encoded.still(flat)).shape != opened(encoded.still(flat.reshape(8, 4, 3))).shape
