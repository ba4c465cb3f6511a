"""What `open_picture` promises: a valid picture comes out upright and in its true colors, all else is refused."""

from __future__ import annotations

import json
import struct
import warnings
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from benchmarks.accuracy.header_variants import orientation as turned
from vizlib.errors import PictureError
from vizlib.pictures import encode_png, open_picture, read_recipe

FORMATS = ["JPEG", "PNG", "WebP", "BMP", "GIF", "TIFF", "AVIF"]


def quarters(height: int = 32, width: int = 48) -> Image.Image:
    """Red, green over blue, white: every turn and flip of it looks different."""
    pixels = np.zeros((height, width, 3), np.uint8)
    h, w = height // 2, width // 2
    pixels[:h, :w], pixels[:h, w:], pixels[h:, :w], pixels[h:, w:] = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255,) * 3
    return Image.fromarray(pixels)


def saved(image: Image.Image, kind: str = "PNG", **settings: Any) -> bytes:
    file = BytesIO()
    image.save(file, kind, **settings)
    return file.getvalue()


def opened(data: bytes) -> NDArray[np.int16]:
    return np.asarray(open_picture(data)).astype(np.int16)


def flat(mode: str, color: Any, size: tuple[int, int] = (16, 12)) -> Image.Image:
    return Image.new(mode, size, color)


def off(data: bytes, color: tuple[int, int, int]) -> int:
    """How many levels the opened picture is away from a flat color, at most."""
    return int(np.abs(opened(data) - np.array(color)).max())


def refused(source: Any) -> PictureError:
    with pytest.raises(PictureError) as caught:
        open_picture(source)
    error = caught.value
    assert error.sentence.endswith(".")
    assert error.remedy.endswith(".")
    return error


def tiff(width: int, height: int, *more: tuple[int, int, int, int], data: bytes = b"") -> bytes:
    """A hand-made gray TIFF; `more` are rows (tag, kind, count, value), the pixels begin at byte 8."""
    rows = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
    rows = sorted({row[0]: row for row in [*rows, *more]}.values())
    table = b"".join(struct.pack("<HHII", *row) for row in rows)
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + struct.pack("<H", len(rows)) + table + bytes(4)


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


# What comes in


@pytest.mark.parametrize("kind", FORMATS)
def test_each_format_opens_by_its_content(kind: str) -> None:
    settings = {"JPEG": {"quality": 95, "subsampling": 0}, "WebP": {"lossless": True}, "AVIF": {"subsampling": "4:4:4"}}
    picture = open_picture(saved(quarters(), kind, **settings.get(kind, {})))
    assert (picture.mode, picture.size, type(picture)) == ("RGB", (48, 32), Image.Image)
    assert np.abs(np.asarray(picture, np.int16) - np.asarray(quarters(), np.int16)).max() <= (
        4 if kind in ("JPEG", "AVIF") else 0
    )


def test_a_path_a_string_and_bytes_open_alike_whatever_the_name_says(tmp_path: Path) -> None:
    file = tmp_path / "really a PNG.jpg"
    file.write_bytes(saved(quarters()))
    for source in (file, str(file), file.read_bytes()):
        np.testing.assert_array_equal(np.asarray(open_picture(source)), np.asarray(quarters()))
    assert list(tmp_path.iterdir()) == [file]


HELD: list[Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = [  # where EXIF says the upright picture's rows end up
    lambda x: x,
    lambda x: x[:, ::-1],
    lambda x: x[::-1, ::-1],
    lambda x: x[::-1],
    lambda x: x.swapaxes(0, 1),
    lambda x: x.swapaxes(0, 1)[::-1],  # the first stored column is the top: the phone was turned to the right
    lambda x: x.swapaxes(0, 1)[::-1, ::-1],
    lambda x: x.swapaxes(0, 1)[:, ::-1],
]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_eight_orientations_of_a_camera_give_the_same_upright_picture(kind: str, orientation: int) -> None:
    upright = np.asarray(quarters())
    held = HELD[orientation - 1](upright)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(Image.fromarray(held), kind, exif=exif, **({"quality": 95} if kind in ("JPEG", "WebP") else {}))
    picture = open_picture(data)
    assert picture.size == (48, 32)
    for at, color in (((8, 8), (255, 0, 0)), ((40, 8), (0, 255, 0)), ((8, 24), (0, 0, 255)), ((40, 24), (255,) * 3)):
        assert picture.getpixel(at) == pytest.approx(color, abs=12)


@pytest.mark.parametrize(
    "exif",
    [b"", b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12", b"nonsense" * 9],
)
def test_a_damaged_exif_block_is_passed_over_in_silence(exif: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert open_picture(saved(quarters(), "JPEG", exif=exif)).size == (48, 32)


@pytest.mark.parametrize(
    ("image", "color"),
    [
        (flat("1", 1), (255, 255, 255)),
        (flat("L", 77), (77, 77, 77)),
        (flat("LA", (80, 255)), (80, 80, 80)),
        (flat("LA", (80, 0)), (255, 255, 255)),
        (flat("RGBA", (10, 20, 30, 0)), (255, 255, 255)),
        (flat("RGBA", (0, 100, 200, 51)), (204, 224, 244)),  # a fifth of the color, four fifths of white
        (flat("RGB", (1, 2, 3)).quantize(4), (1, 2, 3)),
        (flat("I;16", 257 * 200), (200, 200, 200)),
        (flat("I;16", 65535), (255, 255, 255)),
        (flat("I;16", 300), (1, 1, 1)),
    ],
)
def test_every_mode_of_a_png_shows_its_color_on_white(image: Image.Image, color: tuple[int, int, int]) -> None:
    assert off(saved(image), color) == 0


def test_a_transparent_entry_of_a_palette_becomes_white() -> None:
    image = Image.fromarray(np.repeat(np.array([[0, 1]], np.uint8), 8, axis=1).repeat(8, axis=0)).convert("P")
    image.putpalette([200, 0, 0, 0, 0, 200])
    expected = [(255, 255, 255), (0, 0, 200)]
    for data in (
        saved(image, transparency=0),
        saved(image, "GIF", transparency=0),
        saved(image, transparency=b"\0\xff"),
    ):
        picture = open_picture(data)
        assert [picture.getpixel((x, 4)) for x in (2, 12)] == expected


def test_a_transparent_color_without_a_palette_becomes_white() -> None:
    assert off(saved(flat("RGB", (9, 8, 7)), transparency=(9, 8, 7)), (255, 255, 255)) == 0
    assert off(saved(flat("L", 9), transparency=9), (255, 255, 255)) == 0


@pytest.mark.parametrize(
    ("image", "color"),
    [
        (flat("CMYK", (255, 0, 0, 0)), (0, 255, 255)),
        (flat("CMYK", (0, 0, 0, 255)), (0, 0, 0)),
        (flat("CMYK", (0, 0, 0, 0)), (255, 255, 255)),
        (flat("LAB", (128, 128, 128)), (119, 119, 119)),  # L* = 50: the middle gray
        (flat("LAB", (255, 128, 128)), (255, 255, 255)),
        (flat("YCbCr", (76, 85, 255)), (254, 0, 0)),
        (flat("F", 0.5), (128, 128, 128)),
        (flat("F", 1.0), (255, 255, 255)),
        (flat("F", 51.0), (51, 51, 51)),
        (flat("F", float("nan")), (0, 0, 0)),
        (flat("I", 257 * 100), (100, 100, 100)),
        (flat("I", 40), (40, 40, 40)),
        (flat("I", 2**31 - 1), (255, 255, 255)),
        (flat("I;16", 257 * 7), (7, 7, 7)),
    ],
)
def test_every_mode_of_a_tiff_shows_its_color(image: Image.Image, color: tuple[int, int, int]) -> None:
    assert off(saved(image, "TIFF"), color) <= 1


def test_a_deep_gray_picture_is_scaled_and_not_cut_off() -> None:
    ramp = np.tile(np.linspace(0, 65535, 256).astype(np.uint16), (8, 1))
    for kind in ("PNG", "TIFF"):
        np.testing.assert_array_equal(opened(saved(Image.fromarray(ramp), kind))[0, :, 0], np.arange(256))


def test_values_below_zero_are_stretched_between_black_and_white() -> None:
    ramp = np.tile(np.linspace(-3, 3, 16).astype(np.float32), (8, 1))
    assert opened(saved(Image.fromarray(ramp), "TIFF"))[0, [0, 15], 0].tolist() == [0, 255]


def test_a_tiff_in_which_zero_is_white_is_not_shown_as_a_negative() -> None:
    data = tiff(
        16, 16, (258, 3, 1, 16), (262, 3, 1, 0), (273, 4, 1, 8), (278, 4, 1, 16), (279, 4, 1, 512), data=bytes(512)
    )
    assert off(data, (255, 255, 255)) == 0


def test_twelve_bits_are_a_full_scale_of_their_own() -> None:
    rows = [(258, 3, 1, 12), (273, 4, 1, 8), (278, 4, 1, 16), (279, 4, 1, 384)]
    assert off(tiff(16, 16, *rows, data=b"\xff" * 384), (255, 255, 255)) == 0


@pytest.mark.parametrize("color", [(255, 0, 0, 0), (0, 255, 255, 0), (0, 0, 0, 255), (0, 0, 0, 0)])
def test_the_inverted_inks_of_an_adobe_jpeg_are_read_the_right_way_round(color: tuple[int, ...]) -> None:
    data = saved(flat("CMYK", color), "JPEG", quality=100)
    assert b"Adobe" in data
    expected = [round((255 - ink) * (255 - color[3]) / 255) for ink in color[:3]]
    assert off(data, (expected[0], expected[1], expected[2])) <= 3


def test_the_first_frame_of_a_moving_picture_is_shown() -> None:
    frames = [flat("RGB", color) for color in ("red", "blue", "lime")]
    for kind in ("GIF", "PNG", "WebP", "TIFF"):
        lossless = {"lossless": True} if kind == "WebP" else {}
        assert off(saved(frames[0], kind, save_all=True, append_images=frames[1:], **lossless), (255, 0, 0)) == 0


def test_the_picture_carries_no_metadata_along() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = open_picture(saved(quarters(), "JPEG", exif=exif, dpi=(72, 72), comment=b"me"))
    assert picture.info == {}
    assert dict(picture.getexif()) == {}


# Color profiles


P3 = ((0.5151, 0.2412, -0.0011), (0.2919, 0.6922, 0.0419), (0.1572, 0.0666, 0.7841))  # XYZ of red, green and blue
SRGB = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))


def fixed(*values: float) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def curve(gamma: float | None = 2.2) -> bytes:
    """A power, or (None) the curve of sRGB as a table."""
    if gamma is not None:
        return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    x = np.linspace(0, 1, 1024)
    table = np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)
    return b"curv" + bytes(4) + struct.pack(">I", 1024) + np.rint(table * 65535).astype(">u2").tobytes()


def profile(tags: dict[bytes, bytes], space: bytes) -> bytes:
    """A minimal ICC profile of version 2, made by hand from the specification."""
    white = b"XYZ " + bytes(4) + fixed(0.9642, 1, 0.8249)
    name = b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78)
    tags = {**tags, b"wtpt": white, b"desc": name + bytes(-len(name) % 4)}
    index, body, start = b"", b"", 132 + 12 * len(tags)
    for key, content in tags.items():
        index += key + struct.pack(">II", start + len(body), len(content))
        body += content
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"none", 0x02400000, b"mntr", space, b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + fixed(0.9642, 1, 0.8249)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + index + body


def matrix(primaries: tuple[tuple[float, ...], ...], gamma: float | None = 2.2) -> bytes:
    tags = {
        key + b"XYZ": b"XYZ " + bytes(4) + fixed(*xyz) for key, xyz in zip((b"r", b"g", b"b"), primaries, strict=True)
    }
    return profile(tags | {key + b"TRC": curve(gamma) for key in (b"r", b"g", b"b")}, b"RGB ")


WIDE = matrix(P3)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WebP"])
def test_a_wide_gamut_profile_is_converted_to_srgb(kind: str) -> None:
    settings = {"quality": 100} if kind in ("JPEG", "WebP") else {}
    green = opened(saved(flat("RGB", (120, 200, 120)), kind, icc_profile=WIDE, **settings))[6, 6]
    assert green == pytest.approx((88, 203, 113), abs=8)  # the same light needs a stronger green in the smaller gamut
    assert np.ptp(opened(saved(flat("RGB", (128, 128, 128)), kind, icc_profile=WIDE))) <= 2


def test_a_profile_that_exchanges_red_and_blue_exchanges_them() -> None:
    red, green, blue = opened(saved(flat("RGB", (200, 60, 40)), icc_profile=matrix(P3[::-1])))[0, 0]
    assert blue > 180 > 80 > green
    assert red < 80


def test_a_profile_is_also_applied_under_transparency_and_on_gray() -> None:
    half = saved(flat("RGBA", (120, 200, 120, 255)), icc_profile=WIDE)
    solid = saved(flat("RGB", (120, 200, 120)), icc_profile=WIDE)
    np.testing.assert_array_equal(opened(half), opened(solid))
    gray = opened(saved(flat("L", 20), "JPEG", icc_profile=WIDE))
    assert np.ptp(gray) == 0
    assert gray[0, 0, 0] not in (20, 0)


def test_pixels_that_say_they_are_srgb_stay_as_they_are() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    np.testing.assert_array_equal(opened(saved(Image.fromarray(pixels), icc_profile=srgb)), pixels)


def test_pixels_of_a_profile_that_is_nearly_srgb_stay_as_they_are() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    nearly = matrix(tuple((x * 1.0001, y, z) for x, y, z in SRGB), None)
    srgb = ImageCms.createProfile("sRGB")
    moved = ImageCms.profileToProfile(Image.fromarray(pixels), ImageCms.ImageCmsProfile(BytesIO(nearly)), srgb)
    assert (np.asarray(moved) != pixels).any()  # so it is not sRGB to the letter
    np.testing.assert_array_equal(opened(saved(Image.fromarray(pixels), icc_profile=nearly)), pixels)
    assert off(saved(flat("RGB", (128, 128, 128)), icc_profile=matrix(SRGB, 1.0)), (188, 188, 188)) <= 1


@pytest.mark.parametrize("image", [flat("L", 128), flat("LA", (128, 255)), flat("I;16", 128 * 257)])
def test_a_gray_profile_is_converted(image: Image.Image) -> None:
    assert off(saved(image, icc_profile=profile({b"kTRC": curve(1.0)}, b"GRAY")), (188, 188, 188)) <= 1


@pytest.mark.parametrize("broken", [b"x", b"\0" * 200, WIDE[:150], WIDE[:-200]])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WebP"])
def test_a_broken_profile_is_as_good_as_none(broken: bytes, kind: str) -> None:
    lossless = {"lossless": True} if kind == "WebP" else {}
    assert off(saved(flat("RGB", (90, 90, 90)), kind, icc_profile=broken, **lossless), (90, 90, 90)) == 0


def test_a_profile_for_other_inks_is_as_good_as_none() -> None:
    assert off(saved(flat("CMYK", (0, 0, 0, 0)), "TIFF", icc_profile=WIDE), (255, 255, 255)) == 0


# What stays out


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty (0 bytes)"),
        (b"hello, I am a PNG\n" * 20, "text"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),  # also where pillow-heif reads them: it is cut off
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1miaf", "HEIC"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", "AVIF file is damaged"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "video"),
        (b"RIFF\0\0\0\0WAVEfmt ", "sound"),
        (b"8BPS\0\x01", "Photoshop"),
        (b"PK\x03\x04\x14\0", "ZIP"),
        (b"\x93NUMPY\x01\0", "NumPy"),
        (b"\x7fELF\x02\x01\x01\0", "not a picture"),
        (saved(Image.new("RGB", (16, 16)), "PPM"), "not a picture"),
        (saved(Image.new("RGB", (16, 16)), "ICO"), "icon"),
        (saved(Image.new("RGB", (16, 16)), "JPEG2000"), "JPEG 2000"),
    ],
)
def test_a_file_of_another_kind_is_refused_by_name_and_with_a_way_out(data: bytes, says: str) -> None:
    assert says in refused(data).sentence


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9])
def test_a_file_that_ends_too_early_is_refused(kind: str, share: float) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (60, 80, 3), np.uint8))
    data = saved(noise, kind)
    assert kind in refused(data[: int(len(data) * share)]).sentence


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_with_only_its_first_bytes_is_refused(kind: str) -> None:
    assert kind in refused(saved(quarters(), kind)[:16] + b"\x55" * 500).sentence


def test_what_is_not_a_readable_file_is_refused(tmp_path: Path) -> None:
    assert "no file" in refused(tmp_path / "nowhere.png").sentence
    assert "folder" in refused(str(tmp_path)).sentence
    assert "cannot be read" in refused("x" * 5000).sentence
    assert refused("a\0b").remedy
    assert refused("/dev/zero").remedy


def test_more_than_20_megabytes_are_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "huge.png"
    with file.open("wb") as sparse:
        sparse.truncate(21 * 2**20)
    assert "21.0 MB; the limit is 20 MB" in refused(file).sentence
    assert "20.0 MB; the limit is 20 MB" in refused(saved(quarters()) + bytes(20 * 2**20)).sentence
    assert open_picture(saved(quarters(), "BMP") + bytes(19 * 2**20)).size == (48, 32)


def webp_header(width: int, height: int) -> bytes:
    body = b"VP8X" + struct.pack("<II", 10, 0) + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


@pytest.mark.parametrize(
    "bomb",
    [
        png(7100, 7100, chunk(b"IDAT", zlib.compress(bytes(10)))),
        png(30000, 30000, chunk(b"IDAT", zlib.compress(bytes(10)))),
        png(2**31 - 1, 2**31 - 1, chunk(b"IDAT", zlib.compress(bytes(10)))),
        b"GIF89a"
        + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0)
        + b","
        + struct.pack("<HHHHB", 0, 0, 9, 9, 0)
        + b"\x02\x01\0\0",
        tiff(60000, 60000, (273, 4, 1, 8), (279, 4, 1, 8), data=bytes(8)),
        tiff(64, 64, (322, 4, 1, 30000), (323, 4, 1, 50000), (324, 4, 1, 8), (325, 4, 1, 8), data=bytes(8)),
        b"BM" + struct.pack("<IIIIiiHHIIIIII", 0, 0, 54, 40, 9000, 9000, 1, 24, 0, 0, 0, 0, 0, 0),
    ],
    ids=["png", "png above Pillow's own limit", "png at the format's limit", "gif", "tiff", "tiff tile", "bmp"],
)
def test_more_than_50_megapixels_are_refused_before_decoding(bomb: bytes) -> None:
    assert "megapixels" in refused(bomb).sentence


def test_a_size_that_pillow_itself_refuses_gets_the_same_sentence() -> None:
    frame = b"," + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0) + b"\x02\x01\0\0"
    for bomb in (webp_header(16383, 16383), b"GIF89a" + struct.pack("<HHBBB", 9, 9, 0, 0, 0) + frame):
        assert "megapixels" in refused(bomb).sentence


def avif(image: Image.Image, says: tuple[int, int] | None = None, **settings: Any) -> bytes:
    """An AVIF file, whose container says another size than its stream if asked."""
    data = saved(image, "AVIF", speed=10, **settings)
    at = data.index(b"ispe") + 8
    return data if says is None else data[:at] + struct.pack(">II", *says) + data[at + 8 :]


def test_an_avif_stream_larger_than_its_container_says_is_refused_before_decoding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    large, small = Image.new("L", (600, 500)), Image.new("RGB", (600, 500))
    frames = {"save_all": True, "append_images": [Image.new("RGB", (600, 500), "red")]}
    assert open_picture(avif(small, (64, 64))).size == (64, 64)
    monkeypatch.setattr("vizlib.pictures.opening.MAX_PIXELS", 299_999)
    for data in (avif(large), avif(large, (64, 64)), avif(small, (64, 64)), avif(small, (64, 64), **frames)):
        assert "0.3 megapixels" in refused(data).sentence
    assert "megapixels" in refused(avif(flat("RGB", 0, (64, 64)), (8000, 8000))).sentence


def test_only_the_first_frame_of_many_is_decoded_and_tables_beyond_counting_are_refused() -> None:
    frames = [flat("L", each, (64, 64)) for each in range(60)]
    data = avif(frames[0], save_all=True, append_images=frames[1:])
    assert off(data, (0, 0, 0)) <= 2
    assert "AVIF file is damaged" in refused(data + b"iloc" * 21).sentence


def test_exactly_50_megapixels_are_welcome() -> None:
    assert open_picture(saved(Image.new("1", (6250, 8000)))).size == (6250, 8000)
    assert "50.0 megapixels" in refused(saved(Image.new("1", (6250, 8001)))).sentence


def test_eight_pixels_per_side_are_needed_and_the_rest_may_be_as_long_as_it_likes() -> None:
    assert open_picture(saved(Image.new("RGB", (8, 8)))).size == (8, 8)
    assert open_picture(saved(Image.new("RGB", (8, 40000)))).size == (8, 40000)
    for size in ((7, 100), (100, 7), (1, 1)):
        assert f"{size[0]} x {size[1]} px" in refused(saved(Image.new("RGB", size))).sentence


def progressive(scans: int) -> bytes:
    """A JPEG whose last scan is repeated `scans` times."""
    data = saved(quarters(), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + b"\xff\xd9"


def test_a_jpeg_that_draws_its_picture_over_and_over_is_refused() -> None:
    assert open_picture(progressive(1)).size == (48, 32)
    assert open_picture(progressive(60)).size == (48, 32)
    assert "more than 100 times" in refused(progressive(200)).sentence


def test_what_stands_behind_the_end_of_a_jpeg_is_not_counted() -> None:
    assert open_picture(saved(quarters(), "JPEG") + b"\xff\xda\0\x02" * 500).size == (48, 32)


@pytest.mark.parametrize("image", [flat("F", 0.0, (40, 400)), flat("RGBA", (0, 0, 0, 0), (40, 400))])
def test_a_large_picture_is_converted_in_parts_that_fit_together(
    image: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = np.random.default_rng(4).integers(0, 256, (400, 40), np.uint8)
    if image.mode == "F":
        image, kind = Image.fromarray(pixels.astype(np.float32)), "TIFF"
    else:
        image, kind = Image.merge("RGBA", [Image.fromarray(pixels)] * 4), "PNG"
    whole = opened(saved(image, kind))
    monkeypatch.setattr("vizlib.pictures.srgb._STRIP", 1000)
    np.testing.assert_array_equal(opened(saved(image, kind)), whole)


def test_a_bomb_in_a_text_chunk_is_refused() -> None:
    bomb = chunk(b"zTXt", b"comment\0\0" + zlib.compress(bytes(50_000_000)))
    pixels = chunk(b"IDAT", zlib.compress(bytes(17 * 16)))
    assert refused(png(16, 16, bomb, pixels)).remedy
    assert open_picture(png(16, 16, pixels)).size == (16, 16)


@pytest.mark.parametrize(
    "odd",
    [
        (270, 2, 9999, 5),  # a description beyond the end
        (305, 2, 4_000_000_000, 7),
        (33723, 99, 7, 7),  # of no known kind
        (34665, 4, 1, 2**31),  # EXIF beyond the end
        (65000, 12, 1, 2**32 - 1),
        (34675, 7, 9999, 7),  # a profile beyond the end
        (266, 3, 2, 1),  # two fill orders
        (256, 0, 1, 1),
    ],
)
def test_an_odd_tag_of_a_tiff_neither_warns_nor_matters(odd: tuple[int, int, int, int]) -> None:
    data = tiff(16, 16, (273, 4, 1, 8), (278, 4, 1, 16), (279, 4, 1, 256), odd, data=b"\x42" * 256)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if odd[0] == 256:  # no width, no picture
            refused(data)
        else:
            assert off(data, (0x42, 0x42, 0x42)) == 0


SEEDS = {
    kind: saved(Image.effect_noise((24, 20), 80).convert("RGB"), kind, **settings)
    for kind, settings in {
        "JPEG": {
            "exif": b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0",
            "icc_profile": WIDE,
        },
        "PNG": {"icc_profile": WIDE},
        "WebP": {"icc_profile": WIDE},
        "BMP": {},
        "GIF": {},
        "AVIF": {"icc_profile": WIDE, "exif": turned(6)},
        "TIFF": {"compression": "tiff_lzw", "icc_profile": WIDE},
    }.items()
}


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(FORMATS),
    keep=st.floats(0.02, 1) | st.just(1.0),
    hits=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True) | st.floats(0, 0.1), st.binary(min_size=1, max_size=6)), max_size=6
    ),
)
def test_whatever_is_done_to_a_file_only_a_sound_picture_or_a_sentence_comes_out(
    kind: str, keep: float, hits: list[tuple[float, bytes]]
) -> None:
    data = bytearray(SEEDS[kind])
    for where, garbage in hits:
        at = int(where * len(data))
        data[at : at + len(garbage)] = garbage
    try:
        picture = open_picture(bytes(data[: int(len(data) * keep)]))
    except PictureError:
        return
    assert picture.mode == "RGB"
    assert min(picture.size) >= 8
    assert np.asarray(picture).shape == (picture.height, picture.width, 3)


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"II*\0\x08\0\0\0", b"\xff\xd8\xff\xe1", b"BM", b"GIF89a", b"\x89PNG\r\n\x1a\n"]),
)
def test_random_bytes_after_a_true_beginning_are_refused(noise: bytes, start: bytes) -> None:
    refused(start + noise)


# What goes out


def test_a_png_keeps_every_pixel_with_and_without_a_recipe() -> None:
    rng = np.random.default_rng(2)
    for shape in ((9, 13, 3), (9, 13)):
        pixels = rng.integers(0, 256, shape, np.uint8)
        for recipe in (None, {"seed": 3}):
            np.testing.assert_array_equal(np.asarray(Image.open(BytesIO(encode_png(pixels, recipe)))), pixels)
            np.testing.assert_array_equal(
                np.asarray(Image.open(BytesIO(encode_png(Image.fromarray(pixels), recipe)))), pixels
            )


def test_a_png_of_a_strided_view_is_what_the_view_shows() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (20, 20, 3), np.uint8)[::2, ::-1]
    np.testing.assert_array_equal(opened(encode_png(pixels)), pixels)


def test_the_recipe_comes_back_out_of_the_png() -> None:
    recipe = {
        "model": "bundled/scenes",
        "method": "smoothgrad",
        "sigma": 0.15,
        "layers": ["a", "b"],
        "note": "Schäf\n中",
    }
    data = encode_png(np.zeros((9, 9, 3), np.uint8), recipe)
    assert read_recipe(data) == recipe
    assert json.loads(Image.open(BytesIO(data)).info["filterscope"]) == recipe  # any PNG tool can read it
    assert encode_png(np.zeros((9, 9, 3), np.uint8), dict(reversed(recipe.items()))) == data


def test_numbers_that_are_no_levels_and_endless_recipes_are_bugs() -> None:
    with pytest.raises(TypeError, match="uint8"):
        encode_png(np.zeros((9, 9, 3)))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="limit"):
        encode_png(np.zeros((9, 9, 3), np.uint8), {"a": "x" * 300_000})


def text_png(text: str, keyword: str = "filterscope") -> bytes:
    info = PngInfo()
    info.add_itxt(keyword, text)
    return saved(quarters(), pnginfo=info)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        saved(quarters()),
        saved(quarters(), "JPEG"),
        text_png('{"a": 1}', "Comment"),
        text_png("{broken"),
        text_png("[1, 2]"),
        text_png("[" * 100_000),
        text_png('{"a":' * 100 + "1" + "}" * 100),
        text_png('{"a": NaN}'),
        text_png('{"a": 1e999}'),
        text_png('{"a": "\\ud800"}'),
        text_png('{"a": "' + "x" * 300_000 + '"}'),
        text_png('{"a": 1}')[:60],
        png(9, 9, chunk(b"iTXt", b"filterscope\0\0\0\0\0\xff\xfe{}")),
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 4000,
    ],
)
def test_foreign_and_broken_recipes_are_none(data: bytes) -> None:
    assert read_recipe(data) is None


@settings(max_examples=100, deadline=None)
@given(st.integers(8, 150), st.binary(min_size=1, max_size=8))
def test_a_damaged_recipe_is_a_dict_or_none(at: int, garbage: bytes) -> None:
    data = bytearray(encode_png(np.zeros((9, 9), np.uint8), {"a": [1, {"b": 2}], "text": "sheep"}))
    data[at : at + len(garbage)] = garbage
    recipe = read_recipe(bytes(data))
    assert recipe is None or isinstance(recipe, dict)
