"""Saliency methods whose maps are known, on the menu for the length of a test."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import pytest
import torch
from torch import Tensor

from vizlib.method import Menu
from vizlib.saliency import MENU, Estimate, MapMethod


def on_the_menu(monkeypatch: pytest.MonkeyPatch, **maps: Callable[[Tensor], Tensor]) -> None:
    """Methods by name: each makes its maps (N, H, W) of the pixels (N, 3, H, W) alone."""

    def method(key: str, make: Callable[[Tensor], Tensor]) -> MapMethod:
        def run(classifier: object, query: object, knobs: object) -> object:
            yield Estimate(1, 1, make(query.pixels).float())  # type: ignore[attr-defined]

        return MapMethod(key, key, "", "", run)  # type: ignore[arg-type]

    menu = Menu("saliency method", *MENU, *(method(key, make) for key, make in maps.items()))
    for place in ("vizlib.saliency.explaining", "vizlib.faithfulness.asked"):  # the former is a function's name, too
        monkeypatch.setattr(import_module(place), "MENU", menu)


def edges(pixels: Tensor) -> Tensor:
    """How much the gray picture changes from one pixel to the next: no network is asked."""
    gray = torch.nn.functional.pad(pixels.mean(1), (0, 1, 0, 1), mode="replicate")
    return (gray[:, 1:, :-1] - gray[:, :-1, :-1]).abs() + (gray[:, :-1, 1:] - gray[:, :-1, :-1]).abs()
