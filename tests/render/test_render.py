"""What pictures of numbers promise: known colors, zero where it belongs, shared scales, and tiles that can be found."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from vizlib.render import (
    Grid,
    color_stops,
    colorbar,
    contact_sheet,
    difference,
    enlarge,
    fitted,
    from_image,
    heat,
    kernels,
    mosaic,
    outline,
    overlay,
    scale_of,
    scales_of,
    stretched,
    to_image,
    whole_filters,
)

NEUTRAL = [245, 245, 245]
DARK, BRIGHT = [14, 6, 36], [253, 253, 215]
BLUE, RED = [3, 38, 109], [101, 1, 18]


def lightness(color: NDArray[np.uint8]) -> float:
    """CIE L*, 0 to 100."""
    share = np.asarray(color, float) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16)


# Pixels


def test_every_level_comes_back_from_its_share_of_one() -> None:
    levels = torch.arange(256).repeat(3).reshape(1, 3, 16, 16)
    for dtype in (torch.float32, torch.float64):
        image = to_image(levels.to(dtype) / 255)
        np.testing.assert_array_equal(image, levels.permute(0, 2, 3, 1).numpy())


@pytest.mark.parametrize(
    ("value", "level"),
    [
        (0.49 / 255, 0),
        (0.51 / 255, 1),
        (127.49 / 255, 127),
        (127.51 / 255, 128),
        (254.49 / 255, 254),
        (254.51 / 255, 255),
    ],
)
def test_pixels_are_rounded_to_the_nearest_level_and_never_truncated(value: float, level: int) -> None:
    assert to_image(torch.full((3, 2, 2), value)).tolist() == np.full((1, 2, 2, 3), level).tolist()


def test_what_is_outside_or_no_number_is_clipped_and_not_wrapped() -> None:
    pixels = torch.tensor([-1.0, 1.001, 300.0, float("inf"), -float("inf"), float("nan")]).expand(1, 3, 1, 6)
    assert to_image(pixels)[0, 0, :, 0].tolist() == [0, 255, 255, 255, 0, 0]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_pixels_of_any_precision_that_want_gradients_become_an_image(dtype: torch.dtype, device: str) -> None:
    pixels = torch.tensor([0.0, 0.5, 1.0], dtype=dtype, device=device).reshape(3, 1, 1).expand(3, 4, 5).requires_grad_()
    image = to_image(pixels)
    assert (image.shape, image.dtype, image.flags["C_CONTIGUOUS"]) == ((1, 4, 5, 3), np.uint8, True)
    assert image[0, 0, 0].tolist() == [0, 128, 255]


def test_levels_stay_levels_and_what_is_no_tensor_is_said_to_be_none() -> None:
    image = np.arange(48, dtype=np.uint8).reshape(1, 4, 4, 3)
    assert np.array_equal(to_image(torch.from_numpy(image).permute(0, 3, 1, 2)), image)
    for other in (image, [torch.zeros(3, 4, 4)], None):
        with pytest.raises(TypeError, match=r"^Pixels are a tensor \(N, 3, H, W\), not a value of type "):
            to_image(other)
    for dtype in (torch.int64, torch.bool):
        with pytest.raises(ValueError, match=f"or levels as uint8, not {str(dtype)[6:]}"):
            to_image(torch.zeros(1, 3, 4, 4, dtype=dtype))


def test_another_shape_is_a_bug() -> None:
    for shape in ((2, 2), (1, 4, 2, 2), (1, 1, 3, 2, 2)):
        with pytest.raises(ValueError, match="Pixels are"):
            to_image(torch.zeros(shape))
    for image in (np.zeros((2, 2), np.uint8), np.zeros((2, 2, 4), np.uint8), np.zeros((2, 2, 3))):
        with pytest.raises(ValueError, match="an image is uint8"):
            from_image(image)


def test_an_image_as_pixels_is_exactly_its_levels_over_255_and_comes_back(device: str) -> None:
    image = np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8)
    pixels = from_image(image, torch.device(device))
    assert (pixels.shape, pixels.dtype, pixels.device.type) == ((1, 3, 4, 6), torch.float32, torch.device(device).type)
    assert pixels.cpu()[0, 2, 1, 5].item() == np.float32(image[1, 5, 2]) / np.float32(255)
    assert np.array_equal(to_image(pixels)[0], image)


def test_a_batch_and_a_pil_image_become_the_same_pixels() -> None:
    images = np.random.default_rng(1).integers(0, 256, (2, 4, 6, 3), np.uint8)
    assert torch.equal(from_image(images), torch.cat([from_image(each) for each in images]))
    assert torch.equal(from_image(Image.fromarray(images[0])), from_image(images[0]))
    gray = Image.fromarray(images[0, ..., 0])
    assert np.array_equal(to_image(from_image(gray))[0], np.asarray(gray.convert("RGB")))


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((10, 20), (20, 40)), ((20, 10), (40, 20)), ((40, 80), (20, 40)), ((3, 7), (17, 40)), ((1, 400), (1, 40))],
)
def test_a_fitted_picture_has_its_longer_side_as_asked_and_keeps_its_proportions(
    shape: tuple[int, int], expected: tuple[int, int]
) -> None:
    image = fitted(np.full((*shape, 3), 77, np.uint8), 40)
    assert image.shape == (*expected, 3)
    assert (image == 77).all()


# Colors


def test_the_corners_of_both_color_maps() -> None:
    values = np.array([[-9, -2, 0, 1, 2, 9]], np.float32)
    assert heat(values, signed=False, limit=2)[0, [0, 1, 2, 4, 5]].tolist() == [DARK, DARK, DARK, BRIGHT, BRIGHT]
    assert heat(values, signed=True, limit=2)[0, [0, 1, 2, 4, 5]].tolist() == [BLUE, BLUE, NEUTRAL, RED, RED]


def test_values_get_the_nearest_color() -> None:
    assert heat(np.array([[-0.999, -0.001, 0.001, 0.999]]), signed=True, limit=1)[0].tolist() == [
        BLUE,
        NEUTRAL,
        NEUTRAL,
        RED,
    ]


@pytest.mark.parametrize("limit", [1e-30, 0.37, 1.0, 3e30])
def test_zero_stays_exactly_in_the_neutral_middle_whatever_the_limit(limit: float) -> None:
    assert heat(np.zeros((2, 2)), signed=True, limit=limit).reshape(-1, 3).tolist() == [NEUTRAL] * 4


def test_more_is_brighter_in_the_one_and_darker_on_either_side_of_the_other() -> None:
    up = [lightness(color) for color in heat(np.linspace(0, 1, 60)[None], signed=False, limit=1)[0]]
    assert all(a < b for a, b in pairwise(up))
    assert up[-1] - up[0] > 90
    both = [lightness(color) for color in heat(np.linspace(-1, 1, 61)[None], signed=True, limit=1)[0]]
    assert all(a < b for a, b in pairwise(both[:31]))
    assert all(a > b for a, b in pairwise(both[30:]))
    np.testing.assert_allclose(both, both[::-1], atol=5)  # neither sign looks stronger


def test_equal_steps_look_about_equal() -> None:
    up = np.diff([lightness(color) for color in heat(np.linspace(0, 1, 11)[None], signed=False, limit=1)[0]])
    assert up.min() > 2
    assert up.max() < 18


def test_a_map_of_zeros_is_flat_zero_and_not_noise() -> None:
    for limit in (None, 0.0, -1.0, float("nan")):
        assert np.unique(heat(np.zeros((4, 4)), signed=False, limit=limit).reshape(-1, 3), axis=0).tolist() == [DARK]
        assert np.unique(heat(torch.zeros(4, 4), signed=True, limit=limit).reshape(-1, 3), axis=0).tolist() == [NEUTRAL]


def test_what_is_no_number_counts_as_zero() -> None:
    values = np.array([[np.nan, np.inf, -np.inf, 1e300, 1.0]])
    assert heat(values, signed=True)[0].tolist() == [NEUTRAL] * 4 + [RED]
    assert scale_of(values[:, :3]) == 0


def test_one_hot_pixel_does_not_blacken_the_rest() -> None:
    values = np.ones((100, 100))
    values[0, 0] = 1e6
    assert scale_of(values) == 1
    assert heat(values, signed=False)[5, 5].tolist() == BRIGHT


def test_a_few_dots_on_nothing_are_still_seen() -> None:
    values = np.zeros((100, 100))
    values[50, 50] = 3
    assert scale_of(values) == 3
    assert heat(values, signed=False)[50, 50].tolist() == BRIGHT


def test_several_maps_share_the_scale_of_the_largest() -> None:
    assert scale_of(np.full((2, 2), -3.0), torch.full((5, 5), 2.0)) == 3
    assert scale_of() == 0
    assert scales_of(np.stack([np.full((2, 2), -3.0), np.zeros((2, 2))])).tolist() == [3, 0]


def test_a_batch_of_maps_can_have_one_limit_each() -> None:
    maps = torch.tensor([[[1.0]], [[10.0]]])
    assert heat(maps, False, torch.tensor([1.0, 10.0]).reshape(2, 1, 1)).tolist() == [[[BRIGHT]], [[BRIGHT]]]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(width=32), min_size=1, max_size=12), st.booleans(), st.none() | st.floats(width=32))
def test_any_numbers_have_a_color_and_none_warns(values: list[float], signed: bool, limit: float | None) -> None:
    assert heat(np.array([values], np.float32), signed, limit).shape == (1, len(values), 3)


def test_chart_libraries_get_the_same_colors() -> None:
    assert color_stops(False)[0] == (0.0, "#0e0624")
    assert color_stops(True)[4] == (0.5, "#f5f5f5")
    assert color_stops(True)[-1][0] == 1.0


@pytest.mark.parametrize("width", [300, 480, 1200])
@pytest.mark.parametrize("signed", [False, True])
def test_the_legend_shows_the_colors_and_has_ink_below(width: int, signed: bool) -> None:
    bar = colorbar(signed, 0.0123, "logit per unit of pixel", width)
    assert bar.shape[1] == width
    assert 50 <= bar.shape[0] <= width // 4
    row = bar[max(14, width // 20)]
    assert ([BLUE] if signed else [DARK]) == [color.tolist() for color in row if color.sum() < 600][:1]
    dark = bar[bar.shape[0] // 2 :].min(axis=2) < 90
    assert dark.any()
    assert not dark[:, [0, -1]].any()  # no letter is cut off
    assert not dark[-1].any()
    assert colorbar(signed, 0.0123, "logit", width, dark=True)[0, 0].max() < 40
    assert colorbar(signed, 0.0).shape[1] == 480


# Maps over pictures


def test_where_the_map_is_zero_the_picture_shows_through_untouched() -> None:
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    for signed in (False, True):
        np.testing.assert_array_equal(overlay(image, np.zeros((5, 5)), signed, 1.0), image)
        np.testing.assert_array_equal(overlay(image, np.ones((5, 5)), signed, 0.0), image)


def test_at_full_strength_the_strongest_color_covers_the_picture() -> None:
    image = np.full((20, 30, 3), 99, np.uint8)
    assert np.unique(overlay(image, np.ones((4, 4)), False, 1.0, 1.0).reshape(-1, 3), axis=0).tolist() == [BRIGHT]
    half = overlay(image, np.ones((4, 4)), True, 0.5, 1.0)[0, 0]
    assert half.tolist() == np.rint((np.array(RED) + 99) / 2).tolist()


def test_the_picture_disappears_gradually() -> None:
    image = np.zeros((1, 50, 3), np.uint8)
    seen = overlay(image, np.linspace(-1, 0, 50)[None], True, 1.0, 1.0).sum(axis=2)[0]
    assert seen[-1] == 0
    assert (np.diff(seen[30:].astype(int)) < 0).all()


def test_a_map_is_stretched_as_torch_does_without_aligned_corners() -> None:
    image = np.zeros((4, 4, 3), np.uint8)
    values = torch.tensor([[0.0, 1.0], [0.0, 1.0]])
    shown = overlay(image, values, False, 1.0, 1.0)
    quarters = np.array([[0, 0.25, 0.75, 1]] * 4)  # half a cell at either edge is level
    np.testing.assert_array_equal(shown, overlay(image, quarters, False, 1.0, 1.0))
    assert (np.diff(shown[0].sum(axis=1).astype(int)) > 0).all()


def test_a_map_finer_than_the_picture_is_averaged() -> None:
    dot = np.zeros((64, 64))
    dot[0, 0] = 50  # between the centers of the picture's pixels
    assert overlay(np.zeros((8, 8, 3), np.uint8), dot, False, 1.0, 50.0)[0, 0].max() > 0


# Sheets


def test_a_sheet_has_each_map_where_its_grid_says() -> None:
    maps = torch.arange(6.0).reshape(6, 1, 1).expand(6, 3, 4)
    sheet, grid = mosaic(maps, columns=3, tile=8, gap=2, limits=5.0)
    assert grid == Grid(count=6, columns=3, rows=2, tile=(6, 8), gap=2)
    assert sheet.shape == (2 * 6 + 2, 3 * 8 + 2 * 2, 3) == (*grid.size, 3)
    for index in range(6):
        left, top, right, bottom = grid.box(index)
        expected = np.broadcast_to(heat(np.full((1, 1), index), False, 5.0), (6, 8, 3))
        np.testing.assert_array_equal(sheet[top:bottom, left:right], expected)
    assert np.unique(sheet[:, 8:10]).tolist() == [110]  # the gap


def test_small_maps_are_enlarged_in_crisp_squares() -> None:
    values = np.array([[[0.0, 1.0], [1.0, 0.0]]])
    sheet, grid = mosaic(values, tile=7, limits=1.0)
    assert grid.tile == (6, 6)
    np.testing.assert_array_equal(sheet, np.kron(heat(values[0], False, 1.0), np.ones((3, 3, 1))))


def test_large_maps_are_averaged_down_before_they_are_colored() -> None:
    stripes = np.tile([1.0, -1.0], (2, 128, 64))
    dot = np.zeros((1, 128, 128))
    dot[0, 0, 0] = 50.0
    assert mosaic(dot, tile=16, limits=1.0)[0][0, 0].tolist() != DARK
    sheet, grid = mosaic(stripes, tile=16, signed=True, limits=1.0)
    assert grid.tile == (16, 16)
    inner = sheet[2:-2, 2:14].astype(int)
    assert np.abs(inner - 245).max() <= 10  # plus and minus cancel to white; averaged colors would be violet


def test_maps_share_a_scale_or_have_their_own() -> None:
    maps = np.stack([np.full((2, 2), 1.0), np.full((2, 2), 4.0)])
    shared, grid = mosaic(maps, columns=2)
    own, _ = mosaic(maps, columns=2, limits=scales_of(maps))
    first, second = (grid.box(index)[0] for index in range(2))
    assert shared[0, second].tolist() == own[0, first].tolist() == own[0, second].tolist() == BRIGHT
    assert shared[0, first].tolist() != BRIGHT


def test_a_sheet_says_where_each_tile_lies() -> None:
    grid = Grid(count=5, columns=3, rows=2, tile=(6, 8), gap=2)
    assert grid.size == (14, 28)
    assert [grid.box(index) for index in (0, 2, 4)] == [(0, 0, 8, 6), (20, 0, 28, 6), (10, 8, 18, 14)]
    for index in (-1, 5):
        with pytest.raises(IndexError):
            grid.box(index)


@pytest.mark.parametrize(
    ("count", "columns"), [(1, 1), (2, 2), (3, 3), (16, 4), (64, 8), (96, 12), (128, 16), (512, 32), (7, 7), (47, 7)]
)
def test_sheets_are_a_little_wider_than_high_and_without_a_ragged_row_where_possible(count: int, columns: int) -> None:
    assert mosaic(np.zeros((count, 2, 2)), tile=2)[1].columns == columns


def test_an_empty_last_place_is_a_gap_and_more_columns_than_maps_are_not_drawn() -> None:
    sheet, grid = mosaic(np.ones((3, 2, 2)), columns=2, tile=2)
    assert np.unique(sheet[4:, 4:]).tolist() == [110]
    assert grid.count == 3
    assert mosaic(np.ones((3, 2, 2)), columns=9, tile=2)[1].columns == 3


# Kernels


def test_color_kernels_lie_symmetrically_around_mid_gray() -> None:
    weights = torch.zeros(2, 3, 2, 2)
    weights[0, 0, 0, 0], weights[0, 1, 0, 0], weights[0, 2, 0, 1] = 0.5, -0.5, 0.25
    weights[1, 2, 1, 1] = -0.001
    tiles = kernels(weights)
    assert tiles.shape == (2, 2, 2, 3)
    assert tiles[0].tolist() == [[[255, 1, 128], [128, 128, 192]], [[128] * 3] * 2]
    assert tiles[1, 1, 1].tolist() == [128, 128, 1]  # its own scale
    assert kernels(weights, limit=0.5)[1, 1, 1].tolist() == [128, 128, 128]


def test_kernels_on_one_channel_are_blue_and_red_and_dead_ones_flat() -> None:
    tiles = kernels(torch.tensor([[[[1.0, -1.0]]], [[[0.0, 0.0]]]]))
    assert tiles[:, 0].tolist() == [[RED, BLUE], [NEUTRAL, NEUTRAL]]


def test_kernels_on_three_channels_that_are_no_colors_are_slices() -> None:
    tiles = kernels(torch.tensor([1.0, 0.0, -1.0]).reshape(1, 3, 1, 1), colored=False)
    assert tiles[:, 0, 0].tolist() == [RED, NEUTRAL, BLUE]


def test_deeper_kernels_are_slices_with_one_scale_per_output() -> None:
    weights = np.zeros((2, 4, 1, 2))
    weights[0, 1, 0], weights[1, 3, 0] = (2.0, -2.0), (0.1, 0.0)
    tiles = kernels(weights)
    assert tiles.shape == (8, 1, 2, 3)
    assert tiles[1, 0].tolist() == [RED, BLUE]
    assert tiles[7, 0].tolist() == [RED, NEUTRAL]
    assert tiles[0, 0].tolist() == [NEUTRAL, NEUTRAL]


def test_a_whole_filter_is_one_tile_with_its_slices_in_rows_and_gaps_between_them() -> None:
    weights = np.zeros((2, 3, 1, 2))
    weights[0, 1, 0], weights[1, 2, 0] = (2.0, -2.0), (0.1, 0.0)
    tiles, gap = whole_filters(weights), [110] * 3
    assert tiles.shape == (2, 3, 5, 3)  # two rows of two slices of 1 x 2, the last place empty
    assert tiles[0, 0].tolist() == [NEUTRAL, NEUTRAL, gap, RED, BLUE]
    assert tiles[0, 1].tolist() == [gap] * 5
    assert tiles[1, 2].tolist() == [RED, NEUTRAL, gap, gap, gap]  # on its own scale
    assert tiles[1, 2, 0].tolist() != whole_filters(weights, limit=2)[1, 2, 0].tolist()
    assert whole_filters(np.ones((5, 9, 1, 1))).shape == (5, 3, 3, 3)  # single weights stand side by side


def test_kernels_go_onto_a_contact_sheet() -> None:
    sheet, grid = contact_sheet(kernels(torch.randn(64, 3, 7, 7)), tile=35, gap=1)
    assert grid.tile == (35, 35)
    assert sheet.shape == (8 * 36 - 1, 8 * 36 - 1, 3)
    assert contact_sheet(np.zeros((4, 100, 50, 3), np.uint8), tile=20)[1].tile == (20, 10)


# Differences, outlines, sizes


def test_a_difference_is_magnified_around_mid_gray_with_its_sign() -> None:
    a = np.full((1, 4, 3), 100, np.uint8)
    b = a.copy()
    b[0, 1], b[0, 2], b[0, 3] = 102, 98, 255
    shown, factor = difference(a, b, factor=10)
    assert (shown[0, :, 0].tolist(), factor) == ([128, 148, 108, 255], 10)


@pytest.mark.parametrize(
    ("change", "factor"),
    [(0, 1), (1, 100), (2, 50), (3, 20), (6, 20), (7, 10), (25, 5), (60, 2), (63, 2), (64, 1), (255, 1)],
)
def test_the_factor_is_the_largest_round_number_that_clips_nothing(change: int, factor: int) -> None:
    a, b = np.zeros((4, 4, 3), np.uint8), np.full((4, 4, 3), change, np.uint8)
    shown, used = difference(a, b)
    assert used == factor
    assert shown[0, 0, 0] == min(128 + change * factor, 255)


def test_one_pixel_that_changed_a_lot_does_not_hide_what_changed_everywhere() -> None:
    a = np.zeros((40, 40, 3), np.uint8)
    b = a + np.uint8(1)
    b[0, 0] = 255
    assert difference(a, b)[1] == 100
    b[:] = 0
    b[0, 0] = 1, 1, 100
    assert difference(a, b)[1] == 1  # one in three is more than one in 200


def test_an_outline_runs_around_the_object_and_leaves_it_untouched() -> None:
    image = np.full((60, 60, 3), 90, np.uint8)
    mask = np.zeros((60, 60), bool)
    mask[20:40, 20:40] = True
    drawn = outline(image, mask, (1, 2, 3))
    np.testing.assert_array_equal(drawn[mask], image[mask])
    assert drawn[19, 30].tolist() == drawn[30, 40].tolist() == [1, 2, 3]
    assert drawn[18, 30].tolist() == [0, 0, 0]  # the dark edge
    assert drawn[17, 30].tolist() == drawn[0, 0].tolist() == [90] * 3
    assert (image == 90).all()


def test_an_outline_is_thicker_on_larger_pictures_and_fits_masks_of_another_size() -> None:
    mask = np.zeros((6, 6), bool)
    mask[2:4, 2:4] = True
    drawn = outline(np.zeros((960, 960, 3), np.uint8), mask)
    assert drawn[480, 314:320].tolist() == [[255, 221, 0]] * 6
    assert drawn[480, 313].tolist() == [0, 0, 0]
    image = np.full((9, 9, 3), 7, np.uint8)
    for empty_or_full in (np.zeros((9, 9), bool), np.ones((9, 9), bool)):
        np.testing.assert_array_equal(outline(image, empty_or_full), image)


def test_tiny_pictures_grow_in_crisp_squares_and_photographs_smoothly() -> None:
    tiny = np.random.default_rng(0).integers(0, 256, (7, 7, 3), np.uint8)
    np.testing.assert_array_equal(enlarge(tiny, 300), np.kron(tiny, np.ones((43, 43, 1), np.uint8)))
    photo = np.random.default_rng(0).integers(0, 256, (80, 100, 3), np.uint8)
    assert enlarge(photo, 300).shape == (240, 300, 3)
    assert len(np.unique(enlarge(photo, 300)[:12, :12].reshape(-1, 3), axis=0)) > 100
    assert enlarge(photo, 300, smooth=False).shape == (240, 300, 3)
    assert enlarge(tiny, 300, smooth=True).shape == (300, 300, 3)
    assert enlarge(tiny[..., 0], 70).shape == (70, 70)


def test_a_picture_that_is_large_enough_stays_as_it_is() -> None:
    photo = np.zeros((10, 300, 3), np.uint8)
    assert enlarge(photo, 300) is photo


def test_a_very_high_and_narrow_picture_does_not_grow_without_end() -> None:
    for smooth in (False, True):
        grown = enlarge(np.zeros((40_000, 8), np.uint8), 300, smooth)
        assert grown.size <= 16_500_000
        assert grown.shape[1] > 8


@pytest.mark.parametrize(
    ("image", "values"),
    [
        (np.zeros((4, 4, 3)), np.zeros((4, 4))),  # floats, which would be read as levels
        (np.zeros((4, 4, 3), np.uint8), torch.zeros(1, 4, 4)),
        (np.zeros((1, 4, 4, 3), np.uint8), torch.zeros(4, 4)),
    ],
)
def test_an_overlay_of_anything_but_one_map_and_one_image_is_refused(image: Any, values: Any) -> None:
    with pytest.raises(ValueError, match=r"(is|lies)"):
        overlay(image, values, signed=False)


def test_an_overlay_takes_a_pil_image_too() -> None:
    image = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    expected = overlay(image, torch.eye(4), signed=True)
    assert np.array_equal(overlay(Image.fromarray(image), torch.eye(4), signed=True), expected)


def test_stretched_pictures_reach_from_black_to_white_each_by_itself() -> None:
    pixels = torch.stack([torch.linspace(-2, 6, 12).view(3, 2, 2), torch.linspace(0.4, 0.5, 12).view(3, 2, 2)])
    wanted = torch.linspace(0, 1, 12).view(3, 2, 2)
    torch.testing.assert_close(stretched(pixels), torch.stack([wanted, wanted]))
    assert torch.equal(stretched(torch.full((1, 3, 2, 2), 0.3)), torch.full((1, 3, 2, 2), 0.3))
    assert torch.equal(stretched(torch.full((1, 3, 2, 2), 7.0)), torch.ones(1, 3, 2, 2))
