"""Which pixels matter? What every saliency method promises, and answers that are known exactly."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.networks import SIDE, InPlace, Linear, seeded
from tests.saliency.asking import compared
from vizlib.errors import NotShowable, UnknownName, VizError
from vizlib.layers import class_logit
from vizlib.models import Classifier
from vizlib.records import Unit
from vizlib.saliency import MENU, Estimate, Query, explain, explaining, query, saliency, saliency_methods


@pytest.fixture
def model(device: str) -> Classifier:
    return seeded(partial(InPlace, mean=(0.4,) * 3, std=(0.2,) * 3), device)


@pytest.fixture
def linear(device: str) -> Classifier:
    return seeded(partial(Linear, 8), device)


def noise(count: int = 1, side: int = SIDE, seed: int = 0) -> Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(seed))


def last(model: Classifier, pixels: Tensor, method: str, target: object = None, **more: object) -> Estimate:
    return explain(model, pixels, method, target, **more)  # type: ignore[arg-type]


every_method = pytest.mark.parametrize("method", [each.key for each in MENU])


# What every entry of the menu promises


def test_every_file_of_the_room_is_on_the_menu() -> None:
    room = Path(query.__file__).parent
    files = {path.stem for path in room.rglob("*.py") if "\nMETHOD = " in path.read_text(encoding="utf-8")}
    assert files == set(saliency_methods())


@every_method
def test_maps_are_one_float_per_pixel_on_the_cpu(model: Classifier, method: str) -> None:
    values = saliency(model, noise(2), method)
    assert (values.shape, values.dtype, values.device.type) == ((2, SIDE, SIDE), torch.float32, "cpu")
    assert values.isfinite().all()
    assert not values.requires_grad
    assert values.abs().max() > 0


@every_method
def test_only_signed_methods_have_negative_values(model: Classifier, method: str) -> None:
    assert bool((saliency(model, noise(2), method) < 0).any()) == MENU[method].signed


@every_method
def test_asking_twice_gives_the_same_map(model: Classifier, method: str) -> None:
    assert torch.equal(saliency(model, noise(), method), saliency(model, noise(), method))


@every_method
def test_a_picture_in_a_batch_gets_the_map_that_it_gets_alone(model: Classifier, method: str) -> None:
    both = saliency(model, noise(2), method)
    alone = torch.cat([saliency(model, each, method) for each in noise(2).split(1)])
    torch.testing.assert_close(both, alone, rtol=1e-4, atol=1e-6 * float(alone.abs().max()))


@every_method
def test_nothing_is_left_on_the_network_or_the_pixels(
    model: Classifier, method: str, traces: Callable[[Classifier], list[str]]
) -> None:
    pixels = noise().to(model.device)
    saliency(model, pixels, method)
    assert not traces(model)
    assert torch.equal(pixels.cpu(), noise())
    assert not pixels.requires_grad
    assert pixels.grad is None


@every_method
def test_pixels_that_need_a_gradient_themselves_do_no_harm(model: Classifier, method: str) -> None:
    pixels = noise().requires_grad_()
    values = saliency(model, pixels, method)
    assert not values.requires_grad
    assert pixels.grad is None
    assert torch.equal(values, saliency(model, noise(), method))


@every_method
def test_a_run_that_is_left_holds_no_lock_and_no_hook(
    model: Classifier, method: str, traces: Callable[[Classifier], list[str]]
) -> None:
    steps = explaining(model, noise(), method)
    next(steps)
    assert not traces(model)
    assert not model.lock._is_owned()  # type: ignore[attr-defined]
    steps.close()


@every_method
def test_steps_count_up_to_the_total_and_the_last_is_the_answer(model: Classifier, method: str) -> None:
    estimates = list(explaining(model, noise(), method, 1))
    assert [each.step for each in estimates] == list(range(1, len(estimates) + 1))
    assert {each.total for each in estimates} == {len(estimates)}
    assert torch.equal(estimates[-1].values, saliency(model, noise(), method, 1))


@every_method
def test_gradients_are_computed_also_where_the_caller_wants_none(model: Classifier, method: str) -> None:
    with torch.no_grad():
        quiet = saliency(model, noise(), method)
    assert torch.equal(quiet, saliency(model, noise(), method))


@every_method
def test_the_predicted_class_is_the_target_by_default(model: Classifier, method: str) -> None:
    pixels = torch.cat([noise(), 1 - noise(), noise(seed=1) * torch.tensor([1.0, 0.0, 0.0]).view(3, 1, 1)])
    classes = model(pixels).argmax(1)
    assert torch.equal(saliency(model, pixels, method), saliency(model, pixels, method, classes))


@every_method
def test_each_picture_may_have_its_own_class(model: Classifier, method: str) -> None:
    both = saliency(model, noise(2), method, [1, 3])
    assert torch.equal(both[0], saliency(model, noise(2), method, 1)[0])
    assert torch.equal(both[1], saliency(model, noise(2), method, torch.tensor(3))[1])


@every_method
def test_a_unit_inside_may_be_the_target(
    model: Classifier, method: str, traces: Callable[[Classifier], list[str]]
) -> None:
    layer = "conv2" if MENU[method].needs_layer else None
    for unit in (Unit("conv3", 2), Unit("conv3", 2, (3, 4))):
        values = saliency(model, noise(2), method, unit, layer=layer, **compared(method))
        assert values.shape == (2, SIDE, SIDE)
        assert values.abs().max() > 0
    assert not traces(model)


@every_method
def test_every_method_says_where_it_comes_from_and_in_which_unit(method: str) -> None:
    entry = MENU[method]
    assert entry.label
    assert "arXiv" in entry.paper
    assert 40 < len(entry.idea) < 300
    assert entry.unit


# Exact answers


def test_the_gradient_of_a_linear_network_is_its_strongest_weight(linear: Classifier) -> None:
    weights = linear.network.conv.weight.cpu()
    assert torch.equal(saliency(linear, noise(side=8), "gradient", 2)[0], weights[2].abs().amax(0))
    smooth = saliency(linear, noise(side=8), "smoothgrad", 2)[0]
    torch.testing.assert_close(smooth, weights[2].abs().amax(0))


@pytest.mark.parametrize(("baseline", "value"), [("black", 0.0), ("gray", 0.5), ("white", 1.0)])
def test_integrated_gradients_of_a_linear_network_are_weight_times_difference(
    linear: Classifier, baseline: str, value: float
) -> None:
    pixels, weights = noise(side=8), linear.network.conv.weight.cpu()
    values = saliency(linear, pixels, "integrated_gradients", 2, steps=3, baseline=baseline)
    torch.testing.assert_close(values[0], (weights[2] * (pixels[0] - value)).sum(0), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("baseline", ["black", "gray", "white", "blurred"])
def test_integrated_gradients_add_up_to_what_the_score_gained(model: Classifier, baseline: str) -> None:
    from vizlib.saliency.gradients.integrated_gradients import baseline_of

    pixels = noise(2).to(model.device)
    gain = (model(pixels) - model(baseline_of(model, pixels, baseline)))[:, 1].cpu()
    estimate = last(model, pixels, "integrated_gradients", 1, knobs={"steps": 200, "baseline": baseline})
    torch.testing.assert_close(estimate.values.sum((1, 2)), gain, rtol=0.02, atol=1e-4)
    assert "the map sums to" in estimate.note


def test_a_position_of_a_unit_depends_only_on_what_it_sees(model: Classifier) -> None:
    values = saliency(model, noise(), "gradient", Unit("conv1", 0, (8, 8)))[0]
    seen = values.nonzero()
    assert seen.amin(0).tolist() == [7, 7]
    assert seen.amax(0).tolist() == [9, 9]


@pytest.mark.parametrize("unit", [Unit("conv3", 2), Unit("conv3", 2, (3, 4)), Unit("conv2", 1)])
def test_the_gradient_of_a_unit_is_what_autograd_says(model: Classifier, unit: Unit) -> None:
    leaf = noise().to(model.device).requires_grad_()
    with model.tap(unit.layer) as seen:
        model(leaf)
    maps = seen[unit.layer][:, unit.channel]
    wanted = maps.mean() if unit.position is None else maps[0, unit.position[0], unit.position[1]]
    (gradient,) = torch.autograd.grad(wanted, leaf)
    found = saliency(model, noise(), "gradient", unit)
    torch.testing.assert_close(found, gradient.abs().amax(1).cpu(), rtol=1e-5, atol=1e-8)


def test_a_class_may_be_told_by_its_name_also_one_for_each_picture(model: Classifier) -> None:
    pixels = noise(2)
    assert torch.equal(saliency(model, pixels, target="class 2"), saliency(model, pixels, target=2))
    assert torch.equal(saliency(model, pixels, target=["Class_2", 4]), saliency(model, pixels, target=[2, 4]))


def test_the_evidence_for_not_a_class_is_the_evidence_against_it(device: str) -> None:
    single = seeded(partial(Linear, 8, 1, label_names=["tumor"]), device)
    pixels = noise(2, 8)
    tumor = saliency(single, pixels, "integrated_gradients", "tumor")
    assert tumor.abs().max() > 0
    assert torch.equal(saliency(single, pixels, "integrated_gradients", "not tumor"), -tumor)
    assert torch.equal(saliency(single, pixels, "gradient", "not tumor"), saliency(single, pixels, "gradient", 0))


# The slow methods converge while one watches


@pytest.mark.parametrize("method", ["smoothgrad", "integrated_gradients"])
def test_estimates_come_closer_to_the_answer(model: Classifier, method: str) -> None:
    *early, answer = [each.values for each in explaining(model, noise(), method, 1)]
    away = [float((each - answer).norm() / answer.norm()) for each in early]
    assert len(away) >= 3
    assert away[0] < 1  # meaningful from the first step on
    assert away[-1] < 0.2 * away[0] + 0.02
    assert sum(later < earlier for earlier, later in pairwise(away)) > len(away) / 2


def test_the_path_is_walked_all_over_from_the_beginning() -> None:
    from vizlib.saliency.gradients.integrated_gradients import _path

    path = [float(each.pixels.mean()) for each in _path(torch.zeros(1, 3, 2, 2), torch.ones(1, 3, 2, 2), 50)]
    first = sorted(path[:10])
    assert max(later - earlier for earlier, later in pairwise([0.0, *first, 1.0])) < 0.3
    assert len(set(path)) == 50


def test_a_seed_means_the_same_noise_however_many_copies_a_pass_takes(
    model: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copies(seed: int, count: int) -> Tensor:
        query = Query(noise() / 2, [class_logit(0)])
        return torch.stack([each.pixels for each in noisy_copies(query, Knobs(samples=count, seed=seed))])

    from vizlib.saliency.gradients.smoothgrad import Knobs, noisy_copies

    assert torch.equal(copies(0, 4), copies(0, 9)[:4])
    assert not torch.equal(copies(0, 4), copies(1, 4))
    spread = (copies(0, 40) - noise() / 2).std(unbiased=False)
    torch.testing.assert_close(spread, 0.15 * (noise().max() - noise().min()) / 2, rtol=0.02, atol=0)
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    saliency(model, noise(), "smoothgrad", samples=2)
    assert torch.equal(before, torch.random.get_rng_state())  # the global random state is unchanged


def test_smoothgrad_without_noise_is_the_gradient(model: Classifier) -> None:
    calm = saliency(model, noise(), "smoothgrad", samples=5, noise=0.0)
    torch.testing.assert_close(calm, saliency(model, noise(), "gradient"), rtol=1e-5, atol=1e-8)


# Grad-CAM and its layer


def test_grad_cam_looks_at_the_last_convolution_unless_told_otherwise(model: Classifier) -> None:
    own = saliency(model, noise(), "grad_cam", 1)
    assert torch.equal(own, saliency(model, noise(), "grad_cam", 1, layer="conv3"))
    assert not torch.equal(own, saliency(model, noise(), "grad_cam", 1, layer="conv2"))


def test_grad_cam_says_so_when_its_map_is_zero_and_can_show_what_it_dropped(model: Classifier) -> None:
    twin = model.twin()
    twin.network.conv3.bias.fill_(5.0)  # every place of every map is positive
    twin.network.fc.weight[0] = -1.0  # it is evidence against class 0 and for class 1
    twin.network.fc.weight[1] = 1.0
    twin.network.fc.weight[2] = 0.0
    against, speaks_for = last(twin, noise(), "grad_cam", 0), last(twin, noise(), "grad_cam", 1)
    assert against.doubt == "all negative or zero: nothing in conv3 is evidence for the target, so the map is zero"
    assert against.note == f"{speaks_for.note}; {against.doubt}"
    assert not against.values.any()
    assert not speaks_for.doubt
    assert last(twin, noise(), "grad_cam", 2).doubt.startswith(
        f"{against.doubt}; the map is zero everywhere: the score"
    )
    signed = saliency(twin, noise(), "grad_cam", 0, keep_negative=True)
    torch.testing.assert_close(signed, -speaks_for.values)
    assert last(twin, noise(2), "grad_cam", [0, 1]).doubt.startswith("in 1 of 2 pictures all negative")


def test_grad_cam_refuses_a_layer_without_places_and_one_above_the_target(model: Classifier) -> None:
    with pytest.raises(NotShowable, match="one value per channel"):
        saliency(model, noise(), "grad_cam", layer="fc")
    with pytest.raises(NotShowable, match="does not depend on conv3"):
        saliency(model, noise(), "grad_cam", Unit("conv1", 0), layer="conv3")


def test_grad_cam_keeps_nothing_below_its_layer(model: Classifier) -> None:
    saved: list[tuple[int, ...]] = []
    with torch.autograd.graph.saved_tensors_hooks(lambda x: saved.append(tuple(x.shape)) or x, lambda x: x):
        saliency(model, noise(), "grad_cam", 1, layer="conv3")
    assert (1, 3, SIDE, SIDE) not in saved
    assert (1, 6, SIDE, SIDE) not in saved
    assert saved


# What a person can get wrong


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (5, "has no class 5"),
        (-1, "has no class -1"),
        ([1, 7], "has no class 7"),
        ([1, 2, 3], "There are 2 pictures and 3 targets"),
        (1.5, "The target is 1.5"),
        (True, "The target is True"),
        ("cat", "no class of InPlace called 'cat'"),
        ([1, "cat"], "no class of InPlace called 'cat'"),
        (torch.tensor([0.5, 1.0]), "not whole numbers"),
        (Unit("conv3", 8), "has no channel 8"),
        (Unit("conv3", 0, (8, 0)), "has no row 8"),
        (Unit("conv3", 0, (0, -1)), "has no column -1"),
        (Unit("conv9", 0), "no layer"),
    ],
)
def test_a_wrong_target_gets_a_sentence_and_a_remedy(model: Classifier, target: object, says: str) -> None:
    with pytest.raises(VizError, match=says) as caught:
        saliency(model, noise(2), "gradient", target)  # type: ignore[arg-type]
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("pixels", "says"),
    [
        (torch.rand(3, SIDE, SIDE), r"not float32 \(3, 16, 16\)"),
        (torch.rand(1, 1, SIDE, SIDE), r"not float32 \(1, 1, 16, 16\)"),
        (torch.rand(0, 3, SIDE, SIDE), "no picture"),
        (torch.zeros(1, 3, SIDE, SIDE, dtype=torch.uint8), "uint8"),
        (torch.full((1, 3, SIDE, SIDE), float("nan")), "not finite"),
    ],
)
def test_wrong_pixels_get_a_sentence_and_a_remedy(model: Classifier, pixels: Tensor, says: str) -> None:
    with pytest.raises(VizError, match=says) as caught:
        saliency(model, pixels)
    assert caught.value.remedy


def test_an_unknown_method_or_setting_gets_a_sentence(model: Classifier) -> None:
    with pytest.raises(UnknownName, match="gradient"):
        saliency(model, noise(), "gradiant")
    with pytest.raises(UnknownName, match="samples"):
        saliency(model, noise(), "smoothgrad", sample=3)
    with pytest.raises(VizError, match="noise is 2"):
        saliency(model, noise(), "smoothgrad", noise=2)
    with pytest.raises(UnknownName, match="black"):
        saliency(model, noise(), "integrated_gradients", baseline="blak")
    with pytest.raises(VizError, match="not asked of a layer"):
        saliency(model, noise(), "gradient", layer="conv3")
