"""The folder that VIZLIB_WEIGHTS names: every checkpoint in it is listed and opens under its name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tests.weights.made import State, birds, load
from vizlib.weights import local_models

ENDINGS = [".safetensors", ".pth", ".pt", ".bin", ".ckpt", ".pth.tar", ".tar"]


@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending_is_listed_and_opens(ending: str, upper: bool, folder: Path, five: State) -> None:
    file = folder / f"test_resnet{ending.upper() if upper else ending}"
    (save_file if ending == ".safetensors" else torch.save)(five, file)
    assert local_models() == {"local/test_resnet": file}
    assert len(load("local/test_resnet").class_names) == 5


ODD = [
    "my birds",
    "a.b.c",
    "50%",
    "[x] (y)",
    "Vögel",
    "spaces at the end  ",
    "a#b?c&d",
    "*bold* `code`",
    "'\"",
    "鳥",
    "x" * 200,
]


@pytest.mark.parametrize("name", ODD)
def test_every_listed_name_opens(name: str, folder: Path, five: State) -> None:
    birds(folder / name)
    torch.save(five, folder / f"test_resnet {name}.pth")
    assert set(local_models()) == {f"local/{name}", f"local/test_resnet {name}"}
    assert {each: len(load(each).class_names) for each in local_models()} == {
        f"local/{name}": 3,
        f"local/test_resnet {name}": 5,
    }


def test_a_name_that_is_no_utf8_is_listed_as_text_and_opens(folder: Path, five: State) -> None:
    torch.save(five, folder / "test_resnet.pth")
    (folder / "test_resnet.pth").rename(folder / os.fsdecode(b"test_resnet \xfc.pth"))
    (name,) = local_models()
    assert name == "local/test_resnet \N{REPLACEMENT CHARACTER}"
    assert name.encode()
    assert len(load(name).class_names) == 5


def test_of_several_with_one_stem_each_can_be_opened(folder: Path, five: State, state: State) -> None:
    save_file(state, folder / "test_resnet.safetensors")
    torch.save(five, folder / "test_resnet.pth")
    birds(folder / "test_resnet")
    assert {each: len(load(each).class_names) for each in local_models()} == {
        "local/test_resnet": 3,
        "local/test_resnet.safetensors": 1000,
        "local/test_resnet.pth": 5,
    }


def test_the_variable_may_name_one_networks_own_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    birds(folder / "my birds")
    monkeypatch.setenv("VIZLIB_WEIGHTS", str(folder / "my birds"))
    assert local_models() == {"local/my birds": folder / "my birds"}
    assert load("local/my birds").class_names == ["robin", "wren", "owl"]
    monkeypatch.chdir(folder / "my birds")
    monkeypatch.setenv("VIZLIB_WEIGHTS", ".")
    assert list(local_models()) == ["local/my birds"]


def test_other_checkpoints_in_a_networks_own_folder_are_listed_too(folder: Path, five: State) -> None:
    birds(folder)
    torch.save(five, folder / "test_resnet.pth")
    assert {each: len(load(each).class_names) for each in local_models()} == {
        f"local/{folder.name}": 3,
        "local/test_resnet": 5,
    }


def test_a_network_is_found_in_the_folder_under_any_spelling(folder: Path, five: State) -> None:
    torch.save(five, folder / "Test-ResNet.pth")
    assert len(load("test_resnet").class_names) == len(load("timm/test_resnet.r160_in1k").class_names) == 5
