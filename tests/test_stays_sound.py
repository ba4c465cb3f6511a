"""What was sound when the engine was first examined from outside: runs that mix, and memory that does not grow."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, zip_longest
from typing import Any

import pytest
import torch
from torch import Tensor

import vizlib
from tests.networks import SIDE, InPlace, seeded
from vizlib.models import Classifier


@pytest.fixture(scope="module")
def model() -> Classifier:
    return seeded(InPlace, "cpu")


def pixels(seed: int = 1) -> Tensor:
    return torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(seed))


def explained(model: Classifier, seed: int) -> Tensor:
    return vizlib.saliency(model, pixels(seed), "smoothgrad", samples=3, seed=seed)


CALLS: dict[str, Callable[[Classifier], Any]] = {
    "saliency": lambda model: explained(model, 1),
    "maximize": lambda model: vizlib.last(vizlib.maximize(model, [1, 2], steps=3)),
    "fool": lambda model: vizlib.fool(model, pixels(), 3, "ddn", steps=4),
    "a run that is left": lambda model: next(vizlib.maximize(model, 1, steps=9)),
}


def test_threads_and_tasks_answer_as_one_after_the_other(model: Classifier) -> None:
    serial = [explained(model, seed) for seed in range(8)]

    async def tasks() -> list[Tensor]:
        return await asyncio.gather(*(asyncio.to_thread(explained, model, seed) for seed in range(8)))

    with ThreadPoolExecutor(4) as pool:
        threaded = list(pool.map(lambda seed: explained(model, seed), range(8)))
        awaited = pool.submit(lambda: asyncio.run(tasks())).result()  # the browser tests leave a loop in this thread
    for found in (threaded, awaited):
        assert all(map(torch.equal, serial, found))


def test_runs_that_are_read_in_turns_give_what_each_gives_alone(model: Classifier) -> None:
    alone = [vizlib.last(vizlib.maximize(model, 1, steps=5, seed=seed)).pixels for seed in (0, 1)]
    runs = [vizlib.maximize(model, 1, steps=5, seed=seed) for seed in (0, 1)]
    frames = [each for each in chain(*zip_longest(*runs)) if each.step == 5]
    assert [torch.equal(one, frame.pixels) for one, frame in zip(alone, frames)] == [True, True]


@pytest.mark.parametrize("name", CALLS)
def test_the_same_call_leaves_no_tensor_behind(model: Classifier, name: str) -> None:
    def alive() -> int:
        gc.collect()
        return sum(issubclass(type(each), Tensor) for each in gc.get_objects())

    CALLS[name](model)  # what the network remembers is computed once
    CALLS[name](model)
    before = alive()
    for _ in range(3):
        CALLS[name](model)
    assert alive() == before
    assert not model.lock._is_owned()  # type: ignore[attr-defined]
