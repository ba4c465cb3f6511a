"""The criteria by hand: a scene of background and two parts, and a network whose dependence on each is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import vizlib
from tests.faithfulness.test_things import SHELL, SIDE, weighing
from vizlib.faithfulness import CRITERIA, Known, Thing, known, scores, shares_of, true_shares, truth_map
from vizlib.steps import last
from vizlib.synthetic import HELD_OUT_SEED, scene

MODEL = weighing(-0.01 * SHELL.parts["spiral"])
DRAWN = last(known(MODEL, SHELL))


def truth(*importances: float, other: tuple[float, ...] = (0.0, 0.0, 0.0), sufficient: tuple[str, ...] = ()) -> Known:
    """Of background, spiral and opening, with these importances."""
    things = tuple(
        Thing(each.name, each.mask, mass, mass, more)
        for each, mass, more in zip(DRAWN.things, importances, other, strict=True)
    )
    whole = sum(map(abs, importances[1:]))
    return replace(DRAWN, things=things, object=whole, background=importances[0], sufficient=sufficient)


def heat(*masses: float) -> np.ndarray:  # type: ignore[type-arg]
    """A map with these sums on background, spiral and opening, spread evenly over each."""
    values = np.zeros((SIDE, SIDE), np.float32)
    for each, mass in zip(DRAWN.things, masses, strict=True):
        values[each.mask] = mass / each.mask.sum()
    return values


NOTHING = heat(0, 0, 0)


def test_the_shares_of_a_map_are_those_of_its_absolute_mass() -> None:
    found = truth(1, 2, -1)
    assert shares_of(heat(1, -2, 1), found) == pytest.approx([0.25, 0.5, 0.25], rel=1e-4)
    assert true_shares(found) == pytest.approx([0.25, 0.5, 0.25])
    assert shares_of(NOTHING, found).tolist() == [0, 0, 0]


def test_agreement_of_shares_by_hand() -> None:
    """Shares 0.6, 0.3, 0.1 against 0.1, 0.6, 0.3: the differences are 0.5, 0.3, 0.2, and 1 - 1.0 / 2 = 0.5."""
    assert scores(MODEL, truth(1, 6, 3), heat(6, 3, 1), NOTHING)["shares"] == pytest.approx(0.5, abs=1e-4)


def test_correctness_by_hand() -> None:
    """Ranks 3 2 1 against 1 3 2: 1 - 6 * (4 + 1 + 1) / (3 * 8) = -0.5. The sign of the sums counts."""
    assert scores(MODEL, truth(1, 6, 3), heat(6, 3, 1), NOTHING)["correctness"] == pytest.approx(-0.5)
    assert scores(MODEL, truth(-1, 6, 3), heat(-6, 2, 1), NOTHING)["correctness"] == pytest.approx(1)
    assert scores(MODEL, truth(1, 6, 3), NOTHING, NOTHING)["correctness"] == 0


def test_pointing_is_at_the_object_and_decides_at_what_decides() -> None:
    at_object, at_ground = heat(0, 1, 0), heat(1, 0, 0)
    for found, decided in ((truth(1, 6, 3), at_object), (truth(9, 1, 1), at_ground)):
        for values in (at_object, at_ground):
            got = scores(MODEL, found, values, NOTHING)
            assert got["pointing"] == float(values is at_object)
            assert got["decides"] == float(values is decided)


def test_contrastivity_by_hand() -> None:
    """The importance moves from the opening to the spiral: differences 0, 1, -1; so does the first map's."""
    found = truth(0, 1, 0, other=(0, 0, 1))
    assert scores(MODEL, found, heat(0, 5, 0), heat(0, 0, 7))["contrastivity"] == pytest.approx(1)
    assert scores(MODEL, found, heat(0, 0, 5), heat(0, 7, 0))["contrastivity"] == pytest.approx(-1)
    assert scores(MODEL, found, heat(1, 2, 3), heat(1, 2, 3))["contrastivity"] == 0


def test_completeness_asks_the_network_about_what_the_map_ranks_highest() -> None:
    """Only the spiral keeps the answer: the second class is above the first without it."""
    border = float(DRAWN.logits[0] - DRAWN.things[1].change / 2)
    strict = weighing(-0.01 * SHELL.parts["spiral"], border)
    found = last(known(strict, SHELL))
    assert found.sufficient == ("spiral",)
    assert scores(strict, found, heat(1, 2, 1), NOTHING)["completeness"] == 1
    assert scores(strict, found, heat(1, 0, 2), NOTHING)["completeness"] == 0
    assert np.isnan(scores(strict, replace(found, sufficient=()), heat(1, 2, 1), NOTHING)["completeness"])


def test_the_map_of_the_truth_points_to_the_object_even_if_no_part_outweighs_the_background() -> None:
    """The object decides with 1.0 against 0.6, but each of its two parts has only 0.5."""
    found = truth(0.6, 0.5, 0.5, other=(0, 0, 1))
    got = scores(MODEL, found, truth_map(found), truth_map(found, other=True))
    assert (got["pointing"], got["decides"]) == (1, 1)
    assert (got["shares"], got["correctness"]) == (pytest.approx(1, abs=1e-4), pytest.approx(1))


@pytest.mark.parametrize("name", ["bundled/scenes", "bundled/sheep_or_goat"])
def test_a_map_made_of_the_truth_scores_one(name: str) -> None:
    model = vizlib.load_model(name, device="cpu")
    for seed in range(3):
        found = last(known(model, scene(HELD_OUT_SEED + seed, "sheep", ("grass", "rock", "sand")[seed])))
        got = scores(model, found, truth_map(found), truth_map(found, other=True))
        points = got.pop("pointing")
        assert points == float(found.decides == "object")
        assert all(np.isnan(each) or each == pytest.approx(1, abs=1e-4) for each in got.values()), got
        assert got["shares"] == pytest.approx(1, abs=1e-4)


def test_every_criterion_says_what_it_asks_and_its_range() -> None:
    assert [*CRITERIA] == [*scores(MODEL, truth(1, 6, 3), heat(1, 1, 1), NOTHING)]
    for each in CRITERIA.values():
        assert each.asks.endswith("?")
        assert (each.low, each.high) in ((0, 1), (-1, 1))
        assert each.chance
