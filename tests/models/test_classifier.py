"""A network on its device: what it takes, what it returns, and what never changes."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from timm.data import create_transform, resolve_model_data_config
from torch import nn

from vizlib.errors import DeviceFailed, NotShowable, TooBig, UnknownName, VizError
from vizlib.models import Classifier, freezing, load_model, preprocessing, to_pixels
from vizlib.pictures import open_picture, sample_photographs
from vizlib.records import Preprocessing

PHOTOGRAPHS = Path(__file__).resolve().parents[3] / "shared" / "images"


@pytest.fixture(scope="module")
def photograph() -> Image.Image:
    return open_picture(sample_photographs()["cat"])  # 451 x 300


@pytest.fixture(scope="module")
def model(device: str) -> Classifier:
    return load_model("test_resnet", weights="random", device=device, seed=1)


def network(config: dict[str, Any] | None = None, **arguments: Any) -> nn.Module:
    made: nn.Module = timm.create_model("test_resnet", pretrained_cfg_overlay=config or {}, **arguments).eval()
    return made


def classifier(config: dict[str, Any] | None = None, **arguments: Any) -> Classifier:
    return Classifier(network(config, **arguments), "test_resnet", torch.device("cpu"))


class Broken(nn.Module):
    """A network whose pass fails with the error of a device."""

    def __init__(self, problem: Exception | None) -> None:
        super().__init__()
        self.problem, self.num_classes = problem, 3

    def forward(self, inputs: torch.Tensor) -> Any:
        if self.problem is not None:
            raise self.problem
        return inputs.mean((2, 3)), inputs


# A picture goes in


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"input_size": (3, 64, 64), "crop_pct": 0.875, "interpolation": "bilinear"},
        {"input_size": (3, 96, 96), "crop_pct": 1.0, "interpolation": "bicubic", "mean": (0.5,) * 3, "std": (0.5,) * 3},
        {"input_size": (3, 64, 64), "crop_mode": "squash", "crop_pct": 1.0},
        {"input_size": (3, 64, 64), "crop_mode": "squash", "crop_pct": 0.9},
        {"input_size": (3, 96, 96), "crop_mode": "border", "crop_pct": 0.9},
        {"input_size": (3, 64, 96), "crop_pct": 0.9},
        {"input_size": (3, 96, 64), "crop_mode": "squash", "crop_pct": 1.0, "interpolation": "bilinear"},
        {"input_size": (3, 256, 256), "crop_pct": 0.95},
    ],
)
def test_a_picture_is_seen_as_timm_would_show_it(config: dict[str, Any], photograph: Image.Image) -> None:
    reference = network(config)
    transform = create_transform(**resolve_model_data_config(reference))
    with torch.no_grad():
        expected = reference(transform(photograph)[None])
    ours = Classifier(reference, "test_resnet", torch.device("cpu"))
    pixels = to_pixels(photograph, ours)
    assert pixels.shape == (1, 3, *ours.input_size)
    assert torch.allclose(ours(pixels), expected, rtol=1e-4, atol=1e-5)


def test_a_gray_network_sees_the_luma_that_pillow_makes(photograph: Image.Image) -> None:
    gray = classifier({"input_size": (1, 64, 64), "mean": (0.4,), "std": (0.2,)}, in_chans=1)
    transform = create_transform(**resolve_model_data_config(gray.network))
    expected = transform(photograph.convert("L"))[None]
    ours = gray.normalize(to_pixels(photograph, gray))
    difference = (ours - expected).abs() * 0.2 * 255  # in levels
    assert ours.shape == (1, 1, 64, 64)
    assert difference.max() < 2  # the two round at different places
    assert difference.mean() < 0.5
    assert gray(to_pixels(photograph, gray)).shape == (1, 1000)


def test_a_gray_network_can_be_made_of_a_color_one() -> None:
    gray = load_model("test_resnet", weights="random", device="cpu", in_chans=1)
    assert gray.preprocessing.channels == 1
    assert len(gray.preprocessing.mean) == 1
    assert gray(torch.rand(2, 3, 64, 64)).shape == (2, 1000)


def test_a_network_of_other_channels_is_refused_with_a_sentence() -> None:
    with pytest.raises(NotShowable, match="4 channels"):
        load_model("test_resnet", weights="random", device="cpu", in_chans=4)


def test_pixels_are_upright_float_and_between_zero_and_one(device: str) -> None:
    picture = np.zeros((40, 80, 3), np.uint8)
    picture[:20] = 255  # white above, black below
    wide = load_model("test_resnet", weights="random", device=device).twin()
    wide.preprocessing = classifier({"input_size": (3, 64, 96), "crop_pct": 1.0}).preprocessing
    pixels = to_pixels(picture, wide)
    assert pixels.shape == (1, 3, 64, 96)
    assert pixels.dtype == torch.float32
    assert pixels.device.type == torch.device(device).type
    assert (float(pixels.min()), float(pixels.max())) == (0, 1)
    assert pixels[0, :, 0].mean() == 1
    assert pixels[0, :, -1].mean() == 0


@pytest.mark.parametrize(
    "pixels",
    [
        torch.rand(3, 64, 64),
        torch.rand(1, 1, 64, 64),
        torch.rand(1, 64, 64, 3),
        torch.zeros(1, 3, 8, 8, dtype=torch.uint8),
        np.zeros((1, 3, 8, 8)),
    ],
)
def test_what_are_no_pixels_is_refused_with_a_sentence(model: Classifier, pixels: Any) -> None:
    with pytest.raises(VizError, match=r"\(N, 3, H, W\).*to_pixels"):
        model(pixels)


def test_a_size_that_the_network_does_not_take_is_told_in_a_sentence() -> None:
    fixed = load_model("vit_tiny_patch16_224", weights="random", device="cpu")
    with pytest.raises(NotShowable, match=r"64 x 48 px.*224 x 224"):
        fixed(torch.rand(1, 3, 64, 48))


# Logits come out


def test_probabilities_sum_to_one_and_the_top_is_sorted(model: Classifier) -> None:
    pixels = torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    shares = model.predict(pixels)
    assert shares.shape == (3, 1000)
    assert torch.allclose(shares.sum(1), torch.ones(3, device=model.device))
    assert torch.equal(shares, model(pixels).softmax(1))
    top = model.top(pixels[:1], 7)
    assert len(top) == 7
    assert [each.logit for each in top] == sorted((each.logit for each in top), reverse=True)
    assert top[0].index == int(model(pixels[:1]).argmax())
    assert top[0].label == model.class_names[top[0].index]
    assert top[0].probability == pytest.approx(float(shares[0].max()), rel=1e-4)


def test_equal_logits_keep_the_order_of_the_classes() -> None:
    unchanged = Preprocessing(mean=(0.0,) * 3, std=(1.0,) * 3)
    even = Classifier(Broken(None), "even", torch.device("cpu"), preprocessing=unchanged)
    assert [each.index for each in even.top(torch.full((1, 3, 224, 224), 0.5), 9)] == [0, 1, 2]


def test_gradients_reach_the_pixels_and_nothing_else(model: Classifier) -> None:
    for _ in range(3):
        pixels = torch.rand(2, 3, 48, 48, requires_grad=True)
        model(pixels)[:, 7].sum().backward()
        assert pixels.grad is not None
        assert float(pixels.grad.abs().sum()) > 0
    assert not model.predict(pixels).requires_grad
    assert not any(each.requires_grad or each.grad is not None for each in model.network.parameters())
    assert not any(each.training for each in model.network.modules())


def test_the_gradient_of_the_pixels_agrees_with_finite_differences() -> None:
    exact = classifier({"mean": (0.5,) * 3, "std": (0.25,) * 3})
    pixels = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)).requires_grad_()
    (gradient,) = torch.autograd.grad(exact.normalize(pixels).square().sum(), pixels)
    assert torch.allclose(gradient, 2 * (pixels.detach() - 0.5) / 0.25**2, rtol=1e-4)


def test_a_network_that_gives_several_outputs_answers_with_its_first() -> None:
    several = Classifier(Broken(None), "several", torch.device("cpu"))
    assert several(torch.rand(2, 3, 8, 8)).shape == (2, 3)


@pytest.mark.parametrize(
    ("problem", "expected", "words"),
    [
        (MemoryError(), TooBig, "broken with 2 pictures of 8 x 8 px needs more memory than CPU has"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"), TooBig, "smaller"),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate"), TooBig, "smaller"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB"), TooBig, "smaller"),
        (RuntimeError("CUDA error: device-side assert triggered"), DeviceFailed, "Choose cpu"),
        (RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"), DeviceFailed, "Choose cpu"),
    ],
)
def test_a_device_that_fails_is_told_in_a_sentence(problem: Exception, expected: type[VizError], words: str) -> None:
    broken = Classifier(Broken(problem), "broken", torch.device("cpu"))
    with pytest.raises(expected, match=words):
        broken(torch.rand(2, 3, 8, 8))


def test_a_bug_keeps_its_traceback() -> None:
    broken = Classifier(Broken(RuntimeError("a bug")), "broken", torch.device("cpu"))
    with pytest.raises(RuntimeError, match=r"^a bug$"):
        broken(torch.rand(1, 3, *broken.input_size))


def test_a_network_too_big_for_its_device_is_refused_at_loading(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: nn.Module, device: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(nn.Module, "to", full)
    with pytest.raises(TooBig, match="test_resnet"):
        load_model("test_resnet", weights="random", device="cpu")


# Names


def test_classes_have_the_names_of_imagenet_from_timm(model: Classifier) -> None:
    assert len(model.class_names) == 1000
    assert model.class_names[207].startswith("golden retriever")


def test_classes_have_the_checkpoints_own_names_else_numbers() -> None:
    own = {"label_names": ["n1", "n2", "n3"], "label_descriptions": {"n1": "cat", "n3": "dog"}}
    assert classifier(own, num_classes=3).class_names == ["cat", "n2", "dog"]
    assert classifier({"label_names": ["n1", "n2", "n3"]}, num_classes=3).class_names == ["n1", "n2", "n3"]
    assert classifier(own, num_classes=18).class_names[17] == "class 17"
    assert classifier({"label_names": 5, "label_descriptions": []}, num_classes=2).class_names == ["class 0", "class 1"]


def test_a_class_is_found_by_its_index_its_name_and_the_first_of_its_names() -> None:
    model = classifier({"label_names": ["cat, feline", "dog", "cat"]}, num_classes=3)
    indices: list[Any] = [1, np.int64(1), torch.tensor(1), torch.tensor([1]), "dog"]
    assert [model.class_index(each) for each in indices] == [1] * 5
    assert model.class_index("cat, feline") == 0
    assert model.class_index("cat") == 2  # a whole name comes before the first of several
    assert classifier({"label_names": ["cat, feline", "dog"]}, num_classes=2).class_index("cat") == 0


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (3, "has no class 3. Choose one from 0 to 2."),
        (-1, "has no class -1. Choose one from 0 to 2."),
        (True, "has no class True. Give a whole number from 0 to 2, or the name of a class."),
        (1.0, "has no class 1.0. Give a whole number"),
        ([1], "has no class .1.. Give a whole number"),
        (None, "has no class None. Give a whole number"),
        ("dogg", "There is no class of test_resnet called 'dogg'. Did you mean dog"),
    ],
)
def test_a_class_that_is_not_there_is_answered_with_a_sentence(target: Any, says: str) -> None:
    model = classifier({"label_names": ["cat", "dog", "cow"]}, num_classes=3)
    with pytest.raises(UnknownName, match=says):
        model.class_index(target)


def test_an_unknown_layer_is_answered_with_close_names(model: Classifier) -> None:
    with pytest.raises(UnknownName, match=r"layer1\.0\.conv1"):
        model.module("layer1.0.conv1x")
    for path in ("", "fc.weight", "layer1..0", "network"):
        with pytest.raises(UnknownName):
            model.module(path)


def test_a_backbone_opens_without_classes() -> None:
    assert load_model("test_resnet", weights="random", device="cpu", num_classes=0).class_names == []


# Layout


def test_a_network_on_cuda_is_laid_out_channels_last_and_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = load_model("test_resnet", weights="random", device="cpu")
    monkeypatch.setattr(freezing, "memory_format", lambda device: torch.channels_last)
    laid_out = load_model("test_resnet", weights="random", device="cpu")
    weights = [each for each in laid_out.network.parameters() if each.ndim == 4 and min(each.shape[1:]) > 1]
    assert weights
    assert all(each.is_contiguous(memory_format=torch.channels_last) for each in weights)
    assert not all(each.is_contiguous(memory_format=torch.channels_last) for each in plain.network.parameters())
    assert laid_out.fingerprint == plain.fingerprint == laid_out.twin().fingerprint
    pixels = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(laid_out(pixels), plain(pixels), rtol=1e-4, atol=1e-5)


@pytest.mark.cuda
def test_on_a_cuda_device_networks_and_their_outputs_are_channels_last() -> None:
    model = load_model("resnet18", weights="random", device="cuda")
    assert model.network.layer1[0].conv1.weight.is_contiguous(memory_format=torch.channels_last)
    with model.tap("layer2") as seen:
        model(torch.rand(2, 3, 224, 224).contiguous(memory_format=torch.channels_last))
    assert seen["layer2"].is_contiguous(memory_format=torch.channels_last)


# Fingerprints and twins


def test_the_fingerprint_tells_weights_apart_however_they_were_changed(device: str) -> None:
    first, again, other = (load_model("test_resnet", weights="random", device=device, seed=seed) for seed in (0, 0, 1))
    assert first.fingerprint == first.fingerprint == again.fingerprint != other.fingerprint
    assert len(first.fingerprint) == 32
    seen = {first.fingerprint}
    weight = again.network.get_parameter("conv1.0.weight")
    with torch.no_grad():
        weight[0, 0, 0, 0] += 1
    seen.add(again.fingerprint)
    weight.data[1, 1, 1, 1] += 1
    seen.add(again.fingerprint)
    weight.data.copy_(weight.data.flip(0))
    seen.add(again.fingerprint)
    again.network.get_buffer("bn1.running_mean").data[0] += 1
    seen.add(again.fingerprint)
    assert len(seen) == 5
    again.network.load_state_dict(first.network.state_dict())
    assert again.fingerprint == first.fingerprint


def test_the_fingerprint_tells_equal_weights_with_other_strides_activations_or_preprocessing_apart() -> None:
    plain = classifier(drop_rate=0.0)
    state = plain.network.state_dict()
    others = [classifier(output_stride=8), classifier(act_layer="gelu"), classifier({"crop_pct": 0.5})]
    for each in others:
        each.network.load_state_dict(state)
    assert len({each.fingerprint for each in [plain, *others]}) == 4


def test_a_twin_is_equal_and_its_own() -> None:
    model = load_model("test_resnet", weights="random", device="cpu")
    twin = model.twin()
    pixels = torch.rand(1, 3, 64, 64)
    before = model(pixels)
    assert torch.equal(twin(pixels), before)
    assert twin.fingerprint == (fingerprint := model.fingerprint)
    with torch.no_grad():
        for each in twin.network.parameters():
            each.zero_()
    assert not torch.equal(twin(pixels), before)
    assert torch.equal(model(pixels), before)
    assert model.fingerprint == fingerprint != twin.fingerprint
    assert twin.lock is not model.lock


# Real weights, real photographs


@pytest.mark.slow
@pytest.mark.weights
@pytest.mark.parametrize("name", ["mobilenetv2_100", "local/mobilenetv1_100.tf_same"])
def test_photographs_are_recognized(
    name: str, weights_folder: Path, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not PHOTOGRAPHS.is_dir():
        pytest.skip("no labeled photographs here: ../shared/images is no folder")
    monkeypatch.setenv("VIZLIB_WEIGHTS", str(weights_folder))
    model = load_model(name, device=device)
    with (PHOTOGRAPHS / "labels.csv").open() as file:
        labels = {row["file"]: int(row["index"]) for row in csv.DictReader(file)}
    hits = [
        int(model.predict(to_pixels(open_picture(PHOTOGRAPHS / file), model)).argmax()) == label
        for file, label in labels.items()
    ]
    assert len(hits) == 60
    assert sum(hits) / len(hits) >= 0.85


@pytest.mark.cuda
def test_the_logits_on_cuda_are_those_of_the_cpu() -> None:
    pixels = torch.rand(2, 3, 64, 64)
    here, there = (load_model("test_resnet", weights="random", device=each) for each in ("cpu", "cuda"))
    assert there.device.type == "cuda"
    assert torch.allclose(there(pixels).cpu(), here(pixels), rtol=1e-2, atol=1e-3)
    assert there.fingerprint == here.fingerprint


def test_of_a_very_long_picture_only_the_middle_is_resized(monkeypatch: pytest.MonkeyPatch) -> None:
    ramp = np.linspace(0, 255, 640).astype(np.uint8)
    strip = Image.fromarray(np.broadcast_to(ramp[None, :, None], (8, 640, 3)).copy())
    model = load_model("bundled/scenes")
    kept = model.prepare(strip)
    assert max(preprocessing.middle(strip).size) <= 16 * 8 + 1
    assert max(preprocessing.middle(strip.transpose(Image.Transpose.ROTATE_90)).size) <= 16 * 8 + 1
    monkeypatch.setattr(preprocessing, "middle", lambda picture: picture)
    whole = model.prepare(strip)
    assert float((kept - whole).abs().max()) <= 1.5 / 255, "one gray level"
