"""One language for targets: every spelling of a class, a unit or an objective means the same in every function."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.networks import SIDE, InPlace, plain, seeded
from vizlib import load_model, maximize, saliency
from vizlib.activation_maximization import Frame
from vizlib.activation_maximization.film import film
from vizlib.activation_maximization.passes import cuda_graph
from vizlib.activation_maximization.passes.scoring import Scorer
from vizlib.errors import NotShowable, UnknownName, VizError
from vizlib.layers import (
    channel,
    class_logit,
    custom,
    direction,
    list_layers,
    neuron,
    objectives_of,
    whole_layer,
)
from vizlib.models import Classifier
from vizlib.records import Unit

SIZE = (SIDE, SIDE)
A, B = class_logit(1), class_logit(3)


@pytest.fixture(scope="module")
def model() -> Classifier:
    return seeded(InPlace, "cpu")


def noise(count: int = 1) -> Tensor:
    return torch.rand(count, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))


def first(model: Classifier, target: Any, count: int = 1) -> Frame:
    """The first frame, which holds the start and the network's answer to it."""
    given = {"start": noise(count), "transforms": "none", "parameterization": "pixels", "size": SIDE}
    return next(maximize(model, target, steps=2, **given))


def difference(logits: Tensor) -> Tensor:
    return logits[:, 1] - logits[:, 3]


# One target for all pictures, or one for each

ONE: list[Any] = [
    1,
    np.int64(1),
    np.uint8(1),
    np.array(1),
    torch.tensor(1),
    torch.tensor(1, dtype=torch.int16),
    "class 1",
    "Class_1",
    np.str_("class 1"),
    A,
]


@pytest.mark.parametrize("target", ONE, ids=repr)
def test_a_class_has_many_spellings(model: Classifier, target: Any) -> None:
    assert objectives_of(model, target, 2, SIZE) == [A, A]
    assert objectives_of(model, [target, 3], 2, SIZE) == [A, B]


SEVERAL: list[Any] = [
    [1, 3],
    (1, 3),
    range(1, 5, 2),
    np.array([1, 3]),
    np.array([1, 3], np.uint8),
    np.array(["class 1", "class 3"]),
    np.array([1, "class 3"], object),
    *(torch.tensor([1, 3], dtype=kind) for kind in (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)),
    ["class 1", B],
    [A, torch.tensor(3)],
]


@pytest.mark.parametrize("target", SEVERAL, ids=repr)
def test_one_target_per_picture_may_be_any_sequence(model: Classifier, target: Any) -> None:
    assert objectives_of(model, target, 2, SIZE) == [A, B]
    assert torch.equal(first(model, target, 2).scores, first(model, [1, 3], 2).scores)
    assert torch.equal(saliency(model, noise(2), target=target), saliency(model, noise(2), target=[1, 3]))


def test_a_unit_is_its_channel_or_its_neuron_and_a_layer_is_its_path(model: Classifier) -> None:
    layer = next(each for each in list_layers(model) if each.path == "conv2")
    mean, place = channel("conv2", 4), neuron("conv2", 4, (1, 2))
    assert objectives_of(model, [Unit("conv2", 4), Unit("conv2", 4, (1, 2))], 2, SIZE) == [mean, place]
    assert channel(layer, np.int64(4)) == channel(layer, torch.tensor(4)) == mean
    assert neuron(layer, 4, [1, 2]) == neuron(layer, 4, np.array([1, 2])) == place
    assert neuron(layer, 4, torch.tensor([1, 2])) == neuron(layer, 4, (np.int8(1), np.int64(2))) == place
    assert direction(layer, [1.0] * 6) == direction("conv2", np.ones(6))
    assert whole_layer(layer) == whole_layer("conv2")
    assert custom(difference, layer).layers == ["conv2"]
    assert len({neuron(layer, 4, [1, 2]), place}) == 1
    unit = Unit(layer, np.int64(4), np.array([1, 2]))  # type: ignore[arg-type]
    assert objectives_of(model, unit, 1, SIZE) == [place]


WRONG: list[tuple[Any, type[VizError], str]] = [
    (1.5, VizError, r"The target is 1.5\. Give a class by its number or name, a Unit, an objective"),
    (True, VizError, "The target is True"),
    (None, VizError, "The target is None"),
    ({1, 3}, VizError, "The target is {1, 3}"),
    (int, VizError, "The target is <class 'int'>"),
    ([1, 2.0], VizError, "The target is 2.0"),
    ([[1], [3]], VizError, r"The target is \[1\]"),
    ([1, 2, 3], VizError, "There are 2 pictures and 3 targets. Give one target for all pictures, or one for each"),
    ([], VizError, "There are 2 pictures and 0 targets"),
    (torch.tensor([0.5, 1.0]), VizError, "classes are not whole numbers"),
    (torch.tensor([1.0, 3.0], dtype=torch.bfloat16), VizError, "classes are not whole numbers"),
    (torch.tensor(1.0), VizError, "classes are not whole numbers"),
    (torch.tensor([True, False]), VizError, "classes are not whole numbers"),
    (np.array([0.5, 1.0]), VizError, "classes are not whole numbers"),
    (np.array([True, False]), VizError, "classes are not whole numbers"),
    (torch.tensor([[1], [3]]), VizError, r"classes have the shape \(2, 1\)"),
    (torch.tensor([1]), VizError, "There are 2 pictures and 1 target"),
    ("281", UnknownName, "called '281'. For the class of this number, give 281 as a number"),
    ("class", UnknownName, "Did you mean class"),
    (class_logit(9), UnknownName, "has no class 9. Choose one from 0 to 4"),
    (A - channel("conv3", 8), UnknownName, "conv3 has no channel 8"),
    (Unit("conv3", 1.0), VizError, r"Unit\(.*is no unit"),  # type: ignore[arg-type]
    (channel("", 1), UnknownName, "There is no layer in InPlace called ''"),
    (custom(difference, "conv9"), UnknownName, "There is no layer in InPlace called 'conv9'"),
]


@pytest.mark.parametrize(("target", "kind", "words"), WRONG, ids=lambda each: repr(each)[:40])
def test_what_is_no_target_gets_a_sentence_and_a_remedy(
    model: Classifier, target: Any, kind: type[VizError], words: str
) -> None:
    with pytest.raises(kind, match=words) as refusal:
        objectives_of(model, target, 2, SIZE)
    assert refusal.value.remedy
    if target is not None:  # by default, saliency asks about the predicted class
        with pytest.raises(kind, match=words):
            saliency(model, noise(2), target=target)


# Numbers and objectives


def test_objectives_can_be_summed_and_divided_and_scaled_by_any_number() -> None:
    assert sum([A, B]) == A + B
    assert (A + B) / 2 == 0.5 * A + 0.5 * B
    for two in (2, 2.0, np.float64(2), np.float32(2), np.int64(2), np.array(2.0), torch.tensor(2.0)):
        assert two * A == A * two == 2 * A
        assert A / two == 0.5 * A
    assert sum([A, B]) / 2 in {0.5 * A + 0.5 * B}


@pytest.mark.parametrize("other", [1, "1", None, [A], 1.5])
def test_an_objective_and_another_thing_do_not_add_up(other: Any) -> None:
    for combine in (operator.add, operator.sub):
        with pytest.raises(TypeError):
            combine(A, other)
        with pytest.raises(TypeError):
            combine(other, A)
    if not isinstance(other, int | float):
        with pytest.raises(TypeError):
            A * other


def test_every_number_of_maximize_may_be_numpys_or_torchs(model: Classifier) -> None:
    def run(**given: Any) -> Tensor:
        *_, frame = maximize(model, [2, 3], **given)
        return frame.pixels

    wanted = run(steps=3, seed=[1, 2], size=(16, 18), learning_rate=[0.1, 0.2], tv=0.5)
    for array in (np.array, torch.tensor):
        numbers = {"steps": array(3), "seed": array([1, 2]), "size": array([16, 18])}
        assert torch.equal(run(**numbers, learning_rate=array([0.1, 0.2]), tv=array(0.5)), wanted)
    side = run(steps=np.int32(2), seed=np.int64(5), size=np.int64(SIDE), tv=np.float64(0.5), blur_every=np.int8(2))
    assert torch.equal(side, run(steps=2, seed=5, size=SIDE, tv=0.5, blur_every=2))
    assert torch.equal(run(steps=2, seed=range(2), size=SIDE), run(steps=2, seed=[0, 1], size=[SIDE, np.int8(SIDE)]))


# Functions


def test_a_function_of_the_logits_is_an_objective(model: Classifier) -> None:
    for target in (difference, custom(difference), 0.5 * custom(difference) + (A - B) / 2):
        torch.testing.assert_close(first(model, target).scores, first(model, A - B).scores)
        torch.testing.assert_close(saliency(model, noise(2), target=target), saliency(model, noise(2), target=A - B))


def test_a_function_of_layers_gets_their_maps_in_the_order_asked(model: Classifier) -> None:
    def both(late: Tensor, early: Tensor) -> Tensor:
        assert late.shape[1:] == (8, 8, 8)
        assert early.shape[1:] == (6, 16, 16)
        return late[:, 2].mean((1, 2)) - early[:, 1, 3, 4]

    wanted = channel("conv3", 2) - neuron("conv1", 1, (3, 4))
    for target in ([custom(both, "conv3", "conv1")] * 2, [wanted, custom(both, "conv3", "conv1")]):
        torch.testing.assert_close(first(model, target, 2).scores, first(model, [wanted] * 2, 2).scores)
    found = saliency(model, noise(2), target=custom(both, "conv3", "conv1"))
    torch.testing.assert_close(found, saliency(model, noise(2), target=wanted))


def test_a_function_gets_the_pictures_that_it_is_asked_about_and_no_others(model: Classifier) -> None:
    seen: list[int] = []

    def mine(logits: Tensor) -> Tensor:
        seen.append(len(logits))
        return logits[:, 0]

    saliency(model, noise(3), target=[1, mine, custom(mine)])
    assert seen == [2]  # one call for all pictures of one function


def test_a_function_climbs() -> None:
    digits = load_model("bundled/digits", device="cpu")

    def share(logits: Tensor) -> Tensor:
        return logits.log_softmax(1)[:, 8]

    frames = list(maximize(digits, share, steps=20))
    assert frames[-1].scores > frames[0].scores + 1
    torch.testing.assert_close(frames[-1].scores, share(digits(frames[-1].pixels)))


def test_a_function_is_never_part_of_a_recorded_pass(model: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    """A CUDA graph would replay what the function read the first time."""
    recorded = object()
    monkeypatch.setattr(cuda_graph, "replayed", lambda model: recorded)
    assert Scorer(model, [A, B], SIZE)._replayed is recorded
    assert Scorer(model, [A, B + custom(difference)], SIZE)._replayed is None


def test_films_growing_pictures_and_diverse_ones_take_functions_too(model: Classifier) -> None:
    goal = custom(lambda maps: maps[:, 2].amax((1, 2)), "conv3")
    *_, reel = film(model, goal, maximize(model, goal, steps=4, size=32, grow=True))
    assert reel.frame.scores.isfinite().all()
    *_, frame = maximize(model, [goal, goal], steps=3, size=SIDE, diversity=1.0)
    assert not torch.equal(frame.pixels[0], frame.pixels[1])


BROKEN: list[tuple[Callable[[Tensor], Any], str]] = [
    (lambda logits: logits.sum(), r"returned float32 \(\) for 2 pictures. Return one float per picture: .* \(2,\)"),
    (lambda logits: logits, r"returned float32 \(2, 5\) for 2 pictures"),
    (lambda logits: logits.argmax(1), r"returned int64 \(2,\)"),
    (lambda logits: logits[:, 1].tolist(), "returned list"),
    (lambda logits: None, "returned NoneType"),
    (lambda logits: logits.detach()[:, 1], "No gradient leads from the values of <lambda>"),
    (lambda logits: logits[:, 1] * float("nan"), "values that are not finite"),
    (lambda logits: logits[:, 1] / 0, "values that are not finite"),
]


@pytest.mark.parametrize(("function", "words"), BROKEN, ids=range(len(BROKEN)))
def test_what_a_function_may_not_return_is_said(
    model: Classifier, function: Any, words: str, traces: Callable[[Classifier], list[str]]
) -> None:
    for ask in (
        lambda: saliency(model, noise(2), target=function),
        lambda: next(maximize(model, [function] * 2, steps=2, size=SIDE)),
    ):
        with pytest.raises(VizError, match=words) as refusal:
            ask()
        assert refusal.value.remedy
    assert not traces(model)


def test_a_functions_own_error_is_passed_on(model: Classifier) -> None:
    def broken(logits: Tensor) -> Tensor:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        saliency(model, noise(), target=broken)


def test_an_objective_of_a_function_says_what_it_is_and_can_be_told_from_others() -> None:
    assert str(custom(difference)) == "difference(logits)"
    assert str(2 * custom(difference, "conv1", "conv2")) == "2 x difference(conv1, conv2)"
    assert str(custom(nn.Flatten(0))) == "Flatten(logits)"
    assert custom(difference) == custom(difference) != custom(len)
    assert len({custom(difference), custom(difference), custom(difference, "a")}) == 2
    with pytest.raises(VizError, match="3 is no function"):
        custom(3)  # type: ignore[arg-type]


class Normed(nn.Module):
    """A convolution whose norm can be folded into it."""

    def __init__(self) -> None:
        super().__init__()
        self.num_classes, self.pretrained_cfg = 4, plain(SIDE, 4)
        self.conv, self.norm, self.fc = nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.Linear(6, 4)
        nn.init.uniform_(self.norm.running_var, 4.0, 9.0)
        nn.init.uniform_(self.norm.running_mean, -1.0, 1.0)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.norm(self.conv(x)).relu().mean((2, 3)))


def test_a_function_reads_convolutions_as_they_are_and_not_with_their_norm_folded_in() -> None:
    model = seeded(Normed, "cpu")

    def mean(maps: Tensor) -> Tensor:
        return maps[:, 2].mean((1, 2))

    for path in ("conv", "norm"):
        found = first(model, custom(mean, path))
        with model.tap(path) as seen, torch.no_grad():
            model(found.pixels)
        torch.testing.assert_close(found.scores, mean(seen[path]))


def test_a_network_without_classes_has_no_logits_for_a_function() -> None:
    backbone = seeded(partial(InPlace), "cpu")
    backbone.class_names = []
    with pytest.raises(NotShowable, match="has no classes"):
        saliency(backbone, noise(), target=difference)
    assert saliency(backbone, noise(), target=custom(lambda maps: maps[:, 0, 1, 2], "conv1")).any()
