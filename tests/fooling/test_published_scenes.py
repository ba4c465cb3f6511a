"""PGD, DDN and FMN on a trained network give foolbox's answers, and a live run describes its own pictures."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from vizlib import synthetic
from vizlib.fooling import fooling, perturb
from vizlib.fooling.ddn import Knobs as DdnKnobs
from vizlib.fooling.ddn import search as ddn_search
from vizlib.fooling.scoring import Criterion, lengths
from vizlib.models import Classifier


@pytest.fixture(scope="module")
def drawn(scenes: Classifier) -> Tensor:
    """Three drawn pictures (3, 3, H, W) as the network sees them."""
    return torch.cat([scenes.prepare(synthetic.draw_scene(seed=each).image) for each in (5, 6, 7)])


@pytest.fixture(scope="module")
def targets(scenes: Classifier, drawn: Tensor) -> Tensor:
    """For each picture the class that it is next to."""
    return scenes(drawn).argsort(1, descending=True)[:, 1]


def foolboxs(name: str, model: Classifier, pixels: Tensor, targets: Tensor, **words: Any) -> Tensor:
    """foolbox's answer. Its L2 FMN gets the projection that version 3.3.4 leaves out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own imports and deprecations
        foolbox: Any = pytest.importorskip("foolbox", reason="foolbox is not installed: nothing to compare with")
        from eagerpy import minimum
        from foolbox.devutils import atleast_kd, flatten

        class Mended(foolbox.attacks.L2FMNAttack):  # type: ignore[misc]
            def project(self, x: Any, x0: Any, epsilon: Any) -> Any:
                factor = minimum(1, epsilon / flatten(x - x0).norms.l2(axis=-1).maximum(1e-12))
                return x0 + (x - x0) * atleast_kd(factor, x.ndim)

        class Asked(torch.nn.Module):
            def forward(self, x: Tensor) -> Tensor:
                return model(x)

        epsilon = {"epsilon": words.pop("epsilon")} if "epsilon" in words else {}
        attack = Mended(**words) if name == "L2FMNAttack" else getattr(foolbox.attacks, name)(**words)
        network = foolbox.PyTorchModel(Asked().eval(), bounds=(0, 1), device=str(model.device))
        goal = foolbox.criteria.TargetedMisclassification(targets)
        answer: Tensor = attack.run(network, pixels, goal, **epsilon)
    return answer


@pytest.mark.slow
@pytest.mark.parametrize(("method", "name", "knobs"), [("ddn", "DDNAttack", {}), ("fmn", "L2FMNAttack", {})])
def test_the_changes_are_as_short_as_foolboxs(
    scenes: Classifier, drawn: Tensor, targets: Tensor, method: str, name: str, knobs: dict[str, Any]
) -> None:
    theirs = foolboxs(name, scenes, drawn, targets, steps=60)
    ours = perturb(scenes, drawn, targets, method, steps=60, **knobs)
    assert torch.equal(scenes(ours).argmax(1), targets)
    assert torch.allclose(lengths(ours - drawn), lengths(theirs - drawn), rtol=1e-2)


@pytest.mark.slow
def test_pgd_is_foolboxs_picture(scenes: Classifier, drawn: Tensor, targets: Tensor) -> None:
    words = {"steps": 10, "random_start": False}
    theirs = foolboxs("L2PGD", scenes, drawn, targets, rel_stepsize=0.1, epsilon=3.0, **words)
    ours = perturb(scenes, drawn, targets, "pgd", l2=3.0, step_size=0.1, **words)
    assert float((ours - theirs).abs().max()) < 1e-3
    assert float((ours - drawn).abs().max()) > 1e-2


@pytest.mark.parametrize("method", ["pgd", "ddn", "fmn"])
def test_each_frame_says_what_its_own_picture_is_taken_for(small: Classifier, method: str) -> None:
    image = np.random.default_rng(2).integers(76, 178, (16, 16, 3), dtype=np.uint8)
    target = int(small.predict(small.prepare(image)).argsort(descending=True)[0, 1])
    frames = [each for each in fooling(small, image, target, method, steps=12) if each.result is None]
    for frame in frames:
        told, change = frame.trace[-1], (frame.image.astype(float) - image) / 255
        shown = float(small.predict(small.prepare(frame.image))[0, target])
        assert told.probability == pytest.approx(shown, abs=1e-4)
        assert told.l2 == pytest.approx(float(np.sqrt((change**2).sum())), abs=1e-4)
    assert len(frames) >= 12


def test_without_a_gradient_a_gray_picture_stays_gray(small: Classifier) -> None:
    pixels = torch.full((1, 3, 16, 16), 0.5, device=small.device)
    nobody = torch.zeros(1, dtype=torch.long, device=small.device)

    def tie(change: Tensor) -> Tensor:
        return change.mean(1, keepdim=True).expand_as(change)

    flat = Criterion(small, small, lambda values: 0 * values, nobody, nobody + 1, tie)  # it always sees black
    *_, last = ddn_search(flat, pixels, 0.0, DdnKnobs(steps=3), 0)
    assert float((last.values - pixels).abs().max()) > 0
    assert float((last.values - last.values[:, :1]).abs().max()) < 1e-6
