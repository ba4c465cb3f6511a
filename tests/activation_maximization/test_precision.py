"""Steps in bfloat16 have close gradients, reported scores are float32, and every recipe names the precision."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from vizlib import load_model, maximize
from vizlib.activation_maximization import AtlasPlan, Frame, Settings, channel, class_logit, preset, stored_atlas
from vizlib.activation_maximization.passes import precision as precisions
from vizlib.activation_maximization.passes.precision import computed_in, effective
from vizlib.activation_maximization.passes.scoring import PLAIN, Glance, Scorer
from vizlib.activation_maximization.presets import settled
from vizlib.activation_maximization.task import Specification, checked
from vizlib.activation_maximization.transforms import Transforms
from vizlib.layers import as_objective
from vizlib.models import Classifier

CPU = torch.device("cpu")


def rough(count: int, side: int) -> Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0))


def looked(model: Classifier, goals: list[Any], precision: str, exact: bool = False) -> tuple[Tensor, Tensor]:
    scorer = Scorer(model, [as_objective(each) for each in goals], (32, 32), precision)
    glance = Glance(Transforms(), torch.eye(2, 3)[None], exact=exact)
    return scorer.look(rough(len(goals), 32).to(model.device), glance, range(len(goals)))


GOALS = [class_logit(3), channel("layer2", 6), channel("layer1.0.conv1", 2), class_logit(1) - channel("layer3", 4)]


def test_gradients_in_bfloat16_point_where_those_in_float32_point(scenes: Classifier) -> None:
    values, exact = looked(scenes, GOALS, "float32")
    near, rounded = looked(scenes, GOALS, "bfloat16")
    cosines = torch.cosine_similarity(exact.flatten(1), rounded.flatten(1))
    assert cosines.min() > 0.99
    assert not torch.equal(exact, rounded), "it was not computed in bfloat16"
    assert rounded.dtype == near.dtype == torch.float32
    torch.testing.assert_close(near, values, rtol=0.03, atol=0.03)


def test_what_is_asked_exactly_is_answered_in_float32(scenes: Classifier) -> None:
    assert PLAIN.exact
    for one, other in zip(looked(scenes, GOALS, "float32"), looked(scenes, GOALS, "bfloat16", exact=True), strict=True):
        assert torch.equal(one, other)


def test_the_last_scores_are_those_of_float32(scenes: Classifier) -> None:
    goals = [class_logit(3), channel("layer2", 6)]
    *early, last = maximize(scenes, goals, steps=6, size=32, precision="bfloat16", transforms="none")
    scorer = Scorer(scenes, [as_objective(each) for each in goals], (32, 32))
    assert torch.equal(last.scores, scorer.measure(last.pixels))
    assert not torch.equal(early[2].scores, scorer.measure(early[2].pixels)), "previews are not"
    assert last.pixels.dtype == torch.float32


def test_diversity_works_in_bfloat16_too(scenes: Classifier) -> None:
    *_, last = maximize(scenes, [3, 3], steps=3, size=32, precision="bfloat16", diversity=1.0)
    assert last.pixels.isfinite().all()


@pytest.mark.slow
def test_a_run_in_bfloat16_climbs_as_high(scenes: Classifier) -> None:
    def score(precision: str) -> float:
        *_, last = maximize(scenes, [channel("layer3", 5)] * 4, steps=24, size=32, precision=precision)
        return float(last.scores.mean())

    assert score("bfloat16") == pytest.approx(score("float32"), rel=0.05)


def test_no_other_thread_computes_in_it(scenes: Classifier) -> None:
    def dtype() -> torch.dtype:
        return nn.functional.conv2d(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 3, 3)).dtype

    with computed_in("bfloat16", CPU), ThreadPoolExecutor(1) as other:
        assert dtype() == torch.bfloat16
        assert other.submit(dtype).result() == torch.float32
    assert dtype() == torch.float32
    with computed_in("float32", CPU):
        assert dtype() == torch.float32


# What "auto" chooses, and how it is named


class Picky(nn.Module):
    """A network that runs in bfloat16 well, not at all, or with another gradient, as the test chooses."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.num_classes, self.how = 3, how
        self.pretrained_cfg = {"input_size": (3, 16, 16), "mean": (0.0,) * 3, "std": (1.0,) * 3}
        self.conv = nn.Conv2d(3, 3, 3)
        self.calls = 0
        nn.init.constant_(self.conv.bias, 1.0)

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        y = self.conv(x)
        if y.dtype == torch.bfloat16 and self.how == "refuses":
            raise RuntimeError("expected scalar type Float but found BFloat16")
        if y.dtype == torch.bfloat16 and self.how == "turns":
            y = 1 - y
        return (y.square() if self.how == "turns" else y).mean((2, 3))


def picky(how: str) -> Classifier:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Classifier(Picky(how), how, CPU)


def test_auto_is_float32_where_the_device_is_not_made_for_bfloat16(scenes: Classifier) -> None:
    assert effective(scenes) == effective(scenes, "auto") == "float32"
    assert effective(scenes, "bfloat16") == "bfloat16"
    *_, one = maximize(scenes, 3, steps=3, size=32)
    *_, other = maximize(scenes, 3, steps=3, size=32, precision="float32")
    assert torch.equal(one.pixels, other.pixels)


def test_a_device_has_it_from_a_generation_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for capability, offered in [((7, 5), False), ((8, 0), True), ((9, 0), True)]:
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device, found=capability: found)
        assert precisions._offered(torch.device("cuda")) is offered
    assert not precisions._offered(CPU)


@pytest.mark.parametrize(("how", "wanted"), [("bears", "bfloat16"), ("refuses", "float32"), ("turns", "float32")])
def test_auto_is_bfloat16_only_where_the_network_bears_it(
    how: str, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precisions, "_offered", lambda device: True)
    model = picky(how)
    assert effective(model) == wanted
    calls = model.network.calls
    assert effective(model) == wanted
    assert model.network.calls == calls, "it is tried once"


def test_recipes_name_the_numbers_and_never_auto(monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_model("bundled/digits", device="cpu").twin()
    plan = AtlasPlan("conv1", (0,))
    for offered, wanted in ((False, "float32"), (True, "bfloat16")):
        monkeypatch.setattr(precisions, "_offered", lambda device, offered=offered: offered)
        assert preset(model, inside=True)["precision"] == preset(model, inside=False)["precision"] == wanted
        assert settled(model, {"tv": 1.0, "precision": "auto"}) == {"tv": 1.0, "precision": wanted}
        assert settled(model, {"precision": "float32"})["precision"] == "float32"
        assert stored_atlas(model, plan).recipe["settings"]["precision"] == wanted
        for given in ({}, {"precision": "auto"}):
            task = checked(model, Specification(1, 1, 0, None, None, given))
            assert [each.precision for each in task.settings] == [wanted]
    assert Settings().precision == "auto"


@pytest.mark.cuda
def test_previews_on_cuda_are_in_bfloat16_and_last_scores_in_float32() -> None:
    model = load_model("resnet18", weights="random", device="cuda")
    goals = [class_logit(3), channel("layer3", 5)]

    def run(precision: str) -> list[Frame]:
        return list(maximize(model, goals, steps=4, precision=precision, transforms="none"))

    assert preset(model, inside=False)["precision"] == "bfloat16"
    exact, near = run("float32"), run("bfloat16")
    assert not torch.equal(exact[0].scores, near[0].scores)
    torch.testing.assert_close(exact[0].scores, near[0].scores, rtol=0.05, atol=0.05)
    scorer = Scorer(model, [as_objective(each) for each in goals], model.input_size)
    torch.testing.assert_close(near[-1].scores, scorer.measure(near[-1].pixels), rtol=1e-5, atol=1e-5)


@pytest.mark.cuda
def test_float32_on_cuda_is_float32_also_in_convolutions() -> None:
    model = load_model("resnet18", weights="random", device="cuda")
    here = load_model("resnet18", weights="random", device="cpu")
    pixels = rough(2, 224)
    assert torch.backends.cudnn.allow_tf32, "torch's default, which is the caller's"
    torch.testing.assert_close(model(pixels).cpu(), here(pixels), rtol=1e-4, atol=1e-4)
