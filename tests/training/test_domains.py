"""Domain adaptation reverses a gradient exactly, learns from no label of the target, and goes on to the bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from math import e, log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

import vizlib
from tests.networks import Own, trained
from vizlib.errors import NotShowable, UnknownName, VizError
from vizlib.models import Classifier
from vizlib.training import Adaptation, PictureSet, adapt, clouds, drawn
from vizlib.training.average import Average
from vizlib.training.domains.adaptee import Adaptee
from vizlib.training.domains.losses import domain_losses, label_losses, read
from vizlib.training.domains.reversal import reversed_gradient
from vizlib.training.domains.schedules import factor_at, rate_at
from vizlib.training.order import Order

CLASSES = ("0", "1", "7")


@pytest.fixture(scope="module")
def source() -> PictureSet:
    return drawn("digits", 6, tests=3, classes=CLASSES)


@pytest.fixture(scope="module")
def target() -> PictureSet:
    return drawn("digits_middle", 5, tests=2, classes=CLASSES)


def last(source: PictureSet, target: PictureSet, **settings: Any) -> Adaptation:
    return vizlib.last(adapt(source, target, **{"steps": 4, "batch": 4, "device": "cpu", **settings}))


def weights(frame: Adaptation) -> dict[str, Tensor]:
    return dict(frame.model.network.state_dict())


# The reversal


def test_the_reversed_gradient_on_a_linear_network_is_that_of_the_formula() -> None:
    x = torch.tensor([[1.0, 2.0], [-3.0, 0.5]], dtype=torch.float64)
    w = torch.tensor([[0.4, -0.7]], dtype=torch.float64, requires_grad=True)  # feature = w . x
    v = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)  # domain logit = v feature
    domains = torch.tensor([0.0, 1.0], dtype=torch.float64)
    feature = (x @ w.T).squeeze(1)
    domain_losses(v * reversed_gradient(feature, 0.3), domains).mean().backward()  # type: ignore[no-untyped-call]
    wrong = ((v * feature).sigmoid() - domains).detach() / 2  # the loss's gradient by the logit
    assert torch.allclose(v.grad, (wrong * feature).sum().detach(), atol=0, rtol=1e-14)  # type: ignore[arg-type]
    assert torch.allclose(w.grad, -0.3 * v.detach() * wrong @ x, atol=0, rtol=1e-14)  # type: ignore[arg-type]


def test_at_the_fixed_point_of_two_gaussians_the_domain_head_is_at_chance_and_the_classes_are_known() -> None:
    draw, classes = torch.Generator().manual_seed(0), torch.arange(100) % 2
    domains = torch.tensor([0.0, 1.0]).repeat_interleave(100)
    x = torch.randn(200, 2, generator=draw) * torch.tensor([0.6, 0.3])
    x += torch.outer(2.0 * classes.repeat(2) - 1, torch.tensor([1.0, 1.0]))  # the class is in both numbers
    x[:, 1] += 4 * domains - 2  # the domain is in the second alone

    def learned(factor: float) -> tuple[float, float, float]:
        w, heads = torch.tensor([0.5, 0.5], requires_grad=True), torch.zeros(4, requires_grad=True)
        optimizer = torch.optim.SGD([w, heads], 0.1)
        for _ in range(300):
            feature = x @ w
            label = heads[0] * feature[:100] + heads[1]
            domain = heads[2] * reversed_gradient(feature, factor) + heads[3]
            loss = label_losses(torch.stack([-label, label], 1), classes).mean()
            loss = loss + domain_losses(domain, domains).mean()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        told, right = (domain > 0) == domains.bool(), (label > 0) == classes.bool()
        return float(told.float().mean()), float(right.float().mean()), float((w[1] / w.norm()).abs().detach())

    told, right, second = learned(1.0)
    assert told == pytest.approx(0.5, abs=0.05)
    assert right > 0.9
    assert second < 0.1  # what tells the domain is gone from the feature
    told, _, second = learned(-1.0)  # not reversed
    assert told > 0.95
    assert second > 0.5


def bare(data: PictureSet, steps: int, batch: int, rate: float) -> dict[str, Tensor]:
    """The weights of a plain loop on the source, without anything of the target."""
    model = vizlib.load_model("dann_cnn", "random", "cpu", num_classes=len(data.classes))
    network = model.network.to(memory_format=torch.channels_last).requires_grad_(True).train()  # type: ignore[call-overload]
    optimizer = torch.optim.SGD(network.parameters(), rate, 0.9)
    order, pixels = Order(len(data), batch, 0), model.prepare(list(data.pictures))
    for _ in range(steps):
        some = order.batch()
        loss = cross_entropy(network(model.normalize(pixels[some])), torch.from_numpy(data.labels)[some])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return dict(network.state_dict())


def test_with_factor_0_the_run_is_the_one_on_the_source_only_to_the_bit(source: PictureSet, target: PictureSet) -> None:
    plain = bare(source, 4, 4, 0.02)
    found = last(source, target, factor=0, rate=0.02, rate_schedule="constant")
    assert all(torch.equal(each, weights(found)[name]) for name, each in plain.items())
    other = last(source, target, factor=0.5, rate=0.02, rate_schedule="constant")
    assert not torch.equal(weights(other)["conv1.weight"], plain["conv1.weight"])
    assert found.domain_losses[-1] != found.domain_losses[0]  # the domain head learns all the same


def test_a_step_descends_the_label_loss_and_climbs_the_domain_loss(source: PictureSet, target: PictureSet) -> None:
    how: dict[str, Any] = {"steps": 1, "rate": 0.1, "momentum": 0, "rate_schedule": "constant", "batch": 4}
    start = bare(source, 0, 4, 0.1)
    of = {each: weights(last(source, target, factor=(each, each, each, each), **how)) for each in (0.0, 1.0, 3.0)}
    steps = {factor: {name: each - start[name] for name, each in found.items()} for factor, found in of.items()}
    for name in ("conv1.weight", "conv2.weight"):
        adversary = steps[1.0][name] - steps[0.0][name]
        assert adversary.abs().max() > 0
        assert torch.allclose(steps[3.0][name] - steps[0.0][name], 3 * adversary, atol=1e-6)
    assert torch.equal(steps[1.0]["fc1.weight"], steps[0.0]["fc1.weight"])  # the domain head is below it


def test_no_label_of_the_target_changes_a_weight(source: PictureSet, target: PictureSet) -> None:
    assert target.tests is not None
    tests = replace(target.tests, labels=target.tests.labels[::-1].copy())
    other = replace(target, labels=target.labels[::-1].copy(), tests=tests)
    for settings in ({}, {"pseudo_labels": 0.0, "every": 1}):
        one, two = (last(source, each, **settings) for each in (target, other))
        assert one.model.fingerprint == two.model.fingerprint
    one, two = (last(source, each, labels="target", factor=0) for each in (target, other))
    assert one.model.fingerprint != two.model.fingerprint


def test_a_running_average_leaves_the_first_steps_behind_sooner_than_its_share_says() -> None:
    weight = torch.zeros(1)
    average = Average([weight], 0.2)
    expected = [1, 1 * 2 / 11 + 2 * 9 / 11]
    expected.append(expected[1] * 0.2 + 3 * 0.8)  # 3/12 would be more than the share
    for step, value in enumerate(expected, 1):
        weight.fill_(step)
        average.follow()
        with average.used():
            assert weight.item() == pytest.approx(value)
        assert weight.item() == step


def test_what_is_kept_and_measured_can_be_a_running_average_of_the_weights(
    source: PictureSet, target: PictureSet
) -> None:
    how: dict[str, Any] = {"steps": 2, "factor": 1.0, "rate_schedule": "constant"}
    first, second = last(source, target, **{**how, "steps": 1}), last(source, target, **how)
    found = last(source, target, **how, average=0.9)
    for name, each in weights(found).items():
        expected = weights(first)[name] * 2 / 11 + weights(second)[name] * 9 / 11
        assert torch.allclose(each, expected, atol=1e-7)
    assert target.tests is not None
    right = found.model.predict(list(target.tests.pictures)).argmax(1).numpy() == target.tests.labels
    assert right.mean() == pytest.approx(found.target_accuracy)


def test_a_network_half_as_wide_is_saved_as_such(source: PictureSet, target: PictureSet, tmp_path: Path) -> None:
    found = last(source, target, steps=1, width=16)
    assert [each.shape[0] for each in vizlib.list_layers(found.model) if each.kind == "convolution"] == [16, 24]
    again = vizlib.load_model("dann_cnn", str(found.save(tmp_path / "narrow") / "model.safetensors"), "cpu", width=16)
    assert again.fingerprint == found.model.fingerprint
    assert found.features.shape[2] == 384


# Losses and schedules


def test_probabilities_in_place_of_logits_have_the_floors_of_the_double_activation() -> None:
    saturated = torch.tensor([[100.0] + [0.0] * 9])
    assert float(label_losses(saturated, torch.tensor([0]), True)) == pytest.approx(log(9 + e) - 1)
    assert float(label_losses(saturated, torch.tensor([1]), True)) == pytest.approx(log(9 + e))
    sides = domain_losses(torch.tensor([100.0, 100.0]), torch.tensor([1.0, 0.0]), True)
    assert sides.tolist() == pytest.approx([0.31326, 1.31326], abs=1e-5)
    assert (read(torch.tensor([-50.0, 3.0]), True) >= 0).all()  # it never says "source"
    logits, domains = torch.randn(5), torch.tensor([0.0, 1.0, 0.0, 1.0, 1.0])
    assert torch.equal(domain_losses(logits, domains).mean(), binary_cross_entropy_with_logits(logits, domains))


def test_the_factor_and_the_rate_follow_ganins_formulas() -> None:
    assert [factor_at("schedule", 10, p) for p in (0, 0.1, 1)] == pytest.approx([0, 0.46212, 0.99991], abs=1e-5)
    assert factor_at("rate_formula", 10, 1) == pytest.approx(0.01 * 11**-0.75)
    assert [factor_at((0, 3, 3, 6), 10, p) for p in (0, 1 / 6, 0.5, 1)] == pytest.approx([0, 1.5, 3, 6])
    assert [rate_at("ganin", 0.03, p) for p in (0, 1)] == pytest.approx([0.03, 0.03 * 11**-0.75])
    assert rate_at("constant", 0.03, 0.7) == 0.03


# The run


def compared(frame: Adaptation) -> dict[str, Any]:
    names = ("label_losses", "domain_sides", "steps", "target_accuracies", "kept", "right", "milestones", "features")
    return {name: np.asarray(getattr(frame, name)).tobytes() for name in names} | {"files": frame.files}


def test_a_run_goes_on_from_a_checkpoint_to_the_bit(
    source: PictureSet, target: PictureSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vizlib.training.domains.checking.at_most", lambda *_: 24)  # a check takes several frames

    def start(resume: bytes | None = None) -> Any:
        how: dict[str, Any] = {"pseudo_labels": 0.3, "average": 0.9, "every": 2, "batch": 4, "device": "cpu"}
        return adapt(source, target, 0.7, 6, resume=resume, **how)

    whole = list(start())
    for cut in (0, 3, 4, 11):  # in the middle of checks and between
        run = start()
        *_, frame = islice(run, cut + 1)
        content = frame.checkpoint()
        run.close()
        again = list(start(content))
        assert again[0].step == frame.step
        assert compared(again[-1]) == compared(whole[-1])
    with pytest.raises(VizError, match="another run: its factor"):
        adapt(source, target, 0.6, 6, pseudo_labels=0.3, average=0.9, every=2, batch=4, device="cpu", resume=content)


def test_every_step_has_a_frame_with_the_curves_so_far(source: PictureSet, target: PictureSet) -> None:
    frames = list(adapt(source, target, steps=4, every=2, batch=4, device="cpu", pseudo_labels=0.5))
    assert [each.step for each in frames if len(each.label_losses) == each.step][-1] == 4
    final = frames[-1]
    assert final.steps.tolist() == final.milestones.tolist() == [0, 2, 4]
    assert final.counts == (18, 15, 9, 6)
    assert (final.features.shape, final.features.dtype) == ((3, 15, 768), np.float16)
    assert final.cloud_domains.tolist() == [False] * 9 + [True] * 6
    assert final.cloud_labels.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 0, 0, 1, 1, 2, 2]
    assert final.factors[0] == 0 < final.factors[-1]
    assert final.domain_losses[-1] == final.domain_loss == final.domain_sides[-1].mean()
    assert np.isnan(final.kept).tolist() == [True, False, True]
    assert final.note == "All weights began at random."
    left = next(each for each in adapt(source, target, steps=4, batch=4, device="cpu") if each.step == 2)
    with pytest.raises(NotShowable, match="gone"):
        _ = left.so_far


def test_the_adapted_network_opens_in_timm_and_is_the_one_that_was_measured(
    source: PictureSet, target: PictureSet, tmp_path: Any
) -> None:
    found = last(source, target)
    assert target.tests is not None
    right = found.model.predict(list(target.tests.pictures)).argmax(1).numpy() == target.tests.labels
    assert right.mean() == pytest.approx(found.target_accuracy)
    again = timm.create_model(f"local-dir:{found.save(tmp_path)}", pretrained=True)
    assert torch.equal(again.conv1.weight, weights(found)["conv1.weight"])
    assert "Target: drawn digits over textures, middle shift, 15 pictures without labels" in " ".join(
        (tmp_path / "card.md").read_text().split()
    )


def own(make: Callable[[], nn.Module] = Own) -> Classifier:
    return vizlib.wrap(trained(make), size=16, name="own")


def test_any_network_can_be_adapted_and_its_batch_normalization_keeps_its_statistics(
    source: PictureSet, target: PictureSet
) -> None:
    model = own()
    for at, width in (("features", 8), ("bn1", 6 * 16 * 16), ("layer2.2", 8 * 16 * 16)):
        found = last(source, target, network=model, domain_at=at)
        assert found.features.shape[2] == width
        assert torch.equal(weights(found)["bn1.running_mean"], model.network.state_dict()["bn1.running_mean"])
        assert not torch.equal(weights(found)["conv1.weight"], model.network.state_dict()["conv1.weight"])
    repeated = [last(source, target, network=model).model.fingerprint for _ in range(2)]  # dropout has its own stream
    assert repeated[0] == repeated[1]


@pytest.mark.parametrize(
    ("given", "kind", "sentence"),
    [
        ({"factor": -2000}, VizError, "factor is -2000"),
        ({"factor": (1, 2)}, VizError, "The curve of the factor has 2 points"),
        ({"factor": "ramp"}, UnknownName, "ramp"),
        ({"momentum": 1}, VizError, "momentum is 1"),
        ({"mistake": 1}, VizError, "mistake is 1"),
        ({"labels": "both"}, UnknownName, "both"),
        ({"pseudo_labels": 2}, VizError, "pseudo_labels is 2"),
        ({"domain_at": "conv9"}, UnknownName, "conv9"),
    ],
)
def test_what_cannot_be_set_is_said_before_the_first_step(
    source: PictureSet, target: PictureSet, given: dict[str, Any], kind: type[VizError], sentence: str
) -> None:
    with pytest.raises(kind) as caught:
        vizlib.last(adapt(source, target, **{"steps": 1, "device": "cpu", **given}))
    assert sentence in caught.value.sentence
    assert caught.value.remedy


def test_domains_of_other_classes_are_refused_and_another_order_of_them_is_not(source: PictureSet) -> None:
    with pytest.raises(VizError, match="same classes: 9 only in one"):
        adapt(source, drawn("digits_mild", 2, tests=1, classes=[*CLASSES, "9"]))
    turned = drawn("digits_mild", 2, tests=1, classes=CLASSES[::-1])
    assert last(source, turned, steps=1).classes == CLASSES


def test_pictures_are_drawn_when_they_are_asked_for_and_the_first_frame_comes_before_most_of_them() -> None:
    source, target = (drawn(name, 900, seed=9, tests=30) for name in ("digits", "digits_hard"))
    run = adapt(source, target, device="cpu")
    first = next(run)
    run.close()
    assert (first.step, first.counts) == (0, (9000, 9000, 300, 300))


def test_before_the_first_step_only_the_pictures_of_the_clouds_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = (drawn(name, 2, tests=70, classes=CLASSES) for name in ("digits", "digits_mild"))
    asked, whole = list[int](), Adaptee.of_check

    def of_check(self: Adaptee, pair: Any, numbers: list[int]) -> Any:
        asked.extend(numbers)
        return whole(self, pair, numbers)

    monkeypatch.setattr(Adaptee, "of_check", of_check)
    found, many = last(source, target, steps=1), []
    for count in (400, 420):
        many.append(len(set(asked[:count])))
        del asked[:count]
    assert (many, asked, found.steps.tolist()) == ([400, 420], [], [0, 1])
    assert len(found.cloud_labels) == 400


def test_clouds_share_one_basis_or_begin_at_the_points_before(source: PictureSet, target: PictureSet) -> None:
    found = last(source, target, steps=2, every=1)
    still = replace(found, features=np.repeat(found.features[:1], 3, axis=0))
    for how in ("pca", "tsne"):
        points = vizlib.last(clouds(still, how)).points
        assert points.shape == (3, 15, 2)
        size = np.abs(points[0]).max()
        assert np.abs(points[1:] - points[:-1]).max() < (1e-3 if how == "pca" else 0.5) * size
    with pytest.raises(NotShowable, match="no features"):
        vizlib.last(clouds(Adaptation(0, 1)))
