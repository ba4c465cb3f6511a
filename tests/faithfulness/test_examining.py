"""The examination of one picture: its parts are those of the single calls, and its table says what they measured."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import vizlib
from tests.faithfulness.fakes import edges, on_the_menu
from tests.networks import SIDE, InPlace, seeded
from vizlib.errors import VizError
from vizlib.faithfulness import Asked, deleting, scrambling, survives
from vizlib.steps import last

PIXELS = torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
METHODS = ["gradient", Asked("smoothgrad", knobs={"samples": 20}, name="twenty")]


def test_the_parts_are_those_of_the_single_calls() -> None:
    model = seeded(InPlace, "cpu")
    fingerprint = model.fingerprint
    found = last(vizlib.examine(model, PIXELS, METHODS, 2, steps=5, most=3, seed=4))
    assert found.insertion is not None
    scrambled = last(scrambling(model, PIXELS, METHODS, 2, most=3, seed=4))
    deleted = last(deleting(model, PIXELS, METHODS, 2, steps=5, seed=4))
    inserted = last(deleting(model, PIXELS, METHODS, 2, steps=5, seed=4, insert=True))
    assert [*found.table] == ["gradient", "twenty"]
    for number, row in enumerate(found.table.values()):
        verdict = survives(scrambled.methods[number])
        assert (row["similarity"], row["chance"]) == (verdict.similarity, verdict.chance)
        assert row["deletion"] == pytest.approx(deleted.methods[number].area)
        assert row["deletion reversed"] == pytest.approx(deleted.methods[number].reverse_area)
        assert row["insertion"] == pytest.approx(inserted.methods[number].area)
        assert row["insertion reversed"] == pytest.approx(inserted.methods[number].reverse_area)
        assert found.insertion.methods[number].curve == pytest.approx(inserted.methods[number].curve)
        assert row["insertion random"] == pytest.approx(deleted.random_areas.mean())
        assert found.sentences[number] == verdict.sentence
    assert [row["passes"] for row in found.table.values()] == [2, 40]
    assert model.fingerprint == fingerprint


def test_it_counts_three_hundred_steps_and_the_table_fills() -> None:
    frames = list(vizlib.examine(seeded(InPlace, "cpu"), PIXELS, ["gradient"], steps=5, most=2))
    assert frames[-1].step == frames[-1].total == 300
    assert [each.step for each in frames] == sorted(each.step for each in frames)
    assert frames[0].step >= 1
    first, final = (each.table["gradient"] for each in (frames[0], frames[-1]))
    assert np.isnan(first["deletion"])
    assert first["passes"] == 2
    assert not any(np.isnan(each) for each in final.values())
    assert "gradient" in str(frames[-1])
    assert "deletion reversed" in frames[-1]._repr_html_()


def test_a_map_that_depends_on_nothing_is_told_so_and_one_that_is_not_there_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none(pixels: torch.Tensor) -> torch.Tensor:
        raise vizlib.NotShowable("There is no such map.", "Choose another method.")

    on_the_menu(monkeypatch, edges=edges, none=none)
    found = last(vizlib.examine(seeded(InPlace, "cpu"), PIXELS, ["none", "edges"], steps=3, most=2))
    assert found.sentences == (
        "The map of edges survives the scrambling of the upper half of the layers: its rank correlation with the true "
        "map stays at 1.00 on average. Networks with different random weights agree by 1.00.",
    )
    assert np.isnan(found.table["none"]["similarity"])
    assert found.maps.doubts[0] == "There is no such map."
    alone = last(vizlib.examine(seeded(InPlace, "cpu"), PIXELS, ["none"], steps=3, most=2))
    assert alone.step == 300


def test_the_same_seed_gives_the_same_table() -> None:
    tables = [
        last(vizlib.examine(seeded(InPlace, "cpu"), PIXELS, ["gradient"], steps=5, most=2, seed=seed)).table["gradient"]
        for seed in (1, 1, 2)
    ]
    one, same, other = ({k: v for k, v in each.items() if k != "seconds"} for each in tables)
    assert one == same
    assert one != other


def test_what_cannot_be_examined_is_a_sentence() -> None:
    with pytest.raises(VizError, match="The number of steps is 0"):
        last(vizlib.examine(seeded(InPlace, "cpu"), PIXELS, ["gradient"], steps=0))
    with pytest.raises(VizError, match="The target is no class"):
        last(vizlib.examine(seeded(InPlace, "cpu"), PIXELS, ["gradient"], vizlib.Unit("conv1", 1)))  # type: ignore[arg-type]
