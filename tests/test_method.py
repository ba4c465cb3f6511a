"""Menus, methods and knobs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import FrozenInstanceError, dataclass
from typing import Annotated, Any

import numpy as np
import pytest

from vizlib.errors import UnknownName, VizError
from vizlib.method import Knob, Menu, Method, NoKnobs, knob_fields, turn


@dataclass(frozen=True)
class Knobs:
    samples: Annotated[int, Knob("noisy copies", 4, 200, 1)] = 50
    noise: Annotated[float, Knob("noise (share of the value range)", 0, 1, 0.01)] = 0.15
    squared: Annotated[bool, Knob("square before averaging")] = False
    baseline: Annotated[str, Knob("baseline", choices=("black", "gray"))] = "black"


def run() -> Iterator[None]:
    return iter(())


def method(key: str) -> Method:
    return Method(key, key.title(), "A. Person 2013", "One idea.", run)


def test_a_knob_is_read_off_the_annotation_with_its_type_and_default() -> None:
    found = knob_fields(Knobs)
    assert list(found) == ["samples", "noise", "squared", "baseline"]
    kind, knob, default = found["samples"]
    assert (kind, knob.label, knob.high, default) == (int, "noisy copies", 200, 50)


def test_a_method_without_settings_has_no_knobs() -> None:
    assert knob_fields(NoKnobs) == {}
    assert turn(NoKnobs) == NoKnobs()


def test_turning_a_knob_leaves_the_others_at_their_defaults() -> None:
    assert turn(Knobs, noise=0.3, baseline="gray") == Knobs(50, 0.3, False, "gray")


@pytest.mark.parametrize("value", [4, 200, 50.0, np.int64(50)])
def test_whole_numbers_at_and_between_the_ends_are_taken(value: Any) -> None:
    turned = turn(Knobs, samples=value).samples
    assert turned == value
    assert type(turned) is int  # else the same choice would make two recipes


def test_numbers_of_numpy_become_plain_ones_that_a_recipe_can_hold() -> None:
    assert type(turn(Knobs, noise=np.float32(0.25)).noise) is float
    assert type(turn(Knobs, noise=1).noise) is float


@pytest.mark.parametrize(
    ("setting", "remedy"),
    [
        ({"samples": 3}, "Give a number from 4 to 200."),
        ({"samples": 201}, "Give a number from 4 to 200."),
        ({"samples": 50.5}, "Give a whole number."),
        ({"samples": "50"}, "Give a number from 4 to 200."),
        ({"samples": True}, "Give a number from 4 to 200."),
        ({"noise": float("nan")}, "Give a number from 0 to 1."),
        ({"noise": None}, "Give a number from 0 to 1."),
        ({"noise": True}, "Give a number from 0 to 1."),
        ({"squared": 1}, "Give True or False."),
    ],
)
def test_a_value_that_a_knob_may_not_be_is_refused_with_what_it_may_be(setting: dict[str, Any], remedy: str) -> None:
    with pytest.raises(VizError) as refused:
        turn(Knobs, **setting)
    assert refused.value.remedy == remedy
    assert next(iter(setting)) in refused.value.sentence


def test_a_word_that_is_not_among_the_choices_is_refused_with_the_closest_one() -> None:
    with pytest.raises(UnknownName, match=r"Did you mean gray\?"):
        turn(Knobs, baseline="grey")


def test_a_setting_that_the_method_does_not_have_is_refused_with_the_closest_one() -> None:
    with pytest.raises(UnknownName, match=r"Did you mean samples\?"):
        turn(Knobs, sample=5)


def test_a_menu_is_in_the_order_in_which_its_methods_are_given() -> None:
    menu = Menu("method", method("b"), method("a"))
    assert [each.key for each in menu] == ["b", "a"]
    assert len(menu) == 2


def test_a_menu_gives_a_method_by_its_key_and_knows_which_it_has() -> None:
    menu = Menu("method", method("b"), method("a"))
    assert menu["a"].key == "a"
    assert "a" in menu
    assert "c" not in menu


def test_a_menu_answers_an_unknown_name_with_what_it_has() -> None:
    with pytest.raises(UnknownName, match=r"There is no saliency method called 'zzz'. Choose one of: b, a."):
        Menu("saliency method", method("b"), method("a"))["zzz"]


def test_two_methods_of_one_key_are_refused_rather_than_one_of_them_lost() -> None:
    with pytest.raises(ValueError, match="same key"):
        Menu("method", method("a"), method("b"), method("a"))


def test_a_menu_cannot_be_changed() -> None:
    menu = Menu("method", method("a"))
    with pytest.raises(FrozenInstanceError):
        menu.what = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        menu.methods["b"] = method("b")  # type: ignore[index]


@dataclass(frozen=True)
class Ball:
    norm: Annotated[str, Knob("norm", choices=("L2", "L-infinity"))] = "L2"
    levels: Annotated[float, Knob("radius", 0.5, 64, only=("norm", "L-infinity"))] = 4.0
    steps: Annotated[int, Knob("steps", 1, 10)] = 5


def test_a_knob_that_another_one_leaves_unused_is_refused_and_the_remedies_work() -> None:
    for value in (8.0, 4.0):  # its default would be ignored all the same
        with pytest.raises(VizError) as refusal:
            turn(Ball, levels=value)
        assert refusal.value.sentence == "levels is not used where norm is 'L2'."
        assert refusal.value.remedy == "Leave it out, or give norm='L-infinity'."
    assert turn(Ball, levels=8, norm="L-infinity") == Ball("L-infinity", 8.0)
    assert turn(Ball, steps=3) == Ball(steps=3)


def test_a_complete_set_of_knobs_is_taken_as_a_recipe_holds_it() -> None:
    assert turn(Ball, norm="L2", levels=8, steps=3) == Ball("L2", 8.0, 3)
