"""What a cell of a notebook shows of a record: one line with shapes, never arrays or the bytes of a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch

import vizlib
from tests.shown import pictures_in, whole
from tests.test_frames import results
from vizlib.activation_maximization import Frame
from vizlib.records import brief
from vizlib.saliency import Estimate

LONGEST = 400  # characters
TO_DO = {"fooling", "walk", "sweep"}
PLAIN = {"search", "survival", "average", "map", "opinions", "similarity", "units", "clouds", "answers"}  # no HTML
PLAIN |= {"maps", "scrambled", "deletion", "truth", "judged"}
BIGGEST = 2_000_000  # characters of HTML


@dataclass(frozen=True, eq=False)
class Kept:
    png: bytes
    maps: torch.Tensor
    image: Any = None
    several: tuple[Any, ...] = ()
    note: str = ""

    __repr__ = brief


def test_arrays_are_shown_by_their_type_and_shape_and_files_by_their_size() -> None:
    kept = Kept(bytes(158_000), torch.zeros(2, 8, 8), np.zeros((4, 4, 3), np.uint8))
    assert repr(kept) == "Kept(png=158,000 bytes, maps=float32 (2, 8, 8), image=uint8 (4, 4, 3))"


def test_a_few_numbers_are_shown_themselves_and_many_things_are_counted() -> None:
    kept = Kept(b"", torch.tensor([1.23456, -2]), several=tuple(range(9)), note="A sentence.")
    assert repr(kept) == "Kept(png=0 bytes, maps=[1.235, -2], several=9 x int, note='A sentence.')"


def test_what_is_as_by_default_is_left_out_and_notes_are_not() -> None:
    assert repr(Estimate(1, 1, torch.zeros(1, 4, 4))) == "Estimate(step=1, total=1, values=float32 (1, 4, 4))"
    assert "whole sentence" in repr(Estimate(1, 1, torch.zeros(1, 4, 4), "It is a whole sentence."))


def test_frames_inside_a_record_are_counted() -> None:
    frame = Frame(1, 2, torch.zeros(1, 3, 4, 4), torch.zeros(1), {"tv": torch.ones(1)}, ("",))
    assert repr(Kept(b"", torch.zeros(0), several=(frame,))) == "Kept(png=0 bytes, maps=[], several=1 x Frame)"
    assert repr(frame) == (
        "Frame(step=1, total=2, pixels=float32 (1, 3, 4, 4), scores=[0], penalties={'tv': [1]}, notes=('',))"
    )


@pytest.mark.slow
def test_every_result_of_the_engine_is_one_readable_line() -> None:
    model = vizlib.load_model("bundled/scenes", device="cpu")
    for name, run in results(model).items():
        last = vizlib.last(run)  # type: ignore[type-var]
        if name not in PLAIN:
            html = last._repr_html_()
            assert whole(html), name
            assert len(html) < BIGGEST, name
            assert all(len(np.unique(each)) > 1 for each in pictures_in(html)[:1]), name
        if name in TO_DO:
            continue
        shown = repr(last)
        assert len(shown) < LONGEST, (name, shown)
        assert "tensor(" not in shown, (name, shown)
        assert "array(" not in shown, (name, shown)
        assert "\n" not in shown, (name, shown)
