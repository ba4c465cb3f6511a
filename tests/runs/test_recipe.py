"""A recipe has one text and one key, whatever the order in which it was written."""

from __future__ import annotations

import hashlib

import pytest

from vizlib.runs import Recipe


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
