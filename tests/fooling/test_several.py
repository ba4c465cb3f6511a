"""Several pictures at once get what each gets alone, in their order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.networks import Linear
from vizlib import VizError, fool, fooling_methods
from vizlib.errors import TooBig
from vizlib.fooling import Fooling, fooling, perturb
from vizlib.fooling.result import Attempts
from vizlib.models import Classifier
from vizlib.pictures import encode_png

FEW: dict[str, Any] = {"robust": {"steps": 10, "views": 2}, "fgsm": {}}
IMAGES = np.random.default_rng(8).integers(30, 226, (4, 16, 16, 3), dtype=np.uint8)


@pytest.fixture
def three(tmp_path: Path) -> list[Any]:
    """An array, bytes and a path."""
    (tmp_path / "one.png").write_bytes(encode_png(IMAGES[2]))
    return [IMAGES[0], encode_png(IMAGES[1]), tmp_path / "one.png"]


@pytest.mark.slow
@pytest.mark.parametrize("method", fooling_methods())
def test_a_list_gets_what_each_gets_alone(small: Classifier, three: list[Any], method: str) -> None:
    targets: list[Any] = [1, small.class_names[2], None]
    knobs = FEW.get(method, {"steps": 12})
    together = fool(small, three, targets, method, seed=3, **knobs)
    assert isinstance(together, list)
    for picture, target, found in zip(three, targets, together, strict=True):
        alone = fool(small, picture, target, method, seed=3, **knobs)
        assert (found.success, found.source, found.target) == (alone.success, alone.source, alone.target)
        assert found.l2 == pytest.approx(alone.l2, rel=1e-3, abs=1e-9)
        assert (found.gradients, len(found.trace)) == (alone.gradients, len(alone.trace))
        assert found.note == alone.note
        assert np.array_equal(found.original, alone.original)


def test_one_picture_is_one_result_and_a_list_of_one_a_list_of_one(linear: Classifier, image: np.ndarray) -> None:
    alone = fool(linear, image, 2, steps=12)
    assert isinstance(alone, Fooling)
    (listed,) = fool(linear, [image], 2, steps=12)
    (listed_target,) = fool(linear, (image,), [2], steps=12)
    assert alone.png == listed.png == listed_target.png


@pytest.mark.parametrize("method", ["ddn", "classic"])
def test_a_batch_of_pixels_is_read_as_pixels(cropping: Classifier, method: str) -> None:
    pixels = torch.cat([cropping.prepare(each) for each in IMAGES[:3]])
    found = fool(cropping, pixels, 1, method, steps=12)  # type: ignore[call-overload]
    for row, each in enumerate(found):
        alone = fool(cropping, pixels[row : row + 1], 1, method, steps=12)
        assert each.success == alone.success
        assert each.l2 == pytest.approx(alone.l2, rel=1e-3, abs=1e-9)
        assert each.gradients == alone.gradients, "two ways in count twice"
        assert each.original.shape == (16, 16, 3)


def test_pictures_of_several_sizes_come_back_in_order(small: Classifier) -> None:
    images = [IMAGES[0], IMAGES[1][:, :12], IMAGES[2][:10], IMAGES[3]]
    found = fool(small, [*images, small.prepare(IMAGES[1])], 1, "ddn", steps=8)
    for image, each in zip([*images, small.prepare(IMAGES[1])], found, strict=True):
        assert np.array_equal(each.original, fool(small, image, 1, "ddn", steps=1).original)


def test_searches_ask_the_network_about_many_pictures_in_one_pass(linear: Classifier) -> None:
    network: Any = linear.network
    assert isinstance(network, Linear)
    targets = [int(linear(linear.prepare(each)).argmin()) for each in IMAGES]
    network.asked.clear()
    perturb(linear, list(IMAGES), targets, "pgd", steps=5)
    assert network.asked.count(4) == 7  # the originals once, and six gradients


def test_frames_count_the_steps_of_all_pictures(small: Classifier) -> None:
    for method, each in (("ddn", 6), ("lattice", 10)):
        frames = list(fooling(small, list(IMAGES[:3]), None, method, steps=each))
        assert all(isinstance(frame, Attempts) for frame in frames)
        steps = [frame.step for frame in frames]
        assert steps == sorted(steps)
        assert (frames[-1].step, frames[-1].total) == (3 * each, 3 * each)
        assert all(frame.step <= frame.total for frame in frames)
        assert frames[-1].results[2] is not None
        assert None in frames[0].results
    assert repr(frames[-1]).startswith("Attempts(step 30 of 30: 3 of 3 done, ")


def test_what_is_the_target_already_needs_no_gradient_among_others(linear: Classifier) -> None:
    own = [int(linear(linear.prepare(each)).argmax()) for each in IMAGES[:2]]
    done, worked = fool(linear, list(IMAGES[:2]), [own[0], (own[1] + 1) % 4], "ddn", steps=7)
    assert (done.gradients, done.l2, done.success) == (0, 0.0, True)
    assert worked.gradients == 7
    assert [each.gradients for each in fool(linear, [IMAGES[0]] * 2, own[0], "pgd")] == [0, 0]


def test_too_many_for_the_memory_are_worked_on_in_parts(small: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = torch.cat([small.prepare(each) for each in IMAGES])
    wanted = perturb(small, pixels, 1, "fmn", steps=4)
    twin = small.twin()
    honest = type(twin).__call__
    asked = []

    def cramped(model: Classifier, pixels: torch.Tensor) -> torch.Tensor:
        if model is twin:
            asked.append(len(pixels))
            if len(pixels) > 2:
                raise TooBig("Too many.", "Give fewer.")
        return honest(model, pixels)

    monkeypatch.setattr(type(twin), "__call__", cramped)
    assert torch.allclose(perturb(twin, pixels, 1, "fmn", steps=4), wanted, atol=1e-5)
    assert max(asked[-4:]) == 2


@pytest.mark.parametrize(
    ("pictures", "target", "words"),
    [
        ([], 1, "no picture in the list"),
        ([IMAGES[0], IMAGES[1]], [1], "2 pictures and 1 target"),
        ([IMAGES[0], None], 1, "A picture is given as NoneType"),
        ([IMAGES[0], "no such file.png"], 1, "no such file"),
    ],
)
def test_a_wrong_list_gets_a_sentence(small: Classifier, pictures: Any, target: Any, words: str) -> None:
    with pytest.raises(VizError, match=words):
        fool(small, pictures, target, "ddn", steps=3)
