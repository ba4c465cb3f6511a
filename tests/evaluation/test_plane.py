"""Decision maps against a linear network, of which every point is known, and against a real twin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from vizlib.errors import UnknownName, VizError
from vizlib.evaluation import logits_along, perpendicular, picture_at, plane
from vizlib.models import Classifier


def direction(seed: int, size: float = 0.02) -> Tensor:
    return size * torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(seed))


GRAY = torch.full((1, 3, 16, 16), 0.5)


# Directions


@pytest.mark.parametrize("second", [None, direction(2, 5.0)])
def test_the_second_direction_is_as_long_and_at_a_right_angle(second: Tensor | None) -> None:
    first = direction(1)
    other = perpendicular(first, second, seed=4)
    assert other.shape == first.shape
    assert other.norm().item() == pytest.approx(first.norm().item(), rel=1e-5)
    assert (other * first).sum().item() == pytest.approx(0, abs=1e-6)


def test_a_given_second_direction_stays_in_its_plane() -> None:
    first, second = direction(1), direction(2) + 3 * direction(1)
    basis = torch.cat([first, second]).flatten(1).T.double()
    rest = perpendicular(first, second).flatten().double()
    weights = torch.linalg.lstsq(basis, rest[:, None]).solution
    assert torch.allclose((basis @ weights)[:, 0], rest, atol=1e-6)
    assert weights[1] > 0  # towards the second, not away from it


def test_a_seed_is_a_direction() -> None:
    assert torch.equal(perpendicular(direction(1), seed=4), perpendicular(direction(1), seed=4))
    assert not torch.equal(perpendicular(direction(1), seed=4), perpendicular(direction(1), seed=5))


def test_directions_that_span_nothing_get_a_sentence() -> None:
    first = direction(1)
    for wrong in (
        (first, -2 * first),
        (0 * first, None),
        (first, 0 * first),
        (first, first[..., :8]),
        (first[0], None),
    ):
        with pytest.raises(VizError) as problem:
            perpendicular(*wrong)
        assert problem.value.remedy


# Maps


def test_every_point_is_what_the_network_says_there(linear: Classifier) -> None:
    first, second = direction(1), perpendicular(direction(1), direction(2))
    (*_, last) = plane(linear, GRAY, first, second, extent=(-2, 3), side=9)
    assert last.along.tolist() == pytest.approx(np.linspace(-2, 3, 9).tolist())
    assert last.across.tolist() == pytest.approx(np.linspace(-2.5, 2.5, 9).tolist())
    for row, b in enumerate(last.across.tolist()):
        for column, a in enumerate(last.along.tolist()):
            said = linear.predict(GRAY + a * first + b * second)[0].cpu()
            assert last.classes[row, column] == said.argmax()
            assert last.probability[row, column].item() == pytest.approx(said.max().item(), abs=1e-5)
            assert torch.allclose(last.shares[:, row, column], said[list(last.named)], atol=1e-5)


def test_the_named_classes_are_those_of_the_picture_and_its_twin(linear: Classifier) -> None:
    for seed in range(4):
        frame = next(plane(linear, GRAY, direction(seed, 0.1), side=5))
        ends = [GRAY, (GRAY + direction(seed, 0.1)).clamp(0, 1)]
        assert list(frame.named) == [int(linear(each).argmax()) for each in ends]


def test_what_leaves_the_range_is_clipped(linear: Classifier) -> None:
    white, first = torch.ones_like(GRAY), torch.ones_like(GRAY) / 2
    (*_, last) = plane(linear, white, first, direction(1, 1e-9), extent=(0, 2), side=3)
    assert torch.allclose(last.probability[1], last.probability[1, :1].expand(3))


def test_rows_come_from_the_middle_outwards(linear: Classifier) -> None:
    frames = list(plane(linear, GRAY, direction(1), side=31))
    assert len(frames) > 3
    assert [frame.step for frame in frames] == sorted({frame.step for frame in frames})
    assert (frames[-1].step, frames[-1].total) == (31, 31)
    for frame in frames:
        done = frame.classes[:, 0] >= 0
        assert done.sum() == frame.step
        assert frame.across[done].abs().max() <= frame.across[~done].abs().min() if (~done).any() else True
        assert torch.equal(frame.probability.isnan(), frame.classes < 0)
        assert torch.equal(frame.shares[1].isnan(), frame.classes < 0)


def test_the_picture_and_its_twin_are_points_of_the_usual_map(linear: Classifier) -> None:
    (*_, last) = plane(linear, GRAY, direction(1))
    assert last.classes.shape == (43, 43)
    for values, wanted in ((last.along, 0), (last.along, 1), (last.across, 0)):
        assert (values - wanted).abs().min() < 1e-6


def test_a_real_map_runs_through_the_picture_and_its_twin(scenes: Classifier, twin: Any) -> None:
    (*_, last) = plane(scenes, twin.origin, twin.pixels - twin.origin, side=7)
    assert last.named == (twin.label, twin.target)
    assert last.classes[3, [2, 4]].tolist() == [twin.label, twin.target]  # b = 0, a = 0 and 1
    for place, pixels in ((2, twin.origin), (4, twin.pixels)):
        said = scenes.predict(pixels)[0].cpu()
        assert last.probability[3, place].item() == pytest.approx(said.max().item(), abs=2e-3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"extent": (1, 0)},
        {"extent": (0, float("nan"))},
        {"side": 1},
        {"side": 9.0},
        {"along": GRAY * 0},
        {"along": direction(1)[..., :8]},
        {"origin": GRAY[0]},
        {"origin": GRAY * torch.nan},
        {"side_step": GRAY[..., :8]},
    ],
)
def test_maps_that_cannot_be_drawn_get_a_sentence(linear: Classifier, wrong: dict[str, Any]) -> None:
    with pytest.raises(VizError) as problem:
        next(plane(linear, **({"origin": GRAY, "along": direction(1), "side": 5} | wrong)))
    assert problem.value.remedy


# Along the line, and at a point


def test_the_line_gives_the_networks_logits_at_both_ends(scenes: Classifier, twin: Any) -> None:
    classes = [twin.target, twin.label]
    found = logits_along(scenes, twin.origin, twin.pixels - twin.origin, [0.0, 0.5, 1.0], classes)
    assert found.shape == (3, 2)
    assert torch.allclose(found[0], scenes(twin.origin)[0, classes].cpu(), atol=1e-3)
    assert torch.allclose(found[2], scenes(twin.pixels)[0, classes].cpu(), atol=1e-3)


def test_the_line_of_a_linear_network_is_straight(linear: Classifier) -> None:
    found = logits_along(linear, GRAY, direction(1), torch.linspace(-1, 2, 20), [0, 3])
    assert found.diff(dim=0).std(0).max() < 1e-5


def test_a_line_to_nowhere_gets_a_sentence(linear: Classifier) -> None:
    with pytest.raises(UnknownName, match="no class 9"):
        logits_along(linear, GRAY, direction(1), [0.0], [9])
    for amounts, classes in (([], [0]), ([0.0], []), ([float("inf")], [0])):
        with pytest.raises(VizError):
            logits_along(linear, GRAY, direction(1), amounts, classes)


def test_the_picture_at_a_point_is_the_one_that_was_mapped(twin: Any) -> None:
    along = twin.pixels - twin.origin
    noise = perpendicular(along)
    assert np.array_equal(picture_at(twin.origin, along, noise, 0, 0), twin.original)
    assert np.array_equal(picture_at(twin.origin, along, noise, 1, 0), twin.fooled)
    there = picture_at(twin.origin, along, noise, 0, 2)
    assert (there.dtype, there.shape) == (np.dtype("uint8"), twin.original.shape)
    assert not np.array_equal(there, twin.original)
