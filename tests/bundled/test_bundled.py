"""The bundled checkpoints are as accurate as their cards promise, on pictures that were never used before."""

from __future__ import annotations

import json
import re
import time
from functools import partial
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import load_file

import vizlib
from vizlib.bundled import plans
from vizlib.bundled.train import HELD_OUT, MIDDLE, TEST, main, save
from vizlib.synthetic import HELD_OUT_SEED
from vizlib.training.adversarial import Pgd, withstood
from vizlib.weights import BUNDLED

FRESH = HELD_OUT_SEED + 500_000  # beyond the pictures that the cards were made with
PROMISED = {
    "scenes": 0.97,
    "scenes_half": 0.97,
    "scenes_robust": 0.95,
    "scenes_vgg": 0.95,
    "sheep_or_goat": 0.98,
    "digits": 0.98,
}


def accuracy(name: str, draw: plans.Draw, count: int = 200) -> float:
    model = vizlib.load_model(f"bundled/{name}")
    drawn = [draw(FRESH + seed) for seed in range(count)]
    pixels = torch.cat([vizlib.to_pixels(picture.squeeze(), model) for picture, _ in drawn])
    answers = torch.cat([model(part).argmax(1) for part in pixels.split(50)])
    return float((answers == torch.tensor([label for _, label in drawn])).float().mean())


def test_the_six_networks_are_there_and_together_under_16_megabytes() -> None:
    assert vizlib.bundled_models() == [f"bundled/{name}" for name in sorted(PROMISED)]
    assert sum(file.stat().st_size for file in BUNDLED.rglob("*") if file.suffix == ".safetensors") < 16e6


@pytest.mark.parametrize("name", PROMISED)
def test_each_loads_strictly_by_timm_that_knows_the_architectures(name: str) -> None:
    config = json.loads((BUNDLED / name / "config.json").read_text())
    network = timm.create_model(
        config["architecture"],
        num_classes=config["num_classes"],
        in_chans=config["pretrained_cfg"]["input_size"][0],
        **config["model_args"],
    )
    network.load_state_dict(load_file(BUNDLED / name / "model.safetensors"), strict=True)


@pytest.mark.parametrize("name", PROMISED)
def test_each_opens_in_under_five_seconds_with_its_own_class_names(name: str) -> None:
    begin = time.monotonic()
    model = vizlib.load_model(f"bundled/{name}")
    assert time.monotonic() - begin < 5
    assert model.class_names == list(plans.PLANS[name].classes)


def test_the_classes_of_scenes_half_are_half_of_the_scenes_and_look_alikes_are_apart() -> None:
    known = set(plans.PLANS["scenes_half"].classes)
    assert len(known) * 2 == len(plans.PLANS["scenes"].classes)
    for one, other in (("sheep", "goat"), ("mushroom", "flower"), ("ring", "ball")):
        assert (one in known) != (other in known)
    image, label = plans.half(FRESH)
    assert image.shape == (64, 64, 3)
    assert 0 <= label < len(known)


@pytest.mark.slow
@pytest.mark.parametrize("name", PROMISED)
def test_each_recognizes_pictures_that_it_has_never_seen(name: str) -> None:
    assert accuracy(name, plans.PLANS[name].draw) >= PROMISED[name] - 0.015, "0.015: three pictures of 200, by chance"


@pytest.mark.slow
def test_the_sheep_and_goat_network_takes_the_background_for_the_animal() -> None:
    assert accuracy("sheep_or_goat", partial(plans.sheep_or_goat, swapped=True)) < 0.5


@pytest.mark.slow
def test_the_robust_twin_withstands_what_fools_the_plain_network() -> None:
    drawn = [plans.scene(FRESH + seed) for seed in range(12)]
    labels = torch.tensor([label for _, label in drawn])
    kept = {}
    for name in ("scenes", "scenes_robust"):
        model = vizlib.load_model(f"bundled/{name}", device="cpu")
        pixels = torch.cat([vizlib.to_pixels(picture, model) for picture, _ in drawn])
        kept[name] = int(withstood(model, pixels, labels, Pgd(TEST.radius, 5), 1, 0).sum())
    assert kept["scenes"] <= 4
    assert kept["scenes_robust"] >= 6, "its card promises 70 %"


@pytest.mark.parametrize("name", PROMISED)
def test_each_card_says_how_it_was_made_and_how_good_it_is(name: str) -> None:
    card = (BUNDLED / name / "card.md").read_text()
    assert plans.PLANS[name].architecture in card
    assert f"python -m vizlib.bundled.train {name} --seed" in card
    figures = [float(number) / 100 for number in re.findall(r"\| ([\d.]+)% \|", card)]
    assert figures[0] >= PROMISED[name]
    assert name != "scenes_robust" or figures[1] >= 0.6, "under L2 PGD"
    assert f"{HELD_OUT:,} pictures that training has not seen" in card
    assert len(figures) == (2 if name in ("sheep_or_goat", "scenes_robust") else 1)


@pytest.mark.slow
def test_the_training_command_writes_a_network_that_loads_and_repeats_with_its_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = plans.Plan(**{**vars(plans.PLANS["digits"]), "pictures": 192, "epochs": 1})
    monkeypatch.setitem(plans.PLANS, "digits", short)
    monkeypatch.setattr("vizlib.bundled.train.HELD_OUT", 50)
    prints = []
    for out in ("one", "two"):
        monkeypatch.setattr("sys.argv", ["train", "digits", "--seed", "3", "--out", str(tmp_path / out)])
        main()
        model = vizlib.load_model("digit_cnn", weights=str(tmp_path / out / "digits"))
        assert model.preprocessing.mean == (MIDDLE,)
        prints.append(model.fingerprint)
    assert prints[0] == prints[1]


@pytest.mark.parametrize("name", PROMISED)
def test_what_is_bundled_is_saved_again_to_the_byte(name: str, tmp_path: Path) -> None:
    save(tmp_path, vizlib.load_model(f"bundled/{name}", device="cpu").network, plans.PLANS[name], "")
    for file in ("config.json", "model.safetensors"):
        assert (tmp_path / file).read_bytes() == (BUNDLED / name / file).read_bytes()
