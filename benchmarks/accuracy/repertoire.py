"""Do other networks recognize class pictures with real statistics, and what do layers keep of a picture?

    python -m benchmarks.accuracy.repertoire

Each picture is judged as a file by the network that drew it and by bundled networks that took no part. Inversions,
caricatures and dreams are measured beside the same architecture with random weights.
"""

from __future__ import annotations

import argparse
import statistics as numbers
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from benchmarks.results import write_section
from vizlib import drawn, last, load_model, maximize
from vizlib.activation_maximization import caricature, class_verdict, deep_dream, inversion
from vizlib.activation_maximization.repertoire import matched_layers
from vizlib.batch.saved.repertoire import matching, pictures_of
from vizlib.layers import values_of, whole_layer
from vizlib.models import Classifier
from vizlib.synthetic import HELD_OUT_SEED, draw_scene
from vizlib.training import untrained

NETWORK, JUDGES = "bundled/scenes", ("bundled/scenes_vgg", "bundled/scenes_half")
COLUMNS = (
    *("inversion: distance", "correlation", "random weights: distance", "correlation"),
    *("caricature, times", "random weights", "DeepDream, times", "random weights"),
)
COMMAND = "python -m benchmarks.accuracy.repertoire"


def judged(model: Classifier, pixels: Tensor, target: int, judges: Sequence[Classifier]) -> list[float]:
    """The class's probability as a saved file: to the network itself and to each judge that knows the class."""
    checks = class_verdict(model, pixels, target, judges)
    return [each.probability for each in checks if each.what.startswith(("saved", "on "))]


def classes(model: Classifier, judges: Sequence[Classifier], count: int, steps: int) -> list[dict[str, Any]]:
    """Of each class: distance of the statistics and probabilities, for both pictures and for a held-out real one."""
    found = []
    for name in model.class_names[:count]:
        data = pictures_of(drawn("scenes", 50, tests=1, classes=[name]), name)
        real = model.prepare(list(data.pictures))
        goal, target = matching(model, real), model.class_index(name)
        fresh = model.prepare(drawn("scenes", 1, tests=1, classes=[name]).tests.pictures[0])  # type: ignore[union-attr]
        pictures = {
            "matched to 50 real pictures": last(maximize(model, goal, steps)).pixels,
            "plain class picture": last(maximize(model, target, steps)).pixels,
            "a real picture, held out": fresh,
        }
        for kind, pixels in pictures.items():
            far = -float(values_of(model, goal, pixels)[0])
            found.append({"kind": kind, "far": far, "p": judged(model, pixels, target, judges)})
            print(name, kind, f"{far:.3f}", found[-1]["p"], flush=True)
    return found


def class_table(found: Sequence[dict[str, Any]], names: Sequence[str]) -> list[str]:
    """One row for each kind of picture."""
    head = f"| picture | distance of the statistics, median | {' | '.join(f'p by {each}' for each in names)} |"
    rows = [head, "|---" * (2 + len(names)) + "|"]
    for kind in dict.fromkeys(each["kind"] for each in found):
        some = [each for each in found if each["kind"] == kind]
        far = numbers.median(each["far"] for each in some)
        columns = [[each["p"][at] for each in some if len(each["p"]) > at] for at in range(len(names))]
        cells = [f"{numbers.mean(each):.0%} ({sum(p >= 0.5 for p in each)} of {len(each)})" for each in columns]
        rows.append(f"| {kind} | {far:.3f} | {' | '.join(cells)} |")
    return rows


def kept(model: Classifier, pixels: Tensor, layer: str, steps: int) -> str:
    """A row: what is left of the picture after an inversion, and how strongly caricature and dream drive the layer."""
    cells = []
    for looking in (model, untrained(model)):
        frame = last(maximize(looking, inversion(layer, pixels), steps))
        pair = torch.stack([frame.pixels.flatten(), pixels.flatten()])
        cells += [f"{-float(frame.scores[0]):.4f}", f"{float(torch.corrcoef(pair)[0, 1]):.2f}"]
    for goal, run in ((caricature, maximize), (None, deep_dream)):
        own = caricature(layer, pixels) if goal else whole_layer(layer)
        before = float(values_of(model, own, pixels)[0])
        for looking in (model, untrained(model)):
            asked: Any = (looking, goal(layer, pixels), steps) if goal else (looking, pixels, layer)
            cells.append(f"{float(values_of(model, own, last(run(*asked)).pixels)[0]) / before:.1f}")
    return f"| {layer} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--classes", type=int, default=8)
    parser.add_argument("--steps", type=int, default=96)
    choice = parser.parse_args()
    model, judges = load_model(NETWORK), [load_model(each) for each in JUDGES]
    found = classes(model, judges, choice.classes, choice.steps)
    layers = matched_layers(model)
    text = [
        f"{NETWORK}, {choice.classes} classes, seed 0, {choice.steps} steps: the mean probability of the class, and",
        "how many pictures reach 50 %. The distance is a share of the reference's square, the mean over the layers",
        f"{', '.join(layers)}.",
        "",
        *class_table(found, ["itself, as a file", *JUDGES]),
        "",
        f"A drawn scene at a layer, {choice.steps} steps (DeepDream: 4 octaves of 10 steps), and the same with random",
        "weights. Distance: of the features from the original's, as a share of its square. Correlation: of the pixels",
        "with the original's. Times: how strong the trained layer's own response is, compared with the original.",
        "",
        f"| layer | {' | '.join(COLUMNS)} |",
        "|---" * (1 + len(COLUMNS)) + "|",
    ]
    pixels = model.prepare(draw_scene(HELD_OUT_SEED + 7).image)
    text += [kept(model, pixels, layer, choice.steps) for layer in layers]
    write_section("Pictures drawn otherwise", COMMAND, "\n".join(text))


if __name__ == "__main__":
    main()
