"""Networks whose answers are known, shared by the tests of this room. Every test must leave them unchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.networks import InPlace, Linear, seeded, unchanged
from vizlib.models import Classifier, load_model


@pytest.fixture(scope="session")
def linear(device: str) -> Classifier:
    return seeded(Linear, device)


@pytest.fixture(scope="session")
def small(device: str) -> Classifier:
    return seeded(InPlace, device)


@pytest.fixture(scope="session")
def scenes(device: str) -> Classifier:
    return load_model("bundled/scenes", device=device)


@pytest.fixture(autouse=True)
def nothing_left_behind(
    linear: Classifier, small: Classifier, scenes: Classifier, traces: Callable[[Classifier], list[str]]
) -> Iterator[None]:
    """Checks after every test that no network was changed."""
    with unchanged(traces, linear, small, scenes):
        yield
