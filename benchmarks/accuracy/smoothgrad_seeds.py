"""How well do two seeds of SmoothGrad agree? The correlation of their maps, by the number of noisy copies.

    VIZLIB_WEIGHTS=../shared/weights python -m benchmarks.accuracy.smoothgrad_seeds

The numbers of copies are those after which a run yields a frame. Drawn scenes are shown to the bundled networks.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.accuracy.thin_ice import PHOTOGRAPHS
from benchmarks.results import write_section
from vizlib import load_model, open_picture
from vizlib.models import Classifier
from vizlib.saliency import explaining
from vizlib.synthetic import HELD_OUT_SEED, draw_scene

NETWORKS = ("mobilenetv2_100", "local/mobilenetv1_100.tf_same", "bundled/scenes", "bundled/scenes_vgg")
COPIES = 208  # 16 frames of 13 copies


def maps(model: Classifier, pixels: Tensor, seed: int) -> dict[int, Tensor]:
    """The map (H, W) after each frame, by the number of copies."""
    frames = list(explaining(model, pixels, "smoothgrad", samples=COPIES, seed=seed))
    return {round(COPIES * each.step / each.total): each.values[0] for each in frames}


def correlations(model: Classifier, pixels: Tensor) -> dict[int, float]:
    """Pearson's correlation of the maps of seeds 0 and 1, by the number of copies."""
    first, second = (maps(model, pixels, seed) for seed in (0, 1))
    pairs = {copies: torch.stack([first[copies].flatten(), second[copies].flatten()]) for copies in first}
    return {copies: float(torch.corrcoef(pair)[0, 1]) for copies, pair in pairs.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=PHOTOGRAPHS, help="of photographs (*.jpg)")
    parser.add_argument("--pictures", type=int, default=6)
    parser.add_argument("--networks", nargs="*", default=list(NETWORKS))
    choice = parser.parse_args()
    files = sorted(choice.folder.glob("*.jpg"))
    photographs = [open_picture(each) for each in files[:: max(1, len(files) // choice.pictures)][: choice.pictures]]
    scenes = [draw_scene(HELD_OUT_SEED + number).image for number in range(choice.pictures)]
    shown = (26, 52, 104, COPIES)
    rows = [
        f"Mean correlation of two seeds over {choice.pictures} pictures, the lowest in brackets.",
        "",
        f"| network | {' | '.join(f'{copies} copies' for copies in shown)} |",
        "|---|" + "---|" * len(shown),
    ]
    for name in choice.networks:
        model = load_model(name)
        pictures = scenes if name.startswith("bundled") else photographs
        found = [correlations(model, model.prepare(each)) for each in pictures]
        columns = {copies: [each[copies] for each in found] for copies in shown}
        cells = [f"{sum(each) / len(each):.2f} ({min(each):.2f})" for each in columns.values()]
        rows.append(f"| {name} | {' | '.join(cells)} |")
        print(rows[-1], flush=True)
    write_section("SmoothGrad: two seeds", "python -m benchmarks.accuracy.smoothgrad_seeds", "\n".join(rows))


if __name__ == "__main__":
    main()
