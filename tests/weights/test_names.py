"""Names of networks as model cards, other libraries and file names write them."""

from __future__ import annotations

from pathlib import Path

import pytest
import timm
import torch

from tests.weights.made import State, load
from vizlib.errors import UnknownName
from vizlib.weights import find, hub, registry
from vizlib.weights.names import _NEAREST, _SAME, canonical, of_file


@pytest.mark.parametrize(
    "name",
    [
        "timm/resnet18.a1_in1k",
        "hf-hub:timm/resnet18.a1_in1k",
        "hf_hub:timm/resnet18.a1_in1k",
        "HF-Hub:timm/resnet18.a1_in1k",
        "https://huggingface.co/timm/resnet18.a1_in1k",
        "ResNet18.A1_IN1K",
        "resnet-18.a1-in1k",
        " resnet_18.a1_in1k ",
        "resnet18.a1_in1k",
    ],
)
def test_a_name_is_understood_as_cards_write_it(name: str) -> None:
    found = find(name)
    assert (found.name, found.architecture, found.kind) == ("resnet18.a1_in1k", "resnet18.a1_in1k", "hub")
    assert hub.timm_config(name).tag == "a1_in1k"


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("ResNet18", "resnet18"),
        ("MobileNetV2-100", "mobilenetv2_100"),
        ("timm/vit-tiny-patch16-224", "vit_tiny_patch16_224"),
        ("TEST_RESNET", "test_resnet"),
    ],
)
def test_case_dashes_and_underscores_make_no_difference(name: str, known: str) -> None:
    assert find(name, "random").name == canonical(name) == known


def test_every_name_of_a_library_is_its_own_spelling() -> None:
    assert [each for each in registry.list_models() if canonical(each) != each] == []
    assert [each for each in registry.list_pretrained() if canonical(each) != each] == []


def test_timm_is_asked_for_its_list_once_and_not_for_each_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The box of networks spells 1,800 names: asking for each of them held up a visitor for two seconds each minute."""
    asked: list[str] = []
    listed = timm.list_pretrained

    def counted(*words: str) -> list[str]:
        asked.append("once")
        return list(listed(*words))

    monkeypatch.setattr(timm, "list_pretrained", counted)
    registry.tags.cache_clear()
    assert [canonical(each) for each in listed("resnet*")] == listed("resnet*")
    assert asked == ["once"]


def test_a_network_is_the_same_under_each_of_its_names() -> None:
    one, other = load("Test-ResNet", "random"), load("timm/test_resnet", "random")
    assert one.name == other.name == "test_resnet"
    assert one.fingerprint == other.fingerprint


@pytest.mark.parametrize(
    "name", ["resnet18\n", "resnet18\0", "timm/", "timm/../x", "x/resnet18", "hf-hub:resnet18", "timm"]
)
def test_another_owner_or_a_control_character_is_another_name(name: str) -> None:
    with pytest.raises(UnknownName):
        find(name)


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("alexnet", "torchvision has it: torchvision/alexnet."),
        ("AlexNet", "torchvision has it: torchvision/alexnet."),
        ("googlenet", "torchvision has it: torchvision/googlenet."),
        ("squeezenet1_1", "torchvision has it: torchvision/squeezenet1_1."),
        ("squeezenet", "The nearest of its kind is torchvision/squeezenet1_1."),
        ("zfnet512", "The nearest of its kind is torchvision/alexnet."),
        ("timm/vit_b_16", "timm calls it vit_base_patch16_224, and torchvision has torchvision/vit_b_16."),
        ("mobilenet_v2", "timm calls it mobilenetv2_100, and torchvision has torchvision/mobilenet_v2."),
        ("mobilenet_v3", "Did you mean mobilenetv3"),
        ("resnett18", "Did you mean resnet18"),
        ("microsoft/resnet-50", "Did you mean resnet50"),
        ("scenes", "Did you mean bundled/scenes"),
        ("zzzzzz", "Choose another, for example resnet18."),
    ],
)
def test_a_network_that_timm_does_not_have_is_said_to_be_missing(name: str, remedy: str) -> None:
    with pytest.raises(UnknownName, match=r"There is no network called .* in timm\.") as caught:
        find(name)
    assert caught.value.remedy.startswith(remedy)


def test_what_is_suggested_is_there() -> None:
    for each in (*_SAME.values(), *_NEAREST.values()):
        assert find(each).name == each


def test_an_unknown_network_of_a_family_is_answered_with_that_family_only() -> None:
    with pytest.raises(UnknownName, match="resnet") as caught:
        find("resnet19")
    assert all("resnet" in each for each in caught.value.remedy.removeprefix("Did you mean ").split(" or "))


@pytest.mark.parametrize(
    ("stem", "found"),
    [
        ("resnet18", ("resnet18", "")),
        ("resnet18.a1_in1k", ("resnet18", "a1_in1k")),
        ("resnet18-f37072fd", ("torchvision/resnet18", "IMAGENET1K_V1")),
        ("resnet18-0123abcd", ("resnet18", "")),
        ("resnet18 (1)", ("resnet18", "1)")),
        ("ResNet-18 best", ("resnet18", "best")),
        ("resnet18.my.birds", ("resnet18", "my.birds")),
        ("resnet18_birds_v2", ("resnet18", "birds_v2")),
        ("my_birds", ("", "")),
        ("", ("", "")),
        ("é ü", ("", "")),
    ],
)
def test_the_name_of_a_file_may_begin_with_its_network(stem: str, found: tuple[str, str]) -> None:
    assert of_file(stem) == found


@pytest.mark.parametrize(
    ("stem", "first"),
    [
        ("test_resnet", "tench, Tinca tinca"),
        ("test_resnet.r160_in1k", "tench, Tinca tinca"),
        ("test_resnet-0123abcd", "tench, Tinca tinca"),
        ("test_resnet.mine", "class 0"),
        ("test_resnet best", "class 0"),
    ],
)
def test_a_file_has_imagenets_names_if_its_name_is_that_of_published_weights(
    stem: str, first: str, folder: Path, state: State
) -> None:
    torch.save(state, folder / f"{stem}.pth")
    assert load(f"local/{stem}").class_names[0] == first


def test_a_path_has_imagenets_names_if_the_caller_or_the_file_says_so(tmp_path: Path, state: State) -> None:
    for name in ("mine.pth", "test_resnet.pth"):
        torch.save(state, tmp_path / name)
    assert load("test_resnet", str(tmp_path / "mine.pth")).class_names[0] == "class 0"
    assert load("test_resnet.r160_in1k", str(tmp_path / "mine.pth")).class_names[0].startswith("tench")
    assert load("test_resnet", str(tmp_path / "test_resnet.pth")).class_names[0].startswith("tench")
