"""Previews come at intervals at which a person can see them, and neither host nor device waits for the other."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from vizlib import load_model, maximize, to_image
from vizlib.activation_maximization import atlas as atlas_room
from vizlib.activation_maximization import channel, film, lab
from vizlib.activation_maximization.atlas import Atlas, AtlasPlan, atlas
from vizlib.activation_maximization.lab import Axis, Experiment
from vizlib.activation_maximization.passes import host_device
from vizlib.activation_maximization.passes.host_device import Due, Pace, PinnedCopy, Preview, to_device
from vizlib.models import Classifier
from vizlib.runs.store import Store

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


class Clock:
    """A clock that advances by a second each time it is read."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


class Slow:
    """A copy that has arrived when it is asked for the second time."""

    def __init__(self, pixels: Tensor) -> None:
        self.sent, self.asked = pixels.clone(), 0

    def arrived(self) -> bool:
        self.asked += 1
        return self.asked > 1

    def pixels(self) -> Tensor:
        return self.sent


def even(level: int) -> Tensor:
    return torch.full((1, 3, 2, 2), level / 255)


def seldom(device: torch.device) -> Due:
    """Every third time."""
    return Due(device, 3.0, Clock())


@pytest.fixture(scope="module")
def scenes() -> Classifier:
    return load_model("bundled/scenes", device="cpu")


def test_on_the_cpu_it_is_always_time_elsewhere_at_intervals() -> None:
    often, now_and_then = Due(CPU, 3.0, Clock()), seldom(CUDA)
    assert all(often() for _ in range(7))
    assert [now_and_then() for _ in range(7)] == [True, False, False, True, False, False, True]


def test_on_the_cpu_every_picture_is_shown() -> None:
    preview = Preview(CPU)
    for level in range(5):
        found = preview.take(even(level))
        assert found is not None
        np.testing.assert_array_equal(found, to_image(even(level)))


def test_from_a_device_pictures_come_when_they_have_arrived() -> None:
    preview = Preview(CUDA, Due(CUDA, 1.0, Clock()), Slow)
    shown = [preview.take(even(level)) for level in range(7)]
    levels = [None if each is None else int(each[0, 0, 0, 0]) for each in shown]
    assert levels == [None, None, 0, None, 2, None, 4]


def test_between_two_previews_nothing_is_fetched() -> None:
    started: list[int] = []

    def start(pixels: Tensor) -> Slow:
        started.append(round(float(pixels.max()) * 255))
        return Slow(pixels)

    preview = Preview(CUDA, Due(CUDA, 4.0, Clock()), start)
    for level in range(12):
        preview.take(even(level))
    assert len(started) < 4
    assert started[0] == 0


def test_values_of_the_host_come_to_the_cpu_as_they_are() -> None:
    values = torch.rand(3)
    assert to_device(values, CPU) is values


def test_the_cpu_is_never_held_back() -> None:
    pace = Pace(CPU)
    for _ in range(9):
        pace.step()
    assert not pace._done


def test_the_host_is_at_most_two_steps_ahead_of_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[int] = []

    class Event:
        made = 0

        def __init__(self, blocking: bool = False) -> None:
            assert blocking, "it would keep a core busy with waiting"
            Event.made += 1
            self.number = Event.made

        def record(self, stream: object) -> None:
            assert stream == "the stream"

        def synchronize(self) -> None:
            waited.append(self.number)

    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: "the stream")
    pace = Pace(CUDA)
    for step in range(1, 8):
        pace.step()
        assert waited == list(range(1, step - host_device._AHEAD + 1))


# Atlas, film and lab with few previews


def last(frames: object) -> Atlas:
    *_, found = frames  # type: ignore[misc]
    return found


@pytest.mark.slow
def test_an_atlas_with_few_previews_is_the_same_atlas(scenes: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, off = AtlasPlan("layer1", tuple(range(20)), steps=6, size=32), Store(None, 0)
    often = list(atlas(scenes, plan, off))
    monkeypatch.setattr(atlas_room, "Preview", lambda device: Preview(CUDA, seldom(CUDA), Slow))
    rare = list(atlas(scenes, plan, off))
    assert [(each.step, each.finished) for each in rare] == [(each.step, each.finished) for each in often]
    np.testing.assert_array_equal(rare[-1].tiles, often[-1].tiles)
    np.testing.assert_array_equal(rare[-1].values, often[-1].values)
    np.testing.assert_array_equal(rare[2].tiles, often[0].tiles, err_msg="a preview is a step that was")
    assert (rare[0].tiles == 128).all()
    for each in rare[6:11]:
        np.testing.assert_array_equal(each.tiles[:16], rare[5].tiles[:16], err_msg="what is finished stays")


def test_a_film_with_few_readings_has_the_same_curves(scenes: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    def run() -> list[film.Reel]:
        return list(film.film(scenes, 6, maximize(scenes, 6, 9, size=32, tv=1.0), keep=3))

    often = run()
    monkeypatch.setattr(film, "Due", lambda device: seldom(CUDA))
    rare = run()
    assert rare[-1].curves == often[-1].curves
    assert rare[-1].steps == often[-1].steps == tuple(range(1, 10))
    assert [len(each.steps) for each in rare] == [1, 1, 1, 4, 4, 4, 7, 7, 9]
    for each in rare:
        assert {len(values) for values in each.curves.values()} == {len(each.steps)}


@pytest.mark.slow
def test_a_lab_with_few_readings_ends_the_same(scenes: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = Experiment(2, Axis("tv", (0.0, 2.0)), Axis("steps", (3, 8)))

    def run() -> list[lab.LabFrame]:
        return list(lab.lab(scenes, experiment, size=32))

    often = run()
    monkeypatch.setattr(lab, "Due", lambda device: seldom(CUDA))
    rare = run()
    assert [each.step for each in rare] == [each.step for each in often]
    assert [len(each.cells) for each in rare] == [4] * 8
    for one, other in zip(rare[-1].cells, often[-1].cells, strict=True):
        assert torch.equal(one.pixels, other.pixels)
        assert (one.step, one.logit, one.probability, one.penalties) == (
            other.step, other.logit, other.probability, other.penalties
        )  # fmt: skip
    assert [cell.step for cell in rare[5].cells] == [3, 4, 3, 4]


@pytest.mark.cuda
def test_what_comes_through_pinned_memory_is_what_was_sent() -> None:
    pixels = torch.rand(64, 3, 128, 128, device="cuda")
    copy = PinnedCopy(pixels)
    wanted = pixels.clone()
    pixels.zero_()
    torch.cuda.synchronize()
    assert copy.arrived()
    assert torch.equal(copy.pixels(), wanted.cpu())
    values = torch.rand(3, 4)
    assert torch.equal(to_device(values, CUDA).cpu(), values)


@pytest.mark.cuda
def test_an_atlas_on_cuda_ends_with_what_maximize_gives() -> None:
    model = load_model("bundled/scenes", device="cuda")
    found = last(atlas(model, AtlasPlan("layer1", tuple(range(8)), steps=6, size=32), Store(None, 0)))
    *_, frame = maximize(model, [channel("layer1", each) for each in range(8)], 6, size=32)
    assert np.abs(found.tiles.astype(int) - to_image(frame.pixels).astype(int)).mean() < 4
