"""Tables: random maps are at chance, maps of the truth score 1, intervals and rankings are right, and all is seeded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

import vizlib
from tests.faithfulness.fakes import edges, on_the_menu
from tests.networks import SIDE, InPlace, seeded
from vizlib.errors import VizError
from vizlib.faithfulness import (
    CHANCE,
    CRITERIA,
    TRUTH,
    WITHOUT_TRUTH,
    Asked,
    Judged,
    Scored,
    comparing,
    held_out,
    judging,
    mapping,
)
from vizlib.models import Classifier
from vizlib.steps import last
from vizlib.synthetic import HELD_OUT_SEED, draw, scene

PIXELS = torch.rand(3, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def scenes() -> Classifier:
    return vizlib.load_model("bundled/scenes", device="cpu")


@pytest.fixture(scope="module")
def table(scenes: Classifier) -> Judged:
    return last(judging(scenes, 6, ["gradient", "grad_cam"], seed=2))


def random(pixels: Tensor) -> Tensor:
    """Noise that differs from picture to picture, and not from class to class."""
    seed = int(pixels.sum() * 1000)
    return torch.rand(pixels.shape[0], *pixels.shape[2:], generator=torch.Generator().manual_seed(seed))


def test_the_table_has_every_method_by_every_criterion_between_chance_and_truth(table: Judged) -> None:
    assert [*table.table] == ["gradient", "grad_cam", CHANCE, TRUTH]
    assert [*table.table["gradient"]] == [*CRITERIA, "seconds", "passes"]
    truth = table.table[TRUTH]
    assert all(truth[name].value == pytest.approx(1, abs=1e-3) for name in CRITERIA)
    assert table.table["gradient"]["passes"].value == 2
    assert table.table["gradient"]["seconds"].value > 0
    assert np.isnan(table.table[CHANCE]["seconds"].value)
    assert table.step == table.total == len(table.right) == len(table.background) == 6
    assert table.background.mean() < 0.2  # this network looks at the object


def test_random_maps_are_at_chance(monkeypatch: pytest.MonkeyPatch, scenes: Classifier) -> None:
    """In the pointing game, that is the object's share of the picture."""
    on_the_menu(monkeypatch, random=random)
    drawings = [draw(scene(HELD_OUT_SEED + number)) for number in range(12)]
    found = last(judging(scenes, drawings, ["random"]))
    area = np.mean([each.mask.mean() for each in drawings])
    for row in ("random", CHANCE):
        points = found.table[row]["pointing"]
        assert points.low <= area <= points.high
    for name in ("shares", "correctness"):
        one, other = (found.table[row][name] for row in ("random", CHANCE))
        assert one.low <= other.value <= one.high
        assert one.value < 0.5


def test_the_same_seed_gives_the_same_table_and_another_one_other_scenes(scenes: Classifier) -> None:
    one, same, other = (last(judging(scenes, 2, ["gradient"], seed=seed)) for seed in (2, 2, 3))
    for row, again in zip(one.rows, same.rows):
        assert np.array_equal(row.values, again.values, equal_nan=True)
    assert not np.array_equal(one.rows[0].values, other.rows[0].values, equal_nan=True)


def test_a_number_of_sheep_and_goats_is_half_of_them_on_swapped_grounds() -> None:
    model = vizlib.load_model("bundled/sheep_or_goat", device="cpu")
    found = last(judging(model, 4, ["grad_cam"]))
    own = last(judging(model, [*held_out(2, False)[0], *held_out(2, True)[0]], ["grad_cam"]))
    assert np.array_equal(found.rows[0].values, own.rows[0].values, equal_nan=True)
    assert found.right.tolist() == [True, True, False, False]
    assert found.background.mean() > 0.5  # this network looks at the ground


def test_a_method_without_a_map_has_no_scores(scenes: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(pixels: Tensor) -> Tensor:
        raise vizlib.NotShowable("There is no such map.", "Choose another method.")

    on_the_menu(monkeypatch, none=none)
    found = last(judging(scenes, 1, ["gradient", "none"]))
    assert np.isnan(found.rows[1].values).all()
    assert found.ranking["shares"] == ("gradient", "none")
    maps = last(mapping(scenes, draw(scene(1)).image, ["none", "gradient"]))
    assert maps.doubts[0] == "There is no such map."
    assert np.isnan(maps.values[0]).all()
    assert not np.isnan(maps.values[1]).any()


def rows(*values: list[float]) -> Judged:
    scored = tuple(
        Scored(name, np.array([each]).T, np.zeros(len(each)), 1) for name, each in zip(("one", "two", TRUTH), values)
    )
    count = len(values[0])
    return Judged(count, count, ("it",), scored, np.ones(count, bool), np.zeros(count))


def test_means_intervals_and_rankings_by_hand() -> None:
    """The half width for 1, 2, 3 is 4.3027 / sqrt(3)."""
    found = rows([1, 2, 3], [5, np.nan, 5], [9, 9, 9])
    one = found.table["one"]["it"]
    assert (one.value, one.high - one.value, one.count) == (2, pytest.approx(4.3027 / 3**0.5, rel=1e-4), 3)
    assert (found.table["two"]["it"].value, found.table["two"]["it"].count) == (5, 2)
    assert found.ranking == {"it": ("two", "one")}


def test_own_pictures_are_compared_by_what_needs_no_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    on_the_menu(monkeypatch, edges=edges)
    model = seeded(InPlace, "cpu")
    found = last(comparing(model, PIXELS, ["edges", "gradient"], steps=4))
    assert found.criteria == tuple(WITHOUT_TRUTH)
    assert found.step == found.total == 3
    assert found.rows[0].values[:, 0] == pytest.approx(0, abs=1e-6)  # it never changes with the weights
    assert (found.rows[1].values[:, 0] > 0.1).all()
    one = last(comparing(model, [PIXELS[:1]], ["edges", "gradient"], steps=4))
    assert one.rows[1].values[0] == pytest.approx(found.rows[1].values[0])


def test_what_cannot_be_judged_is_a_sentence(scenes: Classifier) -> None:
    digits = vizlib.load_model("bundled/digits", device="cpu")
    for model, given, what in (
        (scenes, [], "There is no scene"),
        (scenes, 0, "There is no scene"),
        (digits, 3, "There is no scene"),
        (digits, [scene(1)], "has no class"),
    ):
        with pytest.raises(VizError, match=what):
            last(judging(model, given, ["gradient"]))  # type: ignore[arg-type]
    with pytest.raises(VizError, match="A method is called chance or truth"):
        last(judging(scenes, 1, [Asked("gradient", name="truth")]))
    assert replace(rows([1.0]), step=1).total == 1
