"""The catalogue of layers, family by family, and the maps behind it. Random weights, small pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache

import pytest
import torch
from torch import Tensor, nn

from vizlib import maximize, saliency
from vizlib.activation_maximization import channel, direction, neuron, tile_size, whole_layer
from vizlib.errors import NotShowable, UnknownName
from vizlib.layers import activations, find_layer, last_convolution, list_layers, to_maps
from vizlib.layers.layout import Output, places
from vizlib.models import Classifier, load_model
from vizlib.records import Layer, Unit
from vizlib.units import DrawnScenes, search

# family: (side of the picture in pixels, stages, blocks, one layer checked by hand: path, kind, shape)
FAMILIES: dict[str, tuple[int, int, int, tuple[str, str, tuple[int, int, int]]]] = {
    "vgg11": (64, 0, 1, ("features.3", "convolution", (128, 32, 32))),
    "resnet18": (64, 4, 8, ("layer3.0.downsample.0", "convolution", (256, 4, 4))),
    "resnext50_32x4d": (64, 4, 16, ("layer2.3", "block", (512, 8, 8))),
    "legacy_seresnet18": (64, 5, 8, ("layer1.1.se_module.fc1", "convolution", (4, 1, 1))),
    "densenet121": (64, 4, 58, ("features.denseblock2", "stage", (512, 8, 8))),
    "inception_v3": (96, 0, 13, ("Mixed_6e", "block", (768, 4, 4))),
    "inception_v4": (96, 0, 18, ("features.9", "block", (384, 9, 9))),
    "legacy_xception": (64, 0, 12, ("block12", "block", (1024, 2, 2))),
    "mobilenetv1_100": (64, 5, 13, ("blocks.4.1.conv_pw", "convolution", (1024, 2, 2))),
    "mobilenetv2_100": (64, 7, 17, ("blocks.6", "stage", (320, 2, 2))),
    "mobilenetv3_small_100": (64, 6, 11, ("blocks.1.0", "block", (24, 8, 8))),
    "efficientnet_b0": (64, 7, 16, ("conv_head", "convolution", (1280, 2, 2))),
    "ghostnet_100": (64, 9, 16, ("blocks.3", "stage", (40, 8, 8))),
    "regnetx_002": (64, 4, 14, ("s2", "stage", (56, 8, 8))),
    "resnetv2_50x1_bit": (64, 4, 16, ("stages.3.blocks.2", "block", (2048, 2, 2))),
    "eca_nfnet_l0": (64, 4, 12, ("final_conv", "convolution", (2304, 2, 2))),
    "convnext_atto": (64, 4, 12, ("stages.1.blocks.0.conv_dw", "convolution", (80, 8, 8))),
    "hrnet_w18_small": (64, 5, 23, ("stage4.0.branches.1.0", "block", (32, 8, 8))),
    "dla46_c": (64, 6, 16, ("level3.tree1", "block", (64, 8, 8))),
    "ese_vovnet19b_dw": (64, 4, 5, ("stages.1", "stage", (512, 8, 8))),
    "repvgg_a0": (64, 4, 22, ("stages.2", "stage", (192, 4, 4))),
    "rexnet_100": (64, 0, 16, ("features.4", "block", (61, 8, 8))),
    "mnasnet_100": (64, 7, 17, ("blocks.2.0", "block", (40, 8, 8))),
    "vit_tiny_patch16_224": (64, 0, 12, ("blocks.3", "block", (192, 4, 4))),
    "deit_tiny_distilled_patch16_224": (64, 0, 12, ("blocks.3.attn", "attention", (192, 4, 4))),
    "swin_tiny_patch4_window7_224": (64, 4, 12, ("layers.1", "stage", (192, 8, 8))),
    "mixer_s32_224": (64, 0, 8, ("blocks.7", "block", (512, 2, 2))),
}
BUILT_FOR_A_SIZE = ("vit", "deit", "swin", "mixer")
STARTS_SILENT = ("resnet18", "resnext50", "regnetx")  # the last norm of each block would begin with a weight of zero


@cache
def network(name: str) -> Classifier:
    side = FAMILIES[name][0]
    arguments = {"img_size": side} if name.startswith(BUILT_FOR_A_SIZE) else {}
    arguments |= {"zero_init_last": False} if name.startswith(STARTS_SILENT) else {}
    return load_model(name, weights="random", device="cpu", **arguments)


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def side_of(name: str) -> tuple[int, int]:
    return (FAMILIES[name][0],) * 2


def pixels_of(side: int, count: int = 1) -> Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0))


def hooks_on(model: Classifier) -> int:
    return sum(len(each._forward_hooks) + len(each._forward_pre_hooks) for each in model.network.modules())


def seen_by_plain_hooks(model: Classifier, pixels: Tensor) -> dict[str, Tensor]:
    """Every module's first output, cloned, in running order."""
    seen: dict[str, Tensor] = {}

    def keep(path: str) -> object:
        def hook(module: nn.Module, inputs: object, output: object) -> None:
            if isinstance(output, Tensor):
                seen.setdefault(path, output.clone())

        return hook

    handles = [each.register_forward_hook(keep(path)) for path, each in model.network.named_modules() if path]
    with torch.no_grad():
        model(pixels)
    for handle in handles:
        handle.remove()
    return seen


def as_maps(output: Tensor, layer: Layer) -> Tensor:
    """The layer's layout read by hand, place by place."""
    channels, height, width = layer.shape
    if layer.layout == "NHWC":
        return torch.stack([output[..., channel] for channel in range(channels)], 1)
    if layer.layout == "NLC":
        tokens = output[:, layer.prefix :]
        return torch.stack([tokens[..., each].reshape(-1, height, width) for each in range(channels)], 1)
    return output.reshape(len(output), channels, height, width)


@pytest.mark.slow
def test_each_family_lists_its_blocks_stages_and_a_layer_known_by_hand(family: str) -> None:
    side, stages, blocks, (path, kind, shape) = FAMILIES[family]
    layers = {each.path: each for each in list_layers(network(family), (side, side))}
    kinds = Counter(each.kind for each in layers.values())
    assert (kinds["stage"], kinds["block"]) == (stages, blocks)
    assert kinds["convolution"] + kinds["linear"] >= 10
    assert (layers[path].kind, layers[path].shape) == (kind, shape)


@pytest.mark.slow
def test_layers_are_in_running_order_and_a_plain_hook_sees_the_same(family: str) -> None:
    model, size = network(family), side_of(family)
    layers = list_layers(model, size)
    paths = [each.path for each in layers]
    seen = seen_by_plain_hooks(model, pixels_of(*size[:1]))
    assert [each.order for each in layers] == list(range(len(layers)))
    assert paths == [path for path in seen if path in set(paths)]
    assert len(set(paths)) == len(paths)
    assert all(model.module(path) is not None for path in paths)
    assert hooks_on(model) == 0


@pytest.mark.slow
def test_activations_are_what_a_plain_hook_sees_place_by_place(family: str) -> None:
    model, size = network(family), side_of(family)
    layers = [each for each in list_layers(model, size) if each.spatial]
    chosen = [*layers[:: max(1, len(layers) // 6)], layers[-1]]
    pixels = pixels_of(size[0], 2)
    seen = seen_by_plain_hooks(model, pixels)
    maps = activations(model, pixels, [each.path for each in chosen])
    for each in chosen:
        assert maps[each.path].shape == (2, *each.shape)
        assert torch.equal(maps[each.path], as_maps(seen[each.path], each)), each
    assert hooks_on(model) == 0


@pytest.mark.slow
def test_the_last_convolution_has_places_and_gradients_reach_them(family: str) -> None:
    model = network(family)
    layer = last_convolution(model)
    assert layer.spatial
    size = model.input_size if layer.layout == "NLC" else side_of(family)
    pixels = pixels_of(max(size)).requires_grad_()
    with model.tap(layer.path) as seen:
        features = model.network.forward_features(model.normalize(pixels))
        pooled = model.network.forward_head(features, pre_logits=True)  # some heads begin with weights of zero
    (gradient,) = torch.autograd.grad(pooled.square().sum(), seen[layer.path])
    assert to_maps(gradient, find_layer(model, layer.path)).abs().amax() > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("vgg11", "features.18"),
        ("resnet18", "layer4.1"),  # its last convolution is one term of a sum
        ("mobilenetv3_small_100", "blocks.5"),  # conv_head comes after the pooling
        ("legacy_seresnet18", "layer4.1"),  # not the gates
        ("densenet121", "features.denseblock4"),  # the last convolution gives 32 of 1024 channels
        ("inception_v3", "Mixed_7c"),
        ("swin_tiny_patch4_window7_224", "layers.3.blocks.1"),
        ("vit_tiny_patch16_224", "blocks.11.norm1"),  # behind it only the class token goes on
        ("mixer_s32_224", "blocks.7"),
    ],
)
def test_the_last_convolution_is_the_one_a_person_would_take(name: str, path: str) -> None:
    assert last_convolution(network(name)).path == path


def test_a_network_of_vectors_has_no_last_convolution() -> None:
    model = network("resnet18")
    model.memo["layers"][model.input_size], kept = [], list_layers(model)
    try:
        with pytest.raises(NotShowable, match="has places"):
            last_convolution(model)
    finally:
        model.memo["layers"][model.input_size] = kept


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("conv1", "7 x 7, stride 2, 3 to 64 channels"),
        ("layer1.0.conv2", "3 x 3, 128 to 128 channels, 32 groups"),
        ("maxpool", "3 x 3, stride 2"),
        ("layer1.0", "Bottleneck"),
        ("layer1.0.bn1", "BatchNorm2d"),
        ("fc", "2048 to 1000"),
    ],
)
def test_the_detail_says_what_the_layer_does(path: str, detail: str) -> None:
    assert find_layer(network("resnext50_32x4d"), path).detail == detail


def test_layouts_are_told_where_channels_rows_and_columns_are_equally_many() -> None:
    convolution, norm = nn.Conv2d(3, 8, 1), nn.LayerNorm(8)
    block, act = nn.Module(), nn.ReLU()
    alike = (1, 8, 8, 8)
    outputs = [
        Output("a", convolution, "convolution", alike),
        Output("b", act, "activation", alike),
        Output("c", norm, "normalization", alike),
        Output("d", act, "activation", alike),
        Output("e", block, "block", alike),
        Output("f", block, "block", (1, 4, 4, 16)),
    ]
    layouts = [layout for layout, _, _ in places(nn.Module(), outputs, (64, 64))]
    assert layouts == ["NCHW", "NCHW", "NHWC", "NHWC", "NHWC", "NHWC"]  # all blocks of a network share one layout
    assert places(nn.Module(), outputs[:5], (64, 64))[4][0] == "NCHW"


@pytest.mark.parametrize(("shape", "layout"), [((1, 12, 3, 4), "NCHW"), ((1, 3, 4, 12), "NHWC")])
def test_oblong_pictures_tell_the_axes_apart(shape: tuple[int, ...], layout: str) -> None:
    assert places(nn.Module(), [Output("a", nn.Module(), "block", shape)], (96, 128))[0][0] == layout


def test_tokens_are_placed_on_an_oblong_grid_without_the_class_token() -> None:
    network = nn.Module()
    network.num_prefix_tokens = 1
    assert places(network, [Output("a", nn.Linear(8, 8), "linear", (1, 13, 8))], (96, 128)) == [("NLC", (8, 3, 4), 1)]


def test_what_cannot_be_placed_is_listed_without_places_and_refused_with_a_sentence() -> None:
    model = network("swin_tiny_patch4_window7_224")
    path = "layers.0.blocks.1.attn"  # its output is windows, shifted
    assert find_layer(model, path).shape == (96, 1, 1)
    assert not find_layer(model, path).spatial
    with pytest.raises(NotShowable, match=r"blocks\.1\.attn cannot be placed"):
        activations(model, pixels_of(64), [path])


def test_tokens_taken_for_channels_and_tokens_sorted_by_windows_are_not_placed() -> None:
    square = nn.Module()
    square.stem = nn.Module()
    square.stem.grid_size = (4, 4)
    assert places(square, [Output("a", nn.Linear(8, 8), "linear", (1, 64, 8))], (64, 64))[0][1] == (8, 1, 1)
    mixer = network("mixer_s32_224")
    assert not find_layer(mixer, "blocks.0.mlp_tokens.fc1").spatial
    hiera = load_model("hiera_tiny_224", weights="random", device="cpu")
    assert not find_layer(hiera, "blocks.0").spatial
    with pytest.raises(NotShowable, match="has places"):
        last_convolution(hiera)


def test_of_a_layer_that_is_called_again_the_first_call_counts() -> None:
    class Twice(nn.Module):
        num_classes = 4

        def __init__(self) -> None:
            super().__init__()
            self.conv, self.act, self.fc = nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Linear(4, 4)

        def forward(self, x: Tensor) -> Tensor:
            x = self.act(self.conv(x)).mean((2, 3))
            return self.fc(self.act(x))  # type: ignore[no-any-return]

    model = Classifier(Twice(), "twice", torch.device("cpu"))
    assert [(each.path, each.shape) for each in list_layers(model, (8, 8))] == [
        ("conv", (4, 6, 6)),
        ("act", (4, 6, 6)),
        ("fc", (4, 1, 1)),
    ]
    assert activations(model, pixels_of(8), ["act"])["act"].shape == (1, 4, 6, 6)


def test_vectors_become_maps_of_one_place() -> None:
    maps = activations(network("resnet18"), pixels_of(64, 3), ["fc", "global_pool"])
    assert {path: tuple(each.shape) for path, each in maps.items()} == {
        "fc": (3, 1000, 1, 1),
        "global_pool": (3, 512, 1, 1),
    }


def test_maps_are_differentiable_and_follow_the_size_of_the_picture() -> None:
    model = network("convnext_atto")
    pixels = torch.rand(2, 3, 64, 96, requires_grad=True)
    with model.tap("stages.0.blocks.0.norm") as seen:
        model(pixels)
    maps = to_maps(seen["stages.0.blocks.0.norm"], find_layer(model, "stages.0.blocks.0.norm"))
    maps.sum().backward()
    assert maps.shape == (2, 40, 16, 24)
    assert pixels.grad is not None


def test_names_that_are_no_layers_are_answered_with_a_sentence() -> None:
    model = network("resnet18")
    with pytest.raises(UnknownName, match=r"layer3\.1\.conv2"):
        find_layer(model, "layer3.1.conv")
    with pytest.raises(NotShowable, match=r"layer1\.0\.drop_block is no layer"):
        find_layer(model, "layer1.0.drop_block")
    with pytest.raises(UnknownName):
        activations(model, pixels_of(64), ["conv1", ""])


def test_a_size_that_the_network_does_not_take_is_refused_with_a_sentence() -> None:
    model = network("vit_tiny_patch16_224")
    with pytest.raises(NotShowable, match=r"takes no pictures of 80 x 80 px\. Give it 64 x 64 px"):
        list_layers(model, (80, 80))
    with pytest.raises(NotShowable, match="80 x 80"):
        activations(model, pixels_of(80), ["patch_embed.proj"])
    assert hooks_on(model) == 0


def test_layers_that_the_picture_does_not_reach_are_left_out_and_say_so() -> None:
    model = load_model("test_vit_relpos", weights="random", device="cpu")
    listed = {each.path for each in list_layers(model)}
    first, second = seen_by_plain_hooks(model, pixels_of(160)), seen_by_plain_hooks(model, 1 - pixels_of(160))
    same = {path for path, each in first.items() if torch.equal(each, second[path])}
    biases = {path for path in first if ".rel_pos.mlp." in path}
    assert biases
    assert biases <= same
    assert not listed & same
    path = "blocks.1.attn.rel_pos.mlp.fc1"
    asked: list[Callable[[], object]] = [
        lambda: find_layer(model, path),
        lambda: activations(model, pixels_of(160), [path]),
        lambda: maximize(model, channel(path, 0), steps=1),
        lambda: maximize(model, neuron(path, 0), steps=1),
        lambda: maximize(model, whole_layer(path), steps=1),
        lambda: maximize(model, direction(path, [1.0]), steps=1),
        lambda: maximize(model, Unit(path, 0), steps=1),
        lambda: saliency(model, pixels_of(160), target=Unit(path, 0)),
        lambda: saliency(model, pixels_of(160), "grad_cam", 1, layer=path),
        lambda: tile_size(model, path),
        lambda: next(search(model, path, DrawnScenes(1))),
    ]
    for ask in asked:
        with pytest.raises(
            NotShowable, match=r"fc1 gives the same output for every picture\. Choose a layer that list"
        ):
            ask()


def test_a_layer_that_passes_no_gradient_is_listed_if_its_values_follow_the_picture() -> None:
    class Rounded(nn.Module):
        num_classes = 4

        def __init__(self) -> None:
            super().__init__()
            self.conv, self.bias, self.fc = nn.Conv2d(3, 4, 3), nn.Linear(4, 4), nn.Linear(4, 4)

        @torch.no_grad()
        def forward(self, x: Tensor) -> Tensor:
            x = self.conv(x).mean((2, 3)) + self.bias(torch.ones(1, 4))
            return self.fc(x)  # type: ignore[no-any-return]

    model = Classifier(Rounded(), "rounded", torch.device("cpu"))
    assert [each.path for each in list_layers(model, (8, 8))] == ["conv", "fc"]
    with pytest.raises(NotShowable, match="bias gives the same output for every picture"):
        find_layer(model, "bias", (8, 8))


def test_to_list_the_layers_keeps_no_tensors_for_gradients() -> None:
    model = load_model("test_resnet", weights="random", device="cpu")
    kept: list[Tensor] = []
    with torch.autograd.graph.saved_tensors_hooks(lambda x: kept.append(x) or x, lambda x: x):
        list_layers(model, (64, 64))
        assert kept == []
        model(pixels_of(64).requires_grad_())
    assert kept, "as any pass with gradients does"


def test_an_early_layer_is_read_without_the_rest_of_the_pass() -> None:
    model = network("resnet18")
    ran = []
    handle = model.module("layer2").register_forward_hook(lambda *_: ran.append("layer2"))
    list_layers(model)  # a hook may change the shapes, so they are found again
    ran.clear()
    try:
        activations(model, pixels_of(64), ["layer1.0.conv1"])
    finally:
        handle.remove()
    assert ran == []


def test_the_dry_run_is_made_once_per_size_and_few_are_kept() -> None:
    model = load_model("resnet18", weights="random", device="cpu")
    assert list_layers(model, (64, 64))[0] is list_layers(model, (64, 64))[0]
    for side in range(32, 44):
        list_layers(model, (side, side))
    assert len(model.memo["layers"]) == 8
