"""The robust attack survives more views than the least visible change does, at the price of a larger change."""

from __future__ import annotations

import re
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from vizlib import fool, open_picture, to_pixels
from vizlib.fooling import Fooling, fooling
from vizlib.fooling.aim import aimed
from vizlib.fooling.engine import case_of
from vizlib.fooling.reading import reading_of
from vizlib.fooling.robust import Views
from vizlib.models import Classifier
from vizlib.pictures import read_recipe

QUICK = {"steps": 20, "views": 4}


@pytest.fixture(scope="module")
def found(scenes: Classifier, scene: np.ndarray) -> Fooling:
    return fool(scenes, scene, 4, "robust", **QUICK)


def handled(image: np.ndarray) -> list[Image.Image]:
    """What other programs make of a file: resized, cropped, saved as JPEG."""
    picture = Image.fromarray(image)
    side = picture.width
    sizes = [round(side * share) for share in (0.8, 0.9, 1.1, 1.3)]
    views = [picture.resize((each, each), Image.Resampling.LANCZOS) for each in sizes]
    views += [picture.crop((each, each // 2, side - each // 2, side - each)) for each in (4, 8, 10)]
    for quality in (60, 70, 80, 90):
        file = BytesIO()
        picture.save(file, "JPEG", quality=quality)
        views.append(Image.open(file).convert("RGB"))
    return views


def survivors(model: Classifier, image: np.ndarray, target: int) -> int:
    return sum(int(model(to_pixels(each, model)).argmax()) == target for each in handled(image))


@pytest.mark.slow
def test_it_survives_handling_that_the_least_visible_change_does_not(scenes: Classifier, found: Fooling) -> None:
    assert found.plain is not None
    assert found.success
    assert found.plain.success
    assert survivors(scenes, found.image, 4) >= 9  # of 11
    assert survivors(scenes, found.plain.image, 4) <= 3


@pytest.mark.slow
def test_the_note_says_what_surviving_costs(scenes: Classifier, found: Fooling) -> None:
    words = re.fullmatch(
        r"Fools (\d+) of 24 resized, cropped and recompressed views; the least visible change fools (\d+) of them\. "
        r"Surviving costs ([\d.]+) times the change \(L2\), and up to \d+ gray levels of 255 instead of \d+\.",
        found.note,
    )
    assert words
    assert found.plain is not None
    assert int(words[1]) >= 0.85 * 24 > int(words[2])
    assert float(words[3]) == round(found.l2 / found.plain.l2, 1) > 1


@pytest.mark.slow
def test_the_plain_one_is_a_file_of_its_own_that_fools(scenes: Classifier, found: Fooling) -> None:
    assert found.plain is not None
    assert int(scenes(to_pixels(open_picture(found.plain.png), scenes)).argmax()) == 4
    assert (read_recipe(found.plain.png) or {})["plain"] is True
    assert "plain" not in (read_recipe(found.png) or {})
    assert found.plain.l2 < found.l2
    assert np.array_equal(found.plain.original, found.original)


def test_the_same_seed_makes_the_same_bytes_and_another_seed_others(small: Classifier, image: np.ndarray) -> None:
    target = int(small.predict(small.prepare(image))[0].argsort()[-2])
    one, again, other = (fool(small, image, target, "robust", seed=seed, steps=15) for seed in (1, 1, 2))
    assert one.png == again.png
    assert one.note == again.note
    assert one.plain is not None
    assert again.plain is not None
    assert other.plain is not None
    assert one.plain.png == again.plain.png
    assert not np.array_equal(one.image, other.image)
    assert np.array_equal(one.plain.image, other.plain.image)  # the least visible one looks at no views


def test_the_plain_search_comes_first_and_the_frames_count_both(small: Classifier, image: np.ndarray) -> None:
    target = int(small.predict(small.prepare(image))[0].argsort()[-2])
    frames = list(fooling(small, image, target, "robust", steps=10))
    assert {each.total for each in frames} == {58}
    assert [each.step for each in frames if each.step > 48] == [*range(49, 59), 58, 58]
    result = frames[-1].result
    assert result is not None
    assert len(result.trace) == 10  # of the surviving one


def test_held_out_views_are_others_than_those_of_the_steps_and_always_the_same(
    small: Classifier, image: np.ndarray
) -> None:
    case, _ = case_of(small, reading_of(small, image), aimed(small, 1, 0, 5))
    values = case.start()
    held, again, other = (Views(case, 3, seed)(values) for seed in (1, 1, 0))
    assert held.shape == (3, 3, 16, 16)
    assert torch.equal(held, again)
    assert not torch.equal(held, other)
    assert 0 <= float(held.min()) <= float(held.max()) <= 1
    twice = Views(case, 3, 1)
    assert not torch.equal(twice(values), twice(values))  # a step sees other views than the last one


def test_the_gradient_passes_through_every_view(small: Classifier, image: np.ndarray) -> None:
    case, _ = case_of(small, reading_of(small, image), aimed(small, 1, 0, 5))
    values = case.start().requires_grad_()
    for view in Views(case, 8, 0)(values):
        (gradient,) = torch.autograd.grad(view.sum(), values, retain_graph=True)
        assert float((gradient != 0).float().mean()) > 0.6  # all but what was cropped away
