"""A run goes on from a checkpoint to the bit, and from no other run's."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch

import vizlib
from tests.networks import Own, trained
from vizlib.errors import NotShowable, VizError
from vizlib.models import Classifier
from vizlib.training import PictureSet, Tuning, drawn, fine_tune
from vizlib.training.checkpoint import packed, unpacked


@pytest.fixture(scope="module")
def model() -> Classifier:
    return vizlib.wrap(trained(Own), size=16, name="own")  # with batch normalization and dropout


@pytest.fixture(scope="module")
def data() -> PictureSet:
    return drawn("digits", 6, tests=3, classes=("0", "1", "7"))


def of(frame: Tuning) -> dict[str, Any]:
    """All that the frame says, in values that can be compared."""
    names = ("step", "losses", "steps", "accuracies", "train_accuracies", "validation_accuracies", "note", "best_step")
    curves = {name: np.asarray(each).tolist() for name, each in frame.gradient_norms.items()}
    return {name: str(np.asarray(getattr(frame, name)).tolist()) for name in names} | curves | {"files": frame.files}


@pytest.mark.parametrize(
    ("what", "settings", "cuts"),
    [
        ("all", {"optimizer": "adamw"}, (0, 3, 5, 6, 12)),  # in the middle of checks, after them, and between
        ("all", {"optimizer": "sgd", "patience": 1, "every": 1}, (7,)),
        ("head", {}, (4, 5)),
    ],
)
def test_a_run_goes_on_from_a_checkpoint_to_the_bit(
    model: Classifier,
    data: PictureSet,
    what: str,
    settings: dict[str, Any],
    cuts: tuple[int, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vizlib.training.answers.at_most", lambda *_: 4)  # a check takes several frames
    given: dict[str, Any] = {"what": what, "steps": 5, "batch": 4, "every": 2, **settings}
    whole = list(fine_tune(model, data, **given))
    for cut in cuts:
        run = fine_tune(model, data, **given)
        *_, frame = islice(run, cut + 1)
        content = frame.checkpoint()
        run.close()
        torch.rand(3)  # somebody else draws numbers meanwhile
        rest = list(fine_tune(model, data, resume=content, **given))
        assert rest[0].step == frame.step
        later = len(whole) - cut - 1
        assert [of(each) for each in rest[-later:]] == [of(each) for each in whole[-later:]]
        assert rest[-1].model.fingerprint == whole[-1].model.fingerprint


def test_a_checkpoint_is_of_the_present_step_and_of_a_run_that_is_there(model: Classifier, data: PictureSet) -> None:
    run = fine_tune(model, data, steps=3)
    frame = next(run)
    later = next(each for each in run if each.step == 2)
    with pytest.raises(NotShowable, match="gone on from step 0 to step 2"):
        frame.checkpoint()
    last = vizlib.last(run)
    for each in (later, last):
        with pytest.raises(NotShowable, match="gone"):
            each.checkpoint()


def test_a_checkpoint_of_another_run_or_a_damaged_one_is_a_sentence(model: Classifier, data: PictureSet) -> None:
    run = fine_tune(model, data, steps=2, batch=4)
    content = next(run).checkpoint()
    with pytest.raises(VizError, match="its steps is 2, and here it is 3"):
        fine_tune(model, data, steps=3, batch=4, resume=content)
    with pytest.raises(VizError, match="pictures"):
        fine_tune(model, data.only(("0", "1")), steps=2, batch=4, resume=content)
    with pytest.raises(VizError, match="damaged"):
        fine_tune(model, data, steps=2, resume=content[:-9] + b"123456789")
    with pytest.raises(VizError, match="damaged"):
        fine_tune(model, data, steps=2, resume=content[:1000])
    with pytest.raises(VizError, match="no checkpoint"):
        fine_tune(model, data, steps=2, resume=b"something else")


def test_a_state_comes_back_as_it_was_and_views_do_not_bring_what_is_behind_them() -> None:
    state = {"a": [torch.arange(3), {"b": (np.ones(2), 1.5, "c", None)}], "view": torch.zeros(1_000_000)[:1]}
    content = packed(state, {"of": "this"})
    assert len(content) < 20_000
    back = unpacked(content, {"of": "this"})
    assert back["a"][0].tolist() == [0, 1, 2]
    assert back["a"][1]["b"][0].tolist() == [1, 1]
    assert back["a"][1]["b"][1:] == (1.5, "c", None)
