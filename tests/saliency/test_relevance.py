"""LRP shares out the score: zennit's numbers, sums that are conserved, and a sentence where there is no rule."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.networks import InPlace, Linear, plain, seeded, trained, unchanged
from vizlib.errors import NotShowable
from vizlib.layers import class_logit, whole_layer
from vizlib.models import Classifier, folded, load_model, wrap
from vizlib.records import Unit
from vizlib.saliency import Estimate, explain, saliency
from vizlib.saliency.relevance.rules import Rules

NETWORKS = ("resnet18", "vgg11", "mobilenetv2_100", "densenet121")
RULES = ("epsilon plus flat", "epsilon")
TARGET, SIDE = 7, 64

every_rule = pytest.mark.parametrize("rules", RULES)


def lrp(model: Classifier, pixels: Tensor, target: Any = 1, rules: str = RULES[0], **more: Any) -> Estimate:
    return explain(model, pixels, "lrp", target, rules=rules, **more)


def pixels(count: int = 2, side: int = SIDE) -> Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(1))


def close(found: Tensor, wanted: Tensor, share: float = 1e-5) -> None:
    assert wanted.abs().max() > 0
    error = float((found - wanted).abs().max() / wanted.abs().max())
    assert error <= share, f"{error:.1e} of the largest value"


@cache
def network(name: str) -> Classifier:
    """With norms that matter: random ones change nothing."""
    slim = {"mlp_ratio": 0.1} if name == "vgg11" else {}
    model = load_model(name, weights="random", device="cpu", **slim)
    generator = torch.Generator().manual_seed(0)
    for each in model.network.modules():
        if isinstance(each, nn.BatchNorm2d):
            for values, low, high in ((each.running_mean, -0.2, 0.2), (each.bias, -0.2, 0.2), (each.weight, 0.5, 1.5)):
                assert values is not None
                values.data.uniform_(low, high, generator=generator)
    return model


# zennit


def zennits(model: Classifier, rules: str) -> Tensor:
    """zennit's relevance (N, H, W) of the network's input, for a start with the logit itself.

    Three things differ from what zennit does by itself. Residual sums are no modules in timm, and without one zennit
    gives all relevance to both terms; here they are zennit's `Sum`. A norm that no layer stands before is a layer with
    a bias, which takes its share by the epsilon rule; zennit hands all relevance on, to inputs that are 0 as well, and
    in DenseNet the epsilon rule makes a thousand times the score of that. And zennit stabilizes the denominators of
    sums and means by 1e-6, which is not little beside the values of random networks; ours have no denominators there.
    """
    types, rule = (pytest.importorskip(f"zennit.{each}") for each in ("types", "rules"))
    norms = [(types.BatchNorm, rule.Epsilon(1e-12))]
    return shared_by_zennit(model.twin().network, model.normalize(pixels()), rules, norms, [sums_as_modules()])


def shared_by_zennit(network: nn.Module, inputs: Tensor, rules: str, norms: list[Any], canonizers: list[Any]) -> Tensor:
    composites, types, rule = (pytest.importorskip(f"zennit.{each}") for each in ("composites", "types", "rules"))
    layer = pytest.importorskip("zennit.layer")
    own = [*norms, (layer.Sum, rule.Norm(1e-12)), (types.AvgPool, rule.Norm(1e-12))]
    if rules == "epsilon":
        kinds = [*own, *composites.layer_map_base(), (types.Linear, rule.Epsilon())]
        composite = composites.LayerMapComposite(kinds, canonizers=canonizers)
    else:
        composite = composites.EpsilonPlusFlat(layer_map=own, canonizers=canonizers)
    leaf = inputs.clone().requires_grad_()
    with composite.context(network) as changed:
        logits = changed(leaf)
        start = F.one_hot(torch.full((len(leaf),), TARGET), logits.shape[1]) * logits.detach()
        (relevance,) = torch.autograd.grad(logits, leaf, start)
    return relevance.sum(1)


def sums_as_modules() -> Any:
    """timm's blocks with what zennit has to see as modules: the sums, and VGG's pooling of small pictures."""
    from timm.models._efficientnet_blocks import InvertedResidual
    from timm.models.resnet import BasicBlock
    from timm.models.vgg import ConvMlp
    from zennit.canonizers import AttributeCanonizer
    from zennit.layer import Sum

    forwards = {BasicBlock: basic_block, InvertedResidual: inverted_residual, ConvMlp: conv_mlp}
    parts = {BasicBlock: Sum, InvertedResidual: Sum, ConvMlp: lambda: nn.AdaptiveAvgPool2d(7)}

    def changed(name: str, module: nn.Module) -> dict[str, Any] | None:
        kind = type(module)
        return {"forward": forwards[kind].__get__(module), "part": parts[kind]()} if kind in forwards else None

    return AttributeCanonizer(changed)


def basic_block(self: Any, x: Tensor) -> Tensor:
    own = self.bn2(self.conv2(self.act1(self.bn1(self.conv1(x)))))
    other = x if self.downsample is None else self.downsample(x)
    return self.act2(self.part(torch.stack([own, other], -1)))


def inverted_residual(self: Any, x: Tensor) -> Tensor:
    own = self.bn3(self.conv_pwl(self.bn2(self.conv_dw(self.bn1(self.conv_pw(x))))))
    return self.part(torch.stack([own, x], -1)) if self.has_skip else own


def conv_mlp(self: Any, x: Tensor) -> Tensor:
    return self.act2(self.fc2(self.act1(self.fc1(self.part(x)))))


@every_rule
@pytest.mark.parametrize("name", NETWORKS)
def test_it_is_zennits_on_a_network_whose_norms_are_folded(name: str, rules: str) -> None:
    model = folded(network(name))[0].twin()
    close(lrp(model, pixels(), TARGET, rules).values, zennits(model, rules))


@every_rule
@pytest.mark.parametrize("name", ["resnet18", "mobilenetv2_100", "torchvision/resnet18"])
def test_norms_are_folded_as_zennits_own_canonizers_merge_them(name: str, rules: str) -> None:
    """In float64, because rounding moves values over the edge of a ReLU, and the terms of a sum near 0 are not small.

    zennit leaves a norm with its own epsilon behind, which is 0 here: else it takes 5e-6 of the relevance each time.
    """
    canonizers, changes = (pytest.importorskip(f"zennit.{each}") for each in ("canonizers", "torchvision"))
    model = network(name).twin()
    for each in model.network.double().modules():
        if isinstance(each, nn.BatchNorm2d):
            each.eps = 0.0
    merged = canonizers.NamedMergeBatchNorm([([layer], norm) for layer, norm in with_norms(model)])
    own = [changes.ResNetCanonizer()] if "/" in name else [merged, sums_as_modules()]
    inputs = model.normalize(pixels()).double().requires_grad_()
    with Rules(rules != "epsilon", 1e-6):
        logits = model.network(inputs)
    (found,) = torch.autograd.grad(logits[:, TARGET].sum(), inputs)
    found = found * inputs.detach() if rules == "epsilon" else found
    close(found.sum(1), shared_by_zennit(model.network, inputs.detach(), rules, [], own), 1e-7)


def with_norms(model: Classifier) -> list[tuple[str, str]]:
    """Each norm's path with that of the convolution before it, for networks that list them in running order."""
    kinds = (nn.Conv2d, nn.BatchNorm2d)
    paths = [(path, each) for path, each in model.network.named_modules() if isinstance(each, kinds)]
    return [(before, path) for (before, _), (path, each) in pairwise(paths) if isinstance(each, nn.BatchNorm2d)]


def test_folding_beside_the_network_gives_what_a_folded_network_gives() -> None:
    model = wrap(trained(), size=SIDE)
    assert folded(model)[0] is not model
    for rules in RULES:
        close(lrp(model, pixels(), 1, rules).values, lrp(folded(model)[0], pixels(), 1, rules).values)


def test_a_norm_without_a_layer_before_it_takes_its_share_and_gives_nothing_to_zeros() -> None:
    class First(Bare):
        def __init__(self) -> None:
            super().__init__()
            self.norm = nn.BatchNorm2d(6)
            self.norm.bias.data.fill_(0.5)

        def between(self, x: Tensor) -> Tensor:
            return self.norm(x.relu())

    model = seeded(First, "cpu")
    assert float(lrp(model, pixels(1, 16), 1).figures["conserved"]) != pytest.approx(1, abs=0.01)
    model.network.norm.bias.fill_(0)  # without its bias nothing is taken
    assert float(lrp(model, pixels(1, 16), 1).figures["conserved"]) == pytest.approx(1, abs=1e-4)


# Captum


@every_rule
def test_epsilon_is_captums_and_the_other_rules_are_not(rules: str) -> None:
    """Captum's LRP takes modules only, no skips, and has neither the flat rule nor one for negative inputs."""
    captum = pytest.importorskip("captum.attr", reason="Captum is not installed: there is nothing to compare with")
    with torch.random.fork_rng():
        torch.manual_seed(3)
        plain = nn.Sequential(
            nn.Conv2d(3, 6, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
            nn.Flatten(), nn.Linear(8, 4),
        )  # fmt: skip
    flatten = plain[6]
    flatten.rule = pytest.importorskip("captum.attr._utils.lrp_rules").EpsilonRule()  # Captum knows none for it
    wanted = captum.LRP(plain).attribute(pixels(side=16).requires_grad_(), target=1).sum(1).detach()
    del flatten
    model = wrap(plain, size=16)
    found = lrp(model, pixels(side=16), 1, rules, epsilon=1e-9).values
    if rules == "epsilon":
        close(found, wanted)
    else:
        assert float((found - wanted).abs().max() / wanted.abs().max()) > 0.1


# What is known exactly


class Bare(nn.Module):
    """Without biases; skips, concatenation, padding, pooling, two layers that read the picture, and `between`."""

    def __init__(self) -> None:
        super().__init__()
        self.num_classes, self.pretrained_cfg = 4, plain(16, 4, mean=(0.4,) * 3, std=(0.2,) * 3)
        self.one, self.two = (nn.Conv2d(3, 3, 3, padding=1, bias=False) for _ in range(2))
        self.conv = nn.Conv2d(6, 6, 3, bias=False)
        self.fc = nn.Linear(6, 4, bias=False)

    def between(self, x: Tensor) -> Tensor:
        return x.relu()

    def forward(self, x: Tensor) -> Tensor:
        x = self.between(torch.cat([self.one(x), self.two(x)], 1))
        x = F.relu(self.conv(F.pad(x, (1, 1, 1, 1))), inplace=True) + 0.5 * x
        x = F.max_pool2d(F.avg_pool2d(x, 2), 2)
        return self.fc(x.mean((2, 3)))


@every_rule
def test_without_biases_the_map_sums_to_the_score(rules: str) -> None:
    estimate = lrp(seeded(Bare, "cpu"), pixels(side=16), 1, rules)
    scores = seeded(Bare, "cpu")(pixels(side=16))[:, 1]
    torch.testing.assert_close(estimate.values.sum((1, 2)), scores, rtol=1e-4, atol=0)
    torch.testing.assert_close(estimate.figures["score"], scores)
    torch.testing.assert_close(estimate.figures["conserved"], torch.ones(2), rtol=1e-4, atol=0)


PASSED: dict[str, Callable[[Tensor], Tensor]] = {
    "relu6": lambda x: F.relu6(3 * x),
    "relu6 in place": lambda x: F.relu6(3 * x, inplace=True),
    "silu": F.silu,
    "silu in place": lambda x: F.silu(x * 1, inplace=True),
    "silu in place, its return value not used": lambda x: (F.silu(x, inplace=True), x)[1],
    "gelu": F.gelu,
    "hardswish": nn.Hardswish(),
    "elu": lambda x: torch.nn.functional.elu(x),
    "leaky": lambda x: F.leaky_relu(x, 0.1),
    "tanh": torch.tanh,
    "tanh method": lambda x: x.tanh(),
}


@every_rule
@pytest.mark.parametrize("activation", PASSED)
def test_an_activation_passes_all_relevance(activation: str, rules: str) -> None:
    class Activated(Bare):
        def between(self, x: Tensor) -> Tensor:
            return PASSED[activation](x)

    estimate = lrp(seeded(Activated, "cpu"), pixels(side=16), 1, rules)
    torch.testing.assert_close(estimate.figures["conserved"], torch.ones(2), rtol=1e-3, atol=0)


def test_what_biases_take_is_missing_from_the_sum() -> None:
    model = seeded(Bare, "cpu")
    model.network.fc.bias = nn.Parameter(torch.tensor([0.0, 5.0, 0.0, 0.0]), requires_grad=False)
    estimate = lrp(model, pixels(side=16), 1)
    torch.testing.assert_close(estimate.values.sum((1, 2)), estimate.figures["score"] - 5, rtol=1e-3, atol=0)
    assert "biases took the rest" in estimate.note
    assert not estimate.doubt


def test_on_a_linear_network_it_is_the_gradient_times_the_networks_own_input() -> None:
    model = seeded(lambda: Linear(8, mean=(0.1, 0.5, 0.9), std=(0.2, 0.3, 0.4)), "cpu")
    inputs, weights = model.normalize(pixels(side=8)), model.network.conv.weight
    close(lrp(model, pixels(side=8), 2, "epsilon", epsilon=1e-9).values, (inputs * weights[2]).sum(1))
    model = seeded(lambda: Linear(8), "cpu")
    close(
        lrp(model, pixels(side=8), 2, "epsilon", epsilon=1e-9).values,
        saliency(model, pixels(side=8), "gradient_x_input", 2),
    )


def test_a_gray_network_hands_its_relevance_to_the_pixels() -> None:
    class Gray(Bare):
        def __init__(self) -> None:
            super().__init__()
            self.pretrained_cfg["input_size"] = (1, 16, 16)
            self.one, self.two = (nn.Conv2d(1, 3, 3, padding=1, bias=False) for _ in range(2))

    for rules in RULES:
        conserved = lrp(seeded(Gray, "cpu"), pixels(side=16), 1, rules).figures["conserved"]
        torch.testing.assert_close(conserved, torch.ones(2), rtol=1e-3, atol=0)


def test_the_flat_rule_shares_evenly_in_the_window_also_among_zeros() -> None:
    model = seeded(InPlace, "cpu")
    black = torch.zeros(1, 3, 16, 16)
    estimate = lrp(model, black, Unit("conv1", 0, (8, 8)))
    window = estimate.values[0, 7:10, 7:10]
    value = float(estimate.figures["score"])
    assert value != 0
    torch.testing.assert_close(window, torch.full((3, 3), value / 9))
    assert int(estimate.values.count_nonzero()) == 9
    assert not lrp(model, black, Unit("conv1", 0, (8, 8)), "epsilon").values.any()


def test_the_plus_rule_gives_nothing_to_what_lowers_the_output() -> None:
    class Halves(nn.Module):
        """Twice the upper half of the picture, less the lower half."""

        def __init__(self) -> None:
            super().__init__()
            self.num_classes, self.pretrained_cfg = 2, plain(4, 2)
            self.gray, self.halves = nn.Conv2d(3, 1, 1, bias=False), nn.Conv2d(1, 2, 4, bias=False)
            self.gray.weight.data.fill_(1.0)
            self.halves.weight.data.copy_(torch.tensor([2.0, 2.0, -1.0, -1.0]).view(1, 1, 4, 1).expand(2, 1, 4, 4))

        def forward(self, x: Tensor) -> Tensor:
            return self.halves(self.gray(x)).flatten(1)

    model, ones = seeded(Halves, "cpu"), torch.ones(1, 3, 4, 4)
    rows = {rules: lrp(model, ones, 0, rules).values[0].sum(1) for rules in RULES}
    torch.testing.assert_close(rows["epsilon"], torch.tensor([24.0, 24.0, -12.0, -12.0]), rtol=1e-4, atol=0)
    torch.testing.assert_close(rows[RULES[0]], torch.tensor([12.0, 12.0, 0.0, 0.0]), rtol=1e-4, atol=0)


# Targets


@every_rule
def test_the_map_of_a_difference_is_the_difference_of_the_maps(rules: str) -> None:
    model = seeded(InPlace, "cpu")
    both = lrp(model, pixels(side=16), class_logit(1) - 2 * class_logit(3), rules).values
    one, three = (lrp(model, pixels(side=16), target, rules).values for target in (1, 3))
    close(both, one - 2 * three, 1e-4)


@every_rule
def test_what_the_score_makes_of_the_layers_needs_no_rule(rules: str) -> None:
    """The mean square of a layer: each value's relevance is the value times the gradient, twice its part."""
    estimate = lrp(seeded(Bare, "cpu"), pixels(side=16), whole_layer("conv"), rules)
    torch.testing.assert_close(estimate.figures["conserved"], torch.full((2,), 2.0), rtol=1e-3, atol=0)


def test_a_convolution_before_its_norm_may_be_the_target() -> None:
    model = wrap(trained(), size=SIDE)
    for path in ("conv1", "bn1", "layer2.0", "layer2.2"):
        estimate = lrp(model, pixels(side=SIDE), Unit(path, 0))
        assert estimate.values.abs().max() > 0


# Where there is no rule


class Odd(Bare):
    """A network with one operation that has no rule."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.gate, self.own = name, nn.Conv2d(6, 6, 1), nn.Linear(6, 6)
        self.norm, self.instance = nn.GroupNorm(2, 6), nn.InstanceNorm2d(6)
        self.batch = nn.BatchNorm2d(6, track_running_stats=False)

    def between(self, x: Tensor) -> Tensor:
        return getattr(self, self.name)(x.relu())

    def gated(self, x: Tensor) -> Tensor:
        return x * self.gate(x.mean((2, 3), keepdim=True)).sigmoid()

    def squared(self, x: Tensor) -> Tensor:
        return x * x

    def swish(self, x: Tensor) -> Tensor:
        return x.mul_(x.sigmoid())

    def attention(self, x: Tensor) -> Tensor:
        tokens = x.flatten(2).transpose(1, 2)
        return F.scaled_dot_product_attention(tokens, tokens, tokens).transpose(1, 2).reshape(x.shape)

    def softmax(self, x: Tensor) -> Tensor:
        return x.softmax(1)

    def dynamic(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.own(x.mean((0, 2, 3))).view(6, 1, 1, 1).expand(-1, 6, -1, -1))

    def in_part(self, x: Tensor) -> Tensor:
        x = x * 1
        x[:, 3:].sigmoid_()
        return x

    def hidden(self, x: Tensor) -> Tensor:
        return Cube.apply(x)


class Cube(torch.autograd.Function):
    """An operation that no call of torch shows."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return gradients[0] * 3 * ctx.saved_tensors[0] ** 2


@every_rule
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("gated", "sigmoid|product"),
        ("swish", "sigmoid|product"),
        ("squared", "product of two values"),
        ("attention", "attention|softmax|product"),
        ("softmax", "softmax"),
        ("norm", "group normalization"),
        ("instance", "own statistics"),
        ("batch", "own statistics"),
        ("dynamic", "weights depend on the picture"),
        ("in_part", "in place of a part"),
        ("hidden", "cube"),
    ],
)
def test_an_operation_without_a_rule_gets_a_sentence(name: str, says: str, rules: str) -> None:
    model = seeded(lambda: Odd(name), "cpu")
    with pytest.raises(NotShowable, match=f"LRP has no rule for .*({says}).*, which is a part of Odd") as refusal:
        lrp(model, pixels(side=16), 1, rules)
    assert "gradient_x_input" in refusal.value.remedy


@pytest.mark.parametrize(
    ("name", "says"),
    [("vit_tiny_patch16_224", "layer norm"), ("efficientnet_b0", "sigmoid|product"), ("convnext_atto", "layer norm")],
)
def test_transformers_and_gates_of_timm_get_a_sentence(
    name: str, says: str, traces: Callable[[Classifier], list[str]]
) -> None:
    more = {"img_size": 32} if name.startswith("vit") else {}
    model = load_model(name, weights="random", device="cpu", **more)
    with unchanged(traces, model), pytest.raises(NotShowable, match=says):
        lrp(model, pixels(1, 32), 1)


def test_a_unit_below_the_operation_has_a_map() -> None:
    assert lrp(seeded(lambda: Odd("softmax"), "cpu"), pixels(side=16), Unit("one", 2)).values.any()


def test_a_picture_that_is_used_again_past_its_first_layers_gets_a_sentence_for_the_flat_rule() -> None:
    class Again(Bare):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x) + x.mean((2, 3))[:, :1]

    model = seeded(Again, "cpu")
    with pytest.raises(NotShowable, match="uses the picture again") as refusal:
        lrp(model, pixels(side=16), 1)
    assert refusal.value.remedy == 'Choose rules="epsilon".'
    conserved = lrp(model, pixels(side=16), 1, "epsilon").figures["conserved"]
    torch.testing.assert_close(conserved, torch.ones(2), rtol=1e-3, atol=0)


# What is left behind


@every_rule
def test_nothing_is_left_on_the_network(rules: str, traces: Callable[[Classifier], list[str]]) -> None:
    model = wrap(trained(), size=SIDE)
    before = {name: value.clone() for name, value in model.network.state_dict().items()}
    gradient, print_ = saliency(model, pixels(), "gradient", 1), model.fingerprint
    with unchanged(traces, model):
        lrp(model, pixels(), 1, rules)
    assert all(torch.equal(before[name], value) for name, value in model.network.state_dict().items())
    assert torch.equal(saliency(model, pixels(), "gradient", 1), gradient)
    assert model.fingerprint == print_


def test_threads_do_not_mix_their_rules() -> None:
    model = seeded(InPlace, "cpu")
    asked = {"lrp": {}, "gradient": {}, "epsilon": {"rules": "epsilon"}}

    def asked_of(name: str) -> Tensor:
        return saliency(model, pixels(side=16), "lrp" if name == "epsilon" else name, 1, **asked[name])

    alone = {name: asked_of(name) for name in asked}
    with ThreadPoolExecutor(3) as pool:
        rounds = pool.map(lambda name: all(torch.equal(asked_of(name), alone[name]) for _ in range(20)), asked)
        assert list(rounds) == [True] * 3
