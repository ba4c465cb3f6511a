"""What a program may give as a picture: the same content gives the same pixels, however it is given, or a sentence."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from benchmarks.accuracy.header_variants import P3, orientation
from vizlib import fool, saliency, sweep, to_pixels
from vizlib.errors import PictureError
from vizlib.models import Classifier, load_model
from vizlib.pictures import as_picture, encode_png, open_picture

RGB = np.random.default_rng(3).integers(0, 256, (12, 10, 3), np.uint8)
RGBA = np.random.default_rng(4).integers(0, 256, (12, 10, 4), np.uint8)
GRAY = RGB[..., 0]


def saved(image: Image.Image, kind: str = "PNG", **words: Any) -> bytes:
    file = BytesIO()
    image.save(file, kind, **words)
    return file.getvalue()


def levels(picture: Any) -> np.ndarray:
    found = as_picture(picture)
    assert (found.mode, found.info) == ("RGB", {})
    return np.asarray(found).astype(int)


def through_a_file(image: Image.Image) -> np.ndarray:
    return np.asarray(open_picture(saved(image))).astype(int)


def refused(picture: Any) -> PictureError:
    with pytest.raises(PictureError) as caught:
        as_picture(picture)
    assert caught.value.sentence.endswith(".")
    assert caught.value.remedy.endswith(".")
    return caught.value


@pytest.mark.parametrize(
    ("picture", "same"),
    [
        (RGB, RGB),
        (RGB[None], RGB),
        (RGB[::-1, ::-1], RGB[::-1, ::-1]),
        (RGB.astype(np.float32) / 255, RGB),
        (RGB.astype(np.float64) / 255, RGB),
        ((RGB / 255).astype(">f4"), RGB),
        (RGB.astype(np.uint16) * 257, RGB),
        ((RGB.astype(np.uint16) * 257).astype(">u2"), RGB),
        (RGB.astype(np.int64), RGB),
        (RGB.astype(np.int16), RGB),
        (RGBA, RGBA),
        (RGBA / 255, RGBA),
        (RGBA.astype(np.uint16) * 257, RGBA),
        (GRAY, GRAY),
        (GRAY[..., None], GRAY),
        (GRAY[None], GRAY),
        (GRAY / 255, GRAY),
        (GRAY > 99, np.uint8(255) * (GRAY > 99)),
        (RGBA[..., 2:], RGBA[..., 2:]),
        (torch.from_numpy(RGB).permute(2, 0, 1), RGB),
        (torch.from_numpy(RGB).permute(2, 0, 1)[None], RGB),
        (torch.from_numpy(RGB).permute(2, 0, 1)[None] / 255, RGB),
        ((torch.from_numpy(RGB).permute(2, 0, 1) / 255).double().requires_grad_(), RGB),
        (torch.from_numpy(RGBA).permute(2, 0, 1) / 255, RGBA),
        (torch.from_numpy(GRAY), GRAY),
        (torch.from_numpy(GRAY)[None], GRAY),
        (torch.from_numpy(GRAY)[None, None] / 255, GRAY),
    ],
)
def test_numbers_are_the_picture_of_the_same_levels(picture: Any, same: np.ndarray) -> None:
    np.testing.assert_array_equal(levels(picture), through_a_file(Image.fromarray(np.ascontiguousarray(same))))


def test_halves_and_brain_floats_are_within_a_level() -> None:
    for picture in (torch.from_numpy(RGB).permute(2, 0, 1).half() / 255, (RGB / 255).astype(np.float16)):
        assert np.abs(levels(picture) - RGB).max() <= 1
    assert np.abs(levels((torch.from_numpy(RGB).permute(2, 0, 1) / 255).bfloat16()) - RGB).max() <= 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_pil_image_is_what_its_png_file_would_be(mode: str) -> None:
    image = Image.fromarray(GRAY.astype(np.uint16) * 200) if mode == "I;16" else Image.fromarray(RGBA).convert(mode)
    np.testing.assert_array_equal(levels(image), through_a_file(image))


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "LAB", "I", "F", "I;16"])
def test_a_pil_image_is_what_its_tiff_file_would_be(mode: str) -> None:
    deep = {"I": GRAY.astype(np.int32) * 257, "F": GRAY.astype(np.float32) / 255, "I;16": GRAY.astype(np.uint16) * 257}
    image = Image.fromarray(deep[mode]) if mode in deep else Image.fromarray(RGB).convert(mode)
    np.testing.assert_array_equal(levels(image), np.asarray(open_picture(saved(image, "TIFF"))).astype(int))


def test_rare_modes_of_pil_show_their_color() -> None:
    flat = Image.new("RGB", (9, 9), (200, 60, 20))
    assert np.abs(levels(flat.convert("HSV"))[4, 4] - (200, 60, 20)).max() <= 3
    half = Image.new("RGBA", (9, 9), (0, 100, 200, 51))
    for mode in ("RGBa", "RGBA"):
        assert np.abs(levels(half.convert(mode))[4, 4] - (204, 224, 244)).max() <= 3
    assert levels(Image.new("LA", (9, 9), (80, 0)).convert("La"))[4, 4].tolist() == [255, 255, 255]
    clear = Image.fromarray(GRAY // 200).convert("P")
    clear.info["transparency"] = 0
    np.testing.assert_array_equal(levels(clear), through_a_file(clear))
    for end in ("I;16L", "I;16B"):
        deep = Image.frombytes(end, (10, 12), (GRAY.astype(np.uint16) * 257).astype("<u2" if end[-1] == "L" else ">u2"))
        np.testing.assert_array_equal(levels(deep), through_a_file(Image.fromarray(GRAY)))


@pytest.mark.parametrize("load", [False, True])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP", "TIFF", "AVIF"])
def test_an_image_opened_with_pil_is_turned_and_converted_like_its_file(kind: str, load: bool) -> None:
    image = Image.fromarray(RGB).resize((40, 30))
    data = saved(image, kind, exif=orientation(6), icc_profile=P3)
    theirs = Image.open(BytesIO(data))
    if load:
        theirs.load()
    assert levels(theirs).shape == (40, 30, 3)
    np.testing.assert_array_equal(levels(theirs), np.asarray(open_picture(data)).astype(int))


def test_sixteen_bits_opened_with_pil_do_not_become_white() -> None:
    theirs = Image.open(BytesIO(saved(Image.fromarray(GRAY.astype(np.uint16) * 257))))
    np.testing.assert_array_equal(levels(theirs)[..., 0], GRAY)


def test_a_path_bytes_and_a_file_object_are_what_open_picture_opens(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(saved(Image.fromarray(RGB)))
    data = path.read_bytes()
    with path.open("rb") as file:
        file.read(5)
        for picture in (path, str(path), data, bytearray(data), memoryview(data), BytesIO(data), file, file):
            np.testing.assert_array_equal(levels(picture), RGB)
            np.testing.assert_array_equal(np.asarray(open_picture(picture)), RGB)
        assert file.tell() == 5
        with path.open(encoding="latin-1") as text:
            assert "text" in refused(text).sentence
    assert "read" in refused(file).sentence  # it is closed now
    for other in (None, RGB, Image.fromarray(RGB), 3):
        with pytest.raises(PictureError, match=r"A file is given as .*to_pixels takes PIL images"):
            open_picture(other)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("picture", "says"),
    [
        (RGB.astype(np.float32), "reach from"),
        (RGB / 255 - 0.5, "reach from"),
        (RGB / 255 * np.nan, "not finite"),
        (np.where(RGB > 9, RGB / 255, np.inf), "not finite"),
        (RGB.astype(np.int64) * 257, "reach from"),
        (RGB.astype(np.int32) - 1, "reach from"),
        ((RGB > 99).astype(np.int64), "but 0 and 1"),
        (RGB[None].repeat(2, 0), "2 pictures"),
        (torch.zeros(3, 3, 8, 8), "3 pictures"),
        (np.zeros((0, 8, 3), np.uint8), "no pixels"),
        (np.zeros((0, 8, 8, 3), np.uint8), "no pixels"),
        (torch.zeros(3, 0, 8), "no pixels"),
        (np.moveaxis(RGB, -1, 0), "shape"),
        (torch.from_numpy(RGB), "shape"),
        (np.zeros(8, np.uint8), "shape"),
        (np.float32(0.5), "shape"),
        (np.zeros((8, 8, 5), np.uint8), "8 pictures"),
        (RGB.astype(complex), "complex"),
        (RGB.astype(str), "<U"),
        (RGB.astype(object), "object"),
        (Image.new("RGB", (0, 5)), "no pixels"),
        (None, "NoneType"),
        (7, "int"),
        ([RGB], "list"),
        (b"no picture", "text"),
        (BytesIO(b""), "empty"),
        ("no such file.png", "no file"),
    ],
)
def test_what_is_no_picture_gets_a_sentence(picture: Any, says: str) -> None:
    assert says in refused(picture).sentence


def test_a_damaged_or_closed_file_of_pil_gets_a_sentence(tmp_path: Path) -> None:
    data = saved(Image.effect_noise((64, 64), 90))
    refused(Image.open(BytesIO(data[: len(data) // 2])))
    path = tmp_path / "x.png"
    path.write_bytes(data)
    with Image.open(path) as image:
        pass
    refused(image)


MODES = ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "F", "La", "RGBa", "PA", "RGBX"]
STEPS = {
    "La": ("LA", "La"),
    "PA": ("P", "PA"),
    "I": ("L", "I"),
    "F": ("L", "F"),
    "LAB": ("RGB", "LAB"),
    "HSV": ("RGB", "HSV"),
}
KINDS = ("uint8", "uint16", "bool", "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint32")


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(KINDS),
    st.lists(st.integers(0, 12), min_size=0, max_size=4),
    st.sampled_from([0, 1, 2, 200, 255, 256, 65535, -1]),
    st.sampled_from([1.0, 1 / 255, 1 / 65535, float("nan")]),
    st.booleans(),
)
def test_any_numbers_are_a_sound_picture_or_a_sentence(
    kind: str, shape: list[int], top: int, scale: float, tensor: bool
) -> None:
    values = np.random.default_rng(len(shape)).integers(min(top, 0), max(top, 0) + 1, shape)
    with np.errstate(all="ignore"):
        numbers = np.asarray(values * scale if "float" in kind else values).astype(kind).reshape(shape)
    given: Any = torch.from_numpy(numbers) if tensor else numbers
    try:
        picture = as_picture(given)
    except PictureError:
        return
    assert picture.mode == "RGB"
    found = np.asarray(picture).astype(int)
    if not numbers.any():
        assert not found.any() or numbers.shape[1 if tensor else -1] in (2, 4) or numbers.shape[0] in (2, 4)
    again = np.asarray(as_picture(encode_png(picture)) if min(picture.size) >= 8 else picture).astype(int)
    np.testing.assert_array_equal(found, again)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(MODES), st.integers(8, 20), st.integers(8, 20), st.integers(0, 99))
def test_any_mode_of_pil_is_a_sound_picture(mode: str, width: int, height: int, seed: int) -> None:
    bands = np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)
    source = Image.fromarray(bands)
    for step in STEPS.get(mode, (mode,)):
        source = source.convert(step)
    picture = as_picture(source)
    assert (picture.mode, picture.size) == ("RGB", (width, height))
    if mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        np.testing.assert_array_equal(np.asarray(picture), np.asarray(open_picture(saved(source))))


# Where it is used


@pytest.fixture(scope="module")
def scenes() -> Classifier:
    return load_model("bundled/scenes", device="cpu")


def test_the_engine_takes_a_picture_in_every_form(scenes: Classifier, tmp_path: Path) -> None:
    image = np.array(Image.fromarray(RGB).resize((150, 140), Image.Resampling.BICUBIC))
    path = tmp_path / "x.png"
    path.write_bytes(encode_png(image))
    wanted = to_pixels(image, scenes)
    forms = [str(path), image / 255, image.astype(np.uint16) * 257, torch.from_numpy(image).permute(2, 0, 1) / 255]
    for form in forms:
        assert torch.equal(to_pixels(form, scenes), wanted)
    shares = sweep(scenes, forms, "shift", [0])
    assert torch.allclose(shares, scenes.predict(wanted).expand_as(shares), atol=1e-6)
    assert torch.equal(saliency(scenes, path), saliency(scenes, wanted))


def test_fooling_a_picture_of_sixteen_bits_does_not_start_from_white(scenes: Classifier) -> None:
    deep = Image.open(BytesIO(saved(Image.fromarray(np.full((140, 140), 30_000, np.uint16)))))
    result = fool(scenes, deep, None, "classic", steps=1)
    assert np.unique(result.original).tolist() == [117]  # 30000 of 65535
