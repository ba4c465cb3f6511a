"""Do the numbers agree with Captum, pytorch-grad-cam and foolbox? One table on MobileNetV2 and photographs.

    pip install -r benchmarks/requirements.txt
    VIZLIB_WEIGHTS=../shared/weights python -m benchmarks.peers.agreement
    python -m benchmarks.peers.agreement --folder photographs --pictures 4 --dry

A row is "same" where the measured difference is within its bound, and "**differs**" where it is not. A row that
compares two conventions says "convention" and gives the reason. The command ends with status 1 if any row differs or
fails.
Maps are compared by the largest difference as a share of the largest value, or by Pearson's correlation.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.accuracy.thin_ice import PHOTOGRAPHS
from benchmarks.results import write_section
from vizlib import fool, load_model, open_picture, saliency, to_image
from vizlib.fooling import perturb
from vizlib.layers import last_maps, objectives_of
from vizlib.models import Classifier
from vizlib.saliency import DoubtfulMap, Query, baseline_of, explain
from vizlib.saliency.gradients.smoothgrad import Knobs, noisy_copies

NETWORK = "mobilenetv2_100"
COPIES = STEPS = 20  # of SmoothGrad and integrated gradients
EXACT = 1e-5  # share of the largest value: rounding in another order


@dataclass(frozen=True)
class Row:
    """One comparison."""

    ours: str
    peer: str
    result: str
    verdict: str


class Given:
    """The pictures, their classes, and the network in the form that peers expect."""

    def __init__(self, model: Classifier, files: list[Path]) -> None:
        self.model, self.files = model, files
        self.pixels = torch.cat([model.prepare(open_picture(each)) for each in files])
        self.classes = model(self.pixels).argmax(1)
        self.targets = (self.classes + 500) % len(model.class_names)
        self.whole = model.as_module()

    def captum(self, attribution: Any, pixels: Tensor | None = None, /, **more: Any) -> Any:
        """What a method of Captum answers for the predicted classes."""
        given = self.pixels if pixels is None else pixels
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return attribution.attribute(given.clone(), target=self.classes, **more)


class Saturating(nn.ReLU):
    """ReLU6 taken as a ReLU, so that Captum's hooks find it."""

    def forward(self, given: Tensor) -> Tensor:
        return F.relu6(given)


def strongest(gradient: Tensor) -> Tensor:
    return gradient.detach().abs().amax(1).cpu()


def away(found: Tensor, wanted: Tensor) -> float:
    """The largest difference as a share of the largest value, of the picture where it is largest."""
    both = zip(found.detach().cpu(), wanted.detach().cpu(), strict=True)
    return max(float((ours - theirs).abs().max() / theirs.abs().max().clamp_min(1e-30)) for ours, theirs in both)


def alike(found: Tensor, wanted: Tensor) -> list[float]:
    """Pearson's correlation of each picture's maps."""
    both = zip(found.detach().cpu().flatten(1), wanted.detach().cpu().flatten(1), strict=True)
    return [float(torch.corrcoef(torch.stack(pair))[0, 1]) for pair in both]


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def within(difference: float, bound: float) -> str:
    return "same" if difference <= bound else f"**differs**: more than {bound:g}"


def exact(ours: str, peer: str, found: Tensor, wanted: Tensor, bound: float = EXACT) -> Row:
    difference = away(found, wanted)
    return Row(ours, peer, f"difference {difference:.1e} of the largest value", within(difference, bound))


# Saliency


def gradients(given: Given) -> Iterator[Row]:
    wanted = strongest(given.captum(captum().Saliency(given.whole)))
    yield exact("gradient", "Captum Saliency, largest over the colors", saliency(given.model, given.pixels), wanted)


def grad_cams(given: Given) -> Iterator[Row]:
    for path in ("conv_head", "bn2", "blocks.5", "blocks.6"):
        found = saliency(given.model, given.pixels, "grad_cam", layer=path)
        attribution = captum().LayerGradCam(given.whole, given.whole.network.get_submodule(path))
        coarse = given.captum(attribution, relu_attributions=True)
        large = captum().LayerAttribution.interpolate(coarse, tuple(given.pixels.shape[2:]), "bilinear")[:, 0]
        yield exact(f"grad_cam, {path}", "Captum LayerGradCam", found, large)
        yield exact(f"grad_cam, {path}", "pytorch-grad-cam", scaled(found), pytorch_grad_cam(given, path), 1e-4)
    default = last_maps(given.model).path
    found = saliency(given.model, given.pixels, "grad_cam")
    row = exact(
        f"grad_cam, default ({default})", "pytorch-grad-cam, bn2", scaled(found), pytorch_grad_cam(given, "bn2"), 1e-4
    )
    yield row
    before = saliency(given.model, given.pixels, "grad_cam", layer="conv_head")
    result = f"correlation {min(alike(before, found)):.3f} to {max(alike(before, found)):.3f}"
    reason = "convention: the peers' recipe reads the layer after its activation, and so does our default"
    yield Row("grad_cam, conv_head (before the activation)", "bn2 (after it)", result, reason)


def pytorch_grad_cam(given: Given, path: str) -> Tensor:
    """Its maps (N, H, W), each scaled to [0, 1]."""
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    targets = [ClassifierOutputTarget(each) for each in given.classes.tolist()]
    with GradCAM(given.whole, [given.whole.network.get_submodule(path)]) as cam:
        return torch.from_numpy(cam(input_tensor=given.pixels.clone().requires_grad_(), targets=targets))


def scaled(maps: Tensor) -> Tensor:
    """Maps from 0 to 1, as pytorch-grad-cam scales them."""
    maps = maps - maps.amin((1, 2), keepdim=True)
    return maps / maps.amax((1, 2), keepdim=True).clamp_min(1e-30)


def smoothgrads(given: Given) -> Iterator[Row]:
    pixels = given.pixels[:2]
    query = Query(pixels, objectives_of(given.model, given.classes[:2], 2, given.model.input_size))
    copies = torch.stack([each.pixels for each in noisy_copies(query, Knobs(samples=COPIES))])
    sums = torch.zeros_like(pixels)
    with torch.enable_grad():
        for first in range(0, len(copies), 2):
            leaf = copies[first : first + 2].clone().requires_grad_()
            score = given.whole(leaf).gather(1, given.classes[:2, None]).sum()
            sums += torch.autograd.grad(score, leaf)[0] / COPIES
    found = saliency(given.model, given.pixels, "smoothgrad", samples=COPIES)
    yield exact(f"smoothgrad, {COPIES} copies", "mean of plain gradients of our own copies", found[:2], strongest(sums))
    other = saliency(given.model, given.pixels, "smoothgrad", samples=COPIES, seed=1)
    theirs = [noise_tunnel(given, seed, abs=False) for seed in (2, 3)]
    between, own, peers = (mean(alike(*pair)) for pair in ((found, theirs[0]), (found, other), theirs))
    result = f"correlation {between:.2f}; our seeds 0 and 1: {own:.2f}; theirs 2 and 3: {peers:.2f}"
    verdict = "same within the noise" if between >= min(own, peers) - 0.05 else "**differs** by more than two seeds do"
    yield Row(f"smoothgrad, {COPIES} copies", "Captum NoiseTunnel(abs=False), its own noise", result, verdict)
    usual = mean(alike(found, noise_tunnel(given, 2)))
    reason = "convention: Captum's Saliency averages magnitudes; the paper, and ours, signed gradients"
    yield Row(f"smoothgrad, {COPIES} copies", "Captum NoiseTunnel as it comes", f"correlation {usual:.2f}", reason)


def noise_tunnel(given: Given, seed: int, **more: Any) -> Tensor:
    torch.manual_seed(seed)
    maps = []
    for row, picture in enumerate(given.pixels):
        spread = 0.15 * float(picture.max() - picture.min())
        tunnel = captum().NoiseTunnel(captum().Saliency(given.whole))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            maps.append(
                tunnel.attribute(
                    picture[None].clone(),
                    nt_type="smoothgrad",
                    nt_samples=COPIES,
                    nt_samples_batch_size=10,
                    stdevs=spread,
                    target=int(given.classes[row]),
                    **more,
                )
            )
    return strongest(torch.cat(maps))


def integrated(given: Given) -> Iterator[Row]:
    ours, usual = f"integrated_gradients, {STEPS} steps, black", "the usual script: normalized pixels, baseline 0"
    own = captum().IntegratedGradients(given.whole)
    found = explain(given.model, given.pixels, "integrated_gradients", steps=STEPS)
    wanted, delta = path_integral(given, own, method="gausslegendre")
    yield exact(ours, "Captum, gausslegendre", found.values, wanted)
    difference = float((found.figures["completeness_error"] + delta.cpu()).abs().max())
    result = f"difference {difference:.1e} logits; the largest error is {float(delta.abs().max()):.1f} logits"
    yield Row("its completeness error", "Captum's convergence delta, negative", result, within(difference, 1e-3))
    coarse, rough = path_integral(given, own, method="riemann_trapezoid")
    result = f"correlation {mean(alike(found.values, coarse)):.2f}; largest error {float(rough.abs().max()):.1f} logits"
    yield Row(ours, "Captum, riemann_trapezoid", result, "convention: both sums are coarse at so few steps")
    normalized = captum().IntegratedGradients(given.whole.network)
    zeros, _ = path_integral(given, normalized, given.model.normalize(given.pixels))
    result = f"correlation {mean(alike(found.values, zeros)):.2f}"
    yield Row(ours, usual, result, "convention: zeros of normalized pixels are the mean color, not black")
    average = explain(given.model, given.pixels, "integrated_gradients", steps=STEPS, baseline="mean")
    mean_color = baseline_of(given.model, given.pixels, "mean")
    wanted, _ = path_integral(given, own, baselines=mean_color)
    name = f'integrated_gradients, {STEPS} steps, "mean"'
    yield exact(name, "Captum, the mean color as its baseline", average.values, wanted)
    difference, itself = away(average.values, zeros), away(wanted, zeros)
    result = (
        f"difference {difference:.1e} of the largest value; Captum's own two ways to say this baseline: {itself:.1e}"
    )
    yield Row(name, usual, result, within(difference, max(EXACT, 2 * itself)))


def path_integral(given: Given, attribution: Any, pixels: Tensor | None = None, **more: Any) -> tuple[Tensor, Tensor]:
    """Captum's maps (N, H, W) and its deltas (N,), from zeros.

    Normalized pixels, and batches of other sizes, are rounded differently. Then ReLUs whose input is nearly zero change
    sides, which changes single values visibly.
    """
    words = {"n_steps": STEPS, "internal_batch_size": len(given.files), "return_convergence_delta": True, **more}
    maps, delta = given.captum(attribution, pixels, **words)
    return maps.detach().sum(1).float().cpu(), delta


def guided(given: Given) -> Iterator[Row]:
    found = saliency(given.model, given.pixels, "guided")
    usual = strongest(given.captum(captum().GuidedBackprop(given.whole)))
    plain = away(usual, saliency(given.model, given.pixels))
    result = f"correlation {mean(alike(found, usual)):.2f}; Captum's differs from the plain gradient by {plain:.1e}"
    reason = "convention: Captum's hooks find ReLU only, so on ReLU6 it gives the plain gradient"
    yield Row("guided", "Captum GuidedBackprop", result, reason if plain <= EXACT else "**differs** from the gradient")
    seen = given.model.as_module()
    for module in list(seen.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.ReLU6):
                setattr(module, name, Saturating())
    wanted = strongest(given.captum(captum().GuidedBackprop(seen)))
    yield exact("guided", "Captum GuidedBackprop, ReLU6 taken as a ReLU", found, wanted)


# Fooling


def distances(given: Given) -> Iterator[Row]:
    theirs = foolbox_run(given, "DDNAttack", {"steps": 50})
    for whole, name in ((False, "whole_levels=False"), (True, "whole_levels=True")):
        found = perturb(given.model, given.pixels, given.targets, "ddn", steps=50, whole_levels=whole)
        beside, agree = compared(given, found, theirs)
        as_files = [
            successes(given, torch.from_numpy(to_image(each)).permute(0, 3, 1, 2) / 255) for each in (found, theirs)
        ]
        result = f"{beside}; rounded, they fool {as_files[0]} and {as_files[1]}"
        reason = "convention: on the levels of a file, so that the file fools too"
        yield Row(f"perturb ddn, 50 steps, {name}", "foolbox DDN, 50 steps", result, reason if whole else agree)


def compared(given: Given, found: Tensor, theirs: Tensor) -> tuple[str, str]:
    """How many pictures each fools and the median L2 of each; and whether both agree within 5 %."""
    hits = successes(given, found), successes(given, theirs)
    l2 = median_l2(given, found), median_l2(given, theirs)
    agree = hits[0] == hits[1] and abs(l2[0] / l2[1] - 1) <= 0.05
    said = f"they fool {hits[0]} and {hits[1]} of {len(given.files)}, median L2 {l2[0]:.3f} and {l2[1]:.3f}"
    return said, "same" if agree else "**differs** by more than 5 %"


def balls(given: Given) -> Iterator[Row]:
    cases: list[tuple[str, float, dict[str, Any]]]
    cases = [("L-infinity", 4 / 255, {"levels": 4.0}), ("L2", 1.5, {"l2": 1.5})]
    for norm, radius, words in cases:
        found = perturb(given.model, given.pixels, given.targets, "pgd", norm=norm, steps=20, step_size=0.1, **words)
        attack = f"{norm.replace('-infinity', 'inf')}ProjectedGradientDescentAttack"
        theirs = foolbox_run(given, attack, {"steps": 20, "rel_stepsize": 0.1}, radius)
        yield Row(f"perturb pgd, {norm}, 20 steps", "foolbox PGD", *compared(given, found, theirs))
    parted, kept = {}, 0
    for steps in (1, 2, 4):
        more: dict[str, Any] = {"norm": "L-infinity", "levels": 4.0, "steps": steps, "step_size": 0.1}
        found = perturb(given.model, given.pixels, given.targets, "pgd", random_start=False, **more)
        theirs = foolbox_run(given, "LinfBasicIterativeAttack", {"steps": steps, "rel_stepsize": 0.1}, 4 / 255)
        earlier = fools(given, found) & ~fools(given, theirs)  # ours keeps the last step that fools, foolbox the last
        kept += int(earlier.sum())
        parted[steps] = float(((found - theirs).abs() > 1e-6).flatten(1).float().mean(1)[~earlier].mean())
    result = ", ".join(f"{share:.1e} of the values differ after {steps}" for steps, share in parted.items())
    result += f"; left out: {kept} where ours keeps an earlier step, which fools, and foolbox the last, which does not"
    yield Row("perturb pgd, no random start", "foolbox BIM", result, within(max(parted.values()), 1e-4))


def foolbox_run(given: Given, name: str, words: dict[str, Any], radius: float | None = None) -> Tensor:
    foolbox: Any = import_module("foolbox")
    wrapped = foolbox.PyTorchModel(given.whole.eval(), bounds=(0, 1), device=str(given.pixels.device))
    torch.manual_seed(0)
    criterion = foolbox.criteria.TargetedMisclassification(given.targets)
    _, clipped, _ = getattr(foolbox.attacks, name)(**words)(wrapped, given.pixels, criterion, epsilons=radius)
    answer: Tensor = clipped.detach()
    return answer


def fools(given: Given, values: Tensor) -> Tensor:
    """Which pictures (N,) are taken for their targets."""
    return given.model(values.float()).argmax(1) == given.targets


def successes(given: Given, values: Tensor) -> int:
    return int(fools(given, values).sum())


def median_l2(given: Given, values: Tensor) -> float:
    return float((values.to(given.pixels) - given.pixels).flatten(1).norm(dim=1).median())


def files(given: Given) -> Iterator[Row]:
    found: dict[str, list[float]] = {"pixels": [], "file": []}
    for number, path in enumerate(given.files[:3]):
        for kind, picture in (("pixels", given.pixels[number : number + 1]), ("file", open_picture(path))):
            fooled = fool(given.model, picture, int(given.targets[number]), "ddn", steps=50)
            found[kind].append(fooled.l2 if fooled.success else float("nan"))
    ours, other = (" ".join(f"{each:.2f}" for each in values) for values in found.values())
    reason = "convention: pixels must fool twice, as they are and as the opened file"
    verdict = "**differs**: not all fool" if "nan" in ours + other else reason
    yield Row("fool(pixels), ddn, 50 steps", "fool(picture)", f"L2 {ours} and {other}", verdict)


def captum() -> Any:
    return import_module("captum.attr")


PARTS: tuple[Callable[[Given], Iterator[Row]], ...] = (
    gradients, grad_cams, smoothgrads, integrated, guided, distances, balls, files,
)  # fmt: skip


def rows_of(given: Given, part: Callable[[Given], Iterator[Row]]) -> Iterator[Row]:
    """The rows of a part; one that says so if it fails, so that the others are still made."""
    try:
        yield from part(given)
    except Exception as problem:  # noqa: BLE001  whatever it is, it belongs into the table
        yield Row(part.__name__, "", f"{type(problem).__name__}: {problem}".splitlines()[0], "**failed**")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=PHOTOGRAPHS, help="of photographs (*.jpg)")
    parser.add_argument("--pictures", type=int, default=8)
    parser.add_argument("--dry", action="store_true", help="do not write benchmarks/RESULTS.md")
    return parser.parse_args()


def main() -> None:
    choice = options()
    every = sorted(choice.folder.glob("*.jpg"))
    if not every:
        sys.exit(f"There are no photographs (*.jpg) in {choice.folder}. Name their folder with --folder.")
    given = Given(load_model(NETWORK), every[:: max(1, len(every) // choice.pictures)][: choice.pictures])
    warnings.simplefilter("ignore", DoubtfulMap)
    table = ["| ours | peer | result | verdict |", "|---|---|---|---|"]
    for part in PARTS:
        for row in rows_of(given, part):
            table.append(f"| {row.ours} | {row.peer} | {row.result} | {row.verdict} |")
            print(table[-1], flush=True)
    peers = ", ".join(f"{name} {version(name)}" for name in ("captum", "grad-cam", "foolbox"))
    text = [f"{NETWORK} (ReLU6), {len(given.files)} photographs, torch {torch.__version__}, {peers}.", "", *table, ""]
    text.append('Class pictures beside lucent are in "Class pictures, judged by other networks".')
    if not choice.dry:
        write_section("Agreement with public peers", "python -m benchmarks.peers.agreement", "\n".join(text))
    sys.exit(1 if "| **" in "\n".join(table) else 0)


if __name__ == "__main__":
    main()
