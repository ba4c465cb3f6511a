"""The drawn insects: six classes that no bundled network has seen, told apart by their shapes."""

from __future__ import annotations

import numpy as np
import pytest

from vizlib.synthetic import INSECT_CLASSES, SCENE_CLASSES, Drawing, draw, parts_of, scene


def insect(seed: int, kind: str | None = None, size: int = 64) -> Drawing:
    return draw(scene(seed, kind, of="insects"), size)


def test_there_are_six_and_none_is_a_class_of_the_scenes() -> None:
    assert INSECT_CLASSES == ("ant", "bee", "beetle", "butterfly", "ladybug", "spider")
    assert not set(INSECT_CLASSES) & set(SCENE_CLASSES)
    assert insect(3, "spider").label == 5
    assert {scene(seed, of="insects").kind for seed in range(60)} == set(INSECT_CLASSES)


@pytest.mark.parametrize("kind", INSECT_CLASSES)
def test_each_is_large_enough_to_be_seen_and_small_enough_to_stand_somewhere(kind: str) -> None:
    areas = [insect(seed, kind).mask.mean() for seed in range(6)]
    assert min(areas) > 0.01
    assert max(areas) < 0.6


def test_an_ant_has_a_waist_and_no_wings_and_a_bee_has_wings_and_stripes() -> None:
    assert {"head", "thorax", "abdomen", "legs", "antennae"} <= set(parts_of("ant")) & set(parts_of("bee"))
    assert {"wings", "stripes"} <= set(parts_of("bee")) - set(parts_of("ant"))
    assert "antennae" not in parts_of("spider"), "a spider has none, it is no insect"


def test_on_the_same_seed_two_classes_stand_on_the_same_ground() -> None:
    ant, bee = insect(4, "ant"), insect(4, "bee")
    corner = ~(ant.mask | bee.mask)
    assert (ant.image == bee.image).all(2)[corner].mean() > 0.5


@pytest.mark.slow
def test_colors_alone_do_not_tell_the_class() -> None:
    drawn = [insect(seed, kind, 32) for kind in INSECT_CLASSES for seed in range(30)]
    colors = np.stack([each.image[each.mask].mean(0) for each in drawn])
    labels = np.array([each.label for each in drawn])
    distances = np.linalg.norm(colors[:, None] - colors[None], axis=2) + 1e9 * np.eye(len(drawn))
    right = (labels[distances.argmin(1)] == labels).mean()
    assert right < 0.5, "the nearest neighbor by mean color; 0.17 would be chance"
