"""A plan says in plain words what it cannot be, and where; it becomes the tasks whose keys the pages use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vizlib.activation_maximization import AtlasPlan, stored_atlas
from vizlib.batch import read_plan
from vizlib.errors import UnknownName, VizError
from vizlib.layers import find_layer
from vizlib.models import Classifier, load_model
from vizlib.training import probe_layers

DIGITS = "bundled/digits"


@pytest.fixture(scope="module")
def model() -> Classifier:
    return load_model(DIGITS, device="cpu")


def tasks(model: Classifier, *listed: Any) -> list[Any]:
    return list(read_plan(listed).tasks(lambda name: model, "cpu"))


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"what": "atlsa"}, "There is no kind of result for entry 2 of the plan called 'atlsa'."),
        ({"networks": [DIGITS]}, "There is no kind of result for entry 2 of the plan called 'None'."),
        (7, "There is no kind of result for entry 2 of the plan called ''."),
        ({"what": "atlas"}, "There is no 'networks' in entry 2 of the plan (atlas)."),
        ({"what": "atlas", "networks": []}, "'networks' of entry 2 of the plan (atlas) is []."),
        ({"what": "atlas", "networks": DIGITS, "step": 4}, "no word of entry 2 of the plan (atlas) called 'step'."),
        ({"what": "atlas", "networks": DIGITS, "steps": 0}, "'steps' of entry 2 of the plan (atlas) is 0."),
        ({"what": "atlas", "networks": DIGITS, "seed": [0, "x"]}, "'seed' of entry 2 of the plan (atlas) is [0, 'x']."),
        ({"what": "atlas", "networks": DIGITS, "sign": True}, "'sign' of entry 2 of the plan (atlas) is True."),
    ],
)  # fmt: skip
def test_what_a_plan_cannot_say_is_told_with_its_place(entry: Any, sentence: str) -> None:
    with pytest.raises(VizError) as problem:
        read_plan([{"what": "atlas", "networks": [DIGITS]}, entry])
    assert sentence in problem.value.sentence
    assert problem.value.remedy


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"layers": ["no such"]}, "There is no layer of bundled/digits called 'no such'."),
        ({"settings": {"tvv": 1}}, "There is no setting called 'tvv'."),
        ({"channels": 4000}, "has no channel 4000"),
    ],
)
def test_what_a_network_does_not_have_is_told_with_the_place_in_the_plan(
    model: Classifier, words: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(VizError) as problem:
        tasks(model, {"what": "atlas", "networks": DIGITS, **words})
    assert problem.value.sentence.startswith("In entry 1 of the plan (atlas), for bundled/digits: ")
    assert sentence in problem.value.sentence


def test_a_file_that_is_no_plan_is_told_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    with pytest.raises(VizError, match=r"plan\.json cannot be read"):
        read_plan(file)
    file.write_text("[{]", encoding="utf-8")
    with pytest.raises(VizError, match=r"plan\.json is no JSON: .* line 1 column 3"):
        read_plan(file)
    file.write_text("{}", encoding="utf-8")
    with pytest.raises(VizError, match="no list of results"):
        read_plan(file)


def test_a_plan_may_stand_in_a_file(tmp_path: Path) -> None:
    listed = [{"what": "atlas", "networks": [DIGITS]}]
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(listed), encoding="utf-8")
    assert read_plan(file) == read_plan(listed)


def test_the_tasks_of_an_atlas_have_the_keys_of_the_stored_atlas(model: Classifier) -> None:
    layer = probe_layers(model)[1].path
    found = tasks(model, {"what": "atlas", "networks": DIGITS, "layers": layer, "steps": 5, "seed": [3, 4]})
    whole = tuple(range(find_layer(model, layer).shape[0]))
    expected = [stored_atlas(model, AtlasPlan(layer, whole, 5, seed), "cpu").keys for seed in (3, 4)]
    assert [each.key for each in found] == [*expected[0], *expected[1]]
    assert all(each.key_here == each.key for each in found)


def test_what_two_entries_ask_for_is_one_task(model: Classifier) -> None:
    one = {"what": "atlas", "networks": DIGITS}
    assert len(tasks(model, one, one)) == len(tasks(model, one)) > 3


def test_layers_are_named_by_path_pattern_or_all_together(model: Classifier) -> None:
    def of(*wanted: str) -> list[str]:
        found = tasks(model, {"what": "atlas", "networks": DIGITS, "layers": list(wanted), "channels": 0})
        return [each.recipe["layer"] for each in found]

    every, first = of("all"), of("all")[0]
    assert of("main") == [each.path for each in probe_layers(model)]
    assert of(first, first) == [first]
    assert of(f"{first[:3]}*") == [each for each in every if each.startswith(first[:3])]
    with pytest.raises(UnknownName):
        read_plan([{"what": "atlas", "networks": DIGITS, "wher": 1}])
