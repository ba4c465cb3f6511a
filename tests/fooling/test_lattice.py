"""The least visible image: always whole levels, near the best that there is, and never more than was promised."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from vizlib import fool, open_picture, to_pixels
from vizlib.fooling import FRONTIER, HIGHEST, Fooling, fooling
from vizlib.fooling.reading import values_of
from vizlib.fooling.scoring import Criterion
from vizlib.models import Classifier

SIDE = 16


def two(by_hand: Callable[..., Classifier], slopes: np.ndarray, image: np.ndarray, gap: float) -> Classifier:
    """Two classes: class 1 is `gap` logits behind in this image, and gains slopes (768,) logits per level."""
    weight = torch.zeros(2, 768)
    weight[1] = torch.as_tensor(slopes * 255)
    behind = torch.tensor([0.0, -gap - float(slopes @ image.transpose(2, 0, 1).reshape(-1))])
    return by_hand(weight.view(2, 3, SIDE, SIDE), behind)


def shortest(slopes: np.ndarray, needed: float, room: tuple[np.ndarray, np.ndarray] | None = None) -> float:
    """L2 of the best round(c g) that gains `needed` logits, [0, 1] pixel units."""
    low, high = room or (np.full(len(slopes), -255), np.full(len(slopes), 255))
    lengths = []
    for c in np.geomspace(0.01, 1000, 20000) / np.abs(slopes).max():
        change = np.clip(np.rint(c * slopes), low, high)
        if change @ slopes >= needed:
            lengths.append(np.linalg.norm(change))
            break
    return min(lengths) / 255


def needed(model: Classifier, image: np.ndarray, target: int) -> float:
    """Logits that the target must gain: its gap to the first class, and a lead that is safe on other machines."""
    logits = model(model.prepare(image))[0].cpu()
    others = torch.cat([logits[:target], logits[target + 1 :]])
    return float(others.max() - logits[target] + 0.005 * logits.std())


def likely(model: Classifier, image: np.ndarray) -> int:
    """The second best class."""
    return int(model.predict(model.prepare(image))[0].argsort()[-2])


def as_file(model: Classifier, result: Fooling) -> Tensor:
    """Probabilities (K,) of the file as anyone would read it."""
    return model.predict(to_pixels(open_picture(result.png), model))[0].cpu()


# The grid


@pytest.mark.slow
@pytest.mark.parametrize("frontier", [False, True])
def test_every_picture_that_it_ever_looks_at_is_on_the_8_bit_grid(
    small: Classifier, image: np.ndarray, frontier: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Tensor] = []
    honest = Criterion.ask

    def spy(criterion: Criterion, values: Tensor) -> Tensor:
        seen.append(values.detach().clone())
        return honest(criterion, values)

    monkeypatch.setattr(Criterion, "ask", spy)
    result = fool(small, image, likely(small, image), frontier=frontier)
    assert result.success
    assert len(seen) > result.gradients
    for values in seen:
        assert torch.equal(values, (values * 255).round() / 255)
        assert 0 <= float(values.min()) <= float(values.max()) <= 1


def test_black_and_white_stay_inside_and_cost_hardly_more_than_they_must(by_hand: Callable[..., Classifier]) -> None:
    random = np.random.default_rng(1)
    image = random.choice(np.array([0, 255], np.uint8), (SIDE, SIDE, 3))
    slopes = random.standard_t(3, 768) / 255
    model = two(by_hand, slopes, image, gap=1.0)
    result = fool(model, image, 1)
    assert result.success
    levels = image.transpose(2, 0, 1).reshape(-1).astype(int)
    best = shortest(slopes, needed(model, image, 1), (-levels, 255 - levels))
    assert result.linf_levels < 128  # 256 or -1 as 8 bits would be a change of 255
    assert best * 0.97 < result.l2 < best * 1.05


# How near the best


@pytest.mark.slow
@pytest.mark.parametrize("gap", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("freedom", [3, 50])
def test_on_a_linear_network_it_is_near_the_best_whole_numbered_change(
    by_hand: Callable[..., Classifier], image: np.ndarray, gap: float, freedom: float
) -> None:
    slopes = np.random.default_rng(2).standard_t(freedom, 768) / 255
    model = two(by_hand, slopes, image, gap)
    result = fool(model, image, 1)
    best = shortest(slopes, needed(model, image, 1))
    assert result.success
    assert best * 0.97 < result.l2 < best * 1.03


def test_with_five_values_that_matter_it_is_near_the_best_of_all_changes(
    by_hand: Callable[..., Classifier], image: np.ndarray
) -> None:
    slopes = np.zeros(768)
    slopes[[5, 100, 300, 301, 700]] = np.array([1.0, -0.8, 0.55, 0.3, -0.2]) / 10
    model = two(by_hand, slopes, image, gap=0.47)
    must = needed(model, image, 1)
    gains = np.abs(slopes[slopes != 0])
    best = min(np.linalg.norm(change) for change in product(range(6), repeat=5) if float(np.dot(change, gains)) >= must)
    result = fool(model, image, 1)
    assert result.success
    assert np.abs(result.change).max() <= 5
    assert set(np.nonzero(result.change.transpose(2, 0, 1).reshape(-1))[0]) <= {5, 100, 300, 301, 700}
    assert best <= result.l2 * 255 + 1e-9 <= best * 1.2  # a level more or less of one value is much here


def test_more_of_what_matters_less_is_never_changed(by_hand: Callable[..., Classifier], image: np.ndarray) -> None:
    slopes = np.random.default_rng(2).standard_t(3, 768) / 255
    result = fool(two(by_hand, slopes, image, gap=1.0), image, 1)
    change = result.change.transpose(2, 0, 1).reshape(-1)
    assert (change * slopes >= 0).all()
    untouched, touched = np.abs(slopes[change == 0]), np.abs(slopes[change != 0])
    assert untouched.max() < np.quantile(touched, 0.3)


# Goals


@pytest.mark.slow
def test_the_frontier_ascends_and_each_of_its_files_reaches_its_goal(small: Classifier, image: np.ndarray) -> None:
    target = likely(small, image)
    result = fool(small, image, target, frontier=True)
    assert [each.goal for each in result.frontier] == list(FRONTIER)
    lengths = [each.l2 for each in result.frontier]
    assert lengths == sorted(lengths)
    assert result.png == result.frontier[0].png
    for each in result.frontier:
        assert each.success
        probabilities = as_file(small, each)
        torch.testing.assert_close(each.probabilities_after, probabilities)
        assert int(probabilities.argmax()) == each.label == target
        assert float(probabilities[target]) >= each.goal


@pytest.mark.slow
def test_a_goal_between_those_of_the_frontier_is_the_result(linear: Classifier, image: np.ndarray) -> None:
    result = fool(linear, image, likely(linear, image), goal=0.7, frontier=True)
    assert [each.goal for each in result.frontier] == [HIGHEST, 0.5, 0.7, 0.9, 0.99]
    assert result.goal == 0.7
    assert result.png == result.frontier[2].png
    assert float(result.probabilities_after[result.label]) >= 0.7


def test_the_best_so_far_only_falls_and_the_file_is_the_best(small: Classifier, image: np.ndarray) -> None:
    frames = list(fooling(small, image, likely(small, image), steps=30))
    best = [each.best for each in frames if each.best is not None]
    assert best == sorted(best, reverse=True)
    assert best[0] > best[-1]
    result = frames[-1].result
    assert result is not None
    assert result.l2 == pytest.approx(best[-1], rel=1e-5)
    assert [each.step for each in frames[:-2]] == list(range(1, 27))
    assert frames[-2].step == frames[-1].step == frames[-1].total == 30


@pytest.mark.parametrize(
    ("goal", "steps"), [(HIGHEST, 10), (HIGHEST, 12), (HIGHEST, 16), (HIGHEST, 24), (0.9, 40), (0.9, 60)]
)
def test_what_the_refinement_leaves_is_smaller_and_still_fools(
    small: Classifier, image: np.ndarray, goal: float, steps: int
) -> None:
    target = likely(small, image)
    *_, searched, pruned, last = fooling(small, image, target, goal=goal, steps=steps)
    assert searched.best is not None
    assert pruned.best is not None
    assert pruned.best < searched.best  # after so few steps some changes can always be undone
    assert last.result is not None
    assert last.result.success
    assert float(as_file(small, last.result)[target]) >= goal
    assert int(as_file(small, last.result).argmax()) == target


def test_the_same_arguments_make_the_same_bytes(small: Classifier, image: np.ndarray) -> None:
    target = likely(small, image)
    one, other = (fool(small, image, target, steps=24, frontier=True) for _ in range(2))
    assert one.png == other.png
    assert one.sha256 == other.sha256
    assert [each.png for each in one.frontier] == [each.png for each in other.frontier]
    assert one.trace == other.trace


# Files that are resized and cropped on the way


@pytest.mark.slow
@pytest.mark.parametrize("goal", [HIGHEST, 0.9])
def test_pixels_fool_both_as_they_are_and_as_a_file(cropping: Classifier, goal: float) -> None:
    photo = Image.fromarray(np.random.default_rng(4).integers(0, 256, (40, 30, 3), dtype=np.uint8))
    pixels = to_pixels(photo, cropping)
    target = likely(cropping, np.asarray(photo))
    assert int(cropping(pixels).argmax()) != target
    result = fool(cropping, pixels, target, goal=goal)
    assert result.success
    assert result.image.shape == (SIDE, SIDE, 3)
    raw = cropping.predict(values_of(result.image, cropping.device))[0].cpu()
    for probabilities in (raw, as_file(cropping, result)):
        assert int(probabilities.argmax()) == target
        assert float(probabilities[target]) >= goal
    if goal:  # neither way gets much more than it needs
        assert float(raw[target]) < 0.95
        assert float(as_file(cropping, result)[target]) < 0.95
    assert result.gradients % 2 == 0  # each is of two ways


def test_a_file_at_the_network_s_resolution_is_as_large_as_it_is_resized(cropping: Classifier) -> None:
    photo = Image.fromarray(np.random.default_rng(4).integers(0, 256, (40, 30, 3), dtype=np.uint8))
    target = likely(cropping, np.asarray(photo))
    result = fool(cropping, photo, target)
    assert result.image.shape == (24, 18, 3)
    assert result.success
    assert int(as_file(cropping, result).argmax()) == target
    outside = result.change.copy()
    outside[4:20, 1:17] = 0
    assert not outside.any()  # what the network does not see is not touched: rows 4 to 19, columns 1 to 16


@pytest.mark.slow
@pytest.mark.parametrize("size", [(40, 30), (30, 40), (18, 18), (12, 13)])
def test_a_file_may_keep_its_own_size_and_fools(cropping: Classifier, size: tuple[int, int]) -> None:
    photo = Image.fromarray(np.random.default_rng(4).integers(0, 256, (*size, 3), dtype=np.uint8))
    target = likely(cropping, np.asarray(photo))
    result = fool(cropping, photo, target, resolution="file")
    assert result.image.shape == (*size, 3)
    assert np.array_equal(result.original, np.asarray(photo))
    assert result.success
    assert int(as_file(cropping, result).argmax()) == target
    assert np.array_equal(np.asarray(Image.open(BytesIO(result.png))), result.image)


def test_a_gray_picture_of_a_gray_network_stays_gray(digits: Classifier, digit: np.ndarray) -> None:
    result = fool(digits, digit, 3, steps=24)
    assert result.success
    assert result.changed > 0
    assert np.array_equal(result.image[..., 0], result.image[..., 1])
    assert np.array_equal(result.image[..., 0], result.image[..., 2])
    assert int(as_file(digits, result).argmax()) == 3


def test_a_colored_picture_of_a_gray_network_is_changed_where_it_is_cheapest(
    digits: Classifier, digit: np.ndarray
) -> None:
    colored = digit.copy()
    colored[0, 0] = 10, 20, 30
    result = fool(digits, colored, 3, steps=24)
    assert result.success
    red, green, blue = np.abs(result.change.astype(float)).sum((0, 1))
    assert green > red > blue  # as luma weighs them


# Costs


@pytest.mark.slow
@pytest.mark.parametrize("method", ["lattice", "classic", "robust", "noise"])
def test_the_gradients_are_counted_truly(
    cropping: Classifier, image: np.ndarray, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []
    honest = Classifier.__call__

    def spy(model: Classifier, pixels: Tensor) -> Tensor:
        counted.append(len(pixels) if pixels.requires_grad else 0)
        return honest(model, pixels)

    monkeypatch.setattr(Classifier, "__call__", spy)
    few: dict[str, Any] = {"steps": 12, **({"views": 3} if method == "robust" else {})}
    for picture in (image, to_pixels(image, cropping)):
        counted.clear()
        result = fool(cropping, picture, likely(cropping, image), method, **few)
        assert result.gradients == sum(counted) > 0


def test_it_takes_no_more_gradients_than_it_was_given(small: Classifier, image: np.ndarray) -> None:
    target = likely(small, image)
    for steps in (10, 37):
        assert fool(small, image, target, steps=steps).gradients <= steps
    assert fool(small, image, target, steps=20, frontier=True).gradients <= 20 + 3 * 10


@pytest.mark.slow
def test_goals_that_the_original_reaches_cost_nothing(scenes: Classifier, scene: Any) -> None:
    shares = scenes.predict(scenes.prepare(scene))[0]
    own = int(shares.argmax())
    assert 0.5 < float(shares[own]) < 0.99
    result = fool(scenes, scene, own, goal=0.99, steps=40, frontier=True)
    free = [each for each in result.frontier if float(shares[own]) >= each.goal]
    assert [each.l2 for each in free] == [0.0] * len(free) != []
    assert all("already" in each.note for each in free)
    assert result.success
    assert result.l2 > 0
    assert result.gradients <= 40
