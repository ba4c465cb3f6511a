"""Networks are loaded once for all visitors, and dropped when they take more memory than allowed."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from vizlib.errors import ModelUnavailable
from vizlib.runs.networks import Held, Shelf, size_of

KB = 1000


def network(name: str, device: str = "cpu", kilobytes: int = 100) -> Any:
    layer = nn.Linear(kilobytes * KB // 4, 1, bias=False)
    return SimpleNamespace(name=name, device=torch.device(device), network=layer, memo={})


class Loader:
    """Makes networks and counts them."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds, self.calls = seconds, list[tuple[str, ...]]()

    def __call__(self, name: str, device: str, labels: str) -> Any:
        self.calls.append((name, device, labels))
        time.sleep(self.seconds)
        return network(name)


def test_a_second_request_gets_the_same_network() -> None:
    load = Loader()
    shelf = Shelf(1000 * KB, load)
    assert shelf.get("a") is shelf.get("a")
    assert load.calls == [("a", "auto", "auto")]


def test_another_device_another_stamp_or_another_reading_is_another_network() -> None:
    shelf = Shelf(1000 * KB, Loader())
    first = shelf.get("a", "cpu", 1.0)
    assert shelf.get("a", "cpu", 2.0) is not first
    assert shelf.get("a", "cuda:0", 1.0) is not first
    assert shelf.get("a", "cpu", 1.0, "independent") is not first


def test_thirty_requests_at_once_load_it_once_and_another_network_does_not_wait() -> None:
    load = Loader(0.6)
    shelf = Shelf(1000 * KB, load)
    found: list[Any] = []
    ask: list[Callable[[], None]] = [lambda: found.append(shelf.get("a"))] * 30
    began = time.monotonic()
    threads = [threading.Thread(target=each) for each in [*ask, lambda: shelf.get("b")]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert sorted(name for name, *_ in load.calls) == ["a", "b"]
    assert len({id(each) for each in found}) == 1
    assert time.monotonic() - began < 1.15, "one after the other would take 1.2 s"


def test_the_least_recently_used_is_put_away_by_size() -> None:
    load = Loader()
    shelf = Shelf(250 * KB, load)
    shelf.get("a"), shelf.get("b"), shelf.get("a"), shelf.get("c")
    assert [each.name for each in shelf.held()] == ["a", "c"]
    assert shelf.held()[0] == Held("a", "cpu", 100 * KB)


def test_the_one_asked_for_stays_though_it_is_too_large_alone() -> None:
    shelf = Shelf(10 * KB, Loader())
    assert shelf.get("a") is shelf.get("a")
    assert len(shelf.held()) == 1


def test_what_was_put_away_leaves_the_memory_with_its_last_user() -> None:
    shelf = Shelf(150 * KB, Loader())
    mine = shelf.get("a")
    gone = weakref.ref(mine.network)
    shelf.get("b")
    assert gone() is not None, "a run under way keeps its network"
    del mine
    gc.collect()
    assert gone() is None


def test_a_faster_copy_counts() -> None:
    model = network("a", kilobytes=100)
    assert size_of(model) == 100 * KB
    copy = SimpleNamespace(network=nn.Linear(50 * KB // 4, 1, bias=False))
    model.memo["something else"] = ("words", 1)
    model.memo["folded"] = ("fingerprint", copy, frozenset())
    assert size_of(model) == 150 * KB


def test_a_network_that_cannot_be_loaded_is_asked_for_again_the_next_time() -> None:
    answers: list[Any] = [ModelUnavailable("No.", "Go online."), network("a")]

    def load(name: str, device: str, labels: str) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    shelf = Shelf(1000 * KB, load)
    with pytest.raises(ModelUnavailable):
        shelf.get("a")
    assert shelf.get("a").name == "a"


def test_clearing_empties_the_shelf() -> None:
    shelf = Shelf(1000 * KB, Loader())
    shelf.get("a")
    shelf.clear()
    assert shelf.held() == []
