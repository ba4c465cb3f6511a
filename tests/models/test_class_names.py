"""Which class a name means: in full, by each of its names, in any case; and what is said where it is not clear."""

from __future__ import annotations

import pytest

from vizlib.errors import UnknownName
from vizlib.models import Classifier, alike, counterpart, load_model, spellings
from vizlib.models.class_names import called, index_of

BIRDS = [
    "robin, American robin",
    "crane (bird), great crane",
    "crane (machine, for lifting)",
    "maillot",
    "maillot, suit",
]


@pytest.fixture(scope="module")
def imagenet() -> Classifier:
    return load_model("test_resnet", weights="random", device="cpu")


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("tabby, tabby cat", 281),
        ("tabby cat", 281),
        ("Tabby", 281),
        ("puma", 286),
        ("mountain lion", 286),
        ("Mountain_Lion", 286),
        ("great-white-shark", 2),
        ("ladybird", 301),
        ("cardigan", 474),  # exactly as written: the jacket
        ("Cardigan", 264),  # and the dog
        ("n02123045", 281),
    ],
)
def test_every_name_of_a_class_finds_it(imagenet: Classifier, name: str, index: int) -> None:
    assert imagenet.class_index(name) == index


def test_a_name_of_two_classes_is_refused_with_both_numbers_and_what_they_are(imagenet: Classifier) -> None:
    with pytest.raises(UnknownName) as caught:
        imagenet.class_index("crane")
    assert "134 (crane: large long-necked wading bird" in caught.value.sentence
    assert "517 (crane: lifts and moves heavy objects" in caught.value.sentence
    assert imagenet.class_index(517) == 517, "the remedy: give the number"
    with pytest.raises(UnknownName, match=r"2 classes called 'CARDIGAN': 264 .* 474 "):
        imagenet.class_index("CARDIGAN")


def test_every_class_with_a_name_of_its_own_is_found_by_its_full_name(imagenet: Classifier) -> None:
    names = imagenet.class_names
    for index in range(0, 1000, 7):
        assert called(names, names[index]) == [index] or names.count(names[index]) > 1


def test_suggestions_come_from_all_names(imagenet: Classifier) -> None:
    with pytest.raises(UnknownName, match=r"Did you mean .*mountain lion"):
        imagenet.class_index("mountain lions")


def test_a_number_as_text_is_a_name(imagenet: Classifier) -> None:
    assert load_model("bundled/digits", device="cpu").class_index("3") == 3
    with pytest.raises(UnknownName, match="no class of test_resnet called '281'"):
        imagenet.class_index("281")


def test_descriptions_in_parentheses_may_be_left_out() -> None:
    assert spellings(BIRDS[1]) == ("crane (bird)", "crane", "great crane")
    assert index_of(BIRDS, "crane (bird)", "birds") == 1
    assert index_of(BIRDS, "Crane (Machine, for lifting)", "birds") == 2
    with pytest.raises(UnknownName, match=r"2 classes called 'crane': 1 \(crane \(bird\), great crane\), 2"):
        index_of(BIRDS, "crane", "birds")


def test_a_full_name_is_preferred_to_one_of_several() -> None:
    assert index_of(BIRDS, "maillot", "birds") == 3


@pytest.mark.parametrize("name", ["", " ", "-", ",", "()"])
def test_a_name_of_nothing_finds_nothing(name: str) -> None:
    assert called([*BIRDS, "a, "], name) == []


def test_the_same_class_of_another_network_is_found_by_any_common_name() -> None:
    assert alike("tabby", "Tabby cat, tabby")
    assert not alike("tabby", "cat")
    assert counterpart(BIRDS, "American_Robin") == 0
    assert counterpart(BIRDS, "maillot") == 3
    assert counterpart(BIRDS, "crane") is None, "several"
    assert counterpart(BIRDS, "wren") is None
