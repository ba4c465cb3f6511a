"""A GAN learns, fails as its presets say, goes on from a checkpoint to the bit, and is measured by known distances."""

from __future__ import annotations

import gc
import math
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import vizlib
from vizlib.errors import CheckpointMismatch, NotShowable, UnknownName, VizError
from vizlib.models import Classifier
from vizlib.runs import pack, unpack
from vizlib.training import (
    FRAMES,
    LOSSES,
    PRESETS,
    GanFrame,
    PictureSet,
    drawn,
    fool_judge,
    frechet_distance,
    judge_of,
    open_gan,
    precision_recall,
    train_gan,
)

SMALL: dict[str, Any] = {"width": 8, "batch": 16, "latent": 8}


@pytest.fixture(scope="module")
def data() -> PictureSet:
    return drawn("digits", 6, tests=3)


@pytest.fixture(scope="module")
def last(data: PictureSet) -> GanFrame:
    return vizlib.last(train_gan(data, 4, every=2, **SMALL))


def normals(mean: float, spread: float, count: int = 400) -> Any:
    """Numbers with exactly this mean and this standard deviation in every column, and no correlation."""
    found = np.random.default_rng(0).normal(size=(count, 3))
    found -= found.mean(0)
    found = found @ np.linalg.inv(np.linalg.cholesky(np.cov(found, rowvar=False))).T
    return found * spread + mean


# What is measured


def test_the_frechet_distance_of_two_normal_distributions_is_that_of_the_formula() -> None:
    assert frechet_distance(normals(0, 1), normals(2, 3)) == pytest.approx(3 * (2**2 + (3 - 1) ** 2))
    assert frechet_distance(normals(5, 2), normals(5, 2)) == pytest.approx(0, abs=1e-9)


def test_precision_and_recall_are_those_of_their_definition() -> None:
    random = np.random.default_rng(1)
    real, fake = random.normal(size=(30, 2)), random.normal((1.5, 0), size=(20, 2))

    def covered(members: Any, asked: Any, k: int) -> float:
        """Point by point, as the paper says it."""
        inside = 0
        for point in asked:
            reaches = [sorted(np.linalg.norm(members - each, axis=1))[k] for each in members]
            inside += any(np.linalg.norm(point - each) <= reach for each, reach in zip(members, reaches, strict=True))
        return inside / len(asked)

    for k in (1, 3):
        found = precision_recall(real, fake, k)
        assert found == (covered(real, fake, k), covered(fake, real, k))
        assert 0 < found[0] < 1


@pytest.mark.parametrize("given", [np.zeros(3), np.zeros((1, 2)), np.full((5, 2), np.nan), np.zeros((5, 3))])
def test_features_that_cannot_be_compared_are_refused(given: Any) -> None:
    for measure in (frechet_distance, precision_recall):
        with pytest.raises(VizError) as caught:
            measure(np.zeros((5, 2)), given)
        assert caught.value.remedy


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_falls_for_the_discriminator_that_is_right_and_for_the_generator_that_deceives(name: str) -> None:
    loss, low, high = LOSSES[name], torch.full((4, 1), -0.5), torch.full((4, 1), 0.5)
    assert loss.discriminator(high, low, 1.0) < loss.discriminator(low, high, 1.0)
    assert loss.generator(high) < loss.generator(low)


def test_the_losses_are_those_of_the_papers() -> None:
    real, fake = torch.tensor([[0.3]]), torch.tensor([[-1.2]])
    d_real, d_fake = torch.sigmoid(real).item(), torch.sigmoid(fake).item()
    game = -math.log(d_real) - math.log(1 - d_fake)
    assert LOSSES["minimax"].discriminator(real, fake, 1.0).item() == pytest.approx(game)
    assert LOSSES["minimax"].generator(fake).item() == pytest.approx(math.log(1 - d_fake), rel=1e-5)
    assert LOSSES["non-saturating"].generator(fake).item() == pytest.approx(-math.log(d_fake))
    assert LOSSES["hinge"].discriminator(real, fake, 1.0).item() == pytest.approx(0.7)


# A run


def test_every_step_has_a_frame_with_the_curves_the_film_and_the_measures_so_far(data: PictureSet) -> None:
    frames = list(train_gan(data, 4, every=2, **SMALL))
    assert sorted({each.step for each in frames}) == [0, 1, 2, 3, 4]
    assert all(len(each.losses_g) == len(each.losses_d) == each.step for each in frames)
    last = frames[-1]
    assert [each.done for each in frames] == [False] * (len(frames) - 1) + [True]
    assert last.steps.tolist() == [0, 2, 4]
    assert last.milestones.tolist() == [0, 1, 2, 3, 4]
    assert last.film.shape == (5, 40, 28, 28, 1)
    assert np.array_equal(last.film[-1], (last.pictures * 255).round().byte().permute(0, 2, 3, 1).numpy())
    assert last.nearest.shape == (40, 28, 28, 1)
    for name in ("distances", "precisions", "recalls", "covered", "confident", "copies"):
        assert np.isfinite(getattr(last, name)).all(), name
    assert last.real is not None
    assert last.real.distance < 0.2 * last.distances[-1]
    assert ((last.believed > 0) & (last.believed < 1)).all()


def test_the_same_seed_gives_the_same_networks_whatever_else_draws(data: PictureSet, last: GanFrame) -> None:
    before = torch.get_rng_state()
    torch.rand(3)
    again, other = (vizlib.last(train_gan(data, 4, seed=seed, every=2, **SMALL)) for seed in (0, 1))
    torch.set_rng_state(before)
    assert again.files == last.files
    assert other.files["generator.safetensors"] != last.files["generator.safetensors"]


@pytest.mark.parametrize("where", [1, 2])
def test_a_run_goes_on_from_a_checkpoint_to_the_bit(data: PictureSet, last: GanFrame, where: int) -> None:
    run = train_gan(data, 4, every=2, **SMALL)
    kept = next(frame.checkpoint() for frame in run if frame.step == where)
    run.close()
    resumed = vizlib.last(train_gan(data, 4, every=2, resume=kept, **SMALL))
    kinds = {each.__name__: each for each in FRAMES}
    assert pack(resumed, kinds) == pack(last, kinds)
    with pytest.raises(VizError, match="of another run"):
        train_gan(data, 4, every=2, resume=kept, **{**SMALL, "latent": 9})


def test_the_middle_of_an_evaluation_is_done_again(data: PictureSet, last: GanFrame) -> None:
    run = train_gan(data, 4, every=2, **SMALL)
    frames = [frame for frame in [next(run) for _ in range(3)] if frame.step == 0]
    assert not len(frames[-1].steps), "the first evaluation is not over"
    resumed = vizlib.last(train_gan(data, 4, every=2, resume=frames[-1].checkpoint(), **SMALL))
    assert resumed.files == last.files


@pytest.mark.slow
def test_only_one_network_learns_if_that_is_asked(data: PictureSet) -> None:
    def weights(only: str | None) -> tuple[bytes, bytes]:
        files = vizlib.last(train_gan(data, 2, only=only, every=2, **SMALL)).files
        return files["generator.safetensors"], files["discriminator.safetensors"]

    both, generator, discriminator = (weights(each) for each in (None, "generator", "discriminator"))
    begun = vizlib.last(train_gan(data, 1, 1e-30, 1e-30, average=0, **SMALL)).files
    assert torch.equal(_loaded(generator[1])["head.weight"], _loaded(begun["discriminator.safetensors"])["head.weight"])
    assert generator[0] != both[0] != discriminator[0]
    assert discriminator[1] != generator[1]


def _loaded(content: bytes) -> Any:
    from safetensors.torch import load

    return load(content)


@pytest.mark.parametrize("settings", [{"loss": "hinge", "spectral_norm": True, "d_steps": 2}, {"size": 64}])
def test_color_other_sizes_losses_and_spectral_normalization(settings: dict[str, Any]) -> None:
    data = drawn("scenes", 1, tests=1, classes=["sheep", "cat", "ball", "ring", "star", "leaf", "flag", "fish"])
    judge = vizlib.load_model("bundled/digits", device="cpu")
    last = vizlib.last(train_gan(data, 1, every=1, judge=judge, **SMALL, **{"size": 32, **settings}))
    side = settings.get("size", 32)
    assert judge_of(data).name == "bundled/scenes"
    assert last.generate(2).shape == (2, 3, side, side)
    assert torch.equal(open_gan(last.files).generate(2), last.generate(2))


def test_a_set_of_foreign_classes_is_measured_by_features_alone_and_says_so() -> None:
    data, judge = drawn("textures", 1, tests=1), vizlib.load_model("bundled/digits", device="cpu")
    assert judge_of(data).name == "bundled/scenes"
    first = next(frame for frame in train_gan(data, 1, size=28, judge=judge, **SMALL) if len(frame.steps))
    assert math.isnan(first.covered[0])
    assert math.isnan(first.confident[0])
    assert "does not know these classes" in first.note


# The trained networks


def test_the_last_frame_generates_walks_and_saves(last: GanFrame, tmp_path: Path) -> None:
    assert torch.allclose(last.generate(5, 1)[:3], last.generate(3, 1), atol=1e-6)
    assert not torch.equal(last.generate(3, 1), last.generate(3, 2))
    walk = last.between(0, 1, 5)
    assert torch.allclose(walk[[0, -1]], last.decode(last.latents[:2]), atol=1e-5)
    assert torch.allclose(walk[0], last.pictures[0], atol=1e-5)
    again = open_gan(last.save(tmp_path / "mine"))
    assert torch.equal(again.generate(3, 1), last.generate(3, 1))
    assert "Pictures: drawn digits. 60 were learned from." in (tmp_path / "mine" / "card.md").read_text()


def test_the_discriminator_is_a_classifier_that_can_be_explained(last: GanFrame) -> None:
    model = last.discriminator
    pixels = last.generate(2).expand(-1, 3, -1, -1)
    assert model.class_names == ["fake", "real"]
    assert model(pixels).shape == (2, 2)
    assert vizlib.saliency(model, pixels, "gradient", "fake").abs().max() > 0


def test_the_frame_comes_back_from_the_store(last: GanFrame) -> None:
    kinds = {each.__name__: each for each in FRAMES}
    again = unpack(pack(last, kinds), kinds)
    assert torch.equal(again.generate(2), last.generate(2))
    assert again.real == last.real


def test_a_frame_of_a_run_that_is_left_has_the_networks_and_the_run_goes_on(data: PictureSet, last: GanFrame) -> None:
    run = train_gan(data, 4, every=2, **SMALL)
    left = next(frame for frame in run if frame.step == 1)
    with pytest.raises(NotShowable, match="in the last frame"):
        left.generate(1)
    assert torch.equal(left.so_far.decode(left.so_far.latents), left.pictures) == (left.step in left.milestones)
    assert vizlib.last(run).files == last.files
    gc.collect()
    with pytest.raises(NotShowable, match="gone"):
        left.checkpoint()


def test_files_that_lack_one_or_are_damaged_are_refused(last: GanFrame) -> None:
    with pytest.raises(CheckpointMismatch, match="is missing"):
        open_gan({"config.json": b"{}"})
    with pytest.raises(CheckpointMismatch, match="damaged"):
        open_gan({**last.files, "generator.safetensors": b"nothing"})


def test_the_judge_is_fooled_by_the_best_latent_vector_and_another_network_is_asked(last: GanFrame) -> None:
    judge = vizlib.load_model("bundled/digits", device="cpu")
    frames = list(fool_judge(last, judge, "3", 3, second=judge))
    assert [each.step for each in frames] == [0, 0, 0, 0, 1, 2, 3]
    found = [each.probability for each in frames]
    assert found == sorted(found)
    end = frames[-1]
    assert end.second == pytest.approx(end.probability)
    assert judge.predict(end.pixels)[0, 3].item() == pytest.approx(end.probability)
    assert torch.allclose(last.decode(end.latent[None])[0], end.picture)


# What cannot be


@pytest.mark.parametrize(
    ("given", "kind", "sentence"),
    [
        ({"steps": 0}, VizError, "steps is 0"),
        ({"rate_g": float("nan")}, VizError, "rate_g is nan"),
        ({"batch": 1}, VizError, "batch is 1"),
        ({"size": 30}, VizError, "size is 30"),
        ({"loss": "wasserstein"}, UnknownName, "wasserstein"),
        ({"only": "judge"}, UnknownName, "judge"),
        ({"spectral_norm": 1}, VizError, "spectral_norm is 1"),
        ({"every": 0}, VizError, "every is 0"),
    ],
)
def test_what_cannot_be_set_is_said_before_the_first_step(
    data: PictureSet, given: dict[str, Any], kind: type[VizError], sentence: str
) -> None:
    with pytest.raises(kind) as caught:
        train_gan(data, **given)
    assert sentence in caught.value.sentence
    assert caught.value.remedy


def test_too_few_pictures_are_said() -> None:
    with pytest.raises(VizError, match="3 pictures for training"):
        train_gan(drawn("digits", 1, tests=1, classes=["1", "2", "3"]))


def test_every_preset_is_made_of_settings_that_there_are(data: PictureSet) -> None:
    names = {each.name for each in fields(vizlib.training.GanSettings)}
    for preset in PRESETS.values():
        assert set(preset.settings) <= names
        next(train_gan(data, **preset.settings))


def test_a_loss_that_is_no_number_ends_the_run_with_the_networks_before_it(
    data: PictureSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    hinge = LOSSES["hinge"]
    monkeypatch.setitem(LOSSES, "hinge", hinge._replace(generator=lambda fake: fake.mean() * math.nan))
    last = vizlib.last(train_gan(data, 9, loss="hinge", **SMALL))
    assert (last.step, last.done) == (1, True)
    assert "At step 1 a loss was no finite number, so training stopped." in last.note
    assert last.generate(2).isfinite().all()


@pytest.mark.cuda
def test_on_cuda_a_gan_learns_and_answers_there(data: PictureSet) -> None:
    judge: Classifier = vizlib.load_model("bundled/digits", device="cuda")
    last = vizlib.last(train_gan(data, 20, judge=judge, **SMALL))
    assert last.device.startswith("cuda")
    assert last.generate(2).device.type == "cuda"
