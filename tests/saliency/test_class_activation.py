"""Maps of a layer, weighted and enlarged: answers that are known, and the numbers of pytorch-grad-cam and Captum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.networks import SIDE, InPlace, plain, seeded
from tests.saliency.asking import compared, passes
from vizlib.errors import NotShowable, VizError
from vizlib.layers import class_logit, list_layers
from vizlib.models import Classifier, load_model
from vizlib.records import Unit
from vizlib.saliency import MENU, explain, explaining, saliency

GROUP = [each.key for each in MENU if each.group == "class activation"]
every_method = pytest.mark.parametrize("method", GROUP)
PEERS = {"grad_cam_pp": "GradCAMPlusPlus", "layer_cam": "LayerCAM", "hires_cam": "HiResCAM", "score_cam": "ScoreCAM"}
TARGETS = [7, 8]


@pytest.fixture
def model(device: str) -> Classifier:
    return seeded(partial(InPlace, mean=(0.4,) * 3, std=(0.2,) * 3), device)


def noise(count: int = 1, side: int = SIDE) -> Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0))


def large(maps: Tensor, side: int = 64) -> Tensor:
    return F.interpolate(maps[:, None], size=side, mode="bilinear", align_corners=False)[:, 0]


def close(found: Tensor, wanted: Tensor, share: float = 1e-5) -> None:
    assert wanted.abs().max() > 0
    error = float((found - wanted).abs().max() / wanted.abs().max())
    assert error <= share, f"{error:.1e} of the largest value"


# What the group promises


@every_method
def test_a_map_costs_the_passes_that_its_method_says(
    model: Classifier, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {"target": 1, "layer": "conv2", **compared(method)}
    saliency(model, noise(), method, **asked)  # the layers are listed once
    with passes(monkeypatch) as spent:
        saliency(model, noise(), method, **asked)
    wanted = MENU[method].passes(MENU[method].knobs(), 6)
    assert (spent.forward, spent.backward) == (wanted.forward, wanted.backward)


@every_method
def test_a_layer_without_places_and_one_above_the_target_get_a_sentence(model: Classifier, method: str) -> None:
    with pytest.raises(NotShowable, match="fc has one value per channel") as refusal:
        saliency(model, noise(), method, layer="fc")
    assert refusal.value.remedy
    lower = {"against": Unit("conv1", 1)} if MENU[method].against else {}
    with pytest.raises(NotShowable, match="The score does not depend on conv3") as refusal:
        saliency(model, noise(), method, Unit("conv1", 0), layer="conv3", **lower)
    assert refusal.value.remedy == "Choose an earlier layer."


@pytest.mark.parametrize("method", [each for each in GROUP if not MENU[each].signed])
def test_a_map_of_which_nothing_is_left_says_so_once_and_at_its_end(
    model: Classifier, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vizlib.models.batches.at_most", lambda device, size: 3)
    twin = model.twin()
    twin.network.conv3.weight.mul_(1e-3)
    twin.network.conv3.bias.copy_(-torch.arange(1.0, 9.0))  # no place of any map is positive
    *early, last = explaining(twin, noise(2), method, Unit("conv3", 0), layer="conv3", **_least(method))
    said = "in 2 of 2 pictures all negative or zero: nothing in conv3 is evidence for the target, so the map is zero"
    assert said in last.doubt
    assert not last.values.any()
    assert not any(each.doubt for each in early)


def _least(method: str) -> dict[str, Any]:
    return {"against": Unit("conv1", 0)} if MENU[method].against else {}


@every_method
def test_a_map_says_at_which_layer_it_was_read(model: Classifier, method: str) -> None:
    found = explain(model, noise(), method, Unit("conv3", 1), layer="conv2", **compared(method))
    assert (found.figures["layer"], found.figures["activation"]) == ("conv2", "none")
    assert "read at conv2, which no activation layer follows" in found.note


@every_method
def test_any_layer_with_places_can_be_read(model: Classifier, method: str) -> None:
    for layer in list_layers(model):
        if layer.spatial:
            found = explain(model, noise(), method, 1, layer=layer.path)
            assert found.figures["layer"] == layer.path
            assert found.values.isfinite().all()


@every_method
@pytest.mark.parametrize(
    ("name", "settings", "layer", "grid"),
    [
        ("vit_tiny_patch16_224", {"img_size": 64}, "blocks.11.norm1", 4),
        ("swin_tiny_patch4_window7_224", {"img_size": 64, "window_size": 2}, "layers.0.blocks.1", 16),
    ],
)
def test_transformers_are_read_on_their_own_grid(
    method: str, name: str, settings: dict[str, Any], layer: str, grid: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vizlib.saliency.class_activation import reading

    small: list[tuple[int, ...]] = []
    monkeypatch.setattr(reading, "enlarged", lambda maps, size: small.append(tuple(maps.shape)) or large(maps, size[0]))
    found = explain(transformer(name, **settings), noise(2, 64), method, TARGETS, layer=layer)
    assert set(small) == {(2, grid, grid)}
    assert found.values.shape == (2, 64, 64)
    assert found.values.any()


@cache
def transformer(name: str, **settings: Any) -> Classifier:
    return load_model(name, weights="random", device="cpu", **settings)


def test_a_method_goes_on_in_parts_where_memory_holds_few_pictures(model: Classifier) -> None:
    def limited(module: Any, inputs: Any) -> None:
        if len(inputs[0]) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB")

    for method in GROUP:
        wanted = saliency(model, noise(5), method, 1)
        twin = model.twin()
        twin.network.register_forward_pre_hook(limited)
        torch.testing.assert_close(saliency(twin, noise(5), method, 1), wanted, rtol=1e-4, atol=1e-7)


# Answers that are known


def test_hires_cam_shares_the_score_out_exactly_where_a_mean_and_a_linear_layer_follow(model: Classifier) -> None:
    found = saliency(model, noise(3), "hires_cam", 2, layer="conv3").sum((1, 2)) / 4  # from 8 x 8 to 16 x 16 places
    wanted = (model(noise(3).to(model.device))[:, 2] - model.network.fc.bias[2]).detach().cpu()
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-6)


def test_guided_grad_cam_is_the_product_of_its_two_methods_and_has_the_notes_of_both(model: Classifier) -> None:
    found, where, outlines = (
        explain(model, noise(2), each, [1, 3]) for each in ("guided_grad_cam", "grad_cam", "guided")
    )
    assert torch.equal(found.values, where.values * outlines.values)
    assert found.note == f"{where.note}; {outlines.note}"
    assert found.figures == {**where.figures, **outlines.figures}


def test_layer_cam_and_grad_cam_are_the_same_where_no_gradient_differs_from_place_to_place(model: Classifier) -> None:
    twin = model.twin()
    twin.network.fc.weight.abs_()
    twin.network.conv3.bias.fill_(5.0)  # all places are on, so each map has one gradient, which is positive
    torch.testing.assert_close(saliency(twin, noise(), "layer_cam", 1), saliency(twin, noise(), "grad_cam", 1))


def test_grad_cam_pp_weights_a_map_by_its_gradients_and_its_sum(model: Classifier) -> None:
    twin = model.twin()
    twin.network.conv3.bias.fill_(5.0)
    with twin.tap("conv3") as seen:
        twin(noise().to(twin.device))
    maps, weights = seen["conv3"].detach().cpu(), twin.network.fc.weight[1].cpu().relu()
    wanted = (64 * (weights / 64) / (2 + maps.sum((2, 3))[0] * weights / 64))[:, None, None] * maps[0]
    found = explain(twin, noise(), "grad_cam_pp", 1)
    torch.testing.assert_close(found.values, large(wanted.sum(0)[None], SIDE))
    assert "negative" not in found.note
    assert "which the method does not foresee" in explain(model, noise(), "grad_cam_pp", 1).note


class Colors(nn.Module):
    """The maps are the picture's colors, and each class counts one of them."""

    def __init__(self) -> None:
        super().__init__()
        self.num_classes, self.pretrained_cfg = 3, plain(SIDE, 3)
        self.conv = nn.Conv2d(3, 3, 1, bias=False)
        with torch.no_grad():
            self.conv.weight.copy_(torch.eye(3)[:, :, None, None])

    def forward(self, x: Tensor) -> Tensor:
        return 100 * self.conv(x).mean((2, 3))


def red_and_green() -> Tensor:
    pixels = torch.zeros(1, 3, SIDE, SIDE)
    pixels[:, 0, :, : SIDE // 2] = 1.0
    pixels[:, 1, :, SIDE // 2 :] = 1.0
    return pixels


def test_score_cam_takes_the_one_map_that_leaves_the_class_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    colors, pixels = Classifier(Colors(), "colors", torch.device("cpu")), red_and_green()
    saliency(colors, pixels, "score_cam", 0, layer="conv")  # the layers are listed once
    with passes(monkeypatch) as spent:
        torch.testing.assert_close(saliency(colors, pixels, "score_cam", 0, layer="conv"), pixels[:, 0])
    assert spent.forward == 1 + 3  # the maps are read, two masks and the hidden picture shown: blue is flat
    torch.testing.assert_close(saliency(colors, pixels, "score_cam", 1, layer="conv"), pixels[:, 1])
    found = explain(colors, pixels, "score_cam", 2, layer="conv")
    assert not found.values.any()  # there is no blue, so no mask changes this score


def test_score_cam_hides_with_the_color_that_the_network_reads_as_zeros(model: Classifier) -> None:
    shown: list[Tensor] = []
    handle = model.network.register_forward_pre_hook(lambda module, inputs: shown.append(inputs[0].clone()))
    try:
        saliency(model, noise(), "score_cam", 1)
    finally:
        handle.remove()
    _, masked = shown[-2:]
    assert masked[0].abs().max() < 1e-6
    assert all((each.abs() <= model.normalize(noise())[0].abs() + 1e-6).all() for each in masked)


def test_score_cam_comes_closer_to_its_answer_batch_by_batch(
    model: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vizlib.saliency.looks._MOST_ON_CPU", 3 * noise()[0, 0].numel())
    *early, answer = explaining(model, noise(2), "score_cam", 1, layer="conv2")
    away = [float((each.values - answer.values).norm() / answer.values.norm()) for each in early]
    assert len(away) == 5  # seven masks of each picture, three at a time
    assert away[-1] < away[1]
    torch.testing.assert_close(saliency(model, noise(2), "score_cam", 1, layer="conv2"), answer.values)


def test_finer_cam_is_grad_cam_of_a_difference(model: Classifier) -> None:
    for alpha, against in ((1.0, 3), (0.5, "class 4"), (0.0, 2)):
        found = explain(model, noise(2), "finer_cam", 1, against=against, alpha=alpha)
        index = model.class_index(against)
        wanted = explain(model, noise(2), "grad_cam", class_logit(1) - alpha * class_logit(index))
        assert torch.equal(found.values, wanted.values)
        assert found.figures["against"] == f"class {index}"
        assert f"compared with class {index}" in found.note


def test_finer_cam_compares_with_the_most_likely_other_class_unless_told(model: Classifier) -> None:
    best, second = model(noise().to(model.device))[0].argsort(descending=True)[:2].tolist()
    assert explain(model, noise(), "finer_cam").figures["against"] == f"class {second}"
    assert explain(model, noise(), "finer_cam", second).figures["against"] == f"class {best}"


def test_finer_cam_refuses_to_compare_a_class_with_itself(model: Classifier) -> None:
    for goal, other in ((2, "class 2"), ([1, 2], [3, 2])):
        with pytest.raises(VizError, match="are the same: class 2") as refusal:
            saliency(model, noise(2), "finer_cam", goal, against=other)
        assert refusal.value.remedy


# The same numbers as pytorch-grad-cam and Captum

networks = pytest.mark.parametrize("name", ["resnet18", "vgg11", "mobilenetv2_100", "densenet121"])


@cache
def network(name: str) -> Classifier:
    slim = {"mlp_ratio": 0.1} if name == "vgg11" else {}  # else its wide layers take most of the time
    return load_model(name, weights="random", device="cpu", **slim)


def peers(
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    model: Classifier,
    layer: str,
    targets: Sequence[Callable[[Tensor], Tensor]],
    reshape: Any = None,
) -> Tensor:
    """pytorch-grad-cam's maps on the layer's grid, before it rectifies and scales them: that is for display."""
    peer = pytest.importorskip("pytorch_grad_cam", reason="pytorch-grad-cam is not installed")
    coarse: list[Tensor] = []
    cam = getattr(peer, kind)(model.network, [model.module(layer)], reshape_transform=reshape)
    base = getattr(cam, "base_cam", cam)
    weigh = base.get_cam_image
    monkeypatch.setattr(base, "get_cam_image", lambda *args: coarse.append(weigh(*args)) or coarse[-1])
    with cam:
        cam(input_tensor=model.normalize(noise(len(targets), 64)).requires_grad_(), targets=targets)
    return torch.as_tensor(coarse[0])


def logit(index: int, factor: float = 1.0) -> Callable[[Tensor], Tensor]:
    return lambda logits: factor * logits[..., index]


def compare(found: Tensor, coarse: Tensor, method: str, share: float = 1e-5) -> None:
    close(found, large(coarse if MENU[method].signed else coarse.relu()), share)


@networks
@pytest.mark.parametrize("method", ["layer_cam", "hires_cam"])
def test_layer_cam_and_hires_cam_are_pytorch_grad_cams(name: str, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = explain(network(name), noise(2, 64), method, TARGETS)
    wanted = peers(monkeypatch, PEERS[method], network(name), found.figures["layer"], [*map(logit, TARGETS)])
    compare(found.values, wanted, method)


@networks
def test_grad_cam_pp_is_pytorch_grad_cams(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It adds 1e-6 to a denominator of squared gradients, so it is asked where these are large: of 1000 logits."""
    found = explain(network(name), noise(2, 64), "grad_cam_pp", [1000 * class_logit(each) for each in TARGETS])
    goals = [logit(each, 1000) for each in TARGETS]
    compare(
        found.values,
        peers(monkeypatch, "GradCAMPlusPlus", network(name), found.figures["layer"], goals),
        "grad_cam_pp",
    )


@networks
def test_finer_cam_is_pytorch_grad_cams(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from pytorch_grad_cam.utils.model_targets import FinerWeightedTarget

    found = explain(network(name), noise(2, 64), "finer_cam", TARGETS, against=[5, 2], alpha=0.6)
    goals = [FinerWeightedTarget(own, [other], 0.6) for own, other in zip(TARGETS, [5, 2])]
    compare(found.values, peers(monkeypatch, "FinerCAM", network(name), found.figures["layer"], goals), "finer_cam")


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("resnet18", "layer1"),
        ("vgg11", "features.1"),
        ("mobilenetv2_100", "blocks.3"),
        ("densenet121", "features.denseblock1.denselayer2"),
    ],
)
def test_score_cam_is_pytorch_grad_cams_but_for_where_it_puts_the_corners_of_masks(
    name: str, layer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its `align_corners` moves a mask by half a place at the border; the authors' own code does not."""
    found = saliency(network(name), noise(1, 64), "score_cam", 7, layer=layer)
    with monkeypatch.context() as patched:
        patched.setattr(nn, "UpsamplingBilinear2d", partial(nn.Upsample, mode="bilinear", align_corners=False))
        compare(found, peers(patched, "ScoreCAM", network(name), layer, [logit(7)]), "score_cam")
    if name == "resnet18":
        with pytest.raises(AssertionError, match="of the largest value"):
            compare(found, peers(monkeypatch, "ScoreCAM", network(name), layer, [logit(7)]), "score_cam")


@networks
@pytest.mark.filterwarnings("ignore:Setting backward hooks:UserWarning")
def test_guided_grad_cam_is_the_largest_magnitude_over_captums_colors(name: str) -> None:
    captum = pytest.importorskip("captum.attr", reason="Captum is not installed")
    model = network(name)
    found = explain(model, noise(2, 64), "guided_grad_cam", TARGETS)
    whole = model.as_module()
    own = captum.GuidedGradCam(whole, whole.network.get_submodule(found.figures["layer"]))
    colors = own.attribute(noise(2, 64).requires_grad_(), torch.tensor(TARGETS), interpolate_mode="bilinear")
    wanted = colors.detach().abs().amax(1)
    if name == "mobilenetv2_100":  # Captum follows ReLU alone and leaves ReLU6 as it is, so its map is no guided one
        assert found.figures["relu"] == 0
        where = explain(model, noise(2, 64), "grad_cam", TARGETS).values
        close(where * saliency(model, noise(2, 64), "gradient", TARGETS), wanted)
    else:
        close(found.values, wanted)


@pytest.mark.parametrize("method", ["layer_cam", "hires_cam", "grad_cam"])
def test_a_vision_transformer_needs_no_reshaping_of_ones_own(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    vit = transformer("vit_tiny_patch16_224", img_size=64)

    def reshape(tokens: Tensor) -> Tensor:
        return tokens[:, 1:].transpose(1, 2).unflatten(2, (4, 4))

    found = explain(vit, noise(2, 64), method, TARGETS)
    kind = {**PEERS, "grad_cam": "GradCAM"}[method]
    wanted = peers(monkeypatch, kind, vit, found.figures["layer"], [*map(logit, TARGETS)], reshape)
    compare(found.values, wanted, method)
