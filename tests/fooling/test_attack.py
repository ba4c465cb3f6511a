"""What an attack may ask of its engine is a typed field; a knob's name means nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np
import pytest
from PIL import Image

from vizlib.fooling import FRONTIER, MENU, Attack, perturb
from vizlib.fooling.aim import aimed
from vizlib.fooling.case import Case
from vizlib.fooling.engine import attack
from vizlib.fooling.result import Attempt, Fooling, Image8
from vizlib.method import Knob, NoKnobs, knob_fields, turn
from vizlib.models import Classifier


@dataclass(frozen=True)
class Loud:
    """Knobs whose names once made the engine do something."""

    confidence: Annotated[float, Knob("confidence")] = 0.9
    resolution: Annotated[str, Knob("resolution", choices=("file",))] = "file"
    traced: Annotated[str, Knob("traced", choices=("all",))] = "all"
    frontier: Annotated[bool, Knob("frontier")] = True

    def begin(self, *_given: Any) -> Image8:
        return np.zeros((16, 16, 3), np.uint8)


def one_look(case: Case, knobs: Any) -> Iterator[Attempt]:
    """An attack that changes nothing."""
    yield case.attempt(1, 1, case.start())


PLAIN = Attack("plain", "Plain", "Nobody 2013", "It changes nothing.", one_look)


def attacked(model: Classifier, image: Any, method: Attack, knobs: Any) -> Fooling:
    """The result for the least likely class and the goal 0.5."""
    target = int(model.predict(model.prepare(image))[0].argmin())
    *_, last = attack(model, image, aimed(model, target, 0.5, 3), method, knobs)
    assert last.result is not None
    return last.result


@pytest.fixture
def large() -> Image.Image:
    """A picture that the network resizes."""
    return Image.fromarray(np.random.default_rng(0).integers(60, 196, (40, 40, 3), dtype=np.uint8))


def test_no_knob_acts_by_its_name(cropping: Classifier, large: Image.Image) -> None:
    plain = attacked(cropping, large, PLAIN, NoKnobs())
    loud = attacked(cropping, large, replace(PLAIN, knobs=Loud), Loud())
    assert np.array_equal(loud.original, plain.original)
    assert loud.original.shape == (18, 18, 3)
    assert (loud.goal, loud.frontier) == (0.5, ())


def test_an_attack_with_a_picture_of_its_own_is_not_shown_the_given_one(
    cropping: Classifier, large: Image.Image
) -> None:
    method = replace(PLAIN, begin=lambda model, knobs, seed: np.full((18, 18, 3), 100 + seed, np.uint8))
    assert (attacked(cropping, large, method, NoKnobs()).original == 103).all()


def test_an_attacks_own_confidence_is_the_least_goal(cropping: Classifier, large: Image.Image) -> None:
    assert attacked(cropping, large, replace(PLAIN, confidence=lambda knobs: 0.8), NoKnobs()).goal == 0.8
    assert attacked(cropping, large, replace(PLAIN, confidence=lambda knobs: 0.2), NoKnobs()).goal == 0.5


def test_the_goals_that_an_attack_traces_are_in_the_frontier(cropping: Classifier, large: Image.Image) -> None:
    result = attacked(cropping, large, replace(PLAIN, traced=lambda knobs: (0.9, 0.1)), NoKnobs())
    assert [each.goal for each in result.frontier] == [0.1, 0.5, 0.9]


def test_an_attack_may_ask_for_the_files_own_size(cropping: Classifier, large: Image.Image) -> None:
    result = attacked(cropping, large, replace(PLAIN, resolution=lambda knobs: "file"), NoKnobs())
    assert result.image.shape == (40, 40, 3)


def test_the_knob_for_the_frontier_is_a_switch_that_traces_every_goal() -> None:
    methods = [each for each in MENU if each.frontier_knob]
    assert [each.key for each in methods] == ["lattice"]
    for method in methods:
        kind, _, default = knob_fields(method.knobs)[method.frontier_knob]
        assert (kind, default) == (bool, False)
        assert set(FRONTIER) <= set(method.traced(turn(method.knobs, **{method.frontier_knob: True})))
        assert method.traced(method.knobs()) == ()


def test_an_attack_works_on_batches_where_it_has_a_search(small: Classifier, image: Image8) -> None:
    pixels = small.prepare(image)
    assert [each.key for each in MENU if each.search is not None] == ["fgsm", "ifgsm", "pgd", "ddn", "fmn"]
    for method in MENU:
        if method.search is not None:
            few = {} if method.key == "fgsm" else {"steps": 2}
            assert perturb(small, pixels, [1], method.key, **few).shape == pixels.shape


def test_the_operator_can_limit_the_steps_of_every_attack() -> None:
    for method in MENU:
        limited = [name for name, (_, knob, _) in knob_fields(method.knobs).items() if knob.limited]
        assert limited == ([] if method.key == "fgsm" else ["steps"])  # FGSM is one step
