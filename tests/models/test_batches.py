"""Where memory is short, work is done in batches with the same result. Memory is freed, and the size that fits kept."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from vizlib.errors import TooBig
from vizlib.evaluation.inputs import answers, at_once
from vizlib.models import Classifier
from vizlib.models.batches import Batches
from vizlib.records import Unit
from vizlib.units.receptive_field import fed_classes, seen_boxes
from vizlib.units.search import GivenPictures, Survey, search

SIDE = 24  # px


class Tight(nn.Module):
    """A network on a device that holds `most` pictures at once."""

    def __init__(self) -> None:
        super().__init__()
        self.num_classes = 5
        self.pretrained_cfg = {"input_size": (3, SIDE, SIDE), "crop_pct": 1.0, "mean": (0.0,) * 3, "std": (1.0,) * 3}
        generator = torch.Generator().manual_seed(0)
        self.conv, self.fc = nn.Conv2d(3, 6, 3), nn.Linear(6, 5)
        with torch.no_grad():
            for each in self.parameters():
                each.copy_(torch.randn(each.shape, generator=generator))
        self.most = 1000
        self.passes: list[int] = []
        self.spilled: list[weakref.ref[Tensor]] = []  # what did not fit

    def forward(self, x: Tensor) -> Tensor:
        self.passes.append(len(x))
        y = x * 1.0
        if len(x) > self.most:
            assert all(each() is None for each in self.spilled), "what did not fit before is still held"
            self.spilled.append(weakref.ref(y))
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB")
        return self.fc(self.conv(y).relu().mean((2, 3)))


@pytest.fixture
def tight() -> Classifier:
    return Classifier(Tight(), "tight", torch.device("cpu"))


def sums(model: Classifier, pixels: Tensor, kind: str = "logits", most: int = 16) -> list[Tensor]:
    return Batches(model, kind, most)(len(pixels), lambda some: model(pixels[some]).sum(1))


def rough(count: int) -> Tensor:
    return torch.rand(count, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))


def test_the_parts_cover_every_picture_once_and_in_order(tight: Classifier) -> None:
    pixels = rough(37)
    whole = tight(pixels).sum(1)
    for most, wanted in [(16, [16, 16, 5]), (100, [37]), (37, [37]), (1, [1] * 37)]:
        found = sums(tight, pixels, most=most)
        assert [len(each) for each in found] == wanted
        torch.testing.assert_close(torch.cat(found), whole)


def test_where_memory_is_short_parts_are_halved_and_the_result_is_the_same(tight: Classifier) -> None:
    pixels = rough(13)
    whole = torch.cat(sums(tight, pixels))
    tight.network.most = 3
    tight.network.passes.clear()
    found = sums(tight, pixels)
    torch.testing.assert_close(torch.cat(found), whole)
    assert tight.network.passes == [13, 6, 3, 3, 3, 3, 1]


def test_the_next_work_of_that_kind_begins_with_what_fitted_and_other_work_does_not(tight: Classifier) -> None:
    tight.network.most = 3
    sums(tight, rough(13))
    tight.network.passes.clear()
    sums(tight, rough(7))
    assert tight.network.passes == [3, 3, 1]
    tight.network.passes.clear()
    sums(tight, rough(7), kind="gradients")
    assert tight.network.passes[0] == 7


def test_a_limit_never_makes_parts_larger_than_asked(tight: Classifier) -> None:
    tight.network.most = 8
    sums(tight, rough(16))
    tight.network.passes.clear()
    sums(tight, rough(4), most=2)
    assert tight.network.passes == [2, 2]


def test_one_picture_that_does_not_fit_is_told_in_a_sentence(tight: Classifier) -> None:
    tight.network.most = 0
    with pytest.raises(TooBig, match="tight with 1 picture of 24 x 24 px needs more memory"):
        sums(tight, rough(5))
    assert tight.network.passes == [5, 2, 1]


def test_memory_that_fails_outside_of_the_network_counts_too(tight: Classifier) -> None:
    def part(some: slice) -> int:
        if some.stop - some.start > most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return some.stop - some.start

    most = 2
    assert Batches(tight, "elsewhere", 16)(5, part) == [2, 2, 1]
    most = 0
    with pytest.raises(TooBig, match="tight with 1 picture needs more memory"):
        Batches(tight, "elsewhere", 16)(5, part)


def test_other_errors_are_not_taken_for_a_lack_of_memory(tight: Classifier) -> None:
    def part(some: slice) -> int:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        Batches(tight, "bug", 16)(5, part)
    assert Batches(tight, "bug", 16).at_once == 16


def test_what_did_not_fit_is_freed_before_the_next_try(tight: Classifier) -> None:
    tight.network.most = 1
    gc.collect()
    gc.disable()  # frames that hold each other would wait for it
    try:
        sums(tight, rough(16))
    finally:
        gc.enable()
    assert len(tight.network.spilled) == 4
    assert all(each() is None for each in tight.network.spilled)


def test_what_a_person_reads_is_how_many_pictures_were_held(tight: Classifier) -> None:
    batches = Batches(tight, "noted", 64)
    assert batches.note(100) == ""
    tight.network.most = 16
    batches(64, lambda some: tight(rough(64)[some]))
    assert batches.note(64) == "The device's memory held 16 pictures at once, so they were made in parts."
    assert batches.note(16) == batches.note(3) == ""
    tight.network.most = 1
    batches(64, lambda some: tight(rough(64)[some]))
    assert "held 1 picture at once" in batches.note(2)


def test_the_remembered_limits_are_bounded(tight: Classifier) -> None:
    tight.network.most = 1
    for kind in range(100):
        sums(tight, rough(2), kind=str(kind))
    assert len(tight.memo["at once"]) <= 64
    assert Batches(tight, "99", 16).at_once == 1


def test_memory_is_given_back_only_to_a_device_that_keeps_it(
    tight: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    emptied: list[int] = []
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: emptied.append(1))
    tight.network.most = 4
    sums(tight, rough(8), kind="one")
    assert not emptied
    tight.device = torch.device("cuda")
    Batches(tight, "two", 8)._halve(8)
    assert emptied == [1]


# What goes in batches


def pictures(count: int) -> GivenPictures:
    levels = (rough(count).permute(0, 2, 3, 1) * 255).byte().numpy()
    return GivenPictures([(str(number), Image.fromarray(each)) for number, each in enumerate(levels)])


def test_a_search_finds_the_same(tight: Classifier) -> None:
    def survey() -> Survey:
        *_, last = search(tight, "conv", pictures(20))
        return last

    whole = survey()
    tight.network.most = 3
    *frames, last = search(tight, "conv", pictures(20))
    assert [each.step for each in (*frames, last)] == [16, 20]
    np.testing.assert_allclose(last.means, whole.means, rtol=1e-5)
    np.testing.assert_array_equal(last.highest, whole.highest)
    np.testing.assert_array_equal(last.lowest, whole.lowest)
    tight.network.passes.clear()
    survey()
    assert max(tight.network.passes) <= 3


def test_what_a_unit_sees_and_speaks_for_is_the_same(tight: Classifier) -> None:
    def found() -> tuple[Any, Any]:
        unit = Unit("conv", 2)
        return seen_boxes(tight, unit, rough(9), [30, 200] * 4 + [5]), fed_classes(tight, unit, rough(9))

    boxes, effects = found()
    tight.network.most = 2
    again, same = found()
    assert again == boxes
    np.testing.assert_allclose(same, effects, rtol=1e-4, atol=1e-7)


def test_pictures_that_are_evaluated_get_the_same_answers(tight: Classifier) -> None:
    images = [np.asarray(pictures(37).picture(number)) for number in range(37)]
    whole = torch.cat(list(answers(tight, iter(images))))
    tight.network.most = 5
    batches = list(answers(tight, iter(images)))
    torch.testing.assert_close(torch.cat(batches), whole)
    assert at_once(tight) == 4
    tight.network.passes.clear()
    assert len(torch.cat(list(answers(tight, iter(images))))) == 37
    assert max(tight.network.passes) <= 4


@pytest.mark.cuda
def test_a_device_with_little_memory_gives_the_same_in_parts() -> None:
    from vizlib import load_model, maximize
    from vizlib.activation_maximization import channel

    model = load_model("resnet18", weights="random", device="cuda")
    goals = [channel("layer3", each) for each in range(32)]

    def final() -> Any:
        *_, frame = maximize(model, goals, steps=3, size=128, precision="float32", transforms="none")
        return frame

    whole = final()
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(model.device).total_memory
    room = torch.cuda.memory_allocated(model.device) + 300 * 2**20
    torch.cuda.set_per_process_memory_fraction(room / total, model.device)
    try:
        found = final()
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, model.device)
    assert "so they were made in parts" in found.notes[0]
    torch.testing.assert_close(found.pixels, whole.pixels, rtol=0, atol=2e-2)
