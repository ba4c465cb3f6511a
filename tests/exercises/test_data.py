"""Every exercise has what a card shows, and its link asks what the course asks."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import timm

from vizlib import exercises
from vizlib.activation_maximization import COURSES, Settings
from vizlib.errors import UnknownName, VizError
from vizlib.exercises import EVIDENCE, EXERCISES, LEFT_OUT, MEASURES, Exercise, attack_of, exercise, typed
from vizlib.models import called
from vizlib.weights import bundled_models

ROOT = Path(__file__).resolve().parents[2]
KEYS = [each.key for each in EXERCISES]
CLASS_PICTURES = [each for each in EXERCISES if each.page == "class_picture"]
FOOLING = [each for each in EXERCISES if each.page == "fooling"]


@pytest.mark.parametrize("each", EXERCISES, ids=KEYS)
def test_every_exercise_has_what_its_card_shows(each: Exercise) -> None:
    for text in (each.course, each.title, each.asks, each.source, each.network, each.needs):
        assert text.strip()
    assert each.parameters
    assert all(name and value for name, value in each.parameters)
    assert all(found.evidence in EVIDENCE and found.what and found.value for found in each.published)
    assert (ROOT / "pages" / f"{each.page}.py").exists()
    assert each.measure == "" or each.measure in MEASURES
    for sentence in filter(None, (each.asks, each.differs, each.needs)):
        assert sentence[0].isupper()
        assert sentence.endswith((".", "?"))


def test_the_keys_differ_and_are_found_in_any_spelling() -> None:
    assert len(set(KEYS)) == len(KEYS) >= 30
    assert exercise("CS231n class picture").key == "cs231n_class_picture"
    with pytest.raises(UnknownName, match="cs231n"):
        exercise("cs231n_class_pictures_of_cats")


def test_every_course_of_the_two_tables_is_there_and_what_is_left_out_says_why() -> None:
    courses = " ".join(each.course for each in EXERCISES)
    for name in ("CS231n", "EECS 498", "RDFIA", "SUTD", "Hildesheim", "Keras", "NTU", "timm-vis", "Kolter", "UvA",
                 "PyTorch", "TensorFlow"):  # fmt: skip
        assert name in courses
    assert all(what and why.endswith(".") for what, why in LEFT_OUT)


@cache
def torchvision_names() -> frozenset[str]:
    from torchvision.models import list_models

    return frozenset(list_models())


@cache
def imagenet() -> list[str]:
    from torchvision.models import SqueezeNet1_1_Weights

    return list(SqueezeNet1_1_Weights.DEFAULT.meta["categories"])


@pytest.mark.parametrize("each", EXERCISES, ids=KEYS)
def test_the_networks_and_classes_of_its_links_are_there(each: Exercise) -> None:
    near, own = each.query(), each.query(own=True)
    assert near.get("network", ["bundled/scenes"])[0] in bundled_models()
    (network,) = own.get("network", ["bundled/scenes"])
    kind, _, name = network.rpartition("/")
    known = {"bundled": bundled_models(), "torchvision": torchvision_names(), "": timm.list_pretrained()}[kind]
    assert (network if kind == "bundled" else name) in known
    if kind != "bundled":
        for key in ("class", "toward"):
            wanted = [word for word in own.get(key, ()) if word != "any other class"]
            assert all(len(called(imagenet(), word)) == 1 for word in wanted)


def test_a_link_is_an_address_with_the_settings_in_it() -> None:
    found = exercise("cs231n_fooling")
    assert found.link().startswith("/fooling?attack=classic&classic.space=normalized&classic.steps=100&goal=first")
    assert "network=torchvision%2Fsqueezenet1_1" in found.link(own=True)
    assert exercise("hildesheim_saliency").query()["methods"] == ["gradient", "guided"]
    assert exercise("hildesheim_saliency").link().startswith("/?methods=gradient&"), "the first page has no address"


@pytest.mark.parametrize(
    ("key", "course", "steps"),
    [("cs231n_class_picture", "cs231n", 100), ("eecs498_class_picture", "cs231n", 100),
     ("rdfia_class_picture", "rdfia", 200), ("hildesheim_class_picture", "lecture", 256)],
)  # fmt: skip
def test_a_class_picture_s_link_has_the_settings_of_its_course(key: str, course: str, steps: int) -> None:
    settings = exercise(key).settings
    mine = typed(settings, "dream.", Settings)
    assert mine == {name: COURSES[course].settings[name] for name in mine}
    assert int(str(settings["steps"])) == COURSES[course].steps == steps
    off = {name for name, value in COURSES[course].settings.items() if name not in mine and value}
    assert off <= {"cutoff", "tv_form", "tv_beta", "norm_order", "blur_every", "precision"}, "unused, or the device's"


@pytest.mark.parametrize("each", [*CLASS_PICTURES, *FOOLING], ids=lambda each: each.key)
def test_every_setting_of_a_link_is_one_that_the_method_takes(each: Exercise) -> None:
    if each.page == "class_picture":
        known = {
            f"{before}{name}" for before in ("dream.", "inversion.") for name in typed(each.settings, before, Settings)
        }
        assert each.settings.get("draw", "Class") in ("Class", "Inversion")
        known |= {"draw"}
    else:
        method, knobs = attack_of(each)
        known = {f"{method}.{name}" for name in knobs}
    rest = set(each.settings) - known
    assert rest <= {"steps", "start", "attack", "goal", "toward"}


@pytest.mark.parametrize("each", EXERCISES, ids=KEYS)
def test_a_test_that_a_card_names_is_there(each: Exercise) -> None:
    assert not each.checked or (ROOT / each.checked).exists()


def test_no_sentence_names_a_person_s_machine_or_gives_an_answer_away() -> None:
    text = " ".join(f"{each.asks} {each.needs} {each.differs} {each.source}" for each in EXERCISES)
    assert not re.search(r"/work|/tmp|seed 00\d|solution:", text)


def test_what_cannot_be_measured_says_what_it_needs() -> None:
    with pytest.raises(VizError, match="cannot be measured here") as caught:
        next(exercises.run("rdfia_probe"))
    assert "15-Scene" in caught.value.remedy
    with pytest.raises(VizError, match="classes are known"):
        next(exercises.run("ntu_fgsm", pictures=["a.png"]))
