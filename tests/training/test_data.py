"""Pictures with classes: drawn sets, and their division into training and held out."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import vizlib
from vizlib import PictureError, UnknownName, VizError
from vizlib.training import DRAWN_SETS, PictureSet, divided, drawn


def made(counts: list[int], groups: list[int] | None = None) -> PictureSet:
    """A set of gray pictures; of each class as many as `counts` says."""
    labels = np.repeat(np.arange(len(counts)), counts)
    pictures = tuple(Image.new("RGB", (8, 8), (number % 256,) * 3) for number in range(len(labels)))
    names = tuple("abcdefgh"[: len(counts)])
    numbers = np.arange(len(labels)) if groups is None else np.array(groups)
    return PictureSet("a toy", names, pictures, labels, tuple(map(str, range(len(labels)))), numbers)


@pytest.mark.parametrize("name", DRAWN_SETS)
def test_a_drawn_set_has_as_many_pictures_as_asked_for_and_others_for_tests(name: str) -> None:
    classes = DRAWN_SETS[name].classes[:2]
    data = drawn(name, 3, seed=5, tests=2, classes=classes)
    assert data.classes == classes
    assert data.counts.tolist() == [3, 3]
    assert data.tests is not None
    assert data.tests.counts.tolist() == [2, 2]
    assert all(each.mode == "RGB" for each in data.pictures)
    seen = {each.tobytes() for each in data.pictures}
    assert len(seen) == 6
    assert not seen & {each.tobytes() for each in data.tests.pictures}
    assert drawn(name, 3, seed=5, tests=2, classes=classes).key == data.key
    assert drawn(name, 3, seed=6, tests=2, classes=classes).key != data.key
    more = {each.tobytes() for each in drawn(name, 4, seed=5, tests=0, classes=classes).pictures}
    assert seen < more


def test_textures_are_trained_on_upper_halves_and_tested_on_lower_ones() -> None:
    whole = np.asarray(vizlib.open_picture(vizlib.pictures.sample_textures()["coffee"]))
    middle = whole.shape[0] // 2
    data = drawn("textures", 4, tests=4, classes=["coffee"])
    assert data.tests is not None
    for some, half in ((data, whole[:middle]), (data.tests, whole[middle:])):
        windows = np.lib.stride_tricks.sliding_window_view(half[..., 0], (64, 64))[:, :, 0, :8]
        for picture in some.pictures:
            row = np.asarray(picture)[0, :8, 0]
            assert (windows == row).all(2).any()


def test_swapped_scenes_exchange_the_grounds_and_keep_the_animals() -> None:
    plain, swapped = (drawn(name, 1, tests=0) for name in ("sheep_or_goat", "swapped"))
    assert plain.classes == swapped.classes == ("sheep", "goat")
    for one, other in zip(plain.pictures, swapped.pictures, strict=True):
        assert np.abs(np.asarray(one)[:4, :4].astype(int) - np.asarray(other)[:4, :4]).mean() > 5


def test_without_scikit_image_the_textures_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from vizlib.training import drawn_sets

    drawn_sets._photograph.cache_clear()
    monkeypatch.setattr(drawn_sets, "sample_textures", dict)
    with pytest.raises(PictureError, match="not installed") as caught:
        drawn("textures", 1)
    assert "scikit-image" in caught.value.remedy


def test_another_set_class_or_number_gets_a_sentence() -> None:
    with pytest.raises(UnknownName, match="scenery"):
        drawn("scenery")
    with pytest.raises(UnknownName, match="kat"):
        drawn("scenes", 1, classes=["kat"])
    with pytest.raises(VizError, match="0 pictures"):
        drawn("scenes", 0)


def test_where_a_set_has_fewer_pictures_it_says_so() -> None:
    data = drawn("real_digits", 500, tests=1, classes=["7"])
    assert data.counts.tolist() == [89]
    assert data.notes == ("There are fewer pictures than asked for of 7 (89).",)


def test_few_pictures_are_a_part_of_more_of_the_same_seed() -> None:
    data = made([20, 30])
    titles = [set(data.few(count, seed=3).titles) for count in (1, 2, 5, 10)]
    assert [len(each) for each in titles] == [2, 4, 10, 20]
    assert titles[0] < titles[1] < titles[2] < titles[3]
    assert set(data.few(5, seed=4).titles) != titles[2]


def test_some_classes_keep_their_pictures_and_tests() -> None:
    data = drawn("digits", 2, tests=1).only(["7", "3"])
    assert data.classes == ("7", "3")
    assert data.labels.tolist() == [1, 1, 0, 0]
    assert data.tests is not None
    assert data.tests.labels.tolist() == [1, 0]
    with pytest.raises(UnknownName, match="'x'"):
        data.only(["x"])


def test_each_class_is_divided_in_the_same_proportion_by_the_seed() -> None:
    data = made([30, 60])
    kept, tests = divided(data)
    assert (kept.counts.tolist(), tests.counts.tolist()) == ([20, 40], [10, 20])
    assert set(kept.titles).isdisjoint(tests.titles)
    assert divided(data, seed=1)[1].titles != tests.titles
    assert divided(data)[1].titles == tests.titles
    assert divided(data, held_out=0.2)[1].counts.tolist() == [6, 12]


def test_a_group_is_never_divided() -> None:
    groups = [number // 4 for number in range(48)]
    for seed in range(5):
        kept, tests = divided(made([24, 24], groups), seed=seed)
        assert set(kept.groups.tolist()).isdisjoint(tests.groups.tolist())
        assert tests.counts.tolist() == [8, 8]


def test_two_pictures_of_a_class_are_one_on_each_side() -> None:
    for seed in range(5):
        kept, tests = divided(made([2, 2, 2]), seed=seed)
        assert kept.counts.tolist() == tests.counts.tolist() == [1, 1, 1]


def test_a_class_with_few_pictures_is_on_both_sides_beside_a_large_one() -> None:
    for seed in range(5):
        kept, tests = divided(made([2, 30]), seed=seed)
        assert kept.counts[0] == tests.counts[0] == 1


def test_one_group_cannot_be_divided() -> None:
    with pytest.raises(VizError, match="cannot be divided"):
        divided(made([4, 4], [0] * 8))


def test_a_set_with_tests_of_its_own_keeps_them() -> None:
    data = drawn("digits", 3, tests=2)
    kept, tests = divided(data)
    assert kept is data
    assert tests is data.tests
