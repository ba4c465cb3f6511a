"""Networks in numbers, against published counts, torchinfo's, torch's own counter, and gradients."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
import timm
import torch
import torchvision
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import vizlib
from tests.networks import plain
from vizlib.layers import in_numbers, list_layers
from vizlib.layers.counting import counted, own_parameters
from vizlib.layers.reach import Reach
from vizlib.weights import parameter_counts

# What the literature says of the last feature map: Araujo et al. 2019 (Distill) for VGG16, AlexNet, MobileNetV1 and
# Inception v3; ResNets follow from their tables of kernels. px
FIELDS = {"vgg16": 212, "alexnet": 195, "resnet18": 435, "resnet50": 427, "mobilenetv1_100": 315, "inception_v3": 1311}
SLOW = ("resnet50", "mobilenetv1_100", "inception_v3")


def without_weights(name: str) -> nn.Module:
    """The network with shapes but no numbers, so that nothing is computed."""
    with torch.device("meta"):
        made: nn.Module = torchvision.models.alexnet() if name == "alexnet" else timm.create_model(name)
    return made.eval()


def asked(network: nn.Module, side: int = 224) -> tuple[int, dict[str, tuple[tuple[int, ...], Reach | None]]]:
    """Multiply-adds of all modules together, and each module's output with its reach."""
    seen: dict[str, tuple[tuple[int, ...], Reach | None]] = {}

    def keep(path: str, output: Tensor, reach: Reach | None) -> None:
        seen[path] = tuple(output.shape), reach

    pixels = torch.zeros(1, 3, side, side, device=next(network.parameters()).device)
    return sum(counted(network, pixels, keep).values()), seen


def widest(reach: Reach | None) -> float:
    assert reach is not None
    return float((reach.ends[0] + reach.ends[1] + 1).max())


def test_vgg16_has_its_published_parameters_and_multiply_adds() -> None:
    network = without_weights("vgg16")
    assert sum(own_parameters(network).values()) == 138_357_544
    assert asked(network)[0] == 15_470_264_320


FEW = [pytest.param(each, marks=[pytest.mark.slow] if each in SLOW else []) for each in FIELDS]


@pytest.mark.parametrize("name", FEW)
def test_the_last_map_sees_as_much_as_the_literature_says(name: str) -> None:
    _, seen = asked(without_weights(name), 299 if name == "inception_v3" else 224)
    maps = [reach for shape, reach in seen.values() if len(shape) == 4 and shape[2] > 1 and reach]
    last = [each for each in maps if not any(each.whole)][-1]
    assert widest(last) == FIELDS[name]


@pytest.mark.slow
def test_how_much_of_vgg16_lies_in_its_fully_connected_layers() -> None:
    numbers = in_numbers(vizlib.load_model("vgg16", weights="random", device="cpu"))
    kinds = {each.name: each for each in numbers.kinds}
    assert kinds["fully connected layers"].parameters == 123_642_856
    assert "Fully connected layers have 89.4 % of the parameters and 0.8 % of the multiply-adds" in numbers.summary
    assert [each.name for each in numbers.stages][:2] == ["features, stride 1", "features, stride 2"]


@pytest.mark.parametrize("name", ["resnet18", pytest.param("vit_tiny_patch16_224", marks=pytest.mark.slow)])
def test_sums_are_those_of_torchs_counter(name: str) -> None:
    network = without_weights(name)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, 3, 224, 224, device="meta"))
    assert 2 * asked(network)[0] == counter.get_total_flops()


def test_attention_counts_on_the_cpu_as_without_weights() -> None:
    arguments: dict[str, Any] = {"img_size": 32, "depth": 1, "num_classes": 3}
    network = timm.create_model("vit_tiny_patch16_224", **arguments).eval()
    with torch.device("meta"):
        shapes = timm.create_model("vit_tiny_patch16_224", **arguments).eval()
    tokens, width = 5, 192
    linear = 3 * width * 16 * 16 * 4 + tokens * width * width * 12 + 3 * width
    assert asked(network, 32)[0] == asked(shapes, 32)[0] == linear + 2 * tokens * tokens * width


@pytest.mark.slow
def test_each_layer_counts_what_torchinfo_counts() -> None:
    torchinfo = pytest.importorskip("torchinfo", reason="torchinfo is not installed: pip install torchinfo")
    model = vizlib.load_model("mobilenetv2_100", weights="random", device="cpu")
    rows = {each.path: each for each in list_layers(model, (64, 64))}
    with torch.no_grad():
        found = torchinfo.summary(model.network, (1, 3, 64, 64), verbose=0)
    assert found.total_params == in_numbers(model, (64, 64)).parameters
    paths = {each: path for path, each in model.network.named_modules()}
    checked = 0
    for each in found.summary_list:
        if isinstance(each.module, nn.Conv2d):  # none has a bias, which torchinfo would count as multiply-adds
            layer = rows[paths[each.module]]
            assert (layer.multiply_adds, layer.parameters) == (each.macs, each.num_params), layer.path
            checked += 1
    assert checked > 50


@pytest.mark.parametrize("name", ["mobilenetv2_100", "convnext_atto"])
def test_parameters_are_those_that_timm_publishes(name: str) -> None:
    assert sum(own_parameters(without_weights(name)).values()) == parameter_counts()[name]


def positive(*layers: nn.Module) -> nn.Sequential:
    """Layers through which every path has a positive gradient."""
    network = nn.Sequential(*layers).eval()
    for each in network.parameters():
        nn.init.constant_(each, 0.1)
    return network.requires_grad_(False)


NETS = {
    "dilation": lambda: (nn.Conv2d(3, 2, 3, dilation=2, padding=1), nn.Conv2d(2, 2, (5, 3), stride=2)),
    "pooling": lambda: (nn.Conv2d(3, 4, 5, stride=2, padding=2), nn.AvgPool2d(3, 2, 1), nn.Conv2d(4, 4, 3, groups=4)),
    "padding": lambda: (nn.ZeroPad2d((0, 1, 0, 3)), nn.Conv2d(3, 2, 4, stride=3), nn.Conv2d(2, 2, 2, padding=1)),
    "shuffle": lambda: (nn.Conv2d(3, 8, 3, padding=1), nn.PixelUnshuffle(2), nn.Conv2d(32, 4, 3, padding=1)),
}


@pytest.mark.parametrize("name", NETS)
def test_a_place_sees_the_pixels_to_which_its_gradient_leads(name: str) -> None:
    network = positive(*NETS[name]())
    _, seen = asked(network, 64)
    shape, reach = seen[str(len(network) - 1)]
    assert reach is not None
    row, column = shape[2] // 2, shape[3] // 2
    pixels = torch.rand(1, 3, 64, 64, requires_grad=True)
    (gradient,) = torch.autograd.grad(network(pixels)[0, :, row, column].sum(), pixels)
    rows, columns = gradient.abs().sum((0, 1)).nonzero().unbind(1)
    found = [-int(rows.min()), int(rows.max()), -int(columns.min()), int(columns.max())]
    assert [int(each[0, 0, row, column]) for each in reach.ends] == found


class Odd(nn.Module):
    """One convolution that runs twice, a gate, attention over all places, and a parameter of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.num_classes, self.pretrained_cfg = 4, plain(16, 4)
        self.stem, self.twice = nn.Conv2d(3, 8, 4, 4), nn.Conv2d(8, 8, 3, padding=1, bias=False)
        self.gate, self.after, self.fc = nn.Conv2d(8, 8, 1), nn.Conv2d(8, 8, 3, padding=1), nn.Linear(8, 4)
        self.scale = nn.Parameter(torch.ones(8, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = self.twice(self.twice(self.stem(x)))
        x = self.after(x * self.gate(x.mean((2, 3), keepdim=True)).sigmoid() * self.scale)
        return self.fc(x.mean((2, 3)))


@pytest.fixture(scope="module")
def odd() -> vizlib.Classifier:
    return vizlib.wrap(Odd(), class_names=list("abcd"), device="cpu")


def test_a_module_that_runs_twice_multiplies_twice_and_has_its_parameters_once(odd: vizlib.Classifier) -> None:
    twice = next(each for each in list_layers(odd) if each.path == "twice")
    assert (twice.parameters, twice.multiply_adds) == (8 * 8 * 9, 2 * 8 * 8 * 9 * 16)


def test_a_gate_makes_what_follows_see_the_whole_picture_and_keeps_its_stride(odd: vizlib.Classifier) -> None:
    layers = {each.path: each for each in list_layers(odd)}
    assert (layers["twice"].receptive_field, layers["twice"].stride) == ((12, 12), (4, 4))
    assert (layers["after"].receptive_field, layers["after"].stride) == (None, (4, 4))
    assert layers["fc"].stride is None


def test_stages_and_kinds_sum_to_the_network(odd: vizlib.Classifier) -> None:
    numbers = in_numbers(odd)
    assert numbers.parameters == sum(each.numel() for each in odd.network.parameters())
    for parts in (numbers.stages, numbers.kinds):
        assert sum(each.parameters for each in parts) == numbers.parameters
        assert sum(each.multiply_adds for each in parts) == numbers.multiply_adds
    assert numbers.stages[0].name in numbers._repr_html_()


def test_layers_are_counted_when_their_numbers_are_first_read() -> None:
    model = vizlib.load_model("bundled/digits", device="cpu")
    layers = vizlib.list_layers(model)
    assert model.memo["counted"] == {}
    assert layers[0].multiply_adds == 28 * 28 * 16 * 25
    assert list(model.memo["counted"]) == [(28, 28)]


def test_a_layer_without_its_model_says_how_to_count_again() -> None:
    layer = vizlib.list_layers(vizlib.load_model("bundled/digits", device="cpu"))[0]
    with pytest.raises(vizlib.VizError, match="is gone"):
        layer.parameters  # noqa: B018
    with pytest.raises(vizlib.VizError, match="List the layers of the model here"):
        pickle.loads(pickle.dumps(layer)).parameters  # noqa: B018


def test_counting_leaves_no_hook_and_no_inference_tensor_behind(odd: vizlib.Classifier) -> None:
    in_numbers(odd)
    assert not any(each._forward_hooks or each._forward_pre_hooks for each in odd.network.modules())
    pixels = torch.rand(1, 3, 16, 16, requires_grad=True)
    assert torch.autograd.grad(odd(pixels).sum(), pixels)[0].abs().sum() > 0
