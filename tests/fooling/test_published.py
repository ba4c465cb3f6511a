"""PGD, DDN and FMN as published: against closed forms, their own promises, and foolbox.

foolbox 3.3.4's L2 FMN never projects (its `project` divides the norm by itself), so that line is
corrected for the comparison. Everything else of foolbox is unchanged.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from vizlib.errors import UnknownName, VizError
from vizlib.fooling import fool, perturb
from vizlib.fooling.batch import plain_criterion
from vizlib.fooling.ddn import Knobs as DdnKnobs
from vizlib.fooling.ddn import search as ddn_search
from vizlib.fooling.fmn import Knobs as FmnKnobs
from vizlib.fooling.fmn import search as fmn_search
from vizlib.fooling.pgd import Knobs as PgdKnobs
from vizlib.fooling.pgd import search as pgd_search
from vizlib.fooling.scoring import lengths
from vizlib.models import Classifier

METHODS = ("pgd", "ddn", "fmn")


@pytest.fixture(scope="module")
def pixels(device: str) -> Tensor:
    """Four pictures (4, 3, 16, 16), far from black and white."""
    return (0.3 + 0.4 * torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(1))).to(device)


def targets_of(model: Classifier, pixels: Tensor) -> Tensor:
    """For each picture the class after its own."""
    return (model(pixels).argmax(1) + 1) % len(model.class_names)


def nearest_border(model: Classifier, pixels: Tensor, targets: Tensor) -> Tensor:
    """The L2 distance to a linear network's target among two classes: lead / |w_t - w_s|."""
    weight: Any = model.network.conv.weight
    logits = model(pixels)
    rows = torch.arange(len(pixels))
    difference = weight[targets] - weight[1 - targets]
    return (logits[rows, 1 - targets] - logits[rows, targets]) / difference.flatten(1).norm(dim=1)


@pytest.fixture(scope="module")
def two(by_hand: Callable[..., Classifier]) -> Classifier:
    """A linear network of two classes."""
    return by_hand(0.1 * torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(5)))


@pytest.mark.slow
@pytest.mark.parametrize(("method", "knobs"), [("ddn", {"length": 0.3}), ("fmn", {})])
def test_on_two_linear_classes_the_change_is_the_shortest_there_is(
    two: Classifier, pixels: Tensor, method: str, knobs: dict[str, Any]
) -> None:
    targets = targets_of(two, pixels)
    found = perturb(two, pixels, targets, method, steps=400, **knobs)
    assert torch.equal(two(found).argmax(1), targets)
    ratio = lengths(found - pixels) / nearest_border(two, pixels, targets)
    assert bool((ratio >= 1 - 1e-4).all())
    assert bool((ratio <= 1.02).all()), ratio


def test_one_step_of_l_infinity_pgd_is_the_sign_of_the_gradient(two: Classifier, pixels: Tensor) -> None:
    targets = targets_of(two, pixels)
    knobs = PgdKnobs("L-infinity", levels=2.0, step_size=1.0, steps=1, random_start=False)
    *_, last = pgd_search(plain_criterion(two, pixels, targets), pixels, 0.0, knobs, 0)
    weight: Any = two.network.conv.weight
    expected = pixels + (weight[targets] - weight[1 - targets]).sign() * (2 / 255)
    assert torch.allclose(last.values, expected, atol=1e-6)


@pytest.mark.parametrize("norm", ["L2", "L-infinity"])
@pytest.mark.parametrize("start", [True, False])
def test_pgd_never_leaves_the_ball_or_the_range(small: Classifier, pixels: Tensor, norm: str, start: bool) -> None:
    bright = (pixels * 1.6).clamp(0, 1)
    knobs = PgdKnobs(norm, l2=0.7, levels=3.0, steps=12, random_start=start)
    criterion = plain_criterion(small, bright, targets_of(small, bright))
    for batch in pgd_search(criterion, bright, 0.0, knobs, 4):
        change = batch.values - bright
        size = lengths(change) if norm == "L2" else change.abs().flatten(1).amax(1)
        assert bool((size <= knobs.radius * (1 + 1e-5)).all())
        assert bool(((batch.values >= 0) & (batch.values <= 1)).all())


def test_the_random_start_fills_the_ball_by_the_seed(small: Classifier, pixels: Tensor) -> None:
    criterion = plain_criterion(small, pixels, None)
    first = [next(pgd_search(criterion, pixels, 0.0, PgdKnobs(l2=0.5), seed)).values for seed in (1, 1, 2)]
    assert torch.equal(first[0], first[1])
    assert not torch.equal(first[0], first[2])
    assert bool((lengths(first[0] - pixels) > 0.4).all())  # almost all of a ball of 768 dimensions is near its edge


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_targeted_arrives_and_untargeted_leaves(small: Classifier, pixels: Tensor, method: str) -> None:
    before, targets = small(pixels).argmax(1), targets_of(small, pixels)
    assert torch.equal(small(perturb(small, pixels, targets, method)).argmax(1), targets)
    assert bool((small(perturb(small, pixels, None, method)).argmax(1) != before).all())


@pytest.mark.parametrize("method", METHODS)
def test_a_batch_is_its_members_one_by_one(small: Classifier, pixels: Tensor, method: str) -> None:
    usual = {"pgd": {"random_start": False}, "ddn": {"whole_levels": True}}  # rounding keeps DDN's steps the same
    targets, knobs = targets_of(small, pixels), usual.get(method, {})
    together = perturb(small, pixels, targets, method, steps=15, **knobs)
    alone = torch.cat(
        [perturb(small, pixels[i : i + 1], targets[i : i + 1], method, steps=15, **knobs) for i in range(4)]
    )
    assert torch.allclose(together, alone, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_the_same_arguments_give_the_same_pixels(small: Classifier, pixels: Tensor, method: str) -> None:
    targets = targets_of(small, pixels)
    assert torch.equal(perturb(small, pixels, targets, method, 3), perturb(small, pixels, targets, method, 3))


def test_ddn_on_whole_levels_never_leaves_the_grid(small: Classifier, pixels: Tensor) -> None:
    start = (pixels * 255).round() / 255
    for batch in ddn_search(plain_criterion(small, start, None), start, 0.0, DdnKnobs(steps=20), 0):
        assert torch.allclose(batch.values * 255, (batch.values * 255).round(), atol=1e-4)


def test_fmn_jumps_to_the_linear_border_in_its_first_step(two: Classifier, pixels: Tensor) -> None:
    targets = targets_of(two, pixels)
    steps = fmn_search(plain_criterion(two, pixels, targets), pixels, 0.0, FmnKnobs(steps=10), 0)
    next(steps)
    second = next(steps)
    assert torch.allclose(lengths(second.values - pixels), nearest_border(two, pixels, targets), rtol=2e-3)


@pytest.mark.parametrize("method", METHODS)
def test_as_a_file_a_published_attack_tells_whether_rounding_took_it_back(small: Classifier, method: str) -> None:
    image = (255 * (0.3 + 0.4 * torch.rand(16, 16, 3, generator=torch.Generator().manual_seed(2)))).byte().numpy()
    target = int(small.predict(small.prepare(image)).argsort(descending=True)[0, 1])
    result = fool(small, image, target, method, steps=40)
    assert result.success == (result.label == target)
    assert result.success or "rounding to 8 bits took it back" in result.note
    assert len(result.trace) == (41 if method == "pgd" else 40) == result.gradients


def test_wrong_batches_are_sentences(small: Classifier, pixels: Tensor) -> None:
    with pytest.raises(UnknownName, match="attack on batches"):
        perturb(small, pixels, None, "lattice")
    with pytest.raises(VizError, match="4 pictures and 2 targets"):
        perturb(small, pixels, [1, 2])
    with pytest.raises(UnknownName, match="has no class 99"):
        perturb(small, pixels, [0, 1, 2, 99])


class Wrapped(nn.Module):
    """Our classifier as foolbox wants it."""

    def __init__(self, model: Classifier) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x)


@pytest.fixture(scope="module")
def foolbox() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own imports
        import foolbox

        return foolbox


def asked(foolbox: Any, model: Classifier, pixels: Tensor, targets: Tensor, attack: Any, **words: Any) -> Tensor:
    """foolbox's answer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own deprecations
        network = foolbox.PyTorchModel(Wrapped(model).eval(), bounds=(0, 1), device=str(model.device))
        answer: Tensor = attack.run(network, pixels, foolbox.criteria.TargetedMisclassification(targets), **words)
    return answer


def test_ddn_is_foolboxs(small: Classifier, pixels: Tensor, foolbox: Any) -> None:
    targets = targets_of(small, pixels)
    theirs = asked(foolbox, small, pixels, targets, foolbox.attacks.DDNAttack(steps=40))
    ours = perturb(small, pixels, targets, "ddn", steps=40)
    assert torch.allclose(lengths(ours - pixels), lengths(theirs - pixels), rtol=1e-3)
    assert torch.allclose(ours, theirs, atol=1e-2)


def test_fmn_is_foolboxs_once_that_projects(small: Classifier, pixels: Tensor, foolbox: Any) -> None:
    from foolbox.attacks.gradient_descent_base import clip_lp_norms

    class Mended(foolbox.attacks.L2FMNAttack):  # type: ignore[misc]
        def project(self, x: Any, x0: Any, epsilon: Any) -> Any:
            return x0 + clip_lp_norms_each(x - x0, epsilon)

    def clip_lp_norms_each(change: Any, epsilon: Any) -> Any:
        raw, most = change.raw, epsilon.raw
        return type(change)(torch.stack([torch.as_tensor(clip(each, most[i])) for i, each in enumerate(raw)]))

    def clip(each: Tensor, most: Tensor) -> Tensor:
        return clip_lp_norms(foolbox_tensor(each[None]), norm=float(most), p=2).raw[0]

    def foolbox_tensor(each: Tensor) -> Any:
        import eagerpy

        return eagerpy.astensor(each)

    targets = targets_of(small, pixels)
    theirs = asked(foolbox, small, pixels, targets, Mended(steps=40))
    ours = perturb(small, pixels, targets, "fmn", steps=40)
    assert torch.allclose(lengths(ours - pixels), lengths(theirs - pixels), rtol=1e-2)


@pytest.mark.parametrize(("norm", "name"), [("L2", "L2PGD"), ("L-infinity", "LinfPGD")])
def test_pgd_is_foolboxs(small: Classifier, pixels: Tensor, foolbox: Any, norm: str, name: str) -> None:
    targets = targets_of(small, pixels)
    knobs = PgdKnobs(norm, l2=0.8, levels=3.0, step_size=0.1, steps=20, random_start=False)
    attack = getattr(foolbox.attacks, name)(rel_stepsize=0.1, steps=20, random_start=False)
    theirs = asked(foolbox, small, pixels, targets, attack, epsilon=knobs.radius)
    *_, last = pgd_search(plain_criterion(small, pixels, targets), pixels, 0.0, knobs, 0)
    assert float((last.values - theirs).abs().mean()) < 1e-4
