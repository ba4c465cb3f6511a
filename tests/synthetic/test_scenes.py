"""A scene is a record: one thing changes, and everything that does not depend on it stays to the pixel."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from vizlib.errors import UnknownName
from vizlib.synthetic import BACKGROUNDS, INSECT_CLASSES, NOTHING, SCENE_CLASSES, Drawing, Scene, draw, parts_of, scene

Mask = NDArray[np.bool_]
SEEDS = (3, 8)
EVERY = [("scenes", kind) for kind in SCENE_CLASSES] + [("insects", kind) for kind in INSECT_CLASSES]


def grown(mask: Mask, pixels: int) -> Mask:
    return np.asarray(Image.fromarray(mask.astype(np.uint8)).filter(ImageFilter.MaxFilter(2 * pixels + 1)), bool)


def core(mask: Mask) -> Mask:
    """Without the rim, in whose pixels object and ground mix; the picture's edge is no rim."""
    return ~grown(~mask, 1)


def changed(one: Drawing, other: Drawing) -> Mask:
    return np.asarray((one.image != other.image).any(2))


def with_shadow(drawing: Drawing) -> Mask:
    """Where object and shadow can be: the shadow falls at most 7 % of the side away and is soft."""
    return grown(drawing.mask, round(0.15 * len(drawing.mask)))


def test_the_same_seed_makes_the_same_record_of_plain_data() -> None:
    assert scene(5) == scene(5) != scene(6)
    plain = asdict(scene(5))
    assert all(isinstance(value, str | int | float | bool | tuple) for value in plain.values())
    assert Scene(**plain) == scene(5), "a record can be kept as plain data and comes back"


def test_class_and_background_are_those_asked_for_and_nothing_else_changes() -> None:
    asked = scene(1, "goat", "snow")
    assert (asked.kind, asked.background) == ("goat", "snow")
    assert asked == scene(1).but(kind="goat", background="snow")


@pytest.mark.parametrize(
    "changes",
    [{"kind": "cow"}, {"background": "moon"}, {"without": ("wheel",)}, {"kind": NOTHING, "without": ("ear",)}],
)
def test_what_does_not_exist_is_refused_with_what_does(changes: dict[str, object]) -> None:
    with pytest.raises(UnknownName, match="There is no"):
        scene(1, "sheep").but(**changes)
    with pytest.raises(UnknownName, match="drawn set"):
        scene(1, of="cars")


@pytest.mark.parametrize("seed", SEEDS)
def test_without_the_object_only_object_and_shadow_are_gone(seed: int) -> None:
    here, gone = draw(scene(seed)), draw(scene(seed).but(kind=NOTHING))
    assert not (changed(here, gone) & ~with_shadow(here)).any()
    assert changed(here, gone)[core(here.mask)].mean() > 0.9
    assert gone.label == -1
    assert not gone.mask.any()
    assert not gone.parts


@pytest.mark.parametrize("seed", SEEDS)
def test_another_object_stands_on_the_very_same_ground_in_the_same_light(seed: int) -> None:
    sheep, goat = draw(scene(seed, "sheep")), draw(scene(seed, "goat"))
    free = ~(with_shadow(sheep) | with_shadow(goat))
    assert free.mean() > 0.1
    assert not changed(sheep, goat)[free].any()


@pytest.mark.parametrize(("of", "kind"), EVERY)
def test_another_background_leaves_the_object_to_the_pixel(of: str, kind: str) -> None:
    on_grass, on_sky = (draw(scene(9, kind, ground, of)) for ground in ("grass", "sky"))
    assert np.array_equal(on_grass.mask, on_sky.mask)
    inside, differ = core(on_grass.mask), np.abs(on_grass.image.astype(int) - on_sky.image).max(2)
    assert differ[inside].mean() < 0.3, "levels; a few pixels between two strokes let the ground through"
    assert differ[~grown(on_grass.mask, 1)].mean() > 20


def test_moved_the_object_is_the_same_elsewhere_and_the_rest_of_the_ground_stays() -> None:
    record = scene(8, "bird").but(center=(0.4, 0.5), reach=0.22)
    here, there = draw(record), draw(record.but(center=(0.4 + 16 / 128, 0.5 + 8 / 128)))
    assert np.array_equal(np.roll(here.mask, (8, 16), (0, 1)), there.mask)
    free = ~(with_shadow(here) | with_shadow(there))
    assert not changed(here, there)[free].any()


@pytest.mark.parametrize(("of", "kind"), EVERY)
def test_recolored_the_object_keeps_its_outline_and_the_ground_its_pixels(of: str, kind: str) -> None:
    record = scene(4, kind, of=of)
    one, other = draw(record), draw(record.but(colors=17))
    assert np.array_equal(one.mask, other.mask)
    assert not changed(one, other)[~grown(one.mask, 6)].any()
    assert changed(one, other)[one.mask].mean() > 0.3


@pytest.mark.parametrize(("kind", "part"), [("bird", "wing"), ("goat", "horns"), ("mushroom", "cap"), ("cat", "eyes")])
def test_without_a_part_everything_but_the_part_and_its_shadow_stays(kind: str, part: str) -> None:
    whole, less = draw(scene(9, kind)), draw(scene(9, kind).but(without=(part,)))
    lost = np.logical_or.reduce(
        [mask for name, mask in whole.parts.items() if not less.parts.get(name, mask * 0).any()]
    )
    assert lost.any()
    assert part not in less.parts
    assert not (less.mask & ~whole.mask).any(), "nothing grows where a part is missing"
    rest = core(whole.mask & less.mask) & ~grown(lost, 2)
    assert not changed(whole, less)[rest].any(), "the rest of the object"
    assert not changed(whole, less)[~with_shadow(whole)].any(), "the ground"


def test_at_dusk_everything_is_darker_and_in_its_place() -> None:
    record = scene(8, "ball", "sand").but(noise=0.0)
    day, dusk = draw(record), draw(record.but(dusk=True))
    assert np.array_equal(day.mask, dusk.mask)
    lit = (day.image > 40) & (day.image < 250)
    shares = [(dusk.image[..., c] / np.maximum(day.image[..., c], 1))[lit[..., c]] for c in range(3)]
    assert all(share.std() < 0.02 for share in shares), "one lamp for all pixels"
    assert [round(float(share.mean()), 1) for share in shares] == [0.5, 0.4, 0.6]


def test_as_a_sketch_it_is_gray_lines_on_paper_at_the_same_place() -> None:
    record = scene(8, "ball", "snow").but(noise=0.0)
    photo, sketch = draw(record), draw(record.but(sketch=True))
    assert np.array_equal(photo.mask, sketch.mask)
    assert np.ptp(sketch.image, axis=2).max() == 0, "gray"
    assert np.median(sketch.image) > 220, "paper"
    rim = grown(photo.mask, 2) & ~core(core(photo.mask))
    assert sketch.image[rim].mean() < sketch.image[~grown(photo.mask, 8)].mean() - 15, "the outline is drawn"


def test_two_changes_make_the_same_scene_in_either_order() -> None:
    one = scene(2, "sheep").but(dusk=True).but(background="rock")
    assert one == scene(2, "sheep").but(background="rock").but(dusk=True)
    assert one.background in BACKGROUNDS
    assert "legs" in parts_of("sheep")
