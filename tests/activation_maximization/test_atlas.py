"""The atlas fills in order, a batch at a time, and tiles that were made before appear at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vizlib import UnknownName, activations, load_model, to_image
from vizlib.activation_maximization import (
    AtlasPlan,
    channel,
    list_atlas,
    listed_atlases,
    maximize,
    stored_atlas,
    tile_size,
)
from vizlib.activation_maximization import atlas as room
from vizlib.activation_maximization.atlas import Atlas, atlas, is_stored
from vizlib.models import Classifier
from vizlib.runs import Store, pack, provenance


@pytest.fixture(scope="module")
def scenes() -> Classifier:
    return load_model("bundled/scenes")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path, 50_000_000)


def plan(count: int = 20, **more: object) -> AtlasPlan:
    return AtlasPlan("layer1", tuple(range(count)), steps=3, size=32, **more)  # type: ignore[arg-type]


@pytest.mark.slow
def test_tiles_come_in_order_and_what_is_not_there_yet_is_gray(scenes: Classifier, store: Store) -> None:
    frames = list(atlas(scenes, plan(), store))
    assert [(each.step, each.total) for each in frames] == [(step, 6) for step in range(1, 7)]
    assert [each.finished for each in frames] == [0, 0, 16, 16, 16, 20]
    assert (frames[0].tiles[16:] == 128).all()
    assert all(tile.std() > 1 for tile in frames[-1].tiles)


def test_a_tile_is_what_maximize_gives(scenes: Classifier, store: Store) -> None:
    *_, last = atlas(scenes, plan(4), store)
    *_, alone = maximize(scenes, [channel("layer1", each) for each in range(4)], 3, size=32)
    np.testing.assert_array_equal(last.tiles, to_image(alone.pixels))
    values = activations(scenes, alone.pixels, ["layer1"])["layer1"].mean((2, 3))
    np.testing.assert_allclose(last.values, [float(values[each, each]) for each in range(4)], rtol=1e-3)


def test_a_layer_seen_once_opens_at_once_also_after_a_restart(
    scenes: Classifier, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    *_, first = atlas(scenes, plan(), store)

    def nothing(*_: object, **__: object) -> None:
        raise AssertionError("it was made again")

    monkeypatch.setattr(room, "maximize", nothing)
    *_, again = atlas(scenes, plan(), Store(store.folder, store.limit))
    np.testing.assert_array_equal(again.tiles, first.tiles)
    np.testing.assert_array_equal(again.values, first.values)


def test_an_atlas_counts_as_stored_once_all_its_tiles_are(scenes: Classifier, store: Store) -> None:
    frames = atlas(scenes, plan(), store)
    while next(frames).finished < 16:
        pass
    assert is_stored(scenes, plan(16), store)
    assert not is_stored(scenes, plan(20), store)


def test_an_atlas_that_was_left_goes_on_after_its_last_whole_batch(scenes: Classifier, store: Store) -> None:
    run = atlas(scenes, plan(), store)
    for frame in run:
        if frame.finished == 16:
            break
    run.close()
    resumed = list(atlas(scenes, plan(), store))
    assert resumed[0].finished == 16
    *_, whole = atlas(scenes, plan(), Store(None, 0))
    np.testing.assert_array_equal(resumed[-1].tiles, whole.tiles)


def test_the_batches_that_are_stored_come_first_and_in_one_frame(scenes: Classifier, store: Store) -> None:
    list(atlas(scenes, plan(20), store))
    (all_at_once,) = atlas(scenes, plan(20), store)
    assert (all_at_once.step, all_at_once.total, all_at_once.finished) == (6, 6, 20)
    # The second batch is stored, the first one is not.
    later = AtlasPlan("layer1", (*range(8, 24), *range(16)), steps=3, size=32)
    frames = list(atlas(scenes, later, store))
    assert [(each.step, each.finished) for each in frames] == [(3, 16), (4, 16), (5, 16), (6, 32)]
    np.testing.assert_array_equal(frames[0].tiles[16:], all_at_once.tiles[:16])
    assert (frames[0].tiles[:16] == 128).all()


def test_tiles_of_another_engine_are_made_again(
    scenes: Classifier, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(atlas(scenes, plan(2), store))
    monkeypatch.setattr(provenance, "versions", lambda: {"vizlib": "another"})
    assert next(atlas(scenes, plan(2), store)).finished == 0


@pytest.mark.parametrize("content", [b"something else", pack(("no tiles",), {}), pack((np.zeros((1, 2, 2, 3)),), {})])
def test_stored_bytes_that_are_no_tiles_are_made_again(
    scenes: Classifier, store: Store, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    *_, first = atlas(scenes, plan(2), store)
    monkeypatch.setattr(store, "get", lambda key: content)
    *_, again = atlas(scenes, plan(2), store)
    np.testing.assert_array_equal(first.tiles, again.tiles)


@pytest.mark.parametrize("other", [{"seed": 1}, {"sign": -1}, {"settings": {"tv": 3.0}}], ids=str)
def test_another_recipe_is_another_atlas(scenes: Classifier, store: Store, other: dict[str, object]) -> None:
    *_, one = atlas(scenes, plan(2), store)
    *_, two = atlas(scenes, plan(2, **other), store)
    assert (one.tiles != two.tiles).any()


def test_other_weights_are_another_atlas(scenes: Classifier, store: Store) -> None:
    *_, one = atlas(scenes, plan(2), store)
    changed = scenes.twin()
    changed.network.conv1.weight.data.neg_()
    *_, two = atlas(changed, plan(2), store)
    assert (one.tiles != two.tiles).any()


def test_a_broken_result_in_the_store_is_made_again(scenes: Classifier, store: Store) -> None:
    *_, first = atlas(scenes, plan(2), store)
    assert store.folder
    for file in store.folder.glob("??/*"):
        file.write_bytes(b"broken")
    *_, again = atlas(scenes, plan(2), store)
    np.testing.assert_array_equal(first.tiles, again.tiles)


def test_an_atlas_that_another_kind_of_device_has_finished_opens_as_it_was_made(
    scenes: Classifier, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = stored_atlas(scenes, plan(70), "cuda")
    settings = {**there.recipe["settings"], "precision": "bfloat16"}  # as a CUDA device chooses it
    there = replace(there, recipe={**there.recipe, "settings": settings})
    list_atlas(store, there)
    list_atlas(store, stored_atlas(scenes, plan(70, seed=1), "cuda"))
    assert [each.stop - each.start for each in there.rows] == [64, 6]
    rng = np.random.default_rng(0)
    for number, rows in enumerate(there.rows):
        count = rows.stop - rows.start
        tiles = rng.integers(0, 256, (count, 32, 32, 3), np.uint8)
        assert not is_stored(scenes, plan(70), store)
        there.keep(store, number, (tiles, np.ones(count, np.float32), [""] * count))
    assert is_stored(scenes, plan(70), store)
    (whole,) = atlas(scenes, plan(70), store)
    np.testing.assert_array_equal(whole.tiles[64:], tiles)
    monkeypatch.setattr(store, "get", lambda key: None)  # damaged
    assert next(atlas(scenes, plan(70), store)).finished == 0


def test_a_listed_atlas_finds_its_batches_without_the_network(scenes: Classifier, store: Store) -> None:
    list_atlas(store, stored_atlas(scenes, plan()))
    list_atlas(store, stored_atlas(scenes, plan()))  # once is enough
    (listed,) = listed_atlases(Store(store.folder, store.limit))
    assert (listed.network, len(listed.channels), listed.batches(store)) == ("bundled/scenes", 20, {})
    frames = atlas(scenes, plan(), store)
    while next(frames).finished < 16:
        pass
    assert list(listed.batches(store)) == [0]
    *_, last = frames
    np.testing.assert_array_equal(np.concatenate([each[0] for each in listed.batches(store).values()]), last.tiles)


def test_the_opposite_atlas_holds_what_inhibits(scenes: Classifier, store: Store) -> None:
    long = {"steps": 12, "size": 32}
    *_, most = atlas(scenes, AtlasPlan("layer1.0.conv1", (0, 1, 2), **long), store)
    *_, least = atlas(scenes, AtlasPlan("layer1.0.conv1", (0, 1, 2), sign=-1, **long), store)
    assert (most.values > least.values).all()


def test_early_layers_have_small_tiles_and_late_ones_large(scenes: Classifier) -> None:
    assert [tile_size(scenes, layer) for layer in ("layer1", "layer2", "layer3")] == [64, 128, 128]
    assert tile_size(load_model("bundled/digits"), "conv1") == 28


def test_a_channel_that_is_not_there_is_told(scenes: Classifier, store: Store) -> None:
    with pytest.raises(UnknownName, match="no channel 99"):
        next(atlas(scenes, AtlasPlan("layer1", (99,)), store))


def test_frames_already_given_do_not_change(scenes: Classifier, store: Store) -> None:
    kept: list[tuple[Atlas, np.ndarray]] = [(each, each.tiles.copy()) for each in atlas(scenes, plan(2), store)]
    for frame, tiles in kept:
        np.testing.assert_array_equal(frame.tiles, tiles)
