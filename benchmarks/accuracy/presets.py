"""Tests the presets of activation maximization: does the first click give a picture on every family of networks?

    python -m benchmarks.accuracy.presets --trained /tmp/small     # about 4 minutes, 25 more to train at first

Each family has one network that was trained on the drawn scenes. Those with residual blocks and with plain chains of
layers are bundled. A small ConvNeXt and a small transformer are trained into the folder `--trained`, if it lacks them.
If VIZLIB_WEIGHTS has mobilenetv2_100, it makes pictures of 14 ImageNet classes, judged by two other networks there.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import timm
import torch
from torch import Tensor

from benchmarks.results import write_section
from vizlib import load_model, maximize, to_image, to_pixels
from vizlib.activation_maximization import channel, class_logit, family, tile_size
from vizlib.bundled import PLANS, Plan, train
from vizlib.layers import list_layers
from vizlib.models import Classifier
from vizlib.units import DrawnScenes, search

SMALL = {
    "convnext": replace(
        PLANS["scenes"],
        architecture="convnext_atto",
        model_args={"depths": [2, 2, 3, 2], "dims": [24, 48, 96, 160]},
        epochs=6,
        rate=2e-3,
    ),
    "vit": replace(
        PLANS["scenes"],
        architecture="vit_tiny_patch16_224",
        model_args={"img_size": 128, "patch_size": 16, "embed_dim": 128, "depth": 5, "num_heads": 4},
        epochs=14,
        rate=1.5e-3,
    ),
}
JUDGES = ("bundled/scenes", "bundled/scenes_vgg")
MOBILE_JUDGES = ("local/mobilenetv1_100.tf_same", "local/mobilenetv2_100.tf_same")
CLASSES = 14
UNITS = 16
SCENES = 96


def prepare(name: str, plan: Plan, folder: Path) -> None:
    """Trains a small network into the folder, unless the folder has it."""
    if (folder / name / "model.safetensors").exists():
        return
    print(f"training {name} ...", flush=True)
    torch.manual_seed(0)
    network = timm.create_model(plan.architecture, num_classes=len(plan.classes), **plan.model_args)
    network = network.to(memory_format=torch.channels_last)
    train.train(network, plan, 0)
    found = train.accuracy(network, plan.draw)
    print(f"{name}: {found:.1%} of the held-out scenes")
    train.save(folder / name, network, plan, f"# {name}\n\n{found:.1%} of the held-out scenes.\n")


def class_figures(model: Classifier, judges: Sequence[Classifier], steps: int) -> list[str]:
    """How many saved pictures reach p >= 0.99 for their class, and for how many each judge ranks it 1 or 1 to 5."""
    count = len(model.class_names)
    targets = torch.randperm(count, generator=torch.Generator().manual_seed(0))[:CLASSES].tolist()
    *_, last = maximize(model, [class_logit(target) for target in targets], steps)
    files = [to_pixels(image, model) for image in to_image(last.pixels)]
    sure = sum(float(model.predict(file)[0, target]) >= 0.99 for file, target in zip(files, targets))
    cells = [f"{sure} of {len(targets)}"]
    for judge in judges:
        named = "class 0" not in judge.class_names  # else its folder gives no names, but ImageNet's order
        known = [judge.class_names.index(model.class_names[each]) if named else each for each in targets]
        logits = [judge(to_pixels(image, judge))[0] for image in to_image(last.pixels)]
        ranks = [int((each > each[target]).sum()) + 1 for each, target in zip(logits, known)]
        cells.append(f"{sum(rank == 1 for rank in ranks)}, {sum(rank <= 5 for rank in ranks)}")
    return [*cells, f"{colorfulness(last.pixels):.2f}", f"{float(last.penalties['tv'].mean()):.4f}"]


def colorfulness(pixels: Tensor) -> float:
    """Mean difference between the largest and the smallest color of a place, in pixel values: 0 is gray."""
    return float((pixels.amax(1) - pixels.amin(1)).mean())


def unit_figures(model: Classifier, steps: int) -> str:
    """How many units of a middle layer are more active on their picture than on any of SCENES drawn scenes."""
    blocks = [each for each in list_layers(model) if each.kind in ("stage", "block") and each.spatial]
    layer = blocks[len(blocks) // 2].path
    *_, survey = search(model, layer, DrawnScenes(SCENES))
    chosen = np.linspace(0, survey.means.shape[1] - 1, UNITS).astype(int).tolist()
    *_, last = maximize(model, [channel(layer, each) for each in chosen], steps, size=tile_size(model, layer))
    beyond = sum(float(score) > survey.means[:, each].max() for score, each in zip(last.scores, chosen))
    return f"{beyond} of {len(chosen)} ({layer})"


def row(name: str, judges: Sequence[str], steps: int) -> str:
    model = load_model(name)
    others = [load_model(each) for each in judges if each != name]
    cells = [family(model), name, *class_figures(model, others, steps), unit_figures(model, steps // 2)]
    if len(others) < 2:
        cells.insert(4, "")
    line = f"| {' | '.join(cells)} |"
    print(line, flush=True)
    return line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trained", type=Path, required=True, help="folder of the small networks")
    parser.add_argument("--steps", type=int, default=256)
    choice = parser.parse_args()
    for name, plan in SMALL.items():
        prepare(name, plan, choice.trained)
    given = os.environ.get("VIZLIB_WEIGHTS")
    lines = [row("bundled/scenes_vgg", JUDGES, choice.steps), row("bundled/scenes", JUDGES, choice.steps)]
    if given and (Path(given) / "mobilenetv2_100.safetensors").exists():
        lines.append(row("mobilenetv2_100", MOBILE_JUDGES, choice.steps))
    os.environ["VIZLIB_WEIGHTS"] = str(choice.trained)
    lines += [row("local/convnext", JUDGES, choice.steps), row("local/vit", JUDGES, choice.steps)]
    head = (
        "| family | network | p >= 0.99 as a file | first judge: top 1, top 5 | second judge | color | "
        "total variation | units beyond every scene |\n|---|---|---|---|---|---|---|---|"
    )
    words = (
        f"{CLASSES} classes by seed, {choice.steps} steps, the presets as they are. Judges never saw the "
        "optimization. Color: mean difference between the largest and the smallest of red, green and blue (pixel "
        f"values). Units: {choice.steps // 2} steps, mean activation beside the largest of {SCENES} drawn scenes."
    )
    command = f"python -m benchmarks.accuracy.presets --trained FOLDER --steps {choice.steps}"
    text = "\n".join([words, "", head, *lines])
    write_section("Presets of activation maximization, by family", command, text)


if __name__ == "__main__":
    main()
