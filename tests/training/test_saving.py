"""The trained network is its files: timm, VIZLIB_WEIGHTS, the store and `load_model` open the same one from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from torch import Tensor, nn

import vizlib
from tests.networks import Own, trained
from vizlib.errors import CheckpointMismatch, NotShowable
from vizlib.models import Classifier, opened_files
from vizlib.runs import pack, unpack
from vizlib.training import FRAMES, PictureSet, Tuning, drawn, fine_tune

CLASSES = ("0", "1", "7")


@pytest.fixture(scope="module")
def data() -> PictureSet:
    return drawn("digits", 4, tests=3, classes=CLASSES)


@pytest.fixture(scope="module")
def last(data: PictureSet) -> Tuning:
    return vizlib.last(fine_tune(vizlib.load_model("bundled/digits", device="cpu"), data, "all", 2))


def tuned(model: Classifier, data: PictureSet, **settings: Any) -> Tuning:
    return vizlib.last(fine_tune(model, data, "all", 1, **settings))


def test_what_is_saved_opens_as_the_same_network(last: Tuning, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    last.save(tmp_path / "mine")
    assert sorted(each.name for each in (tmp_path / "mine").iterdir()) == [
        "card.md",
        "config.json",
        "model.safetensors",
    ]
    monkeypatch.setenv("VIZLIB_WEIGHTS", str(tmp_path))
    local = vizlib.load_model("local/mine", device="cpu")
    assert local.fingerprint == last.model.fingerprint
    assert local.class_names == list(CLASSES)
    assert local.preprocessing == last.model.preprocessing


def test_timm_opens_what_is_saved(last: Tuning, tmp_path: Path) -> None:
    network = timm.create_model(f"local-dir:{last.save(tmp_path)}", pretrained=True).eval()
    pixels = torch.rand(2, 3, 28, 28, generator=torch.Generator().manual_seed(0))
    assert torch.equal(network(last.model.normalize(pixels)), last.model(pixels))
    assert network.pretrained_cfg["label_names"] == list(CLASSES)


def test_the_frame_comes_back_from_the_store_with_its_network(last: Tuning) -> None:
    kinds = {each.__name__: each for each in FRAMES}
    again = unpack(pack(last, kinds), kinds)
    assert again.files == last.files
    assert again.model.fingerprint == last.model.fingerprint
    assert again.gradient_norms.keys() == last.gradient_norms.keys()


def test_the_card_says_how_it_was_made_and_how_good_it_is(last: Tuning) -> None:
    card = last.files["card.md"].decode()
    assert "Fine-tuned from `bundled/digits` (fingerprint " in card
    assert "12 were trained on. 9 were held out" in card
    assert f"| 9 | {last.accuracy:.2%} |" in card
    assert "| body_rate | 0.3 |" in card


def test_files_that_lack_one_are_refused(last: Tuning) -> None:
    with pytest.raises(CheckpointMismatch, match=r"model\.safetensors is missing"):
        opened_files({"config.json": last.files["config.json"]}, "trained/x", "cpu")
    with pytest.raises(CheckpointMismatch, match="trained/x is damaged"):
        opened_files({**last.files, "model.safetensors": b"nothing"}, "trained/x", "cpu")


def test_a_network_that_timm_cannot_build_trains_and_says_that_it_has_no_files(
    data: PictureSet, tmp_path: Path
) -> None:
    last = tuned(vizlib.wrap(trained(), size=16, class_names=list("abcd"), name="own"), data)
    assert last.model.class_names == list(CLASSES)
    assert last.model(torch.rand(2, 3, 16, 16)).shape == (2, 3)
    assert not last.files
    with pytest.raises(NotShowable, match="timm cannot build"):
        last.save(tmp_path)


def test_a_network_of_timm_from_memory_has_files(data: PictureSet) -> None:
    network = timm.create_model("digit_cnn", width=4, num_classes=5)
    last = tuned(vizlib.wrap(network, size=16, mean=0.3, std=0.2), data, freeze_norm=True)
    assert last.files
    assert last.model.preprocessing.mean == (0.3,)


class Backbone(nn.Module):
    """Features without a classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x).relu().mean((2, 3))


def test_a_backbone_gets_a_classifier(data: PictureSet) -> None:
    of_timm = vizlib.load_model("bundled/digits", device="cpu", num_classes=0)
    of_nobody = vizlib.wrap(Backbone(), class_names=[], size=16)
    for model in (of_timm, of_nobody):
        last = tuned(model, data)
        assert not model.has_classes
        assert last.model.class_names == list(CLASSES)
        assert "is new, because it had none." in last.note


def test_a_single_output_becomes_one_for_each_class(data: PictureSet) -> None:
    model = vizlib.wrap(trained(lambda: Own(classes=1)), size=16, class_names=["odd"])
    assert tuned(model, data).model(torch.rand(1, 3, 16, 16)).shape == (1, 3)
