"""Every network gets the picture in its own preprocessing, and one that fails does not stop the others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vizlib.errors import ModelUnavailable, VizError
from vizlib.evaluation import gathering, opinions
from vizlib.models import Classifier

IMAGES = list(np.random.default_rng(2).integers(0, 256, (2, 50, 70, 3), dtype=np.uint8))


def unavailable() -> Classifier:
    raise ModelUnavailable("The weights are not here.", "Download them.")


def test_every_network_sees_the_file_in_its_own_way(linear: Classifier, scenes: Classifier, digits: Classifier) -> None:
    found = opinions([linear, scenes, digits], IMAGES, count=3)
    assert [each.name for each in found] == ["Linear", "bundled/scenes", "bundled/digits"]
    for model, opinion in zip((linear, scenes, digits), found):
        assert opinion.problem == ""
        assert [list(each) for each in opinion.predictions] == [model.top(model.prepare(each), 3) for each in IMAGES]


def test_a_network_that_fails_has_its_sentence_and_the_others_their_say(linear: Classifier) -> None:
    asked: dict[str, Any] = {"gone": unavailable, "here": lambda: linear}
    gone, here = opinions(asked, IMAGES)
    assert (gone.name, gone.predictions, gone.problem) == ("gone", (), "The weights are not here. Download them.")
    assert (here.name, len(here.predictions), here.problem) == ("here", 2, "")


def test_a_bug_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        opinions({"broken": lambda: 1 / 0}, IMAGES)  # type: ignore[dict-item,return-value]


def test_a_frame_comes_after_each_network(linear: Classifier) -> None:
    frames = list(gathering([linear, linear], IMAGES[0]))
    assert [(each.step, each.total, len(each.opinions)) for each in frames] == [(1, 2, 1), (2, 2, 2)]


def test_without_networks_or_without_pictures_there_is_a_sentence(linear: Classifier) -> None:
    for models, images in (([], IMAGES), ([linear], [])):
        with pytest.raises(VizError) as problem:
            opinions(models, images)
        assert problem.value.remedy
