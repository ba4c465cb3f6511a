"""Records come back as they were, bytes of anything else are refused, and reading runs no code."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from vizlib.runs.packing import CannotUnpack, NotListed, by_name, pack, unpack, weight


@dataclass(frozen=True)
class Leaf:
    name: str
    value: float = 0.5


@dataclass(frozen=True, eq=False)
class Tree:
    pixels: torch.Tensor
    image: np.ndarray[Any, Any]
    data: bytes
    leaves: tuple[Leaf, ...] = ()
    numbers: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    rest: Any = None


KINDS: dict[str, type] = {"Leaf": Leaf, "Tree": Tree}


def same(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    if is_dataclass(one):
        return all(same(getattr(one, each.name), getattr(other, each.name)) for each in fields(one))
    if isinstance(one, (tuple, list)):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and (one == other or one != one)


def test_a_record_comes_back_to_the_last_bit() -> None:
    tree = Tree(
        pixels=torch.rand(2, 3, 5, 7).transpose(2, 3),
        image=np.arange(24, dtype=np.uint8).reshape(2, 4, 3)[:, ::-1],
        data=b"\x89PNG\x00\xff",
        leaves=(Leaf("a"), Leaf("größer", float("nan"))),
        numbers={"tv": (0.1, 2.0)},
        rest=[None, True, 3, -1e300, "", (), torch.tensor(7), np.float32(1.5)],
    )
    back = unpack(pack(tree, KINDS), KINDS)
    assert same(tree.pixels, back.pixels)
    assert same(tree.image, back.image)
    assert (back.data, back.leaves[0], back.leaves[1].name) == (tree.data, tree.leaves[0], "größer")
    assert np.isnan(back.leaves[1].value)
    assert back.numbers == tree.numbers
    assert back.rest[:6] == [None, True, 3, -1e300, "", ()]
    assert (int(back.rest[6]), back.rest[7]) == (7, 1.5)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.builds(Leaf, st.text(), st.floats()),
    max_leaves=12,
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(PLAIN)
def test_whatever_is_data_comes_back(value: Any) -> None:
    assert same(unpack(pack(value, KINDS), KINDS), value)


def test_mapping_keys_keep_their_kind() -> None:
    assert unpack(pack({1: "a", (2, 3): "b", "1": "c"}, {}), {}) == {1: "a", (2, 3): "b", "1": "c"}


def test_a_class_that_is_not_listed_is_named_both_ways() -> None:
    with pytest.raises(NotListed, match=r"^Leaf is not among"):
        unpack(pack(Leaf("a"), KINDS), {"Tree": Tree})
    with pytest.raises(NotListed, match=r"test_packing.Leaf is not among"):
        pack(Tree(torch.zeros(1), np.zeros(1), b"", (Leaf("inside"),)), {"Tree": Tree})


def test_another_class_of_a_listed_name_is_not_listed() -> None:
    with pytest.raises(NotListed, match="Leaf"):
        pack(Leaf("a"), {"Leaf": Tree})


def test_two_classes_of_one_name_are_an_error_and_one_listed_twice_is_not() -> None:
    other = type("Leaf", (), {})
    with pytest.raises(ValueError, match="two classes are called Leaf"):
        by_name([Tree, Leaf, other])
    assert by_name([Leaf, Tree, Leaf]) == KINDS


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 100,
        pickle.dumps({"tree": 1}),
        save({"other": np.zeros(3)}),
        save({"tree": np.frombuffer(b"{not json", np.uint8)}),
        save({"tree": np.frombuffer(json.dumps(["record", "Leaf", {"surprise": 1}]).encode(), np.uint8)}),
        save({"tree": np.frombuffer(json.dumps(["tensor", "9"]).encode(), np.uint8)}),
        save({"tree": np.frombuffer(json.dumps(["eval", "1"]).encode(), np.uint8)}),
        save({"tree": np.frombuffer(json.dumps([]).encode(), np.uint8)}),
        save({"tree": np.frombuffer(json.dumps(["map", [[1]]]).encode(), np.uint8)}),
        save({"tree": np.frombuffer(b"[" * 100_000, np.uint8)}),
        pack(Leaf("a"), KINDS)[:-3],
    ],
    ids=lambda content: f"{len(content)} bytes",
)
def test_what_is_no_record_of_ours_is_refused(content: bytes) -> None:
    with pytest.raises(CannotUnpack):
        unpack(content, KINDS)


def test_what_is_no_data_cannot_be_packed() -> None:
    with pytest.raises(TypeError, match="no data"):
        pack(Leaf(lambda: None), KINDS)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="no data"):
        pack(Leaf, KINDS)


def test_the_weight_is_that_of_the_numbers() -> None:
    tree = Tree(torch.zeros(2, 3, 4), np.zeros((5, 2), np.uint8), b"123", (Leaf("ab"),))
    assert weight(tree) == 4 * 24 + 10 + 3 + (2 + 8) + 8
