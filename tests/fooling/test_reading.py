"""A reading gives the network exactly the pixels of `prepare`, and a gradient with respect to the file's pixels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image

from vizlib import VizError, open_picture, to_image, to_pixels
from vizlib.errors import TooBig
from vizlib.fooling.reading import reading_of, values_of
from vizlib.models import Classifier
from vizlib.pictures import encode_png

SIZES = {
    "landscape": (61, 40),
    "portrait": (40, 61),
    "square": (50, 50),
    "tiny": (8, 9),
    "the input's own": (16, 16),
    "the resized one": (18, 18),
    "huge": (1500, 1100),
    "very long": (900, 10),
    "very high": (9, 800),
}
WAYS = [(mode, crop) for mode in ("center", "squash", "border") for crop in (0.875, 1.0, 1.2)]  # 1.2: with a border


def photo(size: tuple[int, int], seed: int = 0) -> Image.Image:
    """Smooth and rough parts, as photographs have; size is (W, H)."""
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 256, (5, 5, 3), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
    return Image.fromarray(
        np.clip(np.asarray(coarse) + random.normal(0, 20, (*size[::-1], 3)), 0, 255).astype(np.uint8)
    )


@pytest.fixture(scope="module")
def shown(by_hand: Callable[..., Classifier]) -> Callable[..., Classifier]:
    """A network with this preprocessing."""
    weight = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    return lambda mode, crop, kind="bicubic": by_hand(weight, crop_mode=mode, crop_pct=crop, interpolation=kind)


# The network's resolution


@pytest.mark.slow
@pytest.mark.parametrize(("mode", "crop"), WAYS)
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_what_is_looked_at_is_what_the_network_makes_of_picture_and_file(
    shown: Callable[..., Classifier], size: tuple[int, int], mode: str, crop: float
) -> None:
    model, picture = shown(mode, crop), photo(size)
    reading = reading_of(model, picture)
    seen = reading.look(reading.start(model.device))
    assert torch.equal(seen, model.prepare(picture))
    assert torch.equal(seen, to_pixels(open_picture(encode_png(reading.original)), model))


@pytest.mark.parametrize(("mode", "crop"), WAYS)
def test_a_changed_file_is_looked_at_as_the_network_makes_of_it(
    shown: Callable[..., Classifier], mode: str, crop: float
) -> None:
    model = shown(mode, crop)
    reading = reading_of(model, photo((61, 40)))
    random = np.random.default_rng(1)
    other = np.clip(reading.original + random.integers(-9, 10, reading.original.shape), 0, 255).astype(np.uint8)
    seen = reading.look(values_of(other, model.device))
    assert torch.equal(seen, to_pixels(open_picture(encode_png(other)), model))


@pytest.mark.parametrize(
    ("size", "shape"),
    [((61, 40), (18, 27)), ((40, 61), (27, 18)), ((8, 9), (20, 18)), ((18, 18), (18, 18)), ((900, 10), (18, 288))],
)
def test_the_file_is_as_large_as_the_network_resizes_it(
    shown: Callable[..., Classifier], size: tuple[int, int], shape: tuple[int, int]
) -> None:
    assert reading_of(shown("center", 0.875), photo(size)).original.shape == (*shape, 3)


def test_of_a_file_of_the_right_size_every_level_is_a_level_of_the_input(linear: Classifier, image: np.ndarray) -> None:
    reading = reading_of(linear, image)
    assert np.array_equal(reading.original, image)
    assert torch.equal(reading.look(reading.start(linear.device)), values_of(image, linear.device))
    assert np.array_equal(to_image(reading.start(linear.device))[0], image)


def test_the_crop_s_gradient_is_exact_and_nothing_outside_it_has_any(shown: Callable[..., Classifier]) -> None:
    model = shown("center", 0.875)
    reading = reading_of(model, photo((61, 40)))
    values = reading.start(model.device).requires_grad_()
    (gradient,) = torch.autograd.grad(model(reading.look(values))[0, 1], values)
    weight = model.network.conv.weight[1]
    assert torch.equal(gradient[0, :, 1:17, 6:22], weight)  # of 18 x 27: one off the top, (27 - 16) / 2 to even
    assert float(gradient.abs().sum()) == pytest.approx(float(weight.abs().sum()), rel=1e-5)


# The file's own size


@pytest.mark.parametrize("kind", ["bilinear", "bicubic", "lanczos"])
@pytest.mark.parametrize(("mode", "crop"), [("center", 0.875), ("squash", 0.875), ("center", 1.0)])
@pytest.mark.parametrize("size", [(61, 40), (40, 33), (12, 14)])
def test_the_gradient_through_a_resize_is_what_a_change_of_the_file_does(
    shown: Callable[..., Classifier], kind: str, mode: str, crop: float, size: tuple[int, int]
) -> None:
    model = shown(mode, crop, kind)
    mild = Image.fromarray((np.asarray(photo(size)) * 0.5 + 60).astype(np.uint8))  # far from black and white
    reading = reading_of(model, mild, "file")
    assert reading.original.shape == (size[1], size[0], 3)
    values = reading.start(model.device)
    leaf = values.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(reading.look(leaf))[0, 0], leaf)
    levels = (20 * gradient / gradient.abs().max()).round()
    with torch.no_grad():
        up, down = (model(reading.look(values + sign * levels / 255))[0, 0] for sign in (1, -1))
    found, wanted = float(up - down), float(2 * (gradient * levels).sum() / 255)
    assert found == pytest.approx(wanted, rel=0.15 if kind == "lanczos" else 0.06)  # lanczos is taken for bicubic


@pytest.mark.parametrize("size", [(61, 40), (40, 61), (12, 14)])
def test_with_a_gradient_or_without_the_same_is_seen(shown: Callable[..., Classifier], size: tuple[int, int]) -> None:
    model = shown("center", 0.875)
    reading = reading_of(model, photo(size), "file")
    values = reading.start(model.device)
    with_gradient = reading.look(values.clone().requires_grad_())
    torch.testing.assert_close(with_gradient.detach(), reading.look(values), rtol=0, atol=1e-6)
    assert torch.equal(reading.look(values), model.prepare(photo(size)))


def test_several_files_are_looked_at_one_by_one(shown: Callable[..., Classifier]) -> None:
    model = shown("center", 0.875)
    reading = reading_of(model, photo((61, 40)), "file")
    both = torch.cat([reading.start(model.device), 1 - reading.start(model.device)])
    assert torch.equal(reading.look(both), torch.cat([reading.look(both[:1]), reading.look(both[1:])]))


def test_a_file_of_more_than_12_megapixels_is_refused_at_its_own_size_only(shown: Callable[..., Classifier]) -> None:
    model, large = shown("center", 0.875), Image.new("RGB", (4001, 3000))
    assert reading_of(model, large).original.shape == (18, 24, 3)
    with pytest.raises(TooBig, match=r"12 megapixels.*at most 12.*Choose the network's resolution"):
        reading_of(model, large, "file")


# Pixels that are already cropped


def test_pixels_are_read_both_as_they_are_and_as_the_file_they_become(cropping: Classifier) -> None:
    pixels = to_pixels(photo((61, 40)), cropping)
    reading = reading_of(cropping, pixels)
    seen = reading.look(reading.start(cropping.device))
    assert torch.equal(seen[:1], pixels)
    assert torch.equal(seen[1:], cropping.prepare(to_image(pixels)[0]))
    assert not torch.equal(seen[:1], seen[1:])
    two = reading.look(torch.cat([pixels, 1 - pixels]))  # file by file
    assert torch.equal(two[:2], seen)


def test_pixels_that_are_their_own_file_are_read_once(linear: Classifier, image: np.ndarray) -> None:
    pixels = values_of(image, linear.device)
    assert torch.equal(reading_of(linear, pixels).look(pixels), pixels)


def test_pixels_of_another_size_are_a_file_only(cropping: Classifier) -> None:
    pixels = values_of(np.asarray(photo((30, 20))), cropping.device)
    seen = reading_of(cropping, pixels).look(pixels)
    assert torch.equal(seen, cropping.prepare(photo((30, 20))))


def test_pixels_off_the_grid_become_the_nearest_file(linear: Classifier, image: np.ndarray) -> None:
    pixels = values_of(image, linear.device)
    assert np.array_equal(reading_of(linear, pixels + 0.4 / 255).original, image)
    assert np.array_equal(reading_of(linear, pixels + 0.6 / 255).original, image + 1)


@pytest.mark.parametrize("shape", [(2, 3, 16, 16), (0, 3, 16, 16), (5, 16, 16), (1, 5, 16, 16)])
def test_pixels_that_are_not_one_picture_are_refused_with_a_sentence(
    linear: Classifier, shape: tuple[int, ...]
) -> None:
    with pytest.raises(VizError) as refusal:
        reading_of(linear, torch.zeros(shape))
    assert str(shape) in refusal.value.sentence
    assert refusal.value.remedy


@pytest.mark.parametrize("pixels", [torch.full((1, 3, 16, 16), 200.0), torch.full((1, 3, 16, 16), torch.nan)])
def test_pixels_outside_their_range_do_not_become_white_or_black(linear: Classifier, pixels: torch.Tensor) -> None:
    with pytest.raises(VizError):
        reading_of(linear, pixels)


def test_levels_in_a_tensor_are_a_picture_like_the_same_array(linear: Classifier, image: np.ndarray) -> None:
    levels = torch.from_numpy(image).permute(2, 0, 1)
    for given in (levels, levels[None], levels / 255):
        found, wanted = reading_of(linear, given), reading_of(linear, image)
        assert np.array_equal(found.original, wanted.original)
        assert len(found.looks) == len(wanted.looks)


# Gray


def test_only_gray_pictures_of_gray_networks_are_tied(
    digits: Classifier, linear: Classifier, digit: np.ndarray, image: np.ndarray
) -> None:
    colored = digit.copy()
    colored[3, 4] = 1, 2, 3
    assert reading_of(digits, digit).tied
    assert not reading_of(digits, colored).tied
    assert not reading_of(linear, np.full_like(image, 100)).tied


def test_a_tied_change_is_the_mean_of_the_three_colors(digits: Classifier, digit: np.ndarray) -> None:
    change = torch.randn(2, 3, 4, 4)
    tied = reading_of(digits, digit).tie(change)
    for color in range(3):
        torch.testing.assert_close(tied[:, color], change.mean(1))
    colored = digit.copy()
    colored[3, 4] = 1, 2, 3
    assert torch.equal(reading_of(digits, colored).tie(change), change)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P"])
def test_a_picture_of_any_mode_is_read_as_rgb(linear: Classifier, image: np.ndarray, mode: str) -> None:
    picture = Image.fromarray(image).convert(mode)
    assert np.array_equal(reading_of(linear, picture).original, np.asarray(picture.convert("RGB")))
