"""The benchmark of families on tiny networks; and that it would count what must never happen."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing.connection import Connection
from time import sleep
from typing import Any

import pytest
import torch

from benchmarks.accuracy import families
from benchmarks.accuracy.families import (
    DIED,
    FALSE,
    HUNG,
    NOTHING,
    REFUSED,
    SILENT,
    TRACEBACK,
    WORKS,
    Found,
    Nothing,
    answer,
    asked,
    faults,
    report,
    watched,
)
from vizlib import NotShowable, load_model, saliency
from vizlib.models import Classifier
from vizlib.saliency import MENU, flat


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return load_model("test_resnet", weights="random", device="cpu")


def outcomes(model: Classifier) -> dict[str, str]:
    return {each.what: each.outcome for each in asked(model, "test")}


def zeroed() -> Classifier:
    model = load_model("test_resnet", weights="random", device="cpu")
    model.network.fc.weight.zero_()
    return model


@pytest.mark.slow
def test_a_classifier_answers_everything(classifier: Classifier) -> None:
    found = outcomes(classifier)
    assert len(found) == 5 + len(MENU)
    assert set(found.values()) <= {WORKS, NOTHING}
    assert found["three steps of a class"] == found["saliency: grad_cam"] == WORKS


@pytest.mark.slow
def test_a_backbone_is_asked_about_a_unit_and_refuses_the_attack() -> None:
    model = load_model("test_vit_relpos", weights="random", device="cpu", num_classes=0)
    found = outcomes(model)
    assert found.pop("attack") == REFUSED
    assert found.pop("saliency: lrp") == REFUSED
    assert set(found.values()) == {WORKS}
    assert "three steps of a late unit" in found


@pytest.mark.slow
def test_a_head_that_starts_at_zero_says_so_and_without_the_sentence_it_is_a_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = outcomes(zeroed())
    assert set(found.values()) == {WORKS, NOTHING}
    assert found["saliency: gradient"] == found["three steps of a class"] == found["attack"] == NOTHING
    monkeypatch.setattr(flat, "pixel_gradient", lambda *_: torch.ones(1))  # nothing is told
    assert outcomes(zeroed())["saliency: gradient"] == SILENT


def raising(problem: Exception) -> Callable[[], object]:
    def ask() -> object:
        raise problem

    return ask


@pytest.mark.parametrize(
    ("problem", "outcome"),
    [
        (IndexError("index"), TRACEBACK),
        (Nothing(""), SILENT),
        (Nothing("the score does not depend on the picture at all"), FALSE),
        (Nothing("but the score does depend on the picture"), NOTHING),
        (NotShowable("It is a backbone without a classifier.", "Choose another."), FALSE),
        (NotShowable("No measurement is about this sentence.", "Choose another."), FALSE),
    ],
)
def test_what_is_said_is_held_against_the_network(classifier: Classifier, problem: Exception, outcome: str) -> None:
    assert answer(classifier, 1, raising(problem))[0] == outcome


@pytest.mark.slow
def test_a_raw_error_of_the_engine_is_counted(classifier: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "activations", lambda *_: raising(RuntimeError("element 0"))())
    found = list(asked(classifier, "test"))
    assert [each.said for each in found if each.outcome == TRACEBACK] == ["RuntimeError: element 0"]
    assert faults(found) == 1
    assert "1 faults" in report(found, 60)


def works(family: str, network: str, news: Connection) -> None:
    news.send(Found(family, network, "opens", WORKS))
    news.send(None)


def hangs(family: str, network: str, news: Connection) -> None:
    news.send(Found(family, network, "opens", WORKS))
    sleep(60)


def dies(family: str, network: str, news: Connection) -> None:
    news.close()


@pytest.mark.slow
@pytest.mark.parametrize(("work", "last"), [(works, WORKS), (hangs, HUNG), (dies, DIED)])
def test_a_network_that_hangs_or_ends_its_process_is_counted(work: Any, last: str) -> None:
    found = watched("test", "x", 0.5, work)
    assert found[-1].outcome == last
    assert faults(found) == (last != WORKS)


def test_every_module_of_timm_has_a_smallest_network() -> None:
    found = families.smallest()
    assert len(found) >= 98
    assert found["vision_transformer"].startswith("test_vit")


def test_every_module_of_torchvision_has_a_smallest_network() -> None:
    found = families.smallest("torchvision")
    assert len(found) >= 17
    assert found["squeezenet"] == "torchvision/squeezenet1_1"


def test_nothing_tried_is_nothing_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "smallest", lambda library: {})
    assert families.main(["--no-write"]) == 1


def test_a_unit_is_scored_as_the_engine_scores_it(classifier: Classifier) -> None:
    unit = families.Unit("layer2.0.conv1", 3)
    pixels = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    own = families.gradient(classifier, pixels, unit).abs().amax(1)
    theirs = saliency(classifier, pixels, "gradient", unit)
    torch.testing.assert_close(own / own.max(), theirs / theirs.max())
