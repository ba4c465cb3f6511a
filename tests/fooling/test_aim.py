"""One language for what the network shall answer: classes, names, None, and differences of classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from vizlib import NotShowable, UnknownName, VizError, fool, maximize, open_picture, to_pixels
from vizlib.fooling import fooling_methods, perturb
from vizlib.fooling.aim import aimed
from vizlib.layers import channel, class_logit, neuron
from vizlib.models import Classifier
from vizlib.pictures import read_recipe
from vizlib.records import Unit

FEW: dict[str, Any] = {
    "robust": {"steps": 10, "views": 2},
    "classic": {"steps": 60},
    "noise": {"steps": 60},
    "fgsm": {},  # it is one step
}


def order(model: Classifier, image: np.ndarray) -> list[int]:
    return [int(each) for each in model.predict(model.prepare(image))[0].argsort(descending=True)]


def scores(model: Classifier, png: bytes) -> torch.Tensor:
    return model(to_pixels(open_picture(png), model))[0].cpu()


@pytest.mark.parametrize("method", fooling_methods())
def test_a_difference_is_reached_when_the_first_class_scores_higher(
    linear: Classifier, image: np.ndarray, method: str
) -> None:
    *_, third, last = order(linear, image)
    result = fool(linear, image, class_logit(last) - class_logit(third), method, **FEW.get(method, {"steps": 30}))
    found = scores(linear, result.png)
    assert result.success == bool(found[last] > found[third])
    assert result.success or method in ("ddn", "fmn")
    assert result.target is None
    assert result.objective == f"{linear.class_names[last]} rather than {linear.class_names[third]}"


def test_the_change_of_a_difference_is_the_shortest_there_is(linear: Classifier, image: np.ndarray) -> None:
    *_, third, last = order(linear, image)
    pixels = linear.prepare(image)
    found = perturb(linear, pixels, class_logit(last) - class_logit(third), "fmn", steps=200)
    weight: Any = linear.network.conv.weight
    logits = linear(pixels)[0]
    nearest = float((logits[third] - logits[last]) / (weight[last] - weight[third]).norm())
    assert float((found - pixels).norm()) == pytest.approx(nearest, rel=0.02)
    changed = linear(found)[0]
    assert float(changed[last] - changed[third]) == pytest.approx(0, abs=0.1 * float(logits.std()))


def test_it_is_cheaper_than_the_class_itself(linear: Classifier, image: np.ndarray) -> None:
    *_, third, last = order(linear, image)
    difference = fool(linear, image, class_logit(last) - class_logit(third))
    assert difference.success
    assert difference.l2 < fool(linear, image, last).l2
    assert difference.label not in (third, last)


def test_the_goal_of_a_difference_is_the_first_ones_share_of_both(linear: Classifier, image: np.ndarray) -> None:
    *_, third, last = order(linear, image)
    result = fool(linear, image, class_logit(last) - class_logit(third), goal=0.9)
    after = result.probabilities_after
    assert result.success
    assert 0.9 <= float(after[last] / (after[last] + after[third])) < 0.95
    assert result.trace[-1].probability == pytest.approx(float(torch.tensor(result.trace[-1].logit).sigmoid()))


def test_a_difference_that_holds_already_needs_no_change(linear: Classifier, image: np.ndarray) -> None:
    first, second, *_ = order(linear, image)
    result = fool(linear, image, class_logit(first) - class_logit(second))
    assert (result.success, result.gradients, result.l2) == (True, 0, 0.0)
    assert result.note == "The original has such scores already: nothing had to be changed."


def test_a_difference_that_is_not_reached_says_how_far_it_came(
    by_hand: Callable[..., Classifier], image: np.ndarray
) -> None:
    model = by_hand(torch.zeros(3, 3, 16, 16), torch.tensor([5.0, 0.0, 2.0]))
    result = fool(model, image, class_logit(1) - class_logit(2), steps=10)
    assert not result.success
    assert "the sum of the scores reached -2.00." in result.note


def test_a_classs_own_logit_is_the_class(linear: Classifier, image: np.ndarray) -> None:
    last = order(linear, image)[-1]
    plain = fool(linear, image, last, steps=12)
    for target in (class_logit(last), 2.0 * class_logit(last), class_logit(linear.class_names[last]), [last]):
        assert fool(linear, image, target, steps=12).png == plain.png
    assert plain.objective == linear.class_names[last]
    assert fool(linear, image, None, steps=12).objective == f"not {linear.class_names[plain.source]}"


def test_a_recipe_of_a_class_is_as_it_was_and_that_of_a_sum_makes_it_again(
    linear: Classifier, image: np.ndarray
) -> None:
    last, third = order(linear, image)[-1], order(linear, image)[-2]
    recipe = read_recipe(fool(linear, image, last, steps=12).png) or {}
    assert list(aimed(linear, last).recipe.items()) == [("target", last), ("goal", 0.0), ("seed", 0)]
    assert set(recipe) >= {"what", "network", "weights", "picture", "method", "settings", "target", "goal", "seed"}
    assert recipe["target"] == last
    result = fool(linear, image, class_logit(last) - 0.5 * class_logit(third), steps=12)
    pairs = (read_recipe(result.png) or {})["target"]
    assert pairs == [[1.0, last], [-0.5, third]]
    (one, first), (other, second) = pairs
    assert fool(linear, image, one * class_logit(first) + other * class_logit(second), steps=12).png == result.png


@pytest.mark.slow
def test_a_list_may_hold_targets_of_every_kind(linear: Classifier, image: np.ndarray) -> None:
    *_, third, last = order(linear, image)
    targets = [last, None, class_logit(last) - class_logit(third), linear.class_names[third]]
    for method in ("ddn", "lattice"):
        found = fool(linear, [image] * 4, targets, method, steps=20)
        alone = [fool(linear, image, each, method, steps=20) for each in targets]
        assert [each.objective for each in found] == [each.objective for each in alone]
        assert [each.l2 for each in found] == pytest.approx([each.l2 for each in alone], rel=1e-3)


@pytest.mark.parametrize("target", [Unit("conv3", 1), channel("conv3", 1), neuron("conv1", 0) + class_logit(1)])
def test_what_is_no_answer_cannot_be_fooled_and_the_remedy_works(
    small: Classifier, image: np.ndarray, target: Any
) -> None:
    for entry in (fool, perturb):
        with pytest.raises(NotShowable, match="is not an answer of the network") as refusal:
            entry(small, image, target)
        assert "vizlib.maximize with start=picture" in refusal.value.remedy
    *_, frame = maximize(small, target, steps=2, start=image)
    assert frame.pixels.shape == (1, 3, 16, 16)


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("nothing", UnknownName),
        (99, UnknownName),
        (1.5, VizError),
        ([1, 2], VizError),
        (lambda logits: logits[:, 0], VizError),
    ],
)
def test_a_wrong_target_gets_a_sentence(linear: Classifier, image: np.ndarray, target: Any, kind: Any) -> None:
    for entry in (fool, perturb):
        with pytest.raises(kind) as refusal:
            entry(linear, image, target)
        assert refusal.value.remedy
