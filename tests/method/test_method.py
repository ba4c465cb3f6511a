"""Menus, methods and knobs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import FrozenInstanceError, dataclass
from typing import Annotated, Any

import numpy as np
import pytest

from vizlib.errors import UnknownName, VizError
from vizlib.method import Knob, Menu, Method, NoKnobs, Options, knob_fields, options, settings_of, turn


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


METHODS = (
    Method("grad_cam", "Grad-CAM", "A. Person 2013", "One idea.", run),
    Method("integrated_gradients", "Integrated gradients", "A. Person 2013", "One idea.", run, aliases=("ig",)),
    Method("pgd", "PGD", "A. Person 2013", "One idea.", run, aliases=("projected gradient descent",)),
    Method("fmn", "FMN", "A. Person 2013", "One idea.", run),
)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("GradCAM", "grad_cam"),
        ("Grad-CAM", "grad_cam"),
        ("grad cam", "grad_cam"),
        ("ig", "integrated_gradients"),
        ("IG", "integrated_gradients"),
        ("IntegratedGradients", "integrated_gradients"),
        ("PGD", "pgd"),
        ("projected_gradient_descent", "pgd"),
    ],
)
def test_a_menu_understands_usual_spellings_labels_and_aliases(name: str, key: str) -> None:
    assert Menu("method", *METHODS)[name].key == key


@pytest.mark.parametrize("name", ["fgsm", "", "-", "grad", 3, None])
def test_a_menu_never_guesses(name: Any) -> None:
    with pytest.raises(UnknownName):
        Menu("method", *METHODS)[name]


def test_a_short_name_suggests_no_other_short_name() -> None:
    with pytest.raises(UnknownName) as caught:
        Menu("attack", *METHODS[2:])["fgsm"]
    assert caught.value.remedy == "Choose one of: pgd, fmn."


def test_two_methods_that_one_spelling_would_mean_are_refused() -> None:
    with pytest.raises(ValueError, match="another name in common"):
        Menu("method", method("a_b"), Method("c", "A-B", "A. Person 2013", "One idea.", run))


@dataclass(frozen=True)
class Ball:
    norm: Annotated[str, Knob("norm", choices=("L2", "L-infinity"))] = "L2"
    step_size: Annotated[float, Knob("step size", 0, 1)] = 0.1
    steps: Annotated[int, Knob("steps", 1, 100, 1, "Each takes one gradient.")] = 40
    levels: Annotated[float, Knob("radius (gray levels)", 0, 64)] = 4.0


@pytest.mark.parametrize("norm", ["Linf", "linf", "l-infinity", "inf", "L-infinity"])
def test_a_choice_is_found_by_its_usual_spellings_and_kept_as_its_key(norm: str) -> None:
    assert turn(Ball, norm=norm) == Ball(norm="L-infinity")


@pytest.mark.parametrize(
    ("name", "meant"),
    [("lr", "step_size"), ("eps", "levels"), ("epsilon", "levels"), ("n_steps", "steps"), ("iterations", "steps")],
)
def test_what_a_setting_is_called_elsewhere_is_suggested(name: str, meant: str) -> None:
    with pytest.raises(UnknownName) as caught:
        turn(Ball, **{name: 1})
    assert caught.value.remedy == f"Did you mean {meant}?"


def test_what_is_called_otherwise_elsewhere_and_is_missing_here_suggests_nothing_else() -> None:
    with pytest.raises(UnknownName) as caught:
        turn(Knobs, eps=1)
    assert caught.value.remedy == "Choose one of: samples, noise, squared, baseline."


def test_the_settings_of_a_method_print_as_a_table_with_ranges_defaults_and_meaning() -> None:
    found = options(Ball)
    assert [each.name for each in found] == ["norm", "step_size", "steps", "levels"]
    assert found[2].kind == "int"
    assert str(found) == repr(found)
    assert str(found).splitlines() == [
        "name       type   default  takes           what it is",
        "norm       str    L2       L2, L-infinity  Norm.",
        "step_size  float  0.1      0 to 1          Step size.",
        "steps      int    40       1 to 100        Steps. Each takes one gradient.",
        "levels     float  4        0 to 64         Radius (gray levels).",
    ]


def test_a_method_without_settings_says_so() -> None:
    assert str(options(NoKnobs)) == "no settings"


def test_long_lists_of_defaults_are_shortened_in_print_only() -> None:
    (option,) = options(Knobs, {"samples": tuple(range(9))})[:1]
    assert option.default == tuple(range(9))
    assert "0, 1, 2, ..., 8 (9" in str(Options([option]))


@dataclass(frozen=True)
class Bounded:
    norm: Annotated[str, Knob("norm", choices=("L2", "L-infinity"))] = "L2"
    levels: Annotated[float, Knob("radius", 0.5, 64, only=("norm", "L-infinity"))] = 4.0
    steps: Annotated[int, Knob("steps", 1, 10)] = 5


def test_a_knob_that_another_one_leaves_unused_is_refused_and_the_remedies_work() -> None:
    for value in (8.0, 4.0):  # its default would be ignored all the same
        with pytest.raises(VizError) as refusal:
            turn(Bounded, levels=value)
        assert refusal.value.sentence == "levels is not used where norm is 'L2'."
        assert refusal.value.remedy == "Leave it out, or give norm='L-infinity'."
    assert turn(Bounded, levels=8, norm="L-infinity") == Bounded("L-infinity", 8.0)
    assert turn(Bounded, steps=3) == Bounded(steps=3)


def test_a_complete_set_of_knobs_is_taken_as_a_recipe_holds_it() -> None:
    assert turn(Bounded, norm="L2", levels=8, steps=3) == Bounded("L2", 8.0, 3)


@dataclass(frozen=True)
class Grown(Bounded):
    rate: Annotated[float, Knob("rate", 0.1, 9, later=True)] = 1.0


def test_a_knob_that_came_later_leaves_the_recipes_from_before_as_they_were() -> None:
    before = {"norm": "L2", "levels": 8.0, "steps": 3}
    assert settings_of(Bounded("L2", 8.0, 3)) == settings_of(Grown("L2", 8.0, 3)) == before
    assert turn(Grown, **before) == Grown("L2", 8.0, 3)  # as complete as recipes were then
    assert settings_of(Grown(rate=2.0))["rate"] == 2.0
    assert turn(Grown, **settings_of(Grown("L2", 8.0, 3, 2.0))) == Grown("L2", 8.0, 3, 2.0)
    with pytest.raises(VizError, match="levels is not used"):
        turn(Grown, levels=8, rate=2.0)
