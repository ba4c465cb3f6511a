"""Everything that can be set is one call away, and every method is found by the names that people know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import pytest

import vizlib
from vizlib.activation_maximization import PRESETS, TRANSFORMS
from vizlib.errors import plain
from vizlib.evaluation import SHAKES, sweeping
from vizlib.evaluation.shakes import ShakeName
from vizlib.fooling import MENU as ATTACKS
from vizlib.saliency import MENU as METHODS

PICTURE = np.random.default_rng(0).integers(0, 256, (28, 28, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def model() -> vizlib.Classifier:
    return vizlib.load_model("bundled/digits", device="cpu")


@pytest.mark.parametrize("method", [*vizlib.saliency_methods(), *vizlib.fooling_methods()])
def test_the_knobs_of_every_method_are_listed(method: str) -> None:
    found = vizlib.knobs(method)
    for each in found:
        assert each.takes
        assert each.help.endswith((".", "?"))
        assert each.name in str(found)


def test_no_name_means_a_saliency_method_and_an_attack() -> None:
    names = [
        {plain(name) for each in menu for name in (each.key, each.label, *each.aliases)} for menu in (METHODS, ATTACKS)
    ]
    assert not names[0] & names[1]


def test_knobs_of_an_unknown_method_are_answered_with_all_methods() -> None:
    with pytest.raises(vizlib.UnknownName) as caught:
        vizlib.knobs("zzz")
    assert all(method in caught.value.remedy for method in [*vizlib.saliency_methods(), *vizlib.fooling_methods()])


def test_all_settings_of_maximize_are_listed_with_the_defaults_of_the_network(model: vizlib.Classifier) -> None:
    plain_ones, own = vizlib.settings(), vizlib.settings(model)
    assert {each.name for each in plain_ones} == set(vizlib.Settings.__dataclass_fields__)
    assert {each.name: each.default for each in own}["transforms"] == PRESETS["chain"]["class"]["transforms"]
    (transforms,) = (each for each in plain_ones if each.name == "transforms")
    assert transforms.takes == ", ".join(TRANSFORMS)


def test_all_shakes_are_listed_with_the_values_of_the_network(model: vizlib.Classifier) -> None:
    assert [each.name for each in vizlib.shakes()] == list(SHAKES)
    for each in vizlib.shakes(model):
        assert each.default == SHAKES[each.name].usual(model)
        assert SHAKES[each.name].unit.split(",")[0] in each.help


def test_editors_complete_the_names_of_the_shakes() -> None:
    assert get_args(ShakeName) == tuple(SHAKES)


def test_an_unknown_setting_of_maximize_is_answered_with_all_of_them(model: vizlib.Classifier) -> None:
    with pytest.raises(vizlib.UnknownName) as caught:
        vizlib.maximize(model, 3, zzz=1)
    assert all(each.name in caught.value.remedy for each in vizlib.settings())


@pytest.mark.parametrize(
    ("call", "meant"),
    [
        (lambda model: vizlib.maximize(model, 3, lr=1), "learning_rate"),
        (lambda model: vizlib.saliency(model, model.prepare(PICTURE), "smoothgrad", n_samples=3), "samples"),
        (lambda model: vizlib.saliency(model, model.prepare(PICTURE), "smoothgrad", stdev=3), "noise"),
        (lambda model: vizlib.saliency(model, model.prepare(PICTURE), "ig", n_steps=3), "steps"),
        (lambda model: vizlib.fool(model, PICTURE, 3, "PGD", iterations=3), "steps"),
        (lambda model: vizlib.fool(model, PICTURE, 3, "DDN", n_iter=3), "steps"),
        (lambda model: vizlib.fool(model, PICTURE, 3, "fmn", lr=3), "rate"),
    ],
)
def test_the_names_of_other_libraries_lead_to_ours(
    model: vizlib.Classifier, call: Callable[[vizlib.Classifier], Any], meant: str
) -> None:
    with pytest.raises(vizlib.UnknownName, match=rf"Did you mean {meant}\?"):
        call(model)


def test_a_result_holds_the_key_and_never_the_spelling(model: vizlib.Classifier) -> None:
    result = vizlib.fool(model, PICTURE, 3, "PGD", norm="Linf", steps=2)
    recipe = vizlib.read_recipe(result.png)
    assert recipe is not None
    assert (result.method, recipe["method"], recipe["settings"]["norm"]) == ("pgd", "pgd", "L-infinity")
    assert vizlib.last(sweeping(model, PICTURE, "JPEG quality", [90])).transform == "jpeg"
    swept = vizlib.sweep(model, PICTURE, "Interpolation", ["BICUBIC"])
    assert (swept == vizlib.sweep(model, PICTURE, "interpolation", ["bicubic"])).all()
    map_ = vizlib.saliency(model, PICTURE, "Grad-CAM", 3)
    assert (map_ == vizlib.saliency(model, PICTURE, "grad_cam", 3)).all()
    assert (vizlib.perturb(model, model.prepare(PICTURE), [3], "PGD", steps=2) >= 0).all()


def test_every_list_of_settings_has_a_line_that_fits_a_screen() -> None:
    for call in (vizlib.settings, vizlib.shakes, lambda: vizlib.knobs("pgd")):
        assert max(map(len, str(call()).splitlines())) < 150
