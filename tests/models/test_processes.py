"""A model can be copied, pickled, saved and sent to other processes, and answers there as here."""

from __future__ import annotations

import copy
import io
import multiprocessing
import pickle
import sys
import threading
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

import vizlib
from tests.networks import SIDE, trained
from vizlib.models import Classifier


def pixels() -> Tensor:
    return torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(1))


def saved(model: Classifier) -> Classifier:
    file = io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    loaded: Classifier = torch.load(file, weights_only=False)
    return loaded


WAYS: dict[str, Callable[[Classifier], Classifier]] = {
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "copy.deepcopy": copy.deepcopy,
    "copy.copy": copy.copy,
    "torch.save": saved,
    "pickle of a copy": lambda model: pickle.loads(pickle.dumps(copy.deepcopy(model))),
}


@pytest.fixture(scope="module")
def model() -> Classifier:
    return vizlib.load_model("bundled/digits", device="cpu")


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_answers_the_same(model: Classifier, way: str) -> None:
    vizlib.list_layers(model)
    made = WAYS[way](model)
    assert made.lock is not model.lock
    assert not made.memo
    for each in ("name", "device", "notice", "preprocessing", "outputs", "class_names", "fingerprint"):
        assert getattr(made, each) == getattr(model, each)
    assert torch.equal(made(pixels()), model(pixels()))
    assert torch.equal(vizlib.saliency(made, pixels(), "guided"), vizlib.saliency(model, pixels(), "guided"))
    assert [each.path for each in vizlib.list_layers(made)] == [each.path for each in vizlib.list_layers(model)]


def test_a_deep_copy_has_weights_of_its_own(model: Classifier) -> None:
    made, before = copy.deepcopy(model), model(pixels())
    with torch.no_grad():
        for each in made.network.parameters():
            each.zero_()
    assert torch.equal(model(pixels()), before)


def test_a_model_that_was_loaded_in_inference_mode_gives_gradients(model: Classifier) -> None:
    content = pickle.dumps(model)
    with torch.inference_mode():
        made = [pickle.loads(content), copy.deepcopy(model)]
    for each in made:
        assert torch.equal(vizlib.saliency(each, pixels()), vizlib.saliency(model, pixels()))


def test_a_wrapped_network_is_pickled_with_its_names_and_preprocessing() -> None:
    model = vizlib.wrap(trained(), class_names=[*"abcd"], mean=0.5, std=0.25, size=SIDE, name="mine")
    made = pickle.loads(pickle.dumps(model))
    assert (made.name, made.class_names, made.input_size) == ("mine", [*"abcd"], (SIDE, SIDE))
    assert torch.equal(made(pixels()), model(pixels()))
    assert made.twin().class_names == [*"abcd"]


def test_a_pickle_made_while_another_thread_taps_holds_no_hook(model: Classifier) -> None:
    tapped, made = threading.Event(), []

    def tap() -> None:
        with model.tap("conv1") as seen:
            tapped.set()
            seen.run(pixels())

    other = threading.Thread(target=tap)
    other.start()
    tapped.wait(9)
    made.append(pickle.loads(pickle.dumps(model)))
    other.join()
    assert not any(each._forward_hooks or each._forward_pre_hooks for each in made[0].network.modules())


class Answers(Dataset[Tensor]):
    """Logits that each worker computes itself."""

    def __init__(self, model: Classifier) -> None:
        self.model = model

    def __len__(self) -> int:
        return 2

    def __getitem__(self, at: int) -> Tensor:
        return self.model(pixels()[at : at + 1])[0].detach()


def in_workers(model: Classifier, kind: str) -> Tensor:
    loader = DataLoader(Answers(model), batch_size=2, num_workers=1, multiprocessing_context=kind)
    return next(iter(loader))


@pytest.mark.slow
def test_forked_and_spawned_workers_answer_as_this_process_does(
    model: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A page's test leaves its script as the main module, and a spawned process begins by running that.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    expected = vizlib.saliency(model, pixels(), "smoothgrad", samples=3)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        answer: Any = partial(vizlib.saliency, model, method="smoothgrad", samples=3)
        assert torch.equal(pool.map(answer, [pixels()])[0], expected)
    for kind in ("fork", "spawn"):
        torch.testing.assert_close(in_workers(model, kind), model(pixels()).detach(), rtol=0, atol=1e-5)
