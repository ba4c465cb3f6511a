"""Finished results come back from the disk, and what cannot be kept is an error in the log."""

from __future__ import annotations

import logging
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from vizlib.activation_maximization import Frame
from vizlib.runs import Recipe, Store, by_name, kept, pack

RECIPE = Recipe({"what": "test"})
KINDS = by_name([Frame])


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path, 1_000_000)


def frames(total: int) -> Generator[Frame, None, None]:
    for step in range(1, total + 1):
        yield Frame(step, total, torch.full((1, 3, 2, 2), step / 10), torch.tensor([float(step)]), {}, ("",))


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]


def test_a_finished_run_comes_back_from_the_disk(store: Store) -> None:
    made = list(kept(store, RECIPE, lambda: frames(3), KINDS, worth=0))
    assert [each.step for each in made] == [1, 2, 3]
    (back,) = kept(store, RECIPE, lambda: pytest.fail("it must not be computed again"), KINDS)
    assert (back.step, back.notes, back.scores.tolist()) == (3, ("",), [3.0])
    assert torch.equal(back.pixels, made[-1].pixels)


def test_a_run_that_was_left_or_failed_leaves_nothing_on_the_disk(store: Store) -> None:
    def failing() -> Generator[Frame, None, None]:
        yield from frames(2)
        raise OSError("the disk is gone")

    run = kept(store, RECIPE, lambda: frames(3), KINDS, worth=0)
    next(run)
    run.close()
    with pytest.raises(OSError, match="gone"):
        list(kept(store, RECIPE, failing, KINDS, worth=0))
    assert store.count() == 0


def test_what_is_made_in_a_moment_is_not_kept(store: Store) -> None:
    list(kept(store, RECIPE, lambda: frames(3), KINDS))
    assert store.count() == 0


@pytest.mark.parametrize("content", [b"", b"something else", b"\x10" + bytes(50)])
def test_a_result_that_cannot_be_read_is_made_again_without_a_message(
    store: Store, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    store.put(RECIPE.key, content)
    assert [each.step for each in kept(store, RECIPE, lambda: frames(2), KINDS)] == [1, 2]
    assert errors(caplog) == []


def test_a_frame_of_a_class_that_is_not_listed_is_shown_and_named_once_in_the_log(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    @dataclass(frozen=True)
    class Forgotten:
        step: int
        total: int

    def run() -> Generator[Forgotten, None, None]:
        yield Forgotten(1, 1)

    for _ in range(3):
        assert list(kept(store, RECIPE, run, KINDS, worth=0)) == [Forgotten(1, 1)]
    assert store.count() == 0
    assert [f"{__name__}.Forgotten is not among the classes" in each for each in errors(caplog)] == [True]


def test_a_frame_that_holds_no_data_is_shown_and_named_in_the_log(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    class Handle: ...

    @dataclass(frozen=True)
    class Holding:
        step: int
        total: int
        what: Any

    def run() -> Generator[Holding, None, None]:
        yield Holding(1, 1, Handle())

    assert len(list(kept(store, RECIPE, run, by_name([Holding]), worth=0))) == 1
    assert ["a Handle is no data" in each for each in errors(caplog)] == [True]


def test_a_stored_class_that_is_no_longer_listed_is_named_in_the_log(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    @dataclass(frozen=True)
    class Dropped:
        step: int

    store.put(RECIPE.key, pack(Dropped(1), by_name([Dropped])))
    assert [each.step for each in kept(store, RECIPE, lambda: frames(2), KINDS)] == [1, 2]
    assert ["Dropped is not among the classes" in each for each in errors(caplog)] == [True]
