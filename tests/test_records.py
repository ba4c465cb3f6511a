"""The records of the engine."""

from __future__ import annotations

import hashlib
from dataclasses import FrozenInstanceError

import pytest

from vizlib.records import Layer, Prediction, Preprocessing, Recipe, Unit


def test_the_order_in_which_a_recipe_is_written_does_not_change_its_key() -> None:
    one = Recipe({"model": "resnet18", "seed": 3, "knobs": {"samples": 50, "noise": 0.1}})
    two = Recipe({"knobs": {"noise": 0.1, "samples": 50}, "seed": 3, "model": "resnet18"})
    assert one.text == two.text
    assert one.key == two.key


@pytest.mark.parametrize("change", [{"seed": 4}, {"model": "resnet34"}, {"knobs": {"samples": 51}}, {"extra": None}])
def test_every_change_of_a_recipe_changes_its_key(change: dict[str, object]) -> None:
    parts: dict[str, object] = {"model": "resnet18", "seed": 3, "knobs": {"samples": 50}}
    assert Recipe(parts).key != Recipe({**parts, **change}).key


def test_a_recipe_key_is_the_hash_of_its_text_and_so_the_same_in_every_process() -> None:
    recipe = Recipe({"model": "resnet18", "class": "école", "at": (1, 2)})
    assert recipe.text == '{"at":[1,2],"class":"école","model":"resnet18"}'
    assert recipe.key == hashlib.sha256(recipe.text.encode()).hexdigest()


def test_a_recipe_refuses_what_no_url_or_png_could_carry() -> None:
    with pytest.raises(TypeError):
        _ = Recipe({"model": object()}).key


def test_records_cannot_be_changed_after_they_were_made() -> None:
    prediction = Prediction(1, "sheep", 4.2, 0.9)
    with pytest.raises(FrozenInstanceError):
        prediction.probability = 1.0  # type: ignore[misc]


def test_a_layer_can_be_shown_as_a_map_where_it_has_more_than_one_place() -> None:
    def layer(shape: tuple[int, int, int]) -> Layer:
        return Layer("layer4", "stage", shape, 0)

    assert layer((512, 7, 7)).spatial
    assert layer((512, 1, 7)).spatial
    assert not layer((1000, 1, 1)).spatial


def test_a_unit_is_called_by_its_layer_channel_and_place() -> None:
    assert str(Unit("layer3.1.conv2", 17)) == "layer3.1.conv2 channel 17"
    assert str(Unit("layer3.1.conv2", 17, (3, 4))) == "layer3.1.conv2 channel 17 at 3, 4"


def test_an_unknown_preprocessing_is_that_of_imagenet() -> None:
    known = Preprocessing()
    assert (known.size, known.channels, known.crop_mode) == ((224, 224), 3, "center")
    assert len(known.mean) == len(known.std) == known.channels
