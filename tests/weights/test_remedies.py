"""A person who follows the remedy of a sentence about loading ends with an open network.

Each case writes something that cannot be opened, reads the sentence, does what its remedy says, and opens it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file
from timm.models import save_for_hf
from torch import nn

from tests.weights.made import State, birds, load
from vizlib.errors import VizError
from vizlib.weights import hub

Step = Callable[[Path], Any]  # works in the folder that VIZLIB_WEIGHTS names; the last one opens a network
CLASSES = 5


def network(classes: int = CLASSES, **arguments: Any) -> nn.Module:
    made: nn.Module = timm.create_model("test_resnet", num_classes=classes, **arguments)
    return made


def own_head() -> State:
    made = network()
    made.fc = nn.Sequential(nn.Linear(made.get_submodule("fc").in_features, 16), nn.ReLU(), nn.Linear(16, CLASSES))
    return dict(made.state_dict())


def saved(content: Any, name: str = "test_resnet.pth") -> Step:
    return lambda folder: torch.save(content() if callable(content) else content, folder / name)


def written(data: bytes, name: str = "test_resnet.pth") -> Step:
    return lambda folder: (folder / name).write_bytes(data)


def state(classes: int = CLASSES) -> Any:
    return lambda: dict(network(classes).state_dict())


def opens(name: str = "local/test_resnet", weights: str = "", **arguments: Any) -> Step:
    return lambda folder: load(name, str(folder / weights) if weights else "default", **arguments)


def random(name: str, **arguments: Any) -> Step:
    return lambda folder: load(name, "random", **arguments)


def in_a_folder(state: Any, **config: Any) -> Step:
    """Puts a checkpoint into a folder "mine" with a config.json."""

    def run(folder: Path) -> None:
        (folder / "mine").mkdir()
        torch.save(state(), folder / "mine" / "weights.pth")
        (folder / "mine" / "config.json").write_text(json.dumps({"architecture": "test_resnet", **config}))

    return run


def birds_with(**changes: Any) -> Step:
    return lambda folder: birds(folder / "mine", **changes)


def config(**changes: Any) -> Step:
    """Corrects the config.json of "mine"; None leaves a key out."""

    def run(folder: Path) -> None:
        file = folder / "mine" / "config.json"
        found = {**json.loads(file.read_text()), **changes}
        file.write_text(json.dumps({key: each for key, each in found.items() if each is not None}))

    return run


def renamed(old: str, new: str) -> Step:
    return lambda folder: (folder / old).rename(folder / new)


def not_finite(folder: Path) -> None:
    torch.save({key: each * float("nan") for key, each in state()().items()}, folder / "test_resnet.pth")


def in_jax_format(folder: Path) -> None:
    np.savez(folder / "test_resnet.npz", **{"head/bias": np.zeros(CLASSES)})


class Case(NamedTuple):
    says: str
    remedy: str
    broken: list[Step]
    mended: list[Step]


MINE = opens("local/mine")
CASES = [
    Case("is damaged, or is not", "save it again", [written(b"hello"), opens()], [saved(state()), opens()]),
    Case("is damaged, or is not", "Download", [written(b"", "test_resnet.tar"), opens()], [saved(state()), opens()]),
    Case("holds no weights", "Save the network's state", [saved({"epoch": 3}), opens()], [saved(state()), opens()]),
    Case(
        "holds program code or other things",
        "Save only the state_dict, best as .safetensors",
        [saved(network), opens()],
        [lambda folder: save_file(state()(), folder / "test_resnet.safetensors"), opens()],
    ),
    Case(
        "is not a checkpoint of test_vit",
        "Choose the network that it was trained as",
        [saved(state(), "test_vit.pth"), opens("local/test_vit")],
        [renamed("test_vit.pth", "test_resnet.pth"), opens()],
    ),
    Case(
        "does not say which network it belongs to",
        "Name the file after its timm network",
        [saved(state(), "birds.pth"), opens("local/birds")],
        [renamed("birds.pth", "test_resnet.pth"), opens()],
    ),
    Case(
        "does not say which network it belongs to",
        "put it into a folder with a config.json",
        [saved(state(), "birds.pth"), opens("local/birds")],
        [in_a_folder(state()), MINE],
    ),
    Case("has 5 classes, where 7", "Leave num_classes out", [saved(state()), opens(num_classes=7)], [opens()]),
    Case("has 5 classes, where 7", "ask for 5", [saved(state()), opens(num_classes=7)], [opens(num_classes=5)]),
    Case("says 7", "num_classes to 5", [in_a_folder(state(), num_classes=7), MINE], [config(num_classes=5), MINE]),
    Case("says 7", "or leave it out", [in_a_folder(state(), num_classes=7), MINE], [config(num_classes=None), MINE]),
    Case(
        "classes has 1 names for 5 classes",
        "Correct classes",
        [in_a_folder(state(), classes=["a"]), MINE],
        [config(classes=[*"abcde"]), MINE],
    ),
    Case(
        "classes has 1 names for 5 classes",
        "leave it out",
        [in_a_folder(state(), classes=["a"]), MINE],
        [config(classes=None), MINE],
    ),
    Case(
        "has a head of several layers .* with 5 classes",
        r"num_classes=0 \(in load_model",
        [saved(own_head), opens()],
        [opens(num_classes=0)],
    ),
    Case(
        "has a head of several layers .* with 5 classes",
        "in the config.json of its folder",
        [saved(own_head), opens()],
        [in_a_folder(own_head, num_classes=0), MINE],
    ),
    Case(
        "The folder local/mine holds no checkpoint",
        "Put model.safetensors beside config.json",
        [birds_with(), lambda folder: (folder / "mine" / "model.safetensors").unlink(), MINE],
        [lambda folder: save_file(state(3)(), folder / "mine" / "model.safetensors"), MINE],
    ),
    Case(
        "The folder mine has no config.json that names an architecture",
        "Save the network with timm.models.save_for_hf",
        [birds_with(architecture=None), MINE],
        [lambda folder: save_for_hf(network(), folder / "mine", safe_serialization=True), MINE],
    ),
    Case(
        "There is no timm network called 'test_resnett'",
        "Did you mean test_resnet",
        [birds_with(architecture="test_resnett"), MINE],
        [config(architecture="test_resnet"), MINE],
    ),
    Case(
        "In the config.json of mine, num_classes is -3",
        "Correct it, or leave it out",
        [birds_with(num_classes=-3), MINE],
        [config(num_classes=None), MINE],
    ),
    Case(
        "In the config.json of mine, the numbers in id2label are not",
        "Correct it",
        [birds_with(label_names=None, id2label={"1": "a", "2": "b", "3": "c"}), MINE],
        [config(id2label={"0": "a", "1": "b", "2": "c"}), MINE],
    ),
    Case(
        "The config.json of mine does not fit timm",
        "Correct it",
        [birds_with(model_args={"mood": "cheerful"}), MINE],
        [config(model_args=None), MINE],
    ),
    Case(
        "The config.json of mine does not fit timm",
        "save the network again with timm.models.save_for_hf",
        [birds_with(pretrained_cfg=5), MINE],
        [lambda folder: save_for_hf(network(), folder / "mine", safe_serialization=True), MINE],
    ),
    Case("hold values that are no finite", "from a run that did not", [not_finite, opens()], [saved(state()), opens()]),
    Case(
        "There is no network called 'test_resnett' in timm",
        "Did you mean test_resnet",
        [random("test_resnett")],
        [random("test_resnet")],
    ),
    Case("There is no network called 'lenet5' in timm", "bundled/digits", [opens("lenet5")], [opens("bundled/digits")]),
    Case("no bundled network called", "bundled/digits", [opens("bundled/digit")], [opens("bundled/digits")]),
    Case("no local network called", "local/mine", [birds_with(), opens("local/mime")], [MINE]),
    Case(
        "There is no published network called 'test_resnet.mine'",
        "test_resnet.r160_in1k",
        [random("test_resnet.mine")],
        [random("test_resnet.r160_in1k")],
    ),
    Case("no published network called", "Leave the tag out", [random("dpn48b.mine")], [random("dpn48b")]),
    Case(
        "There is no checkpoint at the path that ends in 'x.pth'",
        "Check the path",
        [saved(state(), "y.pth"), opens("test_resnet", "x.pth")],
        [opens("test_resnet", "y.pth")],
    ),
    Case(
        "The folder mine holds test_resnet, not test_vit",
        "Ask for test_resnet",
        [birds_with(), opens("test_vit", "mine")],
        [opens("test_resnet", "mine")],
    ),
    Case(
        "test_resnet cannot be built with output_stride=7",
        "Leave that out",
        [random("test_resnet", output_stride=7)],
        [random("test_resnet")],
    ),
    Case(
        "test_resnet takes pictures of 5 channels",
        "Choose a network for color or gray pictures",
        [saved(lambda: dict(network(in_chans=5).state_dict())), opens("test_resnet")],
        [saved(lambda: dict(network(in_chans=1).state_dict())), opens("test_resnet")],
    ),
    Case(
        "test_resnet.npz is in JAX's format, which timm does not read for test_resnet",
        "save the weights as .safetensors",
        [in_jax_format, opens()],
        [lambda folder: save_file(state()(), folder / "test_resnet.safetensors"), opens()],
    ),
    Case(
        "The weights of test_resnet could not be downloaded",
        "put the file into the folder that VIZLIB_WEIGHTS names",
        [opens("test_resnet")],
        [saved(state()), opens("test_resnet")],
    ),
    Case(
        "The weights of test_resnet could not be downloaded",
        "choose a bundled network",
        [opens("test_resnet")],
        [opens("bundled/digits")],
    ),
    Case("Nobody has published weights", "weights='random'", [opens("digit_cnn")], [random("digit_cnn")]),
]  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    hub.FAILURES.forget()


def followed(steps: list[Step], folder: Path) -> Any:
    return [step(folder) for step in steps][-1]


@pytest.mark.parametrize("case", CASES, ids=[f"{each.says}: {each.remedy}" for each in CASES])
def test_the_remedy_works(case: Case, folder: Path) -> None:
    with pytest.raises(VizError) as caught:
        followed(case.broken, folder)
    assert re.search(case.says, caught.value.sentence)
    assert re.search(case.remedy, caught.value.remedy)
    assert str(folder) not in str(caught.value)
    assert "elete" not in caught.value.remedy
    assert followed(case.mended, folder).network


def test_a_folder_that_is_not_there_is_told_and_the_remedy_works(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(state())(folder)
    monkeypatch.setenv("VIZLIB_WEIGHTS", str(folder / "nowhere"))
    with pytest.raises(VizError, match="VIZLIB_WEIGHTS has to name a folder of checkpoints"):
        load("local/test_resnet")
    monkeypatch.setenv("VIZLIB_WEIGHTS", str(folder))
    assert len(load("local/test_resnet").class_names) == CLASSES


def test_a_file_that_may_not_be_read_is_told_and_the_remedy_works(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(state())(folder)

    def forbidden(*_: Any, **__: Any) -> Any:
        raise PermissionError(13, "Permission denied", str(folder))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", forbidden)
        with pytest.raises(VizError, match=r"^local/test_resnet.pth may not be read\. Give the program the right"):
            load("local/test_resnet")
    assert len(load("local/test_resnet").class_names) == CLASSES


def test_too_little_memory_is_told_and_the_remedy_works(monkeypatch: pytest.MonkeyPatch) -> None:
    create = timm.create_model

    def small(name: str, *args: Any, **words: Any) -> Any:
        if name == "test_vit":
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")
        return create(name, *args, **words)

    monkeypatch.setattr(timm, "create_model", small)
    with pytest.raises(VizError, match=r"not enough memory for test_vit\. Choose a smaller network"):
        load("test_vit", "random")
    assert load("test_resnet", "random").network
