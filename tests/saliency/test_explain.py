"""`explain` returns maps with their notes, doubts and figures; `saliency` warns where there is a doubt."""

from __future__ import annotations

import warnings
from typing import get_args

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from tests.networks import SIDE, InPlace, Linear, plain, seeded
from vizlib.errors import PictureError, UnknownName, VizError
from vizlib.models import Classifier
from vizlib.runs.packing import by_name, pack, unpack
from vizlib.saliency import FRAMES, MENU, DoubtfulMap, Estimate, MethodName, explain, explaining, saliency
from vizlib.saliency.gradients.integrated_gradients import baseline_of

every_method = pytest.mark.parametrize("method", [each.key for each in MENU])


@pytest.fixture
def model() -> Classifier:
    return seeded(InPlace, "cpu")


def noise(count: int = 1) -> Tensor:
    return torch.rand(count, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))


def few(method: str) -> dict[str, int]:
    return {name: 3 for name in vars(MENU[method].knobs()) if name in ("samples", "steps")}


# One answer


@every_method
def test_explain_is_the_last_frame_of_explaining(model: Classifier, method: str) -> None:
    *_, last = explaining(model, noise(2), method, 1, **few(method))
    found = explain(model, noise(2), method, 1, **few(method))
    assert torch.equal(found.values, last.values)
    assert (found.step, found.note, found.doubt) == (last.total, last.note, last.doubt)


@every_method
def test_settings_are_given_by_name_in_a_mapping_or_as_the_record(model: Classifier, method: str) -> None:
    settings = few(method)
    record = MENU[method].knobs(**settings)
    one = explain(model, noise(), method, 1, **settings).values
    assert torch.equal(one, explain(model, noise(), method, 1, knobs=settings).values)
    assert torch.equal(one, explain(model, noise(), method, 1, knobs=record).values)


def test_a_setting_by_name_counts_more_than_the_record(model: Classifier) -> None:
    record = MENU["smoothgrad"].knobs(samples=3, seed=5)
    both = explain(model, noise(), "smoothgrad", 1, knobs=record, seed=6).values
    assert torch.equal(both, explain(model, noise(), "smoothgrad", 1, samples=3, seed=6).values)
    with pytest.raises(UnknownName, match="sample"):
        explain(model, noise(), "smoothgrad", sample=3)


def test_the_names_that_an_editor_completes_are_those_of_the_menu() -> None:
    assert list(get_args(MethodName)) == [each.key for each in MENU]


def test_the_method_list_names_every_method_and_every_setting() -> None:
    from vizlib.saliency import saliency_methods

    words = saliency_methods.__doc__ or ""
    for method in MENU:
        assert f"{method.key}: " in words
        for name in vars(method.knobs()):
            assert f"{name}=" in words


# Figures


def test_the_completeness_error_is_a_number_for_each_picture(model: Classifier) -> None:
    pixels = noise(2)
    found = explain(model, pixels, "integrated_gradients", 1, steps=3, baseline="gray")
    change = (model(pixels) - model(torch.full_like(pixels, 0.5)))[:, 1]
    torch.testing.assert_close(found.figures["score_change"], change)
    torch.testing.assert_close(found.figures["completeness_error"], change - found.values.sum((1, 2)))


def test_grad_cam_says_which_layer_it_read_and_on_which_side_of_the_activation(model: Classifier) -> None:
    found = explain(model, noise(), "grad_cam", 1, layer="conv1")
    assert found.figures == {"layer": "conv1", "activation": "before"}
    assert found.note.startswith("read at conv1, before the activation that follows in act")
    found = explain(model, noise(), "grad_cam", 1)
    assert found.figures == {"layer": "conv3", "activation": "none"}  # its activation is a call
    assert found.note.startswith("read at conv3, which no activation layer follows")


def test_an_estimate_of_an_earlier_version_still_opens_and_a_new_one_comes_back_whole(model: Classifier) -> None:
    kinds = by_name(FRAMES)
    found = explain(model, noise(2), "integrated_gradients", 1, steps=3)
    back = unpack(pack(found, kinds), kinds)
    assert torch.equal(back.figures["completeness_error"], found.figures["completeness_error"])
    assert (back.note, back.doubt) == (found.note, found.doubt)
    assert Estimate(1, 1, noise()[:, 0]).figures == {}  # what an old record does not hold gets its default


# Doubts


class Constant(nn.Module):
    """Logits that do not depend on the picture."""

    def __init__(self) -> None:
        super().__init__()
        self.num_classes, self.pretrained_cfg = 2, plain(SIDE, 2)
        self.conv = nn.Conv2d(3, 2, SIDE)
        nn.init.zeros_(self.conv.weight)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x).flatten(1)


def test_saliency_warns_of_an_empty_map_at_the_callers_line() -> None:
    model = seeded(Constant, "cpu")
    with pytest.warns(DoubtfulMap, match="The map is zero everywhere: the score") as caught:
        values = saliency(model, noise(), "gradient", 1)
    assert not values.any()
    assert caught[0].filename == __file__
    assert explain(model, noise(), "gradient", 1).doubt.startswith("the map is zero everywhere")


def test_saliency_warns_where_the_guided_rule_followed_nothing() -> None:
    model = seeded(Linear, "cpu")
    with pytest.warns(DoubtfulMap, match="No activation call was followed: this equals the plain gradient"):
        saliency(model, noise(), "guided", 1)


def test_saliency_warns_where_the_map_does_not_add_up(model: Classifier) -> None:
    found = explain(model, noise(), "integrated_gradients", 1, steps=1)
    share = abs(float(found.figures["completeness_error"] / found.figures["score_change"]))
    assert share > 0.2
    with pytest.warns(DoubtfulMap, match="The map's sum is off by more than"):
        saliency(model, noise(), "integrated_gradients", 1, steps=1)


@every_method
def test_a_map_without_doubt_gets_no_warning(model: Classifier, method: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        saliency(model, noise(), method, 1)
    assert not explain(model, noise(), method, 1).doubt


# Own baselines of integrated gradients


def ig(model: Classifier, pixels: Tensor, baseline: object) -> Tensor:
    return explain(model, pixels, "integrated_gradients", 1, steps=3, baseline=baseline).values


def test_a_baseline_of_ones_own_is_pixels_one_for_all_or_one_for_each() -> None:
    model = seeded(Linear, "cpu")
    pixels, weights = noise(2), model.network.conv.weight[1].cpu()
    for own in (noise(1).flip(3), noise(2).flip(2)):
        torch.testing.assert_close(ig(model, pixels, own), (weights * (pixels - own)).sum(1), rtol=1e-5, atol=1e-6)


def test_a_baseline_may_be_a_picture_of_any_kind(model: Classifier, tmp_path: object) -> None:
    levels = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    picture = Image.fromarray(levels)
    wanted = ig(model, noise(2), model.prepare(picture))
    assert torch.equal(ig(model, noise(2), picture), wanted)
    assert torch.equal(ig(model, noise(2), levels), wanted)


def test_a_named_baseline_equals_the_same_one_given_as_pixels(model: Classifier) -> None:
    assert torch.equal(ig(model, noise(), "gray"), ig(model, noise(), torch.full((1, 3, SIDE, SIDE), 0.5)))


@pytest.mark.parametrize("more", [{"mean": (0.4, 0.5, 0.6), "std": (0.2, 0.3, 0.4)}, {"mean": (0.5,) * 3}])
def test_the_mean_baseline_is_what_the_network_reads_as_zeros(more: dict[str, object]) -> None:
    model = seeded(lambda: InPlace(**more), "cpu")
    start = baseline_of(model, noise(), "mean")
    torch.testing.assert_close(model.normalize(start), torch.zeros_like(start), rtol=0, atol=1e-6)
    torch.testing.assert_close(start[0, :, 0, 0], torch.tensor(more["mean"]), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("baseline", "error", "says"),
    [
        (torch.zeros(1, 3, 8, 8), VizError, "the baseline"),
        (torch.zeros(3, 3, SIDE, SIDE), VizError, "the baseline"),
        (torch.full((1, 3, SIDE, SIDE), float("nan")), VizError, "not finite"),
        (torch.zeros(1, 3, SIDE, SIDE, dtype=torch.uint8), VizError, "Pixels are float numbers"),
        (3, PictureError, "A picture is given as int"),
        ("blak", UnknownName, "black"),
    ],
)
def test_a_wrong_baseline_gets_a_sentence(model: Classifier, baseline: object, error: type, says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        ig(model, noise(2), baseline)
    assert caught.value.remedy
