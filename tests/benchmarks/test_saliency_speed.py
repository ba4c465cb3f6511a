"""The benchmark of saliency: a peer for every method, calls that take turns, and a ratio with its interval."""

from __future__ import annotations

import warnings

import pytest
import torch
from torch import Tensor

from benchmarks.peers import saliency_peers, saliency_speed
from vizlib import load_model, saliency_methods


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"SAMPLES": 3, "MASKS": 10, "REFERENCES": 2}.items():
        monkeypatch.setattr(saliency_peers, name, value)


def test_every_method_of_the_menu_has_a_peer() -> None:
    assert {method for methods in saliency_peers.PEERS.values() for method in methods} == set(saliency_methods())


@pytest.mark.parametrize("peer", saliency_peers.PEERS)
def test_every_call_of_a_peer_gives_a_map(peer: str, small: None) -> None:
    for package in {"Captum": ["captum"], "pytorch-grad-cam": ["pytorch_grad_cam"], "zennit": ["zennit"]}.get(peer, []):
        pytest.importorskip(package)
    model = load_model("resnet18", weights="random", device="cpu")
    pixels = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    for method, by_peer in saliency_peers.peers(model, "resnet18", pixels, frozen=True).items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = by_peer[peer]() if peer in by_peer else None
        if found is not None:
            assert torch.as_tensor(found).shape[-2:] == (64, 64), method


@pytest.mark.parametrize("frozen", [True, False])
def test_nothing_of_a_peer_stays_on_its_network_for_the_next_one(frozen: bool, small: None) -> None:
    pytest.importorskip("pytorch_grad_cam")
    model = load_model("resnet18", weights="random", device="cpu")
    calls = saliency_peers.peers(model, "resnet18", torch.rand(1, 3, 64, 64), frozen)
    asked = calls["grad_cam"]["pytorch-grad-cam"].args[0]  # type: ignore[attr-defined]
    calls["grad_cam"]["pytorch-grad-cam"]()
    assert not any(each._forward_hooks for each in asked.network.modules())


def test_captums_guided_rule_is_followed_at_relu6_too() -> None:
    """Else its peer would do less than ours: without a ReLU its map is the plain gradient."""
    pytest.importorskip("captum")
    model = load_model("mobilenetv2_100", weights="random", device="cpu")
    pixels = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    calls = saliency_peers.peers(model, "mobilenetv2_100", pixels, frozen=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        guided, plain = (torch.as_tensor(calls[each]["Captum"]()).detach().abs() for each in ("guided", "gradient"))
    assert float((guided - plain).abs().max() / plain.max()) > 0.1
    torch.testing.assert_close(guided.amax(1), saliency_peers.ours(model, "guided", pixels)(), rtol=1e-4, atol=1e-7)


def test_our_call_has_the_peers_settings(small: None) -> None:
    model = load_model("bundled/digits", device="cpu")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for method in ("smoothgrad", "integrated_gradients", "expected_gradients", "occlusion", "rise"):
            values = saliency_peers.ours(model, method, torch.rand(1, 3, 28, 28))()
            assert isinstance(values, Tensor)
            assert values.shape == (1, 28, 28)


def test_the_published_masks_keep_half_of_the_picture(small: None) -> None:
    masks = saliency_peers._published_masks((50, 70))
    assert masks.shape == (10, 1, 50, 70)
    assert 0 <= float(masks.min()) < float(masks.max()) <= 1
    assert float(masks.mean()) == pytest.approx(0.5, abs=0.1)


def test_calls_take_turns_in_changing_order_and_the_first_round_does_not_count() -> None:
    order: list[str] = []
    times = saliency_speed.timed({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 3)
    assert "".join(order) == "abbaabba"
    assert {name: len(each) for name, each in times.items()} == {"a": 3, "b": 3}


def test_a_ratio_is_that_of_the_medians_and_its_interval_follows_from_the_rounds() -> None:
    assert saliency_speed.ratio([3.0, 3.0, 3.0], [2.0, 2.0, 2.0]) == "1.50 [1.50, 1.50]"
    own = [1.0, 2.0, 1.0, 2.0, 1.0, 2.0]
    assert saliency_speed.ratio([2 * each for each in own], own) == "2.00 [2.00, 2.00]"  # the machine's speed drifts
    found = saliency_speed.ratio([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], [1.0] * 7)
    low, high = (float(each) for each in found[6:-1].split(", "))
    assert found.startswith("4.00 [")
    assert 1 <= low < 4 < high <= 7


def test_a_row_says_whether_ours_needs_less_memory() -> None:
    times = {"ours": [100.0, 100.0], "peer": [150.0, 150.0]}
    row = saliency_speed.row("rise", "loop as published", times, [25.0, 100.0])
    wanted = "| rise | loop as published | 100 | 150 |  | 1.50 [1.50, 1.50] |  | 25 | 100 | 0.25 |"
    assert row == wanted
    assert row.count("|") == saliency_speed.HEAD[1].count("|")
