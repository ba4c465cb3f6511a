"""The loop finds the known answers of small networks, its frames are consistent, and it leaves nothing behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from vizlib import VizError, activations, maximize, to_pixels
from vizlib.activation_maximization import Frame, Settings, Transforms, channel, class_logit, neuron
from vizlib.activation_maximization.passes.scoring import Likeness, Scorer
from vizlib.activation_maximization.regularizers import norm, total_variation
from vizlib.errors import NotShowable, TooBig, UnknownName
from vizlib.models import Classifier, load_model
from vizlib.models.folding import folded

DEFAULTS = asdict(Settings())  # plain defaults instead of the preset of the network's family
PIXELS = {"parameterization": "pixels", "transforms": "none"}


def frames(model: Classifier, goal: Any, **more: Any) -> Iterator[Frame]:
    return maximize(model, goal, **{"steps": 4, "size": 16, **DEFAULTS, **more})


def last(model: Classifier, goal: Any, **more: Any) -> Frame:
    *_, frame = frames(model, goal, **more)
    return frame


def rough(count: int = 1, side: int = 16, seed: int = 0) -> Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(seed))


# Where it leads


@pytest.mark.slow
@pytest.mark.parametrize(("parameterization", "steps"), [("pixels", 80), ("fourier", 250)])
def test_on_a_linear_network_the_picture_goes_where_the_weights_say(
    linear: Classifier, parameterization: str, steps: int
) -> None:
    more = {"parameterization": parameterization, "transforms": "none", "learning_rate": 0.3}
    pixels = last(linear, class_logit(2), steps=steps, **more).pixels[0]
    weights = linear.network.conv.weight[2]
    # The score of a picture that is white where the weight is positive, and black elsewhere.
    best = float(weights.clamp(min=0).sum())
    assert float((weights * pixels).sum()) > 0.9 * best
    strong = weights.abs() > weights.abs().median()
    right = (pixels[strong] > 0.5) == (weights[strong] > 0)
    assert right.float().mean() > (0.95 if parameterization == "fourier" else 0.999)


def test_the_negative_leads_to_the_negative(linear: Classifier) -> None:
    up = last(linear, class_logit(2), steps=20, start="gray", **PIXELS).pixels
    down = last(linear, -class_logit(2), steps=20, start="gray", **PIXELS).pixels
    torch.testing.assert_close(up, 1 - down, rtol=0, atol=1e-3)


def test_the_scale_of_an_objective_does_not_matter(linear: Classifier) -> None:
    plain = last(linear, class_logit(2), tv=2.0, **PIXELS)
    for factor in (1e-12, 1e6):
        scaled = last(linear, factor * class_logit(2), tv=2.0, **PIXELS)
        torch.testing.assert_close(scaled.pixels, plain.pixels, rtol=0, atol=1e-5)
        torch.testing.assert_close(scaled.scores, factor * plain.scores)


@pytest.mark.slow
@pytest.mark.parametrize("goal", [class_logit(8), channel("layer3", 5), neuron("layer2", 7)], ids=str)
@pytest.mark.parametrize("parameterization", ["pixels", "fourier", "maco"])
def test_scores_rise(scenes: Classifier, goal: Any, parameterization: str) -> None:
    first, *_, final = frames(scenes, goal, steps=16, size=32, parameterization=parameterization, transforms="none")
    assert float(final.scores) > float(first.scores) + 0.1


def test_a_penalty_of_an_objective_that_is_none_leads_to_gray(linear: Classifier) -> None:
    start = rough() * 0.4 + 0.3
    found = last(linear, 0 * class_logit(0), start=start, norm=1.0, norm_order=2.0, steps=40, **PIXELS)
    assert norm(found.pixels, 2.0) < 0.3 * norm(start, 2.0)


# Frames


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_frames_are_the_steps_from_one_to_the_total(small: Classifier, steps: int) -> None:
    found = list(frames(small, [0, 1], steps=steps))
    assert [each.step for each in found] == list(range(1, steps + 1))
    assert {each.total for each in found} == {steps}
    for each in found:
        assert each.pixels.shape == (2, 3, 16, 16)
        assert each.scores.shape == (2,)
        assert each.notes == ("", "")
        assert not each.pixels.requires_grad
        assert not each.scores.requires_grad


@pytest.mark.slow
@pytest.mark.parametrize("parameterization", ["pixels", "fourier", "maco"])
def test_pixels_stay_between_zero_and_one_at_the_highest_rate(small: Classifier, parameterization: str) -> None:
    for frame in frames(small, 1, steps=20, learning_rate=0.5, parameterization=parameterization):
        assert frame.pixels.isfinite().all()
        assert frame.pixels.min() >= 0
        assert frame.pixels.max() <= 1


def test_a_frame_keeps_its_pixels_when_the_run_goes_on(small: Classifier) -> None:
    run = frames(small, 0, parameterization="pixels")
    early = next(run)
    before = early.pixels.clone()
    later = list(run)[-1]
    assert torch.equal(early.pixels, before)
    assert not torch.equal(later.pixels, before)


def test_the_score_of_each_frame_is_that_of_its_own_pixels(small: Classifier) -> None:
    for frame in frames(small, class_logit(3), steps=6, transforms="none"):
        torch.testing.assert_close(frame.scores, small(frame.pixels)[:, 3], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("transforms", ["none", "strong", "crops"])
def test_the_last_score_is_what_the_network_gives_the_picture_as_it_is(scenes: Classifier, transforms: str) -> None:
    goals = [class_logit(3), channel("layer2", 5), channel("layer1.0.conv1", 2), class_logit(3) - neuron("layer2", 1)]
    frame = last(scenes, goals, size=32, transforms=transforms)
    maps = activations(scenes, frame.pixels, ["layer2", "layer1.0.conv1"])
    logits = scenes(frame.pixels)
    wanted = [
        logits[0, 3],
        maps["layer2"][1, 5].mean(),
        maps["layer1.0.conv1"][2, 2].mean(),
        logits[3, 3] - maps["layer2"][3, 1, 2, 2],
    ]
    torch.testing.assert_close(frame.scores, torch.stack(wanted), rtol=1e-3, atol=1e-4)


def test_penalties_are_those_of_the_frames_own_pixels(small: Classifier) -> None:
    start = rough()
    more = {"tv_beta": 1.5, "norm_order": [2.0, 6.0], "start": start, "pull": 1.0}
    for frame in frames(small, [0, 1], **more):
        torch.testing.assert_close(frame.penalties["tv"], total_variation(frame.pixels, 1.5))
        torch.testing.assert_close(frame.penalties["norm"], norm(frame.pixels, torch.tensor([2.0, 6.0])))
        far = (frame.pixels - start.to(frame.pixels)).square().mean((1, 2, 3))
        torch.testing.assert_close(frame.penalties["pull"], far, rtol=1e-4, atol=1e-7)
    assert "pull" not in last(small, 0, pull=1.0).penalties


def test_the_best_of_the_last_quarter_is_kept_for_each_picture(
    small: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: list[tuple[Tensor, Tensor]] = []
    truly = Scorer.measure

    def measure(self: Scorer, pixels: Tensor) -> Tensor:
        scores = truly(self, pixels)
        offered.append((pixels.clone(), scores))
        return scores

    monkeypatch.setattr(Scorer, "measure", measure)
    *others, final = frames(small, [0, 1, 2], steps=32, learning_rate=0.5)
    assert 3 <= len(offered) <= 5
    pixels, scores = (torch.stack(each) for each in zip(*offered, strict=True))
    assert torch.equal(final.scores, scores.amax(0))
    for row, best in enumerate(scores.argmax(0).tolist()):
        assert torch.equal(final.pixels[row], pixels[best, row])
    seen = [each.pixels for each in others[23:]]  # a picture made at a step is what the next frame shows
    assert all(any(torch.equal(each, frame) for frame in seen) for each, _ in offered[:-1])


def test_an_early_picture_that_is_better_wins(small: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Tensor] = []

    def measure(self: Scorer, pixels: Tensor) -> Tensor:
        calls.append(pixels)
        return torch.tensor([[1.0, 0.0], [0.0, 2.0]][min(len(calls), 2) - 1])

    monkeypatch.setattr(Scorer, "measure", measure)
    final = last(small, [0, 1], steps=4)
    assert len(calls) == 2
    assert torch.equal(final.pixels, torch.stack([calls[0][0], calls[1][1]]))
    assert final.scores.tolist() == [1.0, 2.0]


# The same again


@pytest.mark.slow
@pytest.mark.parametrize("parameterization", ["pixels", "fourier", "maco"])
def test_the_same_arguments_make_the_same_picture_to_the_last_bit(scenes: Classifier, parameterization: str) -> None:
    more = {"size": 32, "seed": 3, "transforms": "strong", "parameterization": parameterization}
    one, other = (list(frames(scenes, [class_logit(2), channel("layer2", 1)], **more)) for _ in range(2))
    for a, b in zip(one, other, strict=True):
        assert torch.equal(a.pixels, b.pixels)
        assert torch.equal(a.scores, b.scores)


def test_two_threads_on_one_network_make_what_one_alone_makes(scenes: Classifier) -> None:
    def run(goal: Any) -> Frame:
        return last(scenes, goal, size=32, steps=6, transforms="strong", diversity=0.5)

    goals = [[class_logit(2), channel("layer2", 1)], [channel("layer1.0.conv1", 3)] * 2]
    alone = [run(goal) for goal in goals]
    with ThreadPoolExecutor(2) as threads:
        together = list(threads.map(run, goals))
    for a, b in zip(alone, together, strict=True):
        assert torch.equal(a.pixels, b.pixels)
        assert torch.equal(a.scores, b.scores)


def test_seeds_differ_and_equal_objectives_take_the_next_ones(small: Classifier) -> None:
    batch = last(small, [0, 1, 0, 0], seed=4, **PIXELS).pixels
    assert not any(torch.equal(batch[a], batch[b]) for a, b in [(0, 2), (0, 3), (2, 3)])
    for row, seed, goal in [(0, 4, 0), (1, 4, 1), (2, 5, 0), (3, 6, 0)]:
        alone = last(small, goal, seed=seed, **PIXELS).pixels[0]
        torch.testing.assert_close(batch[row], alone, rtol=0, atol=1e-4)


def test_each_picture_may_have_its_own_seed(small: Classifier) -> None:
    batch = last(small, [0, 0], seed=[7, 7], **PIXELS).pixels
    torch.testing.assert_close(batch[0], batch[1], rtol=0, atol=1e-5)
    torch.testing.assert_close(batch[:1], last(small, 0, seed=7, **PIXELS).pixels, rtol=0, atol=1e-4)


def test_the_seed_moves_the_transforms_too(small: Classifier) -> None:
    one, other = (last(small, 0, start="gray", transforms="strong", seed=seed).pixels for seed in (0, 1))
    assert not torch.equal(one, other)


# Nothing is left behind


def free_for_others(model: Classifier) -> bool:
    """Whether another thread could take the network's lock now."""
    with ThreadPoolExecutor(1) as other:
        return other.submit(lambda: model.lock.acquire(timeout=1) and (model.lock.release() or True)).result()


def test_between_frames_nothing_is_hooked_or_locked(
    scenes: Classifier, traces: Callable[[Classifier], list[str]]
) -> None:
    fast, _ = folded(scenes)
    assert fast is not scenes
    goals = [class_logit(1), channel("layer2", 3), channel("layer2", 3)]
    before = scenes.fingerprint
    for _ in frames(scenes, goals, size=32, grow=True, diversity=1.0):
        for model in (scenes, fast):
            assert not traces(model)
            assert free_for_others(model)
    assert scenes.fingerprint == before
    assert folded(scenes)[0] is fast


def test_a_run_that_is_left_midway_leaves_nothing(
    scenes: Classifier, traces: Callable[[Classifier], list[str]]
) -> None:
    run = frames(scenes, channel("layer2", 3), size=32)
    next(run)
    next(run)
    run.close()  # type: ignore[attr-defined]
    for model in (scenes, folded(scenes)[0]):
        assert not traces(model)
        assert free_for_others(model)
    assert next(run, None) is None


def test_nothing_runs_before_the_first_frame_is_asked_for(small: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    truly = Scorer.look
    monkeypatch.setattr(Scorer, "look", lambda self, *args, **more: looked.append(1) or truly(self, *args, **more))
    run = frames(small, 0)
    assert not looked
    next(run)
    assert len(looked) == 1


def test_gradients_are_made_also_where_the_caller_wants_none(small: Classifier) -> None:
    with torch.no_grad():
        quiet = last(small, [0, 0], tv=1.0, diversity=1.0)
    assert torch.equal(quiet.pixels, last(small, [0, 0], tv=1.0, diversity=1.0).pixels)


def test_the_starts_own_tensor_is_not_changed(small: Classifier) -> None:
    start = rough().requires_grad_()
    last(small, 0, start=start, parameterization="pixels")
    assert torch.equal(start.detach(), rough())
    assert start.grad is None


# Memory


class _Backward(torch.autograd.Function):
    """The identity, whose backward pass runs out of memory."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, most: int) -> Tensor:
        ctx.most = most
        return values.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        if len(gradients[0]) > ctx.most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB")
        return gradients[0], None


class Hungry(nn.Module):
    """A network on a device that holds few pictures at once, in the forward or in the backward pass."""

    def __init__(self, inner: nn.Module, back: bool) -> None:
        super().__init__()
        self.num_classes, self.pretrained_cfg = inner.num_classes, inner.pretrained_cfg
        self.inner, self.back, self.most = inner, back, 1000
        self.passes: list[int] = []  # the number of pictures in each pass

    def forward(self, x: Tensor) -> Tensor:
        self.passes.append(len(x))
        if len(x) > self.most and not self.back:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB")
        return self.inner(_Backward.apply(x, self.most) if self.back else x)


@pytest.fixture(params=[False, True], ids=["forward", "backward"])
def hungry(request: pytest.FixtureRequest, small: Classifier) -> Classifier:
    return Classifier(Hungry(small.twin().network, request.param), "hungry", small.device)


def test_where_memory_is_short_the_batch_is_split_and_the_result_the_same(hungry: Classifier) -> None:
    goals = [0, 1, channel("inner.conv2", 1), 2, 3]
    more = {"transforms": "strong", "tv": 1.0}
    whole = last(hungry, goals, **more)
    hungry.network.most = 2
    hungry.network.passes.clear()
    split = last(hungry, goals, **more)
    torch.testing.assert_close(split.pixels, whole.pixels, rtol=0, atol=1e-4)
    torch.testing.assert_close(split.scores, whole.scores, rtol=1e-3, atol=1e-4)
    found = [most for most in hungry.network.passes if most > 2]
    assert found == [5]
    assert hungry.network.passes.index(5) < 4, "what the first step learns about memory holds for the others"


def test_the_next_run_of_that_kind_begins_with_what_memory_held(hungry: Classifier) -> None:
    goals = [0, 1, 2, 3, 4]
    hungry.network.most = 2
    first = last(hungry, goals, transforms="none")
    hungry.network.passes.clear()
    again = last(hungry, goals, transforms="none")
    assert max(hungry.network.passes) == 2
    assert torch.equal(again.pixels, first.pixels)
    hungry.network.passes.clear()
    last(hungry, goals, transforms="none", size=32)
    assert hungry.network.passes.count(5), "at another size memory may do"


def test_diverse_pictures_that_memory_holds_once_but_not_in_two_views_go_in_parts(hungry: Classifier) -> None:
    more = {"diversity": 1.0, "transforms": "crops"}
    hungry.network.most = 5
    last(hungry, [0] * 4, **more)
    assert max(hungry.network.passes) == 8
    hungry.network.passes.clear()
    last(hungry, [0] * 4, **more)
    assert max(hungry.network.passes) <= 5


def test_a_batch_that_was_made_in_parts_says_so_on_its_last_frame(hungry: Classifier) -> None:
    hungry.network.most = 2
    words = "The device's memory held 2 pictures at once, so they were made in parts."
    *early, final = frames(hungry, [0, 1, 2, 3, 4])
    assert final.notes == (words,) * 5
    assert {each.notes for each in early} == {("",) * 5}
    *_, again = frames(hungry, [0, 1, 2, 3, 4])
    assert again.notes == final.notes, "also where it is known beforehand"
    assert last(hungry, [0, 1]).notes == ("", "")


def test_one_picture_that_is_too_big_is_told_in_a_sentence(hungry: Classifier) -> None:
    run = frames(hungry, [0, 1])
    hungry.network.most = 0
    with pytest.raises(TooBig, match=r"hungry with 1 picture of 16 x 16 px needs more memory.*smaller"):
        next(run)


def test_memory_that_fails_while_pictures_are_compared_is_told_in_a_sentence(hungry: Classifier) -> None:
    hungry.network.most = 1
    with pytest.raises(TooBig, match="needs more memory"):
        last(hungry, [0, 0, 0], diversity=1.0)


def test_more_pictures_than_a_pass_takes_are_looked_at_in_parts(small: Classifier) -> None:
    many = last(small, [0] * 37, seed=[1] * 37, **PIXELS)
    assert many.pixels.shape[0] == 37
    alone = last(small, 0, seed=1, **PIXELS)
    torch.testing.assert_close(many.pixels, alone.pixels.expand(37, -1, -1, -1), rtol=0, atol=1e-4)


def test_large_pictures_go_fewer_at_a_time(scenes: Classifier) -> None:
    passes = [Scorer(scenes, [class_logit(0)], (side, side)).batches.at_once for side in (32, 128, 256, 1024)]
    assert passes == sorted(passes, reverse=True)
    assert passes[0] == passes[1] > passes[2] >= passes[3] >= 1


# Where it starts


def first(model: Classifier, **more: Any) -> Tensor:
    return next(frames(model, 0, **more)).pixels.cpu()


def test_noise_is_the_usual_start(small: Classifier) -> None:
    assert torch.equal(first(small), first(small, start="noise"))
    assert 0 < float(first(small).std()) < 0.3


@pytest.mark.parametrize("parameterization", ["pixels", "fourier", "maco"])
def test_gray_is_gray(small: Classifier, parameterization: str) -> None:
    start = first(small, start="gray", parameterization=parameterization)
    torch.testing.assert_close(start, torch.full((1, 3, 16, 16), 0.5), rtol=0, atol=1e-6)
    assert last(small, 0, start="gray", parameterization=parameterization).pixels.isfinite().all()


@pytest.mark.parametrize("parameterization", ["pixels", "fourier", "maco"])
def test_pixels_are_started_from_as_they_are(small: Classifier, parameterization: str) -> None:
    start = rough() * 0.9 + 0.05
    torch.testing.assert_close(first(small, start=start, parameterization=parameterization), start, rtol=0, atol=1e-4)


def test_a_picture_is_prepared_as_the_network_takes_it(scenes: Classifier) -> None:
    levels = (rough(side=128)[0].permute(1, 2, 0) * 240 + 8).byte().numpy()
    for start in (Image.fromarray(levels), levels):
        found = first(scenes, start=start, size=None, parameterization="pixels")
        torch.testing.assert_close(found, to_pixels(levels, scenes).cpu(), rtol=0, atol=1e-4)


def test_a_start_of_another_size_is_resized(small: Classifier) -> None:
    ramp = torch.linspace(0.2, 0.8, 64).expand(1, 3, 64, 64)
    found = first(small, start=ramp, size=(16, 32), parameterization="pixels")
    assert found.shape == (1, 3, 16, 32)
    steps = found[0, 0, 8, 2:-2].diff()
    torch.testing.assert_close(steps, torch.full_like(steps, 0.6 / 31.5), rtol=0.05, atol=0)


def test_one_start_serves_all_and_each_may_have_its_own(small: Classifier) -> None:
    own = rough(2)
    both = next(frames(small, [0, 1], start=own, parameterization="pixels")).pixels.cpu()
    torch.testing.assert_close(both, own, rtol=0, atol=2e-3)
    same = next(frames(small, [0, 1], start=own[:1], parameterization="pixels")).pixels.cpu()
    torch.testing.assert_close(same, own[:1].expand(2, -1, -1, -1), rtol=0, atol=2e-3)


@pytest.mark.slow
def test_the_more_it_is_pulled_the_nearer_it_stays_to_its_start(scenes: Classifier) -> None:
    start = rough(side=32)
    more = {"start": start, "size": 32, "steps": 24, "transforms": "none", "learning_rate": 0.1}
    far = [float(last(scenes, 8, pull=weight, **more).penalties["pull"]) for weight in (0.0, 1.0, 5.0, 25.0)]
    assert all(later < earlier for earlier, later in pairwise(far)), far
    assert far[-1] < far[0] / 4


# Sizes


def test_the_networks_own_size_is_the_usual_one(small: Classifier) -> None:
    assert next(frames(small, 0, size=None)).pixels.shape[2:] == (16, 16)


@pytest.mark.slow
@pytest.mark.parametrize(("size", "wanted"), [(32, (32, 32)), ((16, 48), (16, 48)), ([33, 20], (33, 20))])
@pytest.mark.parametrize("parameterization", ["pixels", "fourier", "maco"])
def test_pictures_have_the_size_asked(scenes: Classifier, size: Any, wanted: Any, parameterization: str) -> None:
    frame = last(scenes, [0, channel("layer1", 1)], size=size, steps=2, parameterization=parameterization)
    assert frame.pixels.shape == (2, 3, *wanted)
    torch.testing.assert_close(frame.scores[0], scenes(frame.pixels)[0, 0], rtol=1e-3, atol=1e-4)
    assert frame.pixels.std(dim=(2, 3)).min() > 0


def test_whole_numbers_of_any_kind_are_sizes_and_seeds(small: Classifier) -> None:
    plain = last(small, np.int64(1), size=16, seed=3)
    assert torch.equal(last(small, 1, size=np.int64(16), seed=np.int64(3)).pixels, plain.pixels)


def test_a_network_that_takes_one_size_only_sees_the_picture_resized() -> None:
    side = 96
    fixed = load_model("vit_tiny_patch16_224", weights="random", device="cpu", img_size=side)
    with pytest.raises(NotShowable):
        fixed(rough(side=64))
    frame = last(fixed, [class_logit(3), neuron("blocks.2", 5)], size=64, steps=2, transforms="none")
    assert frame.pixels.shape == (2, 3, 64, 64)
    seen = torch.nn.functional.interpolate(frame.pixels, size=(side, side), mode="bilinear", align_corners=False)
    grid = activations(fixed, seen, ["blocks.2"])["blocks.2"]
    wanted = torch.stack([fixed(seen)[0, 3], grid[1, 5, grid.shape[2] // 2, grid.shape[3] // 2]])
    torch.testing.assert_close(frame.scores, wanted, rtol=0.02, atol=0.02)  # the border is mixed with gray


# What cannot be run


@pytest.mark.parametrize(
    ("given", "words"),
    [
        *[({"steps": each}, "number of steps is .* whole number from 1 to") for each in (0, -1, 1.5, True, "3", 10**6)],
        *[({"steps": each}, "number of steps") for each in (None, float("nan"))],
        *[
            ({"size": each}, r"The size is .* Give a side, or \(height, width\), from 16 to 2048 px")
            for each in (15, 0, -16, 2049, 32.0, "big", "ab", True, (16,), (16, 16, 16), (16, 8), (16.0, 16), 1.5, {})
        ],
        *[({"seed": each}, "seed.*whole number, or one per picture") for each in (None, 1.5, "a", [0, 1.5], 2**70)],
        *[({"seed": each}, "There are . seeds for 2 pictures. Give one per picture") for each in ([0], (1, 2, 3), [])],
        ({"start": "grey"}, "There is no start called 'grey'. Give .*gray"),
        ({"start": rough(3)}, r"The start has the shape \(3, 3, 16, 16\). Give .*1 or 2"),
        ({"start": rough()[0]}, r"The start has the shape \(3, 16, 16\)"),
        ({"start": rough()[:, :1]}, "The start has the shape"),
        ({"start": (rough() * 255).byte()}, "float pixels"),
        ({"start": 5}, "A picture is given as int"),
        ({"start": [[rough()]]}, "A picture is given as list"),
        ({"start": b"PNG"}, "This file is text"),
        ({"start": rough()[0].permute(1, 2, 0).numpy() * 255}, "The floats of this picture reach from"),
        ({"start": np.zeros((2, 16, 16, 3), np.uint8)}, "There are 2 pictures"),
    ],
)
def test_what_cannot_be_run_is_refused_at_once_with_a_remedy(
    small: Classifier, given: dict[str, Any], words: str
) -> None:
    with pytest.raises(VizError, match=words) as refusal:
        maximize(small, [0, 1], **given)
    assert refusal.value.sentence
    assert refusal.value.remedy


# Several resolutions


@contextmanager
def recorded_sizes(asked: list[tuple[int, ...]]) -> Iterator[None]:
    """Keeps the size of every batch that the scorer differentiates."""
    look = Scorer._seen

    def looking(self: Scorer, pixels: torch.Tensor, *rest: Any) -> torch.Tensor:
        if pixels.requires_grad:
            asked.append(tuple(self.size))
        return look(self, pixels, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Scorer, "_seen", looking)
        yield


@pytest.mark.slow
@pytest.mark.parametrize("parameterization", ["pixels", "fourier", "maco"])
def test_growing_asks_the_network_at_half_the_size_first_and_shows_the_whole(
    scenes: Classifier, parameterization: str
) -> None:
    more = {"size": (64, 48), "steps": 24, "parameterization": parameterization}
    asked: list[tuple[int, ...]] = []
    with recorded_sizes(asked):
        found = list(frames(scenes, class_logit(8), grow=True, **more))
    assert asked[:24] == [(32, 24)] * 12 + [(64, 48)] * 12
    assert {tuple(each.pixels.shape[2:]) for each in found} == {(64, 48)}
    assert [each.step for each in found] == list(range(1, 25))
    assert float(found[-1].scores) > float(found[0].scores) + 0.5
    assert (found[12].pixels - found[11].pixels).abs().mean() < 0.1


def test_a_small_picture_does_not_start_smaller(small: Classifier) -> None:
    whole, grown = (last(small, 0, size=(24, 64), grow=grow).pixels for grow in (False, True))
    assert torch.equal(whole, grown)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_growing_takes_any_number_of_steps(small: Classifier, steps: int) -> None:
    found = list(frames(small, 0, size=32, grow=True, steps=steps))
    assert [each.step for each in found] == list(range(1, steps + 1))
    assert found[-1].pixels.shape[2:] == (32, 32)


def test_a_neuron_stays_at_its_place_while_the_picture_grows(scenes: Classifier) -> None:
    corner = neuron("conv1", 5, (5, 25))  # of 32 x 32 on 64 px, so around row 11, column 51
    more = {"size": 64, "steps": 8, "parameterization": "pixels", "transforms": "none", "start": "gray"}
    *early, final = frames(scenes, corner, grow=True, **more)
    for frame in (early[2], final):
        moved = (frame.pixels[0].cpu() - 0.5).abs().sum(0)
        places = torch.arange(len(moved)) + 0.5
        row, column = (float((moved.sum(axis) * places).sum() / moved.sum()) for axis in (1, 0))
        assert row == pytest.approx(11, abs=3)
        assert column == pytest.approx(51, abs=3)
    wanted = activations(scenes, final.pixels, ["conv1"])["conv1"][0, 5, 5, 25]
    torch.testing.assert_close(final.scores[0], wanted, rtol=1e-3, atol=1e-4)


def test_growing_from_a_picture_keeps_to_it(small: Classifier) -> None:
    start = rough(side=8).repeat_interleave(8, 2).repeat_interleave(8, 3)
    more = {"size": 64, "start": start, "learning_rate": 0.001, "parameterization": "pixels", "transforms": "none"}
    half = torch.nn.functional.interpolate(start, size=(32, 32), mode="bicubic", antialias=True).clamp(0, 1)
    half = torch.nn.functional.interpolate(half, size=(64, 64), mode="bicubic", antialias=True).clamp(0, 1)
    found = list(frames(small, 0, grow=True, pull=1.0, **more))
    assert (found[0].pixels.cpu() - half).abs().max() < 0.005
    assert (found[-1].pixels.cpu() - start).abs().mean() < 0.05
    away = (found[-1].pixels.cpu() - start).square().mean()
    torch.testing.assert_close(found[-1].penalties["pull"].cpu(), away[None], rtol=1e-3, atol=1e-7)


# Several different pictures of one


@pytest.mark.slow
@pytest.mark.parametrize("goal", [class_logit(8), channel("layer3", 5)], ids=str)
def test_diversity_makes_pictures_of_one_objective_less_alike(scenes: Classifier, goal: Any) -> None:
    layer = "layer4" if goal.layers == [] else goal.layers[0]
    found = []
    for weight in (0.0, 1.0):
        frame = last(scenes, [goal] * 3, size=32, steps=32, diversity=weight)
        likeness = Likeness(Scorer(scenes, [goal] * 3, (32, 32)))
        found.append(float(likeness.cosine(frame.pixels, layer)))
    assert found[1] < found[0] - 0.02, found


def test_likeness_is_the_mean_cosine_of_each_two_gram_matrices(scenes: Classifier) -> None:
    goals = [channel("layer2", 1), channel("layer2", 2), channel("layer2", 1), class_logit(1), class_logit(1)]
    likeness = Likeness(Scorer(scenes, goals, (32, 32)))
    assert [rows for _, rows in likeness.groups] == [[0, 2], [3, 4]]
    assert likeness.groups[0][0] == "layer2"
    pixels = torch.stack([rough(side=32)[0], rough(side=8)[0].repeat(1, 4, 4), torch.ones(3, 32, 32)]).to(scenes.device)
    maps = activations(scenes, pixels, ["layer2"])["layer2"].flatten(2)
    grams = [(each @ each.T).flatten() for each in maps]
    cosines = [torch.cosine_similarity(grams[a], grams[b], dim=0) for a, b in ((0, 1), (0, 2), (1, 2))]
    assert min(cosines) < 0.95
    torch.testing.assert_close(likeness.cosine(pixels, "layer2"), torch.stack(cosines).mean(), rtol=1e-3, atol=1e-4)
    assert float(likeness.cosine(pixels[:1].repeat(2, 1, 1, 1), "layer2")) == pytest.approx(1, abs=1e-4)


def test_diversity_leaves_pictures_of_different_objectives_alone(small: Classifier) -> None:
    goals = [class_logit(0), class_logit(1)]
    assert torch.equal(last(small, goals, diversity=2.0).pixels, last(small, goals).pixels)


# Parts that folding changes or takes away


@pytest.mark.parametrize("layer", ["layer1.0.conv1", "layer1.0.bn1", "layer1.0.act1", "conv1"])
def test_every_layer_of_a_network_that_can_be_folded_can_be_asked(scenes: Classifier, layer: str) -> None:
    frame = last(scenes, channel(layer, 1), size=32, steps=2)
    wanted = activations(scenes, frame.pixels, [layer])[layer][:, 1].mean((1, 2))
    torch.testing.assert_close(frame.scores, wanted, rtol=1e-3, atol=1e-4)


def test_the_activation_inside_a_folded_norm_can_be_asked() -> None:
    model = load_model("test_efficientnet", weights="random", device="cpu")
    assert folded(model)[0] is not model
    inside = [path for path, each in model.network.named_modules() if path.endswith("bn1.act")]
    assert inside
    frame = last(model, channel(inside[0], 1), size=32, steps=2)
    wanted = activations(model, frame.pixels, inside[:1])[inside[0]][:, 1].mean((1, 2))
    torch.testing.assert_close(frame.scores, wanted, rtol=1e-3, atol=1e-4)
    with pytest.raises(UnknownName):
        last(model, channel(f"{inside[0]}s", 1), size=32)


def test_views_of_ones_own_are_averaged(small: Classifier) -> None:
    frame = next(frames(small, class_logit(1), transforms=Transforms(views=3)))
    torch.testing.assert_close(frame.scores, small(frame.pixels)[:, 1], rtol=1e-4, atol=1e-5)


def test_a_waiting_session_gets_its_turn_between_two_steps(small: Classifier) -> None:
    answered = threading.Event()
    run = frames(small, 0)
    next(run)
    other = threading.Thread(target=lambda: (small(rough()), answered.set()))
    other.start()
    assert answered.wait(30)
    other.join()
    list(run)
