"""Tests the presets of activation maximization: does the first click give a picture on every family of networks?

    for name in scenes_convnext scenes_vit; do python -m vizlib.bundled.train $name --out FOLDER; done    # an hour
    python -m benchmarks.accuracy.presets --trained FOLDER --seeds 3     # about 20 minutes on one core

Each family has one network that was trained on the drawn scenes. Each makes pictures of all 14 classes, and the
networks of the other families judge them. If VIZLIB_WEIGHTS has mobilenetv2_100, it makes pictures of 14 ImageNet
classes, which two other networks there judge.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from benchmarks.accuracy.class_pictures import DRAWN, Made, colorfulness, first, make, said, sure, use
from benchmarks.results import write_section
from vizlib import load_model, maximize
from vizlib.activation_maximization import channel, family, tile_size
from vizlib.activation_maximization.regularizers import total_variation
from vizlib.layers import list_layers
from vizlib.models import Classifier
from vizlib.units import DrawnScenes, search

MOBILE = "mobilenetv2_100"
MOBILE_JUDGES = ("local/mobilenetv1_100.tf_same", "local/mobilenetv2_100.tf_same")
CLASSES = 14
UNITS = 16
SCENES = 96


def unit_figures(model: Classifier, steps: int) -> str:
    """How many units of a middle layer are more active on their picture than on any of SCENES drawn scenes."""
    blocks = [each for each in list_layers(model) if each.kind in ("stage", "block") and each.spatial]
    layer = blocks[len(blocks) // 2].path
    *_, survey = search(model, layer, DrawnScenes(SCENES))
    chosen = np.linspace(0, survey.means.shape[1] - 1, UNITS).astype(int).tolist()
    *_, last = maximize(model, [channel(layer, each) for each in chosen], steps, size=tile_size(model, layer))
    beyond = sum(float(score) > survey.means[:, each].max() for score, each in zip(last.scores, chosen))
    return f"{beyond} of {len(chosen)} ({layer})"


def made_by(model: Classifier, steps: int, seeds: int) -> list[Made]:
    """The pictures of CLASSES classes, seed by seed."""
    count = len(model.class_names)
    targets = torch.randperm(count, generator=torch.Generator().manual_seed(0))[:CLASSES].tolist()
    return [make(model, targets, steps, seed) for seed in range(seeds)]


def row(model: Classifier, made: Sequence[Made], steps: int) -> list[str]:
    """The cells of the presets' table."""
    variation = torch.cat([total_variation(each.pixels) for each in made])
    return [
        family(model),
        model.name,
        said([sure(each, model) for each in made]),
        f"{np.mean([colorfulness(each) for each in made]):.2f}",
        f"{float(variation.mean()):.4f}",
        unit_figures(model, steps // 2),
    ]


def judged(model: Classifier, made: Sequence[Made], judges: Sequence[str]) -> list[str]:
    """The cells of the judges' table: of how many pictures each judge's first answer is their class."""
    counts = [[first(each, model, load_model(judge)) for each in made] for judge in judges]
    return [model.name, *(said(each) for each in counts)]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(each)} |" for each in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trained", type=Path, required=True, help="folder of the networks that are not bundled")
    parser.add_argument("--steps", type=int, default=256)
    parser.add_argument("--seeds", type=int, default=3)
    choice = parser.parse_args()
    rows, mobile = of_photographs(choice.steps, choice.seeds)
    use(choice.trained)
    opinions = []
    for name in DRAWN:
        model = load_model(name)
        made = made_by(model, choice.steps, choice.seeds)
        rows.append(row(model, made, choice.steps))
        opinions.append(judged(model, made, DRAWN))
        print(rows[-1], opinions[-1], flush=True)
    write(choice, rows, opinions, mobile)


def of_photographs(steps: int, seeds: int) -> tuple[list[list[str]], str]:
    """The row of mobilenetv2_100 and what its judges say, if they are here."""
    given = os.environ.get("VIZLIB_WEIGHTS")
    if not given or not (Path(given) / f"{MOBILE}.safetensors").exists():
        return [], ""
    model = load_model(MOBILE)
    made = made_by(model, steps, seeds)
    counts = judged(model, made, MOBILE_JUDGES)[1:]
    said = " and ".join(f"{count} for {name}" for name, count in zip(MOBILE_JUDGES, counts, strict=True))
    words = f" Of the pictures by {MOBILE}, each of an ImageNet class, these are first: {said}."
    return [row(model, made, steps)], words


def write(
    choice: argparse.Namespace, rows: Sequence[Sequence[str]], opinions: Sequence[Sequence[str]], mobile: str
) -> None:
    """Writes both sections."""
    command = f"python -m benchmarks.accuracy.presets --trained FOLDER --steps {choice.steps} --seeds {choice.seeds}"
    about = (
        f"{CLASSES} classes, {choice.steps} steps, the presets as they are. Counts are the mean over {choice.seeds} "
        "seeds with its 95 % interval (Student's t), and are of the files that a visitor saves (8 bits)."
    )
    more = (
        " Color: mean difference between the largest and the smallest of red, green and blue. Total variation: of "
        f"pixel values². Units: {choice.steps // 2} steps, mean activation beside the largest of {SCENES} drawn scenes."
    )
    head = ("family", "network", f"p >= 0.99, of {CLASSES}", "color", "total variation", "units beyond every scene")
    write_section("Presets of activation maximization, by family", command, f"{about}{more}\n\n{table(head, rows)}")
    judges = ("pictures by", *(f"{load_model(each).name} ({family(load_model(each))})" for each in DRAWN))
    words = f"{about} A cell says of how many pictures of the row's network the column's first answer is their class."
    title = "Class pictures of the drawn scenes, judged by other families"
    write_section(title, command, f"{words}{mobile}\n\n{table(judges, opinions)}")


if __name__ == "__main__":
    main()
