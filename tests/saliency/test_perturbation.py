"""Occlusion, RISE and expected gradients: exact answers on small networks, and Captum's numbers on large ones."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import vizlib
from tests.networks import SIDE, InPlace, Linear, seeded, trained
from tests.saliency.test_gradients import NETWORKS, Squares, batches, noise
from tests.saliency.test_oracle import TARGET, Whole, attribute, captum, close, network
from vizlib.errors import VizError
from vizlib.layers import class_logit
from vizlib.models import Classifier
from vizlib.records import Unit
from vizlib.saliency import MENU, Query, baseline_of, explain, explaining, looks, saliency
from vizlib.saliency.gradients.expected_gradients import places
from vizlib.saliency.perturbation import occlusion, rise

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:captum")

METHODS = ("occlusion", "rise", "expected_gradients")


@pytest.fixture
def linear() -> Classifier:
    return seeded(partial(Linear, 8, bias=True), "cpu")


# Occlusion


def test_occlusion_of_a_linear_network_is_the_mean_of_what_its_windows_hide(linear: Classifier) -> None:
    pixels, weights = noise(2, 8), linear.network.conv.weight[2]
    hidden = (weights * (pixels - 0.5)).sum(1)
    found = saliency(linear, pixels, "occlusion", 2, window=4, stride=4)
    wanted = F.avg_pool2d(hidden[:, None], 4, divisor_override=1)
    torch.testing.assert_close(found, F.interpolate(wanted, scale_factor=4)[:, 0], rtol=1e-5, atol=1e-5)
    single = saliency(linear, pixels, "occlusion", 2, window=1, stride=1)
    torch.testing.assert_close(single, hidden, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("fill", ["gray", "black", "blurred", "mean"])
def test_what_fills_the_window_is_the_baseline_of_that_name(linear: Classifier, fill: str) -> None:
    pixels = noise(1, 8)
    start = baseline_of(linear, pixels, fill)
    wanted = (linear.network.conv.weight[1] * (pixels - start)).sum((1, 2, 3))
    found = saliency(linear, pixels, "occlusion", 1, window=8, stride=8, fill=fill)
    torch.testing.assert_close(found, wanted[:, None, None].expand(1, 8, 8), rtol=1e-4, atol=1e-5)


CASES = [(name, *case) for name in NETWORKS for case in ((32, 16, "black"), (40, 24, "black"))]


@pytest.mark.parametrize(("name", "window", "stride", "fill"), [*CASES, ("resnet18", 32, 16, "gray")])
def test_occlusion_is_captums_of_the_same_windows(name: str, window: int, stride: int, fill: str) -> None:
    """On a bright picture, so that the falls are not small beside the logits, whose rounding both have."""
    model, pixels = network(name, "cpu"), (1 + noise(2, 64)) / 2
    own = captum.Occlusion(Whole(model))
    sizes: dict[str, Any] = {"sliding_window_shapes": (3, window, window), "strides": (3, stride, stride)}
    with torch.no_grad():
        wanted = attribute(own, pixels, baselines=baseline_of(model, pixels, fill), **sizes)
    found = explain(model, pixels, "occlusion", TARGET, window=window, stride=stride, fill=fill)
    close(found.values, wanted[:, 0])


def test_windows_cover_every_pixel_and_are_cut_off_at_the_edge() -> None:
    windows = occlusion.windows_of((10, 7), occlusion.Knobs(window=4, stride=3))
    covered = torch.zeros(10, 7)
    for window in windows:
        covered[window] += 1
    assert covered.amin() >= 1
    assert sorted({(rows.start, rows.stop) for rows, _ in windows}) == [(0, 4), (3, 7), (6, 10)]
    assert sorted({(columns.start, columns.stop) for _, columns in windows}) == [(0, 4), (3, 7)]
    assert sorted({rows.stop for rows, _ in occlusion.windows_of((10, 10), occlusion.Knobs(window=4, stride=4))}) == [
        4,
        8,
        10,
    ]


def test_by_default_a_window_is_a_seventh_of_the_picture_and_moves_by_half_of_it() -> None:
    note = explain(seeded(partial(Linear, 224, 2), "cpu"), noise(1, 224), "occlusion", 1).note
    assert note == "169 windows of 32 x 32 px, 16 px apart, filled with gray"
    assert explain(seeded(InPlace, "cpu"), noise(), "occlusion", 1).note.startswith(
        "225 windows of 2 x 2 px, 1 px apart"
    )


def test_a_stride_that_leaves_pixels_out_gets_a_sentence(linear: Classifier) -> None:
    with pytest.raises(VizError, match="window of 2 px moves 3 px at a time and leaves pixels out") as caught:
        saliency(linear, noise(1, 8), "occlusion", 1, window=2, stride=3)
    assert caught.value.remedy


# RISE


def all_masks(side: int, cells: int) -> tuple[Tensor, Tensor]:
    """Every mask that there is (masks, side, side), and the number of cells that each keeps; by plain enlarging."""
    cell = math.ceil(side / cells)
    every = torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * cells**2).view(-1, cells, cells)
    size = ((cells + 1) * cell, (cells + 1) * cell)
    large = F.interpolate(every[:, None], size=size, mode="bilinear", align_corners=False)[:, 0]
    found = [large[:, top : top + side, left : left + side] for top in range(cell) for left in range(cell)]
    return torch.cat(found), every.sum((1, 2)).repeat(cell * cell)


def expected_rise(weights: Tensor, side: int, cells: int, keep: float) -> Tensor:
    """Cov(weights . mask, mask(p)) / keep over every mask that there is: the answer for weights (side, side)."""
    masks, kept = all_masks(side, cells)
    chance = keep**kept * (1 - keep) ** (cells**2 - kept)
    chance = chance / chance.sum()
    scores = (masks * weights).sum((1, 2))
    centered = scores - (chance * scores).sum()
    return torch.einsum("n,nhw->hw", chance * centered, masks) / keep


@pytest.mark.parametrize("keep", [0.5, 0.3])
def test_rise_converges_to_the_exact_expectation_on_a_linear_network(linear: Classifier, keep: float) -> None:
    pixels = noise(1, 8)
    start = baseline_of(linear, pixels, "mean")
    wanted = expected_rise((linear.network.conv.weight[2] * (pixels - start)[0]).sum(0), 8, 3, keep)
    away = [
        float((saliency(linear, pixels, "rise", 2, masks=masks, cells=3, keep=keep)[0] - wanted).norm() / wanted.norm())
        for masks in (80, 8000)
    ]
    assert away[1] < 0.06
    assert away[1] < 0.3 * away[0]  # a tenth is expected


def test_rise_is_right_on_average_also_with_few_masks(linear: Classifier) -> None:
    """The mean over 400 seeds of 12 masks lies within four standard errors of the expectation at every pixel."""
    pixels = noise(1, 8)
    start = baseline_of(linear, pixels, "mean")
    wanted = expected_rise((linear.network.conv.weight[2] * (pixels - start)[0]).sum(0), 8, 2, 0.5)
    settings = {"masks": 12, "cells": 2}
    found = torch.cat([saliency(linear, pixels, "rise", 2, seed=seed, **settings) for seed in range(400)])
    error = (found.mean(0) - wanted) / (found.std(0) / 400**0.5)
    assert error.abs().max() < 4


def test_rise_of_all_its_masks_is_the_covariance_by_hand(linear: Classifier) -> None:
    pixels = noise(2, 8)
    masks = rise.Masks(rise.Knobs(masks=40, cells=3, seed=5), (8, 8), torch.device("cpu"))[range(40)]
    start = baseline_of(linear, pixels, "mean")
    scores = torch.stack([linear(start + each * (pixels - start))[:, 2] for each in masks])
    centered = scores - scores.mean(0)
    wanted = torch.einsum("mn,mhw->nhw", centered, masks) / 39 / 0.5
    found = saliency(linear, pixels, "rise", 2, masks=40, cells=3, seed=5)
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)


def test_a_number_that_is_added_to_every_score_does_not_change_rises_map(linear: Classifier) -> None:
    found = saliency(linear, noise(1, 8), "rise", 2, masks=40)
    twin = linear.twin()
    twin.network.conv.bias += 1000.0
    close(saliency(twin, noise(1, 8), "rise", 2, masks=40), found, 1e-3)


def test_masks_are_the_published_ones_cut_out_of_enlarged_grids() -> None:
    every, _ = all_masks(10, 3)
    masks = rise.Masks(rise.Knobs(masks=50, cells=3), (10, 10), torch.device("cpu"))[range(50)]
    nearest = (masks[:, None] - every).abs().amax((2, 3)).amin(1)
    assert float(nearest.max()) < 1e-6
    assert len({each.numpy().tobytes() for each in masks}) > 40


def test_masks_keep_their_share_at_every_pixel() -> None:
    knobs = rise.Knobs(masks=8000, cells=4, keep=0.3)
    means = rise.Masks(knobs, (9, 14), torch.device("cpu"))[range(8000)].mean(0)
    assert means.shape == (9, 14)
    assert float((means - 0.3).abs().max()) < 0.03


# Expected gradients


def test_expected_gradients_of_a_linear_network_are_weight_times_distance_to_the_mean_reference(
    linear: Classifier,
) -> None:
    pixels, others = noise(2, 8), noise(5, 8, seed=7)
    weights = linear.network.conv.weight[2]
    for samples in (5, 7, 10):  # every reference counts the same, also where some are used more often
        found = explain(linear, pixels, "expected_gradients", 2, samples=samples, references=others)
        torch.testing.assert_close(found.values, (weights * (pixels - others.mean(0))).sum(1), rtol=1e-4, atol=1e-5)
        change = linear(pixels)[:, 2] - linear(others)[:, 2].mean()
        torch.testing.assert_close(found.figures["score_change"], change, rtol=1e-4, atol=1e-5)
        assert float(found.figures["completeness_error"].abs().max()) < 1e-4
        assert not found.doubt


def test_expected_gradients_of_a_quadratic_network_come_close_to_their_expectation() -> None:
    """Of a * x^2 / 2 the expectation is a * (x^2 - mean of reference^2) / 2 at every pixel."""
    model, pixels, others = seeded(Squares, "cpu"), noise(), noise(4, seed=9)
    wanted = (model.network.a * (pixels.square() - others.square().mean(0)) / 2).sum(1)
    away = []
    for samples in (8, 400):
        found = explain(model, pixels, "expected_gradients", 0, samples=samples, references=others)
        away.append(float((found.values - wanted).abs().max() / wanted.abs().max()))
    assert away[0] < 0.1
    assert away[1] < 0.002


def test_stratified_places_are_right_on_average_and_closer_than_captums_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mean over 100 seeds, and over 100 of Captum's, is within four standard errors of the expectation."""
    model, pixels, others = seeded(Squares, "cpu"), noise(), noise(4, seed=9)
    wanted = (model.network.a * (pixels.square() - others.square().mean(0)) / 2).sum()
    settings: dict[str, Any] = {"samples": 24, "references": others}
    ours = torch.stack(
        [explain(model, pixels, "expected_gradients", 0, seed=seed, **settings).values.sum() for seed in range(100)]
    )
    shap = captum.GradientShap(Whole(model))
    generator = np.random.RandomState(3)  # Captum draws from NumPy's global state, which is left alone
    monkeypatch.setattr(np.random, "uniform", generator.uniform)
    monkeypatch.setattr(np.random, "choice", generator.choice)
    theirs = torch.stack([shap.attribute(pixels, others, n_samples=24, target=0).detach().sum() for _ in range(100)])
    for found in (ours, theirs):
        assert abs(float((found.mean() - wanted) / (found.std() / 10))) < 4
    assert float(ours.std()) < 0.3 * float(theirs.std())


@pytest.mark.parametrize("name", NETWORKS)
def test_expected_gradients_are_captums_of_the_same_references_and_places(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Captum's own places are the same up to rounding, which is enough to switch one activation on or off."""
    from captum.attr._core import gradient_shap

    model, pixels, others = network(name, "cpu"), noise(1, 64), noise(3, 64, seed=5)
    chosen = places(6, 3, torch.Generator().manual_seed(2))
    starts, shares = others[[each.reference for each in chosen]], torch.tensor([each.share for each in chosen])
    points = starts + shares.view(-1, 1, 1, 1) * (pixels - starts)
    torch.testing.assert_close(
        points, gradient_shap._scale_input(pixels.expand(6, -1, -1, -1), starts, shares).detach()
    )
    monkeypatch.setattr(gradient_shap, "_scale_input", lambda *_: points.clone().requires_grad_())
    own = gradient_shap.InputBaselineXGradient(Whole(model))
    wanted = attribute(own, pixels.expand(6, -1, -1, -1), baselines=starts).sum(1).mean(0, keepdim=True)
    found = explain(model, pixels, "expected_gradients", TARGET, samples=6, seed=2, references=others)
    close(found.values, wanted)


def test_places_are_spread_over_the_path_of_each_reference_and_of_all_together() -> None:
    chosen = places(60, 6, torch.Generator().manual_seed(0))
    assert sorted(int(each.share * 60) for each in chosen) == list(range(60))
    for reference in range(6):
        own = [each.share for each in chosen if each.reference == reference]
        assert sorted(int(each * 10) for each in own) == list(range(10))
    assert {each.reference for each in chosen[:6]} == set(range(6))


def test_of_more_references_than_samples_as_many_as_there_are_samples_are_used_and_the_note_says_so(
    linear: Classifier,
) -> None:
    pixels, others = noise(1, 8), noise(9, 8, seed=7)
    found = explain(linear, pixels, "expected_gradients", 2, samples=4, references=others)
    assert found.note.startswith("compared with 4 of 9 reference pictures; the map sums to")
    assert float(found.figures["completeness_error"].abs()) < 1e-4
    chosen = {
        frozenset(each.reference for each in places(4, 9, torch.Generator().manual_seed(seed))) for seed in (0, 1)
    }
    assert [len(each) for each in chosen] == [4, 4]  # the seed says which


def test_expected_gradients_doubt_a_map_that_does_not_add_up() -> None:
    """Of x^2 / 2, one sample at t instead of the whole path from black is off by 2 t - 1 of the score's change."""
    model = seeded(Squares, "cpu")
    model.network.a.fill_(1.0)
    settings: dict[str, Any] = {"samples": 1, "references": torch.zeros(1, 3, SIDE, SIDE)}
    (place,) = places(1, 1, torch.Generator().manual_seed(1))
    found = explain(model, noise(), "expected_gradients", 0, seed=1, **settings)
    share = float(found.figures["completeness_error"] / found.figures["score_change"])
    assert share == pytest.approx(1 - 2 * place.share, abs=1e-4)
    assert abs(share) > 0.2
    assert found.doubt.startswith("the map's sum is off by more than 20%")


def test_noise_on_the_picture_is_that_of_the_seed_and_scaled_by_its_range(linear: Classifier) -> None:
    pixels, weights = 0.4 + noise(1, 8) / 5, linear.network.conv.weight[2]
    settings: dict[str, Any] = {"samples": 300, "references": torch.zeros(1, 3, 8, 8)}
    found = explain(linear, pixels, "expected_gradients", 2, noise=0.2, **settings).values
    assert not torch.equal(
        found, explain(linear, pixels, "expected_gradients", 2, noise=0.2, seed=1, **settings).values
    )
    scale = weights.square().sum(0).sqrt() * 0.2 * (pixels.amax() - pixels.amin()) / 300**0.5
    error = (found - (weights * pixels).sum(1)) / scale
    assert 0.7 < float(error.std()) < 1.3


# What they have in common


@pytest.mark.parametrize("method", METHODS)
def test_a_pictures_map_is_the_same_whatever_else_is_asked_about(method: str) -> None:
    model = seeded(InPlace, "cpu")
    both = explain(model, noise(2), method, [1, 3]).values
    assert torch.allclose(both[1:], explain(model, noise(2)[1:], method, 3).values, rtol=1e-4, atol=1e-7)
    if method != "expected_gradients":
        assert torch.equal(both[1:], explain(model, noise(2)[1:], method, 3).values)


@pytest.mark.parametrize(("method", "knobs"), [("rise", {"masks": 200}), ("occlusion", {}), ("expected_gradients", {})])
def test_estimates_come_closer_to_the_answer(
    method: str, knobs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "_MOST_ON_CPU", 8 * SIDE * SIDE)
    *early, answer = [each.values for each in explaining(seeded(InPlace, "cpu"), noise(), method, 1, **knobs)]
    away = [float((each - answer).norm() / answer.norm()) for each in early]
    assert len(away) >= 5
    assert away[-1] < 0.3
    assert away[-1] < 0.5 * away[0]


@pytest.mark.parametrize("method", ["occlusion", "rise"])
def test_methods_that_only_look_keep_no_graph_and_no_more_than_a_batch_of_copies(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "_MOST_ON_CPU", 8 * SIDE * SIDE)
    model, asked = seeded(InPlace, "cpu"), []

    def look(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        asked.append((len(inputs[0]), torch.is_grad_enabled()))

    handle = model.network.register_forward_pre_hook(look)
    try:
        explain(model, noise(), method, 1)
    finally:
        handle.remove()
    assert len(asked) > 20
    assert max(count for count, _ in asked) == 8
    assert not any(graph for _, graph in asked)


def test_rise_needs_no_gradients_of_the_network() -> None:
    model = seeded(InPlace, "cpu")
    wanted = saliency(model, noise(), "rise", 1, masks=50)
    handle = model.module("conv3").register_forward_hook(lambda module, inputs, output: output.detach())
    try:
        torch.testing.assert_close(saliency(model, noise(), "rise", 1, masks=50), wanted)
    finally:
        handle.remove()


def test_a_unit_inside_is_read_in_the_network_itself_and_a_class_in_the_folded_one() -> None:
    model, pixels = vizlib.wrap(trained(), class_names=list("abcd"), size=SIDE), noise()
    hidden = pixels.clone()
    hidden[:, :, :8, :8] = 0.5
    with model.tap("conv1") as seen, torch.no_grad():
        whole, without = model(torch.cat([pixels, hidden]))[:, 2].tolist()
    settings: dict[str, Any] = {"window": 8, "stride": 8}
    found = saliency(model, pixels, "occlusion", 2, **settings)[0, 0, 0]
    assert float(found) == pytest.approx(whole - without, rel=1e-3)
    whole, without = seen["conv1"][:, 3].mean((1, 2)).tolist()
    found = saliency(model, pixels, "occlusion", Unit("conv1", 3), **settings)[0, 0, 0]
    assert float(found) == pytest.approx(whole - without, rel=1e-3)
    asked: list[int] = []
    handle = (
        looks.Looks(model, Query(pixels, [class_logit(2)]))
        ._network(0)
        .network.register_forward_pre_hook(lambda *_: asked.append(1))
    )
    try:
        assert model.network(model.normalize(pixels)).any()
        assert not asked  # a hook on the folded network is none on the network
    finally:
        handle.remove()


COSTS: list[tuple[str, dict[str, Any]]] = [
    ("rise", {"masks": 30}),
    ("expected_gradients", {}),
    ("expected_gradients", {"samples": 7}),
]


@pytest.mark.parametrize(("method", "knobs"), COSTS, ids=[f"{method} {knobs}" for method, knobs in COSTS])
def test_a_map_costs_what_the_menu_says(method: str, knobs: dict[str, Any]) -> None:
    cost = MENU[method].passes(MENU[method].knobs(**knobs), 1)
    went, came = batches(seeded(InPlace, "cpu"), method, **knobs)
    assert (sum(went), sum(came)) == (cost.forward, cost.backward)


@pytest.mark.parametrize("knobs", [{}, {"window": 60, "stride": 50}, {"window": 112}])
def test_occlusion_costs_what_the_menu_says_of_a_picture_of_224_px(knobs: dict[str, int]) -> None:
    model = seeded(partial(Linear, 224, 2), "cpu")
    explain(model, noise(1, 224), "occlusion", 1)  # the layers are listed once
    model.network.asked.clear()
    explain(model, noise(1, 224), "occlusion", 1, **knobs)
    cost = MENU["occlusion"].passes(occlusion.Knobs(**knobs), 1)
    assert (sum(model.network.asked), 0) == (cost.forward, cost.backward)
