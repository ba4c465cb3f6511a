"""A recorded step gives the same numbers, new shapes get a new recording, and every failure falls back to plain calls.

The recorder is a fake that works on the CPU. The tests of real graphs need a CUDA device.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from vizlib import load_model, maximize
from vizlib.activation_maximization import Frame, channel, class_logit
from vizlib.activation_maximization.passes import cuda_graph
from vizlib.activation_maximization.passes.cuda_graph import Replayed, replayed
from vizlib.models import Classifier

Outputs = tuple[Tensor, ...]
BEFORE = cuda_graph._WARM + cuda_graph._TIMED  # plain calls before the recording


class Fake:
    """Records by keeping the function. On its clock a plain call takes `went` seconds and a replay `replay` seconds."""

    def __init__(self, went: float = 2.0, replay: float = 1.0, problem: Exception | None = None) -> None:
        self.went, self.replay, self.problem = went, replay, problem
        self.recorded = self.replays = self.warmed = 0
        self.time = 0.0
        self.replaying = False

    def warm(self, call: Callable[[], Outputs]) -> Outputs:
        self.warmed += 1
        return call()

    def record(self, call: Callable[[], Outputs]) -> tuple[Callable[[], object], Outputs]:
        self.recorded += 1
        if self.problem:
            raise self.problem
        # A graph's outputs are not computed yet.
        outputs = tuple(torch.full_like(each, float("nan")) for each in call())

        def replay() -> None:
            self.replays += 1
            self.replaying = True
            for own, each in zip(outputs, call(), strict=True):
                own.copy_(each)

        return replay, outputs

    def now(self) -> float:
        self.time += self.replay / 2 if self.replaying else self.went / 2
        self.replaying = False
        return self.time


class Bare(Fake):
    """Keeps no tensor of its function alive, like a graph, which only knows addresses."""

    def record(self, call: Callable[[], Outputs]) -> tuple[Callable[[], object], Outputs]:
        outputs = call()

        def replay() -> None:
            self.replaying = True

        return replay, outputs


def of(model: Classifier, fake: Fake) -> Replayed:
    return Replayed(model, fake)


@pytest.fixture
def model(small: Classifier) -> Classifier:
    return small.twin()


def double(values: Tensor, *more: Tensor) -> Outputs:
    return 2 * values, values.sum()[None]


def row(number: int, length: int = 3) -> Tensor:
    return torch.arange(length) + float(number)


def called(found: Replayed, times: int, length: int = 3, key: Any = "double") -> None:
    for number in range(times):
        values = row(number, length)
        twice, total = found(key, double, [values])
        assert torch.equal(twice, 2 * values)
        assert torch.equal(total, values.sum()[None])


def test_what_is_replayed_is_what_would_be_computed(model: Classifier) -> None:
    fake = Fake()
    called(of(model, fake), 20)
    assert (fake.warmed, fake.recorded) == (cuda_graph._WARM, 1)
    assert fake.replays == 20 - BEFORE


def test_a_few_calls_are_not_worth_a_recording(model: Classifier) -> None:
    fake = Fake()
    called(of(model, fake), BEFORE)
    assert not fake.recorded


def test_outputs_keep_their_numbers_when_the_next_call_comes(model: Classifier) -> None:
    found = of(model, Fake())
    called(found, 12)
    first, _ = found("double", double, [row(1)])
    found("double", double, [row(5)])
    assert torch.equal(first, 2 * row(1))


def test_inputs_are_not_written_to(model: Classifier) -> None:
    found, values = of(model, Fake()), row(4)
    for _ in range(12):
        found("double", double, [values])
    assert torch.equal(values, row(4))


@pytest.mark.parametrize(("went", "replay", "kept"), [(2.0, 1.0, True), (1.0, 2.0, False)])
def test_the_faster_way_is_taken(model: Classifier, went: float, replay: float, kept: bool) -> None:
    fake = Fake(went, replay)
    called(of(model, fake), BEFORE + 1 + cuda_graph._TIMED)  # the first replay is not timed
    before = fake.replays
    called(of(model, fake), 1)
    found = of(model, fake := Fake(went, replay))
    called(found, 40)
    assert (fake.replays == 40 - BEFORE) is kept
    assert fake.recorded == 1
    assert before == 1 + cuda_graph._TIMED
    assert found.reason == ""


def test_another_shape_dtype_or_function_is_another_recording(model: Classifier) -> None:
    fake = Fake()
    found = of(model, fake)
    called(found, 10)
    called(found, 10, length=5)
    called(found, 10, key="other")
    assert fake.recorded == 3
    for _ in range(10):
        twice, _ = found("double", double, [row(1).double()])
        assert twice.dtype == torch.float64
    assert fake.recorded == 4


def test_recordings_are_bounded_and_the_oldest_goes(model: Classifier) -> None:
    found = of(model, Fake())
    for length in range(1, 9):
        called(found, 10, length)
    kept = [each for each in found._courses.values() if each.replay is not None]
    assert len(kept) == len(found._courses) == cuda_graph._MOST
    called(found, 10, 1)


@pytest.mark.slow
def test_a_recording_keeps_what_it_reads(model: Classifier) -> None:
    """A graph reads memory by its address, so the tensors of its function must not be freed."""
    found, weight = of(model, Bare()), torch.ones(3)
    alive = weakref.ref(weight)
    for _ in range(10):
        found("weighed", lambda values, weight=weight: (values * weight,), [row(1)])
    del weight
    gc.collect()
    assert alive() is not None
    del found
    gc.collect()
    assert alive() is None


@pytest.mark.parametrize(
    "problem",
    [
        RuntimeError("CUDA error: operation not permitted when stream is capturing\nCompile with ..."),
        NotImplementedError("no graphs here"),
        AttributeError("graph_pool_handle"),
    ],
)
def test_what_cannot_be_recorded_goes_on_as_it_is_and_is_not_tried_again(model: Classifier, problem: Exception) -> None:
    fake = Fake(problem=problem)
    found = of(model, fake)
    called(found, 20)
    assert fake.recorded == 1
    assert not fake.replays
    assert found.reason == f"{type(problem).__name__}: {str(problem).splitlines()[0]}"
    later = Fake()
    again = of(model, later)
    called(again, 20)
    assert not later.recorded, "the network remembers it for the next run"
    assert again.reason == found.reason


def test_a_recording_that_memory_does_not_hold_is_tried_again_by_the_next_run(model: Classifier) -> None:
    found = of(model, Fake(problem=torch.OutOfMemoryError("CUDA out of memory")))
    called(found, 20)
    assert "out of memory" in found.reason
    later = Fake()
    called(of(model, later), 20)
    assert later.recorded == 1


def test_an_error_of_the_function_itself_is_raised(model: Classifier) -> None:
    def fails(values: Tensor) -> Outputs:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        of(model, Fake())("fails", fails, [row(1)])


def test_the_network_is_locked_while_it_is_recorded_and_replayed(model: Classifier) -> None:
    locked: list[bool] = []

    def look(values: Tensor) -> Outputs:
        locked.append(model.lock._is_owned())  # type: ignore[attr-defined]
        return (values,)

    found = of(model, Fake())
    for _ in range(12):
        found("look", look, [row(1)])
    assert all(locked)
    assert not model.lock._is_owned()  # type: ignore[attr-defined]


def test_the_cpu_replays_nothing(model: Classifier) -> None:
    assert replayed(model) is None


# In the loop


def last(model: Classifier, **more: Any) -> Frame:
    goals = [class_logit(1), channel("layer2", 3), class_logit(2) - channel("layer2", 1)]
    *_, frame = maximize(model, goals, **{"steps": 24, "size": 32, **more})
    return frame


@pytest.mark.slow
@pytest.mark.parametrize("transforms", ["none", "strong", "crops"])
def test_a_run_that_is_replayed_makes_the_same_picture(
    scenes: Classifier, monkeypatch: pytest.MonkeyPatch, transforms: str
) -> None:
    plain = last(scenes, transforms=transforms)
    fakes: list[Fake] = []

    def with_fake(model: Classifier) -> Replayed:
        fakes.append(Fake())
        return Replayed(model, fakes[-1])

    monkeypatch.setattr(cuda_graph, "replayed", with_fake)
    found = last(scenes, transforms=transforms)
    assert torch.equal(found.pixels, plain.pixels)
    assert torch.equal(found.scores, plain.scores)
    assert [each.recorded for each in fakes] == [1]
    assert fakes[0].replays == 24 - BEFORE


def test_a_run_that_is_over_gives_its_recordings_back_at_once(
    scenes: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[weakref.ref[Replayed]] = []

    def with_fake(model: Classifier) -> Replayed:
        found = Replayed(model, Bare())
        made.append(weakref.ref(found))
        return found

    monkeypatch.setattr(cuda_graph, "replayed", with_fake)
    gc.collect()
    gc.disable()  # the device's memory must be freed without the garbage collector
    try:
        run = maximize(scenes, class_logit(1), steps=24, size=32)
        for _ in range(12):
            next(run)
        assert made[0]() is not None
        run.close()
        assert made[0]() is None
    finally:
        gc.enable()


@pytest.mark.slow
def test_a_run_whose_recording_fails_makes_the_same_picture(
    scenes: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = scenes.twin()
    plain = last(own)
    broken = Fake(problem=RuntimeError("CUDA error: operation not permitted when stream is capturing"))
    monkeypatch.setattr(cuda_graph, "replayed", lambda model: Replayed(model, broken))
    assert torch.equal(last(own).pixels, plain.pixels)
    assert broken.recorded == 1


# On a CUDA device


@pytest.mark.cuda
@pytest.mark.parametrize("transforms", ["none", "strong", "crops", "extreme"])
@pytest.mark.parametrize("name", ["resnet18", "mobilenetv2_100", "convnext_atto", "vit_tiny_patch16_224"])
def test_a_graph_gives_what_the_pass_itself_gives(name: str, transforms: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_model(name, weights="random", device="cuda")
    monkeypatch.setattr(cuda_graph, "_faster", lambda replayed, went: True)
    goals = [class_logit(1), class_logit(2)]

    def first_steps() -> list[Frame]:
        more = {"precision": "float32", "transforms": transforms, "learning_rate": 0.001}
        return list(maximize(model, goals, steps=BEFORE + 6, **more))

    made: list[Replayed] = []
    truly = cuda_graph.replayed

    def kept(model: Classifier) -> Replayed | None:
        made.append(truly(model))  # type: ignore[arg-type]
        return made[-1]

    monkeypatch.setattr(cuda_graph, "replayed", lambda model: None)
    plain = first_steps()
    monkeypatch.setattr(cuda_graph, "replayed", kept)
    found = first_steps()
    assert made[0].reason == ""
    for one, other in zip(plain, found, strict=True):
        torch.testing.assert_close(one.scores, other.scores, rtol=1e-3, atol=1e-3)
        torch.testing.assert_close(one.pixels, other.pixels, rtol=0, atol=1e-2)


@pytest.mark.cuda
def test_a_network_that_waits_for_the_host_is_not_recorded() -> None:
    class Waits(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.num_classes, self.conv = 3, torch.nn.Conv2d(3, 3, 3)

        def forward(self, x: Tensor) -> Tensor:
            y = self.conv(x).mean((2, 3))
            return y * float(y.sum().item() > -1e9)

    model = Classifier(Waits(), "waits", torch.device("cuda"))
    *_, frame = maximize(model, 1, steps=20, size=64)
    assert frame.scores.isfinite().all()
    assert "capturing" in model.memo[cuda_graph._WHY] or "CUDA" in model.memo[cuda_graph._WHY]
    *_, frame = maximize(model, 1, steps=20, size=64)
    assert frame.scores.isfinite().all()
