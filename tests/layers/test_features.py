"""timm's own ways of feature extraction, on the one network that is loaded."""

from __future__ import annotations

from functools import cache

import pytest
import timm
import torch
from torch import Tensor

from vizlib.errors import NotShowable, VizError
from vizlib.layers.features import pooled_features, pyramid, unpooled_features
from vizlib.models import Classifier, load_model

FAMILIES = [
    "vgg11",
    "resnet18",
    "densenet121",
    "inception_v3",
    "mobilenetv1_100",
    "mobilenetv3_small_100",
    "efficientnet_b0",
    "ghostnet_100",
    "regnetx_002",
    "resnetv2_50x1_bit",
    "convnext_atto",
    "hrnet_w18_small",
    "dla46_c",
    "ese_vovnet19b_dw",
    "repvgg_a0",
    "rexnet_100",
    "vit_tiny_patch16_224",
    "swin_tiny_patch4_window7_224",
    "mixer_s32_224",
]
BUILT_FOR_A_SIZE = ("vit", "swin", "mixer")


def arguments_of(name: str, side: int) -> dict[str, int]:
    return {"img_size": side} if name.startswith(BUILT_FOR_A_SIZE) else {}


@cache
def network(name: str, side: int = 96) -> Classifier:
    return load_model(name, weights="random", device="cpu", **arguments_of(name, side))


def pixels_of(side: int = 96, count: int = 2) -> Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0))


def features_only(model: Classifier, levels: int) -> torch.nn.Module:
    """timm's own second network for the pyramid, with the weights of `model`."""
    extractor = timm.create_model(
        model.name, features_only=True, out_indices=tuple(range(levels)), **arguments_of(model.name, 96)
    )
    target = getattr(extractor, "model", extractor)
    weights = {key.replace(".", "_"): value for key, value in model.network.state_dict().items()}
    target.load_state_dict({key: weights[key.replace(".", "_")] for key in target.state_dict()})
    return extractor.eval()


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_the_pyramid_equals_the_one_of_features_only(name: str) -> None:
    model, pixels = network(name), pixels_of()
    levels = pyramid(model, pixels)
    extractor = features_only(model, len(levels))
    with torch.no_grad():
        expected = extractor(model.normalize(pixels))
    if getattr(extractor, "output_fmt", "NCHW") == "NHWC":
        expected = [each.permute(0, 3, 1, 2) for each in expected]
    assert [each.channels for each in levels] == extractor.feature_info.channels()
    assert [each.reduction for each in levels] == extractor.feature_info.reduction()
    assert [each.path for each in levels] == [each["module"] for each in model.network.feature_info]
    for level, maps in zip(levels, expected, strict=True):
        assert torch.equal(level.maps, maps)
        assert 0 <= 96 / level.reduction - maps.shape[3] <= 4  # Inception does not pad
    assert not any(each._forward_hooks for each in model.network.modules())


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_pooled_features_are_what_the_last_layer_makes_logits_of(name: str) -> None:
    model, pixels = network(name), pixels_of()
    pooled = pooled_features(model, pixels)
    assert pooled.shape == (2, model.network.head_hidden_size)
    last = model.network.get_classifier()
    vector = pooled if isinstance(last, torch.nn.Linear) else pooled[:, :, None, None]
    torch.testing.assert_close(last(vector).flatten(1), model(pixels))


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_unpooled_features_have_channels_and_places(name: str) -> None:
    model = network(name)
    side = {"inception_v3": 1, "vit_tiny_patch16_224": 6}.get(name, 3)
    assert unpooled_features(model, pixels_of()).shape == (2, model.network.num_features, side, side)


def test_unpooled_features_of_tokens_lie_where_the_tokens_do() -> None:
    model, pixels = network("vit_tiny_patch16_224"), pixels_of()
    with torch.no_grad():
        tokens = model.network.forward_features(model.normalize(pixels))
    maps = unpooled_features(model, pixels)
    assert maps.shape == (2, 192, 6, 6)
    assert torch.equal(maps[:, :, 2, 5], tokens[:, 1 + 2 * 6 + 5])


def test_average_of_unpooled_features_is_the_pooled_vector() -> None:
    model, pixels = network("resnet18"), pixels_of()
    torch.testing.assert_close(unpooled_features(model, pixels).mean((2, 3)), pooled_features(model, pixels))


def test_features_carry_no_gradient_and_take_pictures_of_other_sizes() -> None:
    pixels = pixels_of(64).requires_grad_()
    levels = pyramid(network("resnet18"), pixels)
    assert [each.maps.shape[3] for each in levels] == [32, 16, 8, 4, 2]
    assert not any(each.maps.requires_grad for each in levels)


@pytest.mark.parametrize("way", [pyramid, pooled_features, unpooled_features])
def test_a_size_that_the_network_does_not_take_is_refused_with_a_sentence(way: object) -> None:
    with pytest.raises(NotShowable, match=r"takes no pictures of 64 x 64 px\. Give it 96 x 96 px"):
        way(network("vit_tiny_patch16_224"), pixels_of(64))  # type: ignore[operator]


@pytest.mark.parametrize("way", [pyramid, pooled_features, unpooled_features])
def test_a_network_without_timms_ways_is_refused_with_a_sentence(way: object) -> None:
    plain = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 3), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())
    plain.num_classes = 2
    model = Classifier(plain, "plain", torch.device("cpu"))
    with pytest.raises(NotShowable, match=r"plain has no .*features?"):
        way(model, pixels_of())  # type: ignore[operator]


def test_several_tensors_at_once_are_refused_with_a_sentence() -> None:
    model = load_model("crossvit_9_240", weights="random", device="cpu")
    with pytest.raises(NotShowable, match="trunk of crossvit_9_240 gives several tensors"):
        unpooled_features(model, pixels_of(240, 1))


@pytest.mark.parametrize(("stride", "side"), [(32, 3), (16, 6), (8, 12)])
def test_output_stride_keeps_the_deep_maps_large(stride: int, side: int) -> None:
    model = load_model("resnet18", weights="random", device="cpu", output_stride=stride)
    assert unpooled_features(model, pixels_of()).shape[2:] == (side, side)
    last = pyramid(model, pixels_of())[-1]
    assert (last.reduction, last.maps.shape[2]) == (stride, side)


@pytest.mark.parametrize("name", ["vit_tiny_patch16_224", "densenet121", "vgg11", "dla46_c"])
def test_output_stride_is_refused_with_a_sentence_where_there_is_none(name: str) -> None:
    with pytest.raises(VizError, match=rf"{name} .*output_stride"):
        load_model(name, weights="random", device="cpu", output_stride=8)
