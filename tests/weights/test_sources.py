"""Where weights come from, and the message for a checkpoint that does not fit."""

from __future__ import annotations

import argparse
import json
import os
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import load_file, save_file

from tests.weights.made import State, birds, load
from vizlib.errors import CheckpointMismatch, ModelUnavailable, UnknownName, VizError
from vizlib.models import Classifier
from vizlib.weights import bundled_models, find, hub, local_models

PIXELS = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def expected(state: State) -> torch.Tensor:
    network = timm.create_model("test_resnet").eval()
    network.load_state_dict(state)
    return Classifier(network, "expected", torch.device("cpu"))(PIXELS)


@pytest.fixture(autouse=True)
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> Any:
        raise ModelUnavailable(f"The hub was asked for {name}.")

    monkeypatch.setattr(hub, "fetch", refuse)


# What is found


@pytest.mark.parametrize("suffix", [".safetensors", ".pth", ".pt", ".bin"])
def test_a_timm_name_looks_into_the_folder_first(
    suffix: str, folder: Path, state: State, expected: torch.Tensor
) -> None:
    (save_file if suffix == ".safetensors" else torch.save)(state, folder / f"test_resnet{suffix}")
    assert torch.equal(load("test_resnet")(PIXELS), expected)
    assert torch.equal(load("local/test_resnet")(PIXELS), expected)
    assert torch.equal(load("test_resnet.r160_in1k")(PIXELS), expected)  # the default tag of the architecture
    assert load("test_resnet").name == "test_resnet"


@pytest.mark.parametrize("wrapped", ["state_dict", "model", "module.", "_orig_mod."])
def test_checkpoints_are_unwrapped(wrapped: str, folder: Path, state: State, expected: torch.Tensor) -> None:
    inside = {f"{wrapped}{key}": each for key, each in state.items()} if wrapped.endswith(".") else state
    whole = inside if wrapped.endswith(".") else {wrapped: state, "epoch": 3, "args": argparse.Namespace(lr=0.1)}
    torch.save(whole, folder / "test_resnet.pth")
    assert torch.equal(load("test_resnet")(PIXELS), expected)


@pytest.mark.parametrize("stem", ["test_resnet.r160_in1k", "test_resnet.my_birds"])
def test_a_file_may_carry_a_tag_be_it_timms_or_not(
    stem: str, folder: Path, state: State, expected: torch.Tensor
) -> None:
    save_file(state, folder / f"{stem}.safetensors")
    assert torch.equal(load(f"local/{stem}")(PIXELS), expected)
    if stem.endswith("in1k"):
        assert torch.equal(load("test_resnet")(PIXELS), expected)


def test_a_folder_in_timms_layout_brings_its_own_class_names_and_preprocessing(folder: Path) -> None:
    config = {"pretrained_cfg": {"input_size": [3, 96, 96], "mean": [0.5] * 3, "std": [0.5] * 3, "crop_pct": 1.0}}
    birds(folder / "my_birds", **config)
    model = load("local/my_birds")
    assert model.class_names == ["robin", "wren", "owl"]
    assert model.input_size == (96, 96)
    assert model.preprocessing.mean == (0.5, 0.5, 0.5)
    network = timm.create_model("test_resnet", num_classes=3).eval()
    network.load_state_dict(load_file(folder / "my_birds" / "model.safetensors"))
    assert torch.equal(model(PIXELS), network((PIXELS - 0.5) / 0.5))
    assert load("my_birds").fingerprint == model.fingerprint


def test_a_path_names_a_file_or_a_folder(tmp_path: Path, state: State, expected: torch.Tensor) -> None:
    save_file(state, tmp_path / "anything.safetensors")
    assert torch.equal(load("test_resnet", str(tmp_path / "anything.safetensors"))(PIXELS), expected)
    birds(tmp_path / "birds")
    assert load("test_resnet", str(tmp_path / "birds")).class_names == ["robin", "wren", "owl"]


def test_a_path_may_give_other_weights_to_a_local_folder(folder: Path, tmp_path: Path) -> None:
    birds(folder / "my_birds")
    other = timm.create_model("test_resnet", num_classes=3).state_dict()
    save_file(other, tmp_path / "other.safetensors")
    model = load("local/my_birds", str(tmp_path / "other.safetensors"))
    assert torch.equal(model.network.state_dict()["fc.bias"], other["fc.bias"])
    assert model.class_names == ["robin", "wren", "owl"]


@pytest.mark.slow
def test_networks_with_a_loader_of_their_own_take_plain_files_too(folder: Path) -> None:
    name = next(each for each in timm.list_pretrained("vit_small*") if timm.get_pretrained_cfg(each).custom_load)
    torch.save(timm.create_model(name).state_dict(), folder / f"{name}.pth")
    assert load(name).name == name


def test_only_what_can_be_loaded_is_listed(folder: Path, state: State) -> None:
    (folder / "readme.txt").write_text("hello")
    (folder / ".DS_Store").write_bytes(b"\0")
    (folder / "._test_resnet.pth").write_bytes(b"\0")
    (folder / "empty").mkdir()
    (folder / "looks_like.pth").mkdir()
    save_file(state, folder / "test_resnet.safetensors")
    birds(folder / "my_birds")
    assert local_models() == {
        "local/test_resnet": folder / "test_resnet.safetensors",
        "local/my_birds": folder / "my_birds",
    }


@pytest.mark.parametrize("value", ["", "/nowhere/at/all", "~nobody_of_that_name/x", "x\0y", "a" * 5000, __file__])
def test_a_folder_that_is_not_there_holds_nothing(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {**os.environ, "VIZLIB_WEIGHTS": value})
    assert local_models() == {}
    assert find("test_resnet").kind == "hub"
    with pytest.raises(UnknownName, match="VIZLIB_WEIGHTS"):
        find("local/test_resnet")


def test_every_bundled_network_opens_without_a_connection() -> None:
    for name in bundled_models():
        model = load(name)
        assert len(model.class_names) == model(torch.rand(1, 3, *model.input_size)).shape[1]
        assert not model.class_names[0].startswith("class ")


# Malicious names


NAMES = [
    "",
    "../x",
    "local/../../etc/passwd",
    "local/",
    "bundled/../x",
    "bundled/",
    "/etc/passwd",
    "local-dir:/tmp",
    "hf-hub:somebody/test_resnet.r160_in1k",
    "test_resnet.",
    "test_resnet.nope",
    "test_resnet./../x",
    "test_resnet\0",
    "a" * 5000,
]


@pytest.mark.parametrize("weights", ["default", "random"])
@pytest.mark.parametrize("name", NAMES)
def test_an_odd_name_is_refused_and_reaches_no_file(
    name: str, weights: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.parent / "x").mkdir()
    opened: list[str] = []
    real = Path.read_text
    monkeypatch.setattr(Path, "read_text", lambda self, **words: opened.append(str(self)) or real(self, **words))
    monkeypatch.setattr(timm, "create_model", lambda *args, **words: pytest.fail("timm was asked"))
    with pytest.raises(UnknownName):
        load(name, weights)
    assert not opened


NOWHERE = ["", "/nowhere/x.pth", "~nobody_of_that_name/x", "x\0y", "a" * 5000, Path("/nowhere/x.pth")]


@pytest.mark.parametrize("weights", NOWHERE)
def test_a_path_that_is_not_there_is_told_in_a_sentence(weights: Any) -> None:
    with pytest.raises(ModelUnavailable, match=r"There is no checkpoint at .*Check the path"):
        load("test_resnet", weights)


# Checkpoints that do not fit give one sentence and a remedy, and leave the network loaded before unchanged


class Bomb:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.marker}",)


def _half(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])


def truncated_safetensors(folder: Path, state: State) -> None:
    save_file(state, folder / "test_resnet.safetensors")
    _half(folder / "test_resnet.safetensors")


def truncated_pth(folder: Path, state: State) -> None:
    torch.save(state, folder / "test_resnet.pth")
    _half(folder / "test_resnet.pth")


def truncated_old_pth(folder: Path, state: State) -> None:
    torch.save(state, folder / "test_resnet.pth", _use_new_zipfile_serialization=False)
    _half(folder / "test_resnet.pth")


def text(folder: Path, state: State) -> None:
    (folder / "test_resnet.pth").write_text("hello world\n" * 10)


def text_named_safetensors(folder: Path, state: State) -> None:
    (folder / "test_resnet.safetensors").write_text("hello world\n" * 10)


def empty_pth(folder: Path, state: State) -> None:
    (folder / "test_resnet.pth").touch()


def empty_safetensors(folder: Path, state: State) -> None:
    (folder / "test_resnet.safetensors").touch()


def a_list(folder: Path, state: State) -> None:
    torch.save([1, 2, 3], folder / "test_resnet.pth")


def no_tensors(folder: Path, state: State) -> None:
    torch.save({"epoch": 3, "best": 0.7}, folder / "test_resnet.pth")


def no_weights(folder: Path, state: State) -> None:
    torch.save({}, folder / "test_resnet.pth")


def code(folder: Path, state: State) -> None:
    torch.save({"state_dict": state, "extra": Bomb(folder.parent / "exploded")}, folder / "test_resnet.pth")


def bare_code(folder: Path, state: State) -> None:
    (folder / "test_resnet.pth").write_bytes(pickle.dumps(Bomb(folder.parent / "exploded")))


def whole_module(folder: Path, state: State) -> None:
    torch.save(timm.create_model("test_resnet"), folder / "test_resnet.pth")


def other_architecture(folder: Path, state: State) -> None:
    save_file(timm.create_model("test_vit").state_dict(), folder / "test_resnet.safetensors")


def one_layer_wider(folder: Path, state: State) -> None:
    """An inner layer has another width, which must not be reported as a number of classes."""
    key = next(key for key, each in state.items() if each.ndim == 4 and each.shape[-1] == 3)
    save_file({**state, key: state[key].repeat(1, 1, 2, 2)}, folder / "test_resnet.safetensors")


def one_layer_short(folder: Path, state: State) -> None:
    save_file({key: each for key, each in state.items() if key != "fc.bias"}, folder / "test_resnet.safetensors")


def not_a_timm_name(folder: Path, state: State) -> None:
    save_file(state, folder / "my_birds.safetensors")


def broken_config(folder: Path, state: State) -> None:
    (birds(folder / "my_birds") / "config.json").write_text('{"architecture": ')


def binary_config(folder: Path, state: State) -> None:
    (birds(folder / "my_birds") / "config.json").write_bytes(bytes(range(256)))


def config_that_is_a_list(folder: Path, state: State) -> None:
    (birds(folder / "my_birds") / "config.json").write_text("[]")


def deep_config(folder: Path, state: State) -> None:
    (birds(folder / "my_birds") / "config.json").write_text("[" * 100_000)


def no_architecture(folder: Path, state: State) -> None:
    birds(folder / "my_birds", architecture=None)


def folder_without_checkpoint(folder: Path, state: State) -> None:
    (birds(folder / "my_birds") / "model.safetensors").unlink()


def folder_with_truncated_checkpoint(folder: Path, state: State) -> None:
    _half(birds(folder / "my_birds") / "model.safetensors")


def folder_with_other_classes(folder: Path, state: State) -> None:
    birds(folder / "my_birds", num_classes=7, model_args={})


def folder_that_contradicts_itself(folder: Path, state: State) -> None:
    birds(folder / "my_birds", num_classes=7)  # timm would silently leave the classifier at random values


def folder_with_unknown_keys(folder: Path, state: State) -> None:
    birds(folder / "my_birds", pretrained_cfg={"input_size": [3, 64, 64], "mood": "cheerful"})


def folder_with_arguments_not_accepted(folder: Path, state: State) -> None:
    birds(folder / "my_birds", model_args={"mood": "cheerful"})


def folder_with_arguments_that_fail(folder: Path, state: State) -> None:
    birds(folder / "my_birds", model_args={"output_stride": 7})


def folder_with_odd_sections(folder: Path, state: State) -> None:
    birds(folder / "my_birds", pretrained_cfg=5, model_args=["x"])


def not_a_number(folder: Path, state: State) -> None:
    save_file({**state, "fc.bias": state["fc.bias"] * float("nan")}, folder / "test_resnet.safetensors")


def _with(**config: Any) -> Callable[[Path, State], None]:
    return lambda folder, state: _changed(birds(folder / "my_birds"), config)


def _changed(folder: Path, config: dict[str, Any]) -> None:
    found = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**found, "pretrained_cfg": {**found["pretrained_cfg"], **config}}))


ODD: list[dict[str, Any]] = [
    {"input_size": [3, 100_000, 100_000]},
    {"input_size": [3, -1, 64]},
    {"input_size": [3, 64]},
    {"input_size": [3, 64.5, 64]},
    {"input_size": "large"},
    {"mean": "gray"},
    {"mean": [float("nan")] * 3},
    {"std": [0, 0, 0]},
    {"crop_pct": 1e-9},
    {"crop_pct": "much"},
    {"crop_mode": "spiral"},
    {"interpolation": "magic"},
    {"interpolation": ["bicubic"]},
    {"num_classes": 10**9},
]
DAMAGED = r"^local/test_resnet\.\w+ is damaged, or is not a checkpoint\. Download, copy or save it again\."
EMPTY = r"^local/test_resnet\.\w+ holds no weights\. Save the network's state_dict"
CODE = r"test_resnet.pth holds program code .* was not opened\. Save only the state_dict"
OTHER = r"is not a checkpoint of test_resnet: its layers .*\. Choose the network that it was trained as\."
CONTRADICTION = (
    r"^local/my_birds/model.safetensors has 3 classes, where its config.json says 7\. Correct num_classes to 3"
)
CONFIG = r"The config.json of my_birds does not fit timm.*\. Correct it"
MISFITS: list[tuple[Callable[[Path, State], None], str]] = [
    (truncated_safetensors, DAMAGED),
    (truncated_pth, DAMAGED),
    (truncated_old_pth, DAMAGED),
    (text, DAMAGED),
    (text_named_safetensors, DAMAGED),
    (empty_pth, DAMAGED),
    (empty_safetensors, DAMAGED),
    (a_list, EMPTY),
    (no_tensors, EMPTY),
    (no_weights, EMPTY),
    (code, CODE),
    (bare_code, CODE),
    (whole_module, CODE),
    (other_architecture, OTHER),
    (one_layer_wider, OTHER),
    (one_layer_short, OTHER),
    (not_a_timm_name, r"does not say which network it belongs to\. Name the file after its timm network"),
    (broken_config, r"has no config.json that names an architecture\. Save the network with"),
    (binary_config, r"has no config.json that names an architecture"),
    (config_that_is_a_list, r"has no config.json that names an architecture"),
    (deep_config, r"has no config.json that names an architecture"),
    (no_architecture, r"has no config.json that names an architecture"),
    (folder_without_checkpoint, r"The folder local/my_birds holds no checkpoint\. Put model.safetensors beside"),
    (folder_with_truncated_checkpoint, r"model.safetensors is damaged"),
    (folder_with_other_classes, CONTRADICTION),
    (folder_that_contradicts_itself, CONTRADICTION),
    (folder_with_unknown_keys, CONFIG + ".*"),
    (folder_with_arguments_not_accepted, CONFIG),
    (folder_with_arguments_that_fail, CONFIG),
    (folder_with_odd_sections, CONFIG),
    (not_a_number, r"hold values that are no finite numbers\. Save them from a run that did not diverge"),
    *(
        (_with(**each), rf"In the config.json of my_birds, {next(iter(each))} is .*\. Correct it, or leave")
        for each in ODD
    ),
]


@pytest.mark.parametrize(("prepare", "words"), MISFITS, ids=[each.__name__ for each, _ in MISFITS])
def test_a_checkpoint_that_does_not_fit_is_told_in_a_sentence(
    prepare: Callable[[Path, State], None], words: str, folder: Path, state: State
) -> None:
    good = load("test_resnet", "random")
    before = good(PIXELS), good.fingerprint
    prepare(folder, state)
    name = next(iter(local_models()))
    with pytest.raises(CheckpointMismatch, match=words) as caught:
        load(name)
    assert caught.value.remedy
    assert str(folder) not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (folder.parent / "exploded").exists()
    assert torch.equal(good(PIXELS), before[0])
    assert good.fingerprint == before[1]


def test_numbers_that_ask_for_all_the_memory_are_refused_before_anything_is_built(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    birds(folder / "my_birds", model_args={"num_classes": 3, "channels": [10**7] * 4})
    monkeypatch.setattr(timm, "create_model", lambda *args, **words: pytest.fail("timm was asked"))
    with pytest.raises(CheckpointMismatch, match="model_args is"):
        load("local/my_birds")


def test_class_names_are_what_a_page_can_show(folder: Path) -> None:
    birds(folder / "my_birds", label_names=["\ud800", "x" * 5000, "wren\x1b\n\u202e"], label_descriptions=None)
    assert load("local/my_birds").class_names == ["class 0", "x" * 100, "wren"]


def test_a_long_name_makes_no_long_sentence() -> None:
    with pytest.raises(UnknownName) as caught:
        load("a" * 100_000)
    assert len(str(caught.value)) < 400


def test_an_unknown_architecture_in_a_folder_is_answered_with_close_names(folder: Path) -> None:
    birds(folder / "my_birds", architecture="test_resnett")
    with pytest.raises(UnknownName, match="Did you mean test_resnet"):
        load("local/my_birds")


@pytest.mark.parametrize("architecture", ["local-dir:/etc", "hf-hub:x/y", 5, ["test_resnet"]])
def test_a_folder_cannot_lead_elsewhere(architecture: Any, folder: Path) -> None:
    birds(folder / "my_birds", architecture=architecture)
    with pytest.raises(VizError):
        load("local/my_birds")


def test_a_folder_of_another_network_than_asked_for_is_refused(folder: Path, tmp_path: Path) -> None:
    birds(tmp_path / "birds")
    with pytest.raises(CheckpointMismatch, match="holds test_resnet, not test_vit"):
        load("test_vit", str(tmp_path / "birds"))
    birds(folder / "test_vit")
    with pytest.raises(CheckpointMismatch, match="holds test_resnet, not test_vit"):
        load("test_vit")
    assert load("test_vit", "random").name == "test_vit"


def test_a_network_too_big_for_memory_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any, **words: Any) -> None:
        raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried")

    monkeypatch.setattr(timm, "create_model", full)
    with pytest.raises(VizError, match="not enough memory for test_resnet"):
        load("test_resnet", "random")


# Random weights and arguments


def test_random_weights_are_the_seeds_and_leave_the_global_random_state() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first = load("test_resnet", "random", seed=1)
    assert torch.equal(torch.rand(3), expected)
    assert load("test_resnet", "random", seed=1).fingerprint == first.fingerprint
    assert load("test_resnet", "random", seed=2).fingerprint != first.fingerprint


def test_random_weights_are_the_seeds_also_when_two_load_at_once() -> None:
    serial = [load("test_resnet", "random", seed=seed).fingerprint for seed in range(8)]
    gate = threading.Barrier(4)

    def together(seed: int) -> str:
        gate.wait()
        return load("test_resnet", "random", seed=seed).fingerprint

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(together, range(8))) == serial


def test_a_folder_can_be_random_too(folder: Path) -> None:
    birds(folder / "my_birds")
    random, again, trained = load("local/my_birds", "random"), load("local/my_birds", "random"), load("local/my_birds")
    assert random.fingerprint == again.fingerprint != trained.fingerprint
    assert random.class_names == ["robin", "wren", "owl"]


def test_random_weights_need_no_readable_checkpoint(folder: Path, state: State) -> None:
    truncated_pth(folder, state)
    assert load("test_resnet", "random").fingerprint == load("local/test_resnet", "random").fingerprint


def test_an_output_stride_is_taken_where_the_network_supports_it(folder: Path, state: State) -> None:
    save_file(state, folder / "test_resnet.safetensors")
    model = load("test_resnet", output_stride=8)
    assert model.network.forward_features(PIXELS).shape[-1] == 8
    for name, weights in (("test_resnet", "default"), ("test_resnet", "random"), ("vgg11", "random")):
        with pytest.raises(VizError, match=rf"{name} cannot be built with output_stride=7.*Leave that out"):
            load(name, weights, output_stride=7)


def test_no_classifier_is_left_untrained_in_silence(folder: Path, state: State) -> None:
    save_file(state, folder / "test_resnet.safetensors")
    with pytest.raises(CheckpointMismatch, match=r"has 1000 classes, where 10 were asked for\. .*ask for 1000"):
        load("test_resnet", num_classes=10)
    assert len(load("test_resnet", "random", num_classes=10).class_names) == 10


@pytest.mark.slow
def test_arguments_that_the_network_does_not_take_are_named() -> None:
    with pytest.raises(VizError, match=r"cannot be built with mood='cheerful' \(.*unexpected keyword"):
        load("test_resnet", "random", mood="cheerful")
