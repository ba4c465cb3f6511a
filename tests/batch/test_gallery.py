"""What the store holds: networks, layers and coverage, without opening a network or reading a result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.gallery import atlas_of, fill, note_of, tiles_of
from vizlib import load_model
from vizlib.activation_maximization import AtlasPlan, list_atlas, listed_atlases, stored_atlas
from vizlib.batch.gallery import accuracy, found, gallery, thumbnails, tile, tiles
from vizlib.batch.gallery.accuracy import imagenet, read_table
from vizlib.runs import Recipe, Store, as_stored, by_name, pack
from vizlib.units import FRAMES, DrawnScenes, Survey, survey_recipe


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path, 100_000_000)


def test_layers_stand_in_running_order_with_the_share_that_is_there(store: Store) -> None:
    fill(store, atlas_of("b", "late", 40, order=9, depth=1.0), [0, 2])
    fill(store, atlas_of("b", "stem", 20, order=1, depth=0.1))
    fill(store, atlas_of("a", "only", 4, order=5, depth=0.5))
    shown = gallery(store)
    assert [(each.title, [layer.path for layer in each.layers]) for each in shown.networks] == [
        ("a", ["only"]),
        ("b", ["stem", "late"]),
    ]
    late = shown.networks[1].layers[1]
    assert (late.there, late.units, late.batches, late.coverage) == (24, 40, (0, 2), 0.6)
    assert (shown.there, shown.outdated) == (48, 0)


def test_listing_reads_no_result(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store, atlas_of("a", "layer"))
    monkeypatch.setattr(store, "get", lambda key: pytest.fail("it read a result"))
    monkeypatch.setattr(store, "has", lambda key: pytest.fail("it asked for each key"))
    assert gallery(store).there == 20


def test_atlases_of_other_versions_are_counted_and_not_shown(store: Store) -> None:
    fill(store, atlas_of("a", "layer", versions={"vizlib": "another"}))
    assert (gallery(store).networks, gallery(store).outdated) == ((), 1)


def test_networks_of_a_visitors_session_never_appear(store: Store) -> None:
    fill(store, atlas_of("trained/scenes-insects-12ab", "layer"))
    assert (gallery(store).networks, gallery(store).outdated) == ((), 0)


def test_an_atlas_of_which_nothing_is_left_is_not_shown(store: Store) -> None:
    atlas = fill(store, atlas_of("a", "layer"))
    for key in atlas.keys:
        store.drop(key)
    assert gallery(store).networks == ()


def test_of_several_atlases_of_a_layer_the_best_covered_one_is_shown(store: Store) -> None:
    fill(store, atlas_of("a", "layer", seed=2))
    fill(store, atlas_of("a", "layer", seed=1), [0])
    fill(store, atlas_of("a", "layer", seed=3, sign=-1))
    ((layer,),) = (each.layers for each in gallery(store).networks)
    assert [each.atlas.recipe["seed"] for each in (layer, *layer.others)] == [2, 1, 3]


def test_of_equally_covered_atlases_the_latest_one_is_shown(store: Store) -> None:
    import os

    for age, seed in ((300, 5), (100, 7), (200, 6)):
        before = set(Path(str(store.folder)).glob("notes/atlas/*"))
        fill(store, atlas_of("a", "layer", seed=seed))
        (note,) = set(Path(str(store.folder)).glob("notes/atlas/*")) - before
        os.utime(note, (1_000_000_000 - age, 1_000_000_000 - age))
    ((layer,),) = (each.layers for each in gallery(store).networks)
    assert [each.atlas.recipe["seed"] for each in (layer, *layer.others)] == [7, 6, 5]


def test_one_name_with_two_weights_is_two_networks(store: Store) -> None:
    for weights in ("1111111122", "3333333344"):
        fill(store, atlas_of("local/mine", "layer", weights=weights))
    shown = gallery(store)
    assert [each.title for each in shown.networks] == ["local/mine (11111111)", "local/mine (33333333)"]
    assert len(shown.only(["local/mine"]).networks) == 2
    assert [each.weights for each in shown.only(["local/mine (33333333)"]).networks] == ["3333333344"]


@pytest.mark.parametrize(("depth", "path"), [(0, "first"), (0.29, "first"), (0.31, "middle"), (0.9, "last")])
def test_the_layer_nearest_to_a_depth(store: Store, depth: float, path: str) -> None:
    for order, (name, share) in enumerate({"first": 0.1, "middle": 0.5, "last": 1.0}.items()):
        fill(store, atlas_of("a", name, order=order, depth=share))
    assert gallery(store).networks[0].nearest(depth).path == path


def test_notes_of_an_earlier_version_are_read_and_unreadable_ones_left_out(store: Store) -> None:
    store.note("atlas", note_of(atlas_of("old", "layer2", 16)))
    store.note("atlas", {"network": "newer", "atlas": 3})
    store.note("atlas", {**note_of(atlas_of("newer", "layer2")), "channels": "all"})
    store.note("atlas", {**note_of(atlas_of("future", "layer2")), "light": "red"})
    assert sorted(each.network for each in listed_atlases(store)) == ["future", "old"]
    assert {(each.order, each.depth, each.usual) for each in listed_atlases(store)} == {(0, 0.0, True)}


def test_a_note_says_where_the_layer_is_and_whether_its_settings_are_the_usual_ones(store: Store) -> None:
    model = load_model("bundled/digits", device="cpu")
    for more in ({}, {"settings": {"tv": 3.0}}):
        list_atlas(store, stored_atlas(model, AtlasPlan("conv2", tuple(range(32)), **more)))  # type: ignore[arg-type]
    one, other = sorted(listed_atlases(store), key=lambda each: not each.usual)
    assert (one.order, one.kind, one.usual, other.usual) == (3, "convolution", True, False)
    assert 0 < one.depth < 1


def test_only_batches_that_are_shown_are_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    atlas = fill(store, atlas_of("a", "layer", 64))
    (layer,) = gallery(store).networks[0].layers
    read, get = [], store.get
    monkeypatch.setattr(store, "get", lambda key: read.append(key) or get(key))
    few = tiles(store, layer, 20)
    assert (few.channels, read) == (tuple(range(20)), atlas.keys[:2])
    np.testing.assert_array_equal(few.images[16:], tiles_of(atlas, 1)[:4])
    assert (few.about(3), few.about(4)) == (
        "unit 3, mean activation 3.5. It did not move.",
        "unit 4, mean activation 4.5",
    )


def test_one_tile_and_tiles_that_are_not_there(store: Store) -> None:
    atlas = fill(store, atlas_of("a", "layer", 64), [0, 2])
    (layer,) = gallery(store).networks[0].layers
    one = tile(store, layer, 33)
    assert one is not None
    np.testing.assert_array_equal(one.images[0], tiles_of(atlas, 2)[1])
    assert (tile(store, layer, 20), tile(store, layer, 99)) == (None, None)
    store.put(atlas.keys[0], b"damaged")
    assert tiles(store, layer).channels == tuple(range(32, 48))
    assert thumbnails(tiles(store, layer), 24).shape == (16, 24, 24, 3)


def test_the_accuracy_of_a_bundled_network_is_the_one_on_its_card() -> None:
    known = accuracy("bundled/digits")
    assert known is not None
    assert known.share == pytest.approx(0.996)
    assert "2,000 drawn pictures" in known.words
    assert accuracy("local/my_birds") is None


def test_a_table_of_timms_is_read_and_odd_rows_left_out(tmp_path: Path) -> None:
    table = tmp_path / "results-imagenet.csv"
    table.write_text(
        "model,top1,top1_err,img_size\nresnet18.a1_in1k,71.49,28.5,224\n,90,10,224\nodd,high,,\nmore,140,0,9\n"
    )
    assert {name: each.words.replace("\N{NO-BREAK SPACE}", " ") for name, each in read_table(table).items()} == {
        "resnet18.a1_in1k": "71.5 % of ImageNet's validation pictures (timm's table, 224 px)"
    }


def test_where_timms_package_has_no_table_nothing_is_known() -> None:
    if imagenet():
        pytest.skip("this version of timm ships its results")
    assert accuracy("resnet18.a1_in1k") is None


def survey(units: int) -> Survey:
    means = np.arange(256 * units, dtype=np.float32).reshape(256, units)
    return Survey(256, 256, means, np.zeros((256, units), np.int32), np.zeros((256, units), np.int32))


@pytest.mark.parametrize(("units", "there"), [(20, True), (19, False)])
def test_a_search_that_is_stored_is_found_if_it_fits_the_layer(store: Store, units: int, there: bool) -> None:
    fill(store, atlas_of("a", "layer"))
    (layer,) = gallery(store).networks[0].layers
    assert found(store, layer) is None
    recipe = Recipe(survey_recipe("f00d" * 4, "layer", DrawnScenes()))
    store.put(as_stored(recipe, "cuda").key, pack(survey(units), by_name(FRAMES)))
    known: Any = found(store, layer)
    assert (known is not None) is there
    if known:
        assert (known.pictures, known.survey.ranking(0, True, 2)) == ("drawn scenes", [255, 254])
