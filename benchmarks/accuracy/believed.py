"""Can a map be believed? All methods by all criteria on drawn scenes, and maps of photographs under scrambled weights.

    python -m benchmarks.accuracy.believed
    VIZLIB_WEIGHTS=../shared/weights python -m benchmarks.accuracy.believed --scrambled ../shared/images

The first command judges every method on bundled/scenes, bundled/scenes_vgg and bundled/sheep_or_goat by 200 held-out
scenes each, and writes one section per network. A scene takes about 22 seconds of one core, a network 75 minutes,
almost all of it for methods of many passes. `--network` names one network, so that they can run beside each other.
The second one scrambles the weights of mobilenetv2_100 over the photographs of a folder (Adebayo et al. 2018).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.results import write_section
from vizlib import last, load_model, saliency_methods
from vizlib.faithfulness import (
    CHANCE,
    CRITERIA,
    SIMILARITIES,
    TRUTH,
    Judged,
    Mean,
    Scrambling,
    judging,
    scrambling,
    survives,
)
from vizlib.models import Classifier

NETWORKS = ("bundled/scenes", "bundled/scenes_vgg", "bundled/sheep_or_goat")
PHOTOGRAPHED = "mobilenetv2_100"
SANITY = (
    "gradient",
    "guided",
    "deconvnet",
    "gradient_x_input",
    "grad_cam",
    "guided_grad_cam",
)  # one or two passes each
COMMAND = "python -m benchmarks.accuracy.believed"


def judged(model: Classifier, count: int, methods: Sequence[str]) -> Judged:
    """The table over `count` scenes; how far it is, is printed."""
    began, found = time.monotonic(), None
    for frame in judging(model, count, methods):
        if found is None or frame.step > found.step:
            print(f"{model.name}: {frame.step} of {frame.total} scenes, {time.monotonic() - began:.0f} s", flush=True)
        found = frame
    assert found is not None
    return found


def cell(mean: Mean) -> str:
    """A mean with its interval: "0.46 (0.35 to 0.57)"."""
    return "" if np.isnan(mean.value) else f"{mean.value:.2f} ({mean.low:.2f} to {mean.high:.2f})"


def write_judged(model: Classifier, found: Judged) -> None:
    labels = [each.label for each in CRITERIA.values()]
    lines = [f"| method | {' | '.join(labels)} | passes |", "|---" * (len(labels) + 2) + "|"]
    for name, row in found.table.items():
        cells = [cell(row[each]) for each in CRITERIA]
        cost = "" if name in (CHANCE, TRUTH) else f"{row['passes'].value:.0f}"
        lines.append(f"| {name} | {' | '.join([*cells, cost])} |")
    rankings = [f"- {CRITERIA[each].label}: {', '.join(order[:5])}." for each, order in found.ranking.items()]
    words = (
        f"{found.total} held-out scenes, {found.right.mean():.0%} of them answered rightly; the maps are about the "
        f"network's answer. {found.background.mean():.0%} of the true importance is the background's. Means with 95 % "
        f"intervals; {CHANCE} are random maps, {TRUTH} are maps made of the truth. Seconds are in the table of speed."
    )
    text = [words, "", *lines, "", "The best five by each criterion:", "", *rankings]
    write_section(f"Can a map be believed? {model.name}", f"{COMMAND} --network {model.name}", "\n".join(text))


def sanity(folder: Path, most: int, count: int | None) -> None:
    """Scrambles the network over the photographs, and writes the mean curves and the verdicts."""
    model = load_model(PHOTOGRAPHED, device="cpu")
    files = [each for each in sorted(folder.iterdir()) if each.suffix.lower() in (".jpg", ".jpeg", ".png")][:count]
    methods = [each for each in SANITY if each in saliency_methods()]
    found = []
    for number, file in enumerate(files, 1):
        began = time.monotonic()
        found.append(last(scrambling(model, file, methods, most=most)))
        print(f"{number} of {len(files)}: {file.name}, {time.monotonic() - began:.0f} s", flush=True)
    words = (
        f"{len(files)} photographs on {PHOTOGRAPHED}: the similarity of each map to that of the trained network, on "
        "average, while the layers are scrambled from the top, down to the one in the head. Chance is the similarity "
        "of the maps of networks with different random weights. The first table counts the photographs whose map "
        "hardly changes while the upper half of the layers is scrambled."
    )
    tables = [table for axis in range(len(SIMILARITIES)) for table in ("", *curves(found, axis))]
    command = f"VIZLIB_WEIGHTS=../shared/weights {COMMAND} --scrambled ../shared/images"
    write_section("Maps under scrambled weights", command, "\n".join([words, *tables]))


def curves(found: Sequence[Scrambling], axis: int) -> list[str]:
    """The table of one similarity: methods down, layers across."""
    names = {"rank": "Rank correlation", "ssim": "SSIM", "hog": "HOG similarity"}
    layers = found[0].layers
    told = " hardly changes |" if axis == 0 else ""
    lines = [f"| {names[SIMILARITIES[axis]]} | {' | '.join(layers)} | chance |{told}"]
    lines.append("|---" * (len(layers) + 2 + bool(told)) + "|")
    for row, each in enumerate(found[0].methods):
        steps = np.mean([one.methods[row].curves[:, axis] for one in found], axis=0)
        chance = np.mean([one.methods[row].chance[:, axis].mean() for one in found])
        kept = sum(survives(one.methods[row]).changed is False for one in found)
        cells = [f"{value:.2f}" for value in (*steps, chance)]
        more = f" {kept} of {len(found)} |" if told else ""
        lines.append(f"| {each.method} | {' | '.join(cells)} |{more}")
    return lines


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=200)
    parser.add_argument("--network", choices=NETWORKS, help="one of the networks instead of all three")
    parser.add_argument("--methods", nargs="+", default=saliency_methods(), help="by default the whole menu")
    parser.add_argument("--scrambled", type=Path, help="folder of photographs, instead of the drawn scenes")
    parser.add_argument("--pictures", type=int, help="of the folder, at most")
    parser.add_argument("--most", type=int, default=12, help="steps of the scrambling, at most")
    choice = parser.parse_args(given)
    if choice.scrambled:
        sanity(choice.scrambled, choice.most, choice.pictures)
        return
    for name in [choice.network] if choice.network else NETWORKS:
        model = load_model(name, device="cpu")
        write_judged(model, judged(model, choice.scenes, choice.methods))


if __name__ == "__main__":
    main()
