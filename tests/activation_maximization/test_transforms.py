"""Transforms move pixels to the right places, within their limits, and draw from the run's own generator."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torchvision.transforms.functional import InterpolationMode, affine, rotate

from vizlib import maximize
from vizlib.activation_maximization import TRANSFORMS, Transforms, channel, class_logit
from vizlib.activation_maximization.transforms import draw, named, view
from vizlib.errors import UnknownName
from vizlib.models import Classifier, load_model

SQUARE, WIDE, TALL = (20, 20), (12, 20), (21, 14)
MOVING = Transforms(jitter=0.1)  # what makes `view` resample
STAY = torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])


def rough(size: tuple[int, int] = WIDE, count: int = 2) -> Tensor:
    return torch.rand(count, 3, *size, generator=torch.Generator().manual_seed(0))


def chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def many(transforms: Transforms, count: int = 400) -> Tensor:
    """Maps of `count` draws (count, 2, 3)."""
    generator = chance()
    return torch.cat([draw(transforms, generator) for _ in range(count)])


def reach(maps: Tensor) -> Tensor:
    """The share of the picture's side that each view shows."""
    return maps[:, :, 0].norm(dim=1)


def angle(maps: Tensor) -> Tensor:
    """Degrees by which each view is turned."""
    return torch.atan2(maps[:, 1, 0], maps[:, 0, 0]).rad2deg()


# Where each pixel lands


@pytest.mark.parametrize("size", [SQUARE, WIDE, TALL])
def test_a_map_that_moves_nothing_gives_the_picture_back(size: tuple[int, int]) -> None:
    torch.testing.assert_close(view(rough(size), MOVING, STAY, size, None), rough(size), rtol=0, atol=1e-5)


def test_where_nothing_moves_nothing_is_resampled() -> None:
    assert torch.equal(view(rough(), Transforms(), STAY, WIDE, None), rough())
    assert torch.equal(draw(Transforms(), chance()), STAY)
    assert not Transforms(noise=0.1).moves


@pytest.mark.parametrize(("right", "down"), [(3, 0), (0, 2), (-4, 5), (1, -1)])
def test_a_shift_by_whole_pixels_is_a_shifted_copy_with_gray_beyond(right: int, down: int) -> None:
    height, width = WIDE
    shift = STAY.clone()
    shift[0, :, 2] = torch.tensor([2 * right / width, 2 * down / height])
    seen = view(rough(), MOVING, shift, WIDE, None)
    wanted = torch.full_like(seen, 0.5)
    for i in range(height):
        for j in range(width):
            if 0 <= i + down < height and 0 <= j + right < width:
                wanted[:, :, i, j] = rough()[:, :, i + down, j + right]
    torch.testing.assert_close(seen, wanted, rtol=0, atol=1e-5)


@pytest.mark.parametrize("size", [SQUARE, WIDE, TALL])
def test_a_turned_view_is_what_torchvision_turns(size: tuple[int, int]) -> None:
    maps = draw(Transforms(rotate=40.0), chance(1))
    degrees = float(angle(maps))
    assert abs(degrees) > 5
    seen = view(rough(size), Transforms(rotate=40.0), maps, size, None)
    wanted = rotate(rough(size), degrees, InterpolationMode.BILINEAR, fill=[0.5] * 3)
    inside = rotate(torch.ones(1, 1, *size), degrees, InterpolationMode.BILINEAR) > 0.999  # borders are mixed otherwise
    inside &= (seen - 0.5).abs().amax((0, 1)) > 0
    assert inside.float().mean() > 0.5
    torch.testing.assert_close(seen * inside, wanted * inside, rtol=0, atol=1e-4)


@pytest.mark.parametrize("size", [SQUARE, WIDE])
def test_a_scaled_view_is_what_torchvision_scales(size: tuple[int, int]) -> None:
    maps = draw(Transforms(scale=(1.2, 1.6)), chance())
    factor = 1 / float(reach(maps))
    assert 1.2 < factor < 1.6
    seen = view(rough(size), Transforms(scale=(1.2, 1.6)), maps, size, None)
    wanted = affine(rough(size), 0.0, [0, 0], factor, [0.0], InterpolationMode.BILINEAR)
    torch.testing.assert_close(seen, wanted, rtol=0, atol=1e-4)


def test_a_margin_is_gray_and_of_the_side_asked() -> None:
    seen = view(rough(SQUARE), Transforms(pad=0.5), draw(Transforms(pad=0.5), chance()), (40, 40), None)
    torch.testing.assert_close(seen[:, :, 10:30, 10:30], rough(SQUARE), rtol=0, atol=1e-5)
    seen[:, :, 9:31, 9:31] = 0.5  # the border itself is mixed
    assert torch.equal(seen, torch.full_like(seen, 0.5))


def test_far_outside_all_is_gray() -> None:
    away = STAY.clone()
    away[0, 0, 2] = 3.0
    assert torch.equal(view(rough(), MOVING, away, WIDE, None), torch.full((2, 3, *WIDE), 0.5))


def test_a_picture_of_another_size_is_seen_at_the_size_asked() -> None:
    seen = view(rough((10, 10)), Transforms(), STAY, (20, 20), None)
    assert seen.shape == (2, 3, 20, 20)
    wanted = torch.nn.functional.interpolate(rough((10, 10)), size=(20, 20), mode="bilinear", align_corners=False)
    torch.testing.assert_close(seen[:, :, 1:-1, 1:-1], wanted[:, :, 1:-1, 1:-1], rtol=0, atol=1e-5)


def test_views_come_one_after_the_other_each_with_all_pictures() -> None:
    strong = Transforms(jitter=0.2, rotate=20.0, views=3)
    maps = draw(strong, chance())
    seen = view(rough(), strong, maps, WIDE, None)
    assert seen.shape == (6, 3, *WIDE)
    for number in range(3):
        alone = view(rough(), strong, maps[number : number + 1], WIDE, None)
        assert torch.equal(seen[2 * number : 2 * number + 2], alone)
    assert torch.equal(view(rough(), Transforms(views=2), draw(Transforms(views=2), chance()), WIDE, None)[2:], rough())


def test_the_way_back_of_a_view_is_its_transpose() -> None:
    maps = draw(TRANSFORMS["strong"], chance())
    pixels, other = rough(count=1).requires_grad_(), rough(count=1).flip(2)
    (back,) = torch.autograd.grad((view(pixels, TRANSFORMS["strong"], maps, WIDE, None) * other).sum(), pixels)
    gray = view(torch.full((1, 3, *WIDE), 0.5), TRANSFORMS["strong"], maps, WIDE, None)
    for i, j in [(0, 0), (5, 9), (11, 19), (6, 10)]:
        bright = torch.full((1, 3, *WIDE), 0.5)
        bright[0, 1, i, j] += 1
        seen = view(bright, TRANSFORMS["strong"], maps, WIDE, None)
        assert float(back[0, 1, i, j]) == pytest.approx(float(((seen - gray) * other).sum()), abs=1e-5)


def test_noise_has_the_standard_deviation_asked_and_comes_last() -> None:
    noise = torch.randn(2, 3, *WIDE, generator=chance())
    seen = view(rough(), Transforms(noise=0.2), STAY, WIDE, noise)
    torch.testing.assert_close(seen, rough() + 0.2 * noise)


# How far it may go


def test_jitter_stays_within_its_share_of_the_side_and_uses_it() -> None:
    shifts = many(Transforms(jitter=0.1))[:, :, 2] / 2  # the picture's side is 2
    assert 0.095 < shifts.abs().max() <= 0.1
    assert shifts.mean().abs() < 0.01
    assert torch.equal(many(Transforms(jitter=0.1))[:, :, :2], STAY[:, :, :2].expand(400, 2, 2))


def test_magnification_stays_between_its_limits_and_is_even_on_a_log_scale() -> None:
    maps = many(Transforms(scale=(0.5, 2.0)))
    factors = 1 / reach(maps)
    assert 0.5 <= factors.min() < 0.52
    assert 1.95 < factors.max() <= 2.0 + 1e-5
    assert factors.log().mean().abs() < 0.1
    assert not maps[:, :, 2].any()
    assert angle(maps).abs().max() == 0


def test_rotation_stays_within_its_degrees_to_either_side() -> None:
    maps = many(Transforms(rotate=15.0))
    assert 14.5 < angle(maps).max() <= 15 + 1e-4
    assert -15 - 1e-4 <= angle(maps).min() < -14.5
    torch.testing.assert_close(reach(maps), torch.ones(400))
    torch.testing.assert_close(maps[:, :, :2] @ maps[:, :, :2].transpose(1, 2), torch.eye(2).expand(400, 2, 2))


def test_crops_lie_inside_the_picture_and_anywhere_in_it() -> None:
    maps = many(Transforms(crop=(0.25, 0.9)))
    share = reach(maps)
    assert 0.25 <= share.min() < 0.27
    assert 0.88 < share.max() <= 0.9
    ends = maps[:, :, 2].abs() + share[:, None]
    assert 0.99 < ends.max() <= 1 + 1e-6


def test_the_named_sets_grow_from_none_to_strong() -> None:
    assert next(iter(TRANSFORMS)) == "none"
    assert not TRANSFORMS["none"].moves
    far = [view(rough(SQUARE), TRANSFORMS[name], draw(TRANSFORMS[name], chance()), SQUARE, None) for name in TRANSFORMS]
    assert [torch.equal(each[:2], rough(SQUARE)) for each in far] == [True] + [False] * (len(far) - 1)
    assert math.log(TRANSFORMS["strong"].scale[1]) > math.log(TRANSFORMS["standard"].scale[1])


def test_sets_go_by_name_or_as_they_are() -> None:
    assert named("strong") is TRANSFORMS["strong"]
    assert named(MOVING) is MOVING
    with pytest.raises(UnknownName, match=r"no set of transforms called 'stron'\. Did you mean strong"):
        named("stron")


# The run's own generator


def test_the_same_seed_draws_the_same() -> None:
    strong = TRANSFORMS["strong"]
    assert torch.equal(draw(strong, chance(4)), draw(strong, chance(4)))
    assert not torch.equal(draw(strong, chance(4)), draw(strong, chance(5)))


def test_the_global_random_state_is_not_touched(scenes: Classifier) -> None:
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    list(maximize(scenes, class_logit(0), steps=3, size=32, transforms="strong"))
    assert torch.equal(before, torch.random.get_rng_state())


# Only in the pass


@pytest.mark.parametrize("transforms", ["strong", "crops"])
def test_the_picture_itself_stays_where_it_is(scenes: Classifier, transforms: str) -> None:
    start = rough((32, 32), 1) * 0.6 + 0.2
    settings = {"transforms": transforms, "parameterization": "pixels", "learning_rate": 0.001}
    *_, frame = maximize(scenes, channel("layer1", 3), steps=20, start=start, size=32, **settings)
    assert 0 < float((frame.pixels.cpu() - start).abs().max()) < 0.01  # 20 steps of 0.0004, and no resampling


def test_a_picture_that_settles_is_seen_as_it_is_in_the_last_steps() -> None:
    model = load_model("bundled/digits", device="cpu")
    given = {"steps": 6, "transforms": "strong", "parameterization": "pixels"}
    moved, settled = ([*maximize(model, 3, **given, settle=each)] for each in (0.0, 0.5))
    for step in (0, 1, 2):
        assert torch.equal(settled[step].pixels, moved[step].pixels)
        assert torch.equal(settled[step].scores, moved[step].scores)
    for step in (3, 4):
        assert float(settled[step].scores[0]) == pytest.approx(float(model(settled[step].pixels)[0, 3]), abs=1e-4)
        assert not torch.equal(settled[step].scores, moved[step].scores)
