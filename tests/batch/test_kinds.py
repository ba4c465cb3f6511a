"""What each kind of result makes of a plan: how many tasks, from which pictures, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vizlib.batch import Task, read_plan
from vizlib.batch.pictures import picture_key
from vizlib.batch.worker import Worker
from vizlib.errors import VizError
from vizlib.models import Classifier, load_model
from vizlib.pictures import encode_png, open_picture
from vizlib.runs import Store, unpack
from vizlib.synthetic import draw_digit
from vizlib.training import TuningSettings
from vizlib.units import GivenPictures, Survey, search

DIGITS = "bundled/digits"


@pytest.fixture(scope="module")
def model() -> Classifier:
    return load_model(DIGITS, device="cpu")


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    return Worker(Store(tmp_path / "store", 10**8))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of three drawn digits."""
    for label in (3, 7):
        (tmp_path / "digits" / str(label)).mkdir(parents=True)
        for seed in range(3):
            picture = encode_png(draw_digit(seed, label).image.repeat(3).reshape(28, 28, 3), {})
            (tmp_path / "digits" / str(label) / f"{seed}.png").write_bytes(picture)
    return tmp_path / "digits"


def tasks(model: Classifier, what: str, **words: Any) -> list[Task]:
    return list(read_plan([{"what": what, "networks": DIGITS, **words}]).tasks(lambda name: model, "cpu"))


def test_a_sweep_is_every_combination(model: Classifier) -> None:
    words = {"train": ["head", "all"], "per_class": [1, 2], "seed": [0, 1, 2], "settings": {"rate": [0.1, 0.01]}}
    found = tasks(model, "fine-tuning", pictures={"set": "real_digits", "per_class": 2}, **words)
    assert len({each.key for each in found}) == len(found) == 2 * 2 * 3 * 2
    assert {each.recipe["rate"] for each in found} == {0.1, 0.01}
    usual = {name: value for name, value in found[0].recipe.items() if name in vars(TuningSettings())}
    assert usual["steps"] == 60


def test_every_class_of_a_network_is_a_task(model: Classifier) -> None:
    found = tasks(model, "class picture")
    assert [each.recipe["target"] for each in found] == list(range(10))
    assert tasks(model, "class picture", classes=["3", 4])[1].key == found[4].key


def test_settings_that_came_later_leave_the_recipes_of_class_pictures_as_they_were(model: Classifier) -> None:
    usual, named, course = (
        tasks(model, "class picture", classes=[3], settings=settings)[0]
        for settings in ({}, {"optimizer": "adam", "l2": 0.0, "clamp": True}, {"optimizer": "ascent", "tv": 0.0})
    )
    assert set(usual.recipe["settings"]) & {"optimizer", "l2", "roll", "clamp"} == set()
    assert named.key == usual.key
    assert course.recipe["settings"]["optimizer"] == "ascent"


def test_a_folder_is_searched_as_the_same_pictures_given_by_hand(
    model: Classifier, worker: Worker, folder: Path
) -> None:
    (task,) = tasks(model, "search", layers="conv1", among={"folder": str(folder)})
    assert worker.do(task).state == "done"
    content = worker.store.get(task.key)
    assert content is not None
    found = unpack(content, {"Survey": Survey})
    given = GivenPictures([(path.name, open_picture(path)) for path in sorted(folder.rglob("*.png"))])
    *_, expected = search(model, "conv1", given)
    assert (found.means == expected.means).all()
    assert found.total == 6


def test_maps_and_fooling_of_a_folder_know_each_picture_by_its_content(
    model: Classifier, worker: Worker, folder: Path
) -> None:
    maps = tasks(model, "saliency", pictures={"folder": str(folder)}, methods="gradient", target=[3, 4])
    fooled = tasks(model, "fooling", pictures={"folder": str(folder)}, methods="pgd")
    assert (len(maps), len(fooled)) == (12, 6)
    first = picture_key(open_picture(folder / "3" / "0.png"))
    assert maps[0].recipe["picture"] == fooled[0].recipe["picture"] == first
    assert worker.do(maps[0]).state == "done"
    (folder / "3" / "0.png").write_bytes((folder / "7" / "0.png").read_bytes())
    assert "another one than when the plan was read" in worker.do(maps[1]).problem


def test_a_plan_names_the_second_class_of_the_methods_that_compare_with_one(model: Classifier, worker: Worker) -> None:
    maps = tasks(model, "saliency", pictures={"digits": [1]}, methods=["gradient", "finer_cam"], target=3, against="9")
    assert [each.recipe.get("against") for each in maps] == [None, 9]
    assert [worker.do(each).state for each in maps] == ["done", "done"]


@pytest.mark.slow
def test_features_of_a_folder_refuse_pictures_that_have_changed(
    model: Classifier, worker: Worker, folder: Path
) -> None:
    (task,) = tasks(model, "features", pictures={"folder": str(folder), "per_class": 3})
    assert task.recipe["pictures"]["folder"] == "digits"
    assert worker.do(task).state == "done"
    parts = {**task.recipe["pictures"], "pictures": "0" * 64}
    other = replace(task, recipe={**task.recipe, "pictures": parts})
    assert "have changed since" in worker.do(replace(other, key=other.key_here)).problem


@pytest.mark.parametrize(
    ("what", "words", "sentence"),
    [
        ("saliency", {"pictures": "photos"}, "'pictures' of entry 1 of the plan (saliency) is 'photos'."),
        ("saliency", {"pictures": {"scenes": []}}, "'pictures' of entry 1"),
        ("saliency", {"pictures": {"digits": [1]}, "methods": "grad_cm"}, "no saliency method called 'grad_cm'"),
        ("saliency", {"pictures": {"digits": [1]}, "settings": {"lattice": {}}}, "There is no method with settings"),
        ("saliency", {"pictures": {"folder": "/no/such"}}, "There are no pictures in /no/such."),
        (
            "fooling",
            {"pictures": {"digits": [1]}, "goal": "80 %"},
            "'goal' of entry 1 of the plan (fooling) is '80 %'.",
        ),
        ("fooling", {"pictures": {"digits": [1]}, "target": "sheep"}, "no class of bundled/digits called 'sheep'"),
        ("class picture", {"classes": 10}, "bundled/digits has no class 10."),
        ("class picture", {"settings": {"tv": -1}}, "tv is -1."),
        ("search", {"among": "films"}, "'among' of entry 1 of the plan (search) is 'films'."),
        ("features", {"pictures": {"set": "birds"}}, "'pictures' of entry 1 of the plan (features)"),
        ("features", {"pictures": {"set": "digits", "many": 3}}, "There is no word of the pictures of the plan"),
        ("features", {"pictures": {"set": "digits"}, "grid": 3}, "'grid' of entry 1 of the plan (features) is 3."),
        ("fine-tuning", {"pictures": {"set": "digits"}, "settings": {"rate": 0}}, "rate is 0."),
    ],
)
def test_what_does_not_fit_is_told_before_anything_is_computed(
    model: Classifier, what: str, words: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(VizError) as problem:
        tasks(model, what, **words)
    assert sentence in problem.value.sentence
    assert problem.value.remedy
