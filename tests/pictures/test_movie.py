"""Movies: what is written is what a player shows, picture by picture."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from vizlib.pictures import encode_movie, read_recipe

Array = np.ndarray[Any, Any]
RECIPE = {"seed": 3, "class": "mushroom"}


def pictures(count: int, side: int = 48) -> list[Array]:
    """Smooth colors that drift: what optimized pictures are made of."""
    y, x = np.mgrid[0:side, 0:side] / side
    waves = [np.stack([np.sin(6 * x + t), np.cos(5 * y - t), np.sin(4 * (x + y) + 2 * t)], 2) for t in range(count)]
    return [np.rint(127.5 + 100 * wave).astype(np.uint8) for wave in waves]


def played(data: bytes) -> tuple[list[Array], list[float]]:
    """The pictures as a player shows them, and for how many milliseconds each."""
    movie = Image.open(io.BytesIO(data))
    images, durations = [], []
    for frame in ImageSequence.Iterator(movie):
        images.append(np.asarray(frame.convert("RGB")))
        durations.append(float(frame.info["duration"]))
    return images, durations


@pytest.mark.parametrize("kind", ["gif", "png"])
def test_a_movie_plays_all_its_pictures_each_for_its_time(kind: str) -> None:
    images, durations = played(encode_movie(pictures(7), kind, [80, 80, 80, 120, 80, 80, 2000]))
    assert len(images) == 7
    assert durations == [80, 80, 80, 120, 80, 80, 2000]


@pytest.mark.parametrize("kind", ["gif", "png"])
def test_one_duration_serves_all_pictures_and_the_movie_never_ends(kind: str) -> None:
    data = encode_movie(pictures(3), kind, 60)
    assert played(data)[1] == [60, 60, 60]
    assert Image.open(io.BytesIO(data)).info["loop"] == 0


def test_an_animated_png_keeps_every_color() -> None:
    for given, shown in zip(pictures(5), played(encode_movie(pictures(5), "png"))[0], strict=True):
        assert np.array_equal(given, shown)


def test_a_gif_s_colors_are_right_where_the_eye_averages() -> None:
    """256 colors for the whole film: single pixels are off, areas of 8 x 8 px are not, thanks to the dithering."""
    images = pictures(5)
    data = encode_movie(images, "gif")
    for given, shown in zip(images, played(data)[0], strict=True):
        off = given.astype(float) - shown
        areas = off.reshape(6, 8, 6, 8, 3).mean((1, 3))
        assert np.abs(off).mean() < 10
        assert np.abs(areas).max() < 8
        assert np.abs(areas).mean() < 1.35, "without dithering it is above"
    assert len({color for image in played(data)[0] for color in map(tuple, image.reshape(-1, 3))}) <= 256


def test_a_film_of_few_colors_loses_nothing_in_a_gif() -> None:
    images = [np.full((16, 16, 3), color, np.uint8) for color in ((255, 0, 0), (0, 128, 0), (9, 9, 200))]
    images = [np.where(np.arange(16)[:, None, None] < 4, 255, image).astype(np.uint8) for image in images]
    for given, shown in zip(images, played(encode_movie(images, "gif"))[0], strict=True):
        assert np.array_equal(given, shown)


def test_the_recipe_is_inside() -> None:
    assert read_recipe(encode_movie(pictures(2), "png", recipe=RECIPE)) == RECIPE
    comment = Image.open(io.BytesIO(encode_movie(pictures(2), "gif", recipe=RECIPE))).info["comment"]
    assert json.loads(comment) == RECIPE


def test_a_single_picture_is_a_movie_too() -> None:
    for kind in ("gif", "png"):
        assert Image.open(io.BytesIO(encode_movie(pictures(1), kind))).size == (48, 48)


@pytest.mark.parametrize(
    ("images", "kind", "milliseconds"),
    [
        ([], "gif", 80),
        ([*pictures(1), *pictures(1, 32)], "gif", 80),
        (pictures(2), "mp4", 80),
        (pictures(2), "gif", [80]),
        ([each / 255 for each in pictures(2)], "png", 80),
    ],
)
def test_what_is_no_movie_is_refused(images: list[Array], kind: str, milliseconds: Any) -> None:
    with pytest.raises(ValueError, match=r"movie|durations"):
        encode_movie(images, kind, milliseconds)
