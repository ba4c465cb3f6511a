"""The names of classes, in all common ways to write them; a contradiction is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import save_file
from torch import nn

from tests.weights.made import State, load
from vizlib.errors import CheckpointMismatch
from vizlib.weights import class_names

ANIMALS = ["cat", "dog", "cow"]


@pytest.fixture(scope="module")
def three() -> State:
    return dict(timm.create_model("test_resnet", num_classes=3).state_dict())


def configured(folder: Path, state: State, **config: Any) -> str:
    (folder / "mine").mkdir()
    save_file(state, folder / "mine" / "model.safetensors")
    usual = {"architecture": "test_resnet", "num_classes": len(state["fc.bias"])}
    usual |= {"pretrained_cfg": {"input_size": [3, 64, 64]}}
    (folder / "mine" / "config.json").write_text(
        json.dumps({key: each for key, each in {**usual, **config}.items() if each is not None})
    )
    return "local/mine"


WAYS: list[dict[str, Any]] = [
    {"label_names": ANIMALS},
    {"label_names": {"0": "cat", "1": "dog", "2": "cow"}},
    {"label_names": {"2": "cow", "1": "dog", "0": "cat"}},
    {"label_names": {"cow": 2, "dog": 1, "cat": 0}},
    {"id2label": {"0": "cat", "1": "dog", "2": "cow"}},
    {"label2id": {"cow": 2, "dog": 1, "cat": 0}},
    {"label2id": {"cow": "2", "dog": "1", "cat": "0"}},
    {"classes": ANIMALS},
    {"class_names": ANIMALS},
    {"labels": ANIMALS},
    {"CLASSES": ANIMALS},
    {"class_to_idx": {"cow": 2, "dog": 1, "cat": 0}},
    {"label_names": ["n1", "n2", "n3"], "label_descriptions": {"n1": "cat", "n2": "dog", "n3": "cow"}},
    {"label_names": ["n1", "n2", "n3"], "label_descriptions": ANIMALS},
    {"label_names": ["n1", "dog", "n3"], "label_descriptions": {"n1": "cat", "n3": "cow"}},
    {"label_names": None, "pretrained_cfg": {"input_size": [3, 64, 64], "label_names": ANIMALS}},
    {"pretrained_cfg": None, "id2label": {"0": "cat", "1": "dog", "2": "cow"}, "transformers_version": "5"},
    {"label_names": [], "classes": ANIMALS},
]  # fmt: skip


@pytest.mark.parametrize("config", WAYS, ids=str)
def test_names_are_read_in_every_common_way(config: dict[str, Any], folder: Path, three: State) -> None:
    assert load(configured(folder, three, **config)).class_names == ANIMALS


def test_digits_as_folders_keep_their_numbers(folder: Path, three: State) -> None:
    assert load(configured(folder, three, class_to_idx={"7": 0, "1": 1, "0": 2})).class_names == ["7", "1", "0"]


@pytest.mark.parametrize("file", ["labels.txt", "classes.txt"])
def test_a_list_beside_the_checkpoint_gives_the_names(file: str, folder: Path, three: State) -> None:
    name = configured(folder, three)
    (folder / "mine" / file).write_text("cat\ndog\n cow \n\n")
    assert load(name).class_names == ANIMALS


CONTRADICTIONS: list[tuple[dict[str, Any], str]] = [
    ({"label_names": ["cat", "dog"]}, "label_names has 2 names for 3 classes. Correct label_names, or leave it out"),
    ({"id2label": {"0": "cat", "1": "dog"}}, "id2label has 2 names for 3 classes"),
    ({"id2label": {"0": "cat", "2": "dog", "3": "cow"}}, "the numbers in id2label are not those from 0 to 2"),
    ({"label2id": {"cat": 0, "dog": 0, "cow": 1}}, "the numbers in label2id are not those from 0 to 2"),
    ({"label_names": 5}, "label_names is 5"),
    ({"label_names": [["cat"], None, {}]}, "label_names is "),
    ({"label_names": ANIMALS, "label_descriptions": 5}, "label_descriptions is 5"),
    ({"num_classes": 7}, "has 3 classes, where its config.json says 7"),
    ({"model_args": {"num_classes": 2}}, "has 3 classes, where its config.json says 2"),
]


@pytest.mark.parametrize(("config", "says"), CONTRADICTIONS, ids=[each for _, each in CONTRADICTIONS])
def test_a_contradiction_is_told(config: dict[str, Any], says: str, folder: Path, three: State) -> None:
    with pytest.raises(CheckpointMismatch, match=says):
        load(configured(folder, three, **config))


def test_a_thousand_classes_of_its_own_are_not_imagenets(folder: Path, state: State) -> None:
    assert load(configured(folder, state)).class_names == [f"class {each}" for each in range(1000)]


def test_a_folder_that_says_that_it_is_imagenets_has_imagenets_names(folder: Path, state: State) -> None:
    tagged = {"input_size": [3, 64, 64], "tag": "a1_in1k"}
    assert load(configured(folder, state, pretrained_cfg=tagged)).class_names[0] == "tench, Tinca tinca"


@pytest.mark.parametrize(
    ("tag", "count", "first"),
    [
        ("a1_in1k", 1000, "tench"),
        ("augreg_in21k_ft_in1k", 1000, "tench"),
        ("augreg_in21k", 21843, "organism"),
        ("fb_in22k", 21841, "organism"),
        ("sw_in12k", 11821, "benthos"),
        ("sw_in12k_ft_in1k", 11821, "class 0"),
        ("in1k", 10, "class 0"),
        ("inat21", 1000, "class 0"),
        ("", 1000, "class 0"),
    ],
)
def test_imagenets_parts_have_their_own_names(tag: str, count: int, first: str) -> None:
    network: Any = nn.Identity()
    network.num_classes, network.pretrained_cfg = count, {"tag": tag}
    names = class_names(network)
    assert len(names) == count
    assert names[0].split(",")[0] == first


@pytest.mark.slow
def test_every_published_classifier_of_imagenets_has_its_names() -> None:
    network: Any = nn.Identity()
    unnamed = []
    for name in timm.list_pretrained():
        config = timm.get_pretrained_cfg(name).to_dict()
        network.num_classes, network.pretrained_cfg = config["num_classes"], config
        if config["num_classes"] in (1000, 11221, 11821, 21841, 21842, 21843) and class_names(network)[0] == "class 0":
            unnamed.append(name)
    assert unnamed == ["resmlp_12_224.fb_dino", "resmlp_24_224.fb_dino"]  # trained without labels


BESIDE: list[dict[str, Any]] = [
    {"classes": ANIMALS},
    {"class_to_idx": {"cow": 2, "dog": 1, "cat": 0}},
    {"meta": {"CLASSES": ("cat", "dog", "cow")}},
    {"hyper_parameters": {"class_names": ANIMALS}},
]


@pytest.mark.parametrize("beside", BESIDE, ids=str)
def test_a_checkpoint_may_name_its_classes_beside_the_weights(
    beside: dict[str, Any], tmp_path: Path, three: State
) -> None:
    torch.save({"state_dict": three, **beside}, tmp_path / "mine.pth")
    model = load("test_resnet", str(tmp_path / "mine.pth"))
    assert model.class_names == ANIMALS
    assert model.notice == ""


def test_names_in_a_checkpoint_that_do_not_fit_are_not_taken_and_told(tmp_path: Path, three: State) -> None:
    torch.save({"state_dict": three, "classes": ["cat", "dog"]}, tmp_path / "mine.pth")
    model = load("test_resnet", str(tmp_path / "mine.pth"))
    assert model.class_names == ["class 0", "class 1", "class 2"]
    assert model.notice == "The file names 2 classes, but has 3, so its names were not taken."


def test_one_output_may_have_a_name_for_yes_or_for_both_sides(folder: Path) -> None:
    one = dict(timm.create_model("test_resnet", num_classes=1).state_dict())
    network: Any = load(configured(folder, one, label_names=["healthy", "tumor"])).network
    assert class_names(network) == ["healthy", "tumor"]


@pytest.mark.parametrize("where", ["outside", "inside"])
def test_the_kind_of_labels_is_kept(where: str, folder: Path, three: State) -> None:
    kind = {"problem_type": "multi_label_classification"}
    inside = {"pretrained_cfg": {"input_size": [3, 64, 64], **kind}}
    network: Any = load(configured(folder, three, **(kind if where == "outside" else inside))).network
    assert network.pretrained_cfg["problem_type"] == "multi_label_classification"
