"""Checkpoints as training scripts write them open, and say how they were understood."""

from __future__ import annotations

import argparse
import collections
import dataclasses
import os
import pathlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from torch import nn

from tests.weights.made import State, load
from vizlib.errors import CheckpointMismatch, NotShowable


def named(state: State, prefix: str) -> State:
    return {prefix + key: each for key, each in state.items()}


def moved(state: State, old: str, new: str) -> State:
    return {key.replace(old, new, 1) if key.startswith(old) else key: each for key, each in state.items()}


def opened(content: Any, folder: Path, name: str = "mine.pth", **arguments: Any) -> Any:
    torch.save(content, folder / name)
    return load("test_resnet", str(folder / name), **arguments)


def same(model: Any, state: State) -> bool:
    found = model.network.state_dict()
    return found.keys() == state.keys() and all(torch.equal(found[key], each) for key, each in state.items())


def nested(state: Any, *keys: str) -> Any:
    for key in reversed(keys):
        state = {key: state, "epoch": 3}
    return state


PATHS = [
    ("state_dict",), ("model",), ("model_state_dict",), ("net",), ("network",), ("module",), ("weights",), ("params",),
    ("model", "state_dict"), ("checkpoint", "model", "weights"), ("what", "ever"),
]  # fmt: skip
PREFIXES = [
    "model.", "backbone.", "encoder.", "net.", "module.", "_orig_mod.", "module.model.", "model._orig_mod.",
    "_orig_mod.module.", "student.backbone.net.", "odd-name.",
]  # fmt: skip


@pytest.mark.parametrize("keys", PATHS, ids=".".join)
def test_weights_are_found_in_dictionaries_at_any_depth(keys: tuple[str, ...], tmp_path: Path, five: State) -> None:
    model = opened(nested(five, *keys), tmp_path)
    assert same(model, five)
    assert model.notice == ""
    assert model.class_names == [f"class {each}" for each in range(5)]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_one_prefix_of_all_names_is_taken_off(prefix: str, tmp_path: Path, five: State) -> None:
    assert same(opened({"state_dict": named(five, prefix)}, tmp_path), five)


def test_torch_compile_inside_the_network_changes_no_name(tmp_path: Path, five: State) -> None:
    assert same(opened(moved(five, "layer1.", "layer1._orig_mod."), tmp_path), five)


@dataclasses.dataclass
class Settings:
    """As scripts define them; the class is not there when the file is opened."""

    rate: float = 0.1


class Lists(dict[str, Any]):
    """A dictionary of another program."""


BESIDE = {
    "number": np.float64(71),
    "array": np.arange(3),
    "namespace": argparse.Namespace(lr=0.1, out=pathlib.Path("runs")),
    "path": pathlib.PurePosixPath("runs"),
    "default": collections.defaultdict(list, loss=[1.0]),
    "settings": Settings(),
    "lists": Lists(a=1),
    "loss": nn.CrossEntropyLoss(),
    "optimizer": torch.optim.SGD([torch.zeros(2, requires_grad=True)], 0.1, momentum=0.9).state_dict(),
}


@pytest.mark.parametrize("what", BESIDE)
def test_what_scripts_write_beside_the_weights_does_no_harm(what: str, tmp_path: Path, five: State) -> None:
    assert same(opened({"state_dict": five, what: BESIDE[what]}, tmp_path), five)


def test_an_object_of_another_program_is_not_made_again(tmp_path: Path, five: State) -> None:
    class Explodes:
        def __reduce__(self) -> Any:
            return nn.Linear, (5, 5)  # stands for any function of any library

    assert same(opened({"state_dict": five, "x": Explodes()}, tmp_path), five)


@pytest.mark.parametrize("function", [os.system, eval, getattr, print])
def test_a_function_of_the_standard_library_is_refused(function: Any, tmp_path: Path, five: State) -> None:
    class Explodes:
        def __reduce__(self) -> Any:
            return function, ("raise SystemError",)

    with pytest.raises(CheckpointMismatch, match=r"^mine.pth holds program code or other things than weights"):
        opened({"state_dict": five, "x": Explodes()}, tmp_path)


@pytest.mark.parametrize("first", [b"\x00", b"\x80", b"\x80\x02", b"(", b"]", b"}", b"N", b"R", b"g", b"\xff"])
def test_noise_is_damaged_and_never_called_a_program(first: bytes, folder: Path) -> None:
    """Some bytes are instructions of Python's pickles, after which PyTorch gives other reasons than for the rest."""
    (folder / "test_resnet.pth").write_bytes(first + b"arbage" * 40)
    with pytest.raises(CheckpointMismatch, match=r"^local/test_resnet.pth is damaged, or is not a checkpoint"):
        load("local/test_resnet")


def test_arrays_of_numpy_are_weights_too(tmp_path: Path, five: State) -> None:
    assert same(opened({key: each.numpy() for key, each in five.items()}, tmp_path), five)


# Averaged weights


@pytest.mark.parametrize(
    "place",
    ["state_dict_ema", "model_ema", "ema_state_dict", "ema", "ema.module", "swa_model"],
)
def test_averaged_weights_come_first_and_are_named(place: str, tmp_path: Path, five: State) -> None:
    averaged = {key: each * 0.5 if each.is_floating_point() else each for key, each in five.items()}
    outer, _, inner = place.partition(".")
    model = opened({"state_dict": five, outer: {inner: averaged} if inner else averaged}, tmp_path)
    assert same(model, averaged)
    assert model.notice == f"The averaged weights in the file ({place}) were opened, as timm chooses."


def test_averaged_weights_in_the_same_dictionary_come_first(tmp_path: Path, five: State) -> None:
    averaged = {key: each * 0.5 if each.is_floating_point() else each for key, each in five.items()}
    assert same(opened({**named(five, "model."), **named(averaged, "model_ema.")}, tmp_path), averaged)


def test_averaged_weights_without_the_running_statistics_are_not_taken(tmp_path: Path, five: State) -> None:
    some = {key: each for key, each in five.items() if "running" not in key}
    model = opened({"model": five, "ema": some}, tmp_path)
    assert same(model, five)
    assert model.notice == ""


def test_of_two_networks_the_first_opens_and_says_so(tmp_path: Path, five: State) -> None:
    other = {key: each + 1 for key, each in five.items()}
    model = opened({**named(five, "student."), **named(other, "teacher.")}, tmp_path)
    assert same(model, five)
    assert model.notice == "The file holds 2 networks of this kind; student was opened."


# The classifier


@pytest.mark.parametrize("module", ["head", "classifier.1", "fc.1", "classification_head.linear"])
def test_a_classifier_of_another_name_is_found(module: str, tmp_path: Path, five: State) -> None:
    model = opened({"state_dict": named(moved(five, "fc.", f"{module}."), "model.")}, tmp_path)
    assert same(model, five)
    assert model.notice == f"The classifier is called {module} in the file."


def test_a_classifier_beside_the_backbone_is_found(tmp_path: Path, five: State) -> None:
    whole = named({key: each for key, each in five.items() if not key.startswith("fc.")}, "backbone.")
    whole |= {"head.weight": five["fc.weight"], "head.bias": five["fc.bias"], "loss.weight": torch.ones(5)}
    model = opened(whole, tmp_path)
    assert same(model, five)
    assert model.notice.endswith("Other weights in the file were left out: loss.")


def test_a_file_without_a_classifier_opens_without_classes(tmp_path: Path, five: State) -> None:
    model = opened({key: each for key, each in five.items() if not key.startswith("fc.")}, tmp_path)
    assert model.class_names == []
    assert model.notice == "The file holds no classifier, so the network opens without classes."


def several_layers(five: State, module: str = "fc") -> State:
    body = {key: each for key, each in five.items() if not key.startswith("fc.")}
    width = five["fc.weight"].shape[1]
    head = nn.Sequential(nn.Linear(width, 16), nn.ReLU(), nn.Dropout(), nn.Linear(16, 5))
    return {**body, **named(dict(head.state_dict()), f"{module}.")}


@pytest.mark.parametrize("module", ["fc", "head"])
def test_a_head_of_several_layers_is_told_with_its_classes(module: str, tmp_path: Path, five: State) -> None:
    says = rf"^mine.pth has a head of several layers \({module}.0, {module}.3\) with 5 classes, where test_resnet has"
    with pytest.raises(CheckpointMismatch, match=says):
        opened(several_layers(five, module), tmp_path)


def test_two_heads_are_told(tmp_path: Path, five: State) -> None:
    both = {**moved(five, "fc.", "kind."), "color.weight": five["fc.weight"][:2], "color.bias": five["fc.bias"][:2]}
    with pytest.raises(CheckpointMismatch, match=r"several heads \(kind with 5 classes, color with 2 classes\)"):
        opened(both, tmp_path)


# How many classes and channels


@pytest.mark.parametrize("asked", [{}, {"num_classes": 5}])
def test_the_number_of_classes_is_that_of_the_file(asked: dict[str, int], tmp_path: Path, five: State) -> None:
    assert opened(five, tmp_path, **asked).class_names == ["class 0", "class 1", "class 2", "class 3", "class 4"]


def test_another_number_than_the_files_is_told_with_both(tmp_path: Path, five: State) -> None:
    with pytest.raises(CheckpointMismatch, match=r"^mine.pth has 5 classes, where 7 were asked for\. .*ask for 5\.$"):
        opened(five, tmp_path, num_classes=7)


def test_names_of_layers_that_only_timm_understands_bring_their_classes_too(tmp_path: Path) -> None:
    """ConvNeXt's authors have other names than timm, which timm changes while it loads."""
    network = timm.create_model("test_convnext", num_classes=5)
    state = {}
    for key, each in network.state_dict().items():
        key = re.sub(r"stages\.(\d)\.blocks\.(\d)", r"stages.\1.\2", key).replace("stem.", "downsample_layers.0.")
        key = re.sub(r"stages\.(\d)\.downsample\.(\d)", r"downsample_layers.\1.\2", key).replace("conv_dw", "dwconv")
        key = key.replace("mlp.fc", "pwconv").replace("head.norm", "norm").replace("head.fc", "head")
        state[key] = each
    torch.save({"model": named(state, "net.")}, tmp_path / "mine.pth")
    assert same(load("test_convnext", str(tmp_path / "mine.pth")), dict(network.state_dict()))


@pytest.mark.slow
def test_layers_that_a_network_has_only_with_a_classifier_are_not_missed(tmp_path: Path) -> None:
    state = timm.create_model("repvit_m0_9", num_classes=0).state_dict()
    torch.save(state, tmp_path / "mine.pth")
    assert load("repvit_m0_9", str(tmp_path / "mine.pth")).class_names == []


def test_a_first_layer_for_gray_pictures_makes_a_network_for_gray_pictures(tmp_path: Path) -> None:
    state = dict(timm.create_model("test_resnet", num_classes=5, in_chans=1).state_dict())
    model = opened(state, tmp_path)
    assert same(model, state)
    assert model.preprocessing.channels == 1
    assert model(torch.rand(1, 3, 64, 64)).shape == (1, 5)


def test_five_channels_are_told(tmp_path: Path) -> None:
    with pytest.raises(NotShowable, match="takes pictures of 5 channels"):
        opened(timm.create_model("test_resnet", in_chans=5).state_dict(), tmp_path)


# Where the network's name is


@pytest.mark.parametrize("beside", [{"arch": "test_resnet"}, {"args": argparse.Namespace(model="Test-ResNet")}])
def test_a_file_may_say_its_network_itself(beside: dict[str, Any], folder: Path, five: State) -> None:
    torch.save({"state_dict": five, **beside}, folder / "model_best.pth.tar")
    assert same(load("local/model_best"), five)


def test_a_safetensors_file_is_known_by_its_content(folder: Path, five: State) -> None:
    from safetensors.torch import save_file

    save_file(five, folder / "test_resnet.BIN")
    assert same(load("local/test_resnet"), five)


def test_the_path_goes_to_the_log_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "mine.pth").write_text("hello")
    with pytest.raises(CheckpointMismatch) as caught:
        load("test_resnet", str(tmp_path / "mine.pth"))
    assert str(tmp_path) not in str(caught.value)
    assert str(tmp_path / "mine.pth") in caplog.text
