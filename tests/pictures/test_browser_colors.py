"""Pictures have the colors that a browser shows, whatever their header says.

`browser_colors.json` holds Chromium's own pixels of every file of `benchmarks.accuracy.header_variants` that
`open_picture` has to show alike; `python -m benchmarks.accuracy.browser_colors --keep` makes it again.
"""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.accuracy.browser_colors import MOST, squares
from benchmarks.accuracy.header_variants import BGRA, bgra, bmp, g_ama, png, rgb, s_rgb, variants, words
from vizlib.pictures import as_picture, open_picture

CHROMIUM = json.loads(Path(__file__).with_name("browser_colors.json").read_text(encoding="utf-8"))
FORMATS = ("PNG", "BMP", "JPEG", "WebP", "GIF", "AVIF", "TIFF")


@pytest.mark.slow
@pytest.mark.parametrize("kind", FORMATS)
def test_every_header_means_the_colors_that_a_browser_shows(kind: str) -> None:
    off = {}
    for each in variants(kind):
        shown = CHROMIUM.get(f"{each.format}: {each.name}")
        if shown is not None:
            rows = np.array([list(bytes.fromhex(row)) for row in shown], np.int16)
            found = squares(np.asarray(open_picture(each.make())))
            off[each.name] = int(np.abs(found - rows.reshape(found.shape)).max())
    assert len(off) >= 10
    assert {name: levels for name, levels in off.items() if levels > MOST} == {}


def first(data: bytes) -> list[int]:
    """The first square of the chart, which is (200, 60, 20)."""
    return np.asarray(open_picture(data))[8, 8].tolist()


def test_levels_that_are_light_are_brightened_as_gamma_says() -> None:
    linear = np.rint((rgb() / 255) ** 2.2 * 255).astype(int)
    assert np.abs(np.array(first(png(linear, g_ama(1.0)))) - (200, 60, 20)).max() <= 7  # 13 of 255 is rounded light
    assert first(png(rgb(), g_ama(1.0))) == pytest.approx((229, 133, 79), abs=2)
    assert first(png(rgb(), g_ama(1.0), s_rgb())) == [200, 60, 20]  # sRGB counts more
    assert first(png(rgb(), g_ama(0.45455))) == [200, 60, 20]  # an ordinary screen


def test_a_bmp_without_any_visible_pixel_is_opaque() -> None:
    for size in (56, 108, 124):
        clear = words(bgra(0), (0, 8, 16, 24), (8,) * 4)
        assert first(bmp(clear, 32, BGRA, size)) == [200, 60, 20]
        clear[:8, :8] |= 255 << 24  # one visible corner: the rest is meant to be clear
        assert np.asarray(open_picture(bmp(clear, 32, BGRA, size)))[24, 24].tolist() == [255, 255, 255]


def test_gamma_counts_for_an_image_that_pil_has_opened_too() -> None:
    data = png(rgb(), g_ama(1.0))
    np.testing.assert_array_equal(as_picture(Image.open(BytesIO(data))), open_picture(data))
