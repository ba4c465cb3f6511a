"""Scrambled weights: what is scrambled, that the network itself is not, and who is told that his map survived."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import torch

import vizlib
from tests.faithfulness.fakes import edges, on_the_menu
from tests.networks import SIDE, InPlace, Linear, Own, seeded, trained
from vizlib.errors import UnknownName, VizError
from vizlib.faithfulness import Asked, Scrambled, scrambling, survives
from vizlib.faithfulness.layer_groups import groups, own_weights
from vizlib.faithfulness.similarity import similarities
from vizlib.models import Classifier
from vizlib.steps import last
from vizlib.training import untrained

PIXELS = torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))


def own() -> Classifier:
    """Convolutions with norms whose statistics are learned."""
    return vizlib.wrap(trained(Own), class_names=list("abcd"), size=SIDE)


def weights(model: Classifier) -> dict[str, torch.Tensor]:
    return {name: each.clone() for name, each in model.network.state_dict().items()}


def test_all_weights_are_in_one_group_from_the_logits_down_and_norms_follow_their_layer() -> None:
    found = groups(own(), 12)
    assert [each.path for each in found] == ["fc", "layer2.0", "conv1"]
    assert list(found[1].owners) == ["layer2.0", "layer2.1"]
    assert list(found[2].owners) == ["conv1", "bn1"]


@pytest.mark.parametrize("name", ["resnet18", "vgg11", "densenet121", "vit_tiny_patch16_224", "convnext_atto"])
def test_a_deep_network_has_a_few_groups_that_hold_every_weight_once(name: str) -> None:
    model = vizlib.load_model(name, "random", device="cpu")
    for most in (1, 4, 12):
        found = groups(model, most)
        paths = [path for each in found for path in each.owners]
        held = sum(each.numel() for path in paths for each in own_weights(model.network.get_submodule(path)).values())
        every = [*model.network.parameters(), *(b for n, b in model.network.named_buffers() if "running_" in n)]
        assert len(set(paths)) == len(paths)
        assert held == sum(each.numel() for each in every)
        assert most / 2 <= len(found) <= most
    assert "head" in found[0].path or found[0].path in ("fc", "classifier")


def test_a_cascade_ends_in_an_untrained_network_and_the_network_itself_is_untouched() -> None:
    model = own()
    before, fingerprint = weights(model), model.fingerprint
    found = last(scrambling(model, PIXELS, ["gradient"], 2, seed=5))
    assert found.step == found.total == 1 + 3 + 3
    assert found.layers == ("fc", "layer2.0", "conv1")
    (row,) = found.methods
    assert np.array_equal(row.true, vizlib.saliency(model, PIXELS, "gradient", 2)[0])
    assert np.array_equal(row.maps[-1], vizlib.saliency(untrained(model, 5), PIXELS, "gradient", 2)[0])
    assert row.curves == pytest.approx(np.array([similarities(row.true, each) for each in row.maps]))
    assert model.fingerprint == fingerprint
    assert all(torch.equal(each, before[name]) for name, each in weights(model).items())


def test_an_independent_step_scrambles_one_layer_and_leaves_the_others() -> None:
    model = own()
    found = last(scrambling(model, PIXELS, ["gradient"], 2, order="independent", seed=5)).methods[0]
    for step, owners in enumerate((["fc"], ["layer2.0", "layer2.1"], ["conv1", "bn1"])):
        twin, random = model.twin(), untrained(model, 5)
        for path in owners:
            twin.network.get_submodule(path).load_state_dict(random.network.get_submodule(path).state_dict())
        assert np.array_equal(found.maps[step], vizlib.saliency(twin, PIXELS, "gradient", 2)[0])
    cascading = last(scrambling(model, PIXELS, ["gradient"], 2, seed=5)).methods[0]
    assert np.array_equal(cascading.maps[0], found.maps[0])
    assert not np.array_equal(cascading.maps[1], found.maps[1])


def test_chance_is_how_alike_the_maps_of_three_random_networks_are() -> None:
    model = own()
    found = last(scrambling(model, PIXELS, ["gradient"], 2, seed=5)).methods[0]
    maps = [vizlib.saliency(untrained(model, seed), PIXELS, "gradient", 2)[0].numpy() for seed in (5, 6, 7)]
    assert found.chance == pytest.approx(np.array([similarities(*pair) for pair in combinations(maps, 2)]))


def test_every_map_is_about_the_class_that_the_trained_network_predicts() -> None:
    model = own()
    predicted = int(model.predict(PIXELS).argmax())
    one, other = (last(scrambling(model, PIXELS, ["grad_cam"], target)) for target in (None, predicted))
    assert one.target == other.target == predicted
    assert np.array_equal(one.methods[0].maps, other.methods[0].maps)


def test_the_same_seed_gives_the_same_and_another_seed_something_else() -> None:
    model = own()
    one, same, other = (last(scrambling(model, PIXELS, ["gradient"], 0, seed=seed)).methods[0] for seed in (1, 1, 2))
    assert np.array_equal(one.curves, same.curves)
    assert not np.array_equal(one.curves, other.curves)


def test_methods_may_have_settings_and_frames_come_between_their_passes() -> None:
    asked = [Asked("smoothgrad", knobs={"samples": 30}, name="thirty"), "smoothgrad"]
    frames = list(scrambling(seeded(InPlace, "cpu"), PIXELS, asked, 1, most=1))
    assert [each.method for each in frames[-1].methods] == ["thirty", "smoothgrad"]
    assert not np.array_equal(*(each.true for each in frames[-1].methods))
    assert len(frames) > frames[-1].total
    assert [each.step for each in frames] == sorted(each.step for each in frames)


def test_a_map_that_no_network_was_asked_about_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    on_the_menu(monkeypatch, edges=edges)
    for order in ("cascading", "independent"):
        verdict = survives(last(scrambling(own(), PIXELS, ["edges"], 1, order=order)).methods[0])
        assert (verdict.changed, verdict.similarity, verdict.chance) == (False, pytest.approx(1), pytest.approx(1))
        assert "survives" in verdict.sentence
        assert "1.00 on average" in verdict.sentence


def test_the_gradient_of_a_linear_network_does_not_survive() -> None:
    """It is the weights themselves, so that nothing of it is left."""
    verdict = survives(last(scrambling(seeded(Linear, "cpu"), PIXELS, ["gradient"], 1)).methods[0])
    assert verdict.changed
    assert abs(verdict.similarity) < 0.2
    assert abs(verdict.chance) < 0.2
    assert "survives" not in verdict.sentence


def row(similarity: float, chance: float) -> Scrambled:
    """Of four steps, the first two of which count."""
    true = np.random.default_rng(0).random((16, 16)).astype(np.float32)
    curves = np.array([[similarity] * 3] * 2 + [[0.0] * 3] * 2)
    return Scrambled("it", true, np.zeros((4, 16, 16), np.float32), curves, np.full((3, 3), chance))


@pytest.mark.parametrize(
    ("similarity", "chance", "changed"),
    [(0.92, 0.57, False), (0.7, 0.57, True), (0.3, 0.0, True), (0.96, 0.97, False), (0.45, 0.97, True)],
)
def test_the_verdict_compares_with_chance_and_knows_that_chance_may_be_high(
    similarity: float, chance: float, changed: bool
) -> None:
    assert survives(row(similarity, chance)).changed is changed


def test_there_is_no_verdict_before_the_maps_are_there() -> None:
    first = next(scrambling(own(), PIXELS, ["gradient"], 1))
    assert survives(first.methods[0]).changed is None
    assert survives(replace(row(0.5, 0.5), chance=np.full((3, 3), np.nan))).changed is None


def test_what_cannot_be_scrambled_is_a_sentence() -> None:
    with pytest.raises(UnknownName, match="There is no order called 'upwards'"):
        last(scrambling(own(), PIXELS, ["gradient"], order="upwards"))  # type: ignore[arg-type]
    for given, what in (
        ({"most": 0}, "3 layers with weights, to be scrambled in 0 steps"),
        ({"methods": []}, "No saliency method is asked for"),
        ({"methods": ["gradient", "gradient"]}, "Two of the methods have the same name"),
        ({"pixels": torch.cat([PIXELS, PIXELS])}, "There are 2 pictures"),
    ):
        asked = {"pixels": PIXELS, "methods": ["gradient"], **given}
        with pytest.raises(VizError, match=what):
            last(scrambling(own(), **asked))  # type: ignore[arg-type]
