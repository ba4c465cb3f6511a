"""Each shake changes the picture as it says, in the right direction, and its neutral value changes nothing."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import CenterCrop, InterpolationMode, Resize

from vizlib.errors import UnknownName, VizError
from vizlib.evaluation import SHAKES, find_shake
from vizlib.models import Classifier
from vizlib.records import Preprocessing

NETWORKS = {
    "center": Preprocessing((32, 32), 0.875),
    "center, all of it": Preprocessing((33, 33), 1.0, interpolation="bilinear"),
    "center, wide": Preprocessing((24, 40), 0.9),
    "squash": Preprocessing((32, 32), 1.0, "squash"),
    "squash, cropped": Preprocessing((32, 48), 0.9, "squash", "bilinear"),
    "border": Preprocessing((32, 32), 1.0, "border"),
    "border, cropped": Preprocessing((33, 33), 0.8, "border", "lanczos"),
    "center, padded": Preprocessing((33, 32), 1.3),
    "squash, padded": Preprocessing((32, 40), 1.25, "squash"),
    "border, padded": Preprocessing((24, 40), 1.15, "border", "bilinear"),
    "gray": Preprocessing((28, 28), 1.0, channels=1, mean=(0.5,), std=(0.5,)),
}


def seeing(linear: Classifier, how: Preprocessing) -> Classifier:
    """The network with another preprocessing. Its answers do not matter here."""
    model = linear.twin()
    model.preprocessing = how
    return model


@pytest.fixture(scope="session")
def plain(linear: Classifier) -> Classifier:
    """Resizes to 40 px, crops 32 px."""
    return seeing(linear, Preprocessing((32, 32), 0.8))


def view(model: Classifier, picture: Image.Image, key: str, value: Any, seed: int = 0) -> torch.Tensor:
    return find_shake(key).view(picture, value, model, seed)


def levels(pixels: torch.Tensor) -> torch.Tensor:
    return pixels.mul(255).round()


# Neutral values


@pytest.mark.parametrize("size", [(61, 45), (30, 90), (8, 300), (32, 32)])
@pytest.mark.parametrize("key", [key for key in SHAKES if key != "jpeg"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_neutral_shake_is_what_the_network_sees_bit_for_bit(
    linear: Classifier, name: str, key: str, size: tuple[int, int]
) -> None:
    model = seeing(linear, NETWORKS[name])
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8))
    for each in (picture, picture.transpose(Image.Transpose.ROTATE_90)):
        neutral = SHAKES[key].neutral(model)
        assert neutral is not None
        assert torch.equal(view(model, each, key, neutral), model.prepare(each))


def test_every_network_that_is_shipped_sees_its_own_picture(scenes: Classifier, digits: Classifier) -> None:
    for model, picture in (
        (scenes, Image.new("RGB", (200, 150), (9, 99, 199))),
        (digits, Image.new("L", (28, 28), 77)),
    ):
        for shake in SHAKES.values():
            neutral = shake.neutral(model)
            if neutral is not None:
                assert torch.equal(shake.view(picture, neutral, model), model.prepare(picture))


def test_saving_as_jpeg_is_never_nothing(plain: Classifier) -> None:
    assert [key for key, shake in SHAKES.items() if shake.neutral(plain) is None] == ["jpeg"]


# Effects


@pytest.mark.parametrize("value", [32, 33, 47, 60])
def test_resize_is_the_short_side_before_the_center_crop(plain: Classifier, picture: Image.Image, value: int) -> None:
    expected = CenterCrop(32)(Resize(value, InterpolationMode.BICUBIC)(picture))
    found = levels(view(plain, picture, "resize", value))[0].permute(1, 2, 0).cpu().numpy()
    assert np.array_equal(found, np.asarray(expected))


def test_no_size_is_missed_by_a_pixel(linear: Classifier, picture: Image.Image) -> None:
    model = seeing(linear, NETWORKS["center, all of it"])
    for value in range(33, 133):  # at some of them, 33 / (33 / value) is a little less than value
        expected = CenterCrop(33)(Resize(value, InterpolationMode.BILINEAR)(picture))
        assert np.array_equal(SHAKES["resize"].image(picture, value, model), np.asarray(expected))


@pytest.mark.parametrize("name", ["center", "center, wide", "squash", "gray"])
def test_where_the_resized_picture_is_smaller_than_the_crop_it_is_reflected(linear: Classifier, name: str) -> None:
    model = seeing(linear, NETWORKS[name])
    white = Image.new("RGB", (50, 50), "white")
    assert view(model, white, "resize", 10).min() == 1
    assert "reflected" in SHAKES["resize"].unit


def test_the_reflection_begins_with_the_outermost_column(plain: Classifier, picture: Image.Image) -> None:
    square = picture.crop((0, 0, 45, 45))
    found = view(plain, square, "resize", 24)  # 4 px are missing on every side
    small = np.asarray(square.resize((24, 24), Image.Resampling.BICUBIC))
    assert np.array_equal(levels(found)[0, :, 4:28, 4:28].permute(1, 2, 0).cpu().numpy(), small)
    assert torch.equal(found[..., :4], found[..., 4:8].flip(-1))
    assert torch.equal(found[..., 28:], found[..., 24:28].flip(-1))
    assert torch.equal(found[..., :4, :], found[..., 4:8, :].flip(-2))


def test_a_network_that_letterboxes_keeps_its_own_border(linear: Classifier) -> None:
    model = seeing(linear, NETWORKS["border"])
    white = Image.new("RGB", (50, 50), "white")
    border = model.prepare(Image.new("RGB", (64, 2)))[0, :, 0, 0]
    assert torch.equal(view(model, white, "resize", 16)[0, :, 0, 0], border)
    assert border.max() < 0.6


def test_a_shift_moves_the_picture_to_the_right_and_says_so(plain: Classifier, picture: Image.Image) -> None:
    before, after = plain.prepare(picture), view(plain, picture, "shift", 3)
    assert torch.equal(after[..., 3:], before[..., :-3])
    assert torch.equal(after[..., :3], before[..., :1].expand(-1, -1, -1, 3))
    assert torch.equal(view(plain, picture, "shift", -2)[..., :-2], before[..., 2:])
    assert "to the right" in SHAKES["shift"].unit


def test_the_crop_window_moves_to_the_right_over_the_picture_and_says_so(
    plain: Classifier, picture: Image.Image
) -> None:
    before, after = plain.prepare(picture), view(plain, picture, "crop", 5)
    assert torch.equal(after[..., :-5], before[..., 5:])
    # The picture's real pixels beyond the crop.
    assert not torch.equal(after[..., -5:], before[..., -1:].expand(-1, -1, -1, 5))
    assert "the window moves to the right" in SHAKES["crop"].unit


def test_a_rotation_is_counterclockwise_and_says_so(plain: Classifier) -> None:
    picture = np.zeros((40, 40, 3), np.uint8)
    picture[15:25, 30:] = 255  # bright on the right
    turned = view(plain, Image.fromarray(picture), "rotation", 90)[0, 0]
    assert torch.equal(turned, torch.rot90(plain.prepare(picture)[0, 0], 1))
    assert turned[2, 16] > 0.9  # now above
    assert "counterclockwise" in SHAKES["rotation"].unit


@pytest.mark.parametrize("angle", [-170, -30, 3, 45])
def test_no_black_corner_comes_with_a_rotation(linear: Classifier, angle: int) -> None:
    for name in ("center", "center, wide", "squash", "gray"):
        model = seeing(linear, NETWORKS[name])
        assert view(model, Image.new("RGB", (50, 50), "white"), "rotation", angle).min() == 1


def test_a_blur_spreads_a_point_by_its_standard_deviation(plain: Classifier) -> None:
    picture = np.zeros((40, 40, 3), np.uint8)
    picture[:, 20] = 255
    row = view(plain, Image.fromarray(picture), "blur", 2.0)[0, 0, 16].cpu().double()
    places = torch.arange(32.0, dtype=torch.float64)
    middle = (row * places).sum() / row.sum()
    spread = ((row * (places - middle).square()).sum() / row.sum()).sqrt()
    assert spread == pytest.approx(2.0, abs=0.1)
    assert row.sum() == pytest.approx(1.0, abs=0.02)


def test_a_blur_leaves_the_edges_of_a_constant_alone(plain: Classifier) -> None:
    assert view(plain, Image.new("RGB", (50, 50), "white"), "blur", 8.0).min() == 1


def test_jpeg_is_the_file_saved_and_opened_again(plain: Classifier, picture: Image.Image) -> None:
    file = BytesIO()
    picture.save(file, "JPEG", quality=30)
    assert torch.equal(view(plain, picture, "jpeg", 30), plain.prepare(Image.open(file).convert("RGB")))


def test_brightness_is_a_factor(plain: Classifier, picture: Image.Image) -> None:
    before = levels(plain.prepare(picture))
    assert torch.equal(levels(view(plain, picture, "brightness", 0.5)), (before / 2).round())
    assert torch.equal(levels(view(plain, picture, "brightness", 2.0)), (before * 2).clamp(max=255))


def test_noise_has_its_standard_deviation_in_gray_levels(scenes: Classifier) -> None:
    gray = Image.new("RGB", (128, 128), (128, 128, 128))
    noise = levels(view(scenes, gray, "noise", 10)) - 128
    assert noise.std().item() == pytest.approx(10, rel=0.02)
    assert noise.mean().item() == pytest.approx(0, abs=0.2)


def test_noise_is_the_same_for_all_pictures_and_another_with_another_seed(plain: Classifier) -> None:
    dark, bright = (Image.new("RGB", (50, 50), (level,) * 3) for level in (100, 150))
    added = [levels(view(plain, each, "noise", 6, 4)) - levels(plain.prepare(each)) for each in (dark, bright)]
    assert torch.equal(*added)
    assert torch.equal(view(plain, dark, "noise", 6, 4), view(plain, dark, "noise", 6, 4))
    assert not torch.equal(view(plain, dark, "noise", 6, 4), view(plain, dark, "noise", 6, 5))


@pytest.mark.parametrize("word", ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"])
def test_interpolation_is_that_of_the_networks_resize(plain: Classifier, picture: Image.Image, word: str) -> None:
    other = seeing(plain, replace(plain.preprocessing, interpolation=word))
    assert torch.equal(view(plain, picture, "interpolation", word), other.prepare(picture))


@pytest.mark.parametrize("key", SHAKES)
@pytest.mark.parametrize("name", ["center", "border, cropped", "gray"])
def test_all_usual_values_make_pictures_of_the_networks_size_on_the_8_bit_grid(
    linear: Classifier, picture: Image.Image, name: str, key: str
) -> None:
    model = seeing(linear, NETWORKS[name])
    for value in SHAKES[key].usual(model)[::4]:
        found = view(model, picture, key, value)
        assert found.shape == (1, 3, *model.input_size)
        assert found.device.type == model.device.type
        assert torch.equal(found, levels(found) / 255)


# Values


def test_sizes_scale_with_the_network_and_hold_its_own(linear: Classifier) -> None:
    large, small = (seeing(linear, Preprocessing((side, side), 0.875)) for side in (224, 112))
    sizes = SHAKES["resize"].usual(large)
    assert (sizes[0], sizes[-1]) == (200, 400)
    assert {224, 256} < set(sizes)
    assert SHAKES["resize"].neutral(large) == 256
    assert SHAKES["resize"].usual(small)[::25] == (100, 200)
    assert {112, 128} < set(SHAKES["resize"].usual(small))


@pytest.mark.parametrize("key", SHAKES)
def test_the_neutral_value_is_among_the_usual_ones(plain: Classifier, digits: Classifier, key: str) -> None:
    for model in (plain, digits, seeing(plain, Preprocessing((96, 96), 0.95))):
        neutral = SHAKES[key].neutral(model)
        assert neutral is None or neutral in SHAKES[key].usual(model)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("resize", 2),
        ("resize", 40.5),
        ("resize", "large"),
        ("resize", float("nan")),
        ("resize", True),
        ("crop", 33),
        ("shift", 1.5),
        ("rotation", 400),
        ("blur", -1),
        ("jpeg", 0),
        ("jpeg", 101),
        ("brightness", -0.1),
        ("noise", 256),
        ("interpolation", "linear"),
        ("interpolation", 3),
    ],
)
def test_a_value_that_cannot_be_gets_a_sentence(plain: Classifier, picture: Image.Image, key: str, value: Any) -> None:
    with pytest.raises(VizError) as problem:
        view(plain, picture, key, value)
    assert problem.value.remedy


def test_a_shake_that_is_not_there_gets_the_closest_one() -> None:
    with pytest.raises(UnknownName, match="Did you mean rotation"):
        find_shake("rotations")
