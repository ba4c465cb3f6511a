"""The page Zoo without a browser: what it shows of a store that was filled by hand, and where its ways lead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import vizlib
from tests.gallery import atlas_of, fill, tiles_of
from vizlib.activation_maximization import AtlasPlan, stored_atlas
from vizlib.batch.gallery import ShownLayer, ShownNetwork, gallery
from vizlib.runs import Recipe, Runs, Store, as_stored, by_name, pack
from vizlib.ui.filters import atlas as filters_atlas
from vizlib.ui.shared import server
from vizlib.ui.zoo import opening, stock
from vizlib.units import FRAMES, DrawnScenes, Survey, survey_recipe

PAGE = "pages/zoo.py"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Store:
    here = Runs(vizlib.FRAMES, Store(tmp_path, 200_000_000))
    monkeypatch.setattr(server, "runs", lambda: here)
    return here.store


def opened(app: AppTest, **query: str) -> AppTest:
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    page = app.switch_page(PAGE).run()
    assert not page.exception
    assert not page.error
    return page


def texts(app: AppTest) -> str:
    return " ".join(str(each.value) for each in [*app.markdown, *app.caption, *app.header, *app.subheader])


def buttons(app: AppTest) -> list[str]:
    return [each.label for each in app.button]


def of(store: Store, title: str, path: str) -> tuple[ShownNetwork, ShownLayer]:
    network = gallery(store).network(title)
    assert network is not None
    layer = network.layer(path)
    assert layer is not None
    return network, layer


def digits(store: Store, layer: str = "conv2", batches: Any = None) -> None:
    """Tiles of a layer of bundled/digits, as the page about filters would make them with 8 steps."""
    model = vizlib.load_model("bundled/digits", device="cpu")
    channels = next(each for each in vizlib.list_layers(model) if each.path == layer).shape[0]
    fill(store, stored_atlas(model, AtlasPlan(layer, tuple(range(channels)), 8, 5)), batches)


def test_an_empty_store_says_how_it_is_filled(app: AppTest, store: Store) -> None:
    fill(store, atlas_of("a", "layer", versions={"vizlib": "another"}))
    said = texts(opened(app))
    assert "There is nothing to show yet" in said
    assert "has made 1 more atlases" in said
    assert "filterscope batch" in said


def test_one_layer_is_counted_in_the_singular(app: AppTest, store: Store) -> None:
    fill(store, atlas_of("bundled/scenes", "layer1", 20, order=1))
    assert "1 network, 1 layer, 20 units." in texts(opened(app))


def test_the_gallery_says_accuracy_layers_and_coverage(app: AppTest, store: Store) -> None:
    fill(store, atlas_of("bundled/scenes", "layer1", 20, order=1))
    fill(store, atlas_of("bundled/scenes", "layer2", 40, order=2), [0])
    fill(store, atlas_of("resnet999", "layer1", 8))
    fill(store, atlas_of("trained/mine-12ab", "layer1", 8))
    said = texts(opened(app))
    assert "2 networks, 3 layers, 44 units" in said
    assert "Right about 100.0" in said
    assert "2 layers, 36 of 60 units" in said
    assert "This server does not have its weights" in said
    assert "trained" not in said


def test_many_networks_are_shown_a_few_at_a_time_and_one_of_them_whole(app: AppTest, store: Store) -> None:
    for number in range(4):
        for order in range(7):
            fill(store, atlas_of(f"net{number}", f"layer{order}", 4, order=order))
    page = opened(app)
    assert [each.value for each in page.header] == ["net0", "net1", "net2"]
    page.button(key="all of net1").click().run()
    assert [each.value for each in page.header] == ["net1"]
    assert "All 7 layers" not in buttons(page)


def test_one_unit_is_shown_from_the_store_with_how_it_was_made(app: AppTest, store: Store) -> None:
    fill(store, atlas_of("resnet999", "layer1", 40, steps=300, depth=0.25))
    fill(store, atlas_of("resnet999", "layer1", 40, seed=9), [0])
    page = opened(app, zoo_view="One unit", zoo_network="resnet999", zoo_layer="layer1", zoo_unit="33")
    said = texts(page)
    assert "Channel 33 of layer1" in said
    assert "mean activation of 33.5" in said
    for fact in ("25 % of the network", "300 steps from noise, seed 0, 48 px", "64 steps, seed 9, cpu: 16 of 40 units"):
        assert fact in said
    assert "no found pictures" in said
    assert "Open the atlas" in buttons(page)


def test_a_unit_whose_tile_is_not_there_says_so(app: AppTest, store: Store) -> None:
    fill(store, atlas_of("resnet999", "layer1", 40), [0])
    said = texts(opened(app, zoo_view="One unit", zoo_network="resnet999", zoo_unit="33"))
    assert "**Channel 33 of layer1** is not in the store" in said
    assert "16 of the layer's 40 units" in said


def test_found_pictures_are_shown_where_a_search_is_stored(app: AppTest, store: Store) -> None:
    fill(store, atlas_of("resnet999", "layer1", 4))
    means = np.arange(1024, dtype=np.float32).reshape(256, 4)
    found = Survey(256, 256, means, np.zeros((256, 4), np.int32), np.zeros((256, 4), np.int32))
    recipe = Recipe(survey_recipe("f00d" * 4, "layer1", DrawnScenes()))
    store.put(as_stored(recipe, "cpu").key, pack(found, by_name(FRAMES)))
    page = opened(app, zoo_view="One unit", zoo_network="resnet999", zoo_unit="1")
    assert "no found pictures" not in texts(page)
    captions = [str(each.proto) for each in page.get("image")]
    assert any("Of 256 drawn scenes, these 9" in each for each in captions)


def test_two_networks_are_compared_at_the_same_depth(app: AppTest, store: Store) -> None:
    for network, depths in {"one": (0.1, 0.6), "two": (0.4, 0.9)}.items():
        for depth in depths:
            fill(store, atlas_of(network, f"at{depth}", 4, depth=depth, order=int(10 * depth)))
    page = opened(app, zoo_view="Two networks")
    assert "**Nearest to 50 % of the depth:** at0.6 of one (60 %) and at0.4 of two (40 %)." in texts(page)
    page.slider(key="zoo_depth").set_value(100).run()
    assert "at0.6 of one (60 %) and at0.9 of two (90 %)" in texts(page)


def test_every_strip_shows_its_own_tiles(store: Store) -> None:
    fill(store, atlas_of("a", "one", 4))
    fill(store, atlas_of("a", "two", 40), [1])
    layers = gallery(store).networks[0].layers
    shown = [stock.strip(each) for each in layers]
    assert [each.channels[0] for each in shown] == [0, 16]
    np.testing.assert_array_equal(shown[1].images[0, 0, 0], tiles_of(layers[1].atlas, 1)[0, 0, 0])
    assert stock.sheet_of(shown).shape == (2 * stock.SIDE, stock.STRIP * stock.SIDE, 3)


@pytest.mark.parametrize(("batches", "channel", "tiles", "on"), [(None, 20, 32, None), ([1], 20, 16, 2)])
def test_an_atlas_opens_on_its_page_without_a_button_and_without_computing(
    app: AppTest, store: Store, monkeypatch: pytest.MonkeyPatch, batches: Any, channel: int, tiles: int, on: int | None
) -> None:
    digits(store, batches=batches)
    monkeypatch.setattr("vizlib.activation_maximization.atlas.maximize", lambda *_, **__: pytest.fail("it computed"))
    page = opened(app, zoo_view="One unit", zoo_network="bundled/digits", zoo_unit=str(channel))
    next(each for each in page.button if each.label == "Open the atlas").click().run()
    assert not page.exception
    assert f"{tiles} of {tiles} done" in texts(page)
    state = page.session_state
    assert (state["network"], state["layer"], state["unit"], state["tiles"]) == (
        "bundled/digits",
        "conv2",
        channel,
        tiles,
    )
    assert (state["atlas_steps"], state["atlas_seed"]) == (8, 5)
    assert on is None or state["atlas_page"] == on
    assert "Draw the atlas" not in buttons(page)


def test_a_layer_that_the_strip_hides_at_first_opens_with_its_kind(app: AppTest, store: Store) -> None:
    digits(store, "fc")
    page = opened(app, zoo_view="One unit", zoo_network="bundled/digits")
    next(each for each in page.button if each.label == "Open the atlas").click().run()
    assert "10 of 10 done" in texts(page)
    assert page.session_state["kinds"] == ["linear"]


@pytest.mark.parametrize(
    ("more", "can"),
    [
        ({}, True),
        ({"steps": 600}, False),
        ({"sign": -1}, False),
        ({"usual": False}, False),
        ({"seed": 1_000_000}, False),
        ({"at_once": 64}, True),
    ],
    ids=str,
)
def test_only_an_atlas_that_the_page_about_filters_can_ask_for_is_opened_there(
    store: Store, more: dict[str, Any], can: bool
) -> None:
    fill(store, atlas_of("bundled/scenes", "layer1", 100, **more))
    network, layer = of(store, "bundled/scenes", "layer1")
    assert opening.can_open(layer) is opening.at_once(network, layer) is can


def test_the_page_about_filters_never_lists_what_a_visitor_has_trained(
    monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    """Even where nothing of the visitor's own went into it, nobody else can open it."""

    class Here:
        model = vizlib.load_model("bundled/digits", device="cpu").twin()

        class without_picture:
            keep = True

    layer = next(each for each in vizlib.list_layers(Here.model) if each.path == "conv2")
    plan = AtlasPlan("conv2", tuple(range(16)), 8)
    filters_atlas._list(Here, layer, plan)  # type: ignore[arg-type]
    assert len(store.notes("atlas")) == 1
    monkeypatch.setattr(Here.model, "name", "trained/digits-1234", raising=False)
    filters_atlas._list(Here, layer, AtlasPlan("conv1", (0,), 8))  # type: ignore[arg-type]
    assert len(store.notes("atlas")) == 1
